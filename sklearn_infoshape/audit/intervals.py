"""Intervals: a bootstrap of groups of test rows, for figures that are functions of sums."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

__all__ = ["Figure", "bootstrap_weights", "intervals"]


@dataclass(frozen=True)
class Figure:
    """A measured figure and its interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    def to_list(self):
        """``[low, high]``."""
        return [self.low, self.high]


def bootstrap_weights(groups, n_resamples, rng):
    """How often each group is drawn in each resample.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        Whole numbers from 0 up, of the test rows.
    n_resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_resamples, n_groups)
    """
    n_groups = groups.max() + 1
    drawn = rng.integers(n_groups, size=(n_resamples, n_groups))
    drawn += np.arange(n_resamples)[:, None] * n_groups
    counts = np.bincount(drawn.ravel(), minlength=n_resamples * n_groups)
    return counts.reshape(n_resamples, n_groups).astype(np.float64)


def intervals(figures, groups, weights, confidence):
    """Figures with their percentile intervals over resamples of groups.

    Parameters
    ----------
    figures : dict of str to (ndarray of shape (n, m), callable)
        Columns, and a function of their sums, from shape (B, m) to shape (B,).
    groups : ndarray of shape (n,)
    weights : ndarray of shape (B, n_groups)
    confidence : float
        Each end errs with half of what is left.

    Returns
    -------
    dict of str to Figure
        The lower limit of "accuracy" is not above Clopper-Pearson's for as many groups, so
        that flawless test rows do not pass for certainty.
    """
    table = np.hstack([columns for columns, _ in figures.values()])
    n_groups = weights.shape[1]
    by_group = table
    if n_groups < len(table):
        by_group = np.zeros((n_groups, table.shape[1]))
        np.add.at(by_group, groups, table)
    totals, resampled = by_group.sum(axis=0, keepdims=True), weights @ by_group
    error = (1 - confidence) / 2
    found, start = {}, 0
    for name, (columns, function) in figures.items():
        own = slice(start, start + columns.shape[1])
        start = own.stop
        value = float(function(totals[:, own])[0])
        low, high = np.quantile(function(resampled[:, own]), [error, 1 - error])
        if name == "accuracy":
            hits = value * n_groups
            low = min(low, beta.ppf(error, max(hits, 1e-9), n_groups - hits + 1))
        found[name] = Figure(value, float(low), float(high))
    return found
