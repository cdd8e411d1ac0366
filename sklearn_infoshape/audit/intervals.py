"""Intervals: a bootstrap of groups of test rows, for figures that are functions of sums."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

__all__ = ["Figure", "bootstrap_weights", "interval"]


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
    ndarray of shape (n_resamples, n_groups), dtype float32
    """
    n_groups = groups.max() + 1
    return rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), n_resamples).astype(
        np.float32
    )


def interval(columns, function, groups, weights, confidence, *, is_share=False):
    """A figure with its percentile interval over resamples of groups.

    Parameters
    ----------
    columns : ndarray of shape (n, m)
    function : callable
        Of sums of columns, shape (B, m), to shape (B,).
    groups : ndarray of shape (n,)
    weights : ndarray of shape (B, n_groups)
    confidence : float
        Each end errs with half of what is left.
    is_share : bool, default=False
        Whether the figure is a share of rows: then the lower limit is not above
        Clopper-Pearson's for as many groups, so that no flawless test rows pass for certainty.

    Returns
    -------
    Figure
    """
    by_group = np.zeros((weights.shape[1], columns.shape[1]))
    np.add.at(by_group, groups, columns)
    value = float(function(by_group.sum(axis=0, keepdims=True))[0])
    resampled = function(weights.astype(np.float64) @ by_group)
    error = (1 - confidence) / 2
    low, high = np.quantile(resampled, [error, 1 - error])
    if is_share:
        n = weights.shape[1]
        low = min(low, beta.ppf(error, max(value * n, 1e-9), n - value * n + 1))
    return Figure(value, float(low), float(high))
