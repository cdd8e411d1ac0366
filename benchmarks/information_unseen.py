"""Six more laws with a known information, of shapes that no constant of the estimator was tuned on.

They were written down before the intervals were last changed, and are measured, never looked at
while something is chosen: a dependence that is strong in one corner only, a spread that depends
on Z, a board of squares, ten classes, an amount by a code, and a code most of whose values are
rare.
"""

import numpy as np
from scipy.stats import norm

from benchmarks.information_tasks import Task, finite_law

__all__ = ["UNSEEN_TASKS"]

_NATS = np.log(2.0)
_CELLS = 2_000  # a side, of the grid of midpoints that integrals are taken on


def _entropy(density, step):
    """Differential entropy of a density on an even grid, in nats."""
    inside = density > 0
    return -float((density[inside] * np.log(density[inside])).sum() * step)


def clayton(strength):
    """Dependence in the lower corner: Clayton's copula, drawn by its conditional law."""

    def given(u, w):
        return (u**-strength * (w ** (-strength / (1 + strength)) - 1) + 1) ** (-1 / strength)

    middle = (np.arange(_CELLS) + 0.5) / _CELLS
    u, w = np.meshgrid(middle, middle)
    v = given(u, w)
    log_density = (
        np.log1p(strength)
        - (1 + strength) * np.log(u * v)
        - (2 + 1 / strength) * np.log(u**-strength + v**-strength - 1)
    )

    def draw(rng, n):
        u, w = rng.uniform(size=(2, n))
        return u[:, None], given(u, w)

    return Task("Clayton copula 1 + 1", "continuous", log_density.mean() / _NATS, draw)


def spread_by_z(slope):
    """The spread of l depends on the first column of Z, its mean on nothing."""
    # The sign of l is a fair coin; log|l| is a normal column plus log|noise|.
    t = np.linspace(-25, 12, 20_001)
    step = t[1] - t[0]
    of_noise = 2 * norm.pdf(np.exp(t)) * np.exp(t)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    mixed = sum(
        w * 2 * norm.pdf(np.exp(t - slope * x)) * np.exp(t - slope * x)
        for x, w in zip(nodes, weights, strict=True)
    )
    nats = _entropy(mixed, step) - _entropy(of_noise, step)

    def draw(rng, n):
        z = rng.normal(size=(n, 2))
        return z, np.exp(slope * z[:, 0]) * rng.normal(size=n)

    return Task("spread by Z 2 + 1", "continuous", nats / _NATS, draw)


def board(side):
    """Uniform on the black squares of a board: one bit, and no correlation."""

    def draw(rng, n):
        column = rng.integers(side, size=n)
        row = 2 * rng.integers(side // 2, size=n) + column % 2
        return ((column + rng.uniform(size=n)) / side)[:, None], (row + rng.uniform(size=n)) / side

    return Task(f"board of {side} × {side}", "continuous", 1.0, draw)


def logistic_classes(width, n_classes, scale, seed=5):
    """Classes by a multinomial logistic law of normal columns."""
    slopes = scale * np.random.default_rng(seed).normal(size=(width, n_classes))

    def posterior(z):
        scores = z @ slopes
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    p = posterior(np.random.default_rng(0).normal(size=(400_000, width)))
    mean = p.mean(axis=0)
    bits = -(mean * np.log2(mean)).sum() + (p * np.log2(p + 1e-300)).sum(axis=1).mean()

    def draw(rng, n):
        z = rng.normal(size=(n, width))
        label = (posterior(z).cumsum(axis=1) < rng.uniform(size=(n, 1))).sum(axis=1)
        return z, np.minimum(label, n_classes - 1)

    return Task(f"{n_classes} classes, logistic, in {width}", "classes", float(bits), draw)


def amount_by_code(centres, spreads):
    """A code, one-hot, and an amount that is normal given the code."""
    centres, spreads = np.asarray(centres, dtype=float), np.asarray(spreads, dtype=float)
    grid = np.linspace((centres - 9 * spreads).min(), (centres + 9 * spreads).max(), 40_001)
    density = norm.pdf(grid[:, None], centres, spreads).mean(axis=1)
    nats = _entropy(density, grid[1] - grid[0])
    nats -= float(np.mean(0.5 * np.log(2 * np.pi * np.e * spreads**2)))

    def draw(rng, n):
        code = rng.integers(len(centres), size=n)
        return np.eye(len(centres))[code], rng.normal(centres[code], spreads[code])

    return Task(f"amount by a code of {len(centres)}", "continuous", nats / _NATS, draw)


def rare_codes(n_codes, n_classes, seed=6):
    """A code whose k-th value has a share of about 1 / k."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, n_codes + 1)
    joint = shares[:, None] * rng.dirichlet(np.full(n_classes, 0.7), size=n_codes)
    return finite_law(f"finite law {n_codes} × {n_classes}, rare codes", joint)


UNSEEN_TASKS = (
    clayton(2.0),
    spread_by_z(0.8),
    board(4),
    logistic_classes(4, 10, 1.0),
    amount_by_code([-2, -1, 0, 1, 2], [1.0, 0.5, 0.3, 0.5, 1.0]),
    rare_codes(24, 5),
)
