"""Floors and context: what y itself says of s, what X says, and what a release is good for."""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from sklearn_infoshape.audit.attack_spec import AttackSpec
from sklearn_infoshape.audit.attackers import fresh_attackers, fresh_regressors
from sklearn_infoshape.information import entropy_bits, pointwise_information
from sklearn_infoshape.runtime.process import plain_sklearn

__all__ = ["Floor", "conditional_spec", "context_specs", "label_floor", "score_specs"]

_CHEAP = ("linear", "boosting")
_FEWEST_FOR_A_SCORE = 50
_SCORE_FOLDS = 3


@dataclass(frozen=True)
class Floor:
    """What y and s say of each other, in bits, whatever is released.

    Attributes
    ----------
    name : str
        Of the sensitive attribute.
    label_floor : float
        I(y; s): a release that keeps all of y leaks at least this.
    task_entropy : float
        H(y).
    task_entropy_given_sensitive : float
        H(y given s): I(Z; y) is at most this plus I(Z; s).
    """

    name: str
    label_floor: float
    task_entropy: float
    task_entropy_given_sensitive: float

    def most_utility(self, leakage):
        """The most bits of y that a release with so many bits of s can have.

        Parameters
        ----------
        leakage : float
            Bits of s.

        Returns
        -------
        float
            Bits of y.
        """
        return min(self.task_entropy, leakage + self.task_entropy_given_sensitive)


def label_floor(task, sensitive, groups=None):
    """Information that task label and sensitive attribute share.

    Plug-in information less its bias ``(C_y - 1)(C_s - 1) / 2n`` nats (Miller 1955), not below 0.

    Parameters
    ----------
    task, sensitive : Target
        Of the same rows; an amount counts as its bins.
    groups : ndarray of shape (n,) or None, default=None
        Who a row belongs to; a row weighs one over the rows of its group.

    Returns
    -------
    Floor
    """
    known = np.flatnonzero(task.known & sensitive.known)
    own = np.arange(len(known)) if groups is None else groups[known]
    sizes = np.bincount(own)
    table = np.zeros((task.n_classes, sensitive.n_classes))
    np.add.at(table, (task.classes[known], sensitive.classes[known]), 1.0 / sizes[own])
    joint = table / table.sum()
    plugin = (joint * pointwise_information(joint)).sum()
    rows, columns = ((joint.sum(axis=axis) > 0).sum() - 1 for axis in (1, 0))
    bits = max(0.0, plugin - rows * columns / (2 * (sizes > 0).sum())) / np.log(2)
    entropy = entropy_bits(joint.sum(axis=1))
    return Floor(sensitive.name, float(min(bits, entropy)), entropy, max(0.0, entropy - bits))


def conditional_spec(Z, target, task, *, is_code, n_permutations, seed):
    """What a release says of s beyond what y says: I(Z; s given y).

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    target, task : Target
    is_code : bool
    n_permutations, seed : int

    Returns
    -------
    AttackSpec
    """
    names = ("code",) if is_code else _CHEAP
    # Rows without y are a stratum of their own: nothing is known beforehand of them.
    strata = np.where(task.known, task.classes, task.n_classes)
    with_task = np.hstack([Z, np.eye(task.n_classes + 1)[strata]])
    attackers = fresh_attackers(names, seed)
    return AttackSpec("given y", with_task, target, attackers, {}, strata, n_permutations)


def context_specs(Z, X, targets, tasks, *, is_code, seed):
    """What X itself says of s, and what release and X say of y.

    Parameters
    ----------
    Z : ndarray of shape (n, k)
    X : ndarray of shape (n, p) or None
        None where X is not numbers, or nobody asks.
    targets, tasks : list of Target
    is_code : bool
    seed : int

    Returns
    -------
    list of AttackSpec
    """
    names = ("code",) if is_code else _CHEAP

    def useful(role, rows, names):  # of an amount also how well it is predicted as such
        return [
            AttackSpec(role, rows, task, fresh_attackers(names, seed), _regressors(task, seed))
            for task in tasks
        ]

    specs = useful("utility", Z, names)
    if X is not None:
        specs += [
            AttackSpec("raw", X, target, fresh_attackers(_CHEAP, seed), {}) for target in targets
        ]
        specs += useful("raw utility", X, _CHEAP)
    return specs


def _regressors(task, seed):
    return {} if task.values is None else fresh_regressors(_CHEAP, seed)


@plain_sklearn()
def score_specs(X, targets, task, parts, seed):
    """What the probabilities of a good classifier of y say of s: the label score's leakage.

    Attackers train on scores of all of their rows, each by a classifier that has not seen it;
    calibration and test rows get the score of one of these classifiers each, so that all scores
    have one law.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    targets : list of Target
    task : Target
    parts : Parts
    seed : int

    Returns
    -------
    list of AttackSpec
        Empty where the rows do not suffice.
    """
    rng = np.random.default_rng(seed)
    fold = rng.integers(_SCORE_FOLDS, size=len(X))
    fold[parts.train] = rng.permutation(np.arange(len(parts.train)) % _SCORE_FOLDS)
    trained = parts.train[task.known[parts.train]]
    score = np.zeros((len(X), task.n_classes))
    for number in range(_SCORE_FOLDS):
        own = trained[fold[trained] != number]
        if len(own) < _FEWEST_FOR_A_SCORE or len(np.unique(task.classes[own])) < 2:
            return []
        classifier = HistGradientBoostingClassifier(
            max_iter=100,
            max_leaf_nodes=15,
            learning_rate=0.08,
            early_stopping=False,
            random_state=seed,
        ).fit(X[own], task.classes[own])
        scored = fold == number
        score[np.ix_(scored, classifier.classes_)] = classifier.predict_proba(X[scored])
    return [
        AttackSpec("label score", score, target, fresh_attackers(_CHEAP, seed), {})
        for target in targets
    ]
