"""The finite code as a linear partition of posterior space, all multipliers at once.

The Lagrangian sees a row only through its posteriors, and at an optimum the code of a row
maximises a function that is linear in them:

    g_k(x) = sum_j w_j sum_c p_j(c|x) log(p_j(c|k) / p_j(c)),

with ``w_j`` the weight of label j (for the sensitive ones: minus the multiplier). The
condition is necessary, not sufficient; hence several restarts. Multipliers and restarts
are lanes of one tensor.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from sklearn_infoshape.information import joint_information
from sklearn_infoshape.shaping.atoms import solve_atoms

__all__ = ["LinearPartition", "solve_partition"]

_PROTOTYPES = 1000
_ROWS_TO_CLUSTER = 20_000
_FREE_STEPS = 400
_FREE_PROTOTYPES = 400
_ANNEALING_STEPS = 1200
_ANNEALING_RATE = 0.002
_RISE = 1000.0
_SMOOTHING = 1e-4
_MOST_RESTARTS = 64
_MOST_ATOMS = 320  # distinct posteriors up to which each is coded by itself
_ROWS_AN_ATOM = 10  # fewer, and a code of its own would follow single rows
_ATOM_DIGITS = 6  # posteriors of equal rows differ by rounding, as batches differ
_LANE_ELEMENTS = 4_000_000  # lanes × prototypes × codes that are trained side by side


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
    posteriors, weights, *, sample_weight=None, n_codes=16, n_init=4, hard=True, seed=0
):
    """Find the best finite codes of rows whose posteriors are known.

    Parameters
    ----------
    posteriors : list of ndarray of shape (n, C_j)
        For each label the class probabilities of each row.
    weights : array-like of shape (L, J)
        For each problem (a multiplier, say) the weight of each label in the Lagrangian.
    sample_weight : array-like of shape (n,), optional
        How much each row counts; None: all the same.
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
    >>> from sklearn_infoshape.shaping.partition import solve_partition
    >>> y, s = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    >>> (partition,) = solve_partition([y, s], [[1.0, -1.0]], n_codes=4)
    >>> codes = partition.outputs([y, s]).argmax(axis=1)
    >>> bool(codes[0] == codes[1]), bool(codes[0] == codes[2]), round(partition.lagrangian, 3)
    (True, False, 0.693)
    """
    weights = np.asarray(weights, dtype=np.float64)
    points = np.hstack(posteriors).astype(np.float64)
    widths = [posterior.shape[1] for posterior in posteriors]
    share = np.ones(len(points)) if sample_weight is None else np.asarray(sample_weight, float)
    share = share / share.sum()
    atoms, atom_share = _atoms(points, share)
    least = 1 if sample_weight is not None else _ROWS_AN_ATOM
    if len(atoms) <= min(_MOST_ATOMS, len(points) / least):
        return solve_atoms(
            atoms, atom_share, widths, weights, n_codes=n_codes, hard=hard, seed=seed
        )
    fine, fine_share = _prototypes(points, _PROTOTYPES, seed, share)
    coarse, coarse_share = _prototypes(fine, _FREE_PROTOTYPES, seed, fine_share)
    generator = torch.Generator().manual_seed(seed)
    n_init = int(max(n_init, min(_MOST_RESTARTS, n_init * _PROTOTYPES // (4 * len(fine)))))
    # All problems start alike: one is solved as it would be alone, whatever stands beside it.
    logits = _starts(_Problem(coarse, coarse_share, widths, weights), n_init, n_codes, generator)
    restarts = np.tile(np.arange(n_init), len(weights))
    lanes, starts = np.repeat(weights, n_init, axis=0), []
    for part in _in_slices(np.arange(len(lanes)), len(coarse) * n_codes):
        problem = _Problem(coarse, coarse_share, widths, lanes[part])
        starts.append(_free_climb(problem, logits[restarts[part]]))
    coef, intercept = (np.concatenate(parts) for parts in zip(*starts, strict=True))
    heads = []
    for part in _in_slices(np.arange(len(lanes)), len(fine) * n_codes):
        problem = _Problem(fine, fine_share, widths, lanes[part])
        start = torch.from_numpy(coef[part]), torch.from_numpy(intercept[part])
        heads.append(_anneal(problem, *start, _RISE if hard else 1.0))
    coef, intercept = (np.concatenate(parts) for parts in zip(*heads, strict=True))
    distinct, distinct_share = _prototypes(points, None, seed, share)
    judge = _Problem(distinct, distinct_share, widths, lanes)
    partitions = [
        LinearPartition(c, b, judge.lagrangian_of(lane, c, b, hard))
        for lane, (c, b) in enumerate(zip(coef, intercept, strict=True))
    ]
    # One code for all rows keeps nothing and costs nothing: no solution may be worse.
    constant = LinearPartition(np.zeros_like(coef[0]), -np.arange(n_codes, dtype=float), 0.0)
    groups = (partitions[start : start + n_init] for start in range(0, len(lanes), n_init))
    return [max([*group, constant], key=lambda partition: partition.lagrangian) for group in groups]


class _Problem:
    """Weighted points of posterior space, and the Lagrangian of codes for them."""

    def __init__(self, points, share, widths, weights):
        self.points = torch.from_numpy(points).float()
        self.share = torch.from_numpy(share).float()
        self.blocks = torch.tensor_split(
            torch.arange(points.shape[1]), np.cumsum(widths)[:-1].tolist()
        )
        self.weights = torch.from_numpy(weights).float()
        self.weighted_points = self.points * self.share[:, None]
        self.mean = self.weighted_points.sum(0)
        centred = self.points - self.mean
        self.deviation = (self.share @ centred**2).sqrt().clamp_min(1e-6)
        self.spread = centred / self.deviation

    def joint(self, probabilities):
        """Laws of code and class, all labels side by side: shape (..., K, D)."""
        return probabilities.transpose(-1, -2) @ self.weighted_points

    def lagrangian(self, probabilities):
        """One value a lane, in nats, from probabilities of shape (lanes, P, K)."""
        joint = self.joint(probabilities)
        information = [joint_information(joint[..., block]) for block in self.blocks]
        return (torch.stack(information, dim=-1) * self.weights).sum(-1)

    def stationary_head(self, probabilities):
        """The linear scores g_k of codes, from the codes' conditionals: (lanes, K, D)."""
        joint = self.joint(probabilities)
        heads = []
        for j, block in enumerate(self.blocks):
            law = joint[..., block] + _SMOOTHING * self.mean[block]
            conditional = law / law.sum(-1, keepdim=True)
            ratio = (conditional / self.mean[block].clamp_min(1e-12)).clamp_min(1e-12).log()
            heads.append(self.weights[:, j, None, None] * ratio)
        return torch.cat(heads, dim=-1)

    def centred(self, coef, intercept):
        """A head for points as one that reads them in standard deviations: intercept (.., 1, K)."""
        return coef * self.deviation, (intercept + coef @ self.mean)[..., None, :]

    def uncentred(self, coef, intercept):
        """The inverse of :meth:`centred`, with intercepts of shape (.., K)."""
        coef = coef / self.deviation
        return coef, intercept[..., 0, :] - coef @ self.mean.double()

    def lagrangian_of(self, lane, coef, intercept, hard):
        """The Lagrangian of the most probable code, or of a draw, of one lane's head, in nats."""
        scores = self.points.double() @ torch.from_numpy(coef).T + torch.from_numpy(intercept)
        codes = torch.softmax(scores, 1)
        if hard:
            codes = torch.nn.functional.one_hot(scores.argmax(1), len(coef)).double()
        joint = codes.T @ self.weighted_points.double()
        information = torch.stack([joint_information(joint[:, block]) for block in self.blocks])
        return float(information @ self.weights[lane].double())


