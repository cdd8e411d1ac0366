"""What is said of columns of a data frame: ids in numbers, merged levels, what is missing."""

import numpy as np

from sklearn_infoshape.exceptions import (
    IdentifierColumnWarning,
    MergedLevelsWarning,
    MissingColumnWarning,
)
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["are_row_numbers", "few_of", "warn_of_merged", "warn_of_missing", "warn_of_row_numbers"]

_FEWEST_ROWS = 100
_SPAN = 1.05  # of the rows: measured amounts are rarely all distinct in so narrow a range
_MOST_NAMED = 10
_REASONS = {
    "absent": "not there",
    "empty": "without any entry",
    "rare": "with an entry, or with equal entries, in fewer than ten rows (persons)",
    "identifier": "different in nearly every row",
}


def few_of(named, most=_MOST_NAMED):
    """Columns in a message: the first of them, and how many more there are.

    Parameters
    ----------
    named : list of str
    most : int, default=10

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.data.column_warnings import few_of
    >>> few_of(["age", "sex", "city"], most=2)
    'age, sex and 1 more'
    """
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def are_row_numbers(values):
    """Whether numbers are whole, all distinct, and fill a range of hardly more than their number.

    Parameters
    ----------
    values : ndarray of shape (n,)

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.column_warnings import are_row_numbers
    >>> are_row_numbers(np.arange(5000.0, 5200.0)), are_row_numbers(np.arange(200.0) / 2)
    (True, False)
    """
    n_rows = len(values)
    if n_rows < _FEWEST_ROWS or not np.isfinite(values).all():
        return False
    low, high = values.min(), values.max()
    if not n_rows - 1 <= high - low <= _SPAN * n_rows - 1:
        return False
    return bool((values == np.floor(values)).all()) and len(np.unique(values)) == n_rows


def warn_of_row_numbers(labels):
    """Name columns of a data frame that seem to number its rows.

    Parameters
    ----------
    labels : list

    Warns
    -----
    IdentifierColumnWarning
    """
    if labels:
        warn(
            "X has whole numbers that are different in every row, with hardly a gap between them, "
            f"in column {few_of([*map(repr, labels)])}: they seem to number rows or persons, and "
            "tell models nothing of other rows. Leave such a column out (X.drop(columns=...)); if "
            "it says whose a row is, name it in fold_columns.",
            IdentifierColumnWarning,
        )


def warn_of_missing(columns):
    """Name columns that count as missing, and why.

    Parameters
    ----------
    columns : dict of label to str
        Why: "absent", "empty", "rare" or "identifier".

    Warns
    -----
    MissingColumnWarning
    """
    said = [
        f"{reason}: {', '.join(repr(label) for label, own in columns.items() if own == key)}"
        for key, reason in _REASONS.items()
        if key in columns.values()
    ]
    if said:
        warn(
            f"Columns of X that count as missing in all rows, {'; '.join(said)}.",
            MissingColumnWarning,
        )


def warn_of_merged(columns):
    """Name categories of which levels with rows enough are merged.

    Parameters
    ----------
    columns : dict of label to (int, int)
        How many levels are merged, of how many.

    Warns
    -----
    MergedLevelsWarning
    """
    said = [f"{label!r} ({merged} of {levels})" for label, (merged, levels) in columns.items()]
    if said:
        warn(
            "X has categories with more levels than are kept, which are the most frequent; the "
            f"others count as one, with the rare ones: {', '.join(said)}. Group such levels, or "
            "give what they stand for as numbers.",
            MergedLevelsWarning,
        )
