"""Judge several fitted releases on the same rows: utility and leakage of each.

Codes are judged by the table of codes and classes, which no attacker on codes can beat;
columns by fresh attackers. Both are point estimates with standard errors, without a
guarantee.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.codes.objective import Objective
from sklearn_infoshape.data.rare_classes import pool_rare, warn_of_rare
from sklearn_infoshape.data.sample import observed_classes
from sklearn_infoshape.release.code_figures import CODE_FIGURES, code_figure
from sklearn_infoshape.release.codebook import observed_bits
from sklearn_infoshape.release.estimates import (
    Estimate,
    code_advantage,
    column_advantage,
    column_bits,
    predicted_bits,
)

__all__ = ["LEAKAGE_UNITS", "Judgement", "judge", "raw_bits"]

_FOLDS = 3  # of the attackers on columns, hence the fewest rows of a class
LEAKAGE_UNITS = ("bits", "advantage", "share", *CODE_FIGURES)


@dataclass(frozen=True)
class Judgement:
    """Utility and leakage of m releases on the same rows.

    Attributes
    ----------
    utility, utility_error : ndarray of shape (m,)
        Bits of y, weighted by ``task_weights`` and added up, and their standard error.
    leakage, leakage_error : ndarray of shape (m, d)
        Of each sensitive column, in the unit that was asked for; not clipped at 0.
    """

    utility: np.ndarray
    utility_error: np.ndarray
    leakage: np.ndarray
    leakage_error: np.ndarray


def judge(members, sample, *, unit="bits"):
    """Judge releases of one path on rows that none of them was fitted on.

    Parameters
    ----------
    members : sequence of InfoShapeTransformer
        Fitted on the same rows, with one stage one.
    sample : Sample
        With the targets of y and then of s, and weights, where rows differ in what they count.
    unit : {"bits", "advantage", "share", "maximal_leakage_bits", "parity_gap", \
            "posterior_shift"}, default="bits"
        Bits; accuracy of the best guess of s beyond the most frequent class; bits as a share of
        what stage one's models (with ``posterior=None``, fresh attackers) find in the same rows
        unshaped; or, of codes, a figure of :mod:`~sklearn_infoshape.release.code_figures`.

    Returns
    -------
    Judgement
    """
    first = members[0].release_
    if not first.channel.is_code:
        _warn_of_rare(members[0].labels_, sample.targets)
    features = first.features(sample)
    raw = raw_bits(members[0], sample, features) if unit == "share" else None
    found = [_judge_one(member, features, sample, unit, raw) for member in members]
    columns = [np.array([getattr(j, name) for j in found]) for name in vars(found[0])]
    return Judgement(*columns)


def _warn_of_rare(labels, targets):
    """Attackers on columns need a few rows of each class; a table of codes does not."""
    for column, target in zip(labels.columns, targets, strict=True):
        if target.shape[1] > 1:
            classes, n_rare = pool_rare(observed_classes(target), _FOLDS)
            warn_of_rare(column.name, classes[classes >= 0], n_rare, 0, _FOLDS)


def raw_bits(member, sample, features):
    """Bits of each label that are found in rows as they are, at least 1e-6.

    Parameters
    ----------
    member : InfoShapeTransformer
    sample : Sample
    features : ndarray of shape (n, D)
        The member's: posteriors side by side, or the rows.

    Returns
    -------
    ndarray of shape (J,)
    """
    posteriors, targets = member.release_.posteriors, sample.targets
    if posteriors is None:
        flat = sample.rows.reshape(len(sample), -1)
        found = [column_bits(flat, target, sample_weight=sample.weights) for target in targets]
    else:
        parts = np.split(features, np.cumsum(posteriors.widths)[:-1], axis=1)
        soft = Objective.of(member.leakage, member.labels_).of_columns(parts)
        found = [
            predicted_bits(p, t, sample_weight=sample.weights)
            for p, t in zip(soft, targets, strict=True)
        ]
    return np.maximum([estimate.value for estimate in found], 1e-6)


def _judge_one(member, features, sample, unit, raw):
    release, labels, targets = member.release_, member.labels_, sample.targets
    Z = release.apply_outputs(release.outputs(features), sample)
    is_code, persons, rows = release.channel.is_code, sample.persons, sample.weights
    n_tasks = len(labels.tasks)
    weights = np.array([term.weight for term in labels.terms[:n_tasks]])
    tasks = np.array([observed_bits(is_code, Z, t, None, persons, rows) for t in targets[:n_tasks]])
    given = Objective.of(member.leakage, labels).given(targets)
    leakages = []
    for j, target in enumerate(targets[n_tasks:]):
        if unit in ("bits", "share"):
            estimate = observed_bits(is_code, Z, target, given, persons, rows)
            scale = 1.0 if raw is None else raw[n_tasks + j]
            leakages.append(Estimate(estimate.value / scale, estimate.deviation / scale))
        elif not is_code:  # refused of other units
            leakages.append(column_advantage(Z, target, sample_weight=rows))
        else:
            leakages.append(_figure_of_codes(unit, member.codebook_, j, Z, target, sample))
    leakage = np.array(leakages).reshape(-1, 2)
    return Judgement(
        weights @ tasks[:, 0],
        np.sqrt(weights**2 @ tasks[:, 1] ** 2),
        leakage[:, 0],
        leakage[:, 1],
    )


def _figure_of_codes(unit, codebook, j, Z, target, sample):
    """By a rule that the codebook fixes: what codes said of s where the release was fitted."""
    law = list(codebook["sensitive"].values())[j]
    options = {"persons": sample.persons, "sample_weight": sample.weights}
    if unit == "advantage":
        return code_advantage(Z, target, law, **options)
    return code_figure(unit, Z, target, law * codebook["share"][:, None], **options)
