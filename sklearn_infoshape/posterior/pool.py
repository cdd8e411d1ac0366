"""The log-linear pool: weights and biases that make one posterior of several."""

from itertools import combinations

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

__all__ = ["fewest_members", "fit_pool", "pool"]

_FLOOR = 1e-4
_MOST_WEIGHT = 3.0
_SHRINKAGE = 2.0  # pseudo-rows that pull the weights to the mean of the members
_CLASS_SHRINKAGE = 60.0  # pseudo-rows that pull a member's weights for the classes together


def _log(probabilities):
    return np.log(np.maximum(probabilities, _FLOOR))


def pool(members, weights, bias):
    """Pooled class probabilities: ``softmax_c(sum_m w_mc log p_mc + b_c)``.

    Parameters
    ----------
    members : list of ndarray of shape (n, C)
    weights : ndarray of shape (m, C), (m, 1) or (m,)
        The latter two: all classes alike.
    bias : ndarray of shape (C,)

    Returns
    -------
    ndarray of shape (n, C)
    """
    return softmax(sum(w * _log(p) for w, p in zip(weights, members, strict=True)) + bias, axis=1)


def fit_pool(members, targets):
    """Weights and biases with the least cross-entropy on predictions of unseen rows.

    Of three and more classes a member has a weight for each, as in Dirichlet calibration [1]_: it
    may know one class better than another. These weights are pulled to their mean over classes, and
    the mean to 1 / m. They lie between 0 and 3: a member that does not help gets 0, an
    over-confident one small weights; together they set the temperature.

    Parameters
    ----------
    members : list of ndarray of shape (n, C)
        Each row predicted by models that have not seen it.
    targets : ndarray of shape (n, C)
        One-hot, times what the row counts; rows of zeros do not count.

    Returns
    -------
    weights : ndarray of shape (m, C), of two classes (m, 1)
    bias : ndarray of shape (C,)

    References
    ----------
    .. [1] M. Kull, M. Perello-Nieto, M. Kängsepp, T. Silva Filho, H. Song and P. Flach, "Beyond
       temperature scaling: obtaining well-calibrated multi-class probabilities with Dirichlet
       calibration", NeurIPS 2019.

    Examples
    --------
    A member that knows, and one that is wrong with confidence:

    >>> import numpy as np
    >>> from sklearn_infoshape.posterior.pool import fit_pool
    >>> targets = np.eye(2)[np.arange(200) % 2]
    >>> knows, lies = 0.8 * targets + 0.1, np.roll(targets, 1, axis=1)
    >>> weights, bias = fit_pool([knows, lies], targets)
    >>> bool((weights[0] > 1).all()), bool((weights[1] < 0.01).all())
    (True, True)
    """
    known = targets.sum(axis=1) > 0
    targets = targets[known]
    masses = targets.sum(axis=1, keepdims=True)
    logs = np.stack([_log(p[known]) for p in members])
    n_members, n, n_classes = logs.shape
    width = n_classes if n_classes > 2 else 1
    start = np.concatenate([np.full(n_members * width, 1 / n_members), np.zeros(n_classes)])

    def loss(free):
        weights, bias = free[:-n_classes].reshape(n_members, width), free[-n_classes:]
        log_p = log_softmax((weights[:, None] * logs).sum(axis=0) + bias, axis=1)
        residual = np.exp(log_p) * masses - targets
        mean = weights.mean(axis=1, keepdims=True)
        apart, off = weights - mean, mean - 1 / n_members
        value = 0.5 * _SHRINKAGE * ((off**2).sum() + bias @ bias)
        value += 0.5 * _CLASS_SHRINKAGE * (apart**2).sum() - (targets * log_p).sum()
        by_weight = np.einsum("mnc,nc->mc", logs, residual)
        by_weight = by_weight if width > 1 else by_weight.sum(axis=1, keepdims=True)
        by_weight += _SHRINKAGE / width * off + _CLASS_SHRINKAGE * apart
        by_bias = residual.sum(axis=0) + _SHRINKAGE * bias
        return value / n, np.concatenate([by_weight.ravel(), by_bias]) / n

    bounds = [(0.0, _MOST_WEIGHT)] * (n_members * width) + [(None, None)] * n_classes
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found[:-n_classes].reshape(n_members, width), found[-n_classes:]


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
