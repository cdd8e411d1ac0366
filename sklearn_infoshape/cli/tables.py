"""A CSV file as features, task label and sensitive attribute, for the command line."""

import csv

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sklearn_infoshape.cli.text_numbers import GAPS, looks_like_numbers, read_numbers

__all__ = ["read_table"]

_MOST_CATEGORIES = 20
_FEWEST_LEVELS = 20  # of a label whose gaps may have a code that is not known


def read_table(path, task, sensitive, report=None):
    """Read a CSV file with a header line.

    Columns of numbers are kept (gaps become the mean), text becomes one column a category
    (the 20 most frequent ones). Rows without a task label are left out.

    Parameters
    ----------
    path : str
    task, sensitive : str
        Names of the columns that are y and s; both are left out of X.
    report : callable, default=None
        Gets a line for each column that could have been read otherwise: how it was read.

    Returns
    -------
    X : ndarray of shape (n, p)
    y, s : ndarray of shape (n,)
        Numbers or text; s is None or NaN where it is missing.

    Raises
    ------
    ValueError
        If the file has no such column, two of one name, no features, lines of unequal length,
        or is no CSV file.
    OSError
        If the file cannot be read.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file, skipinitialspace=True) if line]
    except (csv.Error, UnicodeDecodeError):
        raise ValueError(f"{path} is no CSV file in UTF-8; save it as one.") from None
    if len(lines) < 2:
        raise ValueError(f"{path} has no rows below its header line.")
    header, rows = lines[0], lines[1:]
    for name in (task, sensitive):
        if name not in header:
            raise ValueError(f"{path} has no column {name!r}; it has {', '.join(header)}.")
        if header.count(name) > 1:
            raise ValueError(f"{path} has {header.count(name)} columns {name!r}; rename them.")
    if task == sensitive:
        raise ValueError("The task and the sensitive attribute are the same column.")
    uneven = next((i for i, row in enumerate(rows) if len(row) != len(header)), None)
    if uneven is not None:
        raise ValueError(
            f"Row {uneven + 2} of {path} has {len(rows[uneven])} entries, the header {len(header)}."
        )
    columns: list = []
    notes: list = []
    for j, name in enumerate(header):
        is_label = name in (task, sensitive)
        columns.append(_column(name, [row[j] for row in rows], is_label, notes.append))
    for note in notes if report else ():
        report(note)
    y, s = columns[header.index(task)], columns[header.index(sensitive)]
    features = [
        column for column, n in zip(columns, header, strict=True) if n not in (task, sensitive)
    ]
    if not features:
        raise ValueError(f"{path} has no column besides the task and the sensitive one.")
    with_task = np.array([value is not None and value == value for value in _values(y)])
    return _features(features)[with_task], _values(y)[with_task], _values(s)[with_task]


def _column(name, texts, is_label, note):
    """A :class:`NumberColumn` where entries are numbers, else text with None for gaps."""
    found = read_numbers(texts)
    if found is not None and is_label and found.is_inferred:
        # A class of its own, where labels are few; a gap in an amount.
        found = found if len(np.unique(found.values)) > _FEWEST_LEVELS else None
    if found is not None:
        codes = [f"{code!r} ({count})" for code, count in found.gap_codes.items()]
        ways = [found.way, f"gaps: {', '.join(codes)}" if codes else ""]
        if any(ways):
            note(f"{name}: numbers; {'; '.join(way for way in ways if way)}")
        return found
    if looks_like_numbers(texts):
        note(
            f"{name}: text, though most entries look like numbers: others do not, or they are "
            "written in ways that contradict each other"
        )
    values = [None if t.strip().lower() in GAPS else t.strip() for t in texts]
    return np.array(values, dtype=object)


def _values(column):
    return column if isinstance(column, np.ndarray) else column.values


def _features(columns):
    """Numbers as they are, and one column for what may be more than a gap; text as categories."""
    numeric, text = [], []
    for column in columns:
        if isinstance(column, np.ndarray):
            text.append([str(value) for value in column])
            continue
        if not np.isnan(column.values).all():  # a column without any entry tells nothing
            numeric.append(column.values)
        if column.is_inferred:
            numeric.append(np.isnan(column.values).astype(float))
    if not numeric and not text:
        raise ValueError("All columns besides the task and the sensitive one are empty.")
    table = np.empty((len(_values(columns[0])), len(numeric) + len(text)), dtype=object)
    for j, values in enumerate(numeric + text):
        table[:, j] = values
    places = np.arange(table.shape[1])
    encoder = OneHotEncoder(
        max_categories=_MOST_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    return (
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer()), places[: len(numeric)]),
                ("text", encoder, places[len(numeric) :]),
            ]
        )
        .fit_transform(table)
        .astype(float)
    )
