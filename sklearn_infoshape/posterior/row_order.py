"""Whether an array says something of each row, in the order of the rows.

A scaled, rounded or turned copy of a table holds none of its numbers, but one number a row.
"""

import numpy as np
from scipy.stats import rankdata

__all__ = ["copies_columns", "holds_labels"]

_RARE = 10  # a value that so many rows share tells of none of them
_FEWEST_ROWS = 30
_SAME_RANKS = 0.999
_SAME_PLANE = 1e-8  # of an array's variance, that linear combinations of columns leave
_MOST_COLUMNS = 200


def copies_columns(arrays, X):
    """Whether an array rises and falls with a column, or is a linear combination of columns.

    Parameters
    ----------
    arrays : list of ndarray of numbers
    X : ndarray of shape (n, p)

    Returns
    -------
    bool
        Of columns where half of the rows have a rare value.
    """
    n = len(X)
    candidates = [column for array in arrays for column in _of_rows(array, n)]
    telling = [column for column in X.T[:_MOST_COLUMNS] if _is_telling(column)]
    if n < _FEWEST_ROWS or not candidates or not telling:
        return False
    found, columns = np.column_stack(candidates), np.column_stack(telling)
    ranks = [_standardised(rankdata(some, axis=0)) for some in (found, columns)]
    if (np.abs(ranks[0].T @ ranks[1]) >= _SAME_RANKS).any():
        return True
    if len(telling) >= n // 4:
        return False
    columns, found = _standardised(columns), _standardised(found)
    rest = found - columns @ np.linalg.lstsq(columns, found, rcond=None)[0]
    return bool(((rest**2).sum(axis=0) < _SAME_PLANE).any())


def _of_rows(array, n):
    """Those columns, or rows, of an array that have a number for each row of the table."""
    if array.ndim > 2 or n not in array.shape:
        return []
    table = array.reshape(n, -1) if array.shape[0] == n else array.T
    with np.errstate(all="ignore"):
        columns = table[:, :_MOST_COLUMNS].T.astype(np.float64)
        return [c for c in columns if np.abs(c).max(initial=0) < 1e150 and _is_telling(c)]


def _is_telling(column):
    _, counts = np.unique(column, return_counts=True)
    return 2 * counts[counts < _RARE].sum() >= len(column)


def _standardised(columns):
    """Columns of mean 0 and length 1."""
    centred = columns - columns.mean(axis=0)
    return centred / np.maximum(np.linalg.norm(centred, axis=0), 1e-300)


def holds_labels(arrays, y):
    """Whether an array holds the label of each row, or the numbers of the rows of a class.

    Parameters
    ----------
    arrays : list of ndarray of numbers
    y : ndarray of shape (n,) or None

    Returns
    -------
    bool
    """
    if y is None or len(y) < _FEWEST_ROWS:
        return False
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        return False
    members = [np.flatnonzero(codes == c) for c in range(len(classes))]
    return any(
        _are_labels(array, codes, len(classes)) or _are_members(array, members)
        for array in arrays
        if len(array)
    )


def _are_labels(array, codes, n_classes):
    """Whether rows of one class, and of no other, are alike; one-hot columns are, too."""
    if array.ndim > 2 or array.shape[0] != len(codes) or array.size > n_classes * len(codes):
        return False
    kinds = np.unique(array.reshape(len(codes), -1), axis=0, return_inverse=True)[1].ravel()
    return kinds.max() + 1 == n_classes == len(np.unique(kinds * n_classes + codes))


def _are_members(array, members):
    return array.ndim == 1 and any(
        len(array) == len(some) and np.array_equal(np.sort(array), some) for some in members
    )
