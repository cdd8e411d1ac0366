"""Weighted points that stand for many rows of posterior space: Lloyd's k-means, on one thread."""

import numpy as np
from scipy.spatial import cKDTree

from sklearn_infoshape.codes.lagrangian import small_slices

__all__ = ["Cells", "means", "prototypes"]

_ROWS_TO_CLUSTER = 20_000
_LLOYD_STEPS = 10
_LLOYD_STEPS_OF_CELLS = 4


def means(points, share, members, number):
    """The mean of the points that each of a number of cells has, weighted by their shares."""
    weight = np.bincount(members, share, number)
    sums = np.stack([np.bincount(members, share * column, number) for column in points.T], axis=1)
    return sums / np.maximum(weight, 1e-300)[:, None]


def prototypes(points, share, most, seed):
    """At most ``most`` weighted points that stand for distinct weighted ones.

    Parameters
    ----------
    points : ndarray of shape (n, D)
    share : ndarray of shape (n,)
    most, seed : int

    Returns
    -------
    points : ndarray of shape (m, D)
        Means of the cells; of all points, few of which may have made the cells.
    share : ndarray of shape (m,)
    """
    if len(points) <= most:
        return points, share
    centres = _centres(points, share, most, seed)
    nearest = _nearest(points, centres)
    weight = np.bincount(nearest, share, most)
    return means(points, share, nearest, most)[weight > 0], weight[weight > 0]


class Cells:
    """Cells of posterior space, none of which few persons have.

    Attributes
    ----------
    centres : ndarray of shape (m, D)
        A point is of the cell whose centre is nearest.
    members : ndarray of shape (n,), dtype int
        The cell of each of the points that made them.

    Parameters
    ----------
    points : ndarray of shape (n, D)
    share : ndarray of shape (n,)
    most, seed : int
    fewest : int
        A cell that fewer have is given up, and its points are those of its neighbours.
    persons : ndarray of shape (n,), dtype int, optional
        Who each point is of; None: each is of a person of its own.
    counts : ndarray of shape (n,), optional
        Persons that each point stands for.
    """

    def __init__(self, points, share, most, seed, *, fewest, persons=None, counts=None):
        def members_of(centres):
            return cKDTree(centres).query(points)[1]

        def without_rare(centres):
            while True:
                members = members_of(centres)
                held = _holders(members, len(centres), persons, counts)
                rare = np.flatnonzero(held < fewest)
                if not len(rare) or len(centres) == 1:
                    return centres, members
                # The rarest go first, half of them at a time: neighbours then may have enough.
                gone = rare[held[rare].argsort(kind="stable")][: (len(rare) + 1) // 2]
                centres = np.delete(centres, gone[: len(centres) - 1], axis=0)

        centres, members = without_rare(_centres(points, share, most, seed, _LLOYD_STEPS_OF_CELLS))
        # A centre is kept, and is a mean of these persons, each of whom counts as much as another.
        even = np.ones(len(points)) if counts is None else counts
        if persons is not None:
            even = even / np.bincount(persons, even)[persons]
        self.centres, self.members = without_rare(means(points, even, members, len(centres)))


def _holders(members, number, persons, counts):
    if persons is not None:
        members = np.unique(np.column_stack([persons, members]), axis=0)[:, 1]
    return np.bincount(members, counts, number)


def _centres(points, share, most, seed, n_steps=_LLOYD_STEPS):
    rng = np.random.RandomState(seed)
    some, weight = points, share
    if len(points) > _ROWS_TO_CLUSTER:
        kept = rng.choice(len(points), _ROWS_TO_CLUSTER, replace=False)
        some, weight = points[kept], share[kept]
    centres = some[rng.choice(len(some), most, replace=False, p=weight / weight.sum())]
    for _ in range(n_steps):
        nearest = _nearest(some, centres)
        used = np.bincount(nearest, weight, most) > 0
        centres = np.where(used[:, None], means(some, weight, nearest, most), centres)
    return centres


def _nearest(points, centres):
    """Position of the nearest centre to each point."""
    half_norms = 0.5 * (centres**2).sum(axis=1)
    parts = small_slices(len(points), centres.size)
    return np.concatenate([(points[p] @ centres.T - half_norms).argmax(axis=1) for p in parts])
