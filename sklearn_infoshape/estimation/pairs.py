"""A pair (Z, l) in all the forms that the ways of measuring need, made once."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedKFold

from sklearn_infoshape.data.entries import as_numbers
from sklearn_infoshape.data.rare_classes import pool_rare
from sklearn_infoshape.estimation.normal_scores import NormalScores

__all__ = ["Forms", "PairReader"]

_ROWS_A_COLUMN = 10
_FEWEST_ROWS_A_FOLD = 4


@dataclass(frozen=True)
class Forms:
    """Rows of a pair as every way of measuring wants them.

    Attributes
    ----------
    z, z_scores : ndarray of shape (n, p), (n, k)
        As it is; as normal scores, without constant columns and copies.
    amounts, amount_scores : ndarray of shape (n, q)
        The continuous columns of the label; no columns where there are none.
    classes : list of ndarray of shape (n, C)
        The class columns of the label, one-hot.
    """

    z: np.ndarray
    z_scores: np.ndarray
    amounts: np.ndarray
    amount_scores: np.ndarray
    classes: list

    def __len__(self):
        return len(self.z)

    def splits(self, folds, seed, targets=None):
        """Folds as (training, held-out) positions; stratified where classes allow it."""
        if targets is not None:
            classes, _ = pool_rare(targets.argmax(axis=1), 2)
            counts = np.bincount(classes[classes >= 0])
            stratified_folds = min(folds, int(counts.min(initial=folds)))
            if stratified_folds >= 2 and len(counts):
                classes[classes < 0] = counts.argmax()  # one row of a class joins the largest
                stratified = StratifiedKFold(stratified_folds, shuffle=True, random_state=seed)
                return list(stratified.split(self.z, classes))
        plain = KFold(_folds(folds, len(self.z)), shuffle=True, random_state=seed)
        return list(plain.split(self.z))


def _folds(folds, n_rows):
    """So many that each fold still has a few rows, of which a bound can be read."""
    return max(2, min(folds, n_rows // _FEWEST_ROWS_A_FOLD))


class PairReader:
    """Turns raw rows into :class:`Forms`, the rows of a fit and later ones alike.

    Parameters
    ----------
    columns : tuple of LabelColumn
        What the columns of the label are.
    seed : int
    """

    def __init__(self, columns, seed):
        self.columns = columns
        self.seed = seed

    def fit_read(self, Z, labels):
        """Learn ranks from these rows, and read them.

        Parameters
        ----------
        Z : ndarray of shape (n, p)
        labels : list of ndarray of shape (n,)

        Returns
        -------
        Forms
        """
        amounts, classes = self._split(labels)
        self.of_z, self.of_amounts = _Scores(len(Z), self.seed), _Scores(len(Z), self.seed + 1)
        z_scores, amount_scores = self.of_z.fit_transform(Z), self.of_amounts.fit_transform(amounts)
        return Forms(Z, z_scores, amounts, amount_scores, classes)

    def read(self, Z, labels):
        """Read other rows; as :meth:`fit_read`, which comes first."""
        amounts, classes = self._split(labels)
        return Forms(
            Z, self.of_z.transform(Z), amounts, self.of_amounts.transform(amounts), classes
        )

    def _split(self, labels):
        amounts, classes = [np.empty((len(labels[0]), 0))], []
        for column, values in zip(self.columns, labels, strict=True):
            if column.kind == "value":
                amounts.append(as_numbers(values)[:, None])
            else:
                classes.append(column.encode(values).astype(np.float64))
        return np.hstack(amounts), classes


class _Scores:
    """Normal scores; where columns are too many for the rows, their principal components'."""

    def __init__(self, n_rows, seed):
        self.most = max(1, n_rows // _ROWS_A_COLUMN)
        self.seed = seed

    def fit_transform(self, columns):
        self.normal = NormalScores(self.seed)
        scores = self.normal.fit_transform(columns)
        self.components = None
        if scores.shape[1] > self.most:
            self.components = PCA(self.most, svd_solver="full").fit(scores)
            self.again = NormalScores(self.seed)
            scores = self.again.fit_transform(self.components.transform(scores))
        return scores

    def transform(self, columns):
        scores = self.normal.transform(columns)
        if self.components is not None:
            scores = self.again.transform(self.components.transform(scores))
        return scores
