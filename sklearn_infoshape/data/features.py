"""What comes in: features split from sensitive columns, labels checked, all before training."""

import numpy as np
from scipy import sparse
from sklearn.utils.validation import validate_data

from sklearn_infoshape.data.column_fill import ColumnFill
from sklearn_infoshape.data.column_warnings import are_row_numbers, few_of, warn_of_row_numbers
from sklearn_infoshape.data.columns import two_dimensional
from sklearn_infoshape.data.entries import as_numbers, kinds_of
from sklearn_infoshape.data.frames import (
    column_labels,
    replace_columns,
    take_rows,
    values_of,
)
from sklearn_infoshape.data.identities import canonical_rows
from sklearn_infoshape.data.precision import find_shift
from sklearn_infoshape.data.table_columns import refuse_entries
from sklearn_infoshape.data.tables import TableReader, is_mixed

__all__ = ["check_row_shape", "feature_names", "read_features", "with_numbers"]


def read_features(estimator, X, *, reset, allow_nd, counted=None, categories=(), persons=None):
    """Check features as scikit-learn does, with the recipe where something is wrong.

    Parameters
    ----------
    estimator : estimator
        Its ``n_features_in_``, ``feature_names_in_``, ``table_reader_``, ``column_fill_`` and
        ``column_shift_`` are set, or used.
    X : array-like of shape (n, p) or (n, ...), or data frame
        A frame with text, categories, dates or gaps is read by a
        :class:`~sklearn_infoshape.data.tables.TableReader`. Gaps of a later frame, where that
        which was fitted had none, are filled by its
        :class:`~sklearn_infoshape.data.column_fill.ColumnFill`.
    reset : bool
        Whether this is a fit.
    allow_nd : bool
        Whether rows may have more than one dimension (images for a user's encoder).
    counted : ndarray of shape (n,), dtype bool, optional
        Rows whose weight is above 0: what a fit learns of columns, it learns of these.
    categories : sequence of int, or None
        Columns that are categories whatever they hold; None: no column may be one. Of a fit.
    persons : ndarray of shape (n,), dtype int, or None
        Who each row is of, where columns name persons. Of a fit.

    Returns
    -------
    rows : ndarray of shape (n, ...), dtype float32
        The raw values, or what a table's become, as
        :func:`sklearn_infoshape.data.identities.canonical_rows` gives them, less what
        :func:`sklearn_infoshape.data.precision.find_shift` takes away from a few columns.
    dtype : numpy.dtype
        Of what a transform of X returns.
    values : list of bytes or None
        What names each row of a table; None where rows name themselves.

    Raises
    ------
    TypeError
        If X is sparse, or holds lists or other objects.
    ValueError
        If an array is text or has gaps, X has infinite values, or another shape than at fit.
    """
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required: use .toarray(), or reduce "
            "it first with sklearn.decomposition.TruncatedSVD. Categories need no one-hot columns: "
            "a data frame that has them is read as it is."
        )
    labels = column_labels(X)
    if reset:
        estimator.table_reader_ = _fit_reader(X, counted, categories, persons)
    reader, values = estimator.table_reader_, None
    given = getattr(X, "dtype", None)
    if reader is None:
        X = _read_numbers(estimator, X, labels, reset, allow_nd)
        dtype = X.dtype
    else:
        X, values = _read_table(estimator, reader, X, reset)
        dtype = np.dtype(np.float32 if given == np.float32 else np.float64)
    if not np.isfinite(X).all():
        has_dates = getattr(given, "kind", "") == "M"
        _refuse_not_finite(X, _names_or_places(estimator, labels), has_dates)
    fitted = X if counted is None else X[counted]
    if reset and np.ptp(fitted, axis=0).max() == 0:
        raise ValueError("All columns of X are constant; there is nothing to release.")
    if reset:
        names = getattr(estimator, "feature_names_in_", None) if reader is None else reader.names
        estimator.column_shift_ = find_shift(fitted, names)
        estimator.column_fill_ = None
        if reader is None and labels is not None:
            own = persons if persons is None or counted is None else persons[counted]
            estimator.column_fill_ = ColumnFill.of(fitted, labels, own)
            columns = zip(labels, fitted.T, strict=True)
            warn_of_row_numbers([label for label, column in columns if are_row_numbers(column)])
    shift = estimator.column_shift_
    return canonical_rows(X if shift is None else shift.apply(X)), dtype, values


def _read_numbers(estimator, X, labels, reset, allow_nd):
    """Rows of numbers, checked as scikit-learn does; gaps of a later frame are filled."""
    # A pickle of before has no such attribute.
    fill = None if reset or labels is None else getattr(estimator, "column_fill_", None)
    X = with_numbers(X, fitted=not reset)
    present, dtypes = None if fill is None else fill.present(labels), [np.float64, np.float32]
    if fill is not None and present is not None:
        X = fill.widened(X, present, dtypes)
    else:
        X = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=dtypes,
            ensure_all_finite=False,
            allow_nd=allow_nd,
            ensure_min_samples=2 if reset else 1,
        )
    return X if fill is None else fill.fill(X)


