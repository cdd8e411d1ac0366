"""The finite code as a linear partition of posterior space, all multipliers at once.

The Lagrangian sees a row only through its posteriors, and at an optimum the code of a row
maximises a function that is linear in them:

    g_k(x) = sum_j w_j sum_c p_j(c|x) log(p_j(c|k) / p_j(c)),

with ``w_j`` the weight of label j (for the sensitive ones: minus the multiplier). The
condition is necessary, not sufficient; hence several restarts. Multipliers and restarts
are lanes of one tensor.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from sklearn_infoshape.codes.annealing import EQUAL, anneal, free_climb, smooth_starts
from sklearn_infoshape.codes.atoms import solve_atoms
from sklearn_infoshape.codes.clusters import means, prototypes
from sklearn_infoshape.codes.lagrangian import (
    VALUE_DIGITS,
    WeightedPoints,
    lagrangian_of_masses,
    lane_slices,
    small_slices,
    softmax_codes,
)
from sklearn_infoshape.codes.tables import Holders, better_tables
from sklearn_infoshape.runtime.progress import current

__all__ = ["LinearPartition", "compress", "solve_partition"]

_PROTOTYPES = 1000
_FREE_PROTOTYPES = 400
_MOST_RESTARTS = 64
_MOST_ATOMS = 320  # distinct posteriors up to which each is coded by itself
_ROWS_AN_ATOM = 10  # fewer (persons), and a code of its own would follow single rows
_DIGITS = 6  # posteriors of equal rows differ by rounding, as batches and threads differ


@dataclass(frozen=True)
class LinearPartition:
    """A code whose cells have linear borders in posterior space.

    Attributes
    ----------
    coef : ndarray of shape (K, D)
        D is the number of classes of all labels together.
    intercept : ndarray of shape (K,)
    lagrangian : float
        In nats, of the most probable code (or of the draw) on the rows that it was solved
        on, with their posteriors as soft targets.
    """

    coef: np.ndarray
    intercept: np.ndarray
    lagrangian: float
    trunk = None  # the encoder's: a linear head reads the posteriors as they are

    def outputs(self, posteriors):
        """Scores whose largest is the code.

        Parameters
        ----------
        posteriors : list of ndarray of shape (n, C_j)

        Returns
        -------
        ndarray of shape (n, K)
        """
        return np.hstack(posteriors) @ self.coef.T + self.intercept

    def codes(self, points):
        """The codes of points of shape (n, D), the same for any number of threads: (n,)."""
        return _most_probable(self.coef, self.intercept, points)


def solve_partition(
    posteriors,
    weights,
    *,
    climbed=None,
    sample_weight=None,
    n_persons=None,
    holders=None,
    n_read=None,
    n_codes=16,
    n_init=4,
    hard=True,
    seed=0,
):
    """Find the best finite codes of rows whose posteriors are known.

    Parameters
    ----------
    posteriors : list of ndarray of shape (n, C_j)
        For each label the class probabilities of each row.
    weights : array-like of shape (L, J)
        For each problem (a multiplier, say) the weight of each label in the Lagrangian.
    climbed : array-like of shape (L, J), optional
        The weights that are climbed, where they are not those that are reported: a small
        price on what is free settles ties among codes that are as good as each other.
    sample_weight : array-like of shape (n,), optional
        How much each row counts; None: all the same.
    n_persons : int, optional
        How many persons the rows are of; None: as many as rows, and with weights (points that
        stand for many rows, say) no few persons are looked after.
    holders : Holders, optional
        Who the rows are of, so that no cell of a table is of few persons; None: with weights no
        table of cells is sought, without them each row is of a person of its own.
    n_read : int, optional
        The last columns of the posteriors, from which alone the code of a row is read; None: all.
    n_codes : int, default=16
    n_init : int, default=4
        Restarts for each problem; more where few distinct posteriors make them cheap.
    hard : bool, default=True
        Whether the most probable code is delivered, or a draw from the codes' probabilities
        (the softmax of the scores). A draw can be better only where posteriors have atoms.
    seed : int, default=0

    Returns
    -------
    list of LinearPartition, AtomTable or CellTable
        One for each problem; tables where there are few distinct posteriors, and where a table
        of small cells is better than the linear partition on rows that it has not seen.

    Notes
    -----
    Six steps: compress the rows to weighted prototypes; climb the Lagrangian with free
    code probabilities for each prototype; read a linear head off the stationarity
    condition; fine-tune it while the inverse temperature rises, so that its most probable
    code becomes as good as its probabilities; keep the restart whose most probable code is
    best on all rows; look for a better code of small cells, by moving one at a time.

    Examples
    --------
    Two labels that the posteriors tell apart exactly: the code keeps y and drops s.

    >>> import numpy as np
    >>> from sklearn_infoshape.codes.partition import solve_partition
    >>> y, s = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    >>> (partition,) = solve_partition([y, s], [[1.0, -1.0]], n_codes=4)
    >>> codes = partition.outputs([y, s]).argmax(axis=1)
    >>> bool(codes[0] == codes[1]), bool(codes[0] == codes[2]), round(partition.lagrangian, 3)
    (True, False, 0.693)
    """
    weights = np.asarray(weights, dtype=np.float64)
    climbed = weights if climbed is None else np.asarray(climbed, dtype=np.float64)
    exact = np.hstack(posteriors).astype(np.float64)
    points = exact.round(_DIGITS)
    widths = [posterior.shape[1] for posterior in posteriors]
    share = np.ones(len(points)) if sample_weight is None else np.asarray(sample_weight, float)
    share = share / share.sum()
    distinct, members = np.unique(points, axis=0, return_inverse=True)
    members = members.ravel()
    distinct_share = np.bincount(members, weights=share)
    least = _ROWS_AN_ATOM if n_persons is not None or sample_weight is None else 1
    n_persons = len(points) if n_persons is None else n_persons
    if len(distinct) <= min(_MOST_ATOMS, n_persons / least):
        atoms = means(exact, share, members, len(distinct))
        return solve_atoms(
            atoms,
            distinct_share,
            widths,
            weights,
            climbed=climbed,
            n_codes=n_codes,
            hard=hard,
            seed=seed,
        )
    heads, free = _climbed_heads(
        distinct,
        distinct_share,
        widths,
        climbed,
        n_codes=n_codes,
        n_init=n_init,
        hard=hard,
        seed=seed,
    )
    chosen = [
        _best_head(own, distinct, distinct_share, widths, prices, reported, hard)
        for own, prices, reported in zip(heads, climbed, weights, strict=True)
    ]
    if holders is None and sample_weight is None:
        holders = Holders()
    if holders is None or not hard:
        return chosen
    starts = [
        [*(partial(_most_probable, *head) for head in own_heads), *own_free]
        for own_heads, own_free in zip(heads, free, strict=True)
    ]
    return better_tables(
        exact,
        share,
        widths,
        (climbed, weights),
        chosen,
        starts,
        holders,
        n_read=exact.shape[1] if n_read is None else n_read,
        seed=seed,
    )


def _climbed_heads(points, share, widths, weights, *, n_codes, n_init, hard, seed):
    """For each problem the heads of its restarts, and the codes of points where they began."""
    fine, fine_share = prototypes(points, share, _PROTOTYPES, seed)
    coarse, coarse_share = prototypes(fine, fine_share, _FREE_PROTOTYPES, seed)
    n_init = int(max(n_init, min(_MOST_RESTARTS, n_init * _PROTOTYPES // (4 * len(fine)))))
    # All problems start alike: one is solved as it would be alone, whatever stands beside it.
    problem = WeightedPoints(coarse, coarse_share, widths, weights)
    logits = smooth_starts(problem, n_init, n_codes, seed)
    restarts, lanes = np.tile(np.arange(n_init), len(weights)), np.repeat(weights, n_init, axis=0)
    climbed = []
    for part in lane_slices(len(lanes), len(coarse) * n_codes):
        problem = WeightedPoints(coarse, coarse_share, widths, lanes[part])
        climbed.append(free_climb(problem, logits[restarts[part]]))
    coef, intercept, free_codes = (np.concatenate(parts) for parts in zip(*climbed, strict=True))
    annealed: list = []
    progress = current()
    for part in lane_slices(len(lanes), len(fine) * n_codes):
        problem = WeightedPoints(fine, fine_share, widths, lanes[part])
        annealed += zip(
            *anneal(problem, coef[part], intercept[part], restarts[part], hard), strict=True
        )
        progress.advance(len(lanes[part]) / n_init)  # this takes nearly all the time
    of_problems = [slice(first, first + n_init) for first in range(0, len(lanes), n_init)]
    return (
        [annealed[part] for part in of_problems],
        [[(coarse, codes) for codes in free_codes[part]] for part in of_problems],
    )


def _best_head(heads, points, share, widths, weights, reported, hard):
    """Of the best restarts, by all rows, the one whose codes say least of s."""
    masses = np.stack([_masses_of_codes(points, share, *head, hard=hard) for head in heads])
    values = lagrangian_of_masses(masses, widths, weights).round(VALUE_DIGITS)
    best = values.max()
    if best <= 0:  # one code for all rows keeps nothing and costs nothing
        coef, intercept = heads[0]
        return LinearPartition(np.zeros_like(coef), -np.arange(len(intercept), dtype=float), 0.0)
    hidden = lagrangian_of_masses(masses, widths, np.minimum(weights, 0)).round(VALUE_DIGITS)
    taken = np.lexsort([values, np.where(values >= (1 - EQUAL) * best, hidden, -np.inf)])[-1]
    coef, intercept = heads[taken]
    value = lagrangian_of_masses(masses[taken], widths, reported)
    return LinearPartition(coef, intercept, float(value))


def compress(posteriors, seed=0):
    """Few weighted points that stand for the posteriors of many rows.

    Parameters
    ----------
    posteriors : list of ndarray of shape (n, C_j)
    seed : int, default=0

    Returns
    -------
    points : list of ndarray of shape (m, C_j)
        At most 1,000: the distinct posteriors, or means of near ones. Those of several parts of
        the rows, one behind the other, stand for all of them.
    counts : ndarray of shape (m,)
        Rows that each stands for.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.codes.partition import compress
    >>> points, counts = compress([np.eye(2)[[0, 0, 1, 0]]])
    >>> points[0].tolist(), counts.tolist()
    ([[0.0, 1.0], [1.0, 0.0]], [1.0, 3.0])
    """
    exact = np.hstack(posteriors).astype(np.float64)
    distinct, members = np.unique(exact.round(_DIGITS), axis=0, return_inverse=True)
    counts = np.bincount(members.ravel()).astype(np.float64)
    points, counts = prototypes(distinct, counts, _PROTOTYPES, seed)
    ends = np.cumsum([posterior.shape[1] for posterior in posteriors])
    return np.split(points, ends[:-1], axis=1), counts


def _most_probable(coef, intercept, points):
    parts = small_slices(len(points), coef.size)
    return np.concatenate([(points[p] @ coef.T + intercept).argmax(axis=1) for p in parts])


def _masses_of_codes(points, share, coef, intercept, *, hard):
    """Masses of code and class of one head's most probable codes, or of its draws: (K, D)."""
    masses = np.zeros(coef.shape)
    for part in small_slices(len(points), coef.size):
        scores = points[part] @ coef.T + intercept
        if hard:
            codes = np.eye(len(coef))[scores.argmax(axis=1)].T
        else:
            codes = softmax_codes(scores.T[None].copy())[0]
        masses += codes @ (points[part] * share[part, None])
    return masses
