"""What is audited: the release of rows by a transformer, a Pipeline, a callable, or several."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape.audit.delivered import read_delivered, side_by_side
from sklearn_infoshape.audit.supervised_steps import supervised_steps
from sklearn_infoshape.data.frames import column_labels
from sklearn_infoshape.data.scaling import within_range
from sklearn_infoshape.data.tables import TableReader, is_mixed
from sklearn_infoshape.runtime.own_warnings import collected

__all__ = [
    "ReleaseFacts",
    "delivered_rows",
    "fitted_parts",
    "fitted_shaper",
    "is_plain",
    "numeric_rows",
    "raw_features",
    "release_facts",
    "transforming_steps",
    "without_roles",
]


@dataclass(frozen=True)
class ReleaseFacts:
    """What a release says of itself, where it says anything.

    Attributes
    ----------
    n_releases : int
    has_known_key : bool
        Whether draws come from ``random_state``, so that whoever knows it knows the key.
    capacity_bits : float or None
        Of a single gaussian channel with a secret key.
    memorizes_labels : bool
        Whether it was trained on the labels of the rows that it was fitted on.
    supervised_steps : tuple of str
        Steps before the release that were fitted on labels.
    """

    n_releases: int
    has_known_key: bool
    capacity_bits: float | None
    memorizes_labels: bool = False
    supervised_steps: tuple = ()


def transforming_steps(estimator):
    """The steps whose output is released: of a Pipeline, all before the final predictor.

    Parameters
    ----------
    estimator : fitted transformer or Pipeline
        Or a search over one that predicts: then all before the predictor that it chose.

    Returns
    -------
    list of transformers
    """
    if not hasattr(estimator, "transform") and hasattr(estimator, "best_estimator_"):
        return transforming_steps(estimator.best_estimator_)
    if not _is_pipeline(estimator):
        return [estimator]
    steps = _steps(estimator)
    return steps[:-1] if steps and not hasattr(steps[-1], "transform") else steps


def fitted_parts(estimator):
    """What was fitted, within searches and Pipelines: what a release can be asked about.

    Parameters
    ----------
    estimator : fitted transformer, Pipeline or search

    Returns
    -------
    list of estimators
    """
    if hasattr(estimator, "best_estimator_"):
        return fitted_parts(estimator.best_estimator_)
    if not _is_pipeline(estimator):
        return [estimator]
    return [part for step in _steps(estimator) for part in fitted_parts(step)]


def fitted_shaper(estimator):
    """The fitted InfoShapeTransformer that a search or Pipeline holds, or that it is.

    Raises
    ------
    sklearn.exceptions.NotFittedError
    """
    found = [part for part in fitted_parts(estimator) if hasattr(part, "release_")]
    if not found:
        check_is_fitted(estimator, "release_")
    return found[-1]


def _is_pipeline(estimator):
    return isinstance(getattr(estimator, "steps", None), list)


def _steps(pipeline):
    return [step for _, step in pipeline.steps if step not in (None, "passthrough")]


def _delivers(outer, shaper):
    """Whether a step lets out what a shaper within it does, and nothing besides."""
    packages = ("sklearn", "sklearn_infoshape")
    return outer is shaper or type(outer).__module__.partition(".")[0] in packages


def _is_estimator(release):
    return any(hasattr(release, name) for name in ("transform", "steps", "best_estimator_"))


def delivered_rows(release, X):
    """What recipients get of some rows.

    Parameters
    ----------
    release : fitted transformer, fitted Pipeline, callable, or list of these
        Of a Pipeline that ends in a predictor: everything before that. A list stands for
        several releases of the same rows, side by side.
    X : array-like of n rows

    Returns
    -------
    Delivered

    Raises
    ------
    TypeError
        If ``release`` cannot release, or returns something other than numbers.
    ValueError
        If it returns another number of rows, NaN or infinity, or an index of its own.
    """
    if isinstance(release, list | tuple):
        if not release:
            raise ValueError("release is an empty list; give at least one release.")
        return side_by_side([delivered_rows(one, X) for one in release])
    Z = _released(release, X)
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    found = Z.shape[0] if hasattr(Z, "shape") else len(Z)
    if found != n:
        raise ValueError(f"release returns {found} rows for {n}; it must release each row.")
    delivered = read_delivered(Z, "what release returns")
    own = getattr(X, "index", None) if hasattr(X, "iloc") else None
    if not is_plain(delivered.index) and not (own is not None and delivered.index.equals(own)):
        raise ValueError(
            "what release returns has an index that neither counts rows nor is that of X: "
            "recipients see it. Call reset_index(drop=True), or make a column of it."
        )
    return delivered


def is_plain(index):
    """Whether an index tells no more than the order of rows: none, or numbers in equal steps."""
    if index is None:
        return True
    values = np.asarray(index)
    return bool(values.dtype.kind in "iu" and len(np.unique(np.diff(values))) <= 1)


def numeric_rows(X):
    """Rows as an array that attackers can look at, None where they are nothing that can be read.

    Parameters
    ----------
    X : array-like, sparse matrix or data frame of n rows

    Returns
    -------
    ndarray of shape (n, p) or None
    """
    return raw_features(X)[0]


def raw_features(X):
    """Rows as an array that attackers can look at, and what of them it leaves out.

    Parameters
    ----------
    X : array-like, sparse matrix or data frame of n rows
        Text, categories, dates and gaps of a frame are read as a fit reads them.

    Returns
    -------
    numbers : ndarray of shape (n, p) or None
        None where X is no table, or an array with other entries than finite numbers.
    notes : list of str
        Columns that count as missing, and why.
    """
    if sparse.issparse(X):
        X = X.toarray()
    if column_labels(X) is not None and is_mixed(X):
        try:
            with collected() as notes:
                reader = TableReader.fit(X, identifiers="leave out")
            return reader.read(X)[0], [message for message, _ in notes]
        except (TypeError, ValueError):
            return None, []
    try:
        array = np.asarray(X).astype(np.float64)
    except (TypeError, ValueError):
        return None, []
    array = array.reshape(len(array), -1)
    return (within_range(array) if np.isfinite(array).all() else None), []


def without_roles(release, X):
    """X without the columns that a fitted release knows as sensitive, or as naming persons.

    Parameters
    ----------
    release : as in :func:`delivered_rows`
    X : array-like of n rows

    Returns
    -------
    The same kind of table
    """
    releases = release if isinstance(release, list | tuple) else [release]
    roles = [
        getattr(transforming_steps(one)[0], "column_roles_", None)
        for one in releases
        if _is_estimator(one) and transforming_steps(one)
    ]
    found = roles[0] if len(roles) == len(releases) == 1 else None
    return X if found is None else found.split(X)[0]


def _released(release, X):
    if _is_estimator(release):
        Z = X
        for step in transforming_steps(release):
            Z = step.transform(Z)
    elif callable(release):
        Z = release(X)
    else:
        raise TypeError(
            f"release is a {type(release).__name__}; give a fitted transformer, a fitted Pipeline, "
            "a function of X, or a list of these."
        )
    return Z


def release_facts(release):
    """What can be learned of a release without knowing its class.

    Parameters
    ----------
    release : as in :func:`release_rows`

    Returns
    -------
    ReleaseFacts
    """
    releases = release if isinstance(release, list | tuple) else [release]
    outer = [step for one in releases if _is_estimator(one) for step in transforming_steps(one)]
    steps = [part for step in outer for part in fitted_parts(step)]
    fitted = [step.release_ for step in steps if hasattr(step, "release_")]
    known_key = any(not getattr(one, "key_is_secret", True) for one in fitted)
    capacity = None
    last: Any = steps[-1] if steps else None
    channel: Any = getattr(getattr(last, "release_", None), "channel", None)
    if len(releases) == 1 and hasattr(channel, "capacity_bits") and _delivers(outer[-1], last):
        capacity = channel.capacity_bits(last.release_.n_outputs)
    memorizes = any(getattr(one, "memorizes_labels", False) for one in fitted)
    capacity = None if known_key else capacity
    return ReleaseFacts(len(releases), known_key, capacity, memorizes, supervised_steps(outer))
