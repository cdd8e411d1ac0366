"""The permutation null: frozen attackers, permuted test labels, and many tests at once."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.audit.figures import NULL_FIGURES

__all__ = ["Null", "holm", "label_permutations", "permutation_null"]


@dataclass(frozen=True)
class Null:
    """What the best attacker would have shown if the release said nothing.

    Attributes
    ----------
    p_value : float
        Of all figures at once (max-T over figures, the maximum over attackers inside).
    p_values : dict of str to float
        Of each figure by itself, the maximum over attackers inside.
    bits_limit : float
        The bits that the best attacker exceeds with probability 1 - confidence under the null.
    n_permutations : int
    """

    p_value: float
    p_values: dict
    bits_limit: float
    n_permutations: int


def label_permutations(classes, groups, strata, n_permutations, rng):
    """Permutations of the labels that would change nothing if the release were independent.

    Whole groups exchange their labels: any two, where all rows of a group have one label;
    else groups of equal size. With strata, only groups with the same strata exchange.

    Parameters
    ----------
    classes, groups, strata : ndarray of shape (n,)
        Groups and strata as whole numbers from 0 up.
    n_permutations : int
    rng : numpy.random.Generator

    Yields
    ------
    ndarray of shape (n,)
        Permuted classes.
    """
    order = np.lexsort((strata, groups))
    sizes = np.bincount(groups)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    ordered, by_row = strata[order], classes[order]
    one_label = np.all(by_row == by_row[np.repeat(starts, sizes)])
    one_stratum = np.all(ordered == ordered[np.repeat(starts, sizes)])
    if one_label and one_stratum:
        kinds = ordered[starts]
        for permuted in _exchanges(by_row[starts], kinds, n_permutations, rng):
            yield permuted[groups]
        return
    numbers: dict[bytes, int] = {}
    patterns = [own.tobytes() for own in np.split(ordered, starts[1:])]
    kinds = np.array([numbers.setdefault(pattern, len(numbers)) for pattern in patterns])
    for moved in _exchanges(np.arange(len(sizes)), kinds, n_permutations, rng):
        source = np.repeat(starts[moved] - starts, sizes) + np.arange(len(order))
        permuted = np.empty_like(classes)
        permuted[order] = by_row[source]
        yield permuted


def _exchanges(values, kinds, n_permutations, rng):
    """Values permuted within each kind."""
    if (kinds == kinds[0]).all():
        for _ in range(n_permutations):
            yield rng.permutation(values)
        return
    order = np.argsort(kinds, kind="stable")
    for _ in range(n_permutations):
        shuffled = np.lexsort((rng.uniform(size=len(kinds)), kinds))
        permuted = np.empty_like(values)
        permuted[order] = values[shuffled]
        yield permuted


def permutation_null(scores, entropy, classes, groups, strata, n_permutations, confidence, rng):
    """Compare the best attackers' figures with those on permuted labels.

    Parameters
    ----------
    scores : ndarray of shape (A, n, C, 4)
        For each attacker, as :func:`~sklearn_infoshape.audit.figures.null_scores` gives them.
    entropy : float
        Bits of the test labels (within strata), which permutations do not change.
    classes, groups, strata : ndarray of shape (n,)
    n_permutations : int
    confidence : float
    rng : numpy.random.Generator

    Returns
    -------
    Null
        p = (1 + #{permutations at least as extreme}) / (n_permutations + 1).
    """
    rows = np.arange(len(classes))
    by_row = np.ascontiguousarray(np.moveaxis(scores, 0, 2))  # (n, C, A, 4)

    def figures(labels):
        return by_row[rows, labels].sum(axis=0).max(axis=0)

    observed = figures(classes)
    permuted = np.array(
        [
            figures(labels)
            for labels in label_permutations(classes, groups, strata, n_permutations, rng)
        ]
    )
    both = np.vstack([observed, permuted])
    slack = 1e-12 * (1 + np.abs(both).max(axis=0))  # sums in another order are no less extreme
    at_least = permuted >= observed - slack
    single = (1 + at_least.sum(axis=0)) / (n_permutations + 1)
    spread = both.std(axis=0)
    scaled = (both - both.mean(axis=0)) / np.where(spread > slack, spread, np.inf)
    extreme = scaled.max(axis=1)
    together = (1 + (extreme[1:] >= extreme[0] - 1e-9).sum()) / (n_permutations + 1)
    limit = np.quantile(permuted[:, 0], confidence) + entropy
    return Null(
        p_value=float(together),
        p_values={name: float(p) for name, p in zip(NULL_FIGURES, single, strict=True)},
        bits_limit=float(max(0.0, limit)),
        n_permutations=n_permutations,
    )


def holm(p_values):
    """Holm's adjustment of several p-values.

    Parameters
    ----------
    p_values : sequence of float

    Returns
    -------
    list of float
        In the same order; the probability of any false rejection is at most the level.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6, 1979.

    Examples
    --------
    >>> from sklearn_infoshape.audit.null import holm
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted.tolist()
