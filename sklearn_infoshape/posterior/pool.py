"""The log-linear pool: weights and biases that make one posterior of several."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

__all__ = ["fit_pool", "pool"]

_FLOOR = 1e-4
_MOST_WEIGHT = 3.0
_SHRINKAGE = 2.0  # pseudo-rows that pull the weights to the mean of the members


def _log(probabilities):
    return np.log(np.maximum(probabilities, _FLOOR))


def pool(members, weights, bias):
    """Pooled class probabilities: ``softmax(sum_m w_m log p_m + b)``.

    Parameters
    ----------
    members : list of ndarray of shape (n, C)
    weights : ndarray of shape (m,)
    bias : ndarray of shape (C,)

    Returns
    -------
    ndarray of shape (n, C)
    """
    return softmax(sum(w * _log(p) for w, p in zip(weights, members, strict=True)) + bias, axis=1)


def fit_pool(members, targets):
    """Weights and biases with the least cross-entropy on predictions of unseen rows.

    Weights lie between 0 and 3: a member that does not help gets 0, an over-confident one
    a small weight; together they set the temperature.

    Parameters
    ----------
    members : list of ndarray of shape (n, C)
        Each row predicted by models that have not seen it.
    targets : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.

    Returns
    -------
    weights : ndarray of shape (m,)
    bias : ndarray of shape (C,)

    Examples
    --------
    A member that knows, and one that is wrong with confidence:

    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.pool import fit_pool
    >>> targets = np.eye(2)[np.arange(200) % 2]
    >>> knows, lies = 0.8 * targets + 0.1, np.roll(targets, 1, axis=1)
    >>> weights, bias = fit_pool([knows, lies], targets)
    >>> bool(weights[0] > 1), bool(weights[1] < 0.01)
    (True, True)
    """
    known = targets.sum(axis=1) > 0
    targets = targets[known]
    logs = np.stack([_log(p[known]) for p in members])
    n_members, n, n_classes = logs.shape
    start = np.concatenate([np.full(n_members, 1 / n_members), np.zeros(n_classes)])

    def loss(free):
        weights, bias = free[:n_members], free[n_members:]
        scores = np.tensordot(weights, logs, 1) + bias
        log_p = log_softmax(scores, axis=1)
        residual = np.exp(log_p) - targets
        distance = free - start
        gradient = np.concatenate([np.einsum("mnc,nc->m", logs, residual), residual.sum(axis=0)])
        value = -(targets * log_p).sum() + 0.5 * _SHRINKAGE * distance @ distance
        return value / n, (gradient + _SHRINKAGE * distance) / n

    bounds = [(0.0, _MOST_WEIGHT)] * n_members + [(None, None)] * n_classes
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[:n_members], found.x[n_members:]
