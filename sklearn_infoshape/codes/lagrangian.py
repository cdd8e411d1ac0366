"""The Lagrangian of a finite code on weighted points of posterior space, and its ascent.

All of it is float64 arithmetic in one order: products are small enough for one thread, and
sums run along one axis. A code then depends on posteriors and seed alone, not on how many
threads the process has; a search that sharpens its borders would turn a difference in the
last digit into other codes.
"""

import math

import numpy as np

__all__ = [
    "VALUE_DIGITS",
    "WeightedPoints",
    "ascend",
    "lagrangian_of_masses",
    "lane_slices",
    "small_slices",
    "softmax_codes",
]

VALUE_DIGITS = 10  # of Lagrangians, below which codes are equally good: sums differ by rounding
_LEAST_MASS = 1e-30
_LOWEST_SCORE = -600.0  # its exponential is still a normal number
_SMALLEST_MASS_OF_A_CODE = 1e-6
_SMOOTHING = 1e-4
_MOST_MULTIPLICATIONS = 2**18  # of a product that BLAS leaves to one thread
_LANE_ELEMENTS = 2**17  # lanes × codes × points that stay in a core's cache
_FIRST_DECAY, _SECOND_DECAY, _EPSILON = 0.9, 0.999, 1e-8


def small_slices(n, elements):
    """Slices of n points whose product of ``elements`` multiplications each is small."""
    step = max(1, _MOST_MULTIPLICATIONS // elements)
    return [slice(start, start + step) for start in range(0, n, step)]


def lane_slices(n_lanes, elements):
    """Slices of lanes that are climbed side by side, each lane of so many elements."""
    step = max(1, _LANE_ELEMENTS // elements)
    return [slice(start, start + step) for start in range(0, n_lanes, step)]


def softmax_codes(scores):
    """Turn scores of shape (lanes, K, P) into probabilities of the K codes, in place."""
    scores -= scores.max(axis=1, keepdims=True)
    np.maximum(scores, _LOWEST_SCORE, out=scores)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def lagrangian_of_masses(masses, widths, weights):
    """The Lagrangian of codes in nats, from the masses of code and class.

    Parameters
    ----------
    masses : ndarray of shape (..., K, D)
        The classes of all labels side by side; those of each label sum to one.
    widths : list of int
        Classes of each label.
    weights : ndarray of shape (..., J)
        Of each label in the Lagrangian.

    Returns
    -------
    ndarray of shape (...)

    Examples
    --------
    Two codes that tell y, of which s is no part:

    >>> import numpy as np
    >>> from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
    >>> masses = np.array([[0.5, 0.0, 0.25, 0.25], [0.0, 0.5, 0.25, 0.25]])
    >>> round(float(lagrangian_of_masses(masses, [2, 2], np.array([1.0, -3.0]))), 6)
    0.693147
    """
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    by_class = np.add.reduceat(_x_log_x(masses).sum(axis=-2), starts, axis=-1)
    by_code = _x_log_x(np.add.reduceat(masses, starts, axis=-1)).sum(axis=-2)
    alone = np.add.reduceat(_x_log_x(masses.sum(axis=-2)), starts, axis=-1)
    return ((by_class - by_code - alone) * weights).sum(axis=-1)


class WeightedPoints:
    """Weighted points of posterior space, and the Lagrangian of codes for them.

    With J[k, d] the masses of code and class, the derivative of the Lagrangian by the
    probability of code k at a point is the point's share times
    ``sum_d w_d p_d log(J_kd / J_k)``, where w_d is the weight of the label of class d.

    Parameters
    ----------
    points : ndarray of shape (P, D)
    share : ndarray of shape (P,)
        Sums to one.
    widths : list of int
        Classes of each label.
    weights : ndarray of shape (L, J)
        Of each label in the Lagrangian, one row a lane.
    """

    def __init__(self, points, share, widths, weights):
        self.points, self.share = points, share
        self.widths, self.weights = widths, np.asarray(weights, dtype=float)
        self.column_weights = np.repeat(self.weights, widths, axis=1)
        self.weighted = points * share[:, None]
        self.mean = self.weighted.sum(axis=0)
        centred = points - self.mean
        self.deviation = np.sqrt((share[:, None] * centred**2).sum(axis=0)).clip(1e-6)
        self.spread = centred / self.deviation
        self._spread_by_column = np.ascontiguousarray(self.spread.T)
        self._weighted_by_column = np.ascontiguousarray(self.weighted.T)

    def joint(self, probabilities):
        """Masses of code and class from probabilities of shape (lanes, K, P): (lanes, K, D)."""
        return self._by_parts(probabilities, self.weighted)

    def lagrangian(self, probabilities):
        """One value a lane, in nats."""
        return lagrangian_of_masses(self.joint(probabilities), self.widths, self.weights)

    def gradient(self, probabilities):
        """Derivative by the logits of the codes, shape (lanes, K, P)."""
        joint = np.maximum(self.joint(probabilities), _LEAST_MASS)
        of_code = joint[..., : self.widths[0]].sum(axis=-1, keepdims=True)
        head = self.column_weights[:, None, :] * np.log(joint / of_code)
        slope = self._times(head, self._weighted_by_column)
        slope -= (probabilities * slope).sum(axis=1, keepdims=True)
        slope *= probabilities
        return slope

    def stationary_head(self, probabilities):
        """Coefficients (lanes, K, D) and intercepts (lanes, K) of the codes' linear scores.

        From the codes' conditionals; codes that nothing uses start far below.
        """
        joint = self.joint(probabilities)
        used = joint[..., : self.widths[0]].sum(axis=-1)
        law = (joint + _SMOOTHING * self.mean) / (used + _SMOOTHING)[..., None]
        ratio = np.log(np.maximum(law / np.maximum(self.mean, 1e-12), 1e-12))
        coef = self.column_weights[:, None, :] * ratio
        return coef, np.where(used < _SMALLEST_MASS_OF_A_CODE, -1e3, 0.0)

    def spread_scores(self, coef, intercept):
        """Scores (lanes, K, P) of heads that read points in standard deviations."""
        scores = self._times(coef, self._spread_by_column)
        scores += intercept[..., None]
        return scores

    def spread_gradient(self, slope):
        """Derivatives by coefficients and intercepts, from those by the scores."""
        return self._by_parts(slope, self.spread), slope.sum(axis=-1)

    def centred(self, coef, intercept):
        """A head for points as one that reads them in standard deviations."""
        return coef * self.deviation, intercept + (coef * self.mean).sum(axis=-1)

    def uncentred(self, coef, intercept):
        """The inverse of :meth:`centred`."""
        coef = coef / self.deviation
        return coef, intercept - (coef * self.mean).sum(axis=-1)

    def _by_parts(self, left, right):
        """``left @ right`` over the points, in parts that one thread multiplies."""
        parts = small_slices(len(right), left.shape[1] * right.shape[1])
        return sum(np.matmul(left[..., part], right[part]) for part in parts)

    def _times(self, left, right):
        """``left @ right`` for each point, in parts that one thread multiplies."""
        parts = small_slices(right.shape[1], left.shape[1] * left.shape[2])
        if len(parts) == 1:
            return np.matmul(left, right)
        return np.concatenate([np.matmul(left, right[:, part]) for part in parts], axis=-1)


def ascend(parameters, gradients, n_steps, rate):
    """Adam with cosine decay, upwards, in place.

    Parameters
    ----------
    parameters : list of ndarray
        Changed in place.
    gradients : callable
        From the progress in [0, 1) to the derivatives by the parameters.
    n_steps : int
    rate : float
    """
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    for step in range(n_steps):
        decayed = rate * 0.5 * (1 + math.cos(math.pi * step / n_steps))
        unbiased = decayed / (1 - _FIRST_DECAY ** (step + 1))
        norm = 1 / math.sqrt(1 - _SECOND_DECAY ** (step + 1))
        for p, m, v, g in zip(parameters, first, second, gradients(step / n_steps), strict=True):
            m *= _FIRST_DECAY
            m += (1 - _FIRST_DECAY) * g
            v *= _SECOND_DECAY
            g *= g
            g *= 1 - _SECOND_DECAY
            v += g
            size = np.sqrt(v)
            size *= norm
            size += _EPSILON
            np.divide(m, size, out=size)
            size *= unbiased
            p += size


def _x_log_x(x):
    return x * np.log(np.maximum(x, _LEAST_MASS))
