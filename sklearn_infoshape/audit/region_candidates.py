"""Rare regions of a release: rare codes, repeated values, narrow bins, leaves and clusters."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_infoshape.data.column_warnings import few_of
from sklearn_infoshape.data.scaling import CompressExtremes
from sklearn_infoshape.runtime.process import quiet
from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["FEWEST_SEARCHED", "code_partitions", "column_partitions", "tree_partitions"]

FEWEST_SEARCHED = 20
_BINS = (50, 20)
_CLUSTERS = 32
_TREES = 8
_LEAVES = 64


def code_partitions(codes, names):
    """Each code as a region.

    Parameters
    ----------
    codes : ndarray of shape (n,)
    names : sequence of str

    Returns
    -------
    list of (callable from int to str, ndarray of shape (n,), str)
        What to call a region, the region of each row (-1: none), and what to call several.
    """
    return [(lambda region: names[region], codes, "rare codes together")]


def column_partitions(Z, searched, seed):
    """Repeated values and narrow bins of each column, and clusters of all.

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    searched : ndarray of int
        The rows that place bins and clusters.
    seed : int

    Returns
    -------
    list
        As of :func:`code_partitions`; "" where regions are not to be put together.
    """
    found: list = []
    for j, column in enumerate(Z.T):
        values, which = np.unique(column, return_inverse=True)
        counts = np.bincount(which.ravel()[searched], minlength=len(values))
        if (counts > 1).any():
            repeated = np.where(counts[which.ravel()] > 1, which.ravel(), -1)
            name = f"a repeated value of column {j}"
            together = f"repeated values of column {j} together"
            found.append((lambda region, name=name: name, repeated, together))
        for n_bins in _BINS:
            borders = np.quantile(column[searched], np.arange(1, n_bins) / n_bins)
            bins = np.searchsorted(borders, column, side="right")

            def called(region, j=j, n_bins=n_bins):
                ends = [100 * end // n_bins for end in (region, region + 1)]
                return f"column {j}, values ranked {ends[0]} to {ends[1]} %"

            found.append((called, bins, ""))
    if len(searched) > _CLUSTERS * FEWEST_SEARCHED:
        rows = make_pipeline(CompressExtremes(), StandardScaler()).fit(Z[searched]).transform(Z)
        with one_thread(), quiet():
            clusters = KMeans(_CLUSTERS, n_init=1, max_iter=20, random_state=seed)
            labels = clusters.fit(rows[searched]).predict(rows)
        found.append((lambda region: "a cluster of all columns", labels, ""))
    return found


def tree_partitions(Z, classes, searched, seed):
    """Leaves of trees that were grown on some rows.

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    classes : ndarray of shape (n,)
    searched : ndarray of int
    seed : int

    Returns
    -------
    list
        As of :func:`column_partitions`.
    """
    grown = {
        "min_samples_leaf": FEWEST_SEARCHED,
        "max_leaf_nodes": _LEAVES,
        "criterion": "entropy",
        "random_state": seed,
    }
    with one_thread(), quiet():
        tree = DecisionTreeClassifier(**grown).fit(Z[searched], classes[searched])
        forest = ExtraTreesClassifier(_TREES, **grown).fit(Z[searched], classes[searched])
    trees = [tree.tree_, *(own.tree_ for own in forest.estimators_)]
    leaves = [tree.apply(Z), *forest.apply(Z).T]
    return [(_leaf_names(grown), own, "") for grown, own in zip(trees, leaves, strict=True)]


def _leaf_names(tree):
    """What to call a leaf: by the columns that lead to it."""
    columns: list = [frozenset()] * tree.node_count
    for node in range(tree.node_count):  # parents come before their children
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                columns[child] = columns[node] | {int(tree.feature[node])}

    def called(region):
        own = [*map(str, sorted(columns[region]))]
        return f"a leaf of a tree on column {few_of(own, most=3)}"

    return called
