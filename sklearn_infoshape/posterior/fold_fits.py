"""Which members are fitted on which rows in one call, and the call, here or in a worker."""

import numpy as np
from sklearn.base import clone

from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.posterior.weighted_fit import fit_weighted
from sklearn_infoshape.runtime.progress import current
from sklearn_infoshape.runtime.threads import more_threads, one_thread

__all__ = ["enough", "fit_members", "tasks_of"]

_MOST_ROWS = 200_000  # of a fold, on which members are fitted
_ENOUGH_OF_A_CLASS = 2000


def enough(kept, fewest, seed):
    """Numbers of the rows that are kept; of more than enough a random part.

    This bounds time and memory (``benchmarks/cost.py``); of the rarest class as many are kept as
    say what it is like.
    """
    numbers, most = np.flatnonzero(kept), _MOST_ROWS
    most = max(most, int(len(numbers) * min(1, _ENOUGH_OF_A_CLASS / fewest)))
    if len(numbers) <= most:
        return numbers
    return np.sort(np.random.RandomState(seed).choice(numbers, most, replace=False))


def tasks_of(members, folds, *, alone):
    """Which members are fitted on which folds in one call.

    Networks of all folds are trained side by side, in the first call, which takes longest. Where
    there is one worker the others of a fold share its rows; beside others, each is a call.

    Returns
    -------
    list of (list of int, list of int)
        Numbers of members, and folds.
    """
    if not folds:
        return []
    together = [m for m, member in enumerate(members) if hasattr(member, "fit_folds")]
    others = [m for m in range(len(members)) if m not in together]
    by_fold = [others] if alone and others else [[m] for m in others]
    return [([m], folds) for m in together] + [(some, [f]) for f in folds for some in by_fold]


def fit_members(members, rows, codes, parts, seed, sample_weight, told):
    """Some members fitted on parts of the rows, here or in a worker: ``fitted[member][part]``."""
    progress, fitted, X = current(), [], None
    with one_thread():
        for member, name in zip(members, told, strict=True):
            progress.tell(name)
            if hasattr(member, "fit_folds"):
                fitted.append(clone(member).fit_folds(rows, codes, parts, sample_weight))
            else:
                (part,) = parts
                own = None if sample_weight is None else sample_weight[part]
                X = rows[part].astype(np.float64) if X is None else X
                with lent_to(member, seed), more_threads(len(X)):
                    fitted.append([fit_weighted(clone(member), X, codes[part], own)])
            progress.advance(len(parts))
    return fitted
