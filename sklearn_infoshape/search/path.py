"""infoshape_path: the whole trade-off, one fitted transformer for each privacy multiplier."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy.stats import norm

from sklearn_infoshape.codes.objective import product_target
from sklearn_infoshape.data.labels import read_labels
from sklearn_infoshape.data.reading import unfitted_copy
from sklearn_infoshape.exceptions import RareClassWarning
from sklearn_infoshape.fitting.releases import fit_releases, number_of_steps
from sklearn_infoshape.fitting.stage_one import learn_posteriors
from sklearn_infoshape.information import entropy_bits
from sklearn_infoshape.release.estimates import code_bits, column_bits, predicted_bits
from sklearn_infoshape.runtime.own_warnings import collected, warn
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import planned
from sklearn_infoshape.search.evaluation import judge
from sklearn_infoshape.search.grid import (
    check_multipliers,
    default_multipliers,
    number_of,
    prices,
)
from sklearn_infoshape.search.path_table import as_html, as_text
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["ShapingPath", "fit_members", "fit_path", "infoshape_path"]

_MOST_SCORED_ROWS = 10_000


@dataclass(frozen=True)
class ShapingPath:
    """Fitted transformers along the privacy multiplier, and what each keeps and leaks.

    ``path[i]`` is the fitted InfoShapeTransformer of the i-th multiplier, ``len(path)`` their
    number. All share the models of stage one.

    Attributes
    ----------
    privacy_multipliers : ndarray of shape (m,) or (m, d)
        One a sensitive column, where there are several columns.
    transformers : tuple of InfoShapeTransformer
    utility_bits : ndarray of shape (m,)
        Bits of y (several columns: weighted and added up): estimates of the transformers,
        with observed labels, on rows whose labels stage one had not seen; see
        ``utility_estimate_bits_`` there. :meth:`evaluate` judges on fresh rows.
    leakage_bits : ndarray of shape (m, d)
        Bits of each sensitive column, likewise.
    utility_interval, leakage_interval : ndarray of shape (m, 2), (m, d, 2)
        At ``confidence``, pointwise, over draws of rows; not over fits.
    raw_bits : ndarray of shape (1 + d,)
        Bits of y and of s that stage one finds in the rows; NaN where ``posterior=None``.
    label_score_bits : ndarray of shape (1 + d,)
        Bits of y and of s in what stage one says of y: the release of a bare score.
    label_floor_bits : ndarray of shape (d,)
        Bits of s that y itself holds, which a release that keeps all of y cannot avoid; 0
        where ``leakage="conditional"``.
    task_entropy_bits : float
        H(y); NaN where there are several columns of y, or weights.
    sensitive_names : list of str
    confidence : float
    """

    privacy_multipliers: np.ndarray
    transformers: tuple
    utility_bits: np.ndarray
    leakage_bits: np.ndarray
    utility_interval: np.ndarray
    leakage_interval: np.ndarray
    raw_bits: np.ndarray
    label_score_bits: np.ndarray
    label_floor_bits: np.ndarray
    task_entropy_bits: float
    sensitive_names: list
    confidence: float

    def __len__(self):
        return len(self.transformers)

    def __getitem__(self, index):
        return self.transformers[index]

    def __repr__(self):
        return f"ShapingPath({len(self)} multipliers, s: {', '.join(self.sensitive_names)})"

    def __str__(self):
        return as_text(self)

    def _repr_html_(self):
        return as_html(self)

    def to_frame(self):
        """The path as a table, a row a multiplier.

        Returns
        -------
        pandas.DataFrame
            The columns of :meth:`to_dict`, and "codes" (or "columns") of each release.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(
                "to_frame needs pandas: pip install pandas; to_dict() has the same figures."
            ) from None
        what, widths = self._widths()
        return pd.DataFrame({**self.to_dict(), what: widths})

    def _widths(self):
        """What releases consist of, and of how many."""
        what = "codes" if self[0].release_.channel.is_code else "columns"
        return what, [member.release_.n_outputs for member in self.transformers]

    def to_dict(self):
        """The path as columns, ready for a data frame.

        Returns
        -------
        dict of str to ndarray of shape (m,)
        """
        return _columns(
            self.privacy_multipliers,
            self.sensitive_names,
            (self.utility_bits, self.utility_interval, self.leakage_bits, self.leakage_interval),
        )

    @leaves_process_unchanged
    def evaluate(self, X, y, sensitive_features=None, *, confidence=None):
        """Judge every release on rows that the path was not fitted on.

        Parameters
        ----------
        X : array-like of shape (n, p)
        y : array-like of shape (n,) or (n, d)
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Not needed where ``sensitive_columns`` name it in X.
        confidence : float, default=None
            Of the intervals; None: the path's.

        Returns
        -------
        dict of str to ndarray of shape (m,)
            As :meth:`to_dict`, in bits. Estimates with intervals, without a guarantee. Rows of
            a class that the path was not fitted with are left out, with a warning.
        """
        first = self.transformers[0]
        sample, _ = first._read_rows(X)
        tasks, sensitives = read_labels(
            sample.rows, y, sensitive_features, first.sensitive_values(X), "ignore"
        )
        targets = _seen_targets(first.labels_, tasks, sensitives)
        found = judge(self.transformers, sample.labelled(targets))
        confidence = self.confidence if confidence is None else _checked_confidence(confidence)
        figures = (
            *_with_interval(found.utility, found.utility_error, confidence),
            *_with_interval(found.leakage, found.leakage_error, confidence),
        )
        return _columns(self.privacy_multipliers, self.sensitive_names, figures)


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
    y : array-like of shape (n,) or (n, d)
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
    _checked_confidence(confidence)
    check_multipliers(privacy_multipliers)
    problem, _, _ = reader._read_problem(X, y, sensitive_features, sample_weight)
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
        prices(
            privacy_multipliers, len(labels.sensitives)
        )  # whose number is wrong, before training
    stage_one = learn_posteriors(problem)
    soft = None if stage_one is None else problem.objective.of_columns(stage_one.posteriors)
    multipliers = privacy_multipliers
    if isinstance(multipliers, Integral):
        weights = problem.sample.weights
        multipliers = default_multipliers(multipliers, labels, targets, soft, weights)
    multipliers = np.asarray(multipliers, dtype=np.float64)
    with collected() as caught:
        members = fit_members(reader, problem, stage_one, multipliers)
    _warn_once(caught, len(members))
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
    """The fitted transformers of a path.

    Parameters
    ----------
    reader, problem
        As in :func:`fit_path`.
    stage_one : StageOne or None
    multipliers : ndarray of shape (m,) or (m, d)

    Returns
    -------
    tuple of InfoShapeTransformer
    """
    labels = problem.labels
    priced = [labels.priced(price) for price in prices(multipliers, len(labels.sensitives))]
    found = fit_releases(problem, stage_one, priced)
    return tuple(
        _member(reader, multiplier, fitted)
        for multiplier, fitted in zip(multipliers, found, strict=True)
    )


