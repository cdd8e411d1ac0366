"""Task labels and sensitive attributes as classes, bins or values; their entropies.

A label column becomes a matrix of class probabilities with one row a sample; an observed
label is the one-hot case, and a label that nobody observed is a row of zeros.
"""

from numbers import Number

import numpy as np
from sklearn.utils import check_consistent_length

from sklearn_infoshape.data.entries import kinds_of
from sklearn_infoshape.data.frames import column_labels, is_missing, values_of
from sklearn_infoshape.exceptions import MissingSensitiveWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["is_missing", "label_columns", "read_labels", "refuse_names"]


def label_columns(labels, parameter):
    """Split labels of any container into named one-dimensional arrays.

    Parameters
    ----------
    labels : array-like, Series or DataFrame of shape (n,) or (n, d)
        pandas, polars, torch, numpy or lists.
    parameter : str
        How messages call the labels: ``"y"`` or ``"sensitive_features"``.

    Returns
    -------
    list of (str, ndarray of shape (n,))

    Raises
    ------
    TypeError
        If ``labels`` is a dict, or a lazy frame.
    ValueError
        If the labels have no or more than two dimensions, or two columns have one name.
    """
    if isinstance(labels, dict):
        raise TypeError(
            f"{parameter} is a dict, which scikit-learn would not slice with the rows; pass an "
            "array, a Series or a DataFrame (pandas.DataFrame(...) of the dict, say)."
        )
    names = column_labels(labels, parameter)
    if names is not None:
        if not names:
            raise ValueError(f"{parameter} is a table without columns; give at least one.")
        names = [str(name) for name in names]
        twins = [name for name in names if names.count(name) > 1]
        if twins:
            raise ValueError(
                f"{parameter} has {len(twins)} columns named {twins[0]!r}; give each column a name "
                "of its own."
            )
        columns = (labels[name] for name in column_labels(labels))
        return [(name, values_of(column)) for name, column in zip(names, columns, strict=True)]
    if hasattr(labels, "detach"):  # a torch tensor, on any device
        labels = labels.detach().cpu().numpy()
    array = labels if isinstance(labels, np.ma.MaskedArray) else np.asarray(labels)
    if array.dtype.kind in "SU" and isinstance(labels, list | tuple):
        array = np.array(labels, dtype=object)  # a gap among text stays a gap
    if array.ndim == 1:
        name = getattr(labels, "name", None)
        values = array if isinstance(labels, list | tuple) else values_of(labels)
        return [(str(name) if name else parameter, values)]
    if array.ndim == 2 and array.shape[1] == 1:
        return [(parameter, values_of(array[:, 0]))]
    if array.ndim == 2 and array.shape[1] > 1:
        return [(f"{parameter}[{j}]", values_of(array[:, j])) for j in range(array.shape[1])]
    raise ValueError(
        f"{parameter} must have the shape (n_samples,) or (n_samples, n_columns), "
        f"got {array.shape or f'an object of type {type(labels).__name__}'}."
    )


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
            "No sensitive attribute was given: this release hides nothing. Pass "
            "sensitive_features= to fit (in a Pipeline: stepname__sensitive_features=..., or "
            "metadata routing), or name sensitive_columns= of X. on_missing_sensitive='raise' "
            "makes an error of this."
        )
        if on_missing_sensitive == "raise":
            raise ValueError(message)
        warn(message, MissingSensitiveWarning)
    return tasks, sensitives


def refuse_names(labels, X, parameter):
    """Refuse the name of a column in the place of its values.

    Parameters
    ----------
    labels : object
        What was passed for y or for the sensitive attribute.
    X : array-like or data frame of n rows
    parameter : str
        How messages call it.

    Raises
    ------
    TypeError
        If it is text, or a list with the names of columns of X.
    """
    is_list = isinstance(labels, list | tuple) and all(isinstance(one, str) for one in labels)
    names = [labels] if isinstance(labels, str) else list(labels) if is_list else []
    if not names:
        return
    known = column_labels(X)
    if known is None or not set(names) <= set(known) or (is_list and len(names) == len(X)):
        if not is_list:
            raise TypeError(
                f"{parameter} is text, and no name of a column of X; give one value for each row."
            )
        return
    shown = repr(names[0] if len(names) == 1 else names)
    where = f"X[{shown}]"
    also = ""
    if parameter == "sensitive_features":
        also = f"; in a fit, sensitive_columns={shown} does both"
    raise TypeError(
        f"{parameter}={labels!r} names columns of X, and holds no values. Pass {where} as "
        f"{parameter}, and X.drop(columns={names!r}) as X{also}."
    )


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
