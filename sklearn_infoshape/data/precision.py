"""Columns whose digits single precision cannot hold: a large offset is taken away first."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.column_warnings import few_of
from sklearn_infoshape.exceptions import PrecisionWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["Shift", "find_shift"]

_MOST_ROWS = 2_000  # by which lost digits are found
_MOST_VALUES = 2_000_000
_FEWEST_ROWS = 200
_MOST_LOST = 0.1  # of the distinct values of a column
_FEWEST_STEPS = 100  # of single precision, between the least and the greatest value


@dataclass(frozen=True)
class Shift:
    """What is taken from each column, and its unit; 0 and 1 where single precision will do.

    Attributes
    ----------
    offset, unit : ndarray of shape (p,)
        Rounded, so that the offset is no row's own digits.
    """

    offset: np.ndarray
    unit: np.ndarray

    def apply(self, X):
        """Rows of shape (n, p) less the offsets, in units; float64."""
        return (np.asarray(X, dtype=np.float64) - self.offset) / self.unit


def find_shift(X, names=None):
    """What to take from columns, of which distinct values would fall together.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Finite numbers.
    names : sequence of str, default=None
        Of the columns, for the warning.

    Returns
    -------
    Shift, or None where no column needs one

    Warns
    -----
    PrecisionWarning
        If an offset does not help: values near one place and far from it differ in digits
        that no single precision holds side by side.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.precision import find_shift
    >>> X = np.random.default_rng(0).normal(size=(100, 2)) + [0, 1e8]
    >>> find_shift(X).offset
    array([0.e+00, 1.e+08])
    """
    table = X.reshape(len(X), -1)
    n_rows = np.clip(_MOST_VALUES // max(1, table.shape[1]), _FEWEST_ROWS, _MOST_ROWS)
    some = table[:: max(1, len(table) // int(n_rows))]
    if X.dtype != np.float64:
        _warn_of(np.flatnonzero(_is_coarse(some)), names, "came in")
        return None
    crowded = np.flatnonzero(_lost_share(some) > _MOST_LOST)
    if not len(crowded):
        return None
    shift = None
    if X.ndim == 2:  # pixels of an image keep their common scale
        shift = Shift(np.zeros(X.shape[1]), np.ones(X.shape[1]))
        for j in crowded:
            shift.offset[j], shift.unit[j] = _offset_and_unit(some[:, j])
        crowded = crowded[_lost_share(shift.apply(some)[:, crowded]) > _MOST_LOST]
    _warn_of(crowded, names, "are read in")
    return shift


def _warn_of(columns, names, how):
    if not len(columns):
        return
    which = few_of([repr(str(names[j])) if names is not None else str(j) for j in columns])
    warn(
        f"Rows {how} single precision, in which distinct values of column {which} fall together. "
        "Subtract the offset of these columns and scale them before, in float64, for example with "
        "sklearn.preprocessing.StandardScaler or QuantileTransformer in the same Pipeline.",
        PrecisionWarning,
    )


def _is_coarse(table):
    """Which columns of single precision spread over so few steps that digits were lost before."""
    low, high = table.min(axis=0).astype(np.float64), table.max(axis=0).astype(np.float64)
    step = np.spacing(np.maximum(np.abs(low), np.abs(high)).astype(np.float32))
    inexact = (step >= 2) | (table != np.floor(table)).any(axis=0)
    return inexact & (high > low) & (high - low <= _FEWEST_STEPS * step)


def _lost_share(table):
    """Share of the distinct values of each column that others swallow in single precision."""
    with np.errstate(over="ignore", under="ignore"):
        single = table.astype(np.float32)
    return 1 - _n_distinct(single) / _n_distinct(table)


def _n_distinct(table):
    ordered = np.sort(table, axis=0)
    return 1 + (ordered[1:] != ordered[:-1]).sum(axis=0)


def _offset_and_unit(column):
    low, middle, high = np.quantile(column, [0.25, 0.5, 0.75])
    spread = high - low if high > low else column.std()
    with np.errstate(all="ignore"):
        unit = 10.0 ** np.floor(np.log10(spread))
    if not np.isfinite(unit) or unit == 0:
        return 0.0, 1.0
    return np.round(middle / unit) * unit, unit
