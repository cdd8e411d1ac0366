"""A column of text as numbers: gap codes, thousands separators, decimal commas.

A way of writing is accepted only where every entry agrees with it. Where entries contradict each
other, the column is no column of numbers: a wrong guess would move values by powers of ten.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

__all__ = ["GAPS", "NumberColumn", "looks_like_numbers", "read_numbers"]

GAPS = frozenset({"", "na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "none", "?"})
"""What stands for nothing in any column, in lower case."""

_GAPS_OF_NUMBERS = GAPS | {
    *("-", "--", "---", "–", "—", ".", "..", "...", "*", "(null)", "nil", "nd", "n.d."),
    *("unknown", "unk", "missing", "not available", "not applicable", "not known", "not stated"),
    *("#na", "#div/0!", "#ref!", "#value!", "#num!", "tbd"),
}
_MOST_CODES = 3
_FEWEST_LEVELS = 20  # of a column whose gaps may have several codes that are not known
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | {"\u2212": "-"})
# How thousands are separated, and what precedes decimals. The first that all entries agree with is
# taken: "1.5" is a plain number, and "50,000" fifty thousand, as where all entries have three
# digits after the comma, and none begins with 0, both readings differ by a factor only.
_WAYS = [
    ("", "."),
    *((",", "."), (" ", "."), ("'", "."), ("’", "."), ("_", ".")),
    *(("", ","), (".", ","), (" ", ","), ("'", ","), ("’", ",")),
]


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, and how they were written.

    Attributes
    ----------
    values : ndarray of shape (n,)
        NaN in gaps.
    way : str
        What is unusual of the writing; empty for plain numbers.
    gap_codes : dict of str to int
        What stands for a gap, other than nothing at all, and how often.
    is_inferred : bool
        Whether a code is not one of the well known ones, so that it may mean something.
    """

    values: np.ndarray
    way: str
    gap_codes: dict
    is_inferred: bool


def read_numbers(texts):
    """Read entries as numbers, if they are.

    Parameters
    ----------
    texts : list of str

    Returns
    -------
    NumberColumn or None
        None where some entry is no number, or entries are written in ways that contradict each
        other. One code that is not known may stand for gaps (up to three, where there are more
        than 20 different numbers), if it has no digit and numbers are in the majority.

    Examples
    --------
    >>> from sklearn_infoshape.cli.text_numbers import read_numbers
    >>> read_numbers(["50,000", "n/a", "1,250.5"]).values
    array([50000. ,    nan,  1250.5])
    >>> read_numbers(["3,14", "2,5"]).values
    array([3.14, 2.5 ])
    >>> read_numbers(["3,14", "1,250,000"]) is None
    True
    """
    texts = [text.translate(_SPACES).strip() for text in texts]
    gaps = [text.lower() in _GAPS_OF_NUMBERS for text in texts]
    counts = Counter(text for text, gap in zip(texts, gaps, strict=True) if not gap)
    codes = {text for text in counts if not any(sign.isdigit() for sign in text)}
    numbers = set(counts) - codes
    if codes and not _may_be_gaps(codes, numbers, counts):
        return None
    found = _agreed(numbers)
    if found is None:
        return None
    parsed, way = found
    values = np.array([parsed.get(text, np.nan) for text in texts], dtype=float)
    missing = Counter(t for t in texts if t and t not in parsed)
    return NumberColumn(values, way, dict(missing), bool(codes))


def looks_like_numbers(texts):
    """Whether most entries are numbers by themselves, whatever the others are.

    Parameters
    ----------
    texts : list of str

    Returns
    -------
    bool
        False for columns of few different entries, which nothing is lost of as categories.
    """
    entries = Counter(text.translate(_SPACES).strip() for text in texts)
    alone = {t for t in entries if any(_parse({t}, *way) is not None for way in _WAYS)}
    n_numbers = sum(entries[text] for text in alone)
    return len(alone) > _FEWEST_LEVELS and n_numbers > len(texts) / 2


def _may_be_gaps(codes, numbers, counts):
    n_codes = sum(counts[text] for text in codes)
    n_numbers = sum(counts[text] for text in numbers)
    most = _MOST_CODES if len(numbers) > _FEWEST_LEVELS else 1
    return len({c.lower() for c in codes}) <= most and len(numbers) > 2 and n_numbers > n_codes


def _agreed(numbers):
    """The values of all entries in the first way of writing that all agree with, and its name."""
    bare, unit = _without_units(numbers)
    for thousands, decimal in _WAYS if bare is not None else ():
        parsed = _parse(set(bare.values()), thousands, decimal)
        if parsed is not None and not (decimal == "," and _mostly_thousands(bare.values())):
            ways = [
                f"thousands separated by {thousands!r}" if thousands else "",
                "decimal commas" if decimal == "," and "," in "".join(bare.values()) else "",
                f"in {unit}" if unit else "",
            ]
            values = {text: parsed[number] for text, number in bare.items()}
            return values, ", ".join(way for way in ways if way)
    return None


def _mostly_thousands(numbers):
    """Whether most commas stand before three digits, though some entry says they are decimal.

    Not where all have three decimals: then they are written alike, and some begin with 0.
    """
    commas = [text for text in numbers if "," in text]
    shaped = [text for text in commas if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text)]
    alike = all(re.fullmatch(r".*,\d{3}", text) for text in commas)
    return len(shaped) > len(commas) / 2 and not alike


def _without_units(numbers):
    """Entries without a currency sign, or all without a percent sign; None where they are mixed."""
    bare, units = {}, set()
    for text in numbers:
        match = re.fullmatch(r"([+-]?) ?([$€£¥]?) ?(.*?) ?([$€£¥%]?)", text)
        if match is None:  # of several lines
            return None, ""
        sign, before, number, after = match.groups()
        bare[text] = sign + number
        units.add(before + after)
    percent = {unit for unit in units if "%" in unit}
    if len(units - {""}) > 1 or (percent and len(units) > 1):
        return None, ""
    return bare, "".join(units)


def _parse(numbers, thousands, decimal):
    """Values of all entries, or None if one is not written in this way."""
    grouped = rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else r"\d+"
    mark = re.escape(decimal)
    pattern = re.compile(
        rf"[+-]?(?:(?:\d+|{grouped})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?", re.ASCII
    )
    if any(pattern.fullmatch(text) is None for text in numbers):
        return None
    return {
        text: float((text.replace(thousands, "") if thousands else text).replace(decimal, "."))
        for text in numbers
    }
