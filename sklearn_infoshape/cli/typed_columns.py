"""Columns of text as columns of a data frame: numbers, dates, truth values, categories, text."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_infoshape.cli.collected_columns import TextColumn
from sklearn_infoshape.cli.column_entries import Entries
from sklearn_infoshape.cli.number_ways import looks_like_a_number
from sklearn_infoshape.cli.text_dates import read_dates
from sklearn_infoshape.cli.text_numbers import read_written_numbers

__all__ = ["KINDS", "TypedColumn", "kind_of", "number_column", "spelled", "typed_column"]

KINDS = ("number", "category", "date", "text", "boolean")
"""What a column may be. Behind "number; " stands what precedes its decimals, behind "date; " the
order of days and months, where an earlier file told it."""

_TRUTH = {"true": True, "false": False}
_TRUTH_OR_NUMBERS = _TRUTH | {"1": True, "0": False, "1.0": True, "0.0": False}
_MOST_DIGITS = 15  # of whole numbers that floats hold exactly
_FEW_LEVELS = 20  # of text that may look like numbers or dates: more are no levels
_MOST_STRAYS = 0.05
_FEWEST_OTHERS = 10  # rows without what a column held: fewer are strays


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
        raise ValueError(
            f"kinds has {str(kind)[:40]!r} for column {name[:60]!r}; give a value among "
            f"{', '.join(KINDS)}."
        )
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
    entries = Entries(column, name, reading)
    if kind in ("text", "category"):
        return _text(entries, kind, known=True)
    if kind is None:
        return _found_out(entries, guess) if entries.texts else _empty(entries)
    read = {"boolean": _truth, "number": _numbers, "date": _dates}[kind]
    return read(entries, known=True, detail=detail)


def number_column(column, name, reading):
    """A column that was collected as numbers.

    Parameters
    ----------
    column : PlainNumbers
    name : str
    reading : Reading

    Returns
    -------
    TypedColumn
    """
    named = ", ".join(f"{text!r} ({count})" for text, count in column.gaps.items() if text)
    if named:
        reading.say(f"{name}: numbers; gaps: {named}")
    detail = "." if column.has_points else ""
    return TypedColumn("number", _amounts(column.values.copy(), column.is_whole, reading), detail)


def _amounts(values, is_whole, reading):
    """Numbers, without those that stand for gaps; whole ones as integers, where there is no gap."""
    values[np.isin(values, list(reading.marked_numbers))] = np.nan
    if is_whole and (np.abs(values) < 2**53).all():
        return values.astype(np.int64)
    return values


def _found_out(entries, guess):
    if guess and {text.lower() for text in entries.texts} <= set(_TRUTH):
        return _truth(entries)
    codes = _why_codes(entries.texts) if guess else ""
    if codes:
        entries.reading.say(f"{entries.name}: {codes}; kept as categories")
        return _text(entries, "category")
    for read in (_numbers, _dates) if guess else ():
        found = read(entries)
        if found is not None:
            return found
    if not _looks_like_amounts(entries.texts):
        return _text(entries, "text")
    why = (
        "others do not, or they are written in ways that contradict each other"
        if guess
        else "the file says that they are text"
    )
    entries.reading.say(
        f"{entries.name}: kept as categories, though most entries look like numbers or dates: {why}"
    )
    return _text(entries, "category")


def _numbers(entries, known=False, detail=""):
    reading, counts = entries.reading, entries.amounts
    mark = reading.decimal or detail or None
    found = read_written_numbers(counts, decimal=mark, thousands=reading.thousands, known=known)
    if found is None:
        return None
    few = found.codes and len(set(found.values.values())) <= _FEW_LEVELS
    if not known and (few or not counts):  # a code may be a class of its own
        return None if counts else _empty(entries)
    missing = _others(entries, "numbers", found.values, known)
    entries.say("numbers", entries.all_gaps, found.way, missing)
    levels = [found.values.get(text, np.nan) for text in entries.plain]
    values = entries.rows(np.array(levels, dtype=float))
    is_whole = all(text.lstrip("+-").isdigit() for text in found.values)
    values = _amounts(values, is_whole, reading)
    return TypedColumn("number", values, found.decimal or detail, found.way)


def _dates(entries, known=False, detail=""):
    found = read_dates(entries.amounts, detail, known)
    if found is None:
        return None
    missing = _others(entries, "dates", found.values, known)
    ways = [
        f"{found.order} (both orders are possible)" if found.is_guess else "",
        "years of two digits are 1969 to 2068" if found.has_short_years else "",
    ]
    entries.say("dates", entries.all_gaps, ", ".join(way for way in ways if way), missing)
    levels = [found.values.get(text) for text in entries.plain]
    values = entries.rows(np.array(levels, dtype="datetime64[us]"))
    return TypedColumn("date", values, found.order)


def _truth(entries, known=False, detail=""):
    del detail
    truth = _TRUTH_OR_NUMBERS if known else _TRUTH
    held = {text: truth[text.lower()] for text in entries.amounts if text.lower() in truth}
    missing = _others(entries, "truth values", held, known)
    entries.say("truth values", entries.all_gaps, missing=missing)
    levels = np.array([held.get(text) for text in entries.plain], dtype=object)
    return TypedColumn("boolean", entries.rows(levels))


def _text(entries, kind, known=False):
    entries.say(kind, entries.text_gaps)
    nones = {text: n for text, n in entries.texts.items() if text.lower() == "none"}
    for text, count in () if known else nones.items():  # of a known kind, it was said then
        entries.reading.say(
            f"{entries.name}: {text!r} is a class ({count} rows); if it stands for a gap, name it "
            "in missing_values (--missing)"
        )
    levels = np.empty(len(entries.plain), dtype=object)
    levels[:] = entries.column.levels
    if kind == "category":
        levels[:] = [_whole_as_digits(text) for text in entries.column.levels]
    levels[list(entries.text_gaps)] = None
    return TypedColumn(kind, entries.rows(levels))


def _whole_as_digits(text):
    """A whole number without zeros behind its point, which depend on gaps beside it."""
    before, point, after = text.partition(".")
    whole = point and before.lstrip("-").isdigit() and not after.strip("0")
    return before if whole else text


def _empty(entries):
    if entries.listed(entries.all_gaps):
        entries.say("without any entry", entries.all_gaps)
    return TypedColumn("empty", np.full(len(entries.column.codes), None, dtype=object))


def _others(entries, what, values, known):
    """Rows of entries that have no value; most of a column that has been fitted are an error."""
    missing = {text: count for text, count in entries.amounts.items() if text not in values}
    n_others, n_known = sum(missing.values()), sum(entries.amounts.values())
    if known and n_others >= _FEWEST_OTHERS and n_others > n_known / 2:
        raise ValueError(
            f"Column {entries.name[:60]!r} held {what} before, and {n_others} of its {n_known} "
            "entries are none now; check the file, its decimals and delimiter, or fit anew."
        )
    return missing


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
    first = list(counts)[:: 1 + len(counts) // 1000]
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
