"""Hard codes of weighted points, improved by moving one point at a time, in many lanes."""

import numpy as np
from scipy.special import xlogy

from sklearn_infoshape.codes.lagrangian import VALUE_DIGITS

__all__ = ["SingleMoves"]

_SMALLEST_GAIN = 1e-12  # nats: a move that gains less is rounding, and could cycle
_MOST_SWEEPS = 50
_LEAST_RATE = 0.02


class SingleMoves:
    """Climbing on partitions by moving one point at a time.

    The Lagrangian is a constant plus a sum over codes of ``worth(sum of the code's vectors)``:
    a move changes two summands only.

    Parameters
    ----------
    vectors : ndarray of shape (m, D)
        Posteriors of the points side by side, times the points' shares.
    widths : list of int
        Classes of each label.
    weights : array-like of shape (J,)
        Of each label in the Lagrangian.
    n_codes : int
    """

    def __init__(self, vectors, widths, weights, n_codes):
        self.n_codes = n_codes
        self.vectors = np.column_stack([vectors, vectors[:, : widths[0]].sum(axis=1)])
        weights = np.asarray(weights, dtype=float)
        self.column_weights = np.append(np.repeat(weights, widths), -weights.sum())

    def masses(self, codes):
        """Sums of the vectors of each code, and of all their labels: (R, K, D + 1)."""
        return np.stack(
            [
                np.stack([np.bincount(own, v, self.n_codes) for v in self.vectors.T], axis=1)
                for own in codes
            ]
        )

    def worth(self, masses):
        """What codes of shape (..., D + 1) add to the Lagrangian, in nats."""
        masses = np.maximum(masses, 0.0)  # differences of sums may be a rounding below zero
        # Not a product of BLAS: the same to the last digit for any number of threads.
        return np.einsum("...d,d->...", xlogy(masses, masses), self.column_weights)

    def climb(self, codes, rng, most_sweeps=_MOST_SWEEPS):
        """Partitions at which no single move gains, and their values.

        Parameters
        ----------
        codes : ndarray of shape (R, m), dtype int
            A code for each point, one row a lane.
        rng : numpy.random.RandomState
            Of the order in which points are looked at.
        most_sweeps : int, default=50

        Returns
        -------
        codes : ndarray of shape (R, m), dtype int
        values : ndarray of shape (R,)
            In nats, up to a constant.
        """
        codes, lanes = codes.copy(), np.arange(len(codes))
        masses = self.masses(codes)
        worth = self.worth(masses)
        for _ in range(most_sweeps):
            # The others could not gain where all stands as it does now.
            movable = np.flatnonzero(
                (self._best_gains(codes, masses, worth) > _SMALLEST_GAIN).any(axis=0)
            )
            moved = False
            for point in rng.permutation(movable):
                own, vector = codes[:, point], self.vectors[point]
                changed = masses + vector
                changed[lanes, own] = masses[lanes, own] - vector
                worth_then = self.worth(changed)
                gain = worth_then - worth
                left = gain[lanes, own]
                gain[lanes, own] = -left  # what staying is worth beside leaving
                new = gain.argmax(axis=1)
                lane = np.flatnonzero(gain[lanes, new] + left > _SMALLEST_GAIN)
                lane = lane[new[lane] != own[lane]]
                if len(lane):
                    moved = True
                    old, new = own[lane].copy(), new[lane]
                    for k in (old, new):
                        masses[lane, k] = changed[lane, k]
                        worth[lane, k] = worth_then[lane, k]
                    codes[lane, point] = new
            if not moved:
                break
        return codes, worth.sum(axis=1)

    def kicked(self, codes, values, rng, *, n_rounds, n_kept, n_copies, most_kicked):
        """Climb again and again from the best partitions, some of whose points are moved at random.

        Parameters
        ----------
        codes, values
            As :meth:`climb` returns them.
        rng : numpy.random.RandomState
        n_rounds, n_kept, n_copies : int
            In each round ``n_copies`` of each of the ``n_kept`` best.
        most_kicked : float
            Most of the points that are moved.

        Returns
        -------
        codes, values
            Of the last round, and of those that it began with; not sorted.
        """
        for _ in range(n_rounds):
            best = self.distinct_best(values)[:n_kept]
            copies = np.repeat(codes[best], n_copies, axis=0)
            rates = rng.uniform(_LEAST_RATE, most_kicked, (len(copies), 1))
            is_kicked = rng.uniform(size=copies.shape) < rates
            starts = np.where(is_kicked, rng.randint(self.n_codes, size=copies.shape), copies)
            climbed, climbed_values = self.climb(starts, rng)
            codes = np.concatenate([codes[best], climbed])
            values = np.concatenate([values[best], climbed_values])
        return codes, values

    @staticmethod
    def distinct_best(values):
        """Positions of distinct values, best first.

        Equal values are one partition, its codes renamed: copies would crowd out others.
        """
        return np.unique(-values.round(VALUE_DIGITS), return_index=True)[1]

    def _best_gains(self, codes, masses, worth):
        """What the best move of each point gains, shape (R, m)."""
        gains, points = np.empty(codes.shape), np.arange(codes.shape[1])
        for lane, own in enumerate(codes):
            gain = self.worth(masses[lane] + self.vectors[:, None]) - worth[lane]
            gain[points, own] = -np.inf
            left = self.worth(masses[lane][own] - self.vectors) - worth[lane][own]
            gains[lane] = gain.max(axis=1) + left
        return gains
