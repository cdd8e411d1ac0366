"""Which way of measuring suits which label, and the chain rule that joins several."""

from dataclasses import replace

import numpy as np

from sklearn_infoshape.estimation.classes import measure_classes
from sklearn_infoshape.estimation.continuous import (
    measure_continuous,
    measure_copula,
    measure_neighbours,
)
from sklearn_infoshape.estimation.critics import HELD_OUT_LABELS, cross_fit
from sklearn_infoshape.estimation.measurement import Measurement, most_entropy
from sklearn_infoshape.estimation.pointwise import (
    ChainScore,
    ClassJoiner,
    CodeScore,
    ConstantScore,
    LinkScore,
    NeuralScore,
    TableScore,
)
from sklearn_infoshape.estimation.table import codes_of, measure_table
from sklearn_infoshape.information import BOUNDS

__all__ = ["NAMED_WAYS", "measure"]

NAMED_WAYS = ("plugin", "cross_entropy", "copula", "neighbours")

_ROWS_A_CODE = 10


def measure(forms, mi_estimator, *, learning, members, folds, seed):
    """Measure a pair.

    Parameters
    ----------
    forms : Forms
    mi_estimator : str
    learning : Learning
        Of critics.
    members : str, classifier or list of them
        The classifiers that are pooled.
    folds : int
    seed : int

    Returns
    -------
    Measurement
        Its score takes the :class:`Forms` of other rows.

    Raises
    ------
    ValueError
        If the label is of a kind that ``mi_estimator`` cannot measure.
    """
    _check(forms, mi_estimator)
    if forms.z_scores.shape[1] == 0:  # Z is the same for all rows
        return Measurement(0.0, 0.0, score=ConstantScore())
    if mi_estimator in BOUNDS and mi_estimator != "cross_entropy":
        return _neural(forms, mi_estimator, learning, folds, seed)
    joiner = ClassJoiner.of(forms.classes, _ROWS_A_CODE)
    targets = joiner.join(forms.classes)
    if len(targets) == 1 and not forms.amounts.shape[1]:
        values, codes = codes_of(forms.z)
        few = len(values) * _ROWS_A_CODE <= len(forms)
        if mi_estimator == "plugin" or (mi_estimator == "auto" and few):
            found = measure_table(codes, targets[0].argmax(axis=1))
            return replace(found, score=TableScore.of(values, codes, targets[0], joiner))
    links = []
    if forms.amounts.shape[1]:
        links.append(_amounts(forms, mi_estimator, learning, members, folds, seed))
    given = forms.amounts, forms.amount_scores
    for target in targets:
        links.append(
            measure_classes(
                (forms.z, forms.z_scores),
                target,
                forms.splits(folds, seed, target),
                members=members,
                seed=seed,
                given=given if given[0].shape[1] else None,
                n_jobs=learning.n_jobs,
            )
        )
        given = np.hstack([given[0], target]), np.hstack([given[1], target])
    return Measurement(
        sum(link.nats for link in links),
        float(np.sqrt(sum(link.standard_error**2 for link in links))),
        sum(link.below for link in links),
        sum(link.above for link in links),
        sum(link.cap for link in links),
        {name: value for link in links for name, value in link.parts.items()},
        [line for link in links for line in link.history],
        ChainScore([link.score for link in links], joiner),
        sum(link.limit for link in links),
    )


def _check(forms, mi_estimator):
    """Refuse a label that a way of measuring cannot measure, before anything is trained."""
    if mi_estimator in ("plugin", "cross_entropy") and forms.amounts.shape[1]:
        raise ValueError(
            f"mi_estimator={mi_estimator!r} measures classes, and y is continuous; use 'auto', or "
            "target_kind='classes' if its values are classes."
        )
    if mi_estimator in ("copula", "neighbours") and forms.classes:
        raise ValueError(
            f"mi_estimator={mi_estimator!r} measures continuous labels, and y has classes; use "
            "'auto', or target_kind='continuous' if its values are amounts."
        )
    if mi_estimator == "plugin":
        n_codes = len(codes_of(forms.z)[0])
        if n_codes > len(forms) / 2:
            raise ValueError(
                f"mi_estimator='plugin' needs a finite code, and X has {n_codes} distinct rows "
                f"of {len(forms)}; use 'auto' or 'cross_entropy'."
            )


def _amounts(forms, mi_estimator, learning, members, folds, seed):
    """Z and the continuous columns of the label."""
    z, l_ = forms.z_scores, forms.amount_scores
    values, codes = codes_of(forms.z)
    few = len(values) * _ROWS_A_CODE <= len(forms)
    if mi_estimator == "auto" and few and np.bincount(codes).min() >= 2:
        # Information is symmetric: what amounts tell of codes is what codes tell of amounts.
        target = np.eye(len(values))[codes]
        splits = forms.splits(folds, seed, target)
        options = {"members": members, "seed": seed, "n_jobs": learning.n_jobs}
        found = measure_classes((forms.amounts, l_), target, splits, **options)
        return replace(found, score=CodeScore(found.score, values))
    if mi_estimator == "copula":
        found = measure_copula(z, l_)
    elif mi_estimator == "neighbours":
        found = measure_neighbours(z, l_, seed)
    else:
        splits = forms.splits(folds, seed)
        found = measure_continuous(z, l_, splits, learning=learning, seed=seed)
    return replace(found, score=LinkScore(found.score))


def _neural(forms, name, learning, folds, seed):
    """One bound for everything: an exact sum over classes, or pairs of rows."""
    bound = BOUNDS[name]
    exact = len(forms.classes) == 1 and not forms.amounts.shape[1]
    frequencies = tuple(forms.classes[0].mean(axis=0)) if exact else None
    splits = forms.splits(folds, seed, forms.classes[0] if exact else None)
    critics = cross_fit(
        forms.z_scores,
        np.hstack([forms.amount_scores, *forms.classes]),
        bound=name,
        learning=learning,
        splits=splits,
        seed=seed,
        frequencies=frequencies,
    )
    n_test = min(len(test) for _, test in splits)
    limit = np.inf
    if frequencies is not None:
        cap = -sum(share * np.log(share) for share in frequencies if share > 0)
        limit = most_entropy(forms.classes[0].sum(axis=0))
    else:
        cap = np.log(min(n_test, HELD_OUT_LABELS) if bound.contrastive else n_test)
    error = float(critics.influences.std() / np.sqrt(len(forms)))
    value = float(critics.values.mean())
    # Between what a critic finds in its own rows and in others lies what more rows would show.
    above = max(0.0, float(critics.gaps.mean()))
    score = NeuralScore(critics)
    parts = {name: value}
    return Measurement(value, error, 0.0, above, cap, parts, critics.history, score, limit)
