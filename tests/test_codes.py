"""What a finite code is held to: persons, one name for one code, and no worse than none."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from sklearn_infoshape import InfoShapeTransformer, infoshape_path
from sklearn_infoshape.codes.atoms import NearestAtom
from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.partition import solve_partition
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.fitting.game import _split
from sklearn_infoshape.release.channels import CategoricalChannel
from sklearn_infoshape.release.estimates import code_bits, column_bits
from tests.conftest import cheap, small_problem

# Threads ------------------------------------------------------------------------------------

_FIT = """
import pickle, sys
import numpy as np
from sklearn_infoshape import PosteriorFeatures, infoshape_path
from sklearn_infoshape.datasets import load_digits_parity
X, y, s = load_digits_parity()
members = ["boosting", "kernel", "linear"]
settings = {"posterior": PosteriorFeatures(members, folds=2), "random_state": 0}
path = infoshape_path(X[:500], y[:500], s[:500], [0.0, 1.0], **settings)
released = [member.transform(X) for member in path.transformers]
if len(sys.argv) == 2:
    pickle.dump(released, open(sys.argv[1], "wb"))
"""


@pytest.mark.whole_search
def test_one_and_two_threads_give_the_same_codes(tmp_path, monkeypatch):
    # This process has one thread (see conftest.py), the other one two.
    # Idle threads that spin would take the cores from those that work.
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    for name in ("OMP", "OPENBLAS", "MKL"):
        environment[f"{name}_NUM_THREADS"] = "2"
    path = tmp_path / "two"
    subprocess.run([sys.executable, "-c", _FIT, str(path)], check=True, env=environment)
    here = {}
    monkeypatch.setattr(sys, "argv", [""])
    exec(_FIT, here)
    for one, two in zip(here["released"], pickle.loads(path.read_bytes()), strict=True):
        np.testing.assert_array_equal(one, two)


def smooth_posteriors(n, n_task, n_sensitive, seed=0):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3))
    scores = [1.5 * hidden @ rng.normal(size=(3, c)) for c in (n_task, n_sensitive)]
    return [np.exp(v) / np.exp(v).sum(1, keepdims=True) for v in scores]


@pytest.mark.whole_search
@pytest.mark.parametrize("n_classes", [2, 12])
def test_stage_two_does_not_depend_on_threads_or_on_last_digits(n_classes):
    posteriors = smooth_posteriors(1500, n_classes, 3)
    found, threads = [], torch.get_num_threads()
    try:
        for n_threads, noise in ((1, 0.0), (2, 1e-13)):
            torch.set_num_threads(n_threads)
            noisy = [p + noise * np.random.default_rng(1).normal(size=p.shape) for p in posteriors]
            (partition,) = solve_partition(noisy, [[1.0, -1.0]], n_init=1)
            found.append(partition.outputs(posteriors).argmax(1))
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(*found)


# Order --------------------------------------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.CalibrationWarning",
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
)
@pytest.mark.parametrize("posterior", ["linear", None])
def test_codes_stand_in_the_order_of_what_they_say_of_y(posterior):
    X, y, s = make_shaping_problem(900)
    for task in (y, y + s, X[:, 0]):
        settings = {
            "posterior": posterior,
            "max_epochs": 30,
            "n_init": 1,
        }
        shaper = cheap(privacy_multiplier=0.1, **settings).fit(X, task, s)
        if not shaper.release_.channel.hard:
            continue
        (law,) = shaper.codebook_["target"].values()
        Z, classes = shaper.transform(X), shaper.classes_
        assert law.shape == (Z.shape[1], len(classes))
        assert len(law) > 1
        (target,) = shaper.labels_.encode([("y", task)], [("s", s)])[:1]
        means = Z.T @ (target @ np.arange(len(classes))) / Z.sum(0)
        assert np.all(np.diff(means) > -1e-8)


# A multiplier of 0 --------------------------------------------------------------------------


def test_no_multiplier_hides_what_costs_nothing():
    rng = np.random.default_rng(0)
    # y is clear, so that many codes of two cells of y are as good as two.
    y, s = rng.integers(2, size=(2, 1500))
    X = np.column_stack([8 * y + rng.normal(size=1500), 8 * s + rng.normal(size=1500)])
    for seed in range(2):
        shaper = InfoShapeTransformer(
            0.0, posterior="linear", channel=CategoricalChannel(n_init=2), random_state=seed
        )
        shaper.fit(X, y, s)
        assert shaper.utility_estimate_bits_ > 0.97
        assert shaper.leakage_estimate_bits_ < 0.02
    free = InfoShapeTransformer(
        [0.0, 0.0], posterior="linear", channel=CategoricalChannel(n_init=2), random_state=0
    )
    free.fit(X, y, np.column_stack([s, rng.integers(3, size=1500)]))
    assert free.leakage_estimate_bits_.max() < 0.02


def test_the_reported_lagrangian_is_that_of_the_multiplier_as_given():
    y, s = smooth_posteriors(1500, 2, 2)
    (free,) = solve_partition([y, s], [[1.0, 0.0]], climbed=[[1.0, -0.01]], n_init=2)
    codes = np.eye(16)[free.outputs([y, s]).argmax(1)]
    kept = lagrangian_of_masses(codes.T @ y / len(y), [2], np.ones(1))
    assert free.lagrangian == pytest.approx(kept, abs=1e-6)


# No worse than one code for all -------------------------------------------------------------


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize(("atoms", "n_sensitive"), [(20, 3), (400, 2)])
def test_no_price_buys_a_code_that_is_worse_than_one_code_for_all(atoms, n_sensitive, hard):
    posteriors = [p.repeat(12, axis=0) for p in smooth_posteriors(atoms, 2, n_sensitive)]
    prices = [[1.0, -1e3], [1.0, -1e5]]
    for price, found in zip(
        prices, solve_partition(posteriors, prices, hard=hard, n_init=1), strict=True
    ):
        assert found.lagrangian >= 0
        if hard and atoms < 100:  # nor where codes of fewer than sixty rows are merged
            channel, outputs = CategoricalChannel(), found.outputs(posteriors)
            channel.settle(outputs, hard=True, fewest=60)
            masses = channel.release(outputs, None).T @ np.hstack(posteriors) / len(outputs)
            assert lagrangian_of_masses(masses, [2, n_sensitive], np.array(price)) > -1e-9


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
@pytest.mark.parametrize("values", [16, None])
def test_nor_after_rare_codes_are_merged(values):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 3)) if values is None else rng.normal(size=(values, 3))
    X = X if values is None else X[rng.choice(values, p=rng.dirichlet(np.ones(values)), size=1500)]
    y = (X[:, 0] + 0.5 * rng.normal(size=1500)) > 0
    s = (X[:, 0] + X[:, 1] + 0.5 * rng.normal(size=1500)) > 0
    for multiplier in (20.0, 1e6):
        shaper = InfoShapeTransformer(
            multiplier, posterior="linear", channel=CategoricalChannel(n_init=1), random_state=0
        )
        shaper.fit(X, y, s)
        worth = shaper.utility_estimate_bits_ - multiplier * shaper.leakage_estimate_bits_
        error = multiplier * shaper.leakage_standard_error_bits_
        assert worth >= -2.5 * error


def test_rows_of_a_merged_code_go_where_they_do_least_harm():
    # A small atom that is like the second of two others, not like the first.
    y = np.array([[0.9, 0.1], [0.1, 0.9], [0.2, 0.8]])
    share = np.array([0.5, 0.49, 0.01])
    (table,) = solve_partition([y], [[1.0]], sample_weight=share, n_codes=3)
    codes = table.outputs([y]).argmax(1)
    assert len(set(codes)) == 3
    channel = CategoricalChannel()
    rows = np.repeat([0, 1, 2], [500, 490, 5])
    channel.settle(table.outputs([y[rows]]), hard=True, fewest=10)
    released = channel.release(table.outputs([y]), None).argmax(1)
    assert released[2] == released[1] != released[0]


def test_many_rows_of_few_atoms_take_little_memory():
    rng = np.random.default_rng(0)
    atoms = NearestAtom(rng.uniform(size=(320, 4)), rng.normal(size=(320, 16)))
    rows = torch.from_numpy(rng.uniform(size=(100_000, 4)))
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        scores = atoms(rows)
    assert scores.shape == (100_000, 16)
    largest = max(event.cpu_memory_usage for event in profiler.events())
    assert largest < 2**26  # a distance or a one-hot entry for each row and atom: 256 MB


# Persons ------------------------------------------------------------------------------------


def table_of_persons(n_persons, rows, seed=0):
    """Rows of one person are nearly alike; each person is unlike the others."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_persons, 3))
    y, s = X[:, 0] > 0, X[:, 1] > 0
    who = np.repeat(np.arange(n_persons), rows)
    X = X[who] + 1e-3 * rng.normal(size=(len(who), 3))
    return np.column_stack([X, who]), y[who], s[who], who


