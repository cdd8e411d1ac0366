"""Tables of any library as plain arrays: labels and values of columns, and what is missing."""

import numpy as np
from scipy import sparse

__all__ = [
    "column_at",
    "column_labels",
    "is_missing",
    "replace_columns",
    "take_columns",
    "take_rows",
    "values_of",
]


def column_labels(table, parameter="X"):
    """The labels of a data frame's columns.

    Parameters
    ----------
    table : array-like or data frame
    parameter : str, default="X"
        How messages call it.

    Returns
    -------
    list, or None where ``table`` is no data frame

    Raises
    ------
    TypeError
        If the frame is lazy, and holds no rows yet.
    """
    if hasattr(type(table), "collect") and not hasattr(type(table), "shape"):
        raise TypeError(
            f"{parameter} is a {type(table).__name__}, which holds no rows yet; call .collect() "
            "first."
        )
    if hasattr(table, "column_names"):  # an Arrow table, whose ``columns`` are the values
        return list(table.column_names)
    return list(table.columns) if hasattr(table, "columns") else None


def take_columns(table, positions):
    """Some columns of a table, by position, in the same kind of container.

    Parameters
    ----------
    table : ndarray of shape (n, p) or data frame
    positions : list of int

    Returns
    -------
    Same container as ``table``
    """
    if hasattr(table, "iloc"):
        return table.iloc[:, positions]
    if hasattr(table, "column_names"):
        return table.select(positions)
    labels = column_labels(table)
    return table[:, positions] if labels is None else table[[labels[p] for p in positions]]


def column_at(table, position):
    """One column of a table, by position.

    Parameters
    ----------
    table : ndarray of shape (n, p) or data frame
    position : int

    Returns
    -------
    Series, Arrow column or ndarray of shape (n,)
    """
    if hasattr(table, "iloc"):
        return table.iloc[:, position]
    labels = column_labels(table)
    return table[:, position] if labels is None else table[labels[position]]


def replace_columns(table, columns):
    """A data frame with some columns replaced; the frame that came in stays as it is.

    Parameters
    ----------
    table : data frame
    columns : dict of int to ndarray of shape (n,)
        By position.

    Returns
    -------
    Same container as ``table``
    """
    if not columns:
        return table
    if hasattr(table, "isetitem"):  # pandas, whose labels need not be unique
        table = table.copy(deep=False)
        for position, values in columns.items():
            table.isetitem(position, values)
        return table
    labels = column_labels(table)
    series = [type(table[labels[p]])(labels[p], values) for p, values in columns.items()]
    return table.with_columns(series)


def values_of(column):
    """One column of any library as an array that loses neither digits nor gaps.

    Parameters
    ----------
    column : Series, masked array or array-like of shape (n,)

    Returns
    -------
    ndarray of shape (n,)
        Of objects where integers or booleans have gaps, which would become floats otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.frames import values_of
    >>> values_of(np.ma.masked_array([1, 2, 3], mask=[False, True, False]))
    array([1, None, 3], dtype=object)
    """
    if isinstance(column, np.ma.MaskedArray):
        gaps = np.ma.getmaskarray(column)
        if not gaps.any():
            return column.data
        values = column.data.astype(object)
        values[gaps] = None
        return values
    if "dictionary" in str(getattr(column, "type", "")):  # numpy reads gaps of it as a level
        return np.array(column.to_pylist(), dtype=object)
    values = np.asarray(column)
    if values.dtype.kind in "Mm":  # one unit, so that equal moments are equal
        values = values.astype(f"{values.dtype.kind}8[us]")
    kind = str(getattr(column, "dtype", getattr(column, "type", values.dtype))).lower()
    widened = values.dtype.kind == "f" and not any(name in kind for name in ("float", "double"))
    if widened or values.ndim != 1:
        entries = column.to_pylist() if hasattr(column, "to_pylist") else column
        return np.fromiter(entries, dtype=object, count=len(column))
    return values


def is_missing(values):
    """Which entries are None, NaN, NaT or pandas' NA.

    Parameters
    ----------
    values : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,), dtype bool
    """
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind in "Mm":
        return np.isnat(values)
    if values.dtype.kind in "biuSU":
        return np.zeros(len(values), dtype=bool)

    def missing(value):
        if value is None:
            return True
        if hasattr(value, "__len__"):  # no single value: a list is refused later
            return False
        try:
            return bool(value != value)
        except TypeError:  # pandas.NA refuses to be true or false
            return True
        except ValueError:  # an array is no single value, and refused later
            return False

    return np.array([missing(value) for value in values], dtype=bool)


def take_rows(table, rows):
    """Some rows of an array, a list, or a data frame of any library.

    Parameters
    ----------
    table : array-like with rows
    rows : ndarray of int

    Returns
    -------
    The same kind of table; a list becomes an array.
    """
    if hasattr(table, "iloc"):
        return table.iloc[rows]
    if sparse.issparse(table):
        return table.tocsr()[rows]
    if hasattr(table, "column_names"):  # an Arrow table
        return table.take(rows)
    if hasattr(table, "columns") or hasattr(table, "detach"):
        return table[rows]
    if isinstance(table, np.ma.MaskedArray):
        return table[rows]
    return np.asarray(table)[rows]
