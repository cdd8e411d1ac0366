"""How candidates of a path are judged on fresh rows: by folds, or by a certificate."""

import time
from dataclasses import dataclass

import numpy as np
from joblib.externals.loky.process_executor import TerminatedWorkerError
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.utils.parallel import delayed

from sklearn_infoshape.exceptions import (
    CalibrationWarning,
    CollapsedEncoderWarning,
    LostWorkerError,
    ShapingConvergenceWarning,
)
from sklearn_infoshape.fitting import learn_posteriors
from sklearn_infoshape.runtime.own_warnings import unsaid
from sklearn_infoshape.runtime.parallel import in_parallel, tracked
from sklearn_infoshape.search.evaluation import judge
from sklearn_infoshape.search.path import fit_members

__all__ = ["Verdict", "cross_validate_path"]

_RESTARTS_OF_FOLDS = 2


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


def cross_validate_path(
    reader, splits, rows, identities, labels, targets, secret, multipliers, *, unit, n_jobs
):
    """Fit the path on each training part and judge it on the test part.

    Parameters
    ----------
    reader, rows, identities, labels, targets, secret
        As in :func:`~sklearn_infoshape.search.path.fit_path`.
    splits : list of (ndarray of int, ndarray of int)
    multipliers : ndarray of shape (m,) or (m, d)
    unit : {"bits", "advantage", "share"}
    n_jobs : int or None

    Returns
    -------
    Verdict

    Raises
    ------
    LostWorkerError
        If a worker process died.
    """
    shown, reader = reader.verbose, clone(reader).set_params(verbose=0)
    solves_codes = reader.posterior is not None and reader.channel == "categorical"
    if reader.n_init == "auto" and solves_codes:  # none is delivered: half of the restarts will do
        reader.set_params(n_init=_RESTARTS_OF_FOLDS)
    try:
        calls = [
            delayed(_judge_fold)(
                reader,
                rows,
                identities,
                labels,
                targets,
                secret,
                multipliers,
                train,
                test,
                unit,
            )
            for train, test in splits
        ]
        judged = in_parallel(calls, n_jobs, piecewise=bool(shown))
        folds = list(tracked(judged, len(splits), "folds", shown))
    except TerminatedWorkerError as error:
        raise LostWorkerError(
            "A worker process died while it fitted a fold, most often for lack of memory; "
            "nothing was changed. Lower n_jobs, or free memory, and fit again."
        ) from error
    judgements, fit_seconds, score_seconds = zip(*folds, strict=True)
    utility, utility_error = _mean([(j.utility, j.utility_error) for j in judgements])
    leakage, leakage_error = _mean([(j.leakage, j.leakage_error) for j in judgements])
    names = [column.name for column in labels.sensitives]
    results = {
        **_timings(fit_seconds, score_seconds, len(utility)),
        **_parameters(multipliers),
        **_scores("utility", np.array([j.utility for j in judgements])),
    }
    for c, name in enumerate(names):
        metric = "leakage" if len(names) == 1 else f"leakage_{name}"
        results.update(_scores(metric, -np.array([j.leakage[:, c] for j in judgements])))
    return Verdict(utility, utility_error, leakage, leakage_error, results)


def _judge_fold(reader, rows, identities, labels, targets, secret, multipliers, train, test, unit):
    start = time.perf_counter()
    own_rows, own_names = rows[train], [identities[i] for i in train]
    own_targets = [target[train] for target in targets]
    # Fits of folds are not delivered; what the delivered ones warn of is said.
    with unsaid(CalibrationWarning, CollapsedEncoderWarning, ShapingConvergenceWarning):
        stage_one = learn_posteriors(reader, own_rows, own_names, labels, own_targets, secret)
        members = fit_members(
            reader, stage_one, own_rows, own_names, labels, own_targets, secret, multipliers
        )
    fitted = time.perf_counter()
    found = judge(
        list(members),
        rows[test],
        [identities[i] for i in test],
        [target[test] for target in targets],
        unit=unit,
    )
    return found, fitted - start, time.perf_counter() - fitted


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


def _parameters(multipliers):
    values = multipliers.tolist()
    column = np.empty(len(values), dtype=float if multipliers.ndim == 1 else object)
    column[:] = values
    return {
        "param_privacy_multiplier": np.ma.masked_array(column, mask=False),
        "params": [{"privacy_multiplier": value} for value in values],
    }


def _scores(metric, by_fold):
    scores = {f"split{k}_test_{metric}": values for k, values in enumerate(by_fold)}
    mean = by_fold.mean(axis=0)
    return {
        **scores,
        f"mean_test_{metric}": mean,
        f"std_test_{metric}": by_fold.std(axis=0),
        f"rank_test_{metric}": rankdata(-mean, method="min").astype(np.int32),
    }
