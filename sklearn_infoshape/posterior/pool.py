"""The log-linear pool: weights and biases that make one posterior of several."""

from itertools import combinations

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

__all__ = ["fewest_members", "fit_pool", "pool"]

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
        One-hot, times what the row counts; rows of zeros do not count.

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
    masses = targets.sum(axis=1, keepdims=True)
    logs = np.stack([_log(p[known]) for p in members])
    n_members, n, n_classes = logs.shape
    start = np.concatenate([np.full(n_members, 1 / n_members), np.zeros(n_classes)])

    def loss(free):
        weights, bias = free[:n_members], free[n_members:]
        scores = np.tensordot(weights, logs, 1) + bias
        log_p = log_softmax(scores, axis=1)
        residual = np.exp(log_p) * masses - targets
        distance = free - start
        gradient = np.concatenate([np.einsum("mnc,nc->m", logs, residual), residual.sum(axis=0)])
        value = -(targets * log_p).sum() + 0.5 * _SHRINKAGE * distance @ distance
        return value / n, (gradient + _SHRINKAGE * distance) / n

    bounds = [(0.0, _MOST_WEIGHT)] * n_members + [(None, None)] * n_classes
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[:n_members], found.x[n_members:]


def fewest_members(members, targets, share=0.98):
    """The fewest members whose pool finds nearly as much as the pool of all.

    Parameters
    ----------
    members, targets
        As of :func:`fit_pool`.
    share : float, default=0.98
        Of the nats by which the pool of all is better than the frequencies of the classes.

    Returns
    -------
    tuple of int
        Their positions; of several sets as small, the best.

    Examples
    --------
    Three say the same:

    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.pool import fewest_members
    >>> targets = np.eye(2)[np.arange(200) % 2]
    >>> fewest_members([0.8 * targets + 0.1] * 3, targets)
    (0,)
    """
    known = targets.sum(axis=1) > 0
    members, targets = [p[known] for p in members], targets[known]
    everyone = tuple(range(len(members)))
    frequencies = targets.mean(axis=0) / targets.sum(axis=1).mean()
    ignorant = _cross_entropy(np.tile(frequencies, (len(targets), 1)), targets)

    def found(chosen):
        some = [members[m] for m in chosen]
        return ignorant - _cross_entropy(pool(some, *fit_pool(some, targets)), targets)

    enough = share * found(everyone)
    for size in range(1, len(members)):
        best = max(combinations(everyone, size), key=found)
        if found(best) >= enough:
            return best
    return everyone


def _cross_entropy(probabilities, targets):
    return -(targets * _log(probabilities)).sum(axis=1).mean()
