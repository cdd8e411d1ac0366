"""Attackers are trained in parallel, each on rows of its own part, and their results judged."""

import numpy as np
from scipy.special import softmax
from sklearn.utils.parallel import delayed

from sklearn_infoshape.audit.attack_spec import AttackResult
from sklearn_infoshape.audit.beyond_known import KNOWN_ALONE, beyond_known, share_out
from sklearn_infoshape.audit.intervals import exponential_weights, intervals
from sklearn_infoshape.audit.metrics import (
    Decisions,
    amount_figures,
    class_figures,
    null_scores,
)
from sklearn_infoshape.audit.permutation import permutation_null
from sklearn_infoshape.audit.predictions import person_weights, persons_of, priors, settle
from sklearn_infoshape.audit.side_information import resampled_rows
from sklearn_infoshape.information import entropy_bits
from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.process import plain_sklearn, quiet
from sklearn_infoshape.runtime.progress import current, planned, short
from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["ask", "judge"]

_FEWEST_OF_A_CLASS = 5
_FEWEST_TEST_ROWS = 20


@plain_sklearn()
def ask(specs, terms):
    """Train every attacker of every spec in parallel, then judge them.

    Parameters
    ----------
    specs : list of AttackSpec
    terms : Terms

    Returns
    -------
    list of AttackResult

    Raises
    ------
    ValueError
        If a target has too few rows or classes to be attacked, or no attacker can be trained.
    """
    jobs = []
    rows_of = [_rows(spec, terms) for spec in specs]
    for number, (spec, rows) in enumerate(zip(specs, rows_of, strict=True)):
        jobs += [(number, name, a, rows, False) for name, a in spec.classifiers.items()]
        if spec.target.values is not None:
            jobs += [(number, name, a, rows, True) for name, a in spec.regressors.items()]
    settings = terms.settings
    shared: dict = {}  # attackers of one target get the same arrays: a cluster is sent them once
    calls = []
    for number, name, attacker, rows, is_amount in jobs:
        if (number, is_amount) not in shared:
            shared[number, is_amount] = _seen(specs[number], rows, is_amount)
        told = f"attack on {short(specs[number].target.name)}: {name}"
        calls.append(delayed(_predict)(attacker, *shared[number, is_amount], told))
    found: list[tuple[dict, dict, dict]] = [({}, {}, {}) for _ in specs]
    results: list[AttackResult] = []
    with planned(len(jobs) + len(specs), settings.verbose) as progress:
        progress.tell(f"{len(jobs)} attacks")
        end = progress.done
        outcomes = in_parallel(calls, settings.n_jobs, piecewise=progress.is_shown)
        for (number, name, _, _, is_amount), outcome in zip(jobs, outcomes, strict=True):
            end += 1
            progress.reach(end)  # another thread or process has not counted its own
            classes, amounts, failed = found[number]
            if isinstance(outcome, str):
                failed[name] = outcome
            else:
                (amounts if is_amount else classes)[name] = outcome
        for number, (spec, rows) in enumerate(zip(specs, rows_of, strict=True)):
            if spec.given is not None:
                share_out(found[number - 1][0], found[number][0], tuple(map(len, rows[2:])))
        for number, (spec, rows) in enumerate(zip(specs, rows_of, strict=True)):
            progress.tell(f"attacks on {short(spec.target.name)}: judged")
            if spec.given is not None:
                guesses = (found[number - 1][0], found[number][0])
                guesses[1][KNOWN_ALONE] = guesses[0][results[-1].best["bits"]]
            results.append(judge(spec, rows[1:], *found[number], terms))
            if spec.given is not None:
                results.append(beyond_known(spec, rows[1:], guesses, results[-2:], terms))
            progress.advance()
    return results


def _rows(spec, terms):
    """Rows of the three parts whose label is known."""
    target, parts = spec.target, terms.parts
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


def _seen(spec, rows, is_amount):
    """What :func:`_predict` gets beside an attacker."""
    learnable, train, calibration, test = rows
    if is_amount:
        labels, own = spec.target.values, train
    else:
        labels, own = spec.target.classes, learnable
    judged = (resampled_rows(spec, part) for part in (calibration, test))
    return spec.Z[own], labels[own], *judged, spec.target.n_classes


def _predict(attacker, Z_train, labels, Z_calibration, Z_test, n_classes, told):
    """Predictions of calibration and test rows; the error's name if training fails."""
    progress = current()
    progress.tell(told)
    outcome = _predicted(attacker, Z_train, labels, Z_calibration, Z_test, n_classes)
    progress.advance()
    return outcome


def _predicted(attacker, Z_train, labels, Z_calibration, Z_test, n_classes):
    is_amount = labels.dtype.kind == "f"
    if is_amount:  # regressors are as much at home in thousands as in hundredths
        centre, scale = labels.mean(), labels.std()
        labels = (labels - centre) / scale
    with one_thread(), quiet(), lent_to(attacker):  # convergence, of attackers on rows of any kind
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


def judge(spec, rows, predictions, amounts, failed, terms):
    """Judge the attackers of one spec.

    Parameters
    ----------
    spec : AttackSpec
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
    AttackResult

    Raises
    ------
    ValueError
        If no classifier could be trained.
    """
    if not predictions:
        raise ValueError(
            f"No attacker on {spec.target.name} could be trained: "
            + ", ".join(f"{name} ({error})" for name, error in failed.items())
        )
    rng = np.random.default_rng(terms.settings.seed)
    _, calibration, test = rows
    target = spec.target
    confidence = spec.confidence or terms.settings.confidence
    strata = np.zeros(len(spec.Z), dtype=int) if spec.strata is None else spec.strata
    known = priors(target, strata, np.r_[rows[0], calibration], terms)
    groups, tuning_groups = persons_of(terms, test), persons_of(terms, calibration)
    weights, tuning_weights = person_weights(terms, test), person_weights(terms, calibration)
    draws = exponential_weights(groups.max() + 1, terms.settings.n_resamples, rng)

    def measure(figures):
        return intervals(figures, groups, draws, confidence, rng)

    classes = target.classes[test]
    figures: dict = {}
    tuned: dict = {}
    alarms: dict = {}
    scores = []
    for name, (on_calibration, on_test) in predictions.items():
        labels = target.classes[calibration]
        own_strata = (strata[calibration], strata[test])
        held = settle(on_calibration, on_test, known, own_strata, labels, tuning_weights)
        seen, predicted, floor = held.seen, held.predicted, held.floor
        decisions = Decisions(
            seen, labels, known.overall, groups=tuning_groups, confidence=confidence
        )
        alarms[name] = decisions.alarm_class
        prior = known.shares[strata[calibration]]
        own = class_figures(
            seen, prior, labels, strata[calibration], decisions, tuning_weights, floor
        )
        tuned[name] = {figure: s.value(tuning_weights) for figure, s in own.items()}
        prior = known.shares[strata[test]]
        figures[name] = measure(
            class_figures(predicted, prior, classes, strata[test], decisions, weights, floor)
        )
        if spec.n_permutations:
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
            spec.n_permutations,
            confidence,
            rng,
        )
    best = _best(tuned, figures)
    return AttackResult(
        role=spec.role,
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


def _entropy(classes, strata, n_classes, weights):
    counts = np.zeros((strata.max() + 1, n_classes))
    np.add.at(counts, (strata, classes), weights)
    each = [entropy_bits(law) if law.any() else 0.0 for law in counts]
    return float(counts.sum(axis=1) @ each / counts.sum())


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
