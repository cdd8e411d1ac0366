"""The figures of an attack on test rows, as sums over rows, so that they can be resampled.

Each figure is a pair: columns with one entry a row, and a function of the columns' (weighted)
sums. A bootstrap draws weights; the figure itself has weights of one.
"""

import numpy as np
from scipy.stats import rankdata

from sklearn_infoshape.audit.calibration import false_alarm_threshold, hit_threshold

__all__ = [
    "AMOUNT_FIGURES",
    "CLASS_FIGURES",
    "NULL_FIGURES",
    "Decisions",
    "amount_figures",
    "class_figures",
    "null_scores",
]

CLASS_FIGURES = ("bits", "accuracy", "advantage", "balanced_accuracy", "auc", "tpr_at_1_fpr")
AMOUNT_FIGURES = ("r2", "rank_correlation")
NULL_FIGURES = ("bits", "accuracy", "balanced_accuracy", "auc")

_FEWEST_FOR_ALARMS = 5


class Decisions:
    """How predictions become decisions; fixed on the calibration rows.

    Parameters
    ----------
    predicted : ndarray of shape (n, C)
        Tempered probabilities of the calibration rows.
    classes : ndarray of shape (n,)
    shares : ndarray of shape (C,)
        Of the classes, in training and calibration rows.
    """

    def __init__(self, predicted, classes, shares):
        self.shares = shares
        n_classes = len(shares)
        self.alarm_class, self.alarm = _best_alarm(predicted, classes)
        self.hit = self.balanced = None
        if n_classes == 2:
            positive = classes == 1
            counts = np.maximum(np.bincount(classes, minlength=2), 1)
            self.hit = hit_threshold(predicted[:, 1], positive, np.ones(len(classes)))
            self.balanced = hit_threshold(predicted[:, 1], positive, 1.0 / counts[classes])

    def guess(self, predicted):
        """Classes guessed for accuracy, and for balanced accuracy."""
        if self.hit is None:
            return predicted.argmax(axis=1), (predicted / self.shares).argmax(axis=1)
        score = predicted[:, 1]
        return (score > self.hit).astype(int), (score > self.balanced).astype(int)


def class_figures(predicted, classes, strata, decisions):
    """The figures of one attacker on classes.

    Parameters
    ----------
    predicted : ndarray of shape (n, C)
        Tempered probabilities.
    classes, strata : ndarray of shape (n,)
    decisions : Decisions

    Returns
    -------
    dict of str to (ndarray of shape (n, m), callable)
        The callable takes sums of shape (B, m) and returns shape (B,).
    """
    n, n_classes = predicted.shape
    observed = np.eye(n_classes)[classes]
    present = observed.sum(axis=0) > 0
    guess, balanced_guess = decisions.guess(predicted)
    hit = (guess == classes).astype(float)
    balanced_hit = (balanced_guess == classes)[:, None] * observed[:, present]
    cells = np.eye(n_classes * (strata.max() + 1))[strata * n_classes + classes]
    log_own = np.log2(predicted[np.arange(n), classes])
    figures = {
        "bits": (np.column_stack([log_own, cells]), _bits(n_classes)),
        "accuracy": (np.column_stack([hit, np.ones(n)]), lambda t: t[:, 0] / t[:, 1]),
        "advantage": (
            np.column_stack([hit, observed]),
            lambda t: (t[:, 0] - t[:, 1:].max(axis=1)) / t[:, 1:].sum(axis=1),
        ),
        "balanced_accuracy": (np.hstack([balanced_hit, observed[:, present]]), _mean_ratio),
    }
    auc = [c for c in np.flatnonzero(present) if observed[:, c].sum() < n]
    if n_classes == 2:
        auc = auc[-1:]
    if auc:
        columns = [_placements(predicted[:, c], classes == c) for c in auc]
        figures["auc"] = (np.hstack(columns), _mean_auc)
    alarm = decisions.alarm_class
    if alarm is not None and present[alarm]:
        raised = (predicted[:, alarm] > decisions.alarm) * observed[:, alarm]
        figures["tpr_at_1_fpr"] = (np.column_stack([raised, observed[:, alarm]]), _mean_ratio)
    return figures


def _best_alarm(predicted, classes):
    """The class that is recognised most often at 1 % false alarms, and its threshold."""
    best, threshold, most = None, np.inf, -1.0
    for c in range(predicted.shape[1]):
        positive = classes == c
        if min(positive.sum(), (~positive).sum()) < _FEWEST_FOR_ALARMS:
            continue
        own = false_alarm_threshold(predicted[:, c], positive)
        recognised = (predicted[positive, c] > own).mean()
        if recognised > most:
            best, threshold, most = c, own, recognised
    return best, threshold


