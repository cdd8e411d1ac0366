"""Two finite variables: a table of counts, between what holds on other rows and what it shows."""

import numpy as np

from sklearn_infoshape.estimation.measurement import Measurement, most_entropy
from sklearn_infoshape.information import pointwise_information

__all__ = ["codes_of", "measure_table"]

_PSEUDO_ROWS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1e3, 1e6)
_PRIOR_ROWS = 0.5
# Where the truth lay between the two values, in 30 random tables of 2 to 60 codes and classes,
# sparse, dense and nearly independent: at least and at most, as shares of the way.
_LEAST, _MOST_INDEPENDENT, _MOST_DEPENDENT = 0.2, 0.35, 1.0
_USUAL_NOISE = 1.96  # standard errors


def codes_of(columns):
    """Each distinct row as one code.

    Parameters
    ----------
    columns : ndarray of shape (n, p)

    Returns
    -------
    values : ndarray of shape (K, p)
        The distinct rows, in order.
    codes : ndarray of shape (n,)
        Positions in ``values``.
    """
    values, codes = np.unique(columns, axis=0, return_inverse=True)
    return values, codes.ravel()


def measure_table(codes, labels):
    """Information of two finite variables from their table of counts.

    The plug-in of a table is too much on average, by convexity of the Kullback-Leibler
    divergence. What a smoothed table says of rows that it has not counted (leave-one-out, in
    closed form) is too little, as every cross-entropy is. The value lies between: at the lower
    where that is nothing, near the middle where it is much more than their distance.

    Parameters
    ----------
    codes, labels : ndarray of shape (n,)
        Integers from 0.

    Returns
    -------
    Measurement
        Without a score: the caller knows which row has which code.

    References
    ----------
    L. Paninski, "Estimation of entropy and mutual information", 2003 (the plug-in's bias, and
    why a correction by the number of cells, as G. Miller's of 1955, fails where most are rare).
    The standard error is that of the delta method, J. Hutcheson 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.table import measure_table
    >>> codes = np.repeat([0, 1], 500)
    >>> round(measure_table(codes, codes).nats, 2)  # log 2
    0.69
    """
    n = len(codes)
    table = np.zeros((codes.max() + 1, labels.max() + 1))
    np.add.at(table, (codes, labels), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    joint = table / n
    by_code, by_label = joint.sum(axis=1), joint.sum(axis=0)
    occupied = (joint > 0).sum() - len(by_code) - len(by_label) + 1
    density = pointwise_information(joint)
    plugin = float((joint * density).sum())
    variance = max(0.0, float((joint * density**2).sum()) - plugin**2)
    # Near independence the delta method sees no noise; the chi-square law of 2n I does.
    error = np.sqrt(variance / n + max(occupied, 1) / (2 * n**2))
    # Both directions are lower bounds; the larger does not depend on which variable comes first.
    lower = min(plugin, max(_left_out(table), _left_out(table.T)))
    way = plugin - lower
    stands_out = max(lower, 0.0) / (max(lower, 0.0) + 0.5 * way) if way > 0 else 1.0
    value = lower + 0.5 * stands_out * way
    most = _MOST_INDEPENDENT + (_MOST_DEPENDENT - _MOST_INDEPENDENT) * stands_out
    # Where between the two the truth lies does not depend on the noise: they add in squares.
    noise = _USUAL_NOISE * error
    below = np.hypot(noise, value - lower - _LEAST * stands_out * way) - noise
    above = np.hypot(noise, lower + most * way - value) - noise
    cap = min(most_entropy(table.sum(axis=0)), most_entropy(table.sum(axis=1)))
    parts = {"plugin": plugin, "bias": value - plugin}
    return Measurement(float(value), float(error), below, above, cap, parts, limit=cap)


def _left_out(table):
    """Mean log ratio that a table, shrunk to the shares of its columns, gives rows left out.

    Parameters
    ----------
    table : ndarray of shape (K, C)
        Counts.

    Returns
    -------
    float
        Nats; for the number of pseudo-rows for which it is most.
    """
    n = table.sum()
    of_row, of_column = table.sum(axis=1, keepdims=True), table.sum(axis=0)
    prior = of_column - 1 + _PRIOR_ROWS
    prior = prior / (n - 1 + _PRIOR_ROWS * len(of_column))
    used = table > 0
    values = []
    for rows in _PSEUDO_ROWS:
        posterior = (table - 1 + rows * prior) / (of_row - 1 + rows)
        ratio = np.zeros_like(table)
        np.divide(posterior, prior, out=ratio, where=used)
        values.append(float((table[used] * np.log(ratio[used])).sum() / n))
    return max(values)
