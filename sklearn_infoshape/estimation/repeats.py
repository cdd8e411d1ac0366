"""Rows that belong together: one row of each group at a time, and copies that nobody declared."""

import numpy as np
from sklearn.utils import check_consistent_length

from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.exceptions import RepeatedRowsWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["one_row_a_group", "read_groups", "warn_of_copies"]

_MOST_DRAWS = 5
_OWN_SHARE = 0.9
_FINEST_ROUNDING = 1e6  # values with more decimals than this are not rounded
_CODE_SHARE = 0.1  # so few distinct rows are a finite law, of which copies are a part
_UNSEEN_PAIRS = 3  # what may be missed of pairs of which none was seen, at 95 % confidence


def read_groups(groups, n_rows):
    """Which group each row belongs to, as integers from 0 in the order of their appearance.

    Parameters
    ----------
    groups : array-like of shape (n,) or None
    n_rows : int

    Returns
    -------
    ndarray of shape (n,) or None
        None where no row shares its group with another.

    Raises
    ------
    ValueError
        If groups are missing for a row, or have another shape or length.
    """
    if groups is None:
        return None
    values = np.asarray(groups)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"groups must have the shape (n_samples,), got {values.shape}.")
    check_consistent_length(np.empty(n_rows), values)
    if is_missing(values).any():
        raise ValueError(
            "groups has missing values; give each row a group, and rows that belong to nobody "
            "one of their own."
        )
    numbers: dict = {}
    codes = np.array([numbers.setdefault(value, len(numbers)) for value in values.tolist()])
    return codes if len(numbers) < n_rows else None


def one_row_a_group(groups, rows, seed):
    """Draw rows so that no two of them share a group, several times.

    Rows of a group may tell of each other as much as copies do. Rows of different groups do
    not, so that whatever holds for independent rows holds for each draw (within-cluster
    resampling, E. Hoffman, P. Sen and C. Weinberg 2001). Every group counts as much as any.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        Integers from 0.
    rows : ndarray of shape (n, p)
        Where the rows of each group are all equal, one draw is all that there is.
    seed : int

    Returns
    -------
    list of ndarray of shape (G,)
        Positions, one a group in the order of the groups.
    """
    rng = np.random.default_rng(seed)
    order = np.lexsort([rng.permutation(len(groups)), groups])
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    n_draws = min(_MOST_DRAWS, int(np.ceil(sizes.mean())))
    if (rows == rows[order[starts]][groups]).all():
        n_draws = 1
    return [order[starts + draw % sizes] for draw in range(n_draws)]


def warn_of_copies(Z, labels):
    """Warn where rows of (Z, l) are copies of others beyond what chance explains.

    A finite code and classes agree on many rows by nature. What has many decimals does not,
    nor do rows whose columns, taken as independent, would hardly ever agree at once.

    Parameters
    ----------
    Z : ndarray of shape (n, p)
    labels : list of ndarray of shape (n,)
    """
    columns = [np.unique(values, return_inverse=True)[1].ravel() for values in labels]
    rows = np.column_stack([Z + 0.0, *columns])  # -0.0 equals 0.0
    _, first = np.unique(_as_bytes(rows), return_index=True)
    n, n_distinct = len(rows), len(first)
    copies = n - n_distinct
    if not copies:
        return
    fine = [column for column in Z.T if _is_fine(column)]
    fine += [values for values in labels if _is_fine(values)]
    if not any(len(np.unique(column)) >= _OWN_SHARE * n_distinct for column in fine):
        pairs = 0.5 * n_distinct * (n_distinct - 1)
        by_chance = 0.5 * n * (n - 1)
        for part in (_as_bytes(Z + 0.0)[first], *(column[first] for column in columns)):
            counts = np.unique(part, return_counts=True)[1]
            agree = 0.5 * (counts * (counts - 1.0)).sum()
            by_chance *= min(1.0, (agree + _UNSEEN_PAIRS) / max(pairs, 1.0))
        if n_distinct <= _CODE_SHARE * n or copies <= 2 * by_chance + _UNSEEN_PAIRS:
            return
    warn(
        f"{copies} of {n} rows of X and y are exact copies of others. Copies are taken for "
        "information, and make intervals too narrow: pass groups=, one value for each person or "
        "thing that rows belong to, or drop the copies.",
        RepeatedRowsWarning,
    )


def _as_bytes(rows):
    rows = np.ascontiguousarray(rows)
    return rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()


def _is_fine(column):
    """Whether values have so many decimals that two of them hardly agree by chance."""
    if column.dtype.kind != "f":
        return False
    scaled = np.abs(column) * _FINEST_ROUNDING
    return bool((np.abs(scaled - np.round(scaled)) > 1e-3).mean() > 0.5)