def _bits(n_classes):
    def bits(sums):
        counts = sums[:, 1:].reshape(len(sums), -1, n_classes)
        n = counts.sum(axis=(1, 2))
        by_stratum = counts.sum(axis=2, keepdims=True)
        shares = counts / np.maximum(by_stratum, 1e-300)
        entropy = -(counts * np.log2(np.maximum(shares, 1e-300))).sum(axis=(1, 2))
        return (entropy + sums[:, 0]) / n

    return bits


def _mean_ratio(sums):
    """Average, over classes, of hits over rows; a class without rows in a resample is left out."""
    half = sums.shape[1] // 2
    hits, rows = sums[:, :half], sums[:, half:]
    there = rows > 0
    ratios = np.where(there, hits / np.where(there, rows, 1), 0.0)
    return ratios.sum(axis=1) / np.maximum(there.sum(axis=1), 1)


def _placements(scores, positive):
    """Columns from which the area under a ROC curve is summed (DeLong et al. 1988)."""
    n_positive, n_negative = positive.sum(), (~positive).sum()
    ranks = rankdata(scores)
    inner = np.empty(len(scores))
    inner[positive] = (ranks[positive] - rankdata(scores[positive])) / n_negative
    inner[~positive] = 1 - (ranks[~positive] - rankdata(scores[~positive])) / n_positive
    area = inner[positive].mean()
    return np.column_stack(
        [inner * positive, positive, (inner - area) * ~positive, ~positive]
    ).astype(float)


def _mean_auc(sums):
    parts = sums.reshape(len(sums), -1, 4)
    with np.errstate(all="ignore"):
        areas = parts[..., 0] / parts[..., 1] + parts[..., 2] / parts[..., 3]
    return np.nan_to_num(areas, nan=0.5, posinf=0.5, neginf=0.5).mean(axis=1)


def amount_figures(predicted, values):
    """R² and rank correlation of one regressor, see :func:`class_figures`.

    Parameters
    ----------
    predicted, values : ndarray of shape (n,)

    Returns
    -------
    dict of str to (ndarray of shape (n, m), callable)
    """
    ones = np.ones(len(values))
    # Brought to a common scale, so that sums of squares do not cancel.
    centre, scale = values.mean(), max(values.std(), 1e-300)
    x, z = (values - centre) / scale, (predicted - centre) / scale
    a, b = (rankdata(v) / len(v) - 0.5 for v in (x, z))
    return {
        "r2": (
            np.column_stack([(x - z) ** 2, x, x**2, ones]),
            lambda t: 1 - t[:, 0] / np.maximum(t[:, 2] - t[:, 1] ** 2 / t[:, 3], 1e-300),
        ),
        "rank_correlation": (np.column_stack([a * b, a, b, a**2, b**2, ones]), _correlation),
    }


def _correlation(sums):
    ab, a, b, aa, bb, n = sums.T
    spread = np.sqrt(np.maximum((aa - a**2 / n) * (bb - b**2 / n), 0))
    return np.where(spread > 1e-12 * n, (ab - a * b / n) / np.maximum(spread, 1e-300), 0.0)


def null_scores(predicted, classes, decisions):
    """What each row adds to each figure of ``NULL_FIGURES``, were it of each class.

    A permutation of the labels leaves the classes' counts as they are, so that every figure is
    a sum of these scores (up to a constant).

    Parameters
    ----------
    predicted : ndarray of shape (n, C)
    classes : ndarray of shape (n,)
    decisions : Decisions

    Returns
    -------
    ndarray of shape (n, C, 4)
    """
    n, n_classes = predicted.shape
    counts = np.maximum(np.bincount(classes, minlength=n_classes), 1)
    guess, balanced_guess = decisions.guess(predicted)
    scores = np.empty((n, n_classes, len(NULL_FIGURES)))
    scores[..., 0] = np.log2(predicted) / n
    scores[..., 1] = np.eye(n_classes)[guess] / n
    scores[..., 2] = np.eye(n_classes)[balanced_guess] / (n_classes * counts)
    for c in range(n_classes):
        others = max(n - counts[c], 1)
        scores[:, c, 3] = rankdata(predicted[:, c]) / (n_classes * counts[c] * others)
    return scores
