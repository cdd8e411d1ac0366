"""Cells of X: rows that share the levels of one or two columns."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sklearn_infoshape.data.frames import column_at, column_labels
from sklearn_infoshape.data.table_columns import is_categorical, read_column

__all__ = ["Cell", "read_cells"]

FEWEST_ROWS = 100
_FEW_VALUES = 8
_QUARTERS = 4
_MOST_PAIRED = 12
_MOST_COLUMNS = 100


@dataclass(frozen=True)
class Cell:
    """Rows with the same levels.

    Attributes
    ----------
    name : str
        Columns and levels, each of at least 100 rows (persons); amounts go by their quarters.
    inside : ndarray of shape (n,), dtype bool
    """

    name: str
    inside: np.ndarray


def read_cells(X, positions, train, groups):
    """Cells of one column and of two, of at least 100 rows (persons).

    Parameters
    ----------
    X : array-like, sparse matrix or data frame of n rows
    positions : tuple of int or None
        None: all columns that can be read, the first twelve of them also in pairs.
    train : ndarray of int
        The rows that place the borders of quarters.
    groups : ndarray of shape (n,) or None

    Returns
    -------
    list of Cell

    Raises
    ------
    ValueError
        If a named column cannot be read, or no cell has 100 rows.
    """
    X = X.toarray() if hasattr(X, "toarray") else X
    labels = column_labels(X)
    X = X if labels is not None else np.asarray(X)
    is_auto = positions is None
    columns = []
    for position in range(X.shape[1])[:_MOST_COLUMNS] if is_auto else positions:
        label = _called(position, labels)
        try:
            levels = _levels(column_at(X, position), label, train)
        except (TypeError, ValueError) as reason:
            if is_auto:
                continue
            raise ValueError(f"subgroups: {reason}") from None
        kept = [
            Cell(f"{label} = {level}", inside)
            for level, inside in levels
            if _n_persons(inside, groups) >= FEWEST_ROWS
        ]
        columns.append([cell for cell in kept if not cell.inside.all()])
    cells = [cell for column in columns for cell in column]
    for one, other in combinations([column for column in columns if column][:_MOST_PAIRED], 2):
        for first in one:
            for second in other:
                inside = first.inside & second.inside
                if _n_persons(inside, groups) >= FEWEST_ROWS:
                    cells.append(Cell(f"{first.name}, {second.name}", inside))
    if not cells:
        raise ValueError(
            f"subgroups: no level of these columns of X has {FEWEST_ROWS} rows (persons), but not "
            "all of them; name other columns, give more rows, or subgroups=None."
        )
    return cells


def _called(position, labels):
    """What to call a column: its label, and its place where others read the same."""
    if labels is None:
        return f"x{position}"
    names = [str(label) for label in labels]
    alike = names.count(names[position]) > 1
    return f"{names[position]} (column {position})" if alike else names[position]


def _n_persons(inside, groups):
    return int(inside.sum()) if groups is None else len(np.unique(groups[inside]))


def _levels(column, label, train):
    """Pairs of a level, as text, and its rows."""
    read = read_column(column, label, as_category=is_categorical(column))
    gaps = read.gaps
    found: list[tuple[str, np.ndarray]] = []
    if gaps.any():
        is_level = read.kind == "category" and (read.values[~gaps] == "missing").any()
        found.append(("missing (no entry)" if is_level else "missing", gaps))
    if read.kind == "empty":
        return found
    values = read.values[~gaps]
    if read.kind != "category":
        values = values.astype(np.float64)
    distinct = set(values.tolist())
    if read.kind == "category" or (len(distinct) <= _FEW_VALUES and read.kind != "date"):
        for level, shown in zip(sorted(distinct), _shown(sorted(distinct), read.kind), strict=True):
            inside = np.zeros(len(read), dtype=bool)
            inside[~gaps] = values == level
            found.append((shown, inside))
        return found
    placed = np.zeros(len(read), dtype=bool)
    placed[train] = True
    borders = np.quantile(values[placed[~gaps]], np.arange(1, _QUARTERS) / _QUARTERS)
    quarter = np.full(len(read), -1)
    quarter[~gaps] = np.searchsorted(borders, values, side="left")
    found += [(f"quarter {k + 1} of {_QUARTERS}", quarter == k) for k in range(_QUARTERS)]
    return found


def _shown(levels, kind):
    """Levels as text, no two the same."""
    if kind == "category":
        return [str(level) for level in levels]
    if kind == "boolean":
        return [str(bool(level)) for level in levels]
    short = [f"{level:g}" for level in levels]
    return short if len(set(short)) == len(levels) else [str(level) for level in levels]
