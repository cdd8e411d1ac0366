"""Fresh attackers: classifiers that never took part in training, and what they recover.

A new attacker is one entry in :func:`fresh_attackers`, or any scikit-learn classifier that is
passed to :func:`~sklearn_infoshape.audit_leakage`.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape.audit.codes import CodeRule
from sklearn_infoshape.audit.column_values import ColumnValues
from sklearn_infoshape.audit.low_digits import LowDigits
from sklearn_infoshape.data.rare_classes import pool_rare
from sklearn_infoshape.data.scaling import CompressExtremes
from sklearn_infoshape.information import entropy_bits
from sklearn_infoshape.information.entropy import mixed_with_prior
from sklearn_infoshape.runtime.process import leaves_process_unchanged, plain_sklearn

__all__ = [
    "Attack",
    "attack",
    "choose_attackers",
    "cross_fitted_bits",
    "fresh_attackers",
    "fresh_regressors",
    "recovered_bits",
]

_CHEAP = ("linear", "boosting")
_SUITE = ("linear", "boosting", "mlp", "neighbours")


def _standardised():
    """One extreme row must not make all others equal to an attacker, who would find too little."""
    return CompressExtremes(), StandardScaler()


def fresh_attackers(names=_SUITE, random_state=0):
    """Untrained classifiers that standardise what they attack.

    Standardising matters: an attribute that was only scaled down is found again.

    Parameters
    ----------
    names : sequence of str
        Of "linear", "boosting", "mlp", "neighbours"; "low digits" (reads the raw numbers:
        digits, equal values and neighbours in a column, waves), and "code", the Bayes rule of
        a finite code.
    random_state : int, default=0
        Of what is drawn.

    Returns
    -------
    dict of str to Pipeline

    Examples
    --------
    >>> from sklearn_infoshape.audit.attackers import fresh_attackers
    >>> sorted(fresh_attackers())
    ['boosting', 'linear', 'mlp', 'neighbours']
    """
    suite = {
        "linear": (*_standardised(), LogisticRegression(max_iter=1000)),
        "boosting": (
            *_standardised(),
            HistGradientBoostingClassifier(
                max_iter=100, max_leaf_nodes=15, learning_rate=0.08, random_state=random_state
            ),
        ),
        "mlp": (
            *_standardised(),
            MLPClassifier(
                (64,), learning_rate_init=5e-3, early_stopping=True, random_state=random_state
            ),
        ),
        "neighbours": (*_standardised(), KNeighborsClassifier(25)),
        "low digits": (make_union(LowDigits(), ColumnValues()), LogisticRegression(max_iter=1000)),
        "code": (CodeRule(),),
    }
    return {name: make_pipeline(*suite[name]) for name in names}


def fresh_regressors(names=_SUITE, random_state=0):
    """Untrained regressors, for an attribute that is an amount.

    Parameters
    ----------
    names : sequence of str
        Of "linear", "boosting", "mlp", "neighbours".
    random_state : int, default=0

    Returns
    -------
    dict of str to Pipeline

    Examples
    --------
    >>> from sklearn_infoshape.audit.attackers import fresh_regressors
    >>> list(fresh_regressors(["linear"]))
    ['linear']
    """
    suite = {
        "linear": RidgeCV(np.logspace(-2, 4, 7)),
        "boosting": HistGradientBoostingRegressor(
            max_iter=100, max_leaf_nodes=15, learning_rate=0.08, random_state=random_state
        ),
        "mlp": MLPRegressor(
            hidden_layer_sizes=(64,),
            learning_rate_init=5e-3,
            early_stopping=True,
            random_state=random_state,
        ),
        "neighbours": KNeighborsRegressor(25),
    }
    return {name: make_pipeline(*_standardised(), suite[name]) for name in names}


def choose_attackers(attackers, *, is_code, random_state=0):
    """Classifiers and regressors that a user's ``attackers`` asks for.

    Parameters
    ----------
    attackers : "default", str, estimator, dict of str to estimator, or sequence of these
        Names of :func:`fresh_attackers`; "default" stands for the whole suite. Own estimators
        get a StandardScaler in front, which extremes do not blind; regressors attack amounts only.
    is_code : bool
        Whether the release is a finite code: then "code" alone is the default suite (with linear
        and boosting for amounts), since nobody can do better, and a choice costs rows.
    random_state : int, default=0

    Returns
    -------
    classifiers, regressors : dict of str to Pipeline

    Raises
    ------
    ValueError
        If a name is unknown, or nothing is left that attacks classes.
    TypeError
        If an entry is neither a name nor a scikit-learn classifier or regressor.
    """
    default: tuple[str, ...] = ("code",) if is_code else (*_SUITE, "low digits")
    known = (*_SUITE, "low digits", "code")
    classifiers: dict = {}
    regressors: dict = {}
    single = isinstance(attackers, str | dict) or hasattr(attackers, "fit")
    for entry in [attackers] if single else attackers:
        if isinstance(entry, str):
            names = default if entry == "default" else (entry,)
            if not set(names) <= set(known):
                raise ValueError(
                    f"attackers has no {entry!r}; give 'default', some of {', '.join(known)}, or "
                    "scikit-learn classifiers."
                )
            classifiers |= fresh_attackers(names, random_state)
            of_amounts = _CHEAP if entry == "default" and is_code else names
            regressors |= fresh_regressors([n for n in of_amounts if n in _SUITE], random_state)
            continue
        own = entry if isinstance(entry, dict) else {type(entry).__name__.lower(): entry}
        for name, estimator in own.items():
            if is_classifier(estimator):
                classifiers[str(name)] = make_pipeline(*_standardised(), clone(estimator))
            elif is_regressor(estimator):
                regressors[str(name)] = make_pipeline(*_standardised(), clone(estimator))
            else:
                raise TypeError(
                    f"attackers: {name!r} is a {type(estimator).__name__}; give scikit-learn "
                    "classifiers or regressors, or names."
                )
    if not classifiers:
        raise ValueError("attackers has no classifier; add 'default' or one of your own.")
    return classifiers, regressors


def recovered_bits(labels, probabilities, classes):
    """Bits of a label that predictions recover: entropy less cross-entropy.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Of rows that the predictor has not seen.
    probabilities : ndarray of shape (n, C)
        Mixed here with one per cent of the prior, so that no sure mistake costs infinity.
    classes : ndarray of shape (C,)
        Sorted; the order of the columns.

    Returns
    -------
    float
        Can be negative, for a predictor worse than the prior.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.attackers import recovered_bits
    >>> labels = np.array([0, 0, 1, 1])
    >>> float(recovered_bits(labels, np.full((4, 2), 0.5), np.array([0, 1])))
    0.0
    """
    frequencies = (labels[:, None] == classes).mean(axis=0)
    mixed = mixed_with_prior(probabilities, frequencies)
    own = mixed[np.arange(len(labels)), np.searchsorted(classes, labels)]
    return entropy_bits(frequencies) + np.mean(np.log2(np.maximum(own, 1e-12)))


@dataclass(frozen=True)
class Attack:
    """What one attacker recovers from rows that it was not trained on.

    Attributes
    ----------
    name : str
    accuracy, auc : float
        ``auc`` is one against the rest, averaged, for more than two classes: those that tested
        rows have. NaN where these have one class only.
    bits : float
        Entropy less cross-entropy.
    """

    name: str
    accuracy: float
    auc: float
    bits: float


@leaves_process_unchanged
def attack(Z_train, labels_train, Z_test, labels_test, *, names=None, random_state=0):
    """Train fresh attackers on one part of a release and score them on another.

    Parameters
    ----------
    Z_train, Z_test : ndarray of shape (n, k)
        Releases of rows that the encoder was not fitted on.
    labels_train, labels_test : ndarray of shape (n,)
        Integer classes.
    names : sequence of str or None
        Which of :func:`fresh_attackers`; None: all.
    random_state : int, default=0

    Returns
    -------
    list of Attack
        Best first, by bits.
    """
    attacks = []
    suite = fresh_attackers(random_state=random_state)
    for name in names or suite:
        fitted = suite[name].fit(Z_train, labels_train)
        probabilities = fitted.predict_proba(Z_test)
        classes = fitted.classes_
        known = np.isin(labels_test, classes)
        found, labels = probabilities[known], labels_test[known]
        attacks.append(
            Attack(
                name,
                accuracy_score(labels, classes[found.argmax(axis=1)]),
                _area(labels, found, classes),
                float(recovered_bits(labels, found, classes)),
            )
        )
    return sorted(attacks, key=lambda result: -result.bits)


def _area(labels, probabilities, classes):
    """The area under the ROC curve; an average over the classes that there is one for."""
    judged = [1] if len(classes) == 2 else range(len(classes))
    own = [(labels == classes[c], probabilities[:, c]) for c in judged]
    areas = [roc_auc_score(is_one, scores) for is_one, scores in own if 0 < is_one.mean() < 1]
    return float(np.mean(areas)) if areas else np.nan


@plain_sklearn()
def cross_fitted_bits(Z, labels, *, names=("linear", "boosting"), folds=3, random_state=0):
    """Bits of a label that the best of a few models recovers from a release, cross-fitted.

    Every row is predicted by models that were trained on the other folds.

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    labels : ndarray of shape (n,)
        Integer classes.
    names : sequence of str
        Which of :func:`fresh_attackers`.
    folds : int, default=3
    random_state : int, default=0

    Returns
    -------
    float
        At least 0. Classes with fewer rows than folds are pooled, or left out.
    """
    labels, _ = pool_rare(np.unique(labels, return_inverse=True)[1].ravel(), folds)
    Z, labels = Z[labels >= 0], labels[labels >= 0]
    classes = np.unique(labels)
    if len(classes) < 2:
        return 0.0
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=random_state).split(Z, labels))
    best = 0.0
    for attacker in fresh_attackers(names, random_state).values():
        probabilities = np.empty((len(Z), len(classes)))
        for train, test in splits:
            fitted = clone(attacker).fit(Z[train], labels[train])
            probabilities[test] = fitted.predict_proba(Z[test])
        best = max(best, float(recovered_bits(labels, probabilities, classes)))
    return best
