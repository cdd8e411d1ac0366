"""The linear partition against enumerated optima, and its lanes against separate solutions."""

import itertools

import numpy as np
import pytest
import torch

from sklearn_infoshape.codes.partition import solve_partition
from sklearn_infoshape.information import plugin_information

pytestmark = pytest.mark.whole_search


def random_posteriors(n, n_task, n_sensitive, seed=0, strength=1.5):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3))
    scores = [strength * hidden @ rng.normal(size=(3, c)) for c in (n_task, n_sensitive)]
    return [np.exp(v) / np.exp(v).sum(1, keepdims=True) for v in scores]


def lagrangian(codes, posteriors, weights):
    one_hot = torch.eye(int(codes.max()) + 1, dtype=torch.float64)[torch.as_tensor(codes)]
    return sum(
        w * plugin_information(one_hot, torch.from_numpy(p)).item()
        for w, p in zip(weights, posteriors, strict=True)
    )


@pytest.mark.parametrize("multiplier", [0.3, 1.0, 3.0])
def test_the_best_of_all_partitions_of_seven_values_is_found(multiplier):
    posteriors = random_posteriors(7, 2, 2, seed=1)
    weights = [1.0, -multiplier]
    everything = (np.array(c) for c in itertools.product(range(3), repeat=7))
    best = max(lagrangian(codes, posteriors, weights) for codes in everything)
    (found,) = solve_partition(posteriors, [weights], n_codes=3, n_init=8)
    assert found.lagrangian == pytest.approx(best, rel=0.02)
    codes = found.outputs(posteriors).argmax(1)
    assert found.lagrangian == pytest.approx(lagrangian(codes, posteriors, weights), abs=1e-5)


def test_without_a_price_nearly_everything_is_kept():
    y, s = random_posteriors(3000, 3, 2)
    (free,) = solve_partition([y, s], [[1.0, 0.0]], n_codes=16, n_init=2)
    everything = plugin_information(
        torch.eye(3000, dtype=torch.float64), torch.from_numpy(y)
    ).item()
    assert free.lagrangian > 0.93 * everything


def test_lanes_do_not_disturb_each_other():
    n_codes = 14  # of which nine lanes are climbed at a time: an odd number of restarts
    posteriors = random_posteriors(1999, 2, 3)  # too few for tables
    prices = [[1.0, -0.2], [1.0, -1.0], [1.0, -3.0]]
    prices += [[1.0, -0.5], [1.0, -2.0]]
    together = solve_partition(posteriors, prices, n_codes=n_codes, n_init=2)
    for price, partition in zip(prices, together, strict=True):
        (alone,) = solve_partition(posteriors, [price], n_codes=n_codes, n_init=2)
        assert partition.lagrangian == pytest.approx(alone.lagrangian, rel=1e-4)
        codes = [p.outputs(posteriors).argmax(1) for p in (alone, partition)]
        assert (codes[0] == codes[1]).mean() > 0.999


def test_more_price_never_buys_more_leakage():
    y, s = random_posteriors(3000, 2, 2, seed=2)
    prices = [0.1, 0.5, 2.0, 10.0]
    leakages = [
        lagrangian(p.outputs([y, s]).argmax(1), [s], [1.0])
        for p in solve_partition([y, s], [[1.0, -m] for m in prices], n_init=2)
    ]
    assert np.all(np.diff(leakages) < 1e-3)
    assert leakages[-1] < 0.2 * leakages[0]


def test_weak_posteriors_are_partitioned_as_finely_as_strong_ones():
    y, s = random_posteriors(3000, 2, 2, strength=0.1)
    (weak,) = solve_partition([y, s], [[1.0, -0.25]], n_init=2)
    everything = plugin_information(
        torch.eye(3000, dtype=torch.float64), torch.from_numpy(y)
    ).item()
    kept = lagrangian(weak.outputs([y, s]).argmax(1), [y], [1.0])
    assert kept > 0.85 * everything


def test_a_draw_of_few_atoms_is_never_worse_than_their_best_partition():
    posteriors, share = random_posteriors(12, 2, 3, seed=4), np.arange(1.0, 13.0)
    hard, drawn = (
        solve_partition(posteriors, [[1.0, -5.0]], sample_weight=share, n_codes=8, hard=rule)[0]
        for rule in (True, False)
    )
    assert drawn.lagrangian > hard.lagrangian + 1e-3


def test_equal_rows_but_for_rounding_are_one_atom():
    posteriors = [np.repeat(p, 20, axis=0) for p in random_posteriors(6, 2, 2)]
    noisy = [p + 1e-12 * np.arange(len(p))[:, None] for p in posteriors]
    (partition,) = solve_partition(noisy, [[1.0, -1.0]], n_codes=4)
    assert partition.n_atoms == 6
    codes = partition.outputs(noisy).argmax(1).reshape(6, 20)
    assert (codes == codes[:, :1]).all()
