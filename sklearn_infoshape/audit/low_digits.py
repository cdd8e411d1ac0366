"""Low digits: what a column hides in the end of its numbers, where no smooth model looks."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import f_classif
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_infoshape.runtime.process import quiet

__all__ = ["LowDigits"]

_DOUBLE_BITS = 64
_SINGLE_BITS = 32
_DECIMALS = 16
_BASES = (3, 5, 7, 10)
_PLACES = 8
_ROWS_TO_CHOOSE = 5000


def _digits(column):
    """Digits of a column to several bases, entries 0 or 1."""
    doubles = column.astype(np.float64).view(np.uint64)
    limit = np.finfo(np.float32).max
    singles = np.clip(column, -limit, limit).astype(np.float32).view(np.uint32)
    positive = np.minimum(np.abs(column), 1e5)[:, None]
    decimals = np.rint(positive * 10.0 ** np.arange(_DECIMALS))
    digits = []
    for base in _BASES:
        places = np.floor(positive * float(base) ** np.arange(-2, _PLACES)) % base
        digits += [places == digit for digit in range(base)]
    return np.hstack(
        [
            (doubles[:, None] >> np.arange(_DOUBLE_BITS, dtype=np.uint64)) & np.uint64(1),
            (singles[:, None] >> np.arange(_SINGLE_BITS, dtype=np.uint32)) & np.uint32(1),
            decimals % 2,
            *digits,
        ]
    ).astype(np.float64)


class LowDigits(TransformerMixin, BaseEstimator):
    """The low digits of all columns that best tell the classes apart.

    Looked at are all bits of each number in double and in single precision, the parities of its
    first sixteen decimals, and ten digits to the bases 3, 5, 7 and 10 (one class of hiding
    place; there are others).

    Parameters
    ----------
    n_kept : int, default=20
        How many digits, of all columns, are kept.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.low_digits import LowDigits
    >>> X = np.array([[0.5001], [0.2], [0.7001], [0.4]])
    >>> LowDigits(n_kept=1).fit_transform(X, [1, 0, 1, 0]).ravel().tolist()
    [1.0, 0.0, 1.0, 0.0]
    """

    def __init__(self, n_kept=20):
        self.n_kept = n_kept

    def fit(self, X, y):
        """Choose the digits.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,)
            Classes.

        Returns
        -------
        self : LowDigits
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        scores = []
        with np.errstate(all="ignore"), quiet():  # a constant digit has no score
            every = -(-len(X) // _ROWS_TO_CHOOSE)
            for column in X[::every].T:
                scores.append(
                    np.nan_to_num(f_classif(_digits(column), y[::every])[0], posinf=1e300)
                )
        table = np.array(scores)
        best = np.argsort(table, axis=None, kind="stable")[::-1][: self.n_kept]
        self.columns_, self.digits_ = np.unravel_index(np.sort(best), table.shape)
        return self

    def transform(self, X):
        """Those digits of new rows.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_kept)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        kept = np.empty((len(X), len(self.columns_)))
        for column in np.unique(self.columns_):
            own = self.columns_ == column
            kept[:, own] = _digits(X[:, column])[:, self.digits_[own]]
        return kept

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
