"""Columns of text as columns of a data frame: numbers, dates, truth values, categories, text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_infoshape.cli.number_ways import looks_like_a_number, plain_text
from sklearn_infoshape.cli.text_dates import as_datetimes, read_dates
from sklearn_infoshape.cli.text_numbers import GAPS, GAPS_OF_AMOUNTS, read_written_numbers
from sklearn_infoshape.cli.text_tables import TextColumn

__all__ = ["KINDS", "Reading", "TypedColumn", "kind_of", "spelled", "typed_column"]

KINDS = ("number", "category", "date", "text", "boolean")
"""What a column may be. Behind "number; " stands what precedes its decimals, behind "date; " the
order of days and months, where an earlier file told it."""

_GAPS_OF_TEXT = GAPS - {"none"}  # a class may have this name
_TRUTH = {"true": True, "false": False}
_TRUTH_OR_NUMBERS = _TRUTH | {"1": True, "0": False, "1.0": True, "0.0": False}
_MOST_DIGITS = 15  # of whole numbers that floats hold exactly
_FEW_LEVELS = 20  # of text that may look like numbers or dates: more are no levels
_MOST_STRAYS = 0.05
_FEWEST_ALIKE = 10  # rows of an entry that a line may name


@dataclass(frozen=True)
class Reading:
    """How the columns of a file are to be read.

    Attributes
    ----------
    decimal, thousands : str or None
    markers : frozenset of str
        What else stands for a gap, in lower case.
    say : callable
        Gets a line.
    """

    decimal: str | None
    thousands: str | None
    markers: frozenset
    say: Callable

    @property
    def marked_numbers(self):
        """The markers that are plain numbers: -999 also stands for -999.0."""
        return {float(m) for m in self.markers if re.fullmatch(r"[+-]?\d+(\.\d+)?", m)}

    def is_gap(self, text, gaps):
        """Whether an entry stands for nothing."""
        low = plain_text(text).lower()
        return low in gaps or low in self.markers


@dataclass(frozen=True)
class TypedColumn:
    """A column of one kind.

    Attributes
    ----------
    kind : str
        One of :data:`KINDS`, or "empty".
    values : array of shape (n,)
    detail : str
        Of numbers what precedes decimals, of dates the order of days and months; may be empty.
    way : str
        How numbers are written.
    """

    kind: str
    values: Any
    detail: str = ""
    way: str = ""


def kind_of(kind, name):
    """A kind, and its detail, of the text that :func:`kinds_of_frame` gives.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    found, _, detail = str(kind).partition("; ")
    if found not in KINDS:
        raise ValueError(f"kinds has {kind!r} for column {name!r}; give one of {', '.join(KINDS)}.")
    return found, detail


def typed_column(column, name, reading, kind=None, guess=True):
    """A column of text as values of a kind.

    Parameters
    ----------
    column : TextColumn
    name : str
    reading : Reading
    kind : str, default=None
        None: found out.
    guess : bool, default=True
        Whether text may be numbers, dates or truth values.

    Returns
    -------
    TypedColumn

    Raises
    ------
    ValueError
        If most entries are nothing of the kind that is asked for.
    """
    detail = ""
    if kind is not None:
        kind, detail = kind_of(kind, name)
    if kind in ("text", "category"):
        return _text(column, name, reading, kind)
    counts = _known(column, reading, _GAPS_OF_TEXT)
    if not counts and kind is None:
        return _empty(column, name, reading)
    if kind is None:
        return _found_out(column, name, reading, counts, guess)
    read = {"boolean": _truth, "number": _numbers, "date": _dates}[kind]
    return read(column, name, reading, known=True, detail=detail)


