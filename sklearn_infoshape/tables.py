"""A CSV file as features, task label and sensitive attribute, for the command line."""

import csv

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

__all__ = ["read_table"]

_EMPTY = {"", "na", "nan", "null", "none", "?"}
_MOST_CATEGORIES = 20


def read_table(path, task, sensitive):
    """Read a CSV file with a header line.

    Columns of numbers are kept (gaps become the mean), text becomes one column a category
    (the 20 most frequent ones). Rows without a task label are left out.

    Parameters
    ----------
    path : str
    task, sensitive : str
        Names of the columns that are y and s; both are left out of X.

    Returns
    -------
    X : ndarray of shape (n, p)
    y, s : ndarray of shape (n,)
        Numbers or text; s is None or NaN where it is missing.

    Raises
    ------
    ValueError
        If the file has no such column, no features, or lines of unequal length.
    OSError
        If the file cannot be read.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = [line for line in csv.reader(file, skipinitialspace=True) if line]
    if len(lines) < 2:
        raise ValueError(f"{path} has no rows below its header line.")
    header, rows = lines[0], lines[1:]
    for name in (task, sensitive):
        if name not in header:
            raise ValueError(f"{path} has no column {name!r}; it has {', '.join(header)}.")
    if task == sensitive:
        raise ValueError("The task and the sensitive attribute are the same column.")
    uneven = next((i for i, row in enumerate(rows) if len(row) != len(header)), None)
    if uneven is not None:
        raise ValueError(
            f"Row {uneven + 2} of {path} has {len(rows[uneven])} entries, the header {len(header)}."
        )
    columns = {name: _column([row[j] for row in rows]) for j, name in enumerate(header)}
    y, s = columns.pop(task), columns.pop(sensitive)
    if not columns:
        raise ValueError(f"{path} has no column besides the task and the sensitive one.")
    with_task = np.array([value is not None and value == value for value in y])
    return _features(columns)[with_task], y[with_task], s[with_task]


def _column(texts):
    """Floats where all entries are numbers or empty, else text with None for empty ones."""
    empty = [text.strip().lower() in _EMPTY for text in texts]
    try:
        values = [np.nan if gap else float(t) for t, gap in zip(texts, empty, strict=True)]
        return np.array(values)
    except ValueError:
        values = [None if gap else t.strip() for t, gap in zip(texts, empty, strict=True)]
        return np.array(values, dtype=object)


def _features(columns):
    names = list(columns)
    numeric = [j for j, name in enumerate(names) if columns[name].dtype.kind == "f"]
    text = [j for j in range(len(names)) if j not in numeric]
    table = np.empty((len(columns[names[0]]), len(names)), dtype=object)
    for j, name in enumerate(names):
        table[:, j] = columns[name] if j in numeric else [str(v) for v in columns[name]]
    encoder = OneHotEncoder(
        max_categories=_MOST_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    return (
        ColumnTransformer(
            [("numbers", make_pipeline(SimpleImputer()), numeric), ("text", encoder, text)]
        )
        .fit_transform(table)
        .astype(float)
    )
