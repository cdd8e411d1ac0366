"""Labels that are classes: a table for finite codes, a pool of classifiers for anything else."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.base import clone
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_infoshape.estimation.measurement import Measurement
from sklearn_infoshape.information import joint_information
from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.posterior.members import choose_members
from sklearn_infoshape.posterior.pool import fit_pool, pool
from sklearn_infoshape.process import quiet

__all__ = ["PooledClassifiers", "codes_of", "measure_classes", "measure_table"]

_ROWS_FOR_TREES = 100
_SMOOTHING = 0.5


def codes_of(columns):
    """Each distinct row as one code.

    Parameters
    ----------
    columns : ndarray of shape (n, p)

    Returns
    -------
    values : ndarray of shape (K, p)
        The distinct rows, in order.
    codes : ndarray of shape (n,)
        Positions in ``values``.
    """
    values, codes = np.unique(columns, axis=0, return_inverse=True)
    return values, codes.ravel()


def measure_table(codes, labels):
    """The plug-in of two finite variables, less its bias.

    Parameters
    ----------
    codes, labels : ndarray of shape (n,)
        Integers from 0.

    Returns
    -------
    Measurement
        Without a score: the caller knows which row has which code.

    References
    ----------
    G. Miller, "Note on the bias of information estimates", 1955: an entropy from m occupied
    cells is (m - 1) / (2n) nats too small on average. The standard error is that of the delta
    method, J. Hutcheson 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.classes import measure_table
    >>> codes = np.repeat([0, 1], 500)
    >>> round(measure_table(codes, codes).nats, 2)  # log 2
    0.69
    """
    n = len(codes)
    table = np.zeros((codes.max() + 1, labels.max() + 1))
    np.add.at(table, (codes, labels), 1)
    joint = table / n
    by_code, by_label = joint.sum(1), joint.sum(0)
    plugin = float(joint_information(torch.from_numpy(joint)))
    occupied = (joint > 0).sum() - (by_code > 0).sum() - (by_label > 0).sum() + 1
    bias = occupied / (2 * n)
    density = np.log(joint[codes, labels] / (by_code[codes] * by_label[labels]))
    # Near independence the delta method sees no noise; the chi-square law of 2n I does.
    error = np.sqrt(density.var() / n + max(occupied, 1) / (2 * n**2))
    entropy = -float((by_label[by_label > 0] * np.log(by_label[by_label > 0])).sum())
    parts = {"plugin": plugin, "bias": -bias}
    # Cells that nobody saw make the correction too small where the table is sparse.
    unseen = (table == 1).sum() / (2 * n)
    return Measurement(float(plugin - bias), float(error), unseen, 0.0, entropy, parts)


class PooledClassifiers:
    """Classifiers of one label, cross-fitted, and pooled by what they say of unseen rows.

    Parameters
    ----------
    members : str, classifier or list of them, default="auto"
        "auto": logistic regression and a kernel machine, quadratic discriminants on the
        columns as they are and on their normal scores, and boosting; or what
        ``posterior`` of :class:`~sklearn_infoshape.InfoShapeTransformer` may be.
    seed : int, default=0
    """

    def __init__(self, members="auto", seed=0):
        self.members = members
        self.seed = seed

    def fit_predict(self, views, targets, splits):
        """Cross-fitted log probabilities of each row's classes.

        Parameters
        ----------
        views : tuple of ndarray of shape (n, p)
            The columns as they are, and their normal scores.
        targets : ndarray of shape (n, C)
            One-hot.
        splits : list of (ndarray, ndarray)

        Returns
        -------
        log_p : ndarray of shape (n, C)
            Of each row by members, and by weights of the pool, that have not seen its label.
        predictions : list of ndarray of shape (n, C)
            What each member says, and the prior.
        """
        codes = targets.argmax(axis=1)
        members = self._unfitted(views, targets, splits)
        self.prior_ = (targets.sum(axis=0) + _SMOOTHING) / (
            len(targets) + _SMOOTHING * len(targets[0])
        )
        self.models_, predictions = [], [np.empty(targets.shape) for _ in members]
        for train, test in splits:
            fitted = [self._fit(m, views[view], codes, train) for view, m in members]
            self.models_.append(fitted)
            for m, (view, _) in enumerate(members):
                predictions[m][test] = self._predict(fitted[m], views[view][test])
        self.views_ = [view for view, _ in members]
        # The prior itself is a member: a pool of classifiers that know nothing says nothing.
        predictions.append(np.tile(self.prior_, (len(targets), 1)))
        self.weights_ = fit_pool(predictions, targets)
        log_p = np.empty(targets.shape)
        for train, test in splits:
            weights = fit_pool([p[train] for p in predictions], targets[train])
            log_p[test] = np.log(pool([p[test] for p in predictions], *weights))
        return log_p, predictions

    def predict(self, views):
        """Log probabilities for other rows, by the mean of the folds' models, pooled."""
        predictions = []
        for m, view in enumerate(self.views_):
            by_fold = [self._predict(fitted[m], views[view]) for fitted in self.models_]
            predictions.append(np.mean(by_fold, axis=0))
        predictions.append(np.tile(self.prior_, (len(views[0]), 1)))
        return np.log(pool(predictions, *self.weights_))

    def _unfitted(self, views, targets, splits):
        """Pairs of (which view, classifier)."""
        fewest = int(targets.sum(axis=0).min())
        shape = views[0].shape
        if not (isinstance(self.members, str) and self.members == "auto"):
            chosen = choose_members(self.members, shape, fewest, seed=self.seed)
            return [(0, member) for member in chosen]
        names = ["linear", "kernel"] + ["boosting"] * (shape[0] >= _ROWS_FOR_TREES)
        chosen = choose_members(names, shape, fewest, seed=self.seed)
        scored = choose_members(["kernel"], shape, fewest, seed=self.seed)
        pairs = [(0, member) for member in chosen] + [(1, member) for member in scored]
        # A discriminant needs more rows of a class than columns, also in half of a fold's rows.
        learned = min(int(targets[train[::2]].sum(axis=0).min()) for train, _ in splits)
        if learned > shape[1]:
            pairs += [(0, _discriminant()), (1, _discriminant())]
        return pairs

    def _fit(self, member, rows, codes, train):
        classes, counts = np.unique(codes[train], return_counts=True)
        kept = train[np.isin(codes[train], classes[counts >= 2])]
        if (counts >= 2).sum() < 2:
            return None
        with quiet(ConvergenceWarning), lent_to(member, self.seed):
            return clone(member).fit(rows[kept], codes[kept])

    def _predict(self, model, rows):
        """Probabilities with the prior's share for classes that the model never saw."""
        probabilities = np.tile(self.prior_, (len(rows), 1))
        if model is not None:
            share = self.prior_[model.classes_].sum()
            with lent_to(model):
                probabilities[:, model.classes_] = share * model.predict_proba(rows)
        return probabilities


