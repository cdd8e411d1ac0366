"""Columns of files that have types of their own, as what they were in an earlier file."""

import numpy as np

from sklearn_infoshape.cli.collected_columns import TextColumn
from sklearn_infoshape.cli.typed_columns import TypedColumn, kind_of, spelled, typed_column

__all__ = ["as_kind"]


def as_kind(column, name, reading, kind=None):
    """A column of a type as values of a kind.

    Parameters
    ----------
    column : TypedColumn
    name : str
    reading : Reading
    kind : str, default=None
        None: what its type says.

    Returns
    -------
    TypedColumn

    Raises
    ------
    ValueError
        If a column of this type is nothing of this kind.
    """
    if isinstance(column.values, TextColumn):  # of a dictionary
        return typed_column(column.values, name, reading, kind or "category")
    column = _without_markers(column, reading)
    wanted, detail = (column.kind, "") if kind is None else kind_of(kind, name)
    if column.kind in ("empty", wanted):
        return TypedColumn(column.kind, column.values, detail)
    values = column.values
    if wanted in ("text", "category"):
        return typed_column(spelled(column), name, reading, kind)
    if {column.kind, wanted} == {"number", "boolean"}:
        numbers = np.array([np.nan if v is None else float(v) for v in values], dtype=float)
        if wanted == "number":
            return TypedColumn("number", numbers, detail)
        if set(np.unique(numbers[~np.isnan(numbers)])) <= {0.0, 1.0}:
            truth = [None if v != v else bool(v) for v in numbers]
            return TypedColumn("boolean", np.array([*truth, None], dtype=object)[:-1])
    raise ValueError(
        f"Column {name[:60]!r} held {_PLURAL[wanted]} before, and holds {_PLURAL[column.kind]} "
        "now; write it as then, or fit anew."
    )


_PLURAL = {"number": "numbers", "date": "dates", "boolean": "truth values"}


def _without_markers(column, reading):
    if column.kind != "number" or not reading.marked_numbers:
        return column
    marked = np.isin(column.values, list(reading.marked_numbers))
    if not marked.any():
        return column
    return TypedColumn("number", np.where(marked, np.nan, column.values))
