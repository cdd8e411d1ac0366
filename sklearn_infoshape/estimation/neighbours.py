"""Nearest neighbours: information from distances alone, right in few dimensions."""

import numpy as np
from scipy.spatial import KDTree
from scipy.special import digamma

__all__ = ["neighbour_information"]


def neighbour_information(z, l_, n_neighbors):
    """The estimator of Kraskov, Stögbauer and Grassberger, row by row.

    Parameters
    ----------
    z : ndarray of shape (n, p)
        Columns on one scale, without equal rows.
    l_ : ndarray of shape (n, q)
    n_neighbors : sequence of int
        Each less than n; few neighbours mean little bias and much noise.

    Returns
    -------
    ndarray of shape (len(n_neighbors), n)
        Each row's part in nats; the estimate is the mean.

    References
    ----------
    A. Kraskov, H. Stögbauer and P. Grassberger, "Estimating mutual information", 2004, eq. 8.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.neighbours import neighbour_information
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(2000, 1))
    >>> l = 0.6 * z + 0.8 * rng.normal(size=(2000, 1))
    >>> bool(abs(neighbour_information(z, l, [5]).mean() + np.log(0.8)) < 0.05)
    True
    """
    n = len(z)
    both = np.hstack([z, l_])
    ranks = [k + 1 for k in n_neighbors]  # the nearest row is the row itself
    distances = KDTree(both).query(both, ranks, p=np.inf)[0]
    # Strictly less than the distance to the k-th neighbour counts (their first algorithm).
    radii = np.nextafter(distances, 0)
    values = np.empty((len(ranks), n))
    for i, k in enumerate(n_neighbors):
        counts = [_within(part, radii[:, i]) for part in (z, l_)]  # the row itself included
        values[i] = digamma(k) + digamma(n) - digamma(counts[0]) - digamma(counts[1])
    return values


def _within(points, radii):
    """How many points lie within a distance of each, itself included."""
    if points.shape[1] > 1:
        return KDTree(points).query_ball_point(points, radii, p=np.inf, return_length=True)
    line = np.sort(points[:, 0])
    high = np.searchsorted(line, points[:, 0] + radii, side="right")
    return high - np.searchsorted(line, points[:, 0] - radii, side="left")
