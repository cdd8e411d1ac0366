"""What comes in: features split from sensitive columns, labels checked, all before training."""

import warnings
from numbers import Number

import numpy as np
from scipy import sparse
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sklearn_infoshape.entries import as_numbers, kinds_of
from sklearn_infoshape.exceptions import MissingSensitiveWarning
from sklearn_infoshape.frames import column_labels, replace_columns, values_of
from sklearn_infoshape.information.labels import describe_column, is_missing, label_columns
from sklearn_infoshape.keyed import canonical_rows
from sklearn_infoshape.precision import find_shift

__all__ = [
    "check_row_shape",
    "describe_columns",
    "one_each",
    "read_features",
    "read_labels",
    "with_numbers",
]


def read_features(estimator, X, *, reset, allow_nd):
    """Check features as scikit-learn does, with the recipe where something is wrong.

    Parameters
    ----------
    estimator : estimator
        Its ``n_features_in_``, ``feature_names_in_`` and ``column_shift_`` are set, or used.
    X : array-like of shape (n, p) or (n, ...)
    reset : bool
        Whether this is a fit.
    allow_nd : bool
        Whether rows may have more than one dimension (images for a user's encoder).

    Returns
    -------
    rows : ndarray of shape (n, ...), dtype float32
        The raw values, as :func:`sklearn_infoshape.keyed.canonical_rows` gives them, less
        what :func:`sklearn_infoshape.precision.find_shift` takes away from a few columns.
    dtype : numpy.dtype
        Of what a transform of X returns.

    Raises
    ------
    TypeError
        If X is sparse, or holds lists or other objects.
    ValueError
        If X is text, has missing or infinite values, or another shape than at fit.
    """
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required: use .toarray(), or reduce "
            "it first with sklearn.decomposition.TruncatedSVD."
        )
    X = validate_data(
        estimator,
        with_numbers(X),
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
    if reset:
        estimator.column_shift_ = find_shift(X, getattr(estimator, "feature_names_in_", None))
    shift = estimator.column_shift_
    return canonical_rows(X if shift is None else shift.apply(X)), X.dtype


def with_numbers(X):
    """X with objects that are numbers, and dates, as floats; nothing that is refused is quoted.

    Parameters
    ----------
    X : array-like or data frame of shape (n, ...)

    Returns
    -------
    array-like or data frame
        Dates are days since 1970 (UTC), durations are days.

    Raises
    ------
    TypeError
        If entries are lists or other objects.
    ValueError
        If X is text, categories or complex, has masked entries, or mixes kinds in a column.
    """
    if sparse.issparse(X):
        return X
    if isinstance(X, np.ma.MaskedArray):
        if np.ma.is_masked(X):
            raise ValueError(
                "X is a masked array with masked entries, which are gaps. Fill them first, for "
                "example by X.filled(numpy.nan) and sklearn.impute.SimpleImputer."
            )
        X = X.data
    labels = column_labels(X)
    if labels is None:
        return _array_with_numbers(X)
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(
            f"X has {labels.count(twice)} columns named {twice!r}; give each a name of its own."
        )
    if hasattr(X, "column_names"):  # an Arrow table
        X = X.to_pandas()
    dtypes = list(X.dtypes)
    numbers = {}
    for position, label in enumerate(labels):
        if not _is_numeric(dtypes[position]):
            column = X.iloc[:, position] if hasattr(X, "iloc") else X[label]
            where = f" in column {label!r}"
            if any(name in str(dtypes[position]).lower() for name in ("categ", "enum")):
                raise ValueError(_TEXT.format(where=where))
            numbers[position] = _column_of_numbers(values_of(column), where)
    return replace_columns(X, numbers)


def _is_numeric(dtype):
    if hasattr(dtype, "is_numeric"):  # polars
        return dtype.is_numeric() or str(dtype) == "Boolean"
    return getattr(dtype, "kind", "O") in "biuf"


def _array_with_numbers(X):
    array = np.asarray(X)
    if array.ndim < 2:  # scikit-learn's message would quote the row
        kind = "1D" if array.ndim else "scalar"
        raise ValueError(
            f"Expected 2D array, got {kind} array instead. Reshape your data: one column is "
            "X.reshape(-1, 1), one row X.reshape(1, -1)."
        )
    if array.dtype.kind not in "OMmcSU":
        return X
    if array.dtype.kind == "O":
        texts = kinds_of(array.ravel()) <= {"numbers", "truth values", "text"}
        try:  # text of digits among objects is read as scikit-learn reads it
            return array.astype(np.float64) if texts else _by_columns(array)
        except (TypeError, ValueError):
            pass
    return _by_columns(array)


def _by_columns(array):
    if array.ndim != 2:
        return _column_of_numbers(array.ravel(), "").reshape(array.shape)
    columns = [_column_of_numbers(array[:, j], f" in column {j}") for j in range(array.shape[1])]
    return np.column_stack(columns) if columns else array


_TEXT = (
    "X holds text or categories{where}, which no encoder reads. Turn them into numbers first, for "
    "example with sklearn.preprocessing.OneHotEncoder in a ColumnTransformer."
)


def _column_of_numbers(values, where):
    """Numbers, truth values, dates or durations as floats; anything else is refused."""
    kinds = kinds_of(values)
    if len(kinds - {"truth values"}) <= 1 and kinds <= {"numbers", "truth values"}:
        return as_numbers(values)
    if kinds in ({"dates"}, {"durations"}):
        return as_numbers(values)
    if "complex numbers" in kinds:
        raise ValueError(
            f"Complex data not supported: X holds complex numbers{where}. Give real and imaginary "
            "parts a column each."
        )
    others = sorted(kinds - {"numbers", "truth values", "text", "dates", "durations"})
    if others:
        raise TypeError(
            f"X holds {others[0]}{where}, but each entry of this argument must be a string of "
            "digits or a number. Give each number a column of its own."
        )
    if kinds == {"text"} and _is_all_digits(values):
        raise ValueError(
            f"X holds numbers as text{where}. Turn them into numbers first, for example with "
            "pandas.to_numeric."
        )
    if kinds == {"text"} or kinds == {"text", "numbers"}:
        raise ValueError(_TEXT.format(where=where))
    raise ValueError(
        f"X mixes {' and '.join(sorted(kinds))}{where}; make the entries of a column all of one "
        "kind."
    )


def _is_all_digits(values):
    try:
        values.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True


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
    if values.dtype.kind == "O" and "numbers" in kinds_of(values):
        observed = values[~is_missing(values)]
        infinite = any(isinstance(v, Number) and v in (np.inf, -np.inf) for v in observed)
    else:
        infinite = values.dtype.kind == "f" and np.isinf(values).any()
    if infinite:
        raise ValueError(
            f"Input {name} contains infinity or a value too large for dtype('float64')."
        )


def describe_columns(columns, *, parameter, kind, n_bins, classes=None, single="raise"):
    """Decide what each label column is.

    Parameters
    ----------
    columns : list of (str, ndarray of shape (n,))
    parameter : {"y", "sensitive_features"}
    kind : str or sequence of str
        For all columns, or one for each.
    n_bins : int or None
    classes : list of array-like or None, optional
        Known classes, one entry a column.
    single : {"raise", "missing"}, default="raise"
        As in :func:`~sklearn_infoshape.information.labels.describe_column`.

    Returns
    -------
    tuple of LabelColumn

    Raises
    ------
    ValueError
        If a column cannot be used, or has classes and is to be continuous.
    """
    role = "target" if parameter == "y" else "sensitive"
    kinds = one_each(kind, len(columns), f"{role}_kind")
    known = [None] * len(columns) if classes is None else classes
    for k, c in zip(kinds, known, strict=True):
        if k == "continuous" and c is not None:
            raise ValueError(
                f"{role}_kind='continuous' makes bins of {parameter}, for which classes were given "
                f"as well; leave the classes away, or set {role}_kind='classes'."
            )
    return tuple(
        describe_column(
            name, values, parameter=parameter, kind=k, n_bins=n_bins, classes=c, single=single
        )
        for (name, values), k, c in zip(columns, kinds, known, strict=True)
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


def check_row_shape(rows, row_shape):
    """Refuse rows of another shape than those that were fitted on.

    Parameters
    ----------
    rows : ndarray of shape (n, ...)
    row_shape : tuple of int

    Raises
    ------
    ValueError
    """
    if tuple(rows.shape[1:]) != tuple(row_shape):
        raise ValueError(
            f"X has rows of shape {tuple(rows.shape[1:])}, but was fitted with rows of shape "
            f"{tuple(row_shape)}; give rows of that shape, or fit anew."
        )
