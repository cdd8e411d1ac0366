"""Which rows do what: sampling, and attackers' training, calibration and test apart."""

import contextlib
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state

from sklearn_infoshape.data.frames import column_labels, is_missing, take_columns, values_of
from sklearn_infoshape.data.splits import deal
from sklearn_infoshape.data.tables import is_mixed, table_names

__all__ = [
    "PARTS",
    "Parts",
    "deal_rows",
    "group_numbers",
    "overlap_share",
    "parts_of_split",
    "repeated_share",
    "row_names",
    "row_of_each",
    "sample_rows",
    "seed_of",
]

PARTS = ("train", "calibration", "test")
_SHARES = (0.5, 0.15, 0.35)
_FEWEST_GROUPS = 30
_FEWEST_ROWS_OF_A_PART = 20


@dataclass(frozen=True)
class Parts:
    """Row numbers of the attackers' training, of their calibration, and of the test.

    Attributes
    ----------
    train, calibration, test : ndarray of int
    """

    train: np.ndarray
    calibration: np.ndarray
    test: np.ndarray


def group_numbers(groups, n_rows):
    """Groups as whole numbers from 0 up.

    Parameters
    ----------
    groups : array-like of shape (n,)
    n_rows : int

    Returns
    -------
    ndarray of shape (n,), dtype int64

    Raises
    ------
    ValueError
        If there is not one for each row, or some are missing.

    Examples
    --------
    >>> from sklearn_infoshape.audit.splits import group_numbers
    >>> group_numbers(["b", "a", "b"], 3).tolist()
    [1, 0, 1]
    """
    shape = tuple(groups.shape) if hasattr(groups, "shape") else np.shape(groups)
    if shape != (n_rows,):
        raise ValueError(f"groups has the shape {shape}, X has {n_rows} rows; give one for each.")
    values = values_of(groups) if hasattr(groups, "shape") else np.array(groups, dtype=object)
    gaps = int(is_missing(values).sum())
    if gaps:
        raise ValueError(
            f"groups is missing for {gaps} rows; give each of them a group of its own, if nobody "
            "has two of them, or leave them out."
        )
    if values.dtype.kind != "O":
        return np.unique(values, return_inverse=True)[1].ravel()
    numbers: dict = {}
    order = [numbers.setdefault((type(v).__name__, v), len(numbers)) for v in values.tolist()]
    ranks = np.argsort(np.argsort([f"{kind} {value}" for kind, value in numbers], kind="stable"))
    return ranks[order]


def seed_of(random_state):
    """A number that seeds all draws of an audit.

    Parameters
    ----------
    random_state : int, RandomState or Generator instance, or None

    Returns
    -------
    int
    """
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    return int(check_random_state(random_state).randint(2**31 - 1))


def sample_rows(n_rows, size, groups, rng):
    """A random part of the rows, of whole groups.

    Parameters
    ----------
    n_rows : int
    size : int or None
        How many rows at least, where there are as many; None: all.
    groups : ndarray of shape (n,) or None
        Whole numbers from 0 up.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int
        Sorted.
    """
    if size is None or size >= n_rows:
        return np.arange(n_rows)
    if groups is None:
        return np.sort(rng.choice(n_rows, size, replace=False))
    sizes = np.bincount(groups)
    order = rng.permutation(len(sizes))
    n_taken = np.searchsorted(np.cumsum(sizes[order]), size) + 1
    return np.flatnonzero(np.isin(groups, order[:n_taken]))


def deal_rows(labels, groups, rng):
    """Deal rows, or whole groups of rows, to the three parts at random.

    Parameters
    ----------
    labels : list of ndarray of shape (n,), dtype int
        Classes, whose shares are alike in the three parts; below 0 where one is missing.
    groups : ndarray of shape (n,) or None
        Whole numbers from 0 up.
    rng : numpy.random.Generator

    Returns
    -------
    Parts

    Raises
    ------
    ValueError
        If there are fewer than 30 groups.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.splits import deal_rows
    >>> parts = deal_rows([np.zeros(200, dtype=int)], None, np.random.default_rng(0))
    >>> len(parts.train), len(parts.calibration), len(parts.test)
    (100, 30, 70)
    """
    if groups is not None and groups.max() + 1 < _FEWEST_GROUPS:
        raise ValueError(
            f"groups has {groups.max() + 1} groups; intervals need at least {_FEWEST_GROUPS}. Give "
            "groups=None only if rows of one group are no more alike than others."
        )
    # A certificate on some of the parts errs on the safe side: as its rows are, in proportion to
    # the classes of a sample that is larger, the shares of classes vary less than it assumes.
    which = deal(labels, _SHARES, rng, groups)
    return Parts(*(np.flatnonzero(which == k) for k in range(3)))


