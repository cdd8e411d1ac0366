"""A value in the middle of many, which is no single row's: what gaps and codes are told by."""

import numpy as np

__all__ = ["FEWEST", "typical_number", "typical_numbers"]

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
    return float(typical_numbers(values[~np.isnan(values)][:, None])[0])


def typical_numbers(table):
    """The same of each column.

    Parameters
    ----------
    table : ndarray of shape (n, p)
        Finite.

    Returns
    -------
    ndarray of shape (p,)
    """
    n, n_columns = table.shape
    if n < FEWEST:
        return np.full(n_columns, np.nan)
    ordered = np.sort(table, axis=0)
    median = ordered[(n - 1) // 2]
    shared = (ordered == median).sum(axis=0) >= FEWEST
    width = max(FEWEST, int(_CENTRAL * n))
    central = ordered[(n - width) // 2 :][:width].astype(np.float64)
    spread = np.where(shared, 1.0, central[-1] - central[0])
    digits = -np.floor(np.log10(spread / 2)).astype(int)
    whole = (ordered == np.floor(ordered)).all(axis=0)
    digits = np.where(whole, np.minimum(digits, 0), digits)
    means = central.mean(axis=0).tolist()
    rounded = [round(mean, digit) for mean, digit in zip(means, digits.tolist(), strict=True)]
    # The shortest number that is the same in the precision of the table.
    exact = [float(str(value)) for value in median]
    return np.where(shared, exact, rounded)
