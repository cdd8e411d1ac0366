"""Members fitted on the rows outside of each fold: in which calls, here or in workers."""

from dataclasses import dataclass

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import delayed

from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.posterior.weighted_fit import fit_weighted
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.progress import current
from sklearn_infoshape.runtime.threads import more_threads, one_thread

__all__ = ["fit_folds", "rounds_of_folds"]

_MOST_ROWS = 200_000  # of a fold, on which members are fitted
_ENOUGH_OF_A_CLASS = 2000
_FEW_ROUNDS = 100
_ROUNDS = 1.3  # of those that half of the rows bear, all but a fold bear more


@dataclass
class Prior:
    """Stands for a classifier where a fold's complement has one class only."""

    classes_: np.ndarray

    def predict_proba(self, X):
        """All rows alike."""
        return np.ones((len(X), 1))


def fit_folds(
    members, rows, target, outside, *, seed, n_jobs, told, sample_weight=None, rounds=None
):
    """Members fitted on the rows outside of each fold; a class with one row is left to the prior.

    Parameters
    ----------
    members : list of classifier
    rows : ndarray of shape (n, ...)
    target : ndarray of shape (n, C)
    outside : list of ndarray of shape (n,), dtype bool
        For each fold the rows that its models learn from.
    seed, n_jobs, sample_weight
        As of :func:`~sklearn_infoshape.posterior.crossfit.fit_posteriors`.
    told : list of str
        What members are called where progress is shown.
    rounds : dict of (int, int) to int, optional
        By member and fold, as :func:`rounds_of_folds` finds them.

    Returns
    -------
    list of list
        ``models[fold][member]``.
    """
    codes = target.argmax(axis=1)
    fitted: list[list] = [[None] * len(members) for _ in outside]
    parts, progress = {}, current()
    for fold, whether in enumerate(outside):
        classes, counts = np.unique(codes[whether], return_counts=True)
        common = classes[counts >= 2]
        if len(common) < 2:
            fitted[fold] = [Prior(common) for _ in members]
            progress.advance(len(members))
        else:
            parts[fold] = enough(whether & np.isin(codes, common), counts[counts >= 2].min(), seed)
    tasks = _tasks_of(members, list(parts), alone=effective_n_jobs(n_jobs) == 1)
    fit = delayed(_fit_members)

    def ready(number, fold):
        found = (rounds or {}).get((number, fold))
        return _with_rounds(members[number], found, codes[parts[fold]])

    calls = [
        fit(
            [ready(m, folds[0]) for m in numbers],
            rows,
            codes,
            [parts[f] for f in folds],
            seed,
            sample_weight,
            [told[m] for m in numbers],
        )
        for numbers, folds in tasks
    ]
    end = progress.done
    for (numbers, folds), found in zip(
        tasks, in_parallel(calls, n_jobs, piecewise=progress.is_shown), strict=True
    ):
        end += len(numbers) * len(folds)
        progress.reach(end)  # counted already, but where it was done in another thread or process
        for number, models in zip(numbers, found, strict=True):
            for fold, model in zip(folds, models, strict=True):
                fitted[fold][number] = model
    return fitted


def rounds_of_folds(members, rows, target, folds, n_folds, shared, *, told, **options):
    """After how many rounds trees stop, found on rows of which none is in the fold.

    What is found on one half of the folds counts for the other half: rows that are held out to
    stop by are then lost to no fold, and no row has a say in the model that releases it.

    Parameters
    ----------
    members, rows, target, told, **options
        As of :func:`fit_folds`.
    folds : ndarray of shape (n,), dtype int
    n_folds : int
    shared : ndarray of shape (n,), dtype bool
        Rows from which all folds learn.

    Returns
    -------
    dict of (int, int) to int
        By member and fold; without those members that do not stop early.
    """
    stopping = [m for m, member in enumerate(members) if _stops_early(member)]
    known = target.sum(axis=1) > 0
    is_first = folds < n_folds // 2
    halves = [known & (half | shared | (n_folds == 1)) for half in (is_first, ~is_first)]
    own = {"told": [told[m] for m in stopping], **options}
    of_halves = fit_folds([members[m] for m in stopping], rows, target, halves, **own)
    return {
        (member, fold): int(_ROUNDS * found[-1].n_iter_)
        for fold in range(n_folds)
        for member, found in zip(stopping, of_halves[int(fold < n_folds // 2)], strict=True)
        if not isinstance(found, Prior) and found[-1].early_stopping
    }


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


def _stops_early(member):
    """Whether a member of ours holds rows out to learn after how many rounds to stop."""
    trees = member[-1] if isinstance(member, Pipeline) else None
    return isinstance(trees, HistGradientBoostingClassifier) and trees.early_stopping is True


def _with_rounds(member, rounds, codes):
    """The member as it is, or with a number of rounds and no rows held out.

    Without a number it stops by rows that are held out, unless these rows are too few to hold out
    some of each class: a person may have nearly all rows, and the others be in another fold.
    """
    if rounds is None and _stops_early(member):
        held_out = member[-1].validation_fraction * len(codes)
        rounds = _FEW_ROUNDS if held_out < len(np.unique(codes)) else None
    if rounds is None:
        return member
    member = clone(member)
    member[-1].set_params(early_stopping=False, max_iter=rounds)
    return member


def _tasks_of(members, folds, *, alone):
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


def _fit_members(members, rows, codes, parts, seed, sample_weight, told):
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
