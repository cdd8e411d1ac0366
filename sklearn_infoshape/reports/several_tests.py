"""Several tests at once."""

import numpy as np

__all__ = ["holm"]


def holm(p_values):
    """Holm's adjustment of several p-values.

    Parameters
    ----------
    p_values : sequence of float

    Returns
    -------
    list of float
        In the same order; the probability of any false rejection is at most the level.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6, 1979.

    Examples
    --------
    >>> from sklearn_infoshape.reports.several_tests import holm
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted.tolist()
