"""Labels that are classes: a pool of cross-fitted classifiers, against the shares of classes."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.parallel import delayed

from sklearn_infoshape.estimation.measurement import Measurement, most_entropy
from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.posterior.members import choose_members
from sklearn_infoshape.posterior.pool import fit_pool, pool
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.process import quiet
from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["PooledClassifiers", "measure_classes"]

_ROWS_FOR_TREES = 100
_ROWS_A_CLASS_FOR_BOOSTING = 25
_SMOOTHING = 0.5


class PooledClassifiers:
    """Classifiers of one label, cross-fitted, and pooled by what they say of unseen rows.

    Parameters
    ----------
    members : str, classifier or list of them, default="auto"
        "auto": logistic regression and a kernel machine, quadratic discriminants on the
        columns as they are and on their normal scores, and boosting; or what
        ``posterior`` of :class:`~sklearn_infoshape.InfoShapeTransformer` may be.
    seed : int, default=0
    n_jobs : int, default=None
        Members and folds that are fitted at the same time.
    """

    def __init__(self, members="auto", seed=0, n_jobs=None):
        self.members = members
        self.seed = seed
        self.n_jobs = n_jobs

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
            What each member says, and last the prior.
        """
        codes = targets.argmax(axis=1)
        members = self._unfitted(views, targets, splits)
        self.prior_ = _shares(targets)
        self.models_, predictions = [], [np.empty(targets.shape) for _ in members]
        # The prior itself is a member: a pool of classifiers that know nothing says nothing. It
        # too is learned without the rows that it is judged on.
        prior = np.empty(targets.shape)
        fit = delayed(_fit)
        calls = [
            fit(member, views[view], codes, train, self.seed)
            for train, _ in splits
            for view, member in members
        ]
        done = iter(list(in_parallel(calls, self.n_jobs)))
        for train, test in splits:
            prior[test] = _shares(targets[train])
            fitted = [next(done) for _ in members]
            self.models_.append(fitted)
            for m, (view, _) in enumerate(members):
                predictions[m][test] = _predict(fitted[m], views[view][test], prior[test][0])
        self.views_ = [view for view, _ in members]
        predictions.append(prior)
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
            by_fold = [_predict(fitted[m], views[view], self.prior_) for fitted in self.models_]
            predictions.append(np.mean(by_fold, axis=0))
        predictions.append(np.tile(self.prior_, (len(views[0]), 1)))
        return np.log(pool(predictions, *self.weights_))

    def _unfitted(self, views, targets, splits):
        """Pairs of (which view, classifier)."""
        present = targets.any(axis=0)
        fewest = int(targets[:, present].sum(axis=0).min())
        shape = views[0].shape
        if not (isinstance(self.members, str) and self.members == "auto"):
            chosen = choose_members(self.members, shape, fewest, seed=self.seed)
            return [(0, member) for member in chosen]
        # Boosting grows a tree a class and round: of many classes with few rows it costs most of
        # the time, and a forest does as well.
        many = shape[0] < _ROWS_A_CLASS_FOR_BOOSTING * int(present.sum())
        trees = shape[0] >= _ROWS_FOR_TREES
        names = ["linear", "kernel"] + ["boosting"] * (trees and not many)
        chosen = choose_members(names, shape, fewest, seed=self.seed)
        scored = choose_members(["kernel"], shape, fewest, seed=self.seed)
        pairs = [(0, member) for member in chosen] + [(1, member) for member in scored]
        if trees and many:
            pairs.append((0, _forest(self.seed)))
        # A discriminant needs more rows of a class than columns, also in half of a fold's rows.
        halves = [targets[train[::2]][:, present] for train, _ in splits]
        learned = min(int(half.sum(axis=0).min()) for half in halves)
        if learned > shape[1]:
            pairs += [(0, _discriminant()), (1, _discriminant())]
        return pairs


