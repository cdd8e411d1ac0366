"""A multiplier chosen by certificates on untouched rows, in an order frozen before."""

import copy
import math
import warnings

import numpy as np

from sklearn_infoshape.audit.certificate import FEWEST_ROWS, certify_leakage
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.exceptions import (
    CollapsedEncoderWarning,
)
from sklearn_infoshape.search.by_folds import (
    _parameters,
)

__all__ = [
    "calibration_classes",
    "certificate_results",
    "certified",
    "certify_in_order",
    "check_calibration_size",
    "constant_member",
    "frozen_order",
]


_MOST_CLASSES = 20  # above, a certificate needs ten rows a class


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
