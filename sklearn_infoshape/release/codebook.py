"""What is done to a trained release: its rule fixed, its codes described, its bits measured."""

import numpy as np
import torch
from scipy.special import softmax
from scipy.stats import chi2

from sklearn_infoshape.data.weights import effective_number, weighted_quantiles
from sklearn_infoshape.exceptions import CalibrationWarning, CollapsedEncoderWarning
from sklearn_infoshape.information import plugin_information
from sklearn_infoshape.release.code_limits import merged_codes, sensitive_table
from sklearn_infoshape.release.description import Description, codebook_of
from sklearn_infoshape.release.estimates import Estimate, code_bits, column_bits
from sklearn_infoshape.release.typical_rows import typical_rows
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = [
    "observed_bits",
    "settle",
    "warn_of_collapse",
    "worth_within_limits",
]

FEWEST_JUDGED_PERSONS = 60  # with fewer, an estimate would be noise, and is NaN
FEWEST_PERSONS_A_CODE = 10
DEVIATIONS = 2.0  # below 0, from which a Lagrangian is clearly worse than that of one code
ORDER_DIGITS = 9
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule
_MISCALIBRATED_BITS = 0.02
_MISCALIBRATED_SHARE = 0.2


def settle(
    release,
    labels,
    features,
    sample,
    judged,
    *,
    soft=None,
    hard=None,
    given=None,
    worth=None,
    chosen=False,
):
    """Fix the rule of a finite code, describe its codes, and measure what is released.

    Parameters
    ----------
    release : Release
        Its channel is changed in place.
    labels : Labels
    features : ndarray of shape (n, ...)
        What the encoder reads, of all rows that were fitted on.
    sample : Sample
        These rows, with observed labels.
    judged : ndarray of int, slice or None
        Rows to estimate bits on; None where none was held out.
    soft : list of ndarray, optional
        Posteriors, whose agreement with the observed labels is looked at.
    hard : bool, optional
        The rule of a finite code, where stage two has chosen it; None: chosen here.
    given : ndarray of shape (n, D), optional
        Observed label beyond which leakage is counted: bits of ``I(Z; s | y)``.
    worth : Worth, optional
        The Lagrangian of codes by the posteriors.
    chosen : bool, default=False
        Whether the codes were chosen by the posteriors of these rows, all of which are judged:
        estimates then add what ``worth`` says that fresh rows show beyond them.

    Returns
    -------
    Description
    """
    outputs = release.outputs(features)
    is_code = release.channel.is_code
    if is_code and hard is not None:
        _fix_rule(release, outputs, sample, hard=hard)
    elif is_code:
        _choose_rule(release, labels, outputs, sample, judged)
    Z = release.apply_outputs(outputs, sample)
    if release.channel.limits_codes:
        Z = _merged_within_limits(release, labels, Z, sample, worth)
    if is_code and worth is not None and worth(Z) < 0:
        Z = _one_code(release, Z)
    if is_code and release.channel.hard:
        release.channel.live = release.channel.live[_canonical_order(Z, sample)]
        Z = release.apply_outputs(outputs, sample)
    fresh = worth if chosen else None
    estimates = _estimates(labels, is_code, Z, sample, judged, given, fresh)
    if is_code and _clearly_worse_than_one_code(labels, estimates):
        Z = _one_code(release, Z)
        estimates = _estimates(labels, is_code, Z, sample, judged, given, fresh)
    if _is_collapsed(release, outputs, Z):
        warn_of_collapse(release.channel)
    if soft is not None and _enough(judged, sample):
        _warn_of_miscalibration(labels, Z, sample, soft)
    codebook = _codebook(labels, Z, sample) if is_code else None
    typical = typical_rows(Z, sample) if is_code else None
    return Description.of(codebook, labels.terms, estimates, typical)


def worth_within_limits(release, labels, features, sample, hard, worth):
    """What merging codes until none exceeds the channel's limits does, and leaves.

    Parameters
    ----------
    release, labels, features, sample, hard, worth
        As of :func:`settle`.

    Returns
    -------
    n_merged : int
    lagrangian : float
    """
    outputs = release.outputs(features)
    _fix_rule(release, outputs, sample, hard=hard)
    Z = release.apply_outputs(outputs, sample)
    merged = _merged_within_limits(release, labels, Z, sample, worth)
    return Z.shape[1] - merged.shape[1], worth(merged)


