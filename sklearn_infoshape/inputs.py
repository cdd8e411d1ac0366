"""What comes in: features split from sensitive columns, labels checked, all before training."""

import warnings

import numpy as np
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sklearn_infoshape.exceptions import MissingSensitiveWarning
from sklearn_infoshape.information.labels import describe_column, is_missing, label_columns
from sklearn_infoshape.keyed import canonical_rows

__all__ = ["describe_columns", "one_each", "read_features", "read_labels"]


def read_features(estimator, X, *, reset, allow_nd):
    """Check features as scikit-learn does, with the recipe where something is wrong.

    Parameters
    ----------
    estimator : estimator
        Its ``n_features_in_`` and ``feature_names_in_`` are set or compared.
    X : array-like of shape (n, p) or (n, ...)
    reset : bool
        Whether this is a fit.
    allow_nd : bool
        Whether rows may have more than one dimension (images for a user's encoder).

    Returns
    -------
    rows : ndarray of shape (n, ...), dtype float32
        The raw values, as :func:`sklearn_infoshape.keyed.canonical_rows` gives them.
    dtype : numpy.dtype
        Of what a transform of X returns.

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X is text, has missing or infinite values, or another shape than at fit.
    """
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required: use .toarray(), or reduce "
            "it first with sklearn.decomposition.TruncatedSVD."
        )
    _refuse_text(X)
    X = validate_data(
        estimator,
        X,
        reset=reset,
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,
        allow_nd=allow_nd,
        ensure_min_samples=2 if reset else 1,
    )
    if not np.isfinite(X).all():
        raise ValueError(
            "Input X contains NaN or infinity. Fill gaps first, for example with "
            "sklearn.impute.SimpleImputer in the same Pipeline."
        )
    if reset and np.ptp(X, axis=0).max() == 0:
        raise ValueError("All columns of X are constant; there is nothing to release.")
    return canonical_rows(X), X.dtype


def _refuse_text(X):
    """Text must be refused without quoting it, as a failed conversion to float would."""
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        kinds = zip(X.columns, X.dtypes, strict=False)
        text = [name for name, kind in kinds if _is_text(kind)]
        where = f" in column {text[0]!r}" if text else ""
        found = bool(text)
    else:
        array = np.asarray(X)
        where = ""
        found = array.dtype.kind in "SU"
        if array.dtype.kind == "O":
            try:
                array.astype(np.float64)
            except ValueError:
                found = True
    if found:
        raise ValueError(
            f"X holds text or categories{where}, which no encoder reads. Turn them into numbers "
            "first, for example with sklearn.preprocessing.OneHotEncoder in a ColumnTransformer."
        ) from None


def _is_text(kind):
    name = str(kind).lower()
    return any(part in name for part in ("str", "object", "categor", "utf8", "enum", "date"))


def read_labels(X, y, sensitive_features, taken, on_missing_sensitive):
    """Check labels and sensitive attributes against the rows of X.

    Parameters
    ----------
    X : array-like with n rows
    y : array-like of shape (n,) or (n, d)
    sensitive_features : array-like of shape (n,) or (n, d), or None
    taken : list of (str, ndarray) or None
        Sensitive columns that were taken out of X.
    on_missing_sensitive : {"warn", "raise", "ignore"}
        What to do where nothing is sensitive.

    Returns
    -------
    tasks, sensitives : list of (str, ndarray of shape (n,))

    Raises
    ------
    ValueError
        If lengths differ, y is missing for a row, or s came in two ways.
    """
    if sensitive_features is not None and taken is not None:
        raise ValueError(
            "sensitive_features was given and sensitive_columns is set; use one of the two."
        )
    tasks = label_columns(y, "y")
    for name, values in tasks:
        _refuse_infinity(name, values)
        if is_missing(values).any():
            raise ValueError(
                "Input y contains NaN: every row needs its task label. Drop those rows (rows "
                "without a *sensitive* value may stay)."
            )
    if sensitive_features is None:
        sensitives = taken or []
    else:
        sensitives = label_columns(sensitive_features, "sensitive_features")
    for name, values in sensitives:
        _refuse_infinity(name, values)
    check_consistent_length(X, *(values for _, values in tasks))
    if sensitives and len(sensitives[0][1]) != len(tasks[0][1]):
        raise ValueError(
            f"sensitive_features has {len(sensitives[0][1])} rows, X and y have "
            f"{len(tasks[0][1])}; give one row of it for each row of X."
        )
    if not sensitives and on_missing_sensitive != "ignore":
        message = (
            "No sensitive_features were given, so the release hides nothing. Pass "
            "sensitive_features to fit (in a Pipeline: stepname__sensitive_features=..., or "
            "metadata routing), or name sensitive_columns of X."
        )
        if on_missing_sensitive == "raise":
            raise ValueError(message)
        warnings.warn(message, MissingSensitiveWarning, stacklevel=2)
    return tasks, sensitives


def _refuse_infinity(name, values):
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise ValueError(
            f"Input {name} contains infinity or a value too large for dtype('float64')."
        )


def describe_columns(columns, *, parameter, kind, n_bins, classes=None):
    """Decide what each label column is.

    Parameters
    ----------
    columns : list of (str, ndarray of shape (n,))
    parameter : {"y", "sensitive_features"}
    kind : str or sequence of str
        For all columns, or one for each.
    n_bins : int or None
    classes : array-like, list of array-like, or None
        Known classes, of the only column or of each.

    Returns
    -------
    tuple of LabelColumn
    """
    role = "target" if parameter == "y" else "sensitive"
    kinds = one_each(kind, len(columns), f"{role}_kind")
    if len(columns) == 1:
        classes = [classes]
    elif classes is None:
        classes = [None] * len(columns)
    return tuple(
        describe_column(name, values, parameter=parameter, kind=k, n_bins=n_bins, classes=c)
        for (name, values), k, c in zip(columns, kinds, classes, strict=True)
    )


def one_each(value, n_columns, parameter):
    """One entry a column: a single value repeated, or a sequence of the right length."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return [value] * n_columns
    if len(value) != n_columns:
        raise ValueError(
            f"{parameter} has {len(value)} entries for {n_columns} columns; give one for each "
            "column, or a single one for all."
        )
    return list(value)