def _in_slices(lanes, elements):
    """Slices of lanes that are trained side by side, each lane of so many elements."""
    step = max(1, _LANE_ELEMENTS // elements)
    return [lanes[start : start + step] for start in range(0, len(lanes), step)]


def _starts(problem, n_init, n_codes, generator):
    """Logits of all restarts, smooth in posterior space: neighbours begin in one cell."""
    shape = (n_init, len(problem.points), n_codes)
    kind = problem.points.dtype  # whatever torch's default in this process is
    logits = 2.0 * torch.randn(shape, generator=generator, dtype=kind)
    across = (n_init, problem.points.shape[1], n_codes)
    direction = torch.randn(across, generator=generator, dtype=kind)
    return 0.1 * logits + 2.0 * problem.spread @ direction


def _free_climb(problem, logits):
    """Stationary heads of codes that are free at each prototype."""
    logits = logits.clone().requires_grad_()
    _climb([logits], lambda _: problem.lagrangian(torch.softmax(logits, -1)), _FREE_STEPS, rate=0.1)
    probabilities = torch.softmax(logits, -1).detach()
    return tuple(part.numpy() for part in _stationary_start(problem, probabilities))


def _anneal(problem, coef, intercept, last_rise):
    """Heads fine-tuned as they sharpen: coefficients (lanes, K, D), intercepts (lanes, K)."""
    coef, intercept = problem.centred(coef, intercept)
    rise = _sharpest_useful(problem, coef, intercept)
    # Lanes start with coefficients of one size, whatever their multipliers and posteriors.
    size = coef.abs().amax((-2, -1), keepdim=True).clamp_min(1e-6)
    coef, intercept = (coef / size).requires_grad_(), (intercept / size).requires_grad_()

    def annealed(progress):
        scores = problem.spread @ coef.transpose(-1, -2) + intercept
        return problem.lagrangian(torch.softmax(size * rise * last_rise**progress * scores, -1))

    _climb([coef, intercept], annealed, _ANNEALING_STEPS, rate=_ANNEALING_RATE)
    final = (size * rise * last_rise).double()
    coef, intercept = problem.uncentred(final * coef.detach().double(), final * intercept.detach())
    return coef.numpy(), intercept.numpy()


def _stationary_start(problem, probabilities):
    """The head of the stationarity condition; codes that nothing uses start far below."""
    used = probabilities.transpose(-1, -2) @ problem.share
    return problem.stationary_head(probabilities), -1e3 * (used < 1e-6).to(used.dtype)


def _sharpest_useful(problem, coef, intercept):
    """The inverse temperature, of a coarse grid, at which each lane's head is best.

    Weak posteriors differ little, and so do their scores: at too low an inverse temperature
    all codes would be one, and would stay one.
    """
    grid = [10.0 * 4.0**power for power in range(8)]
    scores = problem.spread @ coef.transpose(-1, -2) + intercept
    values = torch.stack([problem.lagrangian(torch.softmax(t * scores, -1)) for t in grid])
    return torch.tensor(grid, dtype=values.dtype)[values.argmax(0)][:, None, None]


def _climb(parameters, value, n_steps, rate):
    """Adam with cosine decay on the sum of all lanes: they share no parameter."""
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for step in range(n_steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / n_steps))
        optimiser.zero_grad(set_to_none=True)
        (-value(step / n_steps).sum()).backward()
        optimiser.step()


