"""Exact limits of a share, by Clopper and Pearson."""

from scipy.stats import binomtest

__all__ = ["lower_share", "upper_share"]


def upper_share(count, n, error):
    """The greatest share of which as few as ``count`` hits of n have probability ``error``.

    Parameters
    ----------
    count, n : int
        Whole numbers, of any type.
    error : float

    Returns
    -------
    float

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
    if count >= n:
        return 1.0
    test = binomtest(round(count), round(n), alternative="less")
    return float(test.proportion_ci(1 - error).high)


def lower_share(count, n, error):
    """The least share of which as many as ``count`` hits of n have probability ``error``.

    Parameters and returned value are those of :func:`upper_share`.
    """
    if count <= 0:
        return 0.0
    test = binomtest(round(count), round(n), alternative="greater")
    return float(test.proportion_ci(1 - error).low)
