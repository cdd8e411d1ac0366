"""A multiplier chosen by attackers on the test rows of folds, then fitted on all rows."""

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.utils.parallel import delayed

from sklearn_infoshape.data.splits import cross_validation_splits
from sklearn_infoshape.exceptions import (
    CalibrationWarning,
    CollapsedEncoderWarning,
    ShapingConvergenceWarning,
)
from sklearn_infoshape.fitting.releases import number_of_steps
from sklearn_infoshape.fitting.stage_one import learn_posteriors
from sklearn_infoshape.release.channels import CategoricalChannel
from sklearn_infoshape.runtime.own_warnings import collected, unsaid, warn_of_parts
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import current, planned
from sklearn_infoshape.search.choice import Choice, candidate_columns
from sklearn_infoshape.search.constant import (
    collapse_unsaid,
    constant_member,
    warn_of_one_code,
)
from sklearn_infoshape.search.evaluation import judge
from sklearn_infoshape.search.grid import number_of
from sklearn_infoshape.search.path import fit_members, fit_path

__all__ = ["Verdict", "choose_by_folds", "deliver"]


@dataclass(frozen=True)
class Verdict:
    """Means over folds, with standard errors, of m candidates.

    Attributes
    ----------
    utility, utility_error : ndarray of shape (m,)
    leakage, leakage_error : ndarray of shape (m, d)
    results : dict of str to ndarray of shape (m,)
        In scikit-learn's column names; leakage with a minus sign, as its scorers have it:
        greater is better.
    """

    utility: np.ndarray
    utility_error: np.ndarray
    leakage: np.ndarray
    leakage_error: np.ndarray
    results: dict


def choose_by_folds(search, reader, problem, budget):
    """Fit all candidates, judge them by folds, and choose.

    Parameters
    ----------
    search : InfoShapeTransformerCV
        Its parameters are read.
    reader : InfoShapeTransformer
        Unfitted; has read the rows.
    problem : Problem
    budget : Budget

    Returns
    -------
    Choice

    Raises
    ------
    InfeasibleBudgetError
        If no candidate is within the budget.
    LostWorkerError
        If a worker process died.
    """
    splits = cross_validation_splits(search.cv, problem.sample, problem.labels, problem.secret.seed)
    number = number_of(search.privacy_multipliers)
    parts = [(problem.take(train), problem.sample.take(test)) for train, test in splits]
    steps = [number_of_steps(part, number) + 1 for part, _ in parts]
    with planned(number_of_steps(problem, number) + sum(steps), reader.verbose):
        with collapse_unsaid(problem.settings):
            path = fit_path(reader, problem, search.privacy_multipliers)
        verdict = _cross_validate(search, reader, parts, path.privacy_multipliers, steps)
    return deliver(search, path, verdict, len(splits), budget)


def deliver(search, path, verdict, n_splits, budget):
    """Choose from the verdict of the folds.

    Parameters
    ----------
    search : InfoShapeTransformerCV
    path : ShapingPath
    verdict : Verdict
    n_splits : int
    budget : Budget

    Returns
    -------
    Choice

    Raises
    ------
    InfeasibleBudgetError
    """
    margin = 1.0 if search.one_standard_error else 0.0
    errors = margin * verdict.utility_error, margin * verdict.leakage_error
    best = budget.choose(
        verdict.utility, errors[0], verdict.leakage, errors[1], _admitted(path, budget)
    )
    if best is not None:
        delivered = path[best]
        warn_of_one_code(delivered)
    elif budget.is_zero and budget.min_utility is None and path[0].release_.channel.is_code:
        delivered, best = constant_member(path)
    else:
        budget.refuse(
            verdict.utility - errors[0],
            np.maximum(verdict.leakage + errors[1], 0.0),
            path.sensitive_names,
            path.label_floor_bits,
            f"{n_splits} folds" + (", with one standard error" if margin else ""),
        )
    return Choice(path, best, delivered, verdict.results, verdict, n_splits=n_splits)


