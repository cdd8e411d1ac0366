"""infoshape_path: the whole trade-off, one fitted transformer for each privacy multiplier."""

from numbers import Integral

import numpy as np

from sklearn_infoshape.codes.objective import product_target
from sklearn_infoshape.data.reading import unfitted_copy
from sklearn_infoshape.fitting.reading import read_problem
from sklearn_infoshape.fitting.releases import fit_releases, number_of_steps
from sklearn_infoshape.fitting.stage_one import learn_posteriors
from sklearn_infoshape.information import entropy_bits
from sklearn_infoshape.release.estimates import code_bits, column_bits, predicted_bits
from sklearn_infoshape.runtime.own_warnings import collected, warn_of_parts
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import planned
from sklearn_infoshape.search.grid import (
    check_multipliers,
    default_multipliers,
    number_of,
    prices,
)
from sklearn_infoshape.search.shaping_path import ShapingPath, checked_confidence, with_interval
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["fit_members", "fit_path", "infoshape_path"]

_MOST_SCORED_ROWS = 10_000


@leaves_process_unchanged
def infoshape_path(
    X,
    y,
    sensitive_features=None,
    privacy_multipliers=20,
    *,
    sample_weight=None,
    confidence=0.95,
    **parameters,
):
    """Fit a transformer for each of many privacy multipliers, for little more than one.

    Stage one is fitted once, and all multipliers and restarts of a finite code are solved
    side by side.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Rows.
    y : array-like of shape (n,) or (n, d)
        Task labels.
    sensitive_features : array-like of shape (n,) or (n, d), default=None
        Not needed where ``sensitive_columns`` name it in X.
    privacy_multipliers : int or array-like of shape (m,) or (m, d), default=20
        The multipliers, or how many of a geometric grid around the balanced one, at which
        all that the rows say of s costs as much as all that they say of y is worth: from
        1/32 of it, where nearly all of y is kept, to 32 times it, near the label floor or
        below.
    sample_weight : array-like of shape (n,), default=None
        As of :meth:`InfoShapeTransformer.fit`.
    confidence : float, default=0.95
        Of the intervals.
    **parameters
        Of :class:`~sklearn_infoshape.InfoShapeTransformer`.

    Returns
    -------
    ShapingPath

    Raises
    ------
    TypeError, ValueError
        As :meth:`InfoShapeTransformer.fit` raises them; before training.

    Examples
    --------
    >>> from sklearn_infoshape import infoshape_path
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = make_shaping_problem(600)
    >>> path = infoshape_path(X, y, s, [0.1, 10], posterior="linear", random_state=0)
    >>> bool(path.leakage_bits[0, 0] > path.leakage_bits[1, 0])
    True
    >>> path[1].transform(X[:5]).shape[0]
    5
    """
    for name in ("privacy_multiplier", "estimator"):
        if name in parameters:
            raise TypeError(f"infoshape_path has no {name}; it takes privacy_multipliers.")
    reader = InfoShapeTransformer(**parameters)
    reader._validate_params()
    checked_confidence(confidence)
    check_multipliers(privacy_multipliers)
    problem, _, _ = read_problem(reader, X, y, sensitive_features, sample_weight)
    steps = number_of_steps(problem, number_of(privacy_multipliers))
    with planned(steps, reader.verbose):
        return fit_path(reader, problem, privacy_multipliers, confidence)


