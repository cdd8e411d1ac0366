"""A column of text as numbers: gap codes, thousands separators, decimal commas.

A way of writing is accepted only where every entry agrees with it. Where entries contradict each
other, the column is no column of numbers: a wrong guess would move values by powers of ten.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sklearn_infoshape.cli.number_ways import (
    WAYS,
    agreed_numbers,
    decimal_mark,
    describe_way,
    looks_like_a_number,
    mostly_thousands,
    parse_numbers,
    without_unit,
)

__all__ = ["GAPS", "GAPS_OF_AMOUNTS", "NumberReading", "read_written_numbers"]

GAPS = frozenset({"", "na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "none", "?"})
"""What stands for nothing in any column, in lower case."""

GAPS_OF_AMOUNTS = GAPS | {
    *("-", "--", "---", "–", "—", ".", "..", "...", "*", "(null)", "nil", "nd", "n.d."),
    *("unknown", "unk", "missing", "not available", "not applicable", "not known", "not stated"),
    *("#na", "#div/0!", "#ref!", "#value!", "#num!", "tbd"),
}
"""What stands for nothing in columns of numbers or dates, in lower case."""

_MOST_CODES = 3
_FEWEST_LEVELS = 20  # of a column whose gaps may have several codes that are not known
_DIGIT = re.compile(r"\d")
_MOST_STRAYS = 0.05  # of the entries
_SAMPLE = 200  # entries that tell whether all are worth a look
_FEWEST_ALIKE = 10  # rows of a code that is not known, from which on it may be named


@dataclass(frozen=True)
class NumberReading:
    """Entries as numbers, and how they were written.

    Attributes
    ----------
    values : dict of str to float
    way : str
        What is unusual of the writing; empty for plain numbers.
    decimal : {"", ".", ","}
        What precedes decimals; empty where no entry says it.
    codes : tuple of str
        Entries that are no numbers, and so frequent that they may stand for something.
    n_strays : int
        Rows with other entries that are no numbers.
    """

    values: dict
    way: str
    decimal: str
    codes: tuple = ()
    n_strays: int = 0


def read_written_numbers(counts, *, decimal=None, thousands=None, known=False):
    """Read entries as numbers where all, or nearly all, are numbers.

    Parameters
    ----------
    counts : dict of str to int
        Rows of each entry (of :func:`plain_text`), without those that are gaps.
    decimal, thousands : str, default=None
        What precedes decimals and separates thousands; None: found out.
    known : bool, default=False
        Whether the column is known to hold numbers, so that other entries are strays, however
        many.

    Returns
    -------
    NumberReading or None
        None where the column is none of numbers: more than 5 % of the entries are none, at most
        20 numbers are different, or entries contradict each other.

    Examples
    --------
    >>> from sklearn_infoshape.cli.text_numbers import read_written_numbers
    >>> counts = {str(i): 1 for i in range(100)} | {"12 or so": 1}
    >>> read_written_numbers(counts).n_strays
    1
    """
    ways = [
        (between, mark)
        for between, mark in dict.fromkeys([*WAYS, (thousands or "", decimal or ".")])
        if decimal in (None, mark) and (thousands is None or between in ("", thousands))
        if mark != (thousands or between)
    ]
    guess = decimal is None and thousands is None
    return _read_strictly(counts, ways, guess) or _read_leniently(counts, ways, guess, known)


def _read_strictly(counts, ways, guess):
    """Numbers that all agree with one way of writing, and codes for gaps; None if they do not."""
    codes = {text for text in counts if not _DIGIT.search(text)}
    numbers = set(counts) - codes
    if codes and not _may_be_gaps(codes, numbers, counts):
        return None
    found = agreed_numbers(numbers, ways, guess)
    return None if found is None else NumberReading(*found, codes=tuple(sorted(codes)))


def _read_leniently(counts, ways, guess, known):
    """Numbers in the way that most entries are written in, if others contradict nothing."""
    first = list(counts)[:: 1 + len(counts) // _SAMPLE]
    if not known and sum(map(looks_like_a_number, first)) < len(first) / 2:
        return None
    bare = {text: without_unit(text) for text in counts}
    candidates, unit = _of_one_unit(bare, counts)
    found: dict = {}
    most = -1
    for way in ways:
        if not known and not _may_be_numbers(candidates, way):
            continue
        parsed = {text: parse_numbers([bare[text][0]], *way) for text in candidates}
        values = {text: found[0] for text, found in parsed.items() if found}
        n_rows = sum(counts[text] for text in values)
        if guess and way[1] == "," and mostly_thousands([bare[text][0] for text in values]):
            continue
        if n_rows > most:
            most, found, best = n_rows, values, way
    if most < 0 or not (found or known):
        return None
    others = {text: count for text, count in counts.items() if text not in found}
    alike = [text for text in others if not any(sign.isdigit() for sign in text)]
    alike = sorted((t for t in alike if others[t] >= _FEWEST_ALIKE), key=lambda t: -others[t])
    codes = tuple(sorted(alike[:_MOST_CODES]))
    n_strays = sum(others.values()) - sum(others[text] for text in codes)
    if not known:
        too_many = n_strays > _MOST_STRAYS * (most + n_strays) or len(found) <= _FEWEST_LEVELS
        if too_many or sum(others[text] for text in codes) >= most:
            return None
        if any(looks_like_a_number(text) for text in others):  # in another way, or another unit
            return None
    numbers = [bare[text][0] for text in found]
    thousands, decimal = best
    way = describe_way(numbers, thousands, decimal, unit)
    return NumberReading(found, way, decimal_mark(numbers, thousands, decimal), codes, n_strays)


def _of_one_unit(bare, counts):
    """Entries with digits in the unit that most have, or without any, and this unit."""
    rows: Counter = Counter()
    for text, (number, unit) in bare.items():
        if unit is not None and any(sign.isdigit() for sign in number):
            rows[unit] += counts[text]
    unit = rows.most_common(1)[0][0] if rows else ""
    if unit == "":
        unit = next((u for u, _ in rows.most_common() if u and "%" not in u), "")
    units = {unit} if "%" in unit else {unit, ""}
    return [t for t, (n, u) in bare.items() if u in units and any(map(str.isdigit, n))], unit


def _may_be_numbers(texts, way):
    """Whether most entries of some are numbers in a way."""
    first = texts[:: 1 + len(texts) // _SAMPLE]
    alone = [parse_numbers([without_unit(text)[0]], *way) is not None for text in first]
    return sum(alone) > len(first) / 2


def _may_be_gaps(codes, numbers, counts):
    n_codes = sum(counts[text] for text in codes)
    n_numbers = sum(counts[text] for text in numbers)
    most = _MOST_CODES if len(numbers) > _FEWEST_LEVELS else 1
    return len({c.lower() for c in codes}) <= most and len(numbers) > 2 and n_numbers > n_codes