def _admitted(path, budget):
    """Candidates whose own fit on all rows is not seen to exceed the budget, either."""
    if budget.max_leakage is None or budget.unit not in ("bits", "share"):
        return None
    low = path.leakage_interval[:, :, 0]
    if budget.unit == "share":
        low = low / np.maximum(path.raw_bits[1:], 1e-6)
    return ~(low > budget.max_leakage).any(axis=1)


def _cross_validate(search, reader, parts, multipliers, steps):
    """Fit the path on each training part and judge it on the test part."""
    settings, labels = parts[0][0].settings, parts[0][0].labels
    channel = settings.channel
    usual = CategoricalChannel.n_init
    if channel.get_params().get("n_init") == usual:  # none is delivered: half of them will do
        channel = clone(channel).set_params(n_init=usual // 2)
    settings = replace(settings, channel=channel, verbose=0)
    calls = [
        delayed(_judge_fold)(
            reader,
            replace(problem, settings=settings),
            test,
            multipliers,
            search.leakage_unit,
            f"split {number} of {len(parts)}",
        )
        for number, (problem, test) in enumerate(parts, 1)
    ]
    folds, progress = [], current()
    progress.tell(f"{len(parts)} splits")
    ends = progress.done + np.cumsum(steps)
    judged = in_parallel(calls, search.n_jobs, piecewise=progress.is_shown)
    for end, fold in zip(ends, judged, strict=True):
        folds.append(fold)
        progress.reach(float(end))
    judgements, fit_seconds, score_seconds, said = zip(*folds, strict=True)
    warn_of_parts(said, "folds")
    utility, utility_error = _mean([(j.utility, j.utility_error) for j in judgements])
    leakage, leakage_error = _mean([(j.leakage, j.leakage_error) for j in judgements])
    names = [column.name for column in labels.sensitives]
    results = {
        **_timings(fit_seconds, score_seconds, len(utility)),
        **candidate_columns(multipliers),
        **_scores("utility", np.array([j.utility for j in judgements])),
    }
    for c, name in enumerate(names):
        metric = "leakage" if len(names) == 1 else f"leakage_{name}"
        results.update(_scores(metric, -np.array([j.leakage[:, c] for j in judgements])))
    return Verdict(utility, utility_error, leakage, leakage_error, results)


@leaves_process_unchanged
def _judge_fold(reader, problem, test, multipliers, unit, name):
    start, progress = time.perf_counter(), current()
    # All folds warn of much the same: it is said once, by the caller, who may be another process.
    with progress.within(name), collected() as said:
        # Fits of folds are not delivered; what the delivered ones warn of is said.
        with unsaid(CalibrationWarning, CollapsedEncoderWarning, ShapingConvergenceWarning):
            stage_one = learn_posteriors(problem)
            members = tuple(fit_members(reader, problem, stage_one, multipliers))
        fitted = time.perf_counter()
        progress.tell("judged")
        found = judge(members, test, unit=unit)
    return found, fitted - start, time.perf_counter() - fitted, said


def _mean(pairs):
    """Mean over folds; its error is the greater of what folds and what rows show."""
    values, errors = (np.array(part) for part in zip(*pairs, strict=True))
    n_folds = len(values)
    of_rows = np.sqrt((errors**2).sum(axis=0)) / n_folds
    of_folds = values.std(axis=0, ddof=1) / np.sqrt(n_folds) if n_folds > 1 else 0.0
    return values.mean(axis=0), np.maximum(of_rows, of_folds)


def _timings(fit_seconds, score_seconds, n_candidates):
    """Seconds of a fold, shared by its candidates."""
    timings = {}
    for name, seconds in (("fit", fit_seconds), ("score", score_seconds)):
        each = np.array(seconds) / n_candidates
        timings[f"mean_{name}_time"] = np.full(n_candidates, each.mean())
        timings[f"std_{name}_time"] = np.full(n_candidates, each.std())
    return timings


def _scores(metric, by_fold):
    scores = {f"split{k}_test_{metric}": values for k, values in enumerate(by_fold)}
    mean = by_fold.mean(axis=0)
    return {
        **scores,
        f"mean_test_{metric}": mean,
        f"std_test_{metric}": by_fold.std(axis=0),
        f"rank_test_{metric}": rankdata(-mean, method="min").astype(np.int32),
    }
