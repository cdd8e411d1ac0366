"""Intervals that hold near the border, where a bootstrap of flawless rows is sure of itself.

Test groups are weighed by exponential draws (a Bayesian bootstrap), and to them comes, for each
limit, one row more: the worst that there can be for the lower limit, the best for the upper.
Of a share of n rows that is Clopper and Pearson's limit; of a mean of bounded scores Gaffke's; of
an average over classes, each with a row of its own, the melded limit of Fay and others.

References
----------
C. Clopper and E. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26, 1934. N. Gaffke, "Three test statistics for a nonparametric one-sided
hypothesis on the mean of a nonnegative variable", Mathematical Methods of Statistics 14, 2005
(exact for shares; for other scores upheld by simulation: E. Learned-Miller and P. Thomas, "A new
confidence interval for the mean of a bounded random variable", 2020). M. Fay, M. Proschan and
E. Brittain, "Combining one-sample confidence procedures for inference in the two-sample case",
Biometrics 71, 2015.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.audit.shares import lower_share, upper_share

__all__ = ["Figure", "Statistic", "exponential_weights", "group_sums", "intervals"]


@dataclass(frozen=True)
class Figure:
    """A measured figure and its interval.

    Attributes
    ----------
    value : float
        The estimate.
    low, high : float
        Ends of its interval.
    """

    value: float
    low: float
    high: float

    def to_list(self):
        """The interval as a list.

        Returns
        -------
        list of float
            ``[low, high]``.
        """
        return [self.low, self.high]


@dataclass(frozen=True)
class Statistic:
    """A figure as a function of sums over rows, and the extreme rows that there could be.

    Attributes
    ----------
    columns : ndarray of shape (n, m)
    function : callable
        From sums of shape (B, m) to shape (B,).
    least, most : ndarray of shape (r, m)
        Rows that pull the figure down, or up, as far as a row can.
    upper_columns, upper_function
        For the upper limit, where it needs others; None: the same.
    is_share : bool
        Whether columns are hit (0 or 1) and one.
    """

    columns: np.ndarray
    function: Callable
    least: np.ndarray
    most: np.ndarray
    upper_columns: np.ndarray | None = None
    upper_function: Callable | None = None
    is_share: bool = False

    def value(self, weights):
        """The figure of rows with weights, shape (n,)."""
        return float(self.function(weights[None] @ self.columns)[0])


def exponential_weights(n_groups, n_resamples, rng):
    """Weights of groups in each resample, whose shares of the whole are Dirichlet.

    Parameters
    ----------
    n_groups, n_resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_resamples, n_groups)
    """
    return rng.standard_exponential((n_resamples, n_groups))


def group_sums(columns, groups, weights):
    """Weighted sums of rows over groups.

    Parameters
    ----------
    columns : ndarray of shape (n, m)
    groups : ndarray of shape (n,)
        Whole numbers from 0 up.
    weights : ndarray of shape (n,)
        One over the group's rows, so that each group counts once.

    Returns
    -------
    ndarray of shape (n_groups, m)
    """
    n_groups = groups.max() + 1
    if n_groups == len(groups):
        return columns[np.argsort(groups)]
    table = np.zeros((n_groups, columns.shape[1]))
    np.add.at(table, groups, columns * weights[:, None])
    return table


def intervals(statistics, groups, draws, confidence, rng):
    """Figures with their intervals, a group being one observation.

    Parameters
    ----------
    statistics : dict of str to Statistic
    groups : ndarray of shape (n,)
        Whole numbers from 0 up.
    draws : ndarray of shape (B, n_groups)
        Of :func:`exponential_weights`.
    confidence : float
        Each end errs with half of what is left.
    rng : numpy.random.Generator
        For the weights of the extreme rows.

    Returns
    -------
    dict of str to Figure
    """
    weights = 1.0 / np.bincount(groups)[groups]
    error = (1 - confidence) / 2
    found = {}
    for name, own in statistics.items():
        by_group = group_sums(own.columns, groups, weights)
        value = float(own.function(by_group.sum(axis=0, keepdims=True))[0])
        whole = np.rint(by_group)
        if own.is_share and np.abs(by_group - whole).max() < 1e-9:  # each group is hit or not
            hits, n = whole.sum(axis=0)
            low, high = lower_share(hits, n, error), upper_share(hits, n, error)
        else:
            low = _limit(by_group, own.function, own.least, draws, error, rng)
            if own.upper_columns is not None:
                by_group = group_sums(own.upper_columns, groups, weights)
            function = own.upper_function or own.function
            high = _limit(by_group, function, own.most, draws, 1 - error, rng)
        found[name] = Figure(value, float(min(low, value)), float(max(high, value)))
    return found


def _limit(by_group, function, extremes, draws, level, rng):
    sums = draws @ by_group
    if len(extremes):
        sums += rng.standard_exponential((len(draws), len(extremes))) @ extremes
    # The draw on the outer side: between two of them the level would be a little too low.
    return np.quantile(function(sums), level, method="lower" if level < 0.5 else "higher")
