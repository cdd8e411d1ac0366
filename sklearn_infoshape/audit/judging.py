"""One question is judged: calibrate, score on test rows, permute the test labels."""

import numpy as np

from sklearn_infoshape.audit.calibration import class_shares, temper, tempered
from sklearn_infoshape.audit.figures import (
    Decisions,
    amount_figures,
    class_figures,
    null_scores,
)
from sklearn_infoshape.audit.intervals import bootstrap_weights, intervals
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
    train, calibration, test = rows
    target = question.target
    strata = np.zeros(len(question.Z), dtype=int) if question.strata is None else question.strata
    before = np.r_[train, calibration]
    shares = class_shares(
        target.classes[before], strata[before], target.n_classes, strata.max() + 1
    )
    overall = class_shares(target.classes[before], 0 * before, target.n_classes, 1)[0]
    groups = np.arange(len(test))
    if terms.groups is not None:
        groups = np.unique(terms.groups[test], return_inverse=True)[1].ravel()
    weights = bootstrap_weights(groups, terms.n_resamples, rng)

    def measure(figures):
        return intervals(figures, groups, weights, terms.confidence)

    classes = target.classes[test]
    figures: dict = {}
    tuned: dict = {}
    scores = []
    for name, (on_calibration, on_test) in predictions.items():
        labels, prior = target.classes[calibration], shares[strata[calibration]]
        evidence = _evidence(on_calibration, prior)
        trust = temper(evidence, prior, labels)
        seen = tempered(evidence, prior, trust)
        decisions = Decisions(seen, labels, overall)
        tuned[name] = _values(class_figures(seen, labels, strata[calibration], decisions))
        prior = shares[strata[test]]
        predicted = tempered(_evidence(on_test, prior), prior, trust)
        figures[name] = measure(class_figures(predicted, classes, strata[test], decisions))
        if question.n_permutations:
            scores.append(null_scores(predicted, classes, decisions))
    for name, (on_calibration, on_test) in amounts.items():
        own = amount_figures(on_test, target.values[test])
        figures.setdefault(name, {}).update(measure(own))
        own = amount_figures(on_calibration, target.values[calibration])
        tuned.setdefault(name, {}).update(_values(own))
    entropy = _entropy(classes, strata[test], target.n_classes)
    null = None
    if scores:
        null = permutation_null(
            np.array(scores),
            entropy,
            classes,
            groups,
            strata[test],
            question.n_permutations,
            terms.confidence,
            rng,
        )
    best = _best(tuned)
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
        failed=failed,
    )


def _evidence(probabilities, prior):
    """Log of predicted over prior probabilities.

    Classes that no attacker was trained on take their prior share of each prediction.
    """
    missing = probabilities.max(axis=0) == 0
    share = prior[:, missing].sum(axis=1, keepdims=True)
    whole = np.where(missing, prior, probabilities * (1 - share))
    return np.log(np.maximum(whole, 1e-9)) - np.log(prior)


def _values(figures):
    return {
        figure: float(function(columns.sum(axis=0, keepdims=True))[0])
        for figure, (columns, function) in figures.items()
    }


def _entropy(classes, strata, n_classes):
    counts = np.zeros((strata.max() + 1, n_classes))
    np.add.at(counts, (strata, classes), 1.0)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return float(-(counts * np.log2(np.where(shares > 0, shares, 1.0))).sum() / len(classes))


def _best(tuned):
    best = {}
    for figure in sorted({figure for own in tuned.values() for figure in own}):
        candidates = {name: own[figure] for name, own in tuned.items() if figure in own}
        best[figure] = max(candidates, key=candidates.__getitem__)
    return best