def _member(reader, multiplier, fitted):
    member = unfitted_copy(reader).set_params(privacy_multiplier=multiplier.tolist())
    member._keep(reader, fitted)
    return member


def _own_figures(members, labels, confidence):
    """Estimates of the transformers, each row by models that have not seen it."""
    weights = np.array([term.weight for term in labels.terms[: len(labels.tasks)]])

    def of(name):
        return np.array([np.atleast_1d(getattr(member, name)) for member in members])

    utility = of("utility_estimate_bits_") @ weights
    error = np.sqrt(of("utility_standard_error_bits_") ** 2 @ weights**2)
    leakage = of("leakage_estimate_bits_"), of("leakage_standard_error_bits_")
    u, u_interval = _with_interval(utility, error, confidence)
    s, s_interval = _with_interval(*leakage, confidence)
    return u, s, u_interval, s_interval


def _with_interval(values, errors, confidence):
    reach = norm.ppf(0.5 + confidence / 2) * errors
    interval = np.stack([values - reach, values + reach], axis=-1)
    return np.maximum(values, 0.0), np.maximum(interval, 0.0)


def _columns(multipliers, names, figures):
    utility, utility_interval, leakage, leakage_interval = figures
    columns = {}
    if multipliers.ndim == 1:
        columns["privacy_multiplier"] = multipliers
    else:
        for j, name in enumerate(names):
            columns[f"privacy_multiplier_{name}"] = multipliers[:, j]
    columns["utility_bits"] = utility
    columns["utility_low"], columns["utility_high"] = utility_interval.T
    for j, name in enumerate(names):
        suffix = "" if len(names) == 1 else f"_{name}"
        columns[f"leakage_bits{suffix}"] = leakage[:, j]
        columns[f"leakage_low{suffix}"] = leakage_interval[:, j, 0]
        columns[f"leakage_high{suffix}"] = leakage_interval[:, j, 1]
    return columns


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


def _seen_targets(labels, tasks, sensitives):
    """Targets of fresh rows, which may show a class that the fit has not seen."""
    for column, (name, values) in zip(labels.columns, tasks + sensitives, strict=False):
        new = ~column.seen(values)
        if new.all():  # most likely coded in another way; "0 bits" would be no answer
            raise ValueError(
                f"{name}: no row has a class that the fit has seen; name classes as then."
            )
        if new.any():
            warn(
                f"{name}: {new.sum()} rows have a class that the fit has not seen, and are left "
                "out. Fit with rows of all classes.",
                RareClassWarning,
            )
    return labels.encode(tasks, sensitives, unseen="missing")


def _checked_confidence(confidence):
    if not (np.ndim(confidence) == 0 and 0 < confidence < 1):
        raise ValueError(f"confidence={confidence!r} is not in (0, 1); give 0.95, say.")
    return float(confidence)


def _warn_once(caught, n_members):
    """One warning of each kind, with how many multipliers it concerns."""
    by_kind: dict = {}
    for message, category in caught:
        by_kind.setdefault(category, []).append(message)
    for category, messages in by_kind.items():
        where = f"{len(messages)} of {n_members} privacy_multipliers; the first: "
        warn(f"At {where}{messages[0]}", category)