def _fix_rule(release, outputs, sample, *, hard):
    draws = order = None
    if not hard:  # which code a draw means goes by the order: it comes before any count
        draws = release.draws("uniform", sample, 1)
        order = _canonical_order(softmax(outputs, axis=1), sample)
    release.channel.settle(
        outputs,
        hard=hard,
        fewest=FEWEST_PERSONS_A_CODE,
        draws=draws,
        persons=sample.persons,
        order=order,
    )


def _merged_within_limits(release, labels, Z, sample, worth):
    tables = [
        sensitive_table(Z, target, sample)
        for term, target in zip(labels.terms, sample.targets, strict=True)
        if term.role == "leakage"
    ]
    groups = merged_codes(tables, worth.masses(Z), worth.of_masses, release.channel)
    if len(np.unique(groups)) == len(groups):
        return Z
    release.channel.merge(groups)
    return np.stack([Z[:, groups == group].sum(axis=1) for group in np.unique(groups)], axis=1)


def _one_code(release, Z):
    """Leave one code alone, the most frequent; its release of the rows."""
    release.channel.live = release.channel.live[[Z.sum(axis=0).argmax()]]
    return np.ones((len(Z), 1))


def _canonical_order(Z, sample):
    """Positions of codes by the mean class (or amount) of y, then by share, then by s.

    Restarts name codes at random, and renamed codes are the same release: the order is a
    matter of what they say.
    """
    Z, keys = sample.weighed(Z), []
    for target in sample.targets:
        numbers = np.arange(target.shape[1]) if target.shape[1] > 1 else np.ones(1)
        known = ~np.isnan(target).any(axis=1) & ((target.shape[1] == 1) | target.any(axis=1))
        rows = np.maximum(Z[known].sum(axis=0), 1e-9)
        keys.append(np.round(Z[known].T @ (target[known] @ numbers) / rows, ORDER_DIGITS))
    return np.lexsort([*keys[:0:-1], -Z.sum(axis=0), keys[0]])


def _number(judged, sample):
    """Persons that are judged: in effect, where weights differ."""
    if judged is None:
        return 0.0
    persons = np.arange(len(sample)) if sample.persons is None else sample.persons
    weights = None if sample.weights is None else sample.weights[judged]
    return effective_number(weights, persons[judged])


def _enough(judged, sample):
    return _number(judged, sample) >= FEWEST_JUDGED_PERSONS


def _estimates(labels, is_code, Z, sample, judged, given, fresh=None):
    if not _enough(judged, sample):
        return [Estimate(np.nan, np.nan)] * len(sample.targets)
    known = None if given is None else given[judged]
    persons = None if sample.persons is None else sample.persons[judged]
    weights = None if sample.weights is None else sample.weights[judged]
    found = [
        observed_bits(
            is_code,
            Z[judged],
            target[judged],
            known if term.role == "leakage" else None,
            persons,
            weights,
        )
        for term, target in zip(labels.terms, sample.targets, strict=True)
    ]
    if fresh is None:
        return found
    n = _number(judged, sample)
    return [_of_fresh_rows(*pair, n) for pair in zip(found, fresh.hidden_bits(Z, n), strict=True)]


def _of_fresh_rows(own, hidden, n):
    """An estimate, and what the rows hide of fresh ones."""
    # That of information I varies by 2 I / n nats more than that of none; half of it is a guess.
    more = 2 * max(0.0, hidden) / (n * np.log(2)) + (hidden / 2) ** 2
    return Estimate(own.value + float(hidden), float(np.hypot(own.deviation, np.sqrt(more))))


def _clearly_worse_than_one_code(labels, estimates):
    """Whether observed labels show a Lagrangian below 0, the value of one code for all."""
    weights = np.array([term.weight for term in labels.terms])
    values, deviations = np.array(estimates).T
    return weights @ values < -DEVIATIONS * np.sqrt(weights**2 @ deviations**2)


