"""A value in the middle of many, which is no single row's: what gaps and codes are told by."""

import numpy as np

__all__ = ["FEWEST", "typical_number"]

FEWEST = 10
"""Rows (persons, where these are named) that whatever is kept of a column rests on."""

_CENTRAL = 0.05  # of the rows, around the median


def typical_number(values):
    """The median, coarsely: the mean of the rows in the middle, rounded to a part of their range.

    A median is one row's exact value, or lies between the values of two. Hence the mean of the
    central twentieth, of at least ten rows, rounded to the largest power of ten that is at most
    half of what these rows span; where ten rows and more share the median, this.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN where missing; one a person.

    Returns
    -------
    float
        A whole number where all values are; NaN where fewer than ten are known.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.typical import typical_number
    >>> typical_number(np.arange(1000) / 7), typical_number(np.arange(9.0))
    (71.0, nan)
    """
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if n < FEWEST:
        return float("nan")
    median = known[(n - 1) // 2]
    if (known == median).sum() >= FEWEST:
        return float(median)
    width = max(FEWEST, int(_CENTRAL * n))
    central = known[(n - width) // 2 :][:width]
    digits = -int(np.floor(np.log10((central[-1] - central[0]) / 2)))
    if (known == np.floor(known)).all():
        digits = min(digits, 0)
    return round(float(central.mean()), digits)
