"""Continuous labels: a copula in closed form, and what neighbours and critics find beyond it."""

import numpy as np

from sklearn_infoshape.estimation.copula import fit_copula, to_normal_scores
from sklearn_infoshape.estimation.critics import cross_fit
from sklearn_infoshape.estimation.measurement import Measurement
from sklearn_infoshape.estimation.neighbours import neighbour_information

__all__ = ["measure_continuous", "measure_copula", "measure_neighbours"]

_FEWEST_NEIGHBOURS = {2: 8, 3: 5, 4: 4}  # by number of columns; 3 for more
_WIDEST_FOR_NEIGHBOURS = 6
_DRAWN_ROWS = 8000  # how many rows are drawn from the copula, in samples of n, at least twice
_NARROWEST_FOR_CRITICS = 3
_FEWEST_ROWS_FOR_CRITICS = 200
_MOST_EXTRAPOLATION = 2.0
_ERRORS_TO_BELIEVE = 1.5


def measure_copula(z, l_, copula=None):
    """A normal or Student copula in closed form.

    Parameters
    ----------
    z, l_ : ndarray of shape (n, p), (n, q)
        Normal scores.
    copula : Copula or None, default=None
        One that was fitted to them; None fits it.

    Returns
    -------
    Measurement
    """
    copula = fit_copula(z, l_) if copula is None else copula
    error = copula.log_ratio(*copula.coordinates(z, l_)).std() / np.sqrt(len(z))
    # The noise of p q independent correlations, which the first-order error does not see.
    error = np.hypot(error, np.sqrt(z.shape[1] * l_.shape[1] / 2) / len(z))
    parts = {"copula": copula.nats}
    return Measurement(copula.nats, float(error), parts=parts, score=copula.score)


def measure_neighbours(z, l_, seed, copula=None):
    """A copula's information and what nearest neighbours find beyond it.

    The same estimator is applied to rows drawn from the copula, whose information is known:
    its bias there, which in many dimensions is nearly all of its value, is taken off.

    Parameters
    ----------
    z, l_ : ndarray of shape (n, p), (n, q)
        Normal scores.
    seed : int
    copula : Copula or None, default=None
        One that was fitted to them; None fits it.

    Returns
    -------
    Measurement
    """
    copula = fit_copula(z, l_) if copula is None else copula
    n, width = len(z), z.shape[1] + l_.shape[1]
    few = min(_FEWEST_NEIGHBOURS.get(width, 3), max(1, (n - 1) // 6))
    ks = [few, min(3 * few, n - 2)]
    a, b = (to_normal_scores(part, copula.degrees) for part in copula.coordinates(z, l_))
    found = neighbour_information(a, b, ks)
    n_samples = int(np.clip(_DRAWN_ROWS // n, 2, 8))
    samples = [copula.sample(n, seed + i) for i in range(n_samples)]
    drawn = np.array([neighbour_information(u, v, ks).mean(axis=1) for u, v in samples])
    beyond = found.mean(axis=1) - drawn.mean(axis=0)
    # Rows that share neighbours vary together: what samples differ by is the noise that counts.
    spread = max(found[1].std() / np.sqrt(n), drawn[:, 0].std(ddof=1))
    error = spread * np.sqrt(1 + 1 / n_samples)
    # Bias grows with the distance of the neighbours, about as (k / n)^(2 / width): what many
    # neighbours lose against few tells what few lose against none.
    slope = min(1 / ((ks[1] / ks[0]) ** (2 / width) - 1), _MOST_EXTRAPOLATION)
    lost = slope * max(0.0, beyond[0] - beyond[1] - 0.5 * error)
    value = copula.nats + beyond[0] + 0.75 * lost
    parts = {"copula": copula.nats, "neighbours": value - copula.nats}
    return Measurement(float(value), float(error), 0.5 * lost, 0.5 * lost, np.log(n), parts)


def measure_continuous(z, l_, splits, *, learning, seed):
    """The copula's closed form, and the larger of two remainders that hold on other rows.

    Parameters
    ----------
    z, l_ : ndarray of shape (n, p), (n, q)
        Normal scores.
    splits : list of (ndarray, ndarray)
        For the critics.
    learning : Learning
    seed : int

    Returns
    -------
    Measurement
    """
    n, width = len(z), z.shape[1] + l_.shape[1]
    copula = fit_copula(z, l_)
    base = measure_copula(z, l_, copula)
    remainders = {}
    if width <= _WIDEST_FOR_NEIGHBOURS:
        remainders["neighbours"] = measure_neighbours(z, l_, seed, copula)
    history, score = [], base.score
    if width >= _NARROWEST_FOR_CRITICS and n >= _FEWEST_ROWS_FOR_CRITICS:
        critics = cross_fit(
            z, l_, bound="remine", learning=learning, splits=splits, seed=seed, on_copula=True
        )
        history, score = critics.history, critics.score
        gains = critics.values - critics.base_values
        error = float(gains.std() / np.sqrt(len(splits)))
        gap = max(0.0, float(critics.gaps.mean())) if gains.mean() > 2 * error else 0.0
        remainders["critics"] = Measurement(
            base.nats + float(gains.mean()), error, 0.0, gap, np.log(n)
        )
    parts = dict(base.parts)
    best, kept = None, 0.0
    for name, remainder in remainders.items():
        beyond = remainder.nats - base.nats
        shrunk = _shrink(beyond, remainder.standard_error)
        parts[name] = beyond
        if shrunk > kept:
            best, kept = remainder, shrunk
    if best is None:
        return Measurement(
            base.nats, base.standard_error, 0.0, 0.0, np.log(n), parts, history, score
        )
    error = max(base.standard_error, best.standard_error)
    above = best.above + (best.nats - base.nats - kept)
    value = base.nats + kept
    return Measurement(value, error, best.below, above, np.log(n), parts, history, score)


def _shrink(beyond, error):
    """Less of a remainder the less it stands out of its noise; nothing within the noise."""
    bar = _ERRORS_TO_BELIEVE * error
    return beyond * (1 - (bar / beyond) ** 2) if beyond > bar else 0.0
