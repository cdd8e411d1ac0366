"""What each row counts: the sample weights of a fit, read and checked."""

import numpy as np

from sklearn_infoshape.data.entries import as_numbers, kinds_of
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.labels import label_columns

__all__ = [
    "effective_number",
    "read_weights",
    "refuse_weights",
    "relative_weights",
    "weighted_quantiles",
]


def read_weights(sample_weight):
    """The weights of rows as numbers.

    Parameters
    ----------
    sample_weight : array-like of shape (n,), or None
        Of any container; the index of a Series is not looked at.

    Returns
    -------
    ndarray of shape (n,), dtype float64, or None
        Between 0 and 1, the largest being 1.

    Raises
    ------
    TypeError, ValueError
        If they are not one number a row, finite, from 0 up and not all 0.
    """
    if sample_weight is None:
        return None
    scalar = not hasattr(sample_weight, "__len__") and np.asarray(sample_weight).ndim == 0
    if scalar or isinstance(sample_weight, str | bytes):
        raise ValueError(
            f"sample_weight is of type {type(sample_weight).__name__}; give one number for each "
            "row of X, or None."
        )
    columns = label_columns(sample_weight, "sample_weight")
    if len(columns) != 1:
        raise ValueError(
            f"sample_weight has {len(columns)} columns; give one number for each row of X."
        )
    values = columns[0][1]
    n_missing = int(is_missing(values).sum())
    if n_missing:
        raise ValueError(
            f"sample_weight has {n_missing} missing values (NaN, None); give 0 to rows that shall "
            "not count."
        )
    kinds = kinds_of(values)
    if not kinds <= {"numbers", "truth values"}:
        other = min(kinds - {"numbers", "truth values"})
        raise ValueError(f"sample_weight holds {other}; give one number for each row of X.")
    weights = as_numbers(values).astype(np.float64)
    for wrong, what, remedy in (
        (~np.isfinite(weights), "infinite", "finite numbers"),
        (weights < 0, "negative", "numbers from 0 up: 0 leaves a row out"),
    ):
        if wrong.any():
            raise ValueError(f"sample_weight has {wrong.sum()} {what} entries; give {remedy}.")
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for all rows: nothing is left to fit on. Give weights above 0, "
            "or None to count all rows alike."
        )
    return weights / weights.max()


def refuse_weights(sample_weight, where):
    """Refuse weights where limits hold for rows that are drawn alike, and say what to do.

    Parameters
    ----------
    sample_weight : object
        None is what is not refused.
    where : str
        What does not take them.

    Raises
    ------
    ValueError
    """
    if sample_weight is not None:
        raise ValueError(
            f"sample_weight was given, but {where} cannot be weighted: its limits hold for rows "
            "that are all drawn alike from the population, and how rows that stand for different "
            "numbers of people were drawn is not known. Keep each row with a probability in "
            "proportion to its weight (rng.uniform(size=n) * max(weight) < weight), and leave "
            "sample_weight away."
        )


def relative_weights(weights):
    """Weights of mean 1; None where all are the same, so that they change nothing to the bit.

    Parameters
    ----------
    weights : ndarray of shape (n,)
        Above 0.

    Returns
    -------
    ndarray of shape (n,), or None

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.weights import relative_weights
    >>> relative_weights(np.array([1.0, 3.0])).tolist(), relative_weights(np.full(3, 7.0))
    ([0.5, 1.5], None)
    """
    return None if (weights == weights[0]).all() else weights / weights.mean()


def weighted_quantiles(values, levels, weights):
    """Values up to which a share of the weight lies.

    Parameters
    ----------
    values : ndarray of shape (n,)
    levels : ndarray of shape (m,)
        Between 0 and 1.
    weights : ndarray of shape (n,), or None
        None gives numpy's quantiles, which lie between two values.

    Returns
    -------
    ndarray of shape (m,)
    """
    if weights is None:
        return np.quantile(values, levels)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = np.searchsorted(reached, levels * reached[-1])
    return values[order][np.minimum(place, len(values) - 1)]


def effective_number(weights, persons=None):
    """How many rows (persons) of one weight would tell as much (Kish 1965).

    Parameters
    ----------
    weights : ndarray of shape (n,), or None
    persons : ndarray of shape (n,), dtype int, optional
        Who each row is of; a person counts by the mean weight of the rows.

    Returns
    -------
    float
        Without weights the number of rows, or of persons.

    References
    ----------
    L. Kish, "Survey sampling", 1965.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.weights import effective_number
    >>> effective_number(np.array([1.0, 1.0, 0.0, 0.0])), effective_number(np.full(4, 0.5))
    (2.0, 4.0)
    """
    if persons is not None:
        persons = np.unique(persons, return_inverse=True)[1]
        if weights is None:
            return float(persons.max(initial=-1) + 1)
        weights = np.bincount(persons, weights) / np.bincount(persons)
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