@pytest.mark.parametrize("channel_posterior", ["linear", "boosting", None])
def test_every_released_code_is_of_ten_persons(channel_posterior):
    table, y, s, who = table_of_persons(60, 20)
    shaper = cheap(
        posterior=channel_posterior,
        privacy_multiplier=0.05,
        fold_columns=[3],
        folds=2,
        max_epochs=30,
    )
    codes = shaper.fit(table, y, s).transform(table).argmax(1)
    assert min(len(set(who[codes == code])) for code in set(codes)) >= 10


@pytest.mark.parametrize("hard", [True, False])
def test_a_channel_counts_persons(hard):
    rng = np.random.default_rng(0)
    outputs = 5 * np.eye(4)[np.arange(400) % 4] + rng.normal(size=(400, 4))
    persons = np.where(np.arange(400) % 4 == 3, 0, np.arange(400))  # one person has all of a code
    draws = rng.uniform(size=(400, 1))
    channel = CategoricalChannel()
    channel.settle(outputs, hard=hard, fewest=10, draws=draws)
    assert len(channel.live) == 4
    channel.settle(outputs, hard=hard, fewest=10, draws=draws, persons=persons)
    codes = channel.release(outputs, draws).argmax(1)
    assert min(len(set(persons[codes == k])) for k in set(codes)) >= 10


