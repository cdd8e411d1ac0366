"""How candidates of a path are judged on fresh rows: by folds, or by a certificate."""

import copy
import math
import time
import warnings
from dataclasses import dataclass

import numpy as np
from joblib.externals.loky.process_executor import TerminatedWorkerError
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.utils.parallel import delayed

from sklearn_infoshape.audit.certificate import FEWEST_ROWS, certify_leakage
from sklearn_infoshape.exceptions import (
    CalibrationWarning,
    CollapsedEncoderWarning,
    LostWorkerError,
    ShapingConvergenceWarning,
)
from sklearn_infoshape.fitting import learn_posteriors
from sklearn_infoshape.information.labels import is_missing
from sklearn_infoshape.judging import judge
from sklearn_infoshape.own_warnings import unsaid
from sklearn_infoshape.path import fit_members
from sklearn_infoshape.progress import in_parallel, tracked

__all__ = [
    "Verdict",
    "calibration_classes",
    "certificate_results",
    "certified",
    "certify_in_order",
    "check_calibration_size",
    "constant_member",
    "cross_validate_path",
    "frozen_order",
]

_RESTARTS_OF_FOLDS = 2
_MOST_CLASSES = 20  # above, a certificate needs ten rows a class


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
        As in :func:`~sklearn_infoshape.path.fit_path`.
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


def check_calibration_size(n_units, fraction):
    """Refuse rows that are too few for a certificate, before anything is fitted.

    Parameters
    ----------
    n_units : int
        Rows; or persons, of whom each gives one row.
    fraction : float
        Of them that is set aside.

    Raises
    ------
    ValueError
    """
    aside = math.ceil(n_units * fraction)
    if aside < FEWEST_ROWS:
        raise ValueError(
            f"verify='certificate' sets calibration_fraction={fraction:g} of {n_units} rows (or "
            f"persons) aside, which are {aside}; a certificate needs at least {FEWEST_ROWS}. "
            f"{_remedy(FEWEST_ROWS, fraction)}"
        )


def calibration_classes(column, values, fraction):
    """Which calibration rows have a sensitive label, and its classes there.

    A class that the fit has not seen is one of its own: a certificate leaves no row out.

    Parameters
    ----------
    column : LabelColumn
        As the fit has described it.
    values : ndarray of shape (n,)
        Of the calibration rows.
    fraction : float
        Of the rows that was set aside, for the message.

    Returns
    -------
    known : ndarray of shape (n,), dtype bool
    classes : ndarray of int
        Of the known rows.

    Raises
    ------
    ValueError
        If known rows are too few, of one class, or too few for the number of classes.
    """
    known = ~is_missing(values)
    observed = values[known]
    if column.kind == "classes":
        observed = observed.astype(str) if observed.dtype.kind == "O" else observed
        classes = np.unique(observed, return_inverse=True)[1].ravel()
    else:
        classes = column.encode(observed).argmax(axis=1)
    found = len(np.unique(classes))
    needed = FEWEST_ROWS if found <= _MOST_CLASSES else 10 * found
    if len(classes) < needed or found < 2:
        raise ValueError(
            f"verify='certificate': {column.name} is known for {len(classes)} of the {len(values)} "
            f"rows that were set aside, and has {found} classes there; a certificate needs at "
            f"least two classes and {needed} such rows. "
            f"{_remedy(needed, fraction * max(len(classes), 1) / len(values))}"
        )
    return known, classes


def _remedy(needed, share):
    return (
        f"Fit on at least {math.floor((needed - 1) / share) + 1} rows (persons, with "
        "fold_columns), set a larger calibration_fraction, or use verify='attackers'."
    )


def certify_in_order(path, order, Z_of, sensitives, budget, confidence):
    """Test frozen candidates, most private first, and stop at the first that fails.

    Each is tested at ``1 - confidence``: under this fixed order the chance that a candidate
    over the budget is delivered is at most that, whatever the number of candidates. Several
    sensitive columns: each is tested, and all have to pass.

    Parameters
    ----------
    path : ShapingPath
    order : list of int
        Of candidates; chosen without a look at the calibration rows.
    Z_of : callable
        From a transformer to the codes of the calibration rows, one-hot.
    sensitives : list of (ndarray of bool, ndarray of int)
        For each column, the calibration rows where it is known, and its classes there.
    budget : Budget
    confidence : float

    Returns
    -------
    best : int or None
        The last that passed before the first failure.
    certificates : dict of int to list of LeakageCertificate
        Of the candidates that were tested.
    """
    best, certificates = None, {}
    for index in order:
        Z = Z_of(path[index])
        found = [certify_leakage(Z[known], classes, confidence) for known, classes in sensitives]
        certificates[index] = found
        if not (certified(found, budget.unit) <= budget.max_leakage).all():
            break
        best = index
    return best, certificates


def certified(certificates, unit):
    """The upper limits of each sensitive column, in a unit; shape (d,)."""
    return np.array([getattr(certificate, unit) for certificate in certificates])


def certificate_results(path, certificates, best, names, unit):
    """The test of each candidate as columns, NaN where none was made.

    Returns
    -------
    dict of str to ndarray of shape (m,)
    """
    results = {
        **_parameters(path.privacy_multipliers),
        "estimated_utility": path.utility_bits,
        "tested": np.array([i in certificates for i in range(len(path))]),
        "delivered": np.arange(len(path)) == best,
    }
    for j, name in enumerate(names):
        suffix = "" if len(names) == 1 else f"_{name}"
        results[f"estimated_leakage{suffix}_bits"] = path.leakage_bits[:, j]
        limits = np.full(len(path), np.nan)
        for index, found in certificates.items():
            limits[index] = certified(found, unit)[j]
        results[f"certified_leakage{suffix}"] = limits
    return results


def frozen_order(path, budget):
    """Candidates from the most private one on, without those that a more private one outdoes."""
    if not (np.isfinite(path.leakage_bits).all() and np.isfinite(path.utility_bits).all()):
        # Too few rows for estimates: the greatest price first.
        prices = path.privacy_multipliers.reshape(len(path), -1).sum(axis=1)
        return np.argsort(-prices, kind="stable").tolist()
    leakage = (path.leakage_bits / np.maximum(budget.max_leakage, 1e-9)).max(axis=1)
    order, most = [], -np.inf
    for index in sorted(range(len(path)), key=lambda i: (leakage[i], -i)):
        if path.utility_bits[index] > most:
            order.append(index)
            most = path.utility_bits[index]
    return order


def constant_member(path):
    """The most private candidate with all its codes made one, and its place."""
    index = int(path.leakage_bits.sum(axis=1).argmin())
    member = copy.deepcopy(path[index])
    member.set_params(privacy_multiplier=np.inf)
    channel, book = member.release_.channel, member.codebook_
    channel.live = channel.live[[int(book["share"].argmax())]]
    channel.draw = None
    role_tables = {}
    for role in ("target", "sensitive"):
        role_tables[role] = {
            name: (book["share"] @ table)[None] for name, table in book[role].items()
        }
    member.codebook_ = {"share": np.ones(1), **role_tables}
    member.utility_estimate_bits_ = member.utility_estimate_bits_ * 0.0
    member.leakage_estimate_bits_ = member.leakage_estimate_bits_ * 0.0
    warnings.warn(
        "No candidate is within a budget of 0: the same code is released for every row, which "
        "tells nothing of s and nothing of y. Allow some leakage for a release that is of use.",
        CollapsedEncoderWarning,
        stacklevel=4,
    )
    return member, index
