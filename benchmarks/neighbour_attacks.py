"""What the codes of other rows tell of a row's own label: attacks that know X and all codes.

With keyed folds the models that release a row have not seen its label; those that release its
neighbours have. An attacker who knows the features of all released rows therefore asks the
others: the nearest ones, or a model that imitates the release as a function of X.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

__all__ = ["ATTACKS", "NEIGHBOURS_TELL", "NeighbourAttacks", "combined"]

_NEIGHBOURS = (1, 5, 20)
_CLIP = 6.0
_PENALTY = 1.0
_IMITATIONS = ("linear", "kernel")
ATTACKS = (
    "own code alone",
    *(f"nearest {k}" for k in _NEIGHBOURS),
    "nearest 20, own code in",
    *(f"{name} imitation" for name in (*_IMITATIONS, "forest")),
    *(f"{name} imitation, own code in" for name in _IMITATIONS),
    *(f"{name} imitation, less own code" for name in _IMITATIONS),
)
NEIGHBOURS_TELL = ("nearest 20", "linear imitation", "kernel imitation")


class NeighbourAttacks:
    """Guesses of each row's label from what the codes of other rows say.

    An imitation is a regression of what codes say on X: of a fitted row without its own code,
    or with it ("own code in"). "Less own code": what models that saw a row say of it, less what
    those say that did not.

    Parameters
    ----------
    X : ndarray of shape (n, p)
        Features of the released rows that were fitted on.
    fresh : ndarray of shape (m, p)
        Rows that were released but not fitted on.
    seed : int, default=0
        Of the forest.
    """

    def __init__(self, X, fresh, seed=0):
        scaler = StandardScaler().fit(X)
        self.known, self.asked = (
            np.clip(scaler.transform(rows), -_CLIP, _CLIP) for rows in (X, fresh)
        )
        self.seed = seed
        search = NearestNeighbors(n_neighbors=max(_NEIGHBOURS)).fit(self.known)
        # Without rows to look up, scikit-learn leaves each row out of its own neighbourhood.
        self.nearest = [
            search.kneighbors(rows, return_distance=False) for rows in (None, self.asked)
        ]
        self.hats = {name: self._hats(name) for name in _IMITATIONS}

    def _hats(self, name):
        """Matrices that take what codes say to a ridge regression's predictions of it."""
        if name == "linear":
            fitted, asked = (
                np.column_stack([A, np.ones(len(A))]) for A in (self.known, self.asked)
            )
            inner = fitted.T @ fitted + _PENALTY * np.eye(fitted.shape[1])
            solved = np.linalg.solve(inner, fitted.T)
            return fitted @ solved, asked @ solved
        gram, across = _gaussian(self.known, self.known), _gaussian(self.asked, self.known)
        solved = np.linalg.inv(gram + _PENALTY * np.eye(len(gram)))
        return np.eye(len(gram)) - _PENALTY * solved, across @ solved

    def scores(self, said, said_of_fresh, forest=True):
        """Guesses of the label of fitted rows, and of fresh ones.

        Parameters
        ----------
        said : ndarray of shape (n,)
            What the code of each fitted row says of the label: p(label is 1 | code).
        said_of_fresh : ndarray of shape (m,)
        forest : bool, default=True
            Whether to imitate by a forest too, which takes most of the time.

        Returns
        -------
        fitted : dict of str to ndarray of shape (n,)
            For each of ``ATTACKS``.
        fresh : dict of str to ndarray of shape (m,)
        """
        mean, imitated = said.mean(), self._forest(said) if forest else None
        found = []
        for which, own in enumerate((said, said_of_fresh)):
            near = {k: said[self.nearest[which][:, :k]].mean(axis=1) for k in _NEIGHBOURS}
            scores = {"own code alone": own}
            scores.update({f"nearest {k}": values for k, values in near.items()})
            scores["nearest 20, own code in"] = (20 * near[20] + own) / 21
            if forest:
                scores["forest imitation"] = imitated[which]
            for name in _IMITATIONS:
                hat = self.hats[name][which]
                everyone = others = mean + hat @ (said - mean)
                if own is said:  # ridge regression without the row itself, in closed form
                    mean_of_others = (said.sum() - said) / (len(said) - 1)
                    rest = hat @ said - mean_of_others * hat.sum(axis=1)
                    leverage = np.diag(hat)
                    rest = (rest - leverage * (said - mean_of_others)) / (1 - leverage)
                    others = mean_of_others + rest
                scores[f"{name} imitation"] = others
                scores[f"{name} imitation, own code in"] = everyone
                scores[f"{name} imitation, less own code"] = others - own
            found.append({name: scores[name] for name in ATTACKS if name in scores})
        return tuple(found)

    def _forest(self, said):
        forest = RandomForestRegressor(
            40, min_samples_leaf=3, max_samples=0.6, oob_score=True, random_state=self.seed
        )
        forest.fit(self.known, said)
        return forest.oob_prediction_, forest.predict(self.asked)


def _gaussian(A, B):
    distances = (A**2).sum(axis=1)[:, None] + (B**2).sum(axis=1) - 2 * A @ B.T
    return np.exp(-1.6 / (2 * B.var(axis=0).sum()) * distances)


def combined(columns, label):
    """AUC and bits of a label that several scores tell together.

    Parameters
    ----------
    columns : list of ndarray of shape (n,)
    label : ndarray of shape (n,)
        0 and 1. The attacker knows nine tenths of them to guess the rest (logistic regression).

    Returns
    -------
    ndarray of shape (2,)
        AUC; and bits, entropy less cross-entropy.
    """
    Z = StandardScaler().fit_transform(np.column_stack(columns))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    p = cross_val_predict(LogisticRegression(), Z, label, cv=folds, method="predict_proba")[:, 1]
    entropy = log_loss(label, np.full(len(label), label.mean()))
    return np.array([roc_auc_score(label, p), (entropy - log_loss(label, p)) / np.log(2)])
