"""Columns of a file as columns of a data frame: numbers, dates, truth values, categories, text."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sklearn_infoshape.cli.column_entries import Entries, line_of
from sklearn_infoshape.cli.number_ways import looks_like_a_number
from sklearn_infoshape.cli.text_dates import read_dates
from sklearn_infoshape.cli.text_numbers import read_written_numbers

__all__ = ["TypedColumn", "kind_and_detail", "kind_of_dtype", "spelled", "typed_column"]

_PLURAL = {
    "number": "numbers",
    "category": "categories",
    "date": "dates",
    "text": "text",
    "boolean": "truth values",
}
_TRUTH = {"true": True, "false": False}
_TRUTH_OR_NUMBERS = _TRUTH | {"1": True, "0": False, "1.0": True, "0.0": False}
_MOST_DIGITS = 15  # of whole numbers that floats hold exactly
_FEW_LEVELS = 20  # of text that may look like numbers or dates: more are no levels
_MOST_STRAYS = 0.05
_FEWEST_OTHERS = 10  # rows without what a column held: fewer are strays
# Not 007 and not more digits than floats hold: whether these are numbers, all entries decide.
_PLAIN = r"[+-]?(?:(?:0|[1-9][0-9]{0,14})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class TypedColumn:
    """A column of one kind.

    Attributes
    ----------
    values : Series
        Its dtype tells the kind.
    detail : str
        Of numbers what precedes decimals, of dates the order of days and months; may be empty.
    notes : list of str
        Lines on what could have been read otherwise.
    """

    values: Any
    detail: str = ""
    notes: list = field(default_factory=list)


def kind_of_dtype(dtype):
    """What a column of a dtype is: "number", "category", "date", "text" or "boolean"."""
    from pandas.api import types

    if str(dtype) == "category":
        return "category"
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_numeric_dtype(dtype):
        return "number"
    return "date" if types.is_datetime64_any_dtype(dtype) else "text"


def kind_and_detail(kind, name):
    """A kind, and its detail, of the text that :func:`kinds_of_frame` gives.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    found, _, detail = str(kind).partition("; ")
    if found not in _PLURAL:
        raise ValueError(
            f"kinds has {str(kind)[:40]!r} for column {name[:60]!r}; give a value among "
            f"{', '.join(_PLURAL)}."
        )
    return found, detail