def _found_out(column, name, reading, counts, guess):
    if guess and {text.lower() for text in counts} <= set(_TRUTH):
        return _truth(column, name, reading)
    codes = _why_codes(counts) if guess else ""
    if codes:
        reading.say(f"{name}: {codes}; kept as categories")
        return _text(column, name, reading, "category")
    for read in (_numbers, _dates) if guess else ():
        found = read(column, name, reading)
        if found is not None:
            return found
    if not _looks_like_amounts(counts):
        return _text(column, name, reading, "text")
    why = (
        "others do not, or they are written in ways that contradict each other"
        if guess
        else "the file says that they are text"
    )
    reading.say(
        f"{name}: kept as categories, though most entries look like numbers or dates: {why}"
    )
    return _text(column, name, reading, "category")


def _known(column, reading, gaps):
    """Rows of each entry that is no gap, written plainly."""
    counts: dict = {}
    for text, count in zip(column.levels, column.counts, strict=True):
        if not reading.is_gap(text, gaps):
            plain = plain_text(text)
            counts[plain] = counts.get(plain, 0) + int(count)
    return counts


def _taken(values, column):
    """Values of the levels as values of the rows."""
    return values[column.codes] if len(values) else values


def _numbers(column, name, reading, known=False, detail=""):
    counts = _known(column, reading, GAPS_OF_AMOUNTS)
    found = read_written_numbers(
        counts,
        decimal=reading.decimal or detail or None,
        thousands=reading.thousands,
        known=known,
    )
    if found is None:
        return None
    few = len(set(found.values.values())) <= _FEW_LEVELS
    if not known and ((found.codes and few) or not counts):  # a code may be a class of its own
        return None if counts else _empty(column, name, reading)
    missing = {text: count for text, count in counts.items() if text not in found.values}
    _refuse_others(name, "numbers", sum(missing.values()), sum(counts.values()), known)
    _say(name, reading, "numbers", found.way, column, missing)
    levels = [found.values.get(plain_text(text), np.nan) for text in column.levels]
    values = _taken(np.array(levels, dtype=float), column)
    marked = np.isin(values, list(reading.marked_numbers))
    values[marked] = np.nan
    digits = all(text.lstrip("+-").isdigit() for text in found.values)
    if digits and (np.abs(values) < 2**53).all():  # without gaps
        values = values.astype(np.int64)
    return TypedColumn("number", values, found.decimal or detail, found.way)


def _dates(column, name, reading, known=False, detail=""):
    counts = _known(column, reading, GAPS_OF_AMOUNTS)
    found = read_dates(counts, detail, known)
    if found is None:
        return None
    missing = {text: count for text, count in counts.items() if text not in found.values}
    _refuse_others(name, "dates", found.n_strays, sum(counts.values()), known)
    ways = [
        f"{found.order} (both orders are possible)" if found.is_guess else "",
        "years of two digits are 1969 to 2068" if found.has_short_years else "",
    ]
    _say(name, reading, "dates", ", ".join(way for way in ways if way), column, missing)
    values = as_datetimes(found.values, [plain_text(t) for t in column.levels], column.codes)
    return TypedColumn("date", values, found.order)


def _truth(column, name, reading, known=False, detail=""):
    del detail
    counts = _known(column, reading, GAPS_OF_AMOUNTS)
    truth = _TRUTH_OR_NUMBERS if known else _TRUTH
    missing = {text: count for text, count in counts.items() if text.lower() not in truth}
    _refuse_others(name, "truth values", sum(missing.values()), sum(counts.values()), known)
    _say(name, reading, "truth values", "", column, missing)
    levels = np.array([truth.get(plain_text(t).lower()) for t in column.levels], dtype=object)
    values = _taken(levels, column)
    return TypedColumn("boolean", values)


def _text(column, name, reading, kind):
    gaps = {text for text in column.levels if reading.is_gap(text, _GAPS_OF_TEXT)}
    named = {text: count for text, count in _rows(column).items() if text in gaps and text}
    if named:
        reading.say(f"{name}: {kind}; gaps: {_listed(named)}")
    nones = {t: count for t, count in _rows(column).items() if t.lower() == "none"}
    for text, count in nones.items() if "none" not in reading.markers else ():
        reading.say(
            f"{name}: {text!r} is a class ({count} rows); if it stands for a gap, name it in "
            "missing_values"
        )
    levels = [None if text in gaps else text for text in column.levels]
    if kind == "category":
        levels = [text if text is None else _whole_as_digits(text) for text in levels]
    values = np.empty(len(levels), dtype=object)
    values[:] = levels
    return TypedColumn(kind, _taken(values, column))


