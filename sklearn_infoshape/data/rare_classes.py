"""Classes with too few rows to be learned and scored: pooled into one, or left out."""

import numpy as np

from sklearn_infoshape.exceptions import RareClassWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["pool_rare", "warn_of_rare"]


def pool_rare(classes, fewest):
    """Make one class of all classes with few rows; too few rows together are left out.

    What is known of a function of a label is known of the label: pooling keeps *at least*
    true, where a figure of the label itself could not be had at all.

    Parameters
    ----------
    classes : ndarray of shape (n,), dtype int
        From 0 up; below 0 where the label is missing.
    fewest : int
        Rows of a class that is kept.

    Returns
    -------
    classes : ndarray of shape (n,), dtype int
        From 0 up without gaps, in the old order, the pooled class last; -1 where missing or
        left out.
    n_rare : int
        How many classes were pooled or left out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.rare_classes import pool_rare
    >>> pool_rare(np.array([0, 0, 0, 1, 2, 2, 3, 3, 3]), 3)
    (array([0, 0, 0, 2, 2, 2, 1, 1, 1]), 2)
    """
    classes = np.asarray(classes)
    known = classes >= 0
    which, counts = np.unique(classes[known], return_inverse=True, return_counts=True)[1:]
    rare = counts < fewest
    number = np.cumsum(~rare) - 1
    number[rare] = (~rare).sum() if counts[rare].sum() >= fewest else -1
    pooled = np.full(len(classes), -1)
    pooled[known] = number[which.ravel()]
    return pooled, int(rare.sum())


def warn_of_rare(name, scored, n_rare, n_new, fewest):
    """Say which rows of a label are not scored by the class that they have.

    Parameters
    ----------
    name : str
    scored : ndarray of shape (n,), dtype int
        Classes that are scored.
    n_rare : int
        Classes that were pooled or left out.
    n_new : int
        Rows of classes that the fit has not seen.
    fewest : int
        Rows of a class that is kept.
    """
    if n_rare or n_new:
        what = f"{n_rare} of its classes have fewer than {fewest} rows where it is scored"
        if n_new:
            what = f"{n_new} rows have a class that the fit has not seen, and {what}"
        warn(
            f"{name}: {what}; they are scored as one class, or left out if they are too few "
            "together. Merge rare classes, or use fewer folds or a splitter that stratifies by "
            "this label.",
            RareClassWarning,
        )
    if len(np.unique(scored)) < 2:
        warn(
            f"{name} has one class only where it is scored, so that there is nothing to find: it "
            "counts as 0 bits. Use fewer folds, or a splitter that stratifies by this label.",
            RareClassWarning,
        )
