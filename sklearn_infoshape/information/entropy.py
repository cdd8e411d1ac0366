"""Shannon's entropy."""

import numpy as np

__all__ = ["entropy_bits"]


def entropy_bits(probabilities):
    """Entropy of a finite law, in bits.

    Parameters
    ----------
    probabilities : array-like of shape (C,)
        Non-negative; normalised here.

    Returns
    -------
    float

    Examples
    --------
    >>> from sklearn_infoshape.information import entropy_bits
    >>> entropy_bits([0.5, 0.25, 0.25])
    1.5
    """
    p = np.asarray(probabilities, dtype=np.float64)
    p = p[p > 0] / p.sum()
    return float(-(p * np.log2(p)).sum())
