"""Finite codes: reading them, telling them from columns, and the best attacker on them."""

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_infoshape.audit.delivered import read_delivered, refuse_attributes
from sklearn_infoshape.audit.release import is_plain

__all__ = ["CodeRule", "as_codes", "find_codes"]

_MOST_CODES = 256
_ROWS_PER_CODE = 10


def as_codes(codes, parameter="codes"):
    """Hard codes as integers from 0 up, however they came.

    Parameters
    ----------
    codes : array-like of shape (n,) or (n, K)
        Integers (any, not only from 0), or one-hot rows.
    parameter : str, default="codes"
        For messages.

    Returns
    -------
    numbers : ndarray of shape (n,), dtype int64
        The rank of each code among those that occur; where recipients can tell equal numbers
        apart (0.0 and -0.0), in order of appearance.
    most : int or None
        How many codes the release can have at most, where its shape tells: K of one-hot rows.

    Raises
    ------
    ValueError
        If the codes are soft (probabilities), or no codes at all, or come with an index.

    Examples
    --------
    >>> from sklearn_infoshape.audit.codes import as_codes
    >>> numbers, most = as_codes([[0, 1, 0], [1, 0, 0], [0, 1, 0]])
    >>> numbers.tolist(), most
    ([1, 0, 1], 3)
    """
    if sparse.issparse(codes):
        codes = read_delivered(codes, parameter).numbers
    refuse_attributes(codes, parameter)
    if not is_plain(getattr(codes, "index", None) if hasattr(codes, "iloc") else None):
        raise ValueError(
            f"{parameter} have an index, which recipients of it would see; call "
            "reset_index(drop=True) (and deliver them so), or give an array."
        )
    if isinstance(codes, list | tuple):
        kinds = {type(value) for value in np.ravel(np.array(codes, dtype=object))}
        if len(kinds) > 1:
            raise ValueError(
                f"{parameter} have entries of {len(kinds)} types, which recipients can tell apart; "
                "give integers."
            )
    array = np.asarray(codes)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
        raise ValueError(
            f"{parameter} must be integers of shape (n,) or one-hot rows of shape (n, K), got "
            f"dtype {array.dtype} and shape {array.shape}."
        )
    delivered = read_delivered(codes, parameter)
    if array.ndim == 2:
        if not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
            raise ValueError(
                f"{parameter} are soft or no codes: each row must have a single 1 and otherwise "
                "zeros. A certificate speaks of the code that is released, one a row, so give "
                "what transform returns; release_proba is for study."
            )
        # Zeros may differ in their sign, which then says more than which entry is 1.
        if delivered.is_one_hot:
            return np.unique(array.argmax(axis=1), return_inverse=True)[1], array.shape[1]
        return delivered.rows, None
    if (array != np.floor(array)).any():
        raise ValueError(
            f"{parameter} of shape (n,) must be integers, but some are fractions. A certificate "
            "exists for finite codes only."
        )
    ranks = np.unique(array, return_inverse=True)[1].ravel()
    return (ranks if ranks.max() == delivered.rows.max() else delivered.rows), None


def find_codes(delivered):
    """Codes of a release that takes few values, else None.

    Parameters
    ----------
    delivered : Delivered

    Returns
    -------
    ndarray of shape (n,), dtype int64, or None
        None with more than 256 distinct rows, or fewer than ten rows a code that is not one-hot.
    """
    n_codes = delivered.rows.max() + 1
    if delivered.is_one_hot and delivered.numbers.shape[1] <= _MOST_CODES:
        return delivered.rows
    few = min(_MOST_CODES, len(delivered.rows) // _ROWS_PER_CODE)
    return delivered.rows if n_codes <= few else None


class CodeRule(ClassifierMixin, BaseEstimator):
    """The Bayes rule of a finite code: class shares among the rows of each code.

    Parameters
    ----------
    prior_rows : float, default=1.0
        How many rows with the classes' overall shares are added to each code. An unseen
        code has these shares alone.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.codes import CodeRule
    >>> Z = np.eye(2)[[0, 0, 0, 1]]
    >>> CodeRule(prior_rows=0.0).fit(Z, [0, 0, 1, 1]).predict_proba(np.eye(2)).round(2).tolist()
    [[0.67, 0.33], [0.0, 1.0]]
    """

    def __init__(self, prior_rows=1.0):
        self.prior_rows = prior_rows

    def fit(self, X, y):
        """Count classes by code.

        Parameters
        ----------
        X : array-like of shape (n, k)
            Equal rows are one code.
        y : array-like of shape (n,)

        Returns
        -------
        self : CodeRule
        """
        X, y = validate_data(self, X, y)
        self.classes_, classes = np.unique(y, return_inverse=True)
        self.codes_, codes = np.unique(X, axis=0, return_inverse=True)
        counts = np.zeros((len(self.codes_) + 1, len(self.classes_)))
        np.add.at(counts, (codes.ravel(), classes), 1.0)
        shares = counts.sum(axis=0) / len(y)
        counts[:-1] += self.prior_rows * shares
        counts[-1] = shares  # of codes that nobody has seen
        self.probabilities_ = counts / counts.sum(axis=1, keepdims=True)
        return self

    def predict_proba(self, X):
        """Class shares of the code of each row.

        Parameters
        ----------
        X : array-like of shape (n, k)

        Returns
        -------
        ndarray of shape (n, C)
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        known = {row.tobytes(): k for k, row in enumerate(np.ascontiguousarray(self.codes_))}
        values, which = np.unique(X, axis=0, return_inverse=True)
        rows = [known.get(row.tobytes(), -1) for row in values.astype(self.codes_.dtype)]
        return self.probabilities_[np.array(rows)[which.ravel()]]

    def predict(self, X):
        """The most frequent class of the code of each row.

        Parameters
        ----------
        X : array-like of shape (n, k)

        Returns
        -------
        ndarray of shape (n,)
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
