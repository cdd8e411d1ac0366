"""Columns of a table as trees read them: a category is one column, a gap is a gap."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline

from sklearn_infoshape.posterior.binning import CoarseBins

__all__ = ["NativeColumns", "reads_natively"]


class NativeColumns(TransformerMixin, BaseEstimator):
    """Make one column of a category's levels, and gaps of what was filled.

    Parameters
    ----------
    blocks : sequence of (str, int, bool)
        For each column of a table its kind ("category" or another), the number of columns that
        it became, and whether the last of these tells where gaps are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.native_columns import NativeColumns
    >>> native = NativeColumns([("category", 3, True), ("number", 2, True)])
    >>> native.fit_transform(np.array([[0, 1, 0, 5.5, 0], [0, 0, 0, 7, 0], [0, 0, 1, 4, 1]]))
    array([[1. , 5.5],
           [2. , 7. ],
           [nan, nan]])
    """

    def __init__(self, blocks):
        self.blocks = blocks

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Numbers of levels, numbers, NaN for gaps; shape (n, q)."""
        X, columns, start = np.asarray(X, dtype=np.float64), [], 0
        for kind, width, has_gaps in self.blocks:
            block = X[:, start : start + width]
            start += width
            known = block[:, : width - has_gaps]
            if kind == "category":
                # One more number for rare levels, which have zeros throughout.
                level = np.column_stack([known, ~known.any(axis=1)]).argmax(axis=1)
                gaps = has_gaps & (block[:, -1] > 0)
                columns.append(np.where(gaps, np.nan, level)[:, None])
            elif has_gaps:
                columns.append(np.where(block[:, -1:] > 0, np.nan, known))
            else:
                columns.append(known)
        return np.hstack(columns)

    def __sklearn_is_fitted__(self):
        return True

    @property
    def categories(self):
        """Which of the columns are categories, shape (q,), dtype bool."""
        return np.concatenate(
            [
                [True] if kind == "category" else np.zeros(width - has_gaps, dtype=bool)
                for kind, width, has_gaps in self.blocks
            ]
        ).astype(bool)


def reads_natively(build, blocks, shape, *others):
    """Trees on coarse bins that read categories and gaps of a table by themselves.

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
        categories = native.categories
        member = build((shape[0], len(categories)), *others)
        if len(member.steps) == 2:
            bins, trees = (step for _, step in member.steps)
            trees.set_params(categorical_features=categories)
            bins = CoarseBins(bins.n_bins, bins.min_rows, categories=categories)
            return make_pipeline(native, bins, trees)
    return build(shape, *others)
