"""The permutation null: frozen attackers, permuted test labels, and many tests at once."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from sklearn_infoshape.audit.delivered import numbered
from sklearn_infoshape.audit.metrics import NULL_FIGURES

__all__ = [
    "Null",
    "exchange_caveats",
    "exchangeable",
    "label_permutations",
    "permutation_null",
]

_FEWEST_ARRANGEMENTS = 1000
_SMALL_SHARE = 0.5
_GIVEN = {
    "given y": (" given y", " with the same y"),
    "beyond known": (" beyond what is known", " with the same known columns"),
}


@dataclass(frozen=True)
class Null:
    """What the best attacker would have shown if the release said nothing.

    Attributes
    ----------
    p_value : float or None
        Of all figures at once (max-T over figures, the maximum over attackers inside); None
        where too few labels can be exchanged: groups whose sizes tell the label.
    p_values : dict of str to float
        Of each figure by itself, the maximum over attackers inside.
    bits_limit : float or None
        The bits that the best attacker exceeds with probability 1 - confidence under the null.
    n_permutations : int
    exchangeable : float
        Share of the groups that can exchange their labels with others.
    """

    p_value: float | None
    p_values: dict
    bits_limit: float | None
    n_permutations: int
    exchangeable: float = 1.0


def label_permutations(classes, groups, strata, n_permutations, rng):
    """Permutations of the labels that would change nothing if the release were independent.

    Whole groups exchange their labels, and only groups of as many rows with the same strata:
    how many rows somebody has may depend on the label, and is no doing of the release.

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
    order, starts, sizes, kinds = _group_patterns(groups, strata)
    by_row = classes[order]
    for moved in _exchanges(kinds, n_permutations, rng):
        source = np.repeat(starts[moved] - starts, sizes) + np.arange(len(order))
        permuted = np.empty_like(classes)
        permuted[order] = by_row[source]
        yield permuted


def exchangeable(classes, groups, strata):
    """How much labels can be exchanged at all.

    Parameters
    ----------
    classes, groups, strata : ndarray of shape (n,)

    Returns
    -------
    share : float
        Of the groups, those with a group of the same pattern that has other labels.
    log_arrangements : float
        Logarithm of the number of different arrangements of the labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.permutation import exchangeable
    >>> groups = np.array([0, 1, 2, 2, 3, 3])
    >>> share, log_arrangements = exchangeable(np.array([0, 1, 1, 1, 1, 1]), groups, 0 * groups)
    >>> share, round(np.exp(log_arrangements))
    (0.5, 2)
    """
    order, starts, _, kinds = _group_patterns(groups, strata)
    labels = numbered(own.tobytes() for own in np.split(classes[order], starts[1:]))
    table = np.zeros((kinds.max() + 1, labels.max() + 1))
    np.add.at(table, (kinds, labels), 1)
    totals = table.sum(axis=1)
    moving = (table > 0).sum(axis=1) > 1
    arrangements = gammaln(totals + 1).sum() - gammaln(table + 1).sum()
    return float(totals[moving].sum() / totals.sum()), float(arrangements)


def _group_patterns(groups, strata):
    """Rows in order of groups, where each group starts, its rows, and its kind."""
    order = np.lexsort((strata, groups))
    sizes = np.bincount(groups)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    if len(sizes) == len(groups):  # a row a group: no need to look at each
        return order, starts, sizes, np.unique(strata[order], return_inverse=True)[1].ravel()
    kinds = numbered(own.tobytes() for own in np.split(strata[order], starts[1:]))
    return order, starts, sizes, kinds


def _exchanges(kinds, n_permutations, rng):
    """For each group the one whose labels it gets, permuted within each kind."""
    if (kinds == kinds[0]).all():
        for _ in range(n_permutations):
            yield rng.permutation(len(kinds))
        return
    order = np.argsort(kinds, kind="stable")
    for _ in range(n_permutations):
        moved = np.empty_like(order)
        moved[order] = np.lexsort((rng.uniform(size=len(kinds)), kinds))
        yield moved


def permutation_null(scores, entropy, classes, groups, strata, n_permutations, confidence, rng):
    """Compare the best attackers' figures with those on permuted labels.

    Parameters
    ----------
    scores : ndarray of shape (A, n, C, 4)
        For each attacker, as :func:`~sklearn_infoshape.audit.metrics.null_scores` gives them.
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
    share, log_arrangements = exchangeable(classes, groups, strata)
    if log_arrangements < np.log(_FEWEST_ARRANGEMENTS):
        return Null(None, {}, None, n_permutations, share)
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
        exchangeable=share,
    )


def exchange_caveats(results):
    """What a reader has to know of p-values that rest on few groups, or cannot be had.

    Parameters
    ----------
    results : list of AttackResult

    Returns
    -------
    list of str
    """
    caveats = []
    for result in results:
        if result.null is None:
            continue
        given, same = _GIVEN.get(result.role, ("", ""))
        name, alike = result.name + given, "groups of as many rows" + same
        if result.null.p_value is None:
            caveats.append(
                f"{name}: no p-value. Labels are exchanged among {alike} only, and too few of "
                "those differ in theirs: what they have in common tells the label already."
            )
        elif result.null.exchangeable < _SMALL_SHARE:
            caveats.append(
                f"{name}: the p-value rests on {result.null.exchangeable:.0%} of the groups, which "
                f"can exchange labels with {alike}."
            )
    return caveats