def typed_column(column, name, reading, kind=None, guess=True):
    """A column of a file as values of a kind.

    Parameters
    ----------
    column : Series
        Of text or categories, with "" in gaps, or of another dtype that the file has.
    name : str
    reading : Reading
    kind : str, default=None
        None: found out of text; else what the dtype says.
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
    own = kind_of_dtype(column.dtype)
    if own not in ("text", "category"):
        return _of_type(column, own, name, reading, kind)
    if own == "category":
        column, kind = column.astype(str), kind or own
    wanted, detail = (None, "") if kind is None else kind_and_detail(kind, name)
    if wanted == "number" or (wanted is None and guess):
        found = _plain_numbers(column, name, reading, detail)
        if found is not None:
            return found
    entries = Entries(column, name, reading)
    if wanted is None:
        return _found_out(entries, guess) if entries.texts else _empty(entries)
    if wanted in ("text", "category"):
        return _text(entries, wanted, known=True)
    read = {"boolean": _truth, "number": _numbers, "date": _dates}[wanted]
    return read(entries, known=True, detail=detail)


def _of_type(column, own, name, reading, kind):
    """A column that has a type in its file, as what it was in an earlier file."""
    if own == "number" and reading.markers:
        marked = column.isin(reading.marked_numbers)
        column = column.mask(marked) if marked.any() else column
    wanted, detail = (own, "") if kind is None else kind_and_detail(kind, name)
    if own == wanted:
        return TypedColumn(column, detail)
    if wanted in ("text", "category"):
        return _text(Entries(spelled(column), name, reading), wanted, known=True)
    if wanted == "number" and own == "boolean":
        return TypedColumn(column.astype("Float64").astype(float), detail)
    if wanted == "boolean" and own == "number" and column.dropna().isin([0, 1]).all():
        return TypedColumn(column.astype("bool" if column.notna().all() else "boolean"))
    raise ValueError(
        f"Column {name[:60]!r} held {_PLURAL[wanted]} before, and holds {_PLURAL[own]} now; write "
        "it as then, or fit anew."
    )


def _plain_numbers(column, name, reading, detail):
    """Numbers with decimal points, and well known gaps; None where other text is among them.

    All entries at once: one by one, as other ways of writing need, takes many times as long.
    """
    if "," in (reading.decimal, detail) or reading.thousands == ".":
        return None
    gaps = column.str.lower().isin(reading.gaps)
    numbers = column[~gaps]
    if not len(numbers) or not numbers.str.fullmatch(_PLAIN).all():
        return None
    signs = [numbers.str.contains(sign, regex=False).any() for sign in ".eE"]
    values = _amounts(numbers.astype(float).reindex(column.index), not any(signs), reading)
    notes = line_of(name, "numbers", column[gaps].value_counts(sort=False).to_dict())
    return TypedColumn(values, "." if signs[0] else detail, notes)


def _amounts(values, is_whole, reading):
    """Numbers, without those that stand for gaps; whole ones as integers, where there is no gap."""
    values = values.mask(values.isin(reading.marked_numbers))
    return values.astype(np.int64) if is_whole and (values.abs() < 2**53).all() else values


def _found_out(entries, guess):
    if guess and {text.lower() for text in entries.texts} <= set(_TRUTH):
        return _truth(entries)
    codes = _why_codes(entries.texts) if guess else ""
    if codes:
        entries.notes.append(f"{entries.name}: {codes}; kept as categories")
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
    entries.notes.append(
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
    entries.say("numbers", entries.gaps, found.way, missing)
    values = _series(entries, [found.values.get(text, np.nan) for text in entries.plain], float)
    is_whole = all(text.lstrip("+-").isdigit() for text in found.values)
    values = _amounts(values, is_whole, reading)
    return TypedColumn(values, found.decimal or detail, entries.notes)


def _dates(entries, known=False, detail=""):
    found = read_dates(entries.amounts, detail, known)
    if found is None:
        return None
    missing = _others(entries, "dates", found.values, known)
    ways = [
        f"{found.order} (both orders are possible)" if found.is_guess else "",
        "years of two digits are 1969 to 2068" if found.has_short_years else "",
    ]
    entries.say("dates", entries.gaps, ", ".join(filter(None, ways)), missing)
    levels = [found.values.get(text) for text in entries.plain]
    return TypedColumn(_series(entries, levels, "datetime64[us]"), found.order, entries.notes)


def _truth(entries, known=False, detail=""):
    del detail
    truth = _TRUTH_OR_NUMBERS if known else _TRUTH
    held = {text: truth[text.lower()] for text in entries.amounts if text.lower() in truth}
    missing = _others(entries, "truth values", held, known)
    entries.say("truth values", entries.gaps, missing=missing)
    values = _series(entries, [held.get(text) for text in entries.plain], object)
    values = values.astype("bool" if values.notna().all() else "boolean")
    return TypedColumn(values, notes=entries.notes)


def _text(entries, kind, known=False):
    entries.say(kind, entries.text_gaps)
    nones = {text: n for text, n in entries.texts.items() if text.lower() == "none"}
    for text, count in () if known else nones.items():  # of a known kind, it was said then
        entries.notes.append(
            f"{entries.name}: {text!r} is a class ({count} rows); if it stands for a gap, name it "
            "in missing_values (--missing)"
        )
    levels = list(entries.levels)
    if kind == "category":
        levels = [_whole_as_digits(text) for text in levels]
    for place in entries.text_gaps:
        levels[place] = None
    values = _series(entries, levels, object)
    if kind == "category":
        values = values.astype("category")
    return TypedColumn(values, "", entries.notes)


def _series(entries, levels, dtype):
    """Values of the levels as a column of a data frame."""
    import pandas as pd

    return pd.Series(entries.rows(np.array(levels, dtype=dtype)), dtype=dtype)


def _whole_as_digits(text):
    """A whole number without zeros behind its point, which depend on gaps beside it."""
    before, point, after = text.partition(".")
    whole = point and before.lstrip("-").isdigit() and not after.strip("0")
    return before if whole else text


def _empty(entries):
    entries.say("without any entry", entries.gaps)
    return TypedColumn(_series(entries, [None] * len(entries.levels), object), "", entries.notes)


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
    """Numbers, dates or truth values as text: whole numbers as digits, days without midnight.

    Parameters
    ----------
    column : Series

    Returns
    -------
    Series of str
        With "" in gaps.
    """
    import pandas as pd

    codes, levels = column.factorize()
    texts = [*map(_spelling, levels), ""]  # the code of gaps is -1
    return pd.Series(np.array(texts, dtype=object)[codes], index=column.index)


def _spelling(value):
    if isinstance(value, bool | np.bool_):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="seconds").removesuffix("T00:00:00")
    return str(int(value)) if float(value).is_integer() else repr(float(value))
