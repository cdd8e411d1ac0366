"""One question is judged: calibrate, score on test rows, permute the test labels."""

import numpy as np

from sklearn_infoshape.audit.calibration import (
    class_shares,
    floored,
    temper,
    tempered,
)
from sklearn_infoshape.audit.figures import (
    Decisions,
    amount_figures,
    class_figures,
    null_scores,
)
from sklearn_infoshape.audit.intervals import exponential_weights, intervals
from sklearn_infoshape.audit.null import permutation_null
from sklearn_infoshape.audit.questions import Answer

__all__ = ["judge"]


def judge(question, rows, predictions, amounts, failed, terms):
    """Judge the attackers of one question.

    Parameters
    ----------
    question : Question
    rows : tuple of three ndarray of int
        Labelled rows of training, calibration and test.
    predictions : dict of str to (ndarray of shape (n_calibration, C), ndarray of (n_test, C))
        Class probabilities, of each classifier.
    amounts : dict of str to (ndarray of shape (n_calibration,), ndarray of (n_test,))
        Of each regressor.
    failed : dict of str to str
        Attackers that could not be trained, and the kind of error.
    terms : Terms

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        If no classifier could be trained.
    """
    if not predictions:
        raise ValueError(
            f"No attacker on {question.target.name} could be trained: "
            + ", ".join(f"{name} ({error})" for name, error in failed.items())
        )
    rng = np.random.default_rng(terms.seed)
    _, calibration, test = rows
    target = question.target
    confidence = question.confidence or terms.confidence
    strata = np.zeros(len(question.Z), dtype=int) if question.strata is None else question.strata
    before = np.r_[rows[0], calibration]
    # What attackers took for the prior counts rows; what is claimed counts groups.
    trained, shares = (
        class_shares(
            target.classes[before], strata[before], target.n_classes, strata.max() + 1, weights
        )
        for weights in (None, _weights(terms, before))
    )
    overall = class_shares(
        target.classes[before], 0 * before, target.n_classes, 1, _weights(terms, before)
    )[0]
    groups, tuning_groups = _group_numbers(terms, test), _group_numbers(terms, calibration)
    weights, tuning_weights = _weights(terms, test), _weights(terms, calibration)
    draws = exponential_weights(groups.max() + 1, terms.n_resamples, rng)

    def measure(figures):
        return intervals(figures, groups, draws, confidence, rng)

    classes = target.classes[test]
    figures: dict = {}
    tuned: dict = {}
    alarms: dict = {}
    scores = []
    for name, (on_calibration, on_test) in predictions.items():
        labels, prior = target.classes[calibration], shares[strata[calibration]]
        evidence = _evidence(on_calibration, trained[strata[calibration]])
        trust = temper(evidence, prior, labels, tuning_weights)
        seen = tempered(evidence, prior, trust)
        floor = min(1.0, float((seen / prior).min()))
        decisions = Decisions(seen, labels, overall, groups=tuning_groups, confidence=confidence)
        alarms[name] = decisions.alarm_class
        own = class_figures(
            seen, prior, labels, strata[calibration], decisions, tuning_weights, floor
        )
        tuned[name] = {figure: s.value(tuning_weights) for figure, s in own.items()}
        prior = shares[strata[test]]
        predicted = tempered(_evidence(on_test, trained[strata[test]]), prior, trust)
        predicted = floored(predicted, prior, floor)
        figures[name] = measure(
            class_figures(predicted, prior, classes, strata[test], decisions, weights, floor)
        )
        if question.n_permutations:
            scores.append(null_scores(predicted, classes, decisions, weights))
    for name, (on_calibration, on_test) in amounts.items():
        own = amount_figures(on_test, target.values[test])
        figures.setdefault(name, {}).update(measure(own))
        own = amount_figures(on_calibration, target.values[calibration])
        tuned.setdefault(name, {}).update(
            {figure: s.value(tuning_weights) for figure, s in own.items()}
        )
    entropy = _entropy(classes, strata[test], target.n_classes, weights)
    null = None
    if scores:
        null = permutation_null(
            np.array(scores),
            entropy,
            classes,
            groups,
            strata[test],
            question.n_permutations,
            confidence,
            rng,
        )
    best = _best(tuned, figures)
    return Answer(
        role=question.role,
        name=target.name,
        figures=figures,
        best=best,
        null=null,
        entropy=entropy,
        calibration_bits=tuned[best["bits"]]["bits"],
        n_classes=target.n_classes,
        n_test=len(test),
        n_groups=int(groups.max()) + 1,
        alarm_class=alarms.get(best.get("tpr_at_1_fpr")),
        failed=failed,
    )


def _group_numbers(terms, rows):
    if terms.groups is None:
        return np.arange(len(rows))
    return np.unique(terms.groups[rows], return_inverse=True)[1].ravel()


def _weights(terms, rows):
    """One over the rows of each row's group."""
    groups = _group_numbers(terms, rows)
    return 1.0 / np.bincount(groups)[groups]


def _evidence(probabilities, prior):
    """Log of predicted over prior probabilities.

    Classes that no attacker was trained on take their prior share of each prediction.
    """
    missing = probabilities.max(axis=0) == 0
    share = prior[:, missing].sum(axis=1, keepdims=True)
    whole = np.where(missing, prior, probabilities * (1 - share))
    return np.log(np.maximum(whole, 1e-9)) - np.log(prior)


def _entropy(classes, strata, n_classes, weights):
    counts = np.zeros((strata.max() + 1, n_classes))
    np.add.at(counts, (strata, classes), weights)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    return float(-(counts * np.log2(np.where(shares > 0, shares, 1.0))).sum() / counts.sum())


def _best(tuned, figures):
    """For each figure the attacker that was best on calibration rows."""
    best = {}
    measured = {figure for own in figures.values() for figure in own}
    for figure in sorted(measured):
        candidates = {
            name: own.get(figure, -np.inf)
            for name, own in tuned.items()
            if figure in figures.get(name, {})
        }
        best[figure] = max(candidates, key=candidates.__getitem__)
    if "false_alarm_rate" in best:  # is no feat: it belongs to the recognition beside it
        best["false_alarm_rate"] = best["tpr_at_1_fpr"]
    return best
