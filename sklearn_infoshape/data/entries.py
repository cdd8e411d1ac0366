"""What the entries of a column are (numbers, text, dates, durations, lists), and their numbers."""

import datetime
from numbers import Number

import numpy as np

from sklearn_infoshape.data.frames import is_missing

__all__ = ["AMOUNTS", "as_dates", "as_numbers", "kinds_of"]

_KINDS = {
    "b": "truth values",
    "i": "numbers",
    "u": "numbers",
    "f": "numbers",
    "c": "complex numbers",
    "S": "text",
    "U": "text",
    "M": "dates",
    "m": "durations",
    "V": "dicts",
}
AMOUNTS = frozenset({"numbers", "truth values", "dates", "durations"})
"""The kinds that can be read as amounts."""

_MICROSECONDS_A_DAY = 86_400_000_000


def kinds_of(values):
    """What the entries of a column are, apart from missing ones.

    Parameters
    ----------
    values : ndarray of shape (n,)

    Returns
    -------
    set of str
        Of "numbers" (also Decimal and Fraction), "truth values", "complex numbers", "text",
        "dates" (also periods), "durations", "times of day", "lists", "dicts", or the names of
        other types.

    Examples
    --------
    >>> import numpy as np
    >>> from decimal import Decimal
    >>> from sklearn_infoshape.data.entries import kinds_of
    >>> kinds_of(np.array([Decimal("1.5"), 2, None], dtype=object))
    {'numbers'}
    """
    if values.dtype.kind != "O":
        return {_KINDS.get(values.dtype.kind, f"entries of type {values.dtype}")}
    return {_kind_of(value) for value in {type(v): v for v in values[~is_missing(values)]}.values()}


def _kind_of(value):
    if isinstance(value, bool | np.bool_):
        return "truth values"
    if isinstance(value, datetime.timedelta | np.timedelta64):  # before numbers: it is one to numpy
        return "durations"
    if isinstance(value, datetime.date | np.datetime64) or hasattr(value, "start_time"):
        return "dates"
    if isinstance(value, datetime.time):
        return "times of day"
    if isinstance(value, complex | np.complexfloating):
        return "complex numbers"
    if isinstance(value, Number):
        return "numbers"
    if isinstance(value, str | bytes):
        return "text"
    if isinstance(value, dict):
        return "dicts"
    if hasattr(value, "__len__") and not isinstance(value, type):
        return "lists"
    return f"entries of type {type(value).__name__}"


def as_numbers(values):
    """A column of numbers, truth values, dates, durations or times of day as floats.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Of one kind (truth values may stand among numbers).

    Returns
    -------
    ndarray of shape (n,), dtype float64
        Dates as days since 1970 (UTC), durations and times of day as days; NaN where missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.entries import as_numbers
    >>> as_numbers(np.array(["1970-01-02T12", "NaT"], dtype="datetime64[h]"))
    array([1.5, nan])
    """
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    numbers = np.full(len(values), np.nan)
    known = ~is_missing(values)
    kinds = kinds_of(values)
    if kinds == {"times of day"}:
        epoch = datetime.date(1970, 1, 1)
        moments = [datetime.datetime.combine(epoch, v.replace(tzinfo=None)) for v in values[known]]
        numbers[known] = as_numbers(np.array(moments, dtype="datetime64[us]"))
    elif kinds & {"dates", "durations"}:
        moments = as_dates(values[known])
        numbers[known] = moments.astype(np.int64) / _MICROSECONDS_A_DAY
    else:
        numbers[known] = [float(value) for value in values[known]]
    return numbers


def as_dates(values):
    """Dates, periods (by their beginning) or durations in one unit.

    Parameters
    ----------
    values : ndarray of shape (n,)
        None missing.

    Returns
    -------
    ndarray of shape (n,), dtype datetime64[us] or timedelta64[us]
        Of time zones, in UTC.
    """
    unit = "timedelta64[us]" if kinds_of(values) == {"durations"} else "datetime64[us]"
    if values.dtype.kind in "Mm":
        return values.astype(unit)
    return np.array([_moment(value) for value in values], dtype=unit)


def _moment(value):
    value = getattr(value, "start_time", value)
    if getattr(value, "tzinfo", None) is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    if hasattr(value, "to_numpy"):  # pandas, which knows more digits than datetime
        value = value.to_numpy()
    return value
