"""Columns before they are measured: duplicates gone, in a fixed order, as normal scores.

Mutual information does not change when a column is mapped one to one, columns change places,
or one of them comes twice. Estimators do change. So every column is replaced by the normal
quantiles of its ranks, its sign and the order of columns are fixed by the data, and copies
are dropped: what follows cannot see any of these differences.
"""

import numpy as np
from scipy.special import ndtri

__all__ = ["NormalScores"]


class NormalScores:
    """Columns as normal quantiles of their ranks.

    Values that several rows share get different ranks at random. This adds noise that knows
    nothing of the other variable, within what stays distinguishable: no information is lost,
    and columns with few values become as continuous as all others.

    Parameters
    ----------
    seed : int, default=0
        Of the order among equal values.

    Attributes
    ----------
    kept_ : ndarray of int
        Positions of the columns that are no copies of others, in their fixed order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.normal_scores import NormalScores
    >>> z = np.random.default_rng(0).normal(size=(50, 2))
    >>> scores = NormalScores().fit_transform(z)
    >>> again = NormalScores().fit_transform(np.column_stack([-z[:, 1], z[:, 0] ** 3, z[:, 1]]))
    >>> bool((scores == again).all())
    True
    """

    def __init__(self, seed=0):
        self.seed = seed

    def fit_transform(self, columns):
        """Learn the columns' ranks and return the scores of these rows.

        Parameters
        ----------
        columns : ndarray of shape (n, p)

        Returns
        -------
        ndarray of shape (n, k)
            k is at most p: constant columns and copies are dropped.
        """
        kept: dict = {}
        for j in range(columns.shape[1]):
            distinct, ranks = np.unique(columns[:, j], return_inverse=True)
            if len(distinct) < 2:
                continue
            # A falling map of a column is a copy too: the first row that is off the middle
            # of the ranks decides the sign.
            centred = 2 * ranks - (len(distinct) - 1)
            sign = np.sign(centred[np.flatnonzero(centred)[0]])
            kept.setdefault((sign * centred).astype(np.int64).tobytes(), (j, sign))
        chosen = [kept[key] for key in sorted(kept)]
        self.kept_ = np.array([j for j, _ in chosen], dtype=int)
        self.signs_ = np.array([sign for _, sign in chosen], dtype=float)
        rng = np.random.default_rng(self.seed)
        self.sorted_ = []
        scores = np.empty((len(columns), len(chosen)))
        for k, (j, sign) in enumerate(chosen):
            values = sign * columns[:, j]
            order = np.lexsort([rng.permutation(len(values)), values])
            scores[order, k] = ndtri((np.arange(len(values)) + 0.5) / len(values))
            self.sorted_.append(values[order])
        return scores

    def transform(self, columns):
        """Scores of other rows: their places among the rows of the fit.

        Parameters
        ----------
        columns : ndarray of shape (n, p)

        Returns
        -------
        ndarray of shape (n, k)
        """
        rng = np.random.default_rng(self.seed)
        scores = np.empty((len(columns), len(self.kept_)))
        for k, (j, sign) in enumerate(zip(self.kept_, self.signs_, strict=True)):
            values, known = sign * columns[:, j], self.sorted_[k]
            low = np.searchsorted(known, values, side="left")
            high = np.searchsorted(known, values, side="right")
            place = low + rng.uniform(size=len(values)) * (high - low)
            scores[:, k] = ndtri(np.clip(place, 0.5, len(known) - 0.5) / len(known))
        return scores
