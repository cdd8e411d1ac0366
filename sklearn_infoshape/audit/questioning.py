"""Attackers are trained in parallel, each on rows of its own part, and their answers judged."""

import numpy as np
from scipy.special import softmax
from sklearn.utils.parallel import delayed

from sklearn_infoshape.audit.judging import judge
from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.process import plain_sklearn, quiet
from sklearn_infoshape.progress import in_parallel, show_progress

__all__ = ["ask"]

_FEWEST_OF_A_CLASS = 5
_FEWEST_TEST_ROWS = 20


@plain_sklearn()
def ask(questions, terms):
    """Train every attacker of every question in parallel, then judge them.

    Parameters
    ----------
    questions : list of Question
    terms : Terms

    Returns
    -------
    list of Answer

    Raises
    ------
    ValueError
        If a target has too few rows or classes to be attacked, or no attacker can be trained.
    """
    jobs = []
    for number, question in enumerate(questions):
        rows = _rows(question, terms)
        jobs += [(number, name, a, rows, False) for name, a in question.classifiers.items()]
        if question.target.values is not None:
            jobs += [(number, name, a, rows, True) for name, a in question.regressors.items()]
    calls = [delayed(_predict)(*_job(questions, *job)) for job in jobs]
    outcomes = in_parallel(calls, terms.n_jobs, piecewise=bool(terms.verbose))
    found: list[tuple[dict, dict, dict]] = [({}, {}, {}) for _ in questions]
    for done, ((number, name, _, _, is_amount), outcome) in enumerate(
        zip(jobs, outcomes, strict=True), 1
    ):
        classes, amounts, failed = found[number]
        if isinstance(outcome, str):
            failed[name] = outcome
        else:
            (amounts if is_amount else classes)[name] = outcome
        if terms.verbose:
            question = questions[number]
            text = f"{question.role}: {question.target.name}, {name}"
            show_progress(done, len(jobs), text)
    return [
        judge(question, _rows(question, terms)[1:], *parts, terms)
        for question, parts in zip(questions, found, strict=True)
    ]


def _rows(question, terms):
    """Rows of the three parts whose label is known."""
    target, parts = question.target, terms.parts
    known = target.known
    train, calibration, test = (
        part[known[part]] for part in (parts.train, parts.calibration, parts.test)
    )
    counts = np.bincount(target.classes[train], minlength=target.n_classes)
    if (counts >= _FEWEST_OF_A_CLASS).sum() < 2 or len(test) < _FEWEST_TEST_ROWS:
        raise ValueError(
            f"{target.name} cannot be attacked: at least two classes with {_FEWEST_OF_A_CLASS} "
            f"rows in the attackers' part and {_FEWEST_TEST_ROWS} labelled test rows are needed. "
            "Give more rows, or merge rare classes."
        )
    # A class that is too rare to be learned keeps its prior share in every prediction.
    learnable = train[counts[target.classes[train]] >= _FEWEST_OF_A_CLASS]
    return learnable, train, calibration, test


def _job(questions, number, name, attacker, rows, is_amount):
    question = questions[number]
    learnable, train, calibration, test = rows
    if is_amount:
        labels, own = question.target.values, train
    else:
        labels, own = question.target.classes, learnable
    Z = question.Z
    return attacker, Z[own], labels[own], Z[calibration], Z[test], question.target.n_classes


def _predict(attacker, Z_train, labels, Z_calibration, Z_test, n_classes):
    """Predictions of calibration and test rows; the error's name if training fails."""
    is_amount = labels.dtype.kind == "f"
    if is_amount:  # regressors are as much at home in thousands as in hundredths
        centre, scale = labels.mean(), labels.std()
        labels = (labels - centre) / scale
    with quiet(), lent_to(attacker):  # convergence, of attackers on rows of any kind
        try:
            fitted = attacker.fit(Z_train, labels)
            if is_amount:
                return [fitted.predict(Z).ravel() * scale + centre for Z in (Z_calibration, Z_test)]
            return [_probabilities(fitted, Z, n_classes) for Z in (Z_calibration, Z_test)]
        except Exception as error:  # a user's attacker may fail in any way
            return type(error).__name__


def _probabilities(fitted, Z, n_classes):
    if hasattr(fitted, "predict_proba"):
        own = fitted.predict_proba(Z)
    elif hasattr(fitted, "decision_function"):
        scores = fitted.decision_function(Z)
        if scores.ndim == 1:
            scores = np.column_stack([np.zeros(len(scores)), scores])
        own = softmax(scores, axis=1)
    else:
        own = (fitted.predict(Z)[:, None] == fitted.classes_).astype(float)
    probabilities = np.zeros((len(Z), n_classes))
    probabilities[:, fitted.classes_.astype(int)] = own
    return probabilities