def feature_names(estimator, sample):
    """What messages call the columns of X that became features.

    Parameters
    ----------
    estimator : estimator
        That has read X.
    sample : Sample

    Returns
    -------
    sequence
        Labels, or places in the array that was fitted; of a table, of the columns that tell
        something.
    """
    reader = estimator.table_reader_
    if reader is not None:
        encoded = zip(reader.labels, reader.encodings, strict=True)
        return [label for label, encoding in encoded if encoding.names]
    labels = getattr(estimator, "feature_names_in_", None)
    names = _names_or_places(estimator, None if labels is None else labels.tolist())
    return range(sample.rows.shape[1]) if names is None else names


def _names_or_places(estimator, labels):
    roles = estimator.column_roles_
    if labels is not None or not roles.n_columns:
        return labels
    return [p for p in range(roles.n_columns) if p not in (*roles.sensitive, *roles.persons)]


def _refuse_not_finite(X, names, has_dates):
    """Say where NaN and infinite entries are, and how many."""
    found = []
    for what, wrong in (("NaN", np.isnan(X)), ("infinity", np.isinf(X))):
        if not wrong.any():
            continue
        text = f"{wrong.sum()} entries are {what}"
        if X.ndim == 2:
            counts = wrong.sum(axis=0)
            columns = np.flatnonzero(counts).tolist()
            own = [f"{j if names is None else names[j]!r} ({counts[j]})" for j in columns]
            text += f", in column {few_of(own)}"
        found.append(text)
    remedy = (
        "Fit on a data frame, of which dates and gaps are read as they are."
        if has_dates
        else "Fill gaps first, for example with sklearn.impute.SimpleImputer in the same Pipeline; "
        "or fit on a data frame with gaps, which are read."
    )
    if np.isinf(X).any():
        remedy += " Clip what is infinite, or make gaps of it."
    raise ValueError(f"Input X contains NaN or infinity: {'; '.join(found)}. {remedy}")


def _fit_reader(X, counted, categories, persons):
    """A reader of a table with more than numbers in it; None where numbers are all there is."""
    is_frame = column_labels(X) is not None
    X = two_dimensional(X) if categories else X
    if counted is not None:
        X = take_rows(X if is_frame else np.asarray(X), np.flatnonzero(counted))
        persons = None if persons is None else persons[counted]
    if not (categories or (is_frame and is_mixed(X))):
        return None
    return TableReader.fit(X, categories=categories, persons=persons)


def _read_table(estimator, reader, X, reset):
    X = two_dimensional(X)
    if X.shape[0] < 1 + reset:
        raise ValueError(
            f"Found array with {X.shape[0]} sample(s) (shape={tuple(X.shape)}) while a minimum of "
            f"{1 + reset} is required."
        )
    if reset:
        validate_data(estimator, X, reset=True, skip_check_array=True)
    return reader.read(X)


def with_numbers(X, *, fitted=False):
    """X with objects that are numbers, and dates, as floats; nothing that is refused is quoted.

    Parameters
    ----------
    X : array-like or data frame of shape (n, ...)
    fitted : bool, default=False
        Whether its columns were fitted as numbers, for the remedies of messages.

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
                raise ValueError(_TEXT[fitted].format(where=where))
            numbers[position] = _column_of_numbers(values_of(column), where, fitted)
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


_TEXT = {
    False: "X holds text or categories{where}. Turn them into numbers first, for example with "
    "sklearn.preprocessing.OneHotEncoder in a ColumnTransformer; InfoShapeTransformer and "
    "PosteriorFeatures read them from a data frame as they are.",
    True: "X holds text or categories{where}, which was numbers when it was fitted; give numbers. "
    "pandas.to_numeric(column, errors='coerce') makes gaps of what is none, which are filled.",
}


def _column_of_numbers(values, where, fitted=False):
    """Numbers, truth values, dates or durations as floats; anything else is refused."""
    kinds = kinds_of(values)
    if len(kinds - {"truth values"}) <= 1 and kinds <= {"numbers", "truth values"}:
        return as_numbers(values)
    if kinds in ({"dates"}, {"durations"}, {"times of day"}):
        return as_numbers(values)
    if kinds - {"numbers", "truth values", "text", "dates", "durations", "times of day"}:
        refuse_entries(kinds, where)
    if kinds == {"text"} and _is_all_digits(values):
        raise ValueError(
            f"X holds numbers as text{where}. Turn them into numbers first, for example with "
            "pandas.to_numeric."
        )
    if kinds == {"text"} or kinds == {"text", "numbers"}:
        raise ValueError(_TEXT[fitted].format(where=where))
    return refuse_entries(kinds, where)


def _is_all_digits(values):
    try:
        values.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True


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
