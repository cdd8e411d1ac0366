"""Predictions as they are judged: tempered on calibration rows, mixed with the prior, floored."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.audit.calibration import class_shares, floored, temper, tempered

__all__ = ["Priors", "Settled", "person_weights", "persons_of", "priors", "settle"]


@dataclass(frozen=True)
class Priors:
    """What is known of a target without looking at a row, for each stratum.

    Attributes
    ----------
    shares : ndarray of shape (n_strata, C)
        Of the classes, a group counting as one.
    trained : ndarray of shape (n_strata, C)
        As attackers saw them: a row counting as one.
    overall : ndarray of shape (C,)
        ``shares`` of all strata.
    """

    shares: np.ndarray
    trained: np.ndarray
    overall: np.ndarray


@dataclass(frozen=True)
class Settled:
    """An attacker's predictions, with nothing left to be decided.

    Attributes
    ----------
    seen, predicted : ndarray of shape (n_calibration, C) and (n_test, C)
        Probabilities.
    floor : float
        No prediction of a test row is below this share of its prior; at most 1.
    """

    seen: np.ndarray
    predicted: np.ndarray
    floor: float


def persons_of(terms, rows):
    """The group of each row, as whole numbers from 0 up.

    Parameters
    ----------
    terms : Terms
    rows : ndarray of int

    Returns
    -------
    ndarray of shape (n,)
    """
    if terms.groups is None:
        return np.arange(len(rows))
    return np.unique(terms.groups[rows], return_inverse=True)[1].ravel()


def person_weights(terms, rows):
    """One over the rows of each row's group.

    Parameters
    ----------
    terms : Terms
    rows : ndarray of int

    Returns
    -------
    ndarray of shape (n,)
    """
    groups = persons_of(terms, rows)
    return 1.0 / np.bincount(groups)[groups]


def priors(target, strata, before, terms):
    """Class shares of training and calibration rows.

    Parameters
    ----------
    target : Target
    strata : ndarray of shape (n,)
        Of all rows, as whole numbers from 0 up.
    before : ndarray of int
        The rows that are counted.
    terms : Terms

    Returns
    -------
    Priors
    """
    weights, n_strata = person_weights(terms, before), strata.max() + 1
    classes, n_classes = target.classes[before], target.n_classes
    return Priors(
        class_shares(classes, strata[before], n_classes, n_strata, weights),
        class_shares(classes, strata[before], n_classes, n_strata),
        class_shares(classes, 0 * before, n_classes, 1, weights)[0],
    )


def settle(on_calibration, on_test, known, strata, classes, weights):
    """Decide how far an attacker is trusted, on calibration rows.

    Parameters
    ----------
    on_calibration, on_test : ndarray of shape (n_calibration, C) and (n_test, C)
        Class probabilities as an attacker gave them.
    known : Priors
    strata : tuple of two ndarray of int
        Of calibration and test rows.
    classes, weights : ndarray of shape (n_calibration,)
        Of calibration rows.

    Returns
    -------
    Settled
    """
    prior = known.shares[strata[0]]
    evidence = _evidence(on_calibration, known.trained[strata[0]])
    trust = temper(evidence, prior, classes, weights)
    seen = tempered(evidence, prior, trust)
    floor = min(1.0, float((seen / prior).min()))
    prior = known.shares[strata[1]]
    predicted = tempered(_evidence(on_test, known.trained[strata[1]]), prior, trust)
    return Settled(seen, floored(predicted, prior, floor), floor)


def _evidence(probabilities, prior):
    """Log of predicted over prior probabilities.

    Classes that no attacker was trained on take their prior share of each prediction.
    """
    missing = probabilities.max(axis=0) == 0
    share = prior[:, missing].sum(axis=1, keepdims=True)
    whole = np.where(missing, prior, probabilities * (1 - share))
    return np.log(np.maximum(whole, 1e-9)) - np.log(prior)
