"""Pairs whose mutual information is known: normal, Student, bent, rolled up, classes, finite laws.

Most continuous laws follow P. Czyż, F. Grabowski, J. Vogt, N. Beerenwinkel and A. Marx, "Beyond
normal: on the evaluation of mutual information estimators", 2023 (arXiv 2306.11078). Their
information is known because it does not change when Z and l are each mapped one to one: a
normal pair stays as informative when it is cubed, wound into a spiral, or rolled up.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, ndtr
from scipy.stats import norm

__all__ = ["INDEPENDENT_TASKS", "TASKS", "Task"]

_CORRELATION = 0.75
_PAIR_CORRELATION = 0.8  # of the two pairs in the sparse tasks: strength 2 in Czyż et al.
_MONTE_CARLO_ROWS = 2_000_000
_NATS = np.log(2.0)


@dataclass(frozen=True)
class Task:
    """One law of (Z, l) with its known information.

    Attributes
    ----------
    name : str
    kind : {"continuous", "classes", "mixed"}
        Of the label.
    bits : float
        The truth.
    draw : callable
        ``draw(generator, n)`` gives Z of shape (n, p) and l of shape (n,) or (n, d).
    """

    name: str
    kind: str
    bits: float
    draw: Callable

    def sample(self, n, seed):
        """Draw Z of shape (n, p) and l of shape (n,) or (n, d); the same for the same seed."""
        return self.draw(np.random.default_rng([zlib.crc32(self.name.encode()), seed]), n)


# Normal laws --------------------------------------------------------------------------------


def normal_bits(covariance, n_z):
    """Information of the first ``n_z`` columns of a normal law on the others, in bits."""
    log_dets = [
        np.linalg.slogdet(part)[1]
        for part in (covariance[:n_z, :n_z], covariance[n_z:, n_z:], covariance)
    ]
    return 0.5 * (log_dets[0] + log_dets[1] - log_dets[2]) / _NATS


def dense(width, correlation=0.5):
    """All columns equally correlated."""
    return np.full((2 * width, 2 * width), correlation) + (1 - correlation) * np.eye(2 * width)


def sparse(width, pairs=2, correlation=_PAIR_CORRELATION):
    """A few columns of Z each correlated with one column of l; all others pure noise."""
    covariance = np.eye(2 * width)
    for j in range(pairs):
        covariance[j, width + j] = covariance[width + j, j] = correlation
    return covariance


def rotated(covariance, n_z, seed=0):
    """The same law seen from axes turned at random within Z and within l."""
    rng = np.random.default_rng(seed)
    turn = np.zeros_like(covariance)
    for part in (slice(0, n_z), slice(n_z, None)):
        width = len(covariance[part, part])
        turn[part, part] = np.linalg.qr(rng.normal(size=(width, width)))[0]
    return turn @ covariance @ turn.T


def _identity(values):
    return values


def normal(name, covariance, n_z, of_z=_identity, of_l=_identity):
    """A normal law whose Z and l are each mapped one to one."""
    root = np.linalg.cholesky(covariance)

    def draw(rng, n):
        rows = rng.normal(size=(n, len(covariance))) @ root.T
        return of_z(rows[:, :n_z]), of_l(rows[:, n_z:])

    return Task(name, "continuous", normal_bits(covariance, n_z), draw)


def half_cube(values):
    """Signed power of three halves (Czyż et al.)."""
    return values * np.sqrt(np.abs(values))


def wiggle_z(x):
    """A monotone map with ripples, for Z (Czyż et al.)."""
    return x + 0.4 * np.sin(x) + 0.2 * np.sin(1.7 * x + 1) + 0.03 * np.sin(3.3 * x - 2.5)


def wiggle_l(x):
    """A monotone map with ripples, for l (Czyż et al.)."""
    return x - 0.4 * np.sin(0.4 * x) + 0.17 * np.sin(1.3 * x + 3.5) + 0.02 * np.sin(4.3 * x - 2.5)


def spiral(first, second, speed):
    """Turn two coordinates by an angle that grows with the squared length of the row."""

    def wind(values):
        angle = speed * (values**2).sum(axis=1)
        wound = values.copy()
        wound[:, first] = np.cos(angle) * values[:, first] - np.sin(angle) * values[:, second]
        wound[:, second] = np.sin(angle) * values[:, first] + np.cos(angle) * values[:, second]
        return wound

    return wind


def swiss_roll(values):
    """A uniform column rolled up in the plane (Czyż et al.)."""
    t = 1.5 * np.pi * (1 + 2 * ndtr(values[:, 0]))
    return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21.0


def two_humps(weight, low, high):
    """The monotone map from a normal column to a mixture of two normal laws."""
    grid = np.linspace(min(low, high) - 7, max(low, high) + 7, 20_001)
    cumulative = weight * norm.cdf(grid - low) + (1 - weight) * norm.cdf(grid - high)
    return lambda values: np.interp(ndtr(values), cumulative, grid)


# Other continuous laws ----------------------------------------------------------------------


def _student_entropy(width, degrees):
    """Differential entropy of the standard Student law (Arellano-Valle et al. 2013), nats."""
    half = 0.5 * (degrees + width)
    return (
        gammaln(0.5 * degrees)
        - gammaln(half)
        + 0.5 * width * np.log(degrees * np.pi)
        + half * (digamma(half) - digamma(0.5 * degrees))
    )


def student(name, width, degrees, dispersion=None, of_both=_identity):
    """A Student law: even uncorrelated columns tell of each other through their common scale."""
    dispersion = np.eye(2 * width) if dispersion is None else dispersion
    root = np.linalg.cholesky(dispersion)
    nats = 2 * _student_entropy(width, degrees) - _student_entropy(2 * width, degrees)

    def draw(rng, n):
        rows = rng.normal(size=(n, 2 * width)) @ root.T
        rows /= np.sqrt(rng.chisquare(degrees, size=(n, 1)) / degrees)
        return of_both(rows[:, :width]), of_both(rows[:, width:])

    return Task(name, "continuous", nats / _NATS + normal_bits(dispersion, width), draw)


def uniform_plus_noise(spread):
    """l is uniform Z plus uniform noise on [-spread, spread]."""
    nats = 1 / (4 * spread) if spread > 0.5 else spread - np.log(2 * spread)

    def draw(rng, n):
        z = rng.uniform(size=n)
        return z[:, None], z + rng.uniform(-spread, spread, size=n)

    return Task(f"uniform + noise {spread}", "continuous", nats / _NATS, draw)


def independent(name, draw_z, draw_l, kind="continuous"):
    """Z and l that know nothing of each other."""
    return Task(name, kind, 0.0, lambda rng, n: (draw_z(rng, n), draw_l(rng, n)))


# Classes ------------------------------------------------------------------------------------


def mixture(name, centres, classes, scale=1.0):
    """Normal clusters, each of one class; the truth by Monte Carlo over the known posterior."""
    centres, classes = np.asarray(centres, dtype=float), np.asarray(classes)

    def draw(rng, n):
        cluster = rng.integers(len(centres), size=n)
        return centres[cluster] + scale * rng.normal(size=(n, centres.shape[1])), classes[cluster]

    return Task(name, "classes", _mixture_bits(centres, classes, scale), draw)


def _mixture_bits(centres, classes, scale, rows=_MONTE_CARLO_ROWS):
    """H(l) - H(l given Z), in the affine hull of the centres; error below .001 bits."""
    _, _, axes = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    centres = centres @ axes.T
    rng = np.random.default_rng(0)
    shares = np.bincount(classes) / len(classes)
    total, block = 0.0, 200_000
    for _ in range(rows // block):
        cluster = rng.integers(len(centres), size=block)
        z = centres[cluster] + scale * rng.normal(size=(block, centres.shape[1]))
        distance = ((z[:, None] - centres) ** 2).sum(axis=2) / (2 * scale**2)
        weights = np.exp(distance.min(axis=1, keepdims=True) - distance)
        posterior = np.stack([weights[:, classes == c].sum(1) for c in range(len(shares))], axis=1)
        posterior /= posterior.sum(axis=1, keepdims=True)
        own = classes[cluster]
        total += np.log2(posterior[np.arange(block), own] / shares[own]).mean()
    return total / (rows // block)


def finite_law(name, joint):
    """Codes and classes with a joint table; Z is the code as one-hot columns."""
    joint = np.asarray(joint) / np.sum(joint)
    independent_joint = joint.sum(1, keepdims=True) * joint.sum(0)
    inside = joint > 0
    bits = (joint[inside] * np.log2(joint[inside] / independent_joint[inside])).sum()

    def draw(rng, n):
        cell = rng.choice(joint.size, size=n, p=joint.ravel())
        code, label = np.unravel_index(cell, joint.shape)
        return np.eye(len(joint))[code], label

    return Task(name, "classes", float(bits), draw)


def random_table(n_codes, n_classes, concentration, seed):
    """A joint table drawn from a Dirichlet law."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(n_codes * n_classes, concentration)).reshape(n_codes, n_classes)


