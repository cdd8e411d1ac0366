"""The figures of an attack on test rows, as functions of sums over rows.

Rows count one over the rows of their group, so that every figure speaks of a person's row: a
person is drawn, then one of the rows. So does a certificate, for which a row of each is drawn.
"""

import numpy as np
from scipy.stats import rankdata

from sklearn_infoshape.audit.calibration import hit_threshold, tolerance_threshold
from sklearn_infoshape.audit.intervals import Statistic
from sklearn_infoshape.information.entropy import PRIOR_SHARE

__all__ = [
    "AMOUNT_FIGURES",
    "NULL_FIGURES",
    "Decisions",
    "amount_figures",
    "class_figures",
    "null_scores",
]

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
    groups : ndarray of shape (n,) or None, default=None
        Whole numbers from 0 up; None: a row each.
    confidence : float, default=0.95
        That false alarms are as few as they should be.

    Attributes
    ----------
    alarm_class, alarm : int and float, or None
        The class that is recognised most often at 1 % false alarms, and its threshold; None where
        there are too few rows of other classes to place any.
    """

    def __init__(self, predicted, classes, shares, *, groups=None, confidence=0.95):
        self.shares = shares
        n_classes = len(shares)
        groups = np.arange(len(classes)) if groups is None else groups
        weights = 1.0 / np.bincount(groups)[groups]
        self.alarm_class, self.alarm = _best_alarm(predicted, classes, groups, 1 - confidence)
        self.hit = self.balanced = None
        if n_classes == 2:
            positive = classes == 1
            counts = np.maximum(np.bincount(classes, weights, minlength=2), 1e-300)
            self.hit = hit_threshold(predicted[:, 1], positive, weights)
            self.balanced = hit_threshold(predicted[:, 1], positive, weights / counts[classes])

    def guess(self, predicted):
        """Classes guessed for accuracy, and for balanced accuracy."""
        if self.hit is None:
            return predicted.argmax(axis=1), (predicted / self.shares).argmax(axis=1)
        score = predicted[:, 1]
        return (score > self.hit).astype(int), (score > self.balanced).astype(int)


def class_figures(predicted, prior, classes, strata, decisions, weights=None, floor=PRIOR_SHARE):
    """The figures of one attacker on classes.

    Parameters
    ----------
    predicted, prior : ndarray of shape (n, C)
        Tempered probabilities; the shares of the row's stratum with which they are mixed.
    classes, strata : ndarray of shape (n,)
    decisions : Decisions
    weights : ndarray of shape (n,) or None, default=None
        One over the rows of the row's group; None: ones.
    floor : float, default=0.01
        No prediction is below this share of the prior; known before these rows.

    Returns
    -------
    dict of str to Statistic
        Beside the figures "false_alarm_rate", at the threshold of "tpr_at_1_fpr".
    """
    n, n_classes = predicted.shape
    weights = np.ones(n) if weights is None else weights
    observed = np.eye(n_classes)[classes]
    guess, balanced_guess = decisions.guess(predicted)
    hit = (guess == classes).astype(float)
    each, none, one = np.eye(n_classes), np.zeros((n_classes, n_classes)), np.ones((n, 1))
    balanced_hit = (balanced_guess == classes)[:, None] * observed
    majority = decisions.shares.argmax()
    figures = {
        "bits": _bits(predicted, prior, classes, strata, weights, floor),
        "accuracy": _share(hit, np.ones(n)),
        "advantage": Statistic(
            np.column_stack([hit, observed, one]),
            lambda t: (t[:, 0] - t[:, 1:-1].max(axis=1)) / t[:, -1],
            np.r_[0.0, np.ones(n_classes + 1)][None],
            np.ones((1, 2)),
            # The greatest of the shares is at least that of the class that was most frequent
            # before; the maximum over the test rows' own shares errs downwards.
            np.column_stack([hit - observed[:, majority], one]),
            lambda t: t[:, 0] / t[:, 1],
        ),
        "balanced_accuracy": Statistic(
            np.hstack([balanced_hit, observed]),
            _mean_ratio,
            np.hstack([none, each]),
            np.hstack([each, each]),
        ),
    }
    present = observed.sum(axis=0)
    auc = np.flatnonzero((present > 0) & (present < n))
    if n_classes == 2:
        auc = auc[-1:]
    if len(auc):
        figures["auc"] = _area(predicted, classes, auc, weights)
    alarm = decisions.alarm_class
    if alarm is not None and 0 < present[alarm] < n:
        raised = (predicted[:, alarm] > decisions.alarm).astype(float)
        own = observed[:, alarm]
        figures["tpr_at_1_fpr"] = _share(raised * own, own)
        figures["false_alarm_rate"] = _share(raised * (1 - own), 1 - own)
    return figures


def _best_alarm(predicted, classes, groups, error):
    best, threshold, most = None, None, -1.0
    for c in range(predicted.shape[1]):
        others = classes != c
        if (~others).sum() < _FEWEST_FOR_ALARMS:
            continue
        # A person is one observation: the row that comes closest to an alarm.
        greatest = np.full(groups.max() + 1, -np.inf)
        np.maximum.at(greatest, groups[others], predicted[others, c])
        own = tolerance_threshold(greatest[np.isfinite(greatest)], error)
        if own is not None and (predicted[~others, c] > own).mean() > most:
            best, threshold, most = c, own, (predicted[~others, c] > own).mean()
    return best, threshold


def _share(hits, rows):
    """A share of some of the rows."""
    return Statistic(
        np.column_stack([hits, rows]),
        lambda t: t[:, 0] / np.maximum(t[:, 1], 1e-300),
        np.array([[0.0, 1.0]]),
        np.array([[1.0, 1.0]]),
        is_share=True,
    )


def _bits(predicted, prior, classes, strata, weights, floor):
    """Entropy less cross-entropy; entropy within strata."""
    rows, n_classes = np.arange(len(classes)), predicted.shape[1]
    cell = strata * n_classes + classes
    cells = np.eye(n_classes * (strata.max() + 1))[cell]
    own, prior_own = np.log2(predicted[rows, classes]), prior[rows, classes]
    by_stratum = np.bincount(strata, weights)
    shares = np.bincount(cell, weights)[cell] / by_stratum[strata]
    # A row costs no more than the least prediction, against the class's true share.
    worst = np.log2(floor) + min(0.0, np.log2(prior_own / shares).min())

    def bits(sums):
        counts = sums[:, 1:-1].reshape(len(sums), -1, n_classes)
        within = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-300)
        entropy = -(counts * np.log2(np.maximum(within, 1e-300))).sum(axis=(1, 2))
        return (entropy + sums[:, 0]) / sums[:, 1:].sum(axis=1)

    return Statistic(
        np.column_stack([own, cells, np.zeros(len(own))]),
        bits,
        np.r_[worst, np.zeros(cells.shape[1]), 1.0][None],
        np.array([[-np.log2(prior.min()), 1.0]]),
        # Against the prior, which the test rows did not choose, no entropy errs downwards.
        np.column_stack([own - np.log2(prior_own), np.ones(len(own))]),
        lambda t: np.minimum(t[:, 0] / t[:, 1], np.log2(n_classes)),
    )


def _mean_ratio(sums):
    """Average, over classes, of hits over rows; a class without rows is left out."""
    half = sums.shape[1] // 2
    hits, rows = sums[:, :half], sums[:, half:]
    there = rows > 0
    ratios = np.where(there, hits / np.where(there, rows, 1), 0.0)
    return ratios.sum(axis=1) / np.maximum(there.sum(axis=1), 1)


def _area(predicted, classes, of_classes, weights):
    """The area under a ROC curve, averaged over some classes against the rest."""
    columns: list = []
    least: list = []
    most: list = []
    for number, c in enumerate(of_classes):
        own, area = _placements(predicted[:, c], classes == c, weights)
        columns.append(own)
        # The worst row of the class lies below all others; the worst of the others above all.
        for extremes, inner in ((least, 0.0), (most, 1.0)):
            for row in ([inner, 1.0, 0.0, 0.0], [0.0, 0.0, inner - area, 1.0]):
                extremes.append(np.zeros(4 * len(of_classes)))
                extremes[-1][4 * number : 4 * number + 4] = row
    return Statistic(np.hstack(columns), _mean_area, np.array(least), np.array(most))


def _placements(scores, positive, weights):
    """Columns from which the area is summed (DeLong et al. 1988), and the area itself."""
    which = np.unique(scores, return_inverse=True)[1].ravel()
    mass = [np.bincount(which, weights * own) for own in (positive, ~positive)]
    # The share of the other side that a score lies above (of the class) or below (of others).
    below = (np.cumsum(mass[1]) - mass[1] / 2) / mass[1].sum()
    above = 1 - (np.cumsum(mass[0]) - mass[0] / 2) / mass[0].sum()
    inner = np.where(positive, below[which], above[which])
    area = (weights * positive * inner).sum() / mass[0].sum()
    columns = np.column_stack(
        [inner * positive, positive, (inner - area) * ~positive, ~positive]
    ).astype(float)
    return columns, area


def _mean_area(sums):
    parts = sums.reshape(len(sums), -1, 4)
    with np.errstate(all="ignore"):
        areas = parts[..., 0] / parts[..., 1] + parts[..., 2] / parts[..., 3]
    return np.nan_to_num(areas, nan=0.5, posinf=0.5, neginf=0.5).mean(axis=1)


def amount_figures(predicted, values):
    """R² and rank correlation of one regressor, see :func:`class_figures`.

    An amount's error has no bound: the limits of R² allow for one row more with the greatest
    error seen, those of the rank correlation for one at the opposite end.

    Parameters
    ----------
    predicted, values : ndarray of shape (n,)

    Returns
    -------
    dict of str to Statistic
    """
    ones = np.ones(len(values))
    # Brought to a common scale, so that sums of squares do not cancel.
    centre, scale = values.mean(), max(values.std(), 1e-300)
    x, z = (values - centre) / scale, (predicted - centre) / scale
    a, b = (rankdata(v) / len(v) - 0.5 for v in (x, z))
    return {
        "r2": Statistic(
            np.column_stack([(x - z) ** 2, x, x**2, ones]),
            lambda t: 1 - t[:, 0] / np.maximum(t[:, 2] - t[:, 1] ** 2 / t[:, 3], 1e-300),
            np.array([[((x - z) ** 2).max(), 0.0, 1.0, 1.0]]),
            np.array([[0.0, 0.0, 1.0, 1.0]]),
        ),
        "rank_correlation": Statistic(
            np.column_stack([a * b, a, b, a**2, b**2, ones]),
            _correlation,
            np.array([[-0.25, 0.5, -0.5, 0.25, 0.25, 1.0]]),
            np.array([[0.25, 0.5, 0.5, 0.25, 0.25, 1.0]]),
        ),
    }


def _correlation(sums):
    ab, a, b, aa, bb, n = sums.T
    spread = np.sqrt(np.maximum((aa - a**2 / n) * (bb - b**2 / n), 0))
    return np.where(spread > 1e-12 * n, (ab - a * b / n) / np.maximum(spread, 1e-300), 0.0)


def null_scores(predicted, classes, decisions, weights=None):
    """What each row adds to each figure of ``NULL_FIGURES``, were it of each class.

    A permutation among groups of as many rows leaves the classes' weights as they are, so that
    every figure is a sum of these scores (up to a constant).

    Parameters
    ----------
    predicted : ndarray of shape (n, C)
    classes : ndarray of shape (n,)
    decisions : Decisions
    weights : ndarray of shape (n,) or None, default=None

    Returns
    -------
    ndarray of shape (n, C, 4)
    """
    n, n_classes = predicted.shape
    weights = np.ones(n) if weights is None else weights
    total = weights.sum()
    counts = np.maximum(np.bincount(classes, weights, minlength=n_classes), weights.min())
    guess, balanced_guess = decisions.guess(predicted)
    own = weights[:, None]
    scores = np.empty((n, n_classes, len(NULL_FIGURES)))
    scores[..., 0] = own * np.log2(predicted) / total
    scores[..., 1] = own * np.eye(n_classes)[guess] / total
    scores[..., 2] = own * np.eye(n_classes)[balanced_guess] / (n_classes * counts)
    for c in range(n_classes):
        which = np.unique(predicted[:, c], return_inverse=True)[1].ravel()
        mass = np.bincount(which, weights)
        below = (np.cumsum(mass) - mass / 2)[which]
        others = max(total - counts[c], weights.min())
        scores[:, c, 3] = weights * below / (n_classes * counts[c] * others)
    return scores