def fit_path(reader, problem, privacy_multipliers, confidence=0.95):
    """Fit a path on rows and labels that were checked.

    Parameters
    ----------
    reader : InfoShapeTransformer
        Unfitted; has read the rows, and knows their columns.
    problem : Problem
    privacy_multipliers : int or array-like
    confidence : float, default=0.95

    Returns
    -------
    ShapingPath
    """
    labels, targets = problem.labels, problem.sample.targets
    if not isinstance(privacy_multipliers, Integral):
        prices(privacy_multipliers, len(labels.sensitives))  # refuses a wrong number of them
    stage_one = learn_posteriors(problem)
    soft = None if stage_one is None else problem.objective.of_columns(stage_one.posteriors)
    multipliers = privacy_multipliers
    if isinstance(multipliers, Integral):
        weights = problem.sample.weights
        multipliers = default_multipliers(multipliers, labels, targets, soft, weights)
    multipliers = np.asarray(multipliers, dtype=np.float64)
    found = fit_members(reader, problem, stage_one, multipliers)
    members, said = zip(*_with_warnings(found), strict=True)
    warn_of_parts(said, "privacy_multipliers")
    utility, leakage, utility_interval, leakage_interval = _own_figures(members, labels, confidence)
    raw, score, floor, entropy = _landmarks(problem, soft)
    return ShapingPath(
        privacy_multipliers=multipliers,
        transformers=members,
        utility_bits=utility,
        leakage_bits=leakage,
        utility_interval=utility_interval,
        leakage_interval=leakage_interval,
        raw_bits=raw,
        label_score_bits=score,
        label_floor_bits=floor,
        task_entropy_bits=entropy,
        sensitive_names=[column.name for column in labels.sensitives],
        confidence=confidence,
    )


def fit_members(reader, problem, stage_one, multipliers):
    """Fit the transformers of a path, one after the other.

    Parameters
    ----------
    reader, problem
        As in :func:`fit_path`.
    stage_one : StageOne or None
    multipliers : ndarray of shape (m,) or (m, d)

    Yields
    ------
    InfoShapeTransformer
    """
    labels = problem.labels
    priced = [labels.priced(price) for price in prices(multipliers, len(labels.sensitives))]
    found = fit_releases(problem, stage_one, priced)
    for multiplier, fitted in zip(multipliers, found, strict=True):
        member = unfitted_copy(reader).set_params(privacy_multiplier=multiplier.tolist())
        member._keep(reader, fitted)
        yield member


def _with_warnings(found):
    """Each item of a generator, and what was warned of on the way to it."""
    while True:
        with collected() as said:
            item = next(found, None)
        if item is None:
            return
        yield item, said


def _own_figures(members, labels, confidence):
    """Estimates of the transformers, each row by models that have not seen it."""
    weights = np.array([term.weight for term in labels.terms[: len(labels.tasks)]])

    def of(name):
        return np.array([np.atleast_1d(getattr(member, name)) for member in members])

    utility = of("utility_estimate_bits_") @ weights
    error = np.sqrt(of("utility_standard_error_bits_") ** 2 @ weights**2)
    leakage = of("leakage_estimate_bits_"), of("leakage_standard_error_bits_")
    u, u_interval = with_interval(utility, error, confidence)
    s, s_interval = with_interval(*leakage, confidence)
    return u, s, u_interval, s_interval


def _landmarks(problem, soft):
    """Bits in the raw rows, in a bare score of y, and in y itself."""
    labels, targets, rows = problem.labels, problem.sample.targets, problem.sample.weights
    n_tasks = len(labels.tasks)
    weights = np.array([term.weight for term in labels.terms[:n_tasks]])
    raw = score = np.full(1 + len(labels.sensitives), np.nan)
    if soft is not None:
        raw = _weighted(
            [
                predicted_bits(p, t, sample_weight=rows).value
                for p, t in zip(soft, targets, strict=True)
            ],
            weights,
        )
        scores = np.hstack([p[:_MOST_SCORED_ROWS, 1:] for p in soft[:n_tasks]])
        few = None if rows is None else rows[:_MOST_SCORED_ROWS]
        found = [
            column_bits(scores, target[:_MOST_SCORED_ROWS], sample_weight=few).value
            for target in targets
        ]
        score = _weighted(found, weights)
    floor = np.zeros(len(labels.sensitives))
    if not problem.objective.is_conditional and soft is not None:
        task = targets[0]
        for other in targets[1:n_tasks]:
            task = product_target(task, other)
        found = [code_bits(task, t, sample_weight=rows).value for t in targets[n_tasks:]]
        floor = np.maximum(found, 0.0)
    entropy = np.nan
    if n_tasks == 1 and weights[0] == 1 and targets[0].shape[1] > 1:
        entropy = entropy_bits(problem.sample.weighed(targets[0]).sum(axis=0))
    return raw, score, floor, entropy


def _weighted(bits, weights):
    utility = float(np.dot(weights, bits[: len(weights)]))
    return np.maximum([utility, *bits[len(weights) :]], 0.0)