def _clip(X):
    return np.clip(X, -8.0, 8.0)


def _discriminant():
    return make_pipeline(
        StandardScaler(),
        FunctionTransformer(_clip),
        QuadraticDiscriminantAnalysis(reg_param=1e-3),
    )


def measure_classes(views, targets, splits, *, members="auto", seed=0, given=None):
    """Entropy of a label less the cross-entropy of pooled classifiers, on unseen rows.

    Parameters
    ----------
    views : tuple of ndarray of shape (n, p)
        Columns as they are, and their normal scores.
    targets : ndarray of shape (n, C)
        One-hot.
    splits : list of (ndarray, ndarray)
    members : str, classifier or list of them, default="auto"
    seed : int, default=0
    given : tuple of ndarray or None, default=None
        Columns that are known beforehand, as two views: then the value is I(Z; l | given),
        the difference of two cross-entropies.

    Returns
    -------
    Measurement

    References
    ----------
    D. Barber and F. Agakov 2003, eq. 3; for the difference, D. McAllester and K. Stratos,
    "Formal limitations on the measurement of mutual information", 2020, section 4.
    """
    n, n_classes = targets.shape
    codes = targets.argmax(axis=1)
    rows = np.arange(n)
    shares = targets.mean(axis=0)
    entropy = -float((shares * np.log(shares)).sum())
    if given is not None:
        views = tuple(np.hstack([a, b]) for a, b in zip(views, given, strict=True))
    classifiers = PooledClassifiers(members, seed)
    log_p, predictions = classifiers.fit_predict(views, targets, splits)
    # What the pool still loses to having learned from fewer rows falls as one over their number.
    loss = _learning_loss(classifiers, views, targets, splits, log_p, predictions)
    if given is None:
        before = np.log(shares)[codes]
        # The entropy of observed shares is too small by its own bias (Miller 1955).
        correction = (n_classes - 1) / (2 * n)
        anew = None
    else:
        without = PooledClassifiers(members, seed)
        before = without.fit_predict(given, targets, splits)[0][rows, codes]
        correction, anew = 0.0, without
    density = log_p[rows, codes] - before
    value = float(density.mean()) + correction
    error = float(np.sqrt(density.var() / n + max(n_classes - 1, 1) / (2 * n**2)))

    score = _ClassScore(classifiers, shares, anew).score
    parts = {"cross_entropy": value}
    return Measurement(value, error, 0.25 * loss, loss, entropy, parts, [], score)


@dataclass(frozen=True)
class _ClassScore:
    """What fitted classifiers say of other rows' classes, beyond what is known beforehand."""

    classifiers: PooledClassifiers
    shares: np.ndarray
    without: PooledClassifiers | None

    def score(self, views, targets, given=None):
        """Mean log ratio of rows, in nats; ``given`` as two views, where there were some."""
        own, rows = targets.argmax(axis=1), np.arange(len(targets))
        if self.without is None:
            return float(
                (self.classifiers.predict(views)[rows, own] - np.log(self.shares)[own]).mean()
            )
        both = tuple(np.hstack(pair) for pair in zip(views, given, strict=True))
        log_p, before = self.classifiers.predict(both), self.without.predict(given)
        return float((log_p[rows, own] - before[rows, own]).mean())


def _learning_loss(classifiers, views, targets, splits, log_p, of_all):
    """How much worse the pool is when its members learn from half of the rows, in nats.

    A loss that falls as one over the number of rows is halved by doubling them: what half
    of the rows lose against all is what all of them lose against infinitely many.
    """
    train, test = splits[0]
    half = PooledClassifiers(classifiers.members, classifiers.seed)
    members = half._unfitted(views, targets, splits)
    half.prior_ = classifiers.prior_
    codes = targets.argmax(axis=1)
    predictions = [
        half._predict(half._fit(m, views[view], codes, train[::2]), views[view][test])
        for view, m in members
    ]
    predictions.append(np.tile(half.prior_, (len(test), 1)))
    others = [p[train] for p in of_all]
    weaker = np.log(pool(predictions, *fit_pool(others, targets[train])))
    at = np.arange(len(test))
    return max(0.0, float((log_p[test][at, codes[test]] - weaker[at, codes[test]]).mean()))