def _whole_as_digits(text):
    """A whole number without zeros behind its point, which depend on gaps beside it."""
    before, point, after = text.partition(".")
    whole = point and before.lstrip("-").isdigit() and not after.strip("0")
    return before if whole else text


def _empty(column, name, reading):
    gaps = {text: count for text, count in _rows(column).items() if text}
    if gaps:
        reading.say(f"{name}: without any entry; gaps: {_listed(gaps)}")
    return TypedColumn("empty", np.full(len(column.codes), None, dtype=object))


def _rows(column):
    return dict(zip(column.levels, map(int, column.counts), strict=True))


def _listed(counts):
    return ", ".join(f"{text!r} ({count})" for text, count in counts.items())


def _say(name, reading, what, way, column, missing):
    """How a column was read, where it could have been read otherwise."""
    gaps = {
        text: count
        for text, count in _rows(column).items()
        if text and reading.is_gap(text, GAPS_OF_AMOUNTS)
    }
    codes = {
        text: count
        for text, count in missing.items()
        if count >= _FEWEST_ALIKE and not any(sign.isdigit() for sign in text)
    }
    n_others = sum(missing.values()) - sum(codes.values())
    parts = [way, f"gaps: {_listed(gaps | codes)}" if gaps or codes else ""]
    if n_others:
        parts.append(
            f"{n_others} {'entries that are' if n_others > 1 else 'entry that is'} none "
            f"{'were' if n_others > 1 else 'was'} taken as missing"
        )
    if any(parts):
        reading.say(f"{name}: {what}; {'; '.join(part for part in parts if part)}")


def _refuse_others(name, what, n_others, n_known, known):
    if known and n_others >= _FEWEST_ALIKE and n_others > n_known / 2:
        raise ValueError(
            f"Column {name[:60]!r} held {what} before, and {n_others} of its {n_known} entries are "
            "none now; check the file, its decimals and delimiter, or fit anew."
        )


def _why_codes(counts):
    """Why digits are no amounts: zeros before them, or more of them than numbers have."""
    digits = {text: count for text, count in counts.items() if text.isascii() and text.isdigit()}
    least = _MOST_STRAYS * sum(counts.values())
    zeros = sum(n for text, n in digits.items() if len(text) > 1 and text[0] == "0")
    alike = len(digits) == len(counts) and len({len(text) for text in digits}) == 1
    if zeros and (zeros >= least or alike):
        return "digits with zeros before them"
    if sum(n for text, n in digits.items() if len(text) > _MOST_DIGITS) > least:
        return f"more than {_MOST_DIGITS} digits"
    return ""


def _looks_like_amounts(counts):
    """Whether most entries are numbers or dates by themselves."""
    first = list(counts)[:1000]
    alone = sum(looks_like_a_number(t) or read_dates({t: 1}) is not None for t in first)
    return len(counts) > _FEW_LEVELS and alone > len(first) / 2


def spelled(column):
    """Values as text: whole numbers as their digits, days without their midnight.

    Parameters
    ----------
    column : TypedColumn
        Of numbers, truth values or dates.

    Returns
    -------
    TextColumn
    """
    levels, codes = np.unique(_sortable(column), return_inverse=True)
    return TextColumn.of([_spelling(level) for level in levels], codes.ravel())


def _sortable(column):
    if column.values.dtype == object:  # truth values, or large whole numbers with gaps
        return np.array(["" if v is None else str(v) for v in column.values])
    return column.values


def _spelling(value):
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.datetime64):
        text = "" if np.isnat(value) else str(value.astype("datetime64[s]"))
        return text.removesuffix("T00:00:00")
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
