"""Scales of columns that a few extreme rows do not decide.

One value of ten million among two thousand makes a deviation of which all other rows are a
hundred-thousandth: to whatever comes behind a plain scaler they are then equal.
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["CompressExtremes", "affine_map", "extreme_limits", "standardise", "within_range"]

_TAIL = 0.01  # of the rows, at each end, that do not say how far values reach
_REACH = 12.0  # thirds of the way from the median to the tails: about nine deviations
_CLIP = 6.0
_LARGE = 1e30  # trees read single precision, and squares are added up


def extreme_limits(rows, *, one_unit=False):
    """Values beyond which a column holds extremes.

    Ordinary rows lie within them, heavy tails mostly too: a third of the way from the median
    to the outer percents is taken twelve times. Where all but a percent of the rows are equal,
    half of the others lie within a twelfth of the limits.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
    one_unit : bool, default=False
        Whether columns share a unit: then the reach of the typical column is granted to all.

    Returns
    -------
    lower, upper : ndarray of shape (p,)
        Rounded, so that no row's value stands there.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.scaling import extreme_limits
    >>> column = np.r_[np.linspace(-3, 3, 2000), 1e7][:, None]
    >>> np.concatenate(extreme_limits(column)).round(1)
    array([-12.,  12.])
    """
    n = len(rows)
    last, middle = int(_TAIL * n) + 1, n // 2
    first, last = min(last, middle), max(n - 1 - last, middle)
    parted = np.partition(rows, [first, middle, last], axis=0)[[first, middle, last]]
    below, median, above = parted.astype(np.float64)
    spread = np.maximum(median - below, above - median) / 3
    moves = spread > 0
    for j in np.flatnonzero(~moves):
        distance = np.abs(rows[:, j] - median[j])
        others = distance[distance > 0]
        spread[j] = np.median(others) if len(others) else 0.0
    if one_unit and (spread > 0).any():
        varies = moves if moves.any() else spread > 0
        typical = np.median(spread[varies])
        # One row's extreme in a column that is constant otherwise is no unit of all.
        spread = np.where(varies, np.maximum(spread, typical), typical)
    reach = _REACH * np.where(spread > 0, spread, 1.0)
    unit = 10.0 ** np.floor(np.log10(reach) - 1)
    lower, upper = np.floor((median - reach) / unit), np.ceil((median + reach) / unit)
    widest = np.finfo(np.float32).max  # rows are float32
    return np.clip(lower * unit, -widest, widest), np.clip(upper * unit, -widest, widest)


def within_range(rows):
    """Columns of which single precision and sums of squares hold every entry.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Finite.

    Returns
    -------
    ndarray of shape (n, p)
        The same array, mostly; columns that reach further are divided by a power of two, which
        leaves their digits as they are.
    """
    most = np.abs(rows).max(axis=0, initial=0.0)
    large = most > _LARGE
    return rows * np.where(large, 0.5 ** np.frexp(most)[1], 1.0) if large.any() else rows


class CompressExtremes(TransformerMixin, BaseEstimator):
    """Bring extreme values close to the limits of their column, in their order.

    Ordinary values stay as they are, to the bit. Unlike clipping it keeps what may hide in the
    size of an extreme.
    """

    def fit(self, X, y=None):
        """Find the limits of each column."""
        self.lower_, self.upper_ = extreme_limits(np.asarray(X))
        return self

    def transform(self, X):
        """Columns whose values beyond the limits come to lie close behind them."""
        X = np.asarray(X)
        X = X if X.dtype.kind == "f" else X.astype(np.float64)
        within = np.clip(X, self.lower_.astype(X.dtype), self.upper_.astype(X.dtype))
        unit = np.maximum((self.upper_ - self.lower_) / (2 * _REACH), 1e-300)
        beyond = X.astype(np.float64) - within
        log = np.log1p(np.abs(beyond) / unit)
        return within + (np.sign(beyond) * unit * log / (1 + log)).astype(X.dtype)


def affine_map(rows):
    """Mean and deviation of each column; of all pixels at once where rows have a shape.

    Parameters
    ----------
    rows : ndarray of shape (n, ...)
        Taken within their :func:`extreme_limits`.

    Returns
    -------
    location, scale : ndarray of shape (p,) or ()
    """
    columns = rows if rows.ndim == 2 else rows.reshape(-1, 1)
    lower, upper = (limit.astype(columns.dtype) for limit in extreme_limits(columns))
    columns = np.clip(columns, lower, upper)
    location = columns.mean(axis=0, dtype=np.float64)
    scale = columns.std(axis=0, dtype=np.float64)
    if rows.ndim != 2:
        location, scale = location[0], scale[0]
    return location, np.where(scale > 0, scale, 1.0)


def standardise(rows, location, scale):
    """Bring raw rows to mean 0 and deviation 1, clipped where a tail would shout.

    Parameters
    ----------
    rows : ndarray of shape (n, ...)
    location, scale : ndarray of shape (p,) or scalar

    Returns
    -------
    ndarray of shape (n, ...), dtype float64
    """
    return np.clip((rows.astype(np.float64) - location) / scale, -_CLIP, _CLIP)
