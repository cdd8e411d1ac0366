"""What the calibration rows decide: temperature, thresholds; never anything of the test rows."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = [
    "PRIOR_SHARE",
    "class_shares",
    "false_alarm_threshold",
    "hit_threshold",
    "temper",
    "tempered",
]

PRIOR_SHARE = 0.01
_THRESHOLDS = 200


def class_shares(classes, strata, n_classes, n_strata):
    """Smoothed class shares within each stratum: what is known without the release.

    Parameters
    ----------
    classes, strata : ndarray of shape (n,)
    n_classes, n_strata : int

    Returns
    -------
    ndarray of shape (n_strata, n_classes)
        Positive; half a row is added to each class.
    """
    counts = np.zeros((n_strata, n_classes))
    np.add.at(counts, (strata, classes), 1.0)
    counts += 0.5
    return counts / counts.sum(axis=1, keepdims=True)


def temper(evidence, prior, classes):
    """The temperature under which predictions cost the calibration rows least.

    Parameters
    ----------
    evidence : ndarray of shape (n, C)
        Log of predicted over prior probabilities.
    prior : ndarray of shape (n, C)
        Of each row's stratum.
    classes : ndarray of shape (n,)

    Returns
    -------
    float
        0 trusts the prior alone, 1 the predictions as they are.
    """
    rows = np.arange(len(classes))

    def cost(trust):
        mixed = tempered(evidence, prior, trust)
        return -np.log(mixed[rows, classes]).mean()

    best = minimize_scalar(lambda x: cost(np.exp(x)), bounds=(-4.0, 1.5), method="bounded")
    return 0.0 if cost(0.0) <= best.fun else float(np.exp(best.x))


def tempered(evidence, prior, trust):
    """Predictions at a temperature, mixed with one per cent of the prior.

    Parameters
    ----------
    evidence : ndarray of shape (n, C)
        Log of predicted over prior probabilities.
    prior : ndarray of shape (n, C)
    trust : float

    Returns
    -------
    ndarray of shape (n, C)
    """
    sharpened = np.exp(log_softmax(np.log(prior) + trust * evidence, axis=1))
    return (1 - PRIOR_SHARE) * sharpened + PRIOR_SHARE * prior


def hit_threshold(scores, positive, weights):
    """The threshold on a binary score that hits most.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    positive : ndarray of shape (n,), dtype bool
    weights : ndarray of shape (n,)
        What a hit of each row counts.

    Returns
    -------
    float
        Rows with greater scores are called positive.
    """
    inner = np.unique(np.quantile(scores, np.linspace(0, 1, _THRESHOLDS)))
    candidates = np.r_[-np.inf, (inner[1:] + inner[:-1]) / 2, np.inf]
    order = np.argsort(scores, kind="stable")
    gain = np.r_[0.0, np.cumsum(np.where(positive, -weights, weights)[order])]
    hits = gain[np.searchsorted(scores[order], candidates, side="right")]
    best = np.flatnonzero(hits == hits.max())
    return float(candidates[best[len(best) // 2]])


def false_alarm_threshold(scores, positive, rate=0.01):
    """The least threshold that at most a share of the negative rows exceed.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    positive : ndarray of shape (n,), dtype bool
    rate : float, default=0.01

    Returns
    -------
    float
        Infinite where there are no negative rows.
    """
    negative = np.sort(scores[~positive])[::-1]
    return float(negative[int(rate * len(negative))]) if len(negative) else np.inf