def test_few_persons_with_many_rows_have_no_code_of_their_own():
    y, s = smooth_posteriors(12, 2, 2)
    posteriors = [np.repeat(p, 50, axis=0) for p in (y, s)]
    (alone,) = solve_partition(posteriors, [[1.0, -0.1]], n_init=1)
    (of_persons,) = solve_partition(posteriors, [[1.0, -0.1]], n_init=1, n_persons=12)
    assert hasattr(alone, "n_atoms")
    assert not hasattr(of_persons, "n_atoms")


def test_the_held_out_split_keeps_persons_whole():
    _, y, s, who = table_of_persons(80, 7)
    targets = [np.eye(2)[label.astype(int)] for label in (y, s)]
    sample = Sample(np.zeros((len(y), 1)), [b"%d" % person for person in who], targets)
    kept, held_out = _split(sample, 0.15, 0)
    assert not set(who[kept]) & set(who[held_out])
    assert len(kept) + len(held_out) == len(y)
    assert len(set(who[held_out])) == 12
    few = Sample(sample.rows, [b"%d" % (row // 70) for row in range(len(y))], targets)
    assert _split(few, 0.1, 0)[1] is None  # eight persons


def clustered_draws(n_persons, rows, repetitions, strength=0.0):
    """Codes and labels; a person's rows have one code, and one label."""
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(n_persons), rows)
    for _ in range(repetitions):
        code = rng.integers(4, size=n_persons)
        label = (rng.uniform(size=n_persons) < 0.5 + strength * (code - 1.5)).astype(int)
        yield np.eye(4)[code[who]], np.eye(2)[label[who]], who


@pytest.mark.parametrize("strength", [0.0, 0.2])
def test_bits_and_errors_are_over_persons(strength):
    law = np.array([[0.5 - strength * (k - 1.5), 0.5 + strength * (k - 1.5)] for k in range(4)]) / 4
    truth = lagrangian_of_masses(law, [2], np.ones(1)) / np.log(2)
    found = [
        [*code_bits(Z, t, persons=who), *code_bits(Z, t)]
        for Z, t, who in clustered_draws(200, 10, 200, strength)
    ]
    value, error, by_rows, error_by_rows = np.array(found).T
    assert value.mean() == pytest.approx(truth, abs=3.5 * value.std() / np.sqrt(200))
    assert np.mean(np.abs(value - truth) < 1.96 * error) > 0.9
    assert np.mean(np.abs(by_rows - truth) < 1.96 * error_by_rows) < 0.75
    assert (error > 1.5 * error_by_rows).all()


def test_rows_that_are_persons_are_counted_as_before():
    for Z, target, _ in clustered_draws(500, 1, 3, 0.2):
        one = code_bits(Z, target, persons=np.arange(500))
        assert one == pytest.approx(code_bits(Z, target), rel=0.02)


@pytest.mark.whole_estimates
def test_columns_are_attacked_by_persons():
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(90), 10)
    columns = rng.normal(size=(90, 3))[who]
    target = np.eye(2)[rng.integers(2, size=90)[who]]  # chance; but each person has it ten times
    assert column_bits(columns, target).value > 0.5
    assert column_bits(columns, target, persons=who).value < 0.15


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.FewRowsWarning")
def test_standard_errors_of_a_fit_count_persons():
    table, y, s, who = table_of_persons(150, 10)
    rng = np.random.default_rng(1)
    y = np.where(rng.uniform(size=150) < 0.2, rng.integers(2, size=150), y[::10])[who]
    settings = {"posterior": "linear", "privacy_multiplier": 0.5}
    of_persons = cheap(fold_columns=[3], **settings).fit(table, y, s)
    of_rows = cheap(**settings).fit(table[:, :3], y, s)
    ratio = of_persons.utility_standard_error_bits_ / of_rows.utility_standard_error_bits_
    assert ratio > 2
    few = cheap(fold_columns=[3], **settings).fit(*[v[:500] for v in (table, y, s)])
    assert np.isnan(few.utility_estimate_bits_)  # fifty persons


# s that is missing --------------------------------------------------------------------------


def missing_s(kind, n=3000):
    rng = np.random.default_rng(0)
    y, s = rng.integers(2, size=(2, n))
    X = rng.normal(size=(n, 5))
    X[:, 0] += 1.5 * y
    X[:, 1] += 1.5 * s
    # Nearly all is gone; or s is hardly ever known where it is like y.
    rate = 0.97 if kind == "nearly all" else np.where(y == s, 0.97, 0.3)
    return X, y, np.where(rng.uniform(size=n) < rate, np.nan, s)


@pytest.mark.parametrize("kind", ["nearly all", "by y and s"])
def test_rows_without_s_teach_what_x_says_of_y(kind):
    X, y, partly = missing_s(kind)
    settings = {"posterior": "linear", "channel": CategoricalChannel(n_init=2), "random_state": 0}
    found = {}
    for leakage in ("marginal", "conditional"):
        shaper = InfoShapeTransformer(0.0, leakage=leakage, **settings).fit(X, y, partly)
        found[leakage] = shaper
    by_marginal, by_conditional = (found[k].utility_estimate_bits_ for k in found)
    assert by_conditional == pytest.approx(by_marginal, abs=0.03)
    # Each product's sum over s is the posterior of y that the marginal fit has.
    release = found["conditional"].release_
    sample = Sample(X.astype(np.float32))
    (product,) = release.posteriors.predict(sample)
    task = found["marginal"].release_.posteriors.predict(sample)[0]
    np.testing.assert_allclose(product.reshape(-1, 2, 2).sum(2), task, atol=1e-12)


def test_a_path_of_conditional_leakage_bears_missing_s():
    X, y, partly = missing_s("nearly all", 1500)
    path = infoshape_path(
        X, y, partly, [0.1, 5.0], leakage="conditional", posterior="linear", random_state=0
    )
    assert path.utility_bits[0] > 0.25
    assert path.raw_bits[0] > 0.25
    figures = path.evaluate(X, y, partly)
    assert figures["utility_bits"][0] == pytest.approx(path.utility_bits[0], abs=0.05)


def test_two_columns_of_s_with_gaps_of_their_own():
    X, y, s = small_problem(n=900)
    rng = np.random.default_rng(0)
    both = np.column_stack([s, X[:, 2] > 0]).astype(float)
    both[rng.uniform(size=both.shape) < 0.7] = np.nan
    shaper = cheap(leakage="conditional", posterior="linear", privacy_multiplier=1.0)
    assert shaper.fit(X, y, both).utility_estimate_bits_ > 0.5
    assert np.isfinite(shaper.leakage_estimate_bits_).all()
