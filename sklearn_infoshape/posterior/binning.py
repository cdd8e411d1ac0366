"""Columns in bins that no single row places, as boosting reads them."""

from bisect import bisect_left

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["CoarseBins"]


class CoarseBins(TransformerMixin, BaseEstimator):
    """Replace each value by the number of its bin, so that no model stores a row's value.

    A boosting's split threshold is often one training row's exact value, or lies between the
    values of two. Between two borders here, and beyond the outer ones, lie at least ``min_rows``
    of the rows that were fitted on; and a border lies on a grid that is about as wide as one
    row's share of the bins beside it, moved by a part of it that no table has.

    Parameters
    ----------
    n_bins : int, default=250
        At most; few rows make fewer.
    min_rows : int, default=10

    Attributes
    ----------
    borders_ : list of ndarray
        Of each column, in rising order. Missing values (NaN) stay missing.
    """

    def __init__(self, n_bins=250, min_rows=10):
        self.n_bins = n_bins
        self.min_rows = min_rows

    def fit(self, X, y=None):
        """Find the borders of each column."""
        columns = np.sort(np.asarray(X, dtype=np.float64), axis=0).T
        n_known = len(columns.T) - np.isnan(columns).sum(axis=1)
        self.borders_ = [
            _borders(column[:n], self.n_bins, self.min_rows)
            for column, n in zip(columns, n_known, strict=True)
        ]
        return self

    def transform(self, X):
        """Bin numbers, shape (n, p), as float64."""
        X = np.asarray(X, dtype=np.float64)
        binned = np.empty(X.shape)
        for j, borders in enumerate(self.borders_):
            binned[:, j] = np.searchsorted(borders, X[:, j], side="right")
        binned[np.isnan(X)] = np.nan
        return binned


def _borders(values, n_bins, min_rows):
    """Borders among sorted values, with so many of them between any two."""
    n = len(values)
    ends = np.flatnonzero(np.diff(values)) + 1  # numbers of values below each possible border
    if not len(ends):
        return np.empty(0)
    # One border for each rank that is to be reached, whatever the values: extremes move none.
    ranks = np.arange(1, n_bins) * (n / n_bins) if len(ends) >= n_bins else ends
    ends = _spaced(
        np.unique(ends[np.minimum(np.searchsorted(ends, ranks), len(ends) - 1)]), n, min_rows
    )
    if not len(ends):
        return np.empty(0)
    below, above = values[ends - 1], values[ends]
    firsts, lasts = values[np.r_[0, ends]], values[np.r_[ends - 1, n - 1]]
    widths = lasts - firsts
    # A border between two heaps moves within the gap, one in a crowd within the bins beside it.
    room = np.maximum(above - below, np.minimum(widths[:-1], widths[1:]) / 2)
    unit = 10.0 ** np.floor(np.log10(room / 4))
    rounded = (np.round((below + above) / 2 / unit) + 0.3183098861837907) * unit
    rounded = np.unique(rounded)
    ends = np.searchsorted(values, rounded)
    return rounded[np.isin(ends, _spaced(np.unique(ends), n, min_rows))]


def _spaced(ends, n, min_rows):
    """As many of these ranks as leave at least ``min_rows`` between two and at both ends."""
    ranks, kept = ends.tolist(), []
    position = bisect_left(ranks, min_rows)
    while position < len(ranks) and ranks[position] <= n - min_rows:
        kept.append(ranks[position])
        position = bisect_left(ranks, kept[-1] + min_rows, position)
    return np.array(kept, dtype=int)