def _atoms(points, share):
    """Distinct points, equal but for rounding, and their shares."""
    _, members = np.unique(points.round(_ATOM_DIGITS), axis=0, return_inverse=True)
    weight = np.bincount(members.ravel(), weights=share)
    sums = [np.bincount(members.ravel(), share * column) for column in points.T]
    return np.stack(sums, axis=1) / weight[:, None], weight


def _prototypes(points, most, seed, share):
    """At most ``most`` weighted points that stand for all (all distinct ones with None)."""
    distinct, members = np.unique(points, axis=0, return_inverse=True)
    if most is None or len(distinct) <= most:
        return distinct, np.bincount(members.ravel(), weights=share, minlength=len(distinct))
    rng = np.random.RandomState(seed)
    some = points
    if len(points) > _ROWS_TO_CLUSTER:
        some = points[rng.choice(len(points), _ROWS_TO_CLUSTER, replace=False)]
    # Sums in one order, so that the same seed gives the same code; threads of OpenMP are each
    # caller's own, unlike those of BLAS, which KMeans limits by itself.
    with threadpool_limits(1, user_api="openmp"):
        clusters = KMeans(most, init="random", n_init=1, max_iter=10, random_state=rng)
        nearest = clusters.fit(some).predict(points)
    weight = np.bincount(nearest, weights=share, minlength=most)
    sums = np.stack([np.bincount(nearest, share * column, most) for column in points.T], axis=1)
    kept = weight > 0
    return sums[kept] / weight[kept, None], weight[kept]
