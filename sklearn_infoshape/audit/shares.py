"""Exact limits of a share, by Clopper and Pearson."""

import numpy as np
from scipy.special import betaincinv

__all__ = ["lower_share", "upper_share"]


def upper_share(count, n, error):
    """The greatest share of which as few as ``count`` hits of n have probability ``error``.

    Parameters
    ----------
    count, n : int, or ndarray of shape (...)
        Whole numbers, of any type.
    error : float

    Returns
    -------
    float, or ndarray of shape (...)

    References
    ----------
    C. Clopper and E. Pearson, "The use of confidence or fiducial limits illustrated in the case
    of the binomial", Biometrika 26, 1934.

    Examples
    --------
    >>> from sklearn_infoshape.audit.shares import lower_share, upper_share
    >>> round(upper_share(0, 100, 0.05), 4), round(lower_share(100, 100, 0.05), 4)
    (0.0295, 0.9705)
    """
    hits = np.rint(count)
    misses = np.rint(n) - hits
    limit = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1), 1 - error), 1.0)
    return limit if limit.ndim else float(limit)


def lower_share(count, n, error):
    """The least share of which as many as ``count`` hits of n have probability ``error``.

    Parameters and returned value are those of :func:`upper_share`.
    """
    hits = np.rint(count)
    misses = np.rint(n) - hits
    limit = np.where(hits > 0, betaincinv(np.maximum(hits, 1), misses + 1, error), 0.0)
    return limit if limit.ndim else float(limit)
