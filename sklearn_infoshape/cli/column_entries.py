"""The different entries of a column of text: how many rows have each, and which are gaps."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sklearn_infoshape.cli.number_ways import plain_text
from sklearn_infoshape.cli.text_numbers import GAPS, GAPS_OF_AMOUNTS

__all__ = ["Entries", "Reading", "line_of"]

_GAPS_OF_TEXT = GAPS - {"none"}  # a class may have this name
_FEWEST_ALIKE = 10  # rows of an entry that a line may name


@dataclass(frozen=True)
class Reading:
    """How the columns of a file are to be read.

    Attributes
    ----------
    decimal, thousands : str or None
    markers : frozenset of str
        What else stands for a gap, in lower case.
    """

    decimal: str | None = None
    thousands: str | None = None
    markers: frozenset = frozenset()

    @property
    def gaps(self):
        """What stands for gaps among numbers, dates or truth values, in lower case."""
        return GAPS_OF_AMOUNTS | self.markers

    @property
    def marked_numbers(self):
        """The markers that are plain numbers: -999 also stands for -999.0."""
        return [float(m) for m in self.markers if re.fullmatch(r"[+-]?\d+(\.\d+)?", m)]


def line_of(name, what, gaps, way="", missing=()):
    """A line on how a column was read, where it could have been read otherwise; else no line.

    Parameters
    ----------
    name : str
    what : str
        What it was read as.
    gaps : dict of str to int
        Rows of what stands for gaps.
    way : str, default=""
        What is unusual of the writing.
    missing : dict of str to int, default=()
        Rows of entries that are none of what the column holds.

    Returns
    -------
    list of str
    """
    missing = dict(missing)
    codes = {
        text: count
        for text, count in missing.items()
        if count >= _FEWEST_ALIKE and not any(sign.isdigit() for sign in text)
    }
    named = {text: count for text, count in gaps.items() if text} | codes
    listed = ", ".join(f"{text!r} ({count})" for text, count in named.items())
    n_others = sum(missing.values()) - sum(codes.values())
    are = "entries that are none were" if n_others > 1 else "entry that is none was"
    parts = [
        way,
        f"gaps: {listed}" if named else "",
        f"{n_others} {are} taken as missing" if n_others else "",
    ]
    return [f"{name}: {what}; {'; '.join(filter(None, parts))}"] if any(parts) else []


@dataclass(frozen=True)
class Entries:
    """A column of text, its name, and how it is to be read.

    Attributes
    ----------
    column : Series of str
    name : str
    reading : Reading
    notes : list of str
        Lines on what could have been read otherwise.
    """

    column: Any
    name: str
    reading: Reading
    notes: list = field(default_factory=list)

    @cached_property
    def _factors(self):
        codes, levels = self.column.factorize()
        return codes, levels.tolist()

    @property
    def levels(self):
        """The different entries, in the order of the rows."""
        return self._factors[1]

    @cached_property
    def plain(self):
        """The levels, written plainly."""
        return [plain_text(text) for text in self.levels]

    @cached_property
    def _counts(self):
        return np.bincount(self._factors[0]).tolist()

    @cached_property
    def text_gaps(self):
        """Places of the levels that stand for nothing in a column of text."""
        return self._places(_GAPS_OF_TEXT | self.reading.markers)

    @cached_property
    def gaps(self):
        """Places of the levels that stand for nothing among numbers, dates or truth values."""
        return self._places(self.reading.gaps)

    @cached_property
    def texts(self):
        """Rows of each entry, without gaps of a column of text."""
        return self._without(self.text_gaps)

    @cached_property
    def amounts(self):
        """Rows of each entry, without gaps of a column of numbers, dates or truth values."""
        return self._without(self.gaps)

    def _places(self, gaps):
        return [place for place, text in enumerate(self.plain) if text.lower() in gaps]

    def _without(self, places):
        counts = self._counts.copy()
        for place in places:
            counts[place] = 0
        known: dict = {}
        for text, count in zip(self.plain, counts, strict=True):
            if count:
                known[text] = known.get(text, 0) + count
        return known

    def rows(self, levels):
        """Values of the levels, an array, as values of the rows."""
        return levels[self._factors[0]]

    def say(self, what, places, way="", missing=()):
        """Note how the column was read, with gaps at some places: see :func:`line_of`."""
        gaps = {self.levels[place]: self._counts[place] for place in places}
        self.notes.extend(line_of(self.name, what, gaps, way, missing))
