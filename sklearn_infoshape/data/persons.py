"""Persons that columns name: unknown or rounded ones are said, shared ones are counted."""

import numpy as np

from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.identities import row_identities
from sklearn_infoshape.exceptions import PrecisionWarning, UnknownPersonWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["check_persons", "shared_persons"]


def check_persons(persons):
    """Warn where columns do not tell whose a row is.

    Parameters
    ----------
    persons : list of (str, ndarray of shape (n,)), or None
        As :meth:`ColumnRoles.split` gives them.
    """
    for name, values in persons or ():
        gaps = int(is_missing(values).sum())
        if gaps:
            warn(
                f"fold_columns: {name!r} has no value in {gaps} of {len(values)} rows, each of "
                "which counts as a person of its own. Fill it where rows of one person lack it.",
                UnknownPersonWarning,
            )
        if values.dtype.kind != "f":
            continue
        most = 2 ** (np.finfo(values.dtype).nmant + 1)
        if (np.abs(values[~is_missing(values)]) >= most).any():
            warn(
                f"fold_columns: {name!r} has numbers of {most} and more as {values.dtype}, which "
                "cannot tell all of them apart, so that several persons may be one. Pass them as "
                "integers or text, in a data frame or an array of objects.",
                PrecisionWarning,
            )


def shared_persons(columns, others):
    """How many persons, or groups of rows, two tables have in common.

    Parameters
    ----------
    columns, others : list of (str, ndarray of shape (n,))
        That name them together. Rows that lack one of them are nobody else's.

    Returns
    -------
    int
        Persons are the same where numbers are equal, whatever type holds them, or texts are:
        7 and "7" are one where one table came from a file.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.persons import shared_persons
    >>> shared_persons([("id", np.array([7, 8]))], [("id", np.array([8.0, np.nan, np.nan]))])
    1
    """
    by_value, by_text = [], []
    for table in (columns, others):
        named = ~np.any([is_missing(values) for _, values in table], axis=0)
        known = [(name, values[named]) for name, values in table]
        by_value.append(set(row_identities(np.empty((int(named.sum()), 0)), known)))
        by_text.append(set(zip(*(values.astype(str).tolist() for _, values in known), strict=True)))
    return max(len(by_value[0] & by_value[1]), len(by_text[0] & by_text[1]))