def normal_and_class():
    """l has two columns: an amount, normal with Z's first, and a class, by Z's second."""
    clusters = _mixture_bits(np.array([[-1.0], [1.0]]), np.array([0, 1]), 1.0)

    def draw(rng, n):
        label = rng.integers(2, size=n)
        z = rng.normal(size=(n, 2)) + np.column_stack([np.zeros(n), 2.0 * label - 1.0])
        amount = 0.8 * z[:, 0] + 0.6 * rng.normal(size=n)
        return z, np.column_stack([amount, label])

    return Task("amount and class, 2 + 2", "mixed", -0.5 * np.log2(1 - 0.64) + clusters, draw)


def _normal_columns(width):
    return lambda rng, n: rng.normal(size=(n, width))


_PAIR = np.array([[1, _CORRELATION], [_CORRELATION, 1]])
_SPIRAL_PAIR = np.array([[1, 0, 0.9], [0, 1, 0], [0.9, 0, 1]])

TASKS = (
    normal("normal 1 + 1", _PAIR, 1),
    normal("normal dense 2 + 2", dense(2), 2),
    normal("normal dense 5 + 5", dense(5), 5),
    normal("normal dense 25 + 25", dense(25), 25),
    normal("normal sparse 3 + 3", sparse(3), 3),
    normal("normal sparse 5 + 5", sparse(5), 5),
    normal("normal sparse 25 + 25", sparse(25), 25),
    normal("normal rotated 3 + 3", rotated(sparse(3), 3), 3),
    normal("half cube 1 + 1", _PAIR, 1, half_cube, half_cube),
    normal("cube, arctan of rotated 3 + 3", rotated(sparse(3), 3), 3, lambda z: z**3, np.arctan),
    normal("half cube of sparse 25 + 25", sparse(25), 25, half_cube, half_cube),
    normal("uniform margins 5 + 5", sparse(5), 5, ndtr, ndtr),
    normal("wiggly 1 + 1", _PAIR, 1, wiggle_z, wiggle_l),
    normal("two humps 1 + 1", _PAIR, 1, two_humps(0.3, 0, 5), two_humps(0.5, -1, 3)),
    normal("swiss roll 2 + 1", _PAIR, 1, swiss_roll, ndtr),
    normal("spiral 2 + 1", _SPIRAL_PAIR, 2, spiral(0, 1, 0.7)),
    normal("spiral of sparse 3 + 3", sparse(3), 3, spiral(0, 1, 1 / 3), spiral(1, 2, 1 / 3)),
    student("Student 1 + 1, 1 degree", 1, 1),
    student("Student 2 + 2, 3 degrees", 2, 3),
    student("Student 3 + 3, 2 degrees", 3, 2),
    student("Student 5 + 5, 3 degrees", 5, 3),
    student("Student 3 + 3, 3 degrees, sparse", 3, 3, sparse(3)),
    student("arsinh of Student 2 + 2, 1 degree", 2, 1, of_both=np.arcsinh),
    uniform_plus_noise(0.1),
    uniform_plus_noise(0.75),
    normal_and_class(),
    mixture("two clusters in 2", [[-1, 0], [1, 0]], [0, 1]),
    mixture("four clusters in 5", 2.0 * np.eye(5)[:4], [0, 1, 2, 3]),
    mixture("XOR in 2", [[-1, -1], [1, 1], [-1, 1], [1, -1]], [0, 0, 1, 1], 0.5),
    finite_law("finite law 4 × 3", random_table(4, 3, 1.0, 1)),
    finite_law("finite law 16 × 8", random_table(16, 8, 0.5, 2)),
    independent("independent 1 + 1", _normal_columns(1), lambda rng, n: rng.exponential(size=n)),
    independent("independent 5 + 5", _normal_columns(5), _normal_columns(5)),
    independent(
        "independent classes", _normal_columns(5), lambda rng, n: rng.integers(3, size=n), "classes"
    ),
)

INDEPENDENT_TASKS = (
    *(task for task in TASKS if task.bits == 0),
    independent("independent 10 + 10", _normal_columns(10), _normal_columns(10)),
    independent(
        "independent amount and class",
        _normal_columns(2),
        lambda rng, n: np.column_stack([rng.normal(size=n), rng.integers(3, size=n)]),
        "mixed",
    ),
    independent(
        "independent finite law 4 × 3",
        lambda rng, n: np.eye(4)[rng.integers(4, size=n)],
        lambda rng, n: rng.integers(3, size=n),
        "classes",
    ),
)
