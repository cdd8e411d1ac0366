"""What a scorer scores: the release of some rows, and the bits that fresh models recover of it."""

from sklearn.utils import check_consistent_length

from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.audit.delivered import read_delivered
from sklearn_infoshape.audit.release import fitted_parts, transforming_steps
from sklearn_infoshape.audit.targets import fitted_labels, read_classes
from sklearn_infoshape.data.rare_classes import pool_rare, warn_of_rare

__all__ = ["bits_of_each", "release_and_sensitive_columns"]

_FOLDS = 3  # of the models that score, hence the fewest rows of a class


def release_and_sensitive_columns(estimator, X):
    """Release rows, and take the sensitive columns out of those that reach the transformer.

    Parameters
    ----------
    estimator : fitted transformer or Pipeline
        Of a Pipeline that ends in a predictor, everything before that.
    X : array-like of shape (n, p)

    Returns
    -------
    Z : ndarray of shape (n, k)
    taken : list of (str, ndarray of shape (n,)), or None
        None where no ``sensitive_columns`` are named, or X has them no longer.

    Raises
    ------
    TypeError
        If a step transforms nothing.
    ValueError
        If not every row is released.
    """
    taken = None
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    for step in transforming_steps(estimator):
        if not hasattr(step, "transform"):
            raise TypeError(
                f"estimator is, or holds, a {type(step).__name__}, which transforms nothing; "
                "give a fitted transformer, or a Pipeline that contains one."
            )
        for part in fitted_parts(step):
            if getattr(part, "sensitive_columns", None) is not None:
                taken = part.sensitive_values(X)
        X = step.transform(X)
    delivered = read_delivered(X, "what transform returns")
    if len(delivered.rows) != n_rows:
        raise ValueError(
            f"transform returns {len(delivered.rows)} rows for {n_rows}; it must release each row."
        )
    return delivered.numbers, taken


def bits_of_each(estimator, Z, columns, parameter):
    """Bits of each label column that fresh models recover from a release, cross-fitted.

    Parameters
    ----------
    estimator : fitted transformer or Pipeline
        Says what classes and bins are.
    Z : ndarray of shape (n, k)
        What it released.
    columns : list of (str, ndarray of shape (n,))
        Labels of these rows.
    parameter : {"y", "sensitive_features"}
        Which labels they are.

    Returns
    -------
    list of float

    Warns
    -----
    RareClassWarning
        Where classes are pooled or left out.
    """
    check_consistent_length(Z, *(values for _, values in columns))
    fitted = fitted_labels(estimator, parameter)
    bits = []
    for number, (name, _) in enumerate(columns):
        classes, n_new = read_classes(number, columns, parameter, fitted)
        classes, n_rare = pool_rare(classes, _FOLDS)
        known = classes >= 0
        warn_of_rare(name, classes[known], n_rare, n_new, _FOLDS)
        bits.append(cross_fitted_bits(Z[known], classes[known], folds=_FOLDS))
    return bits
