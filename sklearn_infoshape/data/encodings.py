"""What is learned of one column of a table, and the numbers that its values become.

Of what is kept, levels, typical values and columns for gaps, each rests on ten rows (persons)
and more. scikit-learn's encoders keep a list of all levels, rare ones included, and its imputer
exact medians: hence none of them here.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.typical import FEWEST, typical_number

__all__ = ["CategoryEncoding", "DateEncoding", "NoEncoding", "NumberEncoding", "fit_encoding"]

_MOST_LEVELS = 100
_ID_SHARE = 0.5  # of the rows: from so many distinct texts on, they name rows
_FEWEST_FOR_AN_ID = 20  # distinct texts
_PARTS = ("days", "month", "weekday", "hour")


@dataclass(frozen=True)
class NoEncoding:
    """A column that tells nothing which may be kept.

    Attributes
    ----------
    reason : str
        "empty", "constant", "rare" (fewer than ten rows have an entry, or share one) or
        "identifier".
    """

    reason: str
    kind = "empty"
    names = ()

    def encode(self, values):
        """No columns, shape (n, 0)."""
        return np.empty((len(values), 0))

    def decode(self, row):
        """Nothing is known."""
        return None


@dataclass(frozen=True)
class NumberEncoding:
    """A column of numbers or truth values: as they are, gaps filled.

    Attributes
    ----------
    kind : {"number", "boolean"}
    typical : float
        What gaps become.
    has_gaps : bool
        Whether one more column tells where they were.
    """

    kind: str
    typical: float
    has_gaps: bool

    @property
    def names(self):
        """Of the columns that it becomes, behind the name of the column itself."""
        return ("", " missing")[: 1 + self.has_gaps]

    def encode(self, values):
        """Columns of shape (n, 1 or 2)."""
        gaps = np.isnan(values)
        return np.column_stack([np.where(gaps, self.typical, values), gaps])[:, : len(self.names)]

    def decode(self, row):
        """The value of a row of columns: a number or a truth value, None where it is missing."""
        if np.isnan(row[0]):
            return None
        return bool(row[0] >= 0.5) if self.kind == "boolean" else float(row[0])


@dataclass(frozen=True)
class DateEncoding:
    """A column of dates: its calendar parts in UTC.

    Attributes
    ----------
    parts : tuple of str
        Of "days" (since 1970, with fractions), "month" (1 to 12), "weekday" (0 is Monday) and
        "hour" (where not all are midnights).
    typical : tuple of float
    has_gaps : bool
    """

    parts: tuple
    typical: tuple
    has_gaps: bool
    kind = "date"

    @property
    def names(self):
        """Of the columns that it becomes."""
        return tuple(f" {part}" for part in self.parts) + (" missing",) * self.has_gaps

    def encode(self, values):
        """Columns of shape (n, number of parts and of a column for gaps)."""
        parts = _calendar(values)
        filled = [
            np.where(np.isnan(parts[name]), typical, parts[name])
            for name, typical in zip(self.parts, self.typical, strict=True)
        ]
        return np.column_stack([*filled, np.isnat(values)])[:, : len(self.names)]

    def decode(self, row):
        """The day of a row of columns, as datetime64; None where it is missing."""
        if np.isnan(row[0]):
            return None
        return np.datetime64(int(np.floor(row[0])), "D")


@dataclass(frozen=True)
class CategoryEncoding:
    """A column of categories: one column a level, zeros throughout for all levels that are rare.

    A column of their own would tell no more, but members that standardise would turn it up.

    Attributes
    ----------
    levels : tuple of str
    has_gaps : bool
        Whether missing entries have a column.
    n_merged : int
        Levels that ten rows (persons) have and that are not among the most frequent ones.
    """

    levels: tuple
    has_gaps: bool
    n_merged: int = 0
    kind = "category"

    @property
    def names(self):
        """Of the columns that it becomes."""
        return tuple(f"={level}" for level in self.levels) + (" missing",) * self.has_gaps

    def encode(self, values):
        """Zeros and ones, shape (n, number of columns)."""
        n_levels = len(self.levels)
        place = {level: number for number, level in enumerate(self.levels)}
        place[None] = n_levels
        codes = np.fromiter((place.get(v, -1) for v in values), dtype=int, count=len(values))
        return (codes[:, None] == np.arange(n_levels + self.has_gaps)).astype(float)

    def decode(self, row):
        """The level of a row of columns; None where it has none of the levels."""
        levels = np.asarray(row[: len(self.levels)])
        return self.levels[int(levels.argmax())] if (levels > 0).any() else None


def fit_encoding(column, persons=None):
    """Learn how a column becomes numbers.

    Parameters
    ----------
    column : TableColumn
    persons : ndarray of shape (n,), dtype int, or None
        Who each row is of; None: each of a person of its own.

    Returns
    -------
    An encoding
    """
    if column.gaps.all():
        return NoEncoding("empty")
    has_gaps = _count(column.gaps, persons) >= FEWEST
    if column.kind == "category":
        return _fit_category(column.values, has_gaps, persons)
    # One row of each person: nobody's many rows make a value typical.
    first = slice(None) if persons is None else np.unique(persons, return_index=True)[1]
    if column.kind == "date":
        parts = _calendar(column.values)
        parts = {
            name: values
            for name, values in parts.items()
            if name == "days" or _count(values > np.nanmin(values), persons) >= FEWEST
        }
        typical = tuple(typical_number(values[first]) for values in parts.values())
        if np.isnan(typical).any():
            return NoEncoding("rare")
        return DateEncoding(tuple(parts), typical, has_gaps)
    typical = typical_number(column.values[first])
    if np.isnan(typical):
        return NoEncoding("rare")
    return NumberEncoding(column.kind, typical, has_gaps)


def _fit_category(values, has_gaps, persons):
    known = [value for value in values if value is not None]
    if persons is None:
        counts = Counter(known)
    else:
        counts = Counter(value for value, _ in set(zip(values, persons, strict=True)))
        del counts[None]
    if len(counts) >= max(_FEWEST_FOR_AN_ID, _ID_SHARE * len(known)):
        return NoEncoding("identifier")
    frequent = {level: count for level, count in counts.items() if count >= FEWEST}
    levels = sorted(frequent, key=lambda level: (-frequent[level], level))[:_MOST_LEVELS]
    if not levels and not (has_gaps and _count(~is_missing(values), persons) >= FEWEST):
        return NoEncoding("rare")
    if len(counts) == 1 and len(known) == len(values):
        return NoEncoding("constant")
    return CategoryEncoding(tuple(sorted(levels)), has_gaps, len(frequent) - len(levels))


def _count(rows, persons):
    """How many rows (persons) these are."""
    return int(rows.sum()) if persons is None else len(np.unique(persons[rows]))


def _calendar(moments):
    """Parts of datetime64[us] as floats, NaN where missing."""
    gaps = np.isnat(moments)
    day = moments.astype("datetime64[D]")
    days = day.astype(np.int64)
    parts = {
        "days": moments.astype("datetime64[us]").astype(np.int64) / 86_400e6,
        "month": (day.astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(float),
        "weekday": (days + 3) % 7 + 0.0,
        "hour": ((moments - day) / np.timedelta64(1, "h")).astype(float),
    }
    for values in parts.values():
        values[gaps] = np.nan
    return parts
