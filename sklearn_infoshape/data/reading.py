"""What both estimators read: X with its columns settled, y and s, as a sample."""

import copy
from dataclasses import replace

import numpy as np
from sklearn.utils import gen_batches
from sklearn.utils.validation import _num_samples, check_is_fitted

from sklearn_infoshape.data.columns import resolve_columns
from sklearn_infoshape.data.features import read_features
from sklearn_infoshape.data.identities import row_identities
from sklearn_infoshape.data.labels import read_labels, refuse_names
from sklearn_infoshape.data.parameters import is_ours
from sklearn_infoshape.data.persons import check_persons
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.tables import category_positions
from sklearn_infoshape.data.weights import effective_number, read_weights, relative_weights

__all__ = ["READING", "by_slices", "read_rows", "read_training", "take_reading", "unfitted_copy"]

_ROWS_PER_SLICE = 65_536
_FEWEST_IN_EFFECT = 10  # weighted rows, that means and scales may rest on

# What a fit learns of columns, as attributes of the estimator.
READING = (
    "n_features_in_",
    "feature_names_in_",
    "column_roles_",
    "table_reader_",
    "column_shift_",
    "column_fill_",
)


def read_training(
    estimator,
    X,
    y,
    sensitive_features,
    *,
    sample_weight=None,
    sensitive_columns=None,
    fold_columns=None,
    categorical_features="from_dtype",
    on_missing_sensitive="ignore",
    allow_nd=False,
    reset=True,
):
    """Read rows and labels to fit on.

    Parameters
    ----------
    estimator : estimator
        Gets the attributes of :data:`READING`; where ``reset`` is False, it has them.
    X, y, sensitive_features
        As its ``fit`` was given them.
    sample_weight : array-like of shape (n,), default=None
        What each row counts. Rows of weight 0 are checked as the others are, and then left out.
    sensitive_columns, fold_columns : str, int, sequence of them, or None
    categorical_features : "from_dtype", None, str, int, or sequence of them
    on_missing_sensitive : {"warn", "raise", "ignore"}
    allow_nd : bool
        Whether rows may have more than one dimension.
    reset : bool
        Whether columns are settled now.

    Returns
    -------
    sample : Sample
        Without targets, which depend on what the labels are taken for.
    tasks, sensitives : list of (str, ndarray of shape (n,))

    Raises
    ------
    TypeError, ValueError
    """
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )
    for labels, parameter in ((y, "y"), (sensitive_features, "sensitive_features")):
        refuse_names(labels, X, parameter)
    if reset:
        estimator.column_roles_ = resolve_columns(X, sensitive_columns, fold_columns)
    rest, taken, persons = estimator.column_roles_.split(X)
    weights = read_weights(sample_weight)
    counted = None if weights is None else _counted(weights, rest)
    options: dict = {}
    if reset:
        check_persons(persons if counted is None else _of_rows(persons, counted))
        roles = estimator.column_roles_
        options["categories"] = category_positions(categorical_features, X, roles)
        options["persons"] = _person_numbers(persons)
    rows, _, values = read_features(
        estimator, rest, reset=reset, allow_nd=allow_nd, counted=counted, **options
    )
    tasks, sensitives = read_labels(rows, y, sensitive_features, taken, on_missing_sensitive)
    sample = _sample(estimator, rows, persons, values)
    if weights is not None:
        sample = replace(sample.take(counted), weights=relative_weights(weights[counted]))
        tasks, sensitives = _of_rows(tasks, counted), _of_rows(sensitives, counted)
    return sample, tasks, sensitives


def read_rows(estimator, X, *, fitted="column_roles_", allow_nd=False):
    """Read rows to release.

    Parameters
    ----------
    estimator : fitted estimator
    X : array-like of n rows
    fitted : str
        The attribute without which it is not fitted.
    allow_nd : bool

    Returns
    -------
    sample : Sample
    dtype : numpy.dtype
        Of X.

    Raises
    ------
    sklearn.exceptions.NotFittedError
    TypeError, ValueError
    """
    check_is_fitted(estimator, fitted)
    rest, _, persons = estimator.column_roles_.split(X)
    rows, dtype, values = read_features(estimator, rest, reset=False, allow_nd=allow_nd)
    return _sample(estimator, rows, persons, values), dtype


def by_slices(transform, X):
    """``transform(X)``, a function of each row, of many rows in bounded memory.

    Parameters
    ----------
    transform : callable
        From rows to an array of as many rows.
    X : array-like of n rows
        A large array of numbers is read in slices, also from a file that is mapped; what is
        anything else is read at once, as columns of objects are understood as a whole.

    Returns
    -------
    ndarray of shape (n, ...)
    """
    numbers = type(X) in (np.ndarray, np.memmap) and X.dtype.kind in "biuf" and X.ndim > 1
    if not numbers or len(X) <= _ROWS_PER_SLICE:
        return transform(X)
    found = None
    for part in gen_batches(len(X), _ROWS_PER_SLICE):
        some = transform(X[part])
        found = np.empty((len(X), *some.shape[1:]), some.dtype) if found is None else found
        found[part] = some
    return found


def _counted(weights, X):
    """Which rows count."""
    counted, n_rows = weights > 0, _num_samples(X)
    if len(counted) != n_rows:
        raise ValueError(
            f"sample_weight has {len(counted)} entries, X has {n_rows} rows; give one number for "
            "each row of X."
        )
    if counted.sum() < 2:
        raise ValueError(
            "sample_weight is above 0 for 1 row only (next to the largest weight); give weight to "
            "at least 2 rows."
        )
    in_effect, least = effective_number(weights[counted]), min(_FEWEST_IN_EFFECT, counted.sum() / 4)
    if in_effect < least:
        raise ValueError(
            f"sample_weight lets {counted.sum()} rows count as much as {in_effect:.1f} rows alike "
            f"(Kish's effective number), fewer than {least:g}: what is learned would be the values "
            "of these. Bound the weights, for example by "
            "numpy.minimum(weight, numpy.quantile(weight, 0.99))."
        )
    return counted


def _of_rows(columns, rows):
    return None if columns is None else [(name, values[rows]) for name, values in columns]


def _sample(estimator, rows, persons, values):
    names = None if persons is None else row_identities(rows, persons, values)
    reader = estimator.table_reader_
    return Sample(rows, names, values=values, blocks=None if reader is None else reader.blocks)


def _person_numbers(persons):
    """Who each row is of, as whole numbers; rows that lack a name are of a person of their own."""
    if persons is None:
        return None
    n_rows = len(persons[0][1])
    names = row_identities(np.arange(n_rows)[:, None], persons)
    return np.unique(np.array(names, dtype=object), return_inverse=True)[1]


def unfitted_copy(estimator):
    """Another of its class with its parameters: what it reads leaves this one be.

    Models, modules and tables are shared. Nested settings of this package are copied, so
    that setting a parameter of one estimator later does not set that of another.
    """
    other = object.__new__(type(estimator))
    for name, value in estimator.get_params(deep=False).items():
        setattr(other, name, copy.copy(value) if is_ours(value) else value)
    if hasattr(estimator, "_sklearn_output_config"):
        other._sklearn_output_config = dict(estimator._sklearn_output_config)
    return other


def take_reading(estimator, reader):
    """Give an estimator what another has read of the columns of X, and nothing of before."""
    for name in READING:
        estimator.__dict__.pop(name, None)
        if hasattr(reader, name):
            setattr(estimator, name, getattr(reader, name))
