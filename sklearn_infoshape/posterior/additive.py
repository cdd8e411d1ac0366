"""Columns that tell most, and what makes curves and pairs of them: ramps, and products."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from sklearn_infoshape.posterior.binning import CoarseBins

__all__ = ["MostTelling", "PiecewiseLinear", "Products", "most_telling"]


def most_telling(X, y, k, sample_weight=None):
    """Numbers of the columns whose means differ most between classes, beside their variance.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    y : ndarray of shape (n,)
        Classes.
    k : int
        At most so many columns.
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    ndarray of shape (min(k, p),), dtype int
        In rising order. The order of these shares is that of F statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.additive import most_telling
    >>> X = np.array([[0.0, 5.0, 1.0], [1.0, 5.0, 1.0], [0.0, 5.0, 3.0], [1.0, 5.0, 3.5]])
    >>> most_telling(X, [0, 0, 1, 1], 1)
    array([2])
    """
    weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
    classes, codes = np.unique(y, return_inverse=True)
    of_class = weight * (np.arange(len(classes))[:, None] == codes)  # (C, n)
    centred = X - np.average(X, axis=0, weights=weight)
    total = weight @ centred**2
    sums, masses = of_class @ centred, of_class.sum(axis=1, keepdims=True)
    between = (sums**2 / np.where(masses > 0, masses, 1.0)).sum(axis=0)
    share = np.divide(between, total, out=np.zeros_like(total), where=total > 0)
    return np.sort(np.argsort(-share, kind="stable")[:k])


class MostTelling(TransformerMixin, BaseEstimator):
    """Keep the columns that tell most by themselves, as :func:`most_telling` finds them.

    Parameters
    ----------
    n_columns : int, default=100

    Attributes
    ----------
    kept_ : ndarray of int
    """

    def __init__(self, n_columns=100):
        self.n_columns = n_columns

    def fit(self, X, y, sample_weight=None):
        """Choose columns."""
        self.kept_ = most_telling(np.asarray(X), y, self.n_columns, sample_weight)
        return self

    def transform(self, X):
        """Columns that are kept."""
        return np.asarray(X)[:, self.kept_]


class PiecewiseLinear(TransformerMixin, BaseEstimator):
    """Add ramps between neighbouring borders of each column (piecewise linear encoding [1]_).

    A ramp is 0 up to one border, 1 from the next, and straight between. A linear model of
    a column and its ramps is a curve of straight pieces, whose slope changes at borders.

    Parameters
    ----------
    n_ramps : int, default=6
        Of a column, at most. Its borders are some of a fine cut's, the first and the last among
        them, so that ten rows and more lie in each ramp and beyond. Two values make no ramp.
    most_ramps : int, default=200
        Of all columns together; where there would be more, all have fewer, or none.

    Attributes
    ----------
    columns_ : ndarray of shape (n_ramps,), dtype int
        Of which column each ramp is.
    starts_, widths_ : ndarray of shape (n_ramps,)
        From borders of :class:`~sklearn_infoshape.posterior.binning.CoarseBins`, which no single
        row places.

    References
    ----------
    .. [1] Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features in
       tabular deep learning", NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.additive import PiecewiseLinear
    >>> X = np.linspace(0, 1, 300)[:, None]
    >>> PiecewiseLinear(2).fit_transform(X)[[0, 75, 150, 225, 299]].round(1)
    array([[0. , 0. , 0. ],
           [0.3, 0.5, 0. ],
           [0.5, 1. , 0. ],
           [0.8, 1. , 0.5],
           [1. , 1. , 1. ]])
    """

    def __init__(self, n_ramps=6, most_ramps=200):
        self.n_ramps = n_ramps
        self.most_ramps = most_ramps

    def fit(self, X, y=None):
        """Find the borders of each column."""
        fine = CoarseBins().fit(X).borders_
        for n_ramps in [*range(self.n_ramps, 1, -1), 0]:  # one is nearly the column itself
            knots = [_spread(borders, n_ramps) for borders in fine]
            of_each = [max(0, len(own) - 1) for own in knots]
            if sum(of_each) <= self.most_ramps:
                break
        self.columns_ = np.repeat(np.arange(len(knots)), of_each)
        self.starts_ = np.concatenate([own[:-1] for own in knots])
        self.widths_ = np.concatenate([np.diff(own) for own in knots])
        return self

    def transform(self, X):
        """Columns, and their ramps after them: shape (n, p + n_ramps)."""
        X = np.asarray(X)
        ramps = np.clip((X[:, self.columns_] - self.starts_) / self.widths_, 0.0, 1.0)
        return np.hstack([X, ramps])


def _spread(borders, n_ramps):
    """At most ``n_ramps + 1`` of these borders, evenly spread from the first to the last."""
    ranks = np.linspace(0, len(borders) - 1, min(n_ramps + 1, len(borders))).round().astype(int)
    return borders[ranks]


class Products(TransformerMixin, BaseEstimator):
    """Add products of the columns that tell most by themselves.

    Parameters
    ----------
    n_columns : int, default=12
        That are multiplied, each with each other.
    scale : float, default=0.3
        Of a product of standardised columns beside them: under one penalty for all, what it may
        cost is its square.

    Attributes
    ----------
    first_, second_ : ndarray of shape (n_products,), dtype int
        Numbers of the columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.additive import Products
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 3.0], [2.0, 5.0]])
    >>> Products(scale=1.0).fit_transform(X, [0, 1, 0, 1])
    array([[ 1.,  2.,  2.],
           [ 3.,  4., 12.],
           [ 1.,  3.,  3.],
           [ 2.,  5., 10.]])
    """

    def __init__(self, n_columns=12, scale=0.3):
        self.n_columns = n_columns
        self.scale = scale

    def fit(self, X, y, sample_weight=None):
        """Choose columns."""
        chosen = most_telling(X, y, self.n_columns, sample_weight)
        first, second = np.triu_indices(len(chosen), 1)
        self.first_, self.second_ = chosen[first], chosen[second]
        return self

    def transform(self, X):
        """Columns, and products after them: shape (n, p + n_products)."""
        return np.hstack([X, self.scale * X[:, self.first_] * X[:, self.second_]])