def _fit(member, rows, codes, train, seed):
    """A member fitted on some rows, here or in a worker; None where they have one class."""
    classes, counts = np.unique(codes[train], return_counts=True)
    kept = train[np.isin(codes[train], classes[counts >= 2])]
    if (counts >= 2).sum() < 2:
        return None
    with one_thread(), quiet(ConvergenceWarning), lent_to(member, seed):
        return clone(member).fit(rows[kept], codes[kept])


def _shares(targets):
    """Shares of classes, none of them 0."""
    return (targets.sum(axis=0) + _SMOOTHING) / (len(targets) + _SMOOTHING * targets.shape[1])


def _predict(model, rows, prior):
    """Probabilities with the prior's share for classes that the model never saw."""
    probabilities = np.tile(prior, (len(rows), 1))
    if model is not None:
        share = prior[model.classes_].sum()
        with lent_to(model):
            probabilities[:, model.classes_] = share * model.predict_proba(rows)
    return probabilities


def _clip(X):
    return np.clip(X, -8.0, 8.0)


def _forest(seed):
    return ExtraTreesClassifier(50, min_samples_leaf=2, random_state=seed)


def _discriminant():
    return make_pipeline(
        StandardScaler(),
        FunctionTransformer(_clip),
        QuadraticDiscriminantAnalysis(reg_param=1e-3),
    )


def measure_classes(views, targets, splits, *, members="auto", seed=0, given=None, n_jobs=None):
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
    n_jobs : int, default=None

    Returns
    -------
    Measurement

    References
    ----------
    D. Barber and F. Agakov 2003, eq. 3; for the difference, D. McAllester and K. Stratos,
    "Formal limitations on the measurement of mutual information", 2020, section 4.
    """
    n = len(targets)
    codes = targets.argmax(axis=1)
    rows = np.arange(n)
    counts = targets.sum(axis=0)
    counts = counts[counts > 0]
    freedom = len(counts) - 1
    entropy = float((counts * np.log(n / counts)).sum() / n)
    if given is not None:
        views = tuple(np.hstack([a, b]) for a, b in zip(views, given, strict=True))
    classifiers = PooledClassifiers(members, seed, n_jobs)
    log_p, predictions = classifiers.fit_predict(views, targets, splits)
    # What the pool still loses to having learned from fewer rows falls as one over their number.
    loss, noise = _learning_loss(classifiers, views, targets, splits, log_p, predictions)
    if given is None:
        before = np.log(predictions[-1])[rows, codes]
        anew = None
    else:
        anew = PooledClassifiers(members, seed, n_jobs)
        before = anew.fit_predict(given, targets, splits)[0][rows, codes]
    density = log_p[rows, codes] - before
    value = float(density.mean())
    # The entropy of a sample is too small by its own bias (Miller 1955), and so is the
    # cross-entropy where Z tells nothing: what is missing is the share that Z tells.
    if given is None and entropy > 0:
        value += freedom / (2 * n) * min(max(value, 0.0) / entropy, 1.0)
    error = float(np.sqrt(density.var() / n + max(freedom, 1) / (2 * n**2)))
    limit = most_entropy(counts)

    score = _ClassScore(classifiers, _shares(targets), anew).score
    parts = {"cross_entropy": value}
    return Measurement(value, error, 0.25 * loss, loss + noise, entropy, parts, [], score, limit)


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
    """How much worse the pool is when its members learn from half of the rows, and its error.

    A loss that falls as one over the number of rows is halved by doubling them: what half
    of the rows lose against all is what all of them lose against infinitely many.
    """
    train, test = splits[0]
    members, seed = classifiers._unfitted(views, targets, splits), classifiers.seed
    prior = _shares(targets[train[::2]])
    codes = targets.argmax(axis=1)
    predictions = [
        _predict(_fit(m, views[view], codes, train[::2], seed), views[view][test], prior)
        for view, m in members
    ]
    predictions.append(np.tile(prior, (len(test), 1)))
    others = [p[train] for p in of_all]
    weaker = np.log(pool(predictions, *fit_pool(others, targets[train])))
    at = np.arange(len(test))
    lost = log_p[test][at, codes[test]] - weaker[at, codes[test]]
    return max(0.0, float(lost.mean())), float(lost.std() / np.sqrt(len(lost)))
