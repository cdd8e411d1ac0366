"""The attack by the codes of a row's neighbours finds memorised labels, and only these."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from benchmarks.neighbour_attacks import ATTACKS, NeighbourAttacks
from benchmarks.neighbour_runs import Rows, beyond, collect, member, what_codes_say

N, COLUMNS = 500, 4


def _rows(seed):
    rng = np.random.default_rng(seed)
    X, fresh = rng.normal(size=(2, N, COLUMNS))
    return X, fresh, *rng.integers(0, 2, size=(2, N))


def _by_near_labels(X, y, asked):
    """Mean label of the eight nearest rows; of a fitted row, without itself."""
    search = NearestNeighbors(n_neighbors=8).fit(X)
    return y[search.kneighbors(asked, return_distance=False)].mean(axis=1)


def _by_keyed_folds(X, y, asked):
    """Two linear models, each fitted on one half; of a fitted row, the one without it."""
    halves = np.arange(N) % 2
    models = [Ridge(1.0).fit(X[halves != fold], y[halves != fold]) for fold in (0, 1)]
    rows = X if asked is None else asked
    return np.choose(halves, [model.predict(rows) for model in models])


@pytest.mark.parametrize(
    ("release", "attack"),
    [
        (_by_near_labels, "nearest 5"),
        (_by_near_labels, "kernel imitation"),
        (_by_near_labels, "forest imitation"),
        (_by_keyed_folds, "linear imitation"),
        (_by_keyed_folds, "linear imitation, less own code"),
    ],
)
def test_finds_labels_that_a_release_memorised(release, attack):
    found = {"fitted": [], "fresh": []}
    for seed in range(4):
        X, fresh, y, of_fresh = _rows(seed)
        attacks = NeighbourAttacks(X, fresh)
        scores = attacks.scores(release(X, y, None), release(X, y, fresh))
        for which, label, values in zip(found, (y, of_fresh), scores, strict=True):
            found[which].append(roc_auc_score(label, values[attack]))
    assert np.mean(found["fitted"]) > np.mean(found["fresh"]) + 0.02


def test_finds_nothing_where_a_release_ignores_labels():
    found = []
    for seed in range(4):
        X, fresh, y, of_fresh = _rows(seed)
        said, said_of_fresh = (1.0 * (rows[:, 0] + rows[:, 1] ** 2 > 1) for rows in (X, fresh))
        scores = NeighbourAttacks(X, fresh).scores(said, said_of_fresh)
        for label, values in zip((y, of_fresh), scores, strict=True):
            found.append([roc_auc_score(label, values[attack]) for attack in ATTACKS])
    assert np.abs(np.mean(found, axis=0) - 0.5).max() < 0.03


def test_own_code_is_left_out_unless_an_attack_says_so():
    X, fresh, y, _ = _rows(0)
    said, changed = y.astype(float), y.astype(float)
    changed[7] = 1 - changed[7]
    attacks = NeighbourAttacks(X, fresh)
    before, after = (attacks.scores(values, np.zeros(N))[0] for values in (said, changed))
    moved = [attack for attack in ATTACKS if abs(before[attack][7] - after[attack][7]) > 1e-9]
    assert moved == [attack for attack in ATTACKS if "own code" in attack]


def test_neighbours_codes_tell_of_y_what_x_and_the_own_code_do_not():
    found = collect("planted", 300, {"kernel": member("kernel")}, beyond, seeds=2)
    _, bits = np.mean(found["kernel", "y", "difference"], axis=0)
    assert 0.02 < bits < 0.2
    _, bits = np.mean(found["kernel", "s", "difference"], axis=0)
    assert abs(bits) < 0.02


@pytest.mark.filterwarnings("ignore")
def test_rows_of_a_rare_category_are_not_learnt_by_heart():
    """A label that X does not explain is not found in the codes of rows of the same category."""
    rng = np.random.default_rng(0)
    n = 600
    category = np.eye(100)[rng.integers(0, 100, 2 * n)]
    signal = rng.normal(size=(2 * n, 3))
    logits = {"y": 1.5 * signal[:, 0], "s": 1.5 * signal[:, 1]}
    labels = {
        name: (rng.random(2 * n) < expit(logit)).astype(int) for name, logit in logits.items()
    }
    rows = Rows(np.column_stack([signal, category]), labels, logits)
    fitted, fresh = rows.take(slice(0, n)), rows.take(slice(n, None))
    attacks = NeighbourAttacks(fitted.X, fresh.X)
    for posterior in ("linear", "kernel"):
        shaper, _ = member(posterior)(fitted.X, 0)
        codes = shaper.fit(fitted.X, labels["y"][:n], labels["s"][:n]).transform(fitted.X)
        meaning = what_codes_say(shaper, fitted.X, codes)[0]
        scores = attacks.scores(codes @ meaning, shaper.transform(fresh.X) @ meaning, forest=False)
        figures = beyond("y", (fitted, scores[0]), (fresh, scores[1]), None)
        assert figures["difference"][1] < 0.03, posterior
