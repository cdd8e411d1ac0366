"""Shannon's entropy, and predictions whose logarithm is bounded."""

import numpy as np

__all__ = ["PRIOR_SHARE", "entropy_bits", "mixed_with_prior"]

PRIOR_SHARE = 0.01


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


def mixed_with_prior(probabilities, prior):
    """Predictions mixed with one per cent of the prior, so that no row costs without limit.

    Parameters
    ----------
    probabilities : ndarray of shape (n, C)
    prior : ndarray of shape (C,) or (n, C)

    Returns
    -------
    ndarray of shape (n, C)

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.information.entropy import mixed_with_prior
    >>> mixed_with_prior(np.array([[1.0, 0.0]]), np.array([0.5, 0.5]))
    array([[0.995, 0.005]])
    """
    return (1 - PRIOR_SHARE) * probabilities + PRIOR_SHARE * prior
