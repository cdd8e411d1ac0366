"""Equal values and neighbours in one column, and waves: what no smooth model of a column sees."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["ColumnValues"]

_CELLS = (0, 2**6, 2**9, 2**12)  # of the range; 0: the values as they are
_NEIGHBOURS = 4
_WAVE_CELLS = 2**14
_PADDING = 4
_STEPS = 17
_FEWEST_SEEN = 0.05  # share of rows that must have an equal one, for equality to tell anything


class ColumnValues(TransformerMixin, BaseEstimator):
    """Class shares among rows with an equal value, or next in order, and waves along a column.

    For each column: the rows whose value is equal (as it is, and in cells of the range), the
    four next in the sorted column, and the wave of up to 8,192 periods that goes best with the
    classes. Training rows get the shares of *other* rows.

    Parameters
    ----------
    n_kept : int, default=20
        How many of these features, of all columns, are kept: those that tell most.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.column_values import ColumnValues
    >>> X = np.array([3.0, 1.0, 2.0, 3.0, 1.0, 2.0])[:, None]
    >>> found = ColumnValues(n_kept=1).fit_transform(X, [1, 0, 0, 1, 0, 0]).ravel()
    >>> bool(found[0] > found[1:3].max())
    True
    """

    def __init__(self, n_kept=20):
        self.n_kept = n_kept

    def fit(self, X, y):
        """Learn shares and waves; see :meth:`fit_transform`."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X, y):
        """Learn them, and give training rows what the others show.

        Parameters
        ----------
        X : array-like of shape (n, p)
        y : array-like of shape (n,)
            Classes.

        Returns
        -------
        ndarray of shape (n, at most n_kept)
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        classes, which = np.unique(y, return_inverse=True)
        # Of two classes one share says all.
        targets = np.eye(len(classes))[which][:, -1:] if len(classes) == 2 else None
        targets = np.eye(len(classes))[which] if targets is None else targets
        self.prior_ = targets.mean(axis=0)
        made, told, scores = [], [], []
        for number, column in enumerate(X.T):
            for feature in self._features_of(column, targets):
                values = feature.of_training(column)
                for c in range(values.shape[1]):
                    made.append((number, feature, c))
                    told.append(values[:, c])
                    scores.append(_correlation(values[:, c], targets[:, c]))
        best = np.sort(np.argsort(scores, kind="stable")[::-1][: self.n_kept])
        self.features_ = [made[k] for k in best]
        return np.column_stack([told[k] for k in best]) if len(best) else np.zeros((len(X), 1))

    def transform(self, X):
        """The same of new rows.

        Parameters
        ----------
        X : array-like of shape (n, p)

        Returns
        -------
        ndarray of shape (n, at most n_kept)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        if not self.features_:
            return np.zeros((len(X), 1))
        known: dict = {}
        for number, feature, _ in self.features_:
            if (number, id(feature)) not in known:
                known[number, id(feature)] = feature.of_new(X[:, number])
        return np.column_stack(
            [known[number, id(feature)][:, c] for number, feature, c in self.features_]
        )

    def _features_of(self, column, targets):
        low, high = column.min(), column.max()
        if not high > low or not np.isfinite(high - low):
            return
        for cells in _CELLS:
            shares = _Shares(low, high, cells, column, targets, self.prior_)
            if shares.repeated >= _FEWEST_SEEN:
                yield shares
        yield _Neighbours(column, targets)
        yield _Wave(low, high, column, targets - self.prior_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


class _Shares:
    """Class shares among training rows of the same cell."""

    def __init__(self, low, high, cells, column, targets, prior):
        self.low, self.step, self.prior = low, (high - low) / max(cells, 1), prior
        self.is_raw = cells == 0
        self.values, self.own = np.unique(self._cell(column), return_inverse=True)
        self.counts = np.bincount(self.own).astype(float)
        self.sums = np.zeros((len(self.values), targets.shape[1]))
        np.add.at(self.sums, self.own, targets)
        self.targets = targets
        self.repeated = float((self.counts[self.own] > 1).mean())

    def _cell(self, column):
        return column + 0.0 if self.is_raw else np.floor((column - self.low) / self.step)

    def of_training(self, column):
        others = self.sums[self.own] - self.targets
        return (others + self.prior) / self.counts[self.own][:, None]

    def of_new(self, column):
        cells = self._cell(column)
        place = np.minimum(np.searchsorted(self.values, cells), len(self.values) - 1)
        seen = (self.values[place] == cells)[:, None]
        shares = (self.sums[place] + self.prior) / (self.counts[place][:, None] + 1)
        return np.where(seen, shares, self.prior)


class _Neighbours:
    """Class shares of the rows next in the sorted column."""

    def __init__(self, column, targets):
        self.order = np.argsort(column, kind="stable")
        self.sorted = column[self.order]
        self.sums = np.vstack([0 * targets[:1], np.cumsum(targets[self.order], axis=0)])

    def _around(self, place, own):
        n = len(self.sorted)
        half = _NEIGHBOURS // 2
        start, end = np.maximum(place - half, 0), np.minimum(place + half + own, n)
        return self.sums[end] - self.sums[start], (end - start)[:, None]

    def of_training(self, column):
        place = np.empty(len(column), dtype=int)
        place[self.order] = np.arange(len(column))
        sums, rows = self._around(place, 1)
        itself = self.sums[place + 1] - self.sums[place]
        return (sums - itself) / np.maximum(rows - 1, 1)

    def of_new(self, column):
        sums, rows = self._around(np.searchsorted(self.sorted, column), 0)
        return sums / np.maximum(rows, 1)


class _Wave:
    """The sign of the wave, of any length, that goes best with a class."""

    def __init__(self, low, high, column, targets):
        self.low, self.width = low, high - low
        cell = np.minimum((self._place(column) * _WAVE_CELLS).astype(int), _WAVE_CELLS - 1)
        self.waves = []
        for target in targets.T:
            line = np.bincount(cell, target, minlength=_WAVE_CELLS)
            spectrum = np.fft.rfft(line, _PADDING * _WAVE_CELLS)
            k = int(np.abs(spectrum[_PADDING:]).argmax()) + _PADDING
            # Between the frequencies of the transform, and free of its cells.
            near = (k + np.linspace(-1, 1, _STEPS)) / _PADDING
            sums = target @ np.exp(-2j * np.pi * self._place(column)[:, None] * near)
            best = int(np.abs(sums).argmax())
            self.waves.append((near[best], np.angle(sums[best])))

    def _place(self, column):
        return np.clip((column - self.low) / self.width, 0, 1)

    def of_training(self, column):
        return self.of_new(column)

    def of_new(self, column):
        place = self._place(column)
        return np.column_stack(
            [np.sign(np.cos(2 * np.pi * f * place + angle)) for f, angle in self.waves]
        )


def _correlation(values, target):
    spread = values.std() * target.std()
    return abs(np.mean((values - values.mean()) * target)) / spread if spread > 0 else 0.0
