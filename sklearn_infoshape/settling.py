"""What is done to a trained release: its rule fixed, its codes described, its bits measured."""

import warnings

import numpy as np
import torch
from scipy.stats import chi2

from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.exceptions import CalibrationWarning, CollapsedEncoderWarning
from sklearn_infoshape.information import plugin_information

__all__ = ["settle"]

_FEWEST_JUDGED_ROWS = 60  # with fewer, an estimate would be noise, and is NaN
_FEWEST_ROWS_A_CODE = 10
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule
_MISCALIBRATED_BITS = 0.02
_MISCALIBRATED_SHARE = 0.2


def settle(release, labels, features, identities, targets, judged, soft=None, hard=None):
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
    estimates: dict[str, object] = {"utility": np.nan, "leakage": np.nan}
    if judged is not None and len(Z[judged]) >= _FEWEST_JUDGED_ROWS:
        bits = [_observed_bits(is_code, Z[judged], target[judged]) for target in targets]
        if soft is not None:
            _warn_of_miscalibration(labels, Z, targets, soft)
        for role in estimates:
            of_role = [b for b, t in zip(bits, labels.terms, strict=True) if t.role == role]
            estimates[role] = of_role[0] if len(of_role) == 1 else np.array(of_role)
    return {
        "release_": release,
        "labels_": labels,
        "codebook_": _codebook(labels, Z, targets) if is_code else None,
        "utility_estimate_bits_": estimates["utility"],
        "leakage_estimate_bits_": estimates["leakage"],
    }


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


def _observed_bits(is_code, Z, target):
    """Bits of an observed label in a release: an estimate, not an audit."""
    if target.shape[1] == 1:  # an amount: eight quantile bins of it
        known = ~np.isnan(target[:, 0])
        edges = np.quantile(target[known, 0], np.arange(1, 8) / 8)
        classes = np.searchsorted(edges, target[known, 0])
    else:
        known = target.sum(axis=1) > 0
        classes = target[known].argmax(axis=1)
    return _code_bits(Z[known], target[known]) if is_code else cross_fitted_bits(Z[known], classes)


def _code_bits(Z, target):
    """Plug-in bits less their bias (Miller 1955), at least 0."""
    bits = plugin_information(torch.from_numpy(Z), torch.from_numpy(target).double()).item()
    freedom = ((Z.sum(axis=0) > 0).sum() - 1) * ((target.sum(axis=0) > 0).sum() - 1)
    return max(0.0, (bits - freedom / (2 * len(Z))) / np.log(2))


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
        found = _code_bits(Z[known], target[known])
        gap = abs(believed - found)
        if (
            gap > max(_MISCALIBRATED_BITS, _MISCALIBRATED_SHARE * found)
            and chi2.sf(statistic, used.sum()) < 1e-3
        ):
            warnings.warn(
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
        warnings.warn(
            "The release is (nearly) the same for every row: it hides everything and tells "
            "nothing. If that is not what the data allow at best, lower privacy_multiplier, raise "
            "n_init, or try another random_state.",
            CollapsedEncoderWarning,
            stacklevel=2,
        )
