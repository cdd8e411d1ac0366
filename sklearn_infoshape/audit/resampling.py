"""Releases drawn given what is known of a row: conditional resampling, which never looks at s.

References
----------
E. Candès, Y. Fan, L. Janson and J. Lv, "Panning for gold: model-X knockoffs for high dimensional
controlled variable selection", Journal of the Royal Statistical Society B 80, 2018.
"""

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape.data.scaling import CompressExtremes
from sklearn_infoshape.runtime.process import plain_sklearn, quiet
from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["resample_release"]

_FOLDS = 3
_MOST_ROWS = 6_000  # a fold's models learn from
_MOST_DRAWS, _FEWEST_DRAWS, _MOST_DRAWN_ROWS = 16, 4, 40_000
_ROWS_OF_A_LEAF = 5
_FARTHEST = 8.0  # standard deviations; what is beyond would rule the squared errors


@plain_sklearn()
def resample_release(numbers, Z, codes, parts, groups, seed, *, is_finite=False):
    """Draw releases of calibration and test rows, given what is known of them.

    Models learn, from rows of other groups, what release to expect; of columns the errors of
    training rows that are alike are added, of a code one is drawn by its probability.

    Parameters
    ----------
    numbers : ndarray of shape (n, q)
        What is known.
    Z : ndarray of shape (n, k)
    codes : ndarray of shape (n,) or None
        Of a finite code.
    parts : Parts
    groups : ndarray of shape (n,) or None
    seed : int
    is_finite : bool, default=False
        Whether what is known has few values, of which means will do.

    Returns
    -------
    ndarray of shape (m, n_calibration + n_test, k)
        m is 4 to 16, fewer where there are more rows.
    """
    rng = np.random.default_rng(seed)
    fresh = np.r_[parts.calibration, parts.test]
    n_draws = int(np.clip(_MOST_DRAWN_ROWS // len(fresh), _FEWEST_DRAWS, _MOST_DRAWS))
    known = make_pipeline(CompressExtremes(), StandardScaler()).fit_transform(numbers)
    if codes is None:
        scaled = StandardScaler().fit(Z)
        values = scaled.transform(Z)
    else:
        values = np.eye(codes.max() + 1)[codes]
    with one_thread(), quiet():
        expected = _expected(known, values, groups, is_finite, rng, seed)
        if codes is not None:
            rows_of = Z[np.unique(codes, return_index=True)[1]]
            return rows_of[_drawn_codes(expected[fresh], n_draws, rng)]
        donors = _alike(known, values, parts.train, fresh, n_draws, rng, seed)
    drawn = expected[fresh] + (values - expected)[donors]
    return np.stack([scaled.inverse_transform(own) for own in drawn])


def _expected(known, values, groups, is_finite, rng, seed):
    """Cross-fitted expectations, of each column those of the model that errs least."""
    values = np.clip(values, -_FARTHEST, _FARTHEST)
    owners = np.arange(len(known)) if groups is None else groups
    fold = rng.integers(_FOLDS, size=owners.max() + 1)[owners]
    models: list = [ExtraTreesRegressor(50, min_samples_leaf=_ROWS_OF_A_LEAF, random_state=seed)]
    if not is_finite:
        network = MLPRegressor(
            hidden_layer_sizes=(64,),
            learning_rate_init=5e-3,
            early_stopping=True,
            n_iter_no_change=20,
            random_state=seed,
        )
        models += [Ridge(), network]
    guesses = np.tile(values.mean(axis=0), (len(models) + 1, len(values), 1))
    for number in range(_FOLDS):
        rows = rng.permutation(np.flatnonzero(fold != number))[:_MOST_ROWS]
        if len(rows) == len(values) or not len(rows):
            continue
        for guess, model in zip(guesses, models, strict=False):
            model.fit(known[rows], values[rows, 0] if values.shape[1] == 1 else values[rows])
            own = fold == number
            guess[own] = model.predict(known[own]).reshape(-1, values.shape[1])
    best = ((guesses - values) ** 2).mean(axis=1).argmin(axis=0)
    return np.take_along_axis(guesses, best[None, None], axis=0)[0]


def _drawn_codes(expected, n_draws, rng):
    """Codes by their expected indicators, of shape (n_draws, n)."""
    shares = np.maximum(expected, 1e-6)
    steps = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    drawn = rng.uniform(size=(n_draws, len(steps), 1)) > steps[None]
    return np.minimum(drawn.sum(axis=2), steps.shape[1] - 1)


def _alike(known, values, train, fresh, n_draws, rng, seed):
    """For each fresh row training rows of the same leaf, one a tree, of shape (n_draws, n)."""
    forest = ExtraTreesRegressor(n_draws, min_samples_leaf=_ROWS_OF_A_LEAF, random_state=seed)
    forest.fit(known[train], values[train, 0] if values.shape[1] == 1 else values[train])
    donors = []
    for own, wanted in zip(forest.apply(known[train]).T, forest.apply(known[fresh]).T, strict=True):
        order = np.argsort(own, kind="stable")
        start, end = (np.searchsorted(own[order], wanted, side) for side in ("left", "right"))
        place = start + (rng.uniform(size=len(wanted)) * (end - start)).astype(int)
        donors.append(train[order[place]])
    return np.array(donors)
