"""What one way of measuring hands back: a value, how sure it is, and a model for new rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import chi2, norm

__all__ = ["NEAR_CAP", "Measurement", "average", "most_entropy"]

NEAR_CAP = 0.95


@dataclass(frozen=True)
class Measurement:
    """Information as one method found it, in nats.

    Attributes
    ----------
    nats : float
        Not clipped: negative where a critic was fooled.
    standard_error : float
        Of the sampling noise.
    below, above : float
        Allowance for bias: how far the truth may lie below or above, noise apart.
    cap : float
        What the method can hardly exceed; infinity where there is no such value.
    parts : dict of str to float
        What the value is made of, in nats.
    history : list of dict
        One line a fold and epoch, of what was trained.
    score : callable or None
        ``score(Z, l)`` in nats for other rows.
    limit : float
        What the truth cannot exceed, such as an entropy; infinity where there is no such value.
    """

    nats: float
    standard_error: float
    below: float = 0.0
    above: float = 0.0
    cap: float = np.inf
    parts: dict[str, float] = field(default_factory=dict)
    history: list[dict] = field(default_factory=list)
    score: Callable | None = None
    limit: float = np.inf

    def interval(self, confidence):
        """Noise at a level of confidence, and the allowance for bias on top of it.

        Parameters
        ----------
        confidence : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper end, in nats; neither is negative. The upper one is infinite where
            the value is near the cap, and nothing else limits the truth.
        """
        noise = norm.ppf(0.5 + confidence / 2) * self.standard_error
        low = min(max(0.0, self.nats - noise - self.below), self.limit)
        high = np.inf if self.near_cap else self.nats + noise + self.above
        return low, min(max(low, high), self.limit)

    @property
    def near_cap(self):
        """Whether more than was found would look the same."""
        return self.nats > NEAR_CAP * self.cap


def average(measurements):
    """One measurement of several on draws of the same rows.

    The mean of dependent values is no more certain than each of them is taken to be here: errors
    and allowances are averaged, too.

    Parameters
    ----------
    measurements : list of Measurement

    Returns
    -------
    Measurement
        Without a score.
    """
    if len(measurements) == 1:
        return measurements[0]
    names = dict.fromkeys(name for m in measurements for name in m.parts)
    return Measurement(
        float(np.mean([m.nats for m in measurements])),
        float(np.mean([m.standard_error for m in measurements])),
        float(np.mean([m.below for m in measurements])),
        float(np.mean([m.above for m in measurements])),
        float(np.mean([m.cap for m in measurements])),
        {name: float(np.mean([m.parts.get(name, 0.0) for m in measurements])) for name in names},
        [{"draw": i, **line} for i, m in enumerate(measurements) for line in m.history],
        limit=float(np.mean([m.limit for m in measurements])),
    )


def most_entropy(counts, confidence=0.95):
    """What the entropy of a finite variable may be at most, from the counts of its values.

    Parameters
    ----------
    counts : ndarray of shape (C,)
    confidence : float, default=0.95

    Returns
    -------
    float
        Nats; never more than the logarithm of the number of values that were seen.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.measurement import most_entropy
    >>> bool(most_entropy(np.array([48, 52])) == np.log(2))
    True
    """
    counts = np.asarray(counts, dtype=np.float64)
    counts = counts[counts > 0]
    n = counts.sum()
    surprise = -np.log(counts / n)
    entropy = float((counts * surprise).sum() / n)
    variance = max(0.0, float((counts * surprise**2).sum() / n) - entropy**2)
    # Where all values are as likely the delta method sees no noise; the chi-square law of
    # 2n times what the sample's entropy lacks does.
    freedom = len(counts) - 1
    lacking = chi2.ppf(0.5 + confidence / 2, freedom) / (2 * n) if freedom else 0.0
    noise = norm.ppf(0.5 + confidence / 2) * np.sqrt(variance / n)
    return min(entropy + noise + lacking, float(np.log(len(counts))))
