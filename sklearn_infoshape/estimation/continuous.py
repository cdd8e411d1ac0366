"""Continuous labels: a copula in closed form, and what neighbours and critics find beyond it."""

import numpy as np
from scipy.stats import norm, t

from sklearn_infoshape.estimation.copula import fit_copula, to_normal_scores
from sklearn_infoshape.estimation.critics import cross_fit
from sklearn_infoshape.estimation.measurement import Measurement
from sklearn_infoshape.estimation.neighbours import neighbour_information

__all__ = ["measure_continuous", "measure_copula", "measure_neighbours"]

_FEWEST_NEIGHBOURS = 3
_NEIGHBOURS_PER_ROOT = {2: 1 / 8, 3: 1 / 14, 4: 1 / 18}  # by number of columns, of the root of n
_WIDEST_FOR_NEIGHBOURS = 6
_DRAWN_ROWS = 8000  # how many rows are drawn from the copula, in 4 to 8 samples of n
_NARROWEST_FOR_CRITICS = 3
_FEWEST_ROWS_FOR_CRITICS = 200
_MOST_EXTRAPOLATION = 3.5
_BLIND_NEIGHBOURS = 5  # so many more, a column and once, and neighbours see next to nothing
_MOST_BLIND = 0.9
_TRUSTED_SHARE = 0.75
_LEAST_GAIN = 0.002  # nats, of a first critic over the copula
_ERRORS_TO_BELIEVE = 2.0
_ERRORS_TO_DOUBT = 1.5


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
    # Degrees of freedom that are nearly as likely may say more, or less.
    below, above = copula.nats - copula.least_nats, copula.most_nats - copula.nats
    return Measurement(copula.nats, float(error), below, above, parts=parts, score=copula.score)


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
    few = max(_FEWEST_NEIGHBOURS, round(np.sqrt(n) * _NEIGHBOURS_PER_ROOT.get(width, 0.0)))
    few = min(few, max(1, (n - 1) // 6))
    ks = [few, min(3 * few, n - 2)]
    a, b = (to_normal_scores(part, copula.degrees) for part in copula.coordinates(z, l_))
    found = neighbour_information(a, b, ks)
    n_samples = int(np.clip(_DRAWN_ROWS // n, 4, 8))
    samples = [copula.sample(n, seed + i) for i in range(n_samples)]
    # A sample's own copula goes up and down with what neighbours find in it: less that, the
    # rest has half the noise.
    own = np.array([fit_copula(u, v, copula.degrees).nats for u, v in samples])
    drawn = np.array([neighbour_information(u, v, ks).mean(axis=1) for u, v in samples])
    drawn -= own[:, None]
    beyond = found.mean(axis=1) - copula.nats - drawn.mean(axis=0)
    # Rows that share neighbours vary together: what samples differ by is the noise that counts.
    rows = found[1] - copula.log_ratio(*copula.coordinates(z, l_))
    drawn_spread = drawn[:, 0].std(ddof=1) * t.ppf(0.975, n_samples - 1) / norm.ppf(0.975)
    spread = max(rows.std() / np.sqrt(n), drawn_spread)  # from few samples: Student's quantile
    error = spread * np.sqrt(1 + 1 / n_samples)
    # Bias grows with the distance of neighbours. Where the copula missed something, this was
    # found to go as (k / n)^(1 / width): what many neighbours lose against few tells what few
    # lose against none; and what half of the rows lose against all, what all still lose.
    slope = min(1 / ((ks[1] / ks[0]) ** (1 / width) - 1), _MOST_EXTRAPOLATION)
    in_half = [neighbour_information(a[i::2], b[i::2], ks[:1]).mean() for i in (0, 1)]
    drawn_half = [neighbour_information(u[::2], v[::2], ks[:1]).mean() for u, v in samples]
    of_half = np.mean(in_half) - copula.nats - np.mean(drawn_half - own)
    by_neighbours = _TRUSTED_SHARE * slope * (beyond[0] - beyond[1] - 0.5 * error)
    lost = max(0.0, by_neighbours, beyond[0] - of_half - 0.5 * error)
    if beyond[1] < _ERRORS_TO_BELIEVE * error:  # noise, whose bias needs no mending
        lost = 0.0
    value = copula.nats + beyond[0] + lost
    most = copula.nats + _most_beyond(beyond, error, ks, n, width)
    above = max(0.0, most - value)
    parts = {"copula": copula.nats, "neighbours": value - copula.nats}
    cap, score = float(np.log(n)), copula.score  # neighbours leave no model behind
    # Far from the copula, drawn rows say too little of the noise, and an extrapolation adds to it.
    below = lost + error if beyond[0] > _ERRORS_TO_BELIEVE * error else 0.0
    return Measurement(float(value), float(error), below, above, cap, parts, score=score)


def _most_beyond(beyond, error, ks, n, width):
    """What there may be beyond the copula at most, noise apart, by what few neighbours see of it.

    Where a copula missed something known, k neighbours of n rows saw the less of it the further
    they were: a share of 1 - (c k / n)^(1 / width), with c from 8 in two columns to 15 in six.
    It is taken with a c twice as large; or as twice what the difference to three times as many
    neighbours says, if that is less. What does not stand out of its noise counts in part: what
    was seen and its error soon, what was not seen late.
    """
    blind = _BLIND_NEIGHBOURS * (width + 1)
    unseen = min((blind * ks[0] / n) ** (1 / width), _MOST_BLIND)
    noise = error * width / 4  # the more columns, the more an extrapolation makes of noise
    by_share = unseen / (1 - unseen) * (beyond[0] + noise)
    by_distance = 2 * (beyond[0] - beyond[1] + noise) / ((ks[1] / ks[0]) ** (1 / width) - 1)
    errors = max(0.0, beyond[0]) / error if error > 0 else 0.0
    seen = min(2 * errors, 1.0) * (max(0.0, beyond[0]) + _ERRORS_TO_DOUBT * error)
    return seen + min(errors / _ERRORS_TO_DOUBT, 1.0) ** 3 * max(0.0, min(by_share, by_distance))


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
            z,
            l_,
            bound="remine",
            learning=learning,
            splits=splits,
            seed=seed,
            on_copula=True,
            least_gain=_LEAST_GAIN,
        )
        history, score = critics.history, critics.score
        gains = critics.values - critics.base_values
        error = float(gains.std() / np.sqrt(len(gains)))
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
    error, below, value = base.standard_error, base.below, base.nats + kept
    if best is not None:
        error, below = max(error, best.standard_error), max(below, best.below)
    # What was not believed, or was less than another way found, may still be true.
    most = [base.nats + base.above, *(part.nats + part.above for part in remainders.values())]
    above = max(0.0, max(most) - value)
    return Measurement(value, error, below, above, np.log(n), parts, history, score)


def _shrink(beyond, error):
    """Less of a remainder the less it stands out of its noise; nothing within the noise."""
    bar = _ERRORS_TO_BELIEVE * error
    return beyond * (1 - (bar / beyond) ** 2) if beyond > bar else 0.0
