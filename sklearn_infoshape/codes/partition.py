"""The finite code as a linear partition of posterior space, all multipliers at once.

The Lagrangian sees a row only through its posteriors, and at an optimum the code of a row
maximises a function that is linear in them:

    g_k(x) = sum_j w_j sum_c p_j(c|x) log(p_j(c|k) / p_j(c)),

with ``w_j`` the weight of label j (for the sensitive ones: minus the multiplier). The
condition is necessary, not sufficient; hence several restarts. Multipliers and restarts
are lanes of one tensor.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.codes.atoms import solve_atoms
from sklearn_infoshape.codes.lagrangian import (
    WeightedPoints,
    ascend,
    lagrangian_of_masses,
    lane_slices,
    small_slices,
    softmax_codes,
)
from sklearn_infoshape.runtime.progress import current

__all__ = ["LinearPartition", "compress", "solve_partition"]

_PROTOTYPES = 1000
_ROWS_TO_CLUSTER = 20_000
_FREE_STEPS = 400
_FREE_PROTOTYPES = 400
_ANNEALING_STEPS = 1200
_ANNEALING_RATE = 0.002
_RISE = 1000.0
_MOST_RESTARTS = 64
_MOST_ATOMS = 320  # distinct posteriors up to which each is coded by itself
_ROWS_AN_ATOM = 10  # fewer (persons), and a code of its own would follow single rows
_DIGITS = 6  # posteriors of equal rows differ by rounding, as batches and threads differ
_VALUE_DIGITS = 10  # of Lagrangians, below which restarts are equally good
_LLOYD_STEPS = 10


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


def solve_partition(
    posteriors,
    weights,
    *,
    climbed=None,
    sample_weight=None,
    n_persons=None,
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
    n_codes : int, default=16
    n_init : int, default=4
        Restarts for each problem; more where few distinct posteriors make them cheap.
    hard : bool, default=True
        Whether the most probable code is delivered, or a draw from the codes' probabilities
        (the softmax of the scores). A draw can be better only where posteriors have atoms.
    seed : int, default=0

    Returns
    -------
    list of LinearPartition or AtomTable
        One for each problem; tables where there are few distinct posteriors.

    Notes
    -----
    Five steps: compress the rows to weighted prototypes; climb the Lagrangian with free
    code probabilities for each prototype; read a linear head off the stationarity
    condition; fine-tune it while the inverse temperature rises, so that its most probable
    code becomes as good as its probabilities; keep the restart whose most probable code is
    best on all rows.

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
        atoms = _means(exact, share, members, len(distinct))
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
    fine, fine_share = _prototypes(distinct, distinct_share, _PROTOTYPES, seed)
    coarse, coarse_share = _prototypes(fine, fine_share, _FREE_PROTOTYPES, seed)
    n_init = int(max(n_init, min(_MOST_RESTARTS, n_init * _PROTOTYPES // (4 * len(fine)))))
    # All problems start alike: one is solved as it would be alone, whatever stands beside it.
    logits = _starts(WeightedPoints(coarse, coarse_share, widths, climbed), n_init, n_codes, seed)
    restarts, lanes = np.tile(np.arange(n_init), len(weights)), np.repeat(climbed, n_init, axis=0)
    starts = []
    for part in lane_slices(len(lanes), len(coarse) * n_codes):
        problem = WeightedPoints(coarse, coarse_share, widths, lanes[part])
        starts.append(_free_climb(problem, logits[restarts[part]]))
    coef, intercept = (np.concatenate(parts) for parts in zip(*starts, strict=True))
    heads, progress = [], current()
    for part in lane_slices(len(lanes), len(fine) * n_codes):
        problem = WeightedPoints(fine, fine_share, widths, lanes[part])
        heads.append(_anneal(problem, coef[part], intercept[part], _RISE if hard else 1.0))
        progress.advance(len(lanes[part]) / n_init)  # this takes nearly all the time
    coef, intercept = (np.concatenate(parts) for parts in zip(*heads, strict=True))
    # One code for all rows keeps nothing and costs nothing: no solution may be worse.
    constant = LinearPartition(np.zeros_like(coef[0]), -np.arange(n_codes, dtype=float), 0.0)
    chosen = []
    for number in range(len(weights)):
        best, best_value = constant, 0.0
        for lane in range(number * n_init, (number + 1) * n_init):
            head = coef[lane], intercept[lane]
            masses = _masses_of_codes(distinct, distinct_share, *head, hard)
            value = round(
                float(lagrangian_of_masses(masses, widths, climbed[number])), _VALUE_DIGITS
            )
            if value > best_value:
                best_value = value
                reported = float(lagrangian_of_masses(masses, widths, weights[number]))
                best = LinearPartition(*head, reported)
        chosen.append(best)
    return chosen


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
    points, counts = _prototypes(distinct, counts, _PROTOTYPES, seed)
    ends = np.cumsum([posterior.shape[1] for posterior in posteriors])
    return np.split(points, ends[:-1], axis=1), counts


def _starts(problem, n_init, n_codes, seed):
    """Logits of all restarts, smooth in posterior space: neighbours begin in one cell."""
    rng = np.random.RandomState(seed)
    logits = 2.0 * rng.normal(size=(n_init, n_codes, len(problem.points)))
    direction = rng.normal(size=(n_init, n_codes, problem.points.shape[1]))
    return 0.1 * logits + 2.0 * problem.spread_scores(direction, np.zeros((n_init, n_codes)))


def _free_climb(problem, logits):
    """Stationary heads of codes that are free at each prototype."""
    logits = logits.copy()
    ascend(
        [logits], lambda _: [problem.gradient(softmax_codes(logits.copy()))], _FREE_STEPS, rate=0.1
    )
    return problem.stationary_head(softmax_codes(logits))


def _anneal(problem, coef, intercept, last_rise):
    """Heads fine-tuned as they sharpen: coefficients (lanes, K, D), intercepts (lanes, K)."""
    coef, intercept = problem.centred(coef, intercept)
    rise = _sharpest_useful(problem, coef, intercept)
    # Lanes start with coefficients of one size, whatever their multipliers and posteriors.
    size = np.abs(coef).max(axis=(1, 2)).clip(1e-6)
    coef, intercept = coef / size[:, None, None], intercept / size[:, None]

    def gradients(progress):
        sharpness = (size * rise * last_rise**progress)[:, None, None]
        scores = problem.spread_scores(coef, intercept)
        scores *= sharpness
        slope = problem.gradient(softmax_codes(scores))
        slope *= sharpness
        return problem.spread_gradient(slope)

    ascend([coef, intercept], gradients, _ANNEALING_STEPS, rate=_ANNEALING_RATE)
    final = size * rise * last_rise
    return problem.uncentred(final[:, None, None] * coef, final[:, None] * intercept)


def _sharpest_useful(problem, coef, intercept):
    """The inverse temperature, of a coarse grid, at which each lane's head is best.

    Weak posteriors differ little, and so do their scores: at too low an inverse temperature
    all codes would be one, and would stay one.
    """
    grid = 10.0 * 4.0 ** np.arange(8)
    scores = problem.spread_scores(coef, intercept)
    values = np.stack([problem.lagrangian(softmax_codes(t * scores)) for t in grid])
    return grid[values.round(_VALUE_DIGITS).argmax(axis=0)]


def _masses_of_codes(points, share, coef, intercept, hard):
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


def _means(points, share, members, number):
    """The mean of the points that each of a number of cells has, weighted by their shares."""
    weight = np.bincount(members, share, number)
    sums = np.stack([np.bincount(members, share * column, number) for column in points.T], axis=1)
    return sums / np.maximum(weight, 1e-300)[:, None]


def _prototypes(points, share, most, seed):
    """At most ``most`` weighted points that stand for distinct weighted ones: Lloyd's k-means."""
    if len(points) <= most:
        return points, share
    rng = np.random.RandomState(seed)
    some, weight = points, share
    if len(points) > _ROWS_TO_CLUSTER:
        kept = rng.choice(len(points), _ROWS_TO_CLUSTER, replace=False)
        some, weight = points[kept], share[kept]
    centres = some[rng.choice(len(some), most, replace=False, p=weight / weight.sum())]
    for _ in range(_LLOYD_STEPS):
        nearest = _nearest(some, centres)
        used = np.bincount(nearest, weight, most) > 0
        centres = np.where(used[:, None], _means(some, weight, nearest, most), centres)
    nearest = _nearest(points, centres)
    weight = np.bincount(nearest, share, most)
    return _means(points, share, nearest, most)[weight > 0], weight[weight > 0]


def _nearest(points, centres):
    """Position of the nearest centre to each point."""
    half_norms = 0.5 * (centres**2).sum(axis=1)
    parts = small_slices(len(points), centres.size)
    return np.concatenate([(points[p] @ centres.T - half_norms).argmax(axis=1) for p in parts])
