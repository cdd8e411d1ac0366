"""Bits of a label in a release at hand, and an attacker's advantage, with standard errors.

These are point estimates on the rows at hand, not bounds: at least what the best attacker
finds, plus or minus noise.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict

from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.data.rare_classes import pool_rare
from sklearn_infoshape.information import entropy_bits, pointwise_information
from sklearn_infoshape.information.entropy import mixed_with_prior
from sklearn_infoshape.posterior.weighted_fit import fit_weighted

__all__ = [
    "Estimate",
    "code_advantage",
    "code_bits",
    "column_advantage",
    "column_bits",
    "predicted_bits",
    "table_bits",
]

_ATTACKERS = ("linear", "boosting")


class Estimate(NamedTuple):
    """A figure and its standard error.

    Attributes
    ----------
    value : float
        May be negative by chance, so that means over folds are unbiased.
    deviation : float
        Standard error over draws of rows.
    """

    value: float
    deviation: float


def code_bits(Z, target, given=None, *, persons=None, sample_weight=None):
    """Bits of a label in a finite code: plug-in less its bias.

    No attacker on a code can find more than its plug-in information. With ``given``, what the
    code says of the label beyond a second label: ``I(Z; s | y) = I(Z; (y, s)) - I(Z; y)``.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    given : ndarray of shape (n, D), optional
        One-hot.
    persons : ndarray of shape (n,), dtype int, optional
        Who each row is of: chance is then over draws of persons with all their rows. None: each
        row is of a person of its own.
    sample_weight : ndarray of shape (n,), optional
        A row of weight 2 is two rows of one person: chance is over draws of persons with their
        weights.

    Returns
    -------
    Estimate
        In bits. The bias is the jackknife's (Quenouille 1956): df / 2n nats where all cells have
        rows, df = ``(K - 1)(C - 1)`` (Miller 1955), and less where some have few; with ``given``,
        df = ``D (K - 1)(C - 1)``. The variance is that of the pointwise information (less the
        ``df / n`` that chance adds to it) over n, plus ``df / 2n²``, which is all that there is
        where the code says nothing. With ``persons`` or weights, df / n is what the variances of
        all cells over draws of persons add up to (Rao and Scott 1981), and df over it is how
        many rows there are in effect.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.release.estimates import code_bits
    >>> label = np.eye(2)[np.arange(1000) % 2]
    >>> round(code_bits(label, label).value, 2)
    1.0
    >>> round(code_bits(label, label, given=label).value, 2)
    0.0
    """
    known = target.sum(axis=1) > 0
    Z, target = Z[known], target[known]
    groups = np.ones((len(Z), 1)) if given is None else given[known]
    weights = _some(sample_weight, known)
    n = max(1, len(Z)) if weights is None else max(weights.sum(), 1e-300)
    masses = target if weights is None else target * weights[:, None]
    joint = np.einsum("ik,ic,ig->gkc", Z, masses, groups, optimize=True) / n
    if (persons is None and weights is None) or len(Z) == 0:
        return _table_bits(joint, n)
    persons = np.arange(len(known)) if persons is None else persons
    cells = groups.argmax(axis=1), Z.argmax(axis=1), target.argmax(axis=1)
    persons = np.unique(persons[known], return_inverse=True)[1]
    return _table_bits(joint, n, persons, cells, weights)


def table_bits(counts):
    """As :func:`code_bits`, from rows counted by code and class.

    Parameters
    ----------
    counts : ndarray of shape (K, C)

    Returns
    -------
    Estimate
    """
    n = max(1.0, counts.sum())
    return _table_bits(counts[None] / n, n)


def _table_bits(joint, n, persons=None, cells=None, weights=None):
    """Bits of a joint law of groups, codes and classes that n rows, of persons, showed.

    With weights, n is their sum.
    """
    by_code, by_class = joint.sum(axis=2), joint.sum(axis=1)
    pointwise = pointwise_information(joint)
    information = float((joint * pointwise).sum())
    freedom = float((((by_code > 0).sum(1) - 1) * ((by_class > 0).sum(1) - 1)).clip(0).sum())
    # Near independence the sample's pointwise information varies by chance alone, by df / n.
    chance = freedom / n
    if persons is None:
        variance = (float((joint * pointwise**2).sum()) - information**2) / n
    else:
        surplus = pointwise[cells] - information
        of_persons = np.bincount(persons, surplus if weights is None else surplus * weights)
        variance = float((of_persons**2).sum()) / n**2
        chance = freedom / len(persons)
        chance = max(chance, _chance_of_persons(persons, cells, joint.shape, weights))
    by_chance = chance**2 / max(1.0, freedom)
    value = information - (_jackknifed_bias(joint, freedom / chance) if freedom else 0.0)
    deviation = np.sqrt(max(0.0, variance - by_chance) + by_chance / 2)
    return Estimate(float(value / np.log(2)), float(deviation / np.log(2)))


def _jackknifed_bias(joint, n):
    """How much the plug-in information of n rows is too large, in nats."""
    margins = [joint * n, *(joint.sum(axis=axes, keepdims=True) * n for axes in (2, 1, (1, 2)))]
    # n I is a sum of N log N over cells and groups, less that over codes and over classes.
    whole, less = 0.0, np.zeros_like(joint)
    for sign, counts in zip((1, -1, -1, 1), margins, strict=True):
        logs, fewer = xlogy(counts, counts), np.maximum(counts - 1, 0)
        whole += sign * logs.sum()
        less += sign * (xlogy(fewer, fewer) - logs)  # without one row of a cell
    return float((joint * less).sum() + whole / n)


def _chance_of_persons(persons, cells, shape, weights):
    """What df / n is where draws are of persons: variances over masses, summed over cells."""
    sizes = np.bincount(persons, weights)
    n = len(persons) if weights is None else sizes.sum()

    def summed(axes):
        """Over the cells of some axes (none: 0): Var(J) / J, over draws of persons."""
        if not axes:
            return 0.0
        cell = np.ravel_multi_index([cells[a] for a in axes], [shape[a] for a in axes])
        number = int(np.prod([shape[a] for a in axes]))
        pairs, counts = persons * number + cell, weights
        if weights is None:
            pairs, counts = np.unique(pairs, return_counts=True)
        else:
            pairs, place = np.unique(pairs, return_inverse=True)
            counts = np.bincount(place, weights)
        mass = np.bincount(cell, weights, minlength=number) / n
        who, where = pairs // number, pairs % number
        squares = (
            np.bincount(where, counts**2, number)
            - 2 * mass * np.bincount(where, counts * sizes[who], number)
            + mass**2 * (sizes**2).sum()
        )
        used = mass > 0
        return float((squares[used] / mass[used]).sum()) / n**2

    n_persons = len(sizes)
    of_cells = summed((0, 1, 2)) - summed((0, 1)) - summed((0, 2)) + summed((0,))
    return of_cells * n_persons / max(1, n_persons - 1)


def predicted_bits(probabilities, target, *, persons=None, sample_weight=None):
    """Bits of a label that predictions of unseen rows show: entropy less cross-entropy.

    Parameters
    ----------
    probabilities : ndarray of shape (n, C)
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    persons : ndarray of shape (n,), dtype int, optional
    sample_weight : ndarray of shape (n,), optional
        As in :func:`code_bits`.

    Returns
    -------
    Estimate
        In bits.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.release.estimates import predicted_bits
    >>> target = np.eye(2)[np.arange(1000) % 2]
    >>> predicted_bits(np.full((1000, 2), 0.5), target)
    Estimate(value=0.0, deviation=0.0)
    """
    known = target.sum(axis=1) > 0
    probabilities, target = probabilities[known], target[known]
    weights = _some(sample_weight, known)
    frequencies = _mean(target, weights)
    mixed = mixed_with_prior(probabilities, frequencies)
    own = np.log2(np.maximum((mixed * target).sum(axis=1), 1e-12))
    surplus = own - np.log2((target * frequencies).sum(axis=1).clip(1e-12))
    value = entropy_bits(frequencies) + _mean(own, weights)
    persons = None if persons is None else persons[known]
    return Estimate(float(value), _deviation(surplus, persons, weights))


def _mean(values, weights):
    """Over rows, by what they count."""
    return values.mean(axis=0) if weights is None else weights @ values / weights.sum()


def _deviation(values, persons, weights=None):
    """Standard error of the mean of values, over draws of rows, or of persons."""
    if persons is None and weights is None:
        return float(values.std() / np.sqrt(len(values)))
    surplus, total = values - _mean(values, weights), len(values)
    if weights is not None:
        surplus, total = surplus * weights, weights.sum()
    of_persons = surplus if persons is None else np.bincount(persons, surplus)
    return float(np.sqrt((of_persons**2).sum()) / total)


def column_bits(Z, target, *, folds=3, random_state=0, persons=None, sample_weight=None):
    """Bits of a label that the better of two fresh attackers finds in columns, cross-fitted.

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    folds : int, default=3
    random_state : int, default=0
    persons : ndarray of shape (n,), dtype int, optional
        As in :func:`code_bits`; all rows of a person are then in one fold.
    sample_weight : ndarray of shape (n,), optional
        The attackers are fitted with them, and judged.

    Returns
    -------
    Estimate
        In bits. Classes with fewer rows (or persons) than folds are pooled, or left out.
    """
    found = _cross_fitted(Z, target, folds, random_state, persons, sample_weight)
    return max(
        (predicted_bits(p, t, persons=whose, sample_weight=w) for p, t, whose, w in found),
        key=lambda estimate: estimate.value,
    )


def code_advantage(Z, target, table, *, persons=None, sample_weight=None):
    """How much oftener than the best guess without it a code's likeliest class is right.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    table : ndarray of shape (K, C)
        Law of the class given the code, learned on other rows: the attacker.
    persons : ndarray of shape (n,), dtype int, optional
        Who each row is of: errors are over draws of persons with all their rows.
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    Estimate
        Accuracy less the share of the most frequent class, in [-1, 1].
    """
    known = target.sum(axis=1) > 0
    guesses = table[Z[known].argmax(axis=1)].argmax(axis=1)
    weights = _some(sample_weight, known)
    return _advantage(guesses, target[known], weights, _some(persons, known))


def column_advantage(Z, target, *, folds=3, random_state=0, sample_weight=None):
    """The advantage of the better of two fresh attackers on columns, cross-fitted.

    Parameters
    ----------
    Z, target, folds, random_state, sample_weight
        As in :func:`column_bits`.

    Returns
    -------
    Estimate
    """
    return max(
        (
            _advantage(p.argmax(axis=1), t, w)
            for p, t, _, w in _cross_fitted(Z, target, folds, random_state, weights=sample_weight)
        ),
        key=lambda estimate: estimate.value,
    )


def _advantage(guesses, target, weights, persons=None):
    classes = target.argmax(axis=1)
    best_guess = _mean(target, weights).argmax()
    gain = (guesses == classes).astype(float) - (classes == best_guess)
    return Estimate(float(_mean(gain, weights)), _deviation(gain, persons, weights))


def _some(sample_weight, rows):
    return None if sample_weight is None else sample_weight[rows]


def _cross_fitted(Z, target, folds, random_state, persons=None, weights=None):
    """Predictions by each attacker, with targets, persons, weights; uniform ones say nothing."""
    known = target.sum(axis=1) > 0
    Z, target = Z[known], target[known]
    classes = target.argmax(axis=1)
    weights = _some(weights, known)
    if persons is not None:
        persons = persons[known]
        n_persons = np.bincount(np.unique(np.column_stack([persons, classes]), axis=0)[:, 1])
        classes = np.where(n_persons[classes] < folds, -1, classes)
    classes, _ = pool_rare(classes, folds)
    present = np.unique(classes[classes >= 0])
    if len(present) < 2:
        return [(np.tile(_mean(target, weights), (len(Z), 1)), target, persons, weights)]
    kept = classes >= 0
    Z, classes = Z[kept], classes[kept]
    weights = _some(weights, kept)
    target = np.eye(len(present))[classes]
    splitter = StratifiedKFold(folds, shuffle=True, random_state=random_state)
    if persons is not None:
        persons = persons[kept]
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=random_state)
    found = []
    for attacker in fresh_attackers(_ATTACKERS, random_state).values():
        if weights is None:
            probabilities = cross_val_predict(
                attacker, Z, classes, groups=persons, cv=splitter, method="predict_proba"
            )
        else:
            probabilities = np.empty(target.shape)
            for fitting, unseen in splitter.split(Z, classes, persons):
                fitted = fit_weighted(
                    clone(attacker), Z[fitting], classes[fitting], weights[fitting]
                )
                probabilities[unseen] = fitted.predict_proba(Z[unseen])
        found.append((probabilities, target, persons, weights))
    return found
