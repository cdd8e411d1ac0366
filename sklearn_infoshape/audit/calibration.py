"""What the calibration rows decide: temperature, thresholds; never anything of the test rows."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import binom

from sklearn_infoshape.information.entropy import mixed_with_prior

__all__ = [
    "class_shares",
    "floored",
    "hit_threshold",
    "temper",
    "tempered",
    "tolerance_threshold",
]

_THRESHOLDS = 200


def class_shares(classes, strata, n_classes, n_strata, weights=None):
    """Smoothed class shares within each stratum: what is known without the release.

    Parameters
    ----------
    classes, strata : ndarray of shape (n,)
    n_classes, n_strata : int
    weights : ndarray of shape (n,) or None, default=None

    Returns
    -------
    ndarray of shape (n_strata, n_classes)
        Positive; half a row is added to each class.
    """
    counts = np.zeros((n_strata, n_classes))
    np.add.at(counts, (strata, classes), 1.0 if weights is None else weights)
    counts += 0.5
    return counts / counts.sum(axis=1, keepdims=True)


def temper(evidence, prior, classes, weights=None):
    """The temperature under which predictions cost the calibration rows least.

    Parameters
    ----------
    evidence : ndarray of shape (n, C)
        Log of predicted over prior probabilities.
    prior : ndarray of shape (n, C)
        Of each row's stratum.
    classes : ndarray of shape (n,)
    weights : ndarray of shape (n,) or None, default=None

    Returns
    -------
    float
        0 trusts the prior alone, 1 the predictions as they are.
    """
    rows = np.arange(len(classes))

    def cost(trust):
        mixed = tempered(evidence, prior, trust)
        return -np.average(np.log(mixed[rows, classes]), weights=weights)

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
    return mixed_with_prior(sharpened, prior)


def floored(predicted, prior, floor):
    """Predictions that shrink no class's prior share by more than calibration rows' did.

    What a row can cost at most is then known before test rows are looked at, and is little where
    the attacker is never sure.

    Parameters
    ----------
    predicted, prior : ndarray of shape (n, C)
    floor : float
        The least of predicted over prior, at most 1.

    Returns
    -------
    ndarray of shape (n, C)
        Rows that went below are mixed with as much of the prior as it takes.
    """
    least = (predicted / prior).min(axis=1, keepdims=True)
    share = np.maximum(floor - least, 0) / np.maximum(1 - least, 1e-12)
    return predicted + np.minimum(share, 1) * (prior - predicted)


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


def tolerance_threshold(negative, error, rate=0.01):
    """A threshold that, but for a probability of error, at most a share of negatives exceed.

    Parameters
    ----------
    negative : ndarray of shape (n,)
        Scores of independent negatives. The share speaks of those that are yet to come.
    error : float
    rate : float, default=0.01

    Returns
    -------
    float or None
        The least of the negatives that will do (Wilks 1941); None where they are too few, fewer
        than 299 for an error of .05 and a rate of .01.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.calibration import tolerance_threshold
    >>> [tolerance_threshold(np.arange(float(n)), 0.05) for n in (298, 299, 473)]
    [None, np.float64(298.0), np.float64(471.0)]
    """
    n = len(negative)
    above = np.arange(int(rate * n) + 1)
    allowed = above[binom.cdf(above, n, rate) <= error]
    return np.sort(negative)[n - 1 - allowed[-1]] if len(allowed) else None
