"""The different entries of a column of text: how many rows have each, and which are gaps."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_infoshape.cli.collected_columns import TextColumn
from sklearn_infoshape.cli.number_ways import plain_text
from sklearn_infoshape.cli.text_numbers import GAPS, GAPS_OF_AMOUNTS

__all__ = ["Entries", "Reading"]

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
    say : callable
        Gets a line.
    """

    decimal: str | None
    thousands: str | None
    markers: frozenset
    say: Callable

    def gaps_of_numbers(self, kind=None):
        """What stands for gaps in a column that may be one of plain numbers; None: it may not."""
        may_be = kind in (None, "number", "number; .") and self.decimal in (None, ".")
        return GAPS_OF_AMOUNTS | self.markers if may_be and self.thousands != "." else None

    @property
    def marked_numbers(self):
        """The markers that are plain numbers: -999 also stands for -999.0."""
        return {float(m) for m in self.markers if re.fullmatch(r"[+-]?\d+(\.\d+)?", m)}


@dataclass(frozen=True)
class Entries:
    """A column of text, its name, and how it is to be read.

    Attributes
    ----------
    column : TextColumn
    name : str
    reading : Reading
    """

    column: TextColumn
    name: str
    reading: Reading

    @cached_property
    def plain(self):
        """The levels, written plainly."""
        levels = self.column.levels
        return levels if "".join(levels).isascii() else [plain_text(text) for text in levels]

    @cached_property
    def counts(self):
        """Rows of each level."""
        return np.bincount(self.column.codes, minlength=len(self.column.levels)).tolist()

    @cached_property
    def _gaps(self):
        gaps = GAPS_OF_AMOUNTS | self.reading.markers
        lower = map(str.lower, self.plain)
        return {place: text for place, text in enumerate(lower) if text in gaps}

    @cached_property
    def text_gaps(self):
        """Places of the levels that stand for nothing in a column of text."""
        gaps = _GAPS_OF_TEXT | self.reading.markers
        return {place for place, text in self._gaps.items() if text in gaps}

    @cached_property
    def texts(self):
        """Rows of each entry, without gaps of a column of text."""
        return self._known(self.text_gaps)

    @cached_property
    def amounts(self):
        """Rows of each entry, without gaps of a column of numbers, dates or truth values."""
        return self._known(self._gaps)

    def _known(self, gaps):
        known: dict = {}
        for place, (text, count) in enumerate(zip(self.plain, self.counts, strict=True)):
            if place not in gaps:
                known[text] = known.get(text, 0) + count
        return known

    def rows(self, levels):
        """Values of the levels as values of the rows.

        Parameters
        ----------
        levels : array of shape (number of levels,)

        Returns
        -------
        array of shape (n,)
        """
        return levels[self.column.codes] if len(levels) else levels

    def listed(self, places):
        """What stands for gaps, and how often, for a line; nothing at all is not named."""
        levels = self.column.levels
        return {levels[p]: self.counts[p] for p in sorted(places) if levels[p]}

    def say(self, what, gaps, way="", missing=()):
        """Say how the column was read, where it could have been read otherwise.

        Parameters
        ----------
        what : str
            What it was read as.
        gaps : collection of int
            Places of gaps.
        way : str, default=""
            What is unusual of the writing.
        missing : dict of str to int, default=()
            Rows of entries that are none of what the column holds.
        """
        missing = dict(missing)
        codes = {
            text: count
            for text, count in missing.items()
            if count >= _FEWEST_ALIKE and not any(sign.isdigit() for sign in text)
        }
        named = self.listed(gaps) | codes
        listed = ", ".join(f"{text!r} ({count})" for text, count in named.items())
        parts = [way, f"gaps: {listed}" if named else ""]
        n_others = sum(missing.values()) - sum(codes.values())
        if n_others:
            are = "entries that are none were" if n_others > 1 else "entry that is none was"
            parts.append(f"{n_others} {are} taken as missing")
        if any(parts):
            said = "; ".join(part for part in parts if part)
            self.reading.say(f"{self.name}: {what}; {said}")

    @property
    def all_gaps(self):
        """Places of the gaps of a column of numbers, dates or truth values."""
        return self._gaps.keys()
