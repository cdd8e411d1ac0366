"""What one way of measuring hands back: a value, how sure it is, and a model for new rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

__all__ = ["Measurement"]


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
        What the method cannot exceed; infinity where there is no such value.
    parts : dict of str to float
        What the value is made of, in nats.
    history : list of dict
        One line a fold and epoch, of what was trained.
    score : callable or None
        ``score(Z, l)`` in nats for other rows.
    """

    nats: float
    standard_error: float
    below: float = 0.0
    above: float = 0.0
    cap: float = np.inf
    parts: dict[str, float] = field(default_factory=dict)
    history: list[dict] = field(default_factory=list)
    score: Callable | None = None

    def interval(self, confidence):
        """Noise at a level of confidence, and the allowance for bias on top of it.

        Parameters
        ----------
        confidence : float
            Between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper end, in nats; neither is negative.
        """
        noise = norm.ppf(0.5 + confidence / 2) * self.standard_error
        low = max(0.0, self.nats - noise - self.below)
        return low, max(low, self.nats + noise + self.above)
