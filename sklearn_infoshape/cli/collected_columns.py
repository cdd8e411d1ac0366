"""What the entries of a column are collected in, row after row: text, or numbers where it is long.

A long column of plain numbers as text, each entry kept once, takes many times as long to read.
"""

import re
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Collected", "PlainNumbers", "TextColumn"]

_MANY = 5_000  # different entries, from which on a column may be collected as numbers
# Not 007 and not more digits than floats hold: whether these are numbers, all entries decide.
_PLAIN = re.compile(
    r"(?:[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\n)*+", re.ASCII
)


@dataclass(frozen=True)
class TextColumn:
    """A column of text.

    Attributes
    ----------
    levels : list of str
        The different entries, without blanks around them.
    codes : ndarray of shape (n,)
        Which level each row has.
    """

    levels: list
    codes: np.ndarray

    @classmethod
    def of(cls, levels, codes):
        """Bring entries together that differ in the blanks around them only."""
        if all(level == level.strip() for level in levels):
            return cls(levels, codes)
        place: dict = {}
        merged = [place.setdefault(level.strip(), len(place)) for level in levels]
        return cls(list(place), np.array(merged, dtype=np.int64)[codes])


@dataclass(frozen=True)
class PlainNumbers:
    """A column of numbers with decimal points, and of gaps.

    Attributes
    ----------
    values : ndarray of shape (n,)
        NaN in gaps.
    gaps : dict of str to int
        What stands for them, and how often.
    is_whole, has_points : bool
        Whether all are written in digits alone, and whether some has a point.
    """

    values: np.ndarray
    gaps: dict
    is_whole: bool
    has_points: bool


class Collected:
    """The entries of a column so far.

    Parameters
    ----------
    gaps : collection of str, or None
        What stands for gaps in numbers, in lower case; None: the column stays text.
    """

    def __init__(self, gaps):
        self.gaps = gaps
        self.index: defaultdict = defaultdict()
        self.index.default_factory = self.index.__len__
        self.codes = array("q")
        self.numbers: Any = None
        self.found_gaps: Counter = Counter()
        self.signs: set = set()

    def extend(self, entries):
        """Add the entries of some rows.

        Parameters
        ----------
        entries : sequence of str

        Returns
        -------
        bool
            False where the column was collected as numbers, but is none of plain numbers: it is to
            be read anew, as text.
        """
        if self.numbers is not None:
            return self._extend_numbers(entries)
        self.codes.extend(map(self.index.__getitem__, entries))
        if self.gaps is not None and len(self.index) > _MANY:
            self._begin_numbers()
        return True

    def _begin_numbers(self):
        """Go on with numbers, if all that came so far are."""
        levels, codes = list(self.index), np.frombuffer(self.codes, dtype=np.int64)
        self.numbers = array("d")
        if self._extend_numbers(levels):
            values = np.frombuffer(self.numbers)[codes]
            counts = Counter(dict(zip(levels, np.bincount(codes).tolist(), strict=True)))
            gaps = [level for level in levels if level.strip() in self.found_gaps]
            self.found_gaps = Counter()
            for level in gaps:
                self.found_gaps[level.strip()] += counts[level]
            self.numbers = array("d", values.tobytes())
            self.index.clear()
        else:
            self.numbers, self.found_gaps = None, Counter()
        self.gaps = self.gaps if self.numbers is not None else None

    def _extend_numbers(self, entries):
        joined = "".join([f"{text}\n" for text in entries])
        if joined.count("\n") == len(entries) and _PLAIN.fullmatch(joined):
            self.signs |= set(joined) & set(".eE")
            self.numbers.extend(map(float, entries))
            return True
        for text in map(str.strip, entries):
            if _PLAIN.fullmatch(f"{text}\n"):
                self.signs |= set(text) & set(".eE")
                self.numbers.append(float(text))
            elif text.lower() in self.gaps:
                self.found_gaps[text] += 1
                self.numbers.append(np.nan)
            else:
                return False
        return True

    def column(self):
        """All entries.

        Returns
        -------
        TextColumn or PlainNumbers
        """
        if self.numbers is None:
            return TextColumn.of(list(self.index), np.frombuffer(self.codes, dtype=np.int64))
        values = np.frombuffer(self.numbers)
        return PlainNumbers(values, dict(self.found_gaps), not self.signs, "." in self.signs)
