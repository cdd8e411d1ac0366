"""A column of a data frame of any library as values of one kind: what a table is read by."""

import hashlib
import re
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

from sklearn_infoshape.data.entries import as_dates, as_numbers, kinds_of
from sklearn_infoshape.data.frames import is_missing, values_of

__all__ = ["TableColumn", "is_categorical", "read_column", "refuse_entries"]

_AMOUNTS = ("numbers", "durations", "times of day")
_FEW_LEVELS = 20  # up to which text of digits is codes, not numbers
_MOSTLY = 0.9
_NUMBER = re.compile(r"\s*[-+]?[ '.,\d]*\d[.,\d]*([eE][-+]?\d+)?\s*%?\s*")
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b.*")
_GAP = b"\0" * 8


@dataclass(frozen=True)
class TableColumn:
    """Values of one kind, alike whatever library held them.

    Attributes
    ----------
    kind : {"number", "boolean", "date", "category", "empty"}
    values : ndarray of shape (n,)
        Floats, NaN where missing (also of booleans; durations and times of day are days);
        datetime64[us] in UTC; of categories text, None where missing.
    """

    kind: str
    values: np.ndarray

    def __len__(self):
        return len(self.values)

    @property
    def gaps(self):
        """Which entries are missing, shape (n,)."""
        return is_missing(self.values)

    def names(self):
        """8 bytes that name each value, as an array of shape (n,), dtype uint64.

        Whole numbers are exact, others in single precision, so that a row keeps its name
        when it comes as float32, or went through a file in between.
        """
        if self.kind == "date":
            return self.values.astype("datetime64[us]").view(np.uint64)
        if self.kind == "category":
            known: dict = {None: _GAP}
            for value in set(self.values) - {None}:
                text = value.encode(errors="surrogatepass")
                known[value] = hashlib.blake2b(text, digest_size=8).digest()
            return np.frombuffer(b"".join(known[value] for value in self.values), dtype=np.uint64)
        limit = np.finfo(np.float32).max
        short = np.clip(self.values, -limit, limit).astype(np.float32).astype(np.float64)
        whole = (self.values == np.floor(self.values)) & (np.abs(self.values) < 2**53)
        numbers = np.where(whole, self.values, short) + 0.0  # -0.0 + 0.0 is 0.0
        numbers[np.isnan(numbers)] = np.nan  # one pattern of bits
        return numbers.view(np.uint64)


def is_categorical(column):
    """Whether a column's type says that its entries are categories.

    Parameters
    ----------
    column : Series or Arrow column of shape (n,)

    Returns
    -------
    bool
    """
    dtype = str(getattr(column, "dtype", getattr(column, "type", ""))).lower()
    return any(name in dtype for name in ("categ", "enum", "dictionary"))


def read_column(column, label, *, as_category=False, kind=None):
    """A column as values of one kind.

    Parameters
    ----------
    column : Series, Arrow column or ndarray of shape (n,)
    label : label
        For messages, which quote no entry.
    as_category : bool, default=False
        Whether it is a category whatever it holds.
    kind : str, default=None
        What it was when it was fitted; None: found out now.

    Returns
    -------
    TableColumn

    Raises
    ------
    TypeError
        If entries are lists or other objects.
    ValueError
        If it mixes kinds, is of another kind than was fitted, or its text is numbers or dates.
    """
    values = values_of(column)
    gaps = is_missing(values)
    kinds = kinds_of(values)
    where = f" in column {label!r}"
    if kinds == {"text"} and not (as_category or kind):
        _refuse_amounts_as_text(values[~gaps], where)
    if kind == "category" or (kind is None and kinds and (as_category or kinds == {"text"})):
        if kinds - {"numbers", "truth values", "text", "dates", "durations", "times of day"}:
            refuse_entries(kinds, where)
        return TableColumn("category", _as_text(values, gaps))
    if kinds == {"text"} and all(not str(v).strip() for v in values[~gaps]):
        kinds = set()  # blanks only
    if not kinds:
        nothing = np.full(len(values), np.nan)
        empty = nothing.astype("datetime64[us]") if kind == "date" else nothing
        return TableColumn(kind or "empty", empty)
    if kinds == {"truth values"}:
        found = "boolean"
    elif kinds == {"dates"}:
        found = "date"
    elif kinds - {"truth values"} in [{amount} for amount in _AMOUNTS]:
        found = "number"
    elif kinds == {"text"}:
        found = "category"
    else:
        refuse_entries(kinds, where)
    if kind not in (None, "empty", found) and {kind, found} != {"number", "boolean"}:
        raise ValueError(
            f"X holds {' and '.join(sorted(kinds))}{where}, which was a {kind} when it was fitted; "
            "give it the type that it had then."
        )
    found = kind or found
    if found == "date":
        return TableColumn("date", as_dates(np.where(gaps, None, values)))
    if found == "category":  # was empty when it was fitted
        return TableColumn("empty", np.full(len(values), np.nan))
    numbers = as_numbers(values)
    if np.isinf(numbers).any():
        raise ValueError(f"X holds infinite numbers{where}; mark them as missing, or clip them.")
    return TableColumn(found, numbers)


def refuse_entries(kinds, where):
    """Say what is wrong with entries that are no numbers, dates or text, or of several kinds.

    Parameters
    ----------
    kinds : set of str
        From :func:`~sklearn_infoshape.data.entries.kinds_of`.
    where : str
        Such as `` in column 'age'``.

    Raises
    ------
    TypeError, ValueError
    """
    if "complex numbers" in kinds:
        raise ValueError(
            f"Complex data not supported: X holds complex numbers{where}. Give real and imaginary "
            "parts a column each."
        )
    others = kinds - {"numbers", "truth values", "text", "dates", "durations", "times of day"}
    if others:
        raise TypeError(
            f"X holds {min(others)}{where}, but each entry of this argument must be a string of "
            "digits or a number. Give each number a column of its own."
        )
    raise ValueError(
        f"X mixes {' and '.join(sorted(kinds))}{where}; make the entries of a column all of one "
        "kind."
        + (
            " Of a data frame: pandas.to_numeric(column, errors='coerce') makes gaps of what is no "
            "number, and .astype(str) categories of all."
            if kinds == {"text", "numbers"}
            else ""
        )
    )


def _refuse_amounts_as_text(values, where):
    """Refuse numbers and dates as text, of which each would become a level of its own."""
    if len(set(values)) <= _FEW_LEVELS:
        return
    text = [v if isinstance(v, str) else v.decode(errors="replace") for v in values]
    text = [v for v in text if v.strip()]
    for pattern, what, remedy in (
        (_NUMBER, "numbers", "pandas.to_numeric"),
        (_DATE, "dates", "pandas.to_datetime"),
    ):
        if sum(pattern.fullmatch(v) is not None for v in text) >= _MOSTLY * max(1, len(text)):
            raise ValueError(
                f"X holds {what} as text{where}. Turn them into {what} first, for example with "
                f"{remedy}; or, if they are codes, name the column in categorical_features, or "
                "give it the type category."
            )


def _as_text(values, gaps):
    """Levels as text: a whole number as its digits, whatever type holds it; blanks are missing."""
    text = np.full(len(values), None, dtype=object)
    known: dict = {}
    for i in np.flatnonzero(~gaps):
        value = values[i]
        key = (type(value), value)
        if key not in known:
            known[key] = _level(value)
        text[i] = known[key]
    return text


def _level(value):
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, Number) and not isinstance(value, bool | np.timedelta64 | complex):
        number: Any = value
        return str(int(number)) if float(number).is_integer() else repr(float(number))
    return str(value)