def parts_of_split(split, groups):
    """Parts that a user has made.

    Parameters
    ----------
    split : ndarray of shape (n,)
        "train", "calibration" or "test" for each row; missing entries leave a row out.
    groups : ndarray of shape (n,) or None

    Returns
    -------
    Parts

    Raises
    ------
    ValueError
        If an entry is neither of a part nor missing, a part is (nearly) empty, or a group
        straddles two parts.
    """
    split = np.asarray(split)
    split = np.where(is_missing(split), "", split.astype(str))
    unknown = np.setdiff1d(split, [*PARTS, ""])
    if len(unknown):
        raise ValueError(
            f"split has the entry {str(unknown[0])!r}; give {', '.join(map(repr, PARTS))}, or None "
            "(NaN) for rows that are left out."
        )
    parts = Parts(*(np.flatnonzero(split == name) for name in PARTS))
    for name in PARTS:
        if len(getattr(parts, name)) < _FEWEST_ROWS_OF_A_PART:
            raise ValueError(
                f"split has {len(getattr(parts, name))} rows of {name!r}; give at least "
                f"{_FEWEST_ROWS_OF_A_PART} rows to each of {', '.join(map(repr, PARTS))}."
            )
    if groups is not None:
        own = [np.unique(groups[getattr(parts, name)]) for name in PARTS]
        straddling = len(np.concatenate(own)) - len(np.unique(np.concatenate(own)))
        if straddling:
            raise ValueError(
                f"groups straddle: {straddling} of them have rows in two parts of split, where "
                "attackers would recognise a person rather than learn s. Put all rows of a "
                "group into one part, or leave split out."
            )
    return parts


def row_of_each(rows, groups, rng):
    """A row of each group, drawn at random.

    Parameters
    ----------
    rows : ndarray of int
    groups : ndarray of shape (n,) or None
        Of all rows; None: each row is a group.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int
    """
    if groups is None:
        return rows
    rows = rng.permutation(rows)
    return rows[np.unique(groups[rows], return_index=True)[1]]


def overlap_share(rows, others):
    """Share of the rows that also occur among others, value for value.

    Parameters
    ----------
    rows, others : array-like of shape (n, p) and (m, p), or data frames
        Numbers or text.

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.splits import overlap_share
    >>> overlap_share(np.array([[1, 2], [3, 4]]), np.array([[3, 4], [5, 6]]))
    0.5
    """
    own, others = row_names(rows, others)
    seen = set(others)
    return float(np.mean([name in seen for name in own]))


def repeated_share(rows):
    """Share of the rows that equal an earlier one.

    Parameters
    ----------
    rows : as in :func:`overlap_share`

    Returns
    -------
    float
        In [0, 1).
    """
    (names,) = row_names(rows)
    return 1 - len(set(names)) / len(names)


def row_names(*tables):
    """What tells rows apart: equal rows have equal names, in all of these tables.

    Parameters
    ----------
    *tables : array-like of shape (n, ...), sparse matrix or data frame
        Numbers or text; columns of frames with other entries go by their labels.

    Returns
    -------
    list of list of bytes or tuple
        One a table.
    """
    tables = tuple(table.toarray() if sparse.issparse(table) else table for table in tables)
    labels = [column_labels(table) for table in tables]
    are_alike = None not in labels and all(set(own) == set(labels[0]) for own in labels)
    if are_alike and any(map(is_mixed, tables)):
        with contextlib.suppress(TypeError, ValueError):  # lists, say
            return [
                table_names(take_columns(table, [own.index(label) for label in labels[0]]))
                for table, own in zip(tables, labels, strict=True)
            ]
    return [_array_names(np.asarray(table)) for table in tables]


def _array_names(table):
    if table.dtype.kind in "biuf":
        rows = np.ascontiguousarray(table.reshape(len(table), -1), dtype=np.float64) + 0.0
        return [row.tobytes() for row in rows]
    return [
        tuple(repr(v) if type(v).__hash__ is None else v for v in np.ravel(row).tolist())
        for row in table
    ]
