"""Grids of privacy multipliers: the default one, and what a user may give."""

from numbers import Integral

import numpy as np

from sklearn_infoshape.data.terms import one_each
from sklearn_infoshape.release.estimates import predicted_bits

__all__ = ["check_multipliers", "default_multipliers", "number_of", "prices"]

_REACH = 32.0  # the default grid goes from 1/32 of the balanced multiplier to 32 times it
_MOST_UNBALANCED = 50.0


def check_multipliers(privacy_multipliers):
    """Refuse what is neither a number of multipliers nor multipliers.

    Raises
    ------
    ValueError
        With the parameter, its value and what to give instead.
    """
    advice = "give the number of multipliers (20, say), or the multipliers themselves, from 0 up."
    if isinstance(privacy_multipliers, Integral):
        if isinstance(privacy_multipliers, bool) or privacy_multipliers < 2:
            raise ValueError(f"privacy_multipliers={privacy_multipliers} is no grid; {advice}")
        return
    try:
        multipliers = np.asarray(privacy_multipliers, dtype=np.float64)
    except (TypeError, ValueError):
        multipliers = np.empty(0)
    right = multipliers.ndim in (1, 2) and multipliers.size and np.isfinite(multipliers).all()
    if not right or (multipliers < 0).any():
        raise ValueError(f"privacy_multipliers={privacy_multipliers!r} is no grid; {advice}")


def number_of(privacy_multipliers):
    """How many multipliers are asked for."""
    is_number = isinstance(privacy_multipliers, Integral)
    return int(privacy_multipliers) if is_number else len(privacy_multipliers)


def prices(multipliers, n_sensitive):
    """The price of each sensitive column, for each multiplier.

    Parameters
    ----------
    multipliers : array-like of shape (m,) or (m, d)
    n_sensitive : int

    Returns
    -------
    list of list of float

    Raises
    ------
    ValueError
        If there are neither one nor ``n_sensitive`` columns of multipliers.

    Examples
    --------
    >>> from sklearn_infoshape.search.grid import prices
    >>> prices([0.5, 2.0], 2)
    [[0.5, 0.5], [2.0, 2.0]]
    """
    return [
        one_each(m.tolist(), n_sensitive, "privacy_multipliers")
        if m.ndim
        else [float(m)] * n_sensitive
        for m in np.asarray(multipliers, dtype=np.float64)
    ]


def default_multipliers(number, labels, targets, soft, sample_weight=None):
    """A geometric grid around the multiplier that balances all of y with all of s.

    Parameters
    ----------
    number : int
    labels : Labels
    targets : list of ndarray of shape (n, C_j)
    soft : list of ndarray of shape (n, C_j), or None
        Posteriors of y and s by models that have not seen the row; without them, as many
        bits are taken to be there of each.
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    ndarray of shape (number,) or (number, d)
        Ascending.
    """
    steps = np.geomspace(1 / _REACH, _REACH, number)
    if soft is None or not labels.sensitives:
        return steps
    bits = [
        predicted_bits(p, t, sample_weight=sample_weight).value
        for p, t in zip(soft, targets, strict=True)
    ]
    n_tasks = len(labels.tasks)
    weights = [term.weight for term in labels.terms[:n_tasks]]
    worth = max(1e-3, float(np.dot(weights, bits[:n_tasks])))
    balanced = worth / np.maximum(bits[n_tasks:], 1e-3)
    balanced = np.clip(balanced, 1 / _MOST_UNBALANCED, _MOST_UNBALANCED)
    return steps * balanced[0] if len(balanced) == 1 else steps[:, None] * balanced
