"""Columns that members leave out: those in which too few rows differ from the rest."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["CommonColumns"]


class CommonColumns(TransformerMixin, BaseEstimator):
    """Leave out columns in which too few rows differ from all others.

    Standardising turns such a column up, so that a model learns the labels of its few rows by
    heart: the codes of rows that share it then tell these labels, and fresh rows gain nothing.

    Parameters
    ----------
    fewest : int, default=12
        Rows that have to differ; of fewer than 120 rows, a tenth. With 30, what rare categories
        tell of fresh rows is lost too. Where this leaves no column, all are kept.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.common_columns import CommonColumns
    >>> X = np.column_stack([np.arange(500), np.arange(500) < 5])
    >>> CommonColumns().fit_transform(X).shape
    (500, 1)
    """

    def __init__(self, fewest=12):
        self.fewest = fewest

    def fit(self, X, y=None):
        """Count the rows of each column that differ from its median."""
        X = np.asarray(X)
        differing = (np.median(X, axis=0) != X).sum(axis=0)
        self.kept_ = differing >= min(self.fewest, len(X) // 10)
        if not self.kept_.any():
            self.kept_[:] = True
        return self

    def transform(self, X):
        """Columns that are left."""
        return np.asarray(X)[:, self.kept_]
