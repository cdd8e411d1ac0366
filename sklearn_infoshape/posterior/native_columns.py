"""Columns of a table as trees read them: a gap is a gap, a category is a column a level.

Trees that split one column of a category by sets of its levels found no more: ``python -m
benchmarks.mixed_tables`` compares both.
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline

__all__ = ["NativeColumns", "reads_natively"]


class NativeColumns(TransformerMixin, BaseEstimator):
    """Make gaps of what was filled, in place of a column that tells where they are.

    Parameters
    ----------
    blocks : sequence of (str, int, bool)
        For each column of a table its kind ("category" or another), the number of columns that
        it became, and whether the last of these tells where gaps are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.native_columns import NativeColumns
    >>> native = NativeColumns([("category", 2, True), ("number", 2, True)])
    >>> native.fit_transform(np.array([[1, 0, 5.5, 0], [0, 1, 4, 1]]))
    array([[1. , 0. , 5.5],
           [0. , 1. , nan]])
    """

    def __init__(self, blocks):
        self.blocks = blocks

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Columns of levels, numbers, NaN for gaps; shape (n, q)."""
        X, columns, start = np.asarray(X, dtype=np.float64), [], 0
        for kind, width, has_gaps in self.blocks:
            block = X[:, start : start + width]
            start += width
            if kind != "category" and has_gaps:
                block = np.where(block[:, -1:] > 0, np.nan, block[:, :-1])
            columns.append(block)
        return np.hstack(columns)

    def __sklearn_is_fitted__(self):
        return True

    @property
    def n_columns(self):
        """How many columns there are."""
        return sum(
            width - (has_gaps and kind != "category") for kind, width, has_gaps in self.blocks
        )


def reads_natively(build, blocks, shape, *others):
    """Trees on coarse bins that read gaps of a table by themselves.

    Parameters
    ----------
    build : callable
        From a shape and ``others`` to a pipeline that ends in
        :class:`~sklearn_infoshape.posterior.binning.CoarseBins` and trees.
    blocks : sequence of (str, int, bool), or None
        As of :class:`NativeColumns`; None: all columns are numbers.
    shape : tuple of int
        Of the rows.
    *others

    Returns
    -------
    classifier
        As ``build`` makes it where there are no blocks, or so many columns that it puts more
        before the bins.
    """
    if blocks is not None:
        native = NativeColumns(blocks)
        member = build((shape[0], native.n_columns), *others)
        if len(member.steps) == 2:
            return make_pipeline(native, *(step for _, step in member.steps))
    return build(shape, *others)
