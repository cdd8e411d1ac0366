"""What is done to a trained release: its rule fixed, its codes described, its bits measured."""

import numpy as np
import torch
from scipy.stats import chi2

from sklearn_infoshape.audit.estimates import Estimate, code_bits, column_bits
from sklearn_infoshape.exceptions import CalibrationWarning, CollapsedEncoderWarning
from sklearn_infoshape.information import plugin_information
from sklearn_infoshape.own_warnings import warn

__all__ = ["observed_bits", "settle"]

_FEWEST_JUDGED_ROWS = 60  # with fewer, an estimate would be noise, and is NaN
_FEWEST_ROWS_A_CODE = 10
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule
_MISCALIBRATED_BITS = 0.02
_MISCALIBRATED_SHARE = 0.2


def settle(
    release,
    labels,
    features,
    identities,
    targets,
    judged,
    soft=None,
    hard=None,
    given=None,
):
    """Fix the rule of a finite code, describe its codes, and measure what is released.

    Parameters
    ----------
    release : Release
        Its channel is changed in place.
    labels : Labels
    features : ndarray of shape (n, ...)
        What the encoder reads, of all rows that were fitted on.
    identities : list of bytes
    targets : list of ndarray
        Observed labels.
    judged : ndarray of int, slice or None
        Rows to estimate bits on; None where none was held out.
    soft : list of ndarray, optional
        Posteriors, whose agreement with the observed labels is looked at.
    hard : bool, optional
        The rule of a finite code, where stage two has chosen it; None: chosen here.
    given : ndarray of shape (n, D), optional
        Observed label beyond which leakage is counted: bits of ``I(Z; s | y)``.

    Returns
    -------
    dict of str
        Fitted attributes.
    """
    outputs = release.outputs(features)
    is_code = release.channel.estimators == ("plugin",)
    if is_code and hard is not None:
        release.channel.settle(outputs, hard=hard, fewest_rows=_FEWEST_ROWS_A_CODE)
    elif is_code:
        _choose_rule(release, labels, outputs, identities, targets, judged)
    Z = release.apply_outputs(outputs, identities)
    _warn_of_collapse(release, outputs, Z)
    estimates = [Estimate(np.nan, np.nan)] * len(targets)
    if judged is not None and len(Z[judged]) >= _FEWEST_JUDGED_ROWS:
        if soft is not None:
            _warn_of_miscalibration(labels, Z, targets, soft)
        known = None if given is None else given[judged]
        estimates = [
            observed_bits(
                is_code, Z[judged], target[judged], known if term.role == "leakage" else None
            )
            for term, target in zip(labels.terms, targets, strict=True)
        ]
    fitted = {
        "release_": release,
        "labels_": labels,
        "codebook_": _codebook(labels, Z, targets) if is_code else None,
    }
    for role in ("utility", "leakage"):
        of_role = [e for e, t in zip(estimates, labels.terms, strict=True) if t.role == role]
        values = [e.value if np.isnan(e.value) else max(0.0, e.value) for e in of_role]
        deviations = [e.deviation for e in of_role]
        one = len(of_role) == 1
        fitted[f"{role}_estimate_bits_"] = values[0] if one else np.array(values)
        fitted[f"{role}_standard_error_bits_"] = deviations[0] if one else np.array(deviations)
    return fitted


def _choose_rule(release, labels, outputs, identities, targets, judged):
    """The most probable code, unless a keyed draw is clearly better on the judged rows."""
    judged = slice(None) if judged is None else judged
    values = {}
    for hard in (False, True):
        release.channel.settle(outputs, hard=hard, fewest_rows=_FEWEST_ROWS_A_CODE)
        Z = torch.from_numpy(release.apply_outputs(outputs, identities)[judged])
        values[hard] = sum(
            term.weight * plugin_information(Z, torch.from_numpy(target[judged]).double()).item()
            for term, target in zip(labels.terms, targets, strict=True)
        )
    if values[False] > values[True] + _SOFT_ADVANTAGE * abs(values[True]):
        release.channel.settle(outputs, hard=False, fewest_rows=_FEWEST_ROWS_A_CODE)


def _codebook(labels, Z, targets):
    codebook = {"share": Z.mean(axis=0), "target": {}, "sensitive": {}}
    for column, term, target in zip(labels.columns, labels.terms, targets, strict=True):
        counts = Z.T @ target + np.asarray(term.frequencies)  # one row's worth of the prior
        role = "target" if term.role == "utility" else "sensitive"
        codebook[role][column.name] = counts / counts.sum(axis=1, keepdims=True)
    return codebook


def observed_bits(is_code, Z, target, given=None):
    """Bits of an observed label in a release: an estimate, not an audit.

    Parameters
    ----------
    is_code : bool
        Whether Z is one-hot.
    Z : ndarray of shape (n, k)
    target : ndarray of shape (n, C)
        One-hot; with one column, an amount: eight quantile bins of it are looked for.
    given : ndarray of shape (n, D), optional
        For codes: the label beyond which bits are counted.

    Returns
    -------
    Estimate
        In bits.
    """
    if target.shape[1] == 1:
        known = ~np.isnan(target[:, 0])
        Z, amounts = Z[known], target[known, 0]
        target = np.eye(8)[np.searchsorted(np.quantile(amounts, np.arange(1, 8) / 8), amounts)]
    return code_bits(Z, target, given) if is_code else column_bits(Z, target)


def _warn_of_miscalibration(labels, Z, targets, soft):
    for column, target, posterior in zip(labels.columns, targets, soft, strict=True):
        known = target.sum(axis=1) > 0
        observed, expected = Z[known].T @ target[known], Z[known].T @ posterior[known]
        share = expected / expected.sum(axis=1, keepdims=True).clip(1e-9)
        variance = np.maximum(expected * (1 - share), 1e-9)
        used = expected > 5
        statistic = ((observed - expected) ** 2 / variance)[used].sum()
        believed = plugin_information(
            torch.from_numpy(Z[known]), torch.from_numpy(posterior[known])
        ).item() / np.log(2)
        found = max(0.0, code_bits(Z, target).value)
        gap = abs(believed - found)
        if (
            gap > max(_MISCALIBRATED_BITS, _MISCALIBRATED_SHARE * found)
            and chi2.sf(statistic, used.sum()) < 1e-3
        ):
            warn(
                f"The posteriors of {column.name} believe that the code holds {believed:.3f} bits "
                f"of it, observed labels show {found:.3f}: the multiplier worked on a wrong "
                "figure. "
                "Use posterior='auto', or a calibrated classifier.",
                CalibrationWarning,
                stacklevel=2,
            )


def _warn_of_collapse(release, outputs, Z):
    if release.channel.estimators == ("plugin",):
        collapsed = (Z.sum(axis=0) > 0).sum() < 2
    else:
        collapsed = np.tanh(outputs).std(axis=0).max() < max(
            1e-3, 0.1 * release.channel.noise_scale
        )
    if collapsed:
        warn(
            "The release is (nearly) the same for every row: it hides everything and tells "
            "nothing. If that is not what the data allow at best, lower privacy_multiplier, raise "
            "n_init, or try another random_state.",
            CollapsedEncoderWarning,
            stacklevel=2,
        )