def _choose_rule(release, labels, outputs, sample, judged):
    """The most probable code, unless a keyed draw is clearly better on the judged rows."""
    judged = slice(None) if judged is None else judged
    values, masses = {}, [sample.weighed(target)[judged] for target in sample.targets]
    for hard in (False, True):
        _fix_rule(release, outputs, sample, hard=hard)
        Z = torch.from_numpy(release.apply_outputs(outputs, sample)[judged])
        values[hard] = sum(
            term.weight * plugin_information(Z, torch.from_numpy(mass).double()).item()
            for term, mass in zip(labels.terms, masses, strict=True)
        )
    if values[False] > values[True] + _SOFT_ADVANTAGE * abs(values[True]):
        _fix_rule(release, outputs, sample, hard=False)


def _codebook(labels, Z, sample):
    Z = sample.weighed(Z)
    total = len(Z) if sample.weights is None else sample.weights.sum()
    return codebook_of(labels, Z.sum(axis=0) / total, [Z.T @ target for target in sample.targets])


def observed_bits(is_code, Z, target, given=None, persons=None, sample_weight=None):
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
    persons : ndarray of shape (n,), dtype int, optional
        Who each row is of; None: each row is of a person of its own.
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    Estimate
        In bits.
    """
    if target.shape[1] == 1:
        known = ~np.isnan(target[:, 0])
        Z, amounts = Z[known], target[known, 0]
        persons = None if persons is None else persons[known]
        sample_weight = None if sample_weight is None else sample_weight[known]
        edges = weighted_quantiles(amounts, np.arange(1, 8) / 8, sample_weight)
        target = np.eye(8)[np.searchsorted(edges, amounts)]
    if is_code:
        return code_bits(Z, target, given, persons=persons, sample_weight=sample_weight)
    return column_bits(Z, target, persons=persons, sample_weight=sample_weight)


def _warn_of_miscalibration(labels, Z, sample, soft):
    persons, weights, masses = sample.persons, sample.weights, sample.weighed(Z)
    for column, target, posterior in zip(labels.columns, sample.targets, soft, strict=True):
        known = target.sum(axis=1) > 0
        observed, expected = masses[known].T @ target[known], masses[known].T @ posterior[known]
        share = expected / expected.sum(axis=1, keepdims=True).clip(1e-9)
        variance = np.maximum(expected * (1 - share), 1e-9)
        if persons is not None:
            gaps = masses[known, :, None] * (target[known] - posterior[known])[:, None]
            of_persons = np.zeros((persons.max() + 1, *gaps.shape[1:]))
            np.add.at(of_persons, persons[known], gaps)
            variance = np.maximum(variance, (of_persons**2).sum(axis=0))
        elif weights is not None:
            gaps = sample.weighed(target - posterior)[known]
            variance = np.maximum(variance, Z[known].T @ gaps**2)
        used = expected > 5
        statistic = ((observed - expected) ** 2 / variance)[used].sum()
        believed = plugin_information(
            torch.from_numpy(Z[known]), torch.from_numpy(sample.weighed(posterior)[known])
        ).item() / np.log(2)
        found = max(0.0, code_bits(Z, target, sample_weight=weights).value)
        gap = abs(believed - found)
        if (
            gap > max(_MISCALIBRATED_BITS, _MISCALIBRATED_SHARE * found)
            and chi2.sf(statistic, used.sum()) < 1e-3
        ):
            warn(
                f"The posteriors of {column.name} believe that the code holds {believed:.3f} bits "
                f"of it, observed labels show {found:.3f}: the multiplier worked on a wrong "
                "figure. Use posterior='auto', or a calibrated classifier.",
                CalibrationWarning,
            )


def _is_collapsed(release, outputs, Z):
    if release.channel.is_code:
        return (Z.sum(axis=0) > 0).sum() < 2
    return np.tanh(outputs).std(axis=0).max() < max(1e-3, 0.1 * release.channel.noise_scale)


def warn_of_collapse(channel):
    """Say that a release tells nothing, and what may help.

    Warns
    -----
    CollapsedEncoderWarning
    """
    limits = ""
    if channel.limits_codes:
        limits = (
            "allow single codes more (max_posterior_shift, max_likelihood_ratio of the channel) or "
            "fit on more rows, "
        )
    warn(
        "The release is (nearly) the same for every row: it hides everything and tells nothing. "
        "If that is not what the data allow at best, lower privacy_multiplier, raise n_init of "
        f"the channel or game, {limits}or try another random_state.",
        CollapsedEncoderWarning,
    )
