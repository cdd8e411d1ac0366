"""A multiplier chosen by certificates on untouched rows, in an order frozen before."""

import math

import numpy as np

from sklearn_infoshape.audit.certificate import FEWEST_ROWS
from sklearn_infoshape.audit.certify import certify_leakage
from sklearn_infoshape.audit.table_limits import least_limits, rows_needed
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.splits import certificate_split
from sklearn_infoshape.data.terms import describe_labels, weighed
from sklearn_infoshape.data.weights import refuse_weights
from sklearn_infoshape.exceptions import InfeasibleBudgetError
from sklearn_infoshape.fitting.problem import Problem
from sklearn_infoshape.fitting.releases import number_of_steps
from sklearn_infoshape.runtime.progress import planned
from sklearn_infoshape.search.choice import Choice, candidate_columns
from sklearn_infoshape.search.constant import collapse_unsaid, warn_of_one_code
from sklearn_infoshape.search.grid import number_of
from sklearn_infoshape.search.path import fit_path

__all__ = ["certificate_classes", "certify_in_order", "choose_by_certificate", "frozen_order"]

_MOST_CLASSES = 20  # above, a certificate needs ten rows a class


def choose_by_certificate(search, reader, problem, tasks, sensitives, budget):
    """Set rows aside, fit all candidates on the others, and certify them in a frozen order.

    Parameters
    ----------
    search : InfoShapeTransformerCV
        Its parameters are read.
    reader : InfoShapeTransformer
        Unfitted; has read the rows.
    problem : Problem
        Of all rows.
    tasks, sensitives : list of (str, ndarray of shape (n,))
        From which labels are described anew, without the rows that are set aside.
    budget : Budget

    Returns
    -------
    Choice

    Raises
    ------
    InfeasibleBudgetError
        If the first candidate fails already; before anything is fitted, where all would.
    ValueError
        If rows, budget or release do not suit a certificate.
    """
    _check_certifiable(problem.settings, budget)
    sample, fraction = problem.sample, search.calibration_fraction
    refuse_weights(sample.weights, "verify='certificate'")
    _check_size(sample.n_persons or len(sample), fraction)
    fitting, aside = certificate_split(sample, problem.labels, fraction, problem.secret.seed)
    # What is learned of the labels, too, is learned without the rows that are set aside.
    own = [[(name, values[fitting]) for name, values in part] for part in (tasks, sensitives)]
    labels = weighed(describe_labels(reader, *own), reader)
    columns = [
        certificate_classes(column, values[aside], fraction)
        for column, (_, values) in zip(labels.sensitives, sensitives, strict=True)
    ]
    _check_budget(labels, columns, budget, search.confidence, fraction)
    targets = labels.encode(*own, unseen="missing")
    own_sample = sample.take(fitting).labelled(targets)
    problem = Problem.of(problem.settings, own_sample, labels, problem.secret)
    steps = number_of_steps(problem, number_of(search.privacy_multipliers))
    with planned(steps, reader.verbose), collapse_unsaid(problem.settings):
        path = fit_path(reader, problem, search.privacy_multipliers)
    untouched = sample.take(aside)
    features = path[0].release_.features(untouched)

    def codes(member):
        release = member.release_
        return release.apply_outputs(release.outputs(features), untouched)

    order = frozen_order(path, budget)
    best, found = certify_in_order(path, order, codes, columns, budget, search.confidence)
    if best is None:
        limits = np.array([_limits(c, budget.unit) for c in found.values()])
        how = f"certified with confidence {search.confidence:g} on {len(untouched)} rows"
        budget.refuse(path.utility_bits, limits, path.sensitive_names, path.label_floor_bits, how)
    warn_of_one_code(path[best])
    results = _results(path, found, best, path.sensitive_names, budget.unit)
    return Choice(path, best, path[best], results, certificates=found[best])


def _check_certifiable(settings, budget):
    if budget.max_leakage is None or budget.min_utility is not None:
        raise ValueError(
            "verify='certificate' tests max_leakage: give one, and no min_utility (the most "
            "useful release that passes is delivered). Or use verify='attackers'."
        )
    if not settings.channel.is_code:
        raise ValueError(
            "verify='certificate' needs a finite code; "
            f"channel={type(settings.channel).__name__} releases columns. Use "
            "channel='categorical', or verify='attackers'."
        )
    if settings.leakage != "marginal" or budget.unit == "share":
        raise ValueError(
            "verify='certificate' bounds I(Z; s), or other figures of s alone: use "
            "leakage='marginal' and leakage_unit='bits', 'advantage' or another but 'share', or "
            "verify='attackers'."
        )


def _check_size(n_units, fraction):
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


def _check_budget(labels, columns, budget, confidence, fraction):
    """Refuse a budget that these rows can certify of no code, before anything is fitted.

    The classes of the certificate rows are looked at: who refuses by them delivers nothing.
    """
    least = []
    for column, (known, classes), limit in zip(
        labels.sensitives, columns, budget.max_leakage, strict=True
    ):
        by_class = np.unique(classes, return_counts=True)[1]
        least.append(least_limits(by_class, 1 - confidence)[budget.unit])
        if least[-1] <= limit:
            continue
        remedy = "Allow more leakage, or use verify='attackers'."
        needed = rows_needed(by_class, 1 - confidence, budget.unit, limit)
        if needed is not None:
            total = math.ceil(needed / (fraction * len(classes) / len(known)))
            remedy = (
                f"Fit on about {total} rows (persons, with fold_columns) at least and more where a "
                "release tells something, set a larger calibration_fraction, or allow more "
                "leakage. Or use verify='attackers'."
            )
        raise InfeasibleBudgetError(
            f"max_leakage={limit:g} ({budget.unit}) cannot be certified with confidence "
            f"{confidence:g} on {len(classes)} rows: of {column.name}, a certificate of two codes "
            f"or more is at least {least[-1]:.4g} there, even if they tell nothing. {remedy}",
            least,
        )


def certificate_classes(column, values, fraction):
    """Which certificate rows have a sensitive label, and its classes there.

    A class that the fit has not seen is one of its own: a certificate leaves no row out.

    Parameters
    ----------
    column : LabelColumn
        As the fit has described it.
    values : ndarray of shape (n,)
        Of the certificate rows.
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
        Of candidates; chosen without a look at the certificate rows.
    Z_of : callable
        From a transformer to the codes of the certificate rows, one-hot.
    sensitives : list of (ndarray of bool, ndarray of int)
        For each column, the certificate rows where it is known, and its classes there.
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
        if not (_limits(found, budget.unit) <= budget.max_leakage).all():
            break
        best = index
    return best, certificates


def _limits(certificates, unit):
    """The upper limits of each sensitive column, in a unit; shape (d,)."""
    return np.array([getattr(certificate, unit) for certificate in certificates])


def _results(path, certificates, best, names, unit):
    """The test of each candidate as columns, NaN where none was made.

    Returns
    -------
    dict of str to ndarray of shape (m,)
    """
    results = {
        **candidate_columns(path.privacy_multipliers),
        "estimated_utility": path.utility_bits,
        "tested": np.array([i in certificates for i in range(len(path))]),
        "delivered": np.arange(len(path)) == best,
    }
    for j, name in enumerate(names):
        suffix = "" if len(names) == 1 else f"_{name}"
        results[f"estimated_leakage{suffix}_bits"] = path.leakage_bits[:, j]
        limits = np.full(len(path), np.nan)
        for index, found in certificates.items():
            limits[index] = _limits(found, unit)[j]
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
