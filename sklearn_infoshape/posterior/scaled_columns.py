"""Columns on scales that members which measure distances can read: standardised, or components."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_infoshape.data.scaling import extreme_limits
from sklearn_infoshape.posterior.common_columns import CommonColumns

__all__ = ["ClipExtremes", "components_of", "is_wide", "one_deviation", "standardised"]

_WIDE = 200  # columns from which the members see principal components


def is_wide(shape):
    """Whether members see principal components in place of so many columns."""
    return shape[1] > _WIDE


class ClipExtremes(TransformerMixin, BaseEstimator):
    """Bring extreme values to the limits of their column, so that none blinds a scaler.

    Parameters
    ----------
    one_unit : bool, default=False
        As of :func:`~sklearn_infoshape.data.scaling.extreme_limits`.
    """

    def __init__(self, one_unit=False):
        self.one_unit = one_unit

    def fit(self, X, y=None):
        """Find the limits of each column."""
        self.lower_, self.upper_ = extreme_limits(np.asarray(X), one_unit=self.one_unit)
        return self

    def transform(self, X):
        """Clipped columns, in their dtype."""
        X = np.asarray(X)
        return np.clip(X, self.lower_.astype(X.dtype), self.upper_.astype(X.dtype))


class _OneScale(TransformerMixin, BaseEstimator):
    """Divide all columns by one number: a third of the largest deviation among them."""

    def fit(self, X, y=None):
        """Remember the number."""
        self.scale_ = float(np.asarray(X).std(axis=0).max()) / 3 or 1.0
        return self

    def transform(self, X):
        """Scaled columns."""
        return X / self.scale_


def _clip(X):
    return np.clip(X, -6.0, 6.0)


def one_deviation():
    """Unfitted steps to columns of mean 0 and deviation 1, of which none passes 6."""
    return [StandardScaler(), FunctionTransformer(_clip)]


def standardised():
    """Unfitted steps to standardised columns without extremes or rare values."""
    return [CommonColumns(), ClipExtremes(), *one_deviation()]


def components_of(shape, n_components, seed):
    """Unfitted steps to unwhitened principal components.

    Standardising single pixels hurts: it turns up those that hardly ever vary.

    Parameters
    ----------
    shape : tuple of int
        Of X.
    n_components : int
        At most.
    seed : int
    """
    n_components = max(1, min(n_components, shape[0] // 4, shape[1]))  # a fold has fewer rows
    # Fewer power iterations than scikit-learn's: components are features here, no end.
    pca = PCA(n_components, svd_solver="randomized", iterated_power=2, random_state=seed)
    return [ClipExtremes(one_unit=True), pca, _OneScale()]
