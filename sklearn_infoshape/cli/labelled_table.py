"""A table file as features, task label, sensitive attributes and persons."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_infoshape.data.column_warnings import few_of
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.tables import TableReader
from sklearn_infoshape.exceptions import MissingColumnWarning
from sklearn_infoshape.runtime.own_warnings import unsaid

__all__ = ["LabelledTable", "split_off", "take_apart", "without_identifiers"]


@dataclass(frozen=True)
class LabelledTable:
    """The columns of a table by their roles.

    Attributes
    ----------
    X : pandas.DataFrame of shape (n, p)
        Features, and the columns that say whose a row is.
    y : pandas.Series of shape (n,), or None
    s : pandas.DataFrame of shape (n, d)
    persons : ndarray of shape (n,), dtype int, or None
        Who each row is of.
    """

    X: Any
    y: Any
    s: Any
    persons: np.ndarray | None

    def __len__(self):
        return len(self.s)

    def take(self, rows):
        """Some rows.

        Parameters
        ----------
        rows : ndarray of int

        Returns
        -------
        LabelledTable
        """
        return LabelledTable(
            self.X.iloc[rows],
            None if self.y is None else self.y.iloc[rows],
            self.s.iloc[rows],
            None if self.persons is None else self.persons[rows],
        )


def take_apart(frame, task, sensitive, ids=(), drop=(), *, name, features=True):
    """The columns of a data frame by their roles; rows stay as they are.

    Parameters
    ----------
    frame : pandas.DataFrame
    task : str or None
    sensitive, ids, drop : sequence of str
    name : str
        Of the file, for messages.
    features : bool, default=True
        Whether there have to be other columns, which are features. Otherwise the frame holds
        what was asked for, and not all of the file.

    Returns
    -------
    LabelledTable

    Raises
    ------
    ValueError
        If a column is not there, or has two roles, or no feature is left.
    """
    roles = {"--task": [task] if task else [], "--sensitive": sensitive, "--id": ids}
    roles["--drop"] = drop
    owner: dict = {}
    for option, columns in roles.items():
        for column in columns:
            if column not in frame.columns:
                own = few_of([*map(str, frame.columns)], most=20)
                others = f"it has {own}" if features else f"{option} needs it"
                raise ValueError(f"{name} has no column {column!r}; {others}.")
            if column in owner:
                raise ValueError(
                    f"{column!r} is given as {owner[column]} and as {option}; give it one role."
                )
            owner[column] = option
    persons = _persons(frame, list(ids)) if ids else None
    X = frame.drop(columns=[column for column, option in owner.items() if option != "--id"])
    if features and X.shape[1] == len(ids):
        raise ValueError(f"{name} has no column besides those that --task, --sensitive name.")
    return LabelledTable(X, frame[task] if task else None, frame[list(sensitive)], persons)


def without_identifiers(table, ids, note, rows=None):
    """The table without columns of text that names rows, of which nothing can be learned.

    Parameters
    ----------
    table : LabelledTable
    ids : sequence of str
    note : callable
        Gets a line.
    rows : ndarray of int, default=None
        Of which it is found out, such as those that train; None: all.

    Returns
    -------
    LabelledTable
    """
    own = table if rows is None else table.take(rows)
    features = own.X.drop(columns=list(ids))
    with unsaid(MissingColumnWarning):  # the fit says it
        reader = TableReader.fit(features, persons=own.persons, identifiers="leave out")
    names = [
        label
        for label, encoding in zip(reader.labels, reader.encodings, strict=True)
        if getattr(encoding, "reason", None) == "identifier"
    ]
    if not names:
        return table
    note(
        f"left out, as they name rows or persons: {', '.join(map(str, names))} (--id, if one says "
        "whose a row is)"
    )
    return LabelledTable(table.X.drop(columns=names), table.y, table.s, table.persons)


def split_off(table, fraction, seed):
    """Rows that never train, all rows of a person on one side.

    Drawn without regard to labels, as certificates need a random sample.

    Parameters
    ----------
    table : LabelledTable
    fraction : float
        Of the rows (persons) that is set aside.
    seed : int

    Returns
    -------
    fitted, aside : ndarray of int
        Positions, in their order.
    """
    rng = np.random.default_rng(seed)
    units = np.arange(len(table)) if table.persons is None else table.persons
    order = rng.permutation(np.unique(units))
    aside = np.isin(units, order[: int(np.ceil(fraction * len(order)))])
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _persons(frame, ids):
    """Numbers of persons; a row without a name is of somebody of its own."""
    numbers = frame.groupby(ids, dropna=False, sort=False).ngroup().to_numpy().copy()
    unknown = is_missing(frame[ids[0]].to_numpy(dtype=object))
    for column in ids[1:]:
        unknown |= is_missing(frame[column].to_numpy(dtype=object))
    numbers[unknown] = numbers.max(initial=0) + 1 + np.arange(unknown.sum())
    return np.unique(numbers, return_inverse=True)[1].ravel()
