"""Information against laws whose answer is known; invariances; the contract; what warns."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.utils.estimator_checks as checks
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from benchmarks.information_tasks import TASKS, normal, normal_bits, sparse
from sklearn_infoshape import MutualInformationEstimator
from sklearn_infoshape.estimation.copula import fit_copula, normal_information
from sklearn_infoshape.estimation.neighbours import neighbour_information
from sklearn_infoshape.estimation.normal_scores import NormalScores
from sklearn_infoshape.exceptions import InformationCapWarning, LabelKindWarning
from sklearn_infoshape.information import BOUNDS

BY_NAME = {task.name: task for task in TASKS}
NEURAL = [name for name in BOUNDS if name != "cross_entropy"]


def measured(Z, label, mi_estimator="auto", **parameters):
    return MutualInformationEstimator(mi_estimator, random_state=0, **parameters).fit(Z, label)


# Known answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "normal 1 + 1",
        "cube, arctan of rotated 3 + 3",
        "half cube of sparse 25 + 25",
        "swiss roll 2 + 1",
        "Student 3 + 3, 2 degrees",
        "uniform + noise 0.75",
        "amount and class, 2 + 2",
        "four clusters in 5",
        "XOR in 2",
        "finite law 16 × 8",
    ],
)
def test_auto_is_near_the_truth_and_the_interval_holds_it(name):
    task = BY_NAME[name]
    estimator = measured(*task.sample(2000, seed=1))
    assert estimator.information_bits_ == pytest.approx(task.bits, abs=max(0.08, 0.08 * task.bits))
    low, high = estimator.confidence_interval_
    assert low - 0.02 < task.bits < high + 0.02
    assert low <= estimator.information_bits_ <= high


def test_truths_of_the_tasks_hold_in_their_limits():
    covariance = sparse(3)
    assert normal_bits(covariance, 3) == pytest.approx(-np.log2(1 - 0.64))
    assert BY_NAME["uniform + noise 0.75"].bits == pytest.approx(np.log2(np.e) / 3)
    # Cauchy marginals of an uncorrelated bivariate law: log(8 pi) - 3 - 2 log(4 pi) + 2 ... in
    # closed form, the entropies are log(4 pi) each and log(2 pi) + 3 together.
    nats = 2 * np.log(4 * np.pi) - np.log(2 * np.pi) - 3
    assert BY_NAME["Student 1 + 1, 1 degree"].bits == pytest.approx(nats / np.log(2), abs=1e-9)


def test_closed_form_of_the_normal_law_has_no_bias_in_many_columns():
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(sparse(10))
    values = [
        normal_information(np.cov((rng.normal(size=(120, 20)) @ root.T).T), 10, 120)
        for _ in range(300)
    ]
    truth = normal_bits(sparse(10), 10) * np.log(2)
    standard_error = np.std(values) / np.sqrt(300)
    assert abs(np.mean(values) - truth) < 4 * standard_error
    assert standard_error < 0.02  # and the naive closed form is off by half a nat


def test_a_student_copula_is_told_from_a_normal_one():
    heavy, light = BY_NAME["Student 5 + 5, 3 degrees"], BY_NAME["normal sparse 5 + 5"]
    degrees = []
    for task in (heavy, light):
        z, label = task.sample(2000, seed=0)
        degrees.append(fit_copula(*(NormalScores().fit_transform(p) for p in (z, label))).degrees)
    assert degrees == [3.0, np.inf]


def test_neighbours_find_what_no_correlation_shows():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 1))
    label = np.abs(z) + 0.1 * rng.normal(size=(2000, 1))
    assert measured(z, label[:, 0], "copula").information_bits_ < 0.4
    assert 2.2 < measured(z, label[:, 0]).information_bits_ < 2.7
    swapped = neighbour_information(label, z, [5]).mean()
    assert neighbour_information(z, label, [5]).mean() == pytest.approx(swapped, abs=1e-9)


def test_critics_start_from_the_copula_and_find_more():
    task = BY_NAME["spiral 2 + 1"]
    parts = measured(*task.sample(2000, seed=0), folds=2).parts_bits_
    assert parts["copula"] + 0.2 < parts["copula"] + parts["critics"] < task.bits


@pytest.mark.parametrize("name", NEURAL)
def test_neural_bounds_find_most_and_claim_no_more_than_there_is(name):
    task = BY_NAME["normal 1 + 1"]
    estimator = measured(*task.sample(1000, seed=0), name, folds=2, max_epochs=20)
    assert 0.5 * task.bits < estimator.information_bits_ < task.bits + 0.1
    assert {row["fold"] for row in estimator.history_} == {0, 1}
    clusters = BY_NAME["two clusters in 2"]
    estimator = measured(*clusters.sample(800, seed=0), name, folds=2, max_epochs=15)
    assert 0.7 * clusters.bits < estimator.information_bits_ < clusters.bits + 0.1


def test_a_critic_that_memorises_is_not_believed():
    rng = np.random.default_rng(0)
    Z, label = rng.normal(size=(120, 20)), rng.normal(size=120)
    estimator = measured(Z, label, "remine", max_epochs=40, n_iter_no_change=40, folds=3)
    assert estimator.raw_information_bits_ < 0.1


def test_the_reported_value_is_free_of_the_penalty():
    """A critic's free constant costs the penalty, and must not cost the value."""
    scores = torch.randn(50, 8, generator=torch.Generator().manual_seed(0)) + 3.0
    joint, weights = scores[:, 0] + 1.0, torch.full((8,), -np.log(8))
    bound = BOUNDS["remine"]
    moved = bound.value(joint + 5, scores + 5, weights)
    assert float(bound.value(joint, scores, weights)) == pytest.approx(float(moved), abs=1e-4)
    assert bound.climb(joint, scores, weights) < bound.value(joint, scores, weights) - 0.5


# Independent data ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["continuous", "classes", "mixed", "finite"])
def test_independent_data_show_next_to_nothing(kind):
    bits, raw = [], []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        Z = rng.normal(size=(1000, 2))
        label = rng.exponential(size=1000)
        if kind != "continuous":
            label = rng.integers(3, size=1000)
        if kind == "mixed":
            label = np.column_stack([label, rng.normal(size=1000)])
        if kind == "finite":
            Z = np.eye(4)[rng.integers(4, size=1000)]
        estimator = MutualInformationEstimator(
            random_state=seed, target_kind=KINDS[kind], folds=3, max_epochs=5
        ).fit(Z, label)
        bits.append(estimator.information_bits_)
        raw.append(estimator.raw_information_bits_)
        assert estimator.confidence_interval_[0] <= 0.005
    assert np.mean(bits) <= 0.01
    assert min(raw) >= -0.05


KINDS = {
    "continuous": "auto",
    "classes": "auto",
    "mixed": ["classes", "continuous"],
    "finite": "auto",
}


# Invariances ---------------------------------------------------------------------------------


def bent(seed, n=300):
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, 3))
    label = np.column_stack([Z[:, 0] + Z[:, 1] ** 2, Z[:, 2]]) + rng.normal(size=(n, 2))
    return Z, label


MONOTONE = {
    "cube": lambda v: v**3,
    "exp": np.exp,
    "falling": lambda v: -v,
    "arctan": np.arctan,
}


@settings(max_examples=5)
@given(
    seed=st.integers(0, 100),
    order=st.permutations(range(3)),
    scales=st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3),
    maps=st.lists(st.sampled_from(sorted(MONOTONE)), min_size=3, max_size=3),
    copied=st.integers(0, 2),
)
def test_maps_of_columns_change_nothing_with_continuous_labels(seed, order, scales, maps, copied):
    Z, label = bent(seed)
    changed = np.column_stack(
        [
            MONOTONE[name](Z[:, j]) * scale
            for j, name, scale in zip(order, maps, scales, strict=True)
        ]
    )
    changed = np.column_stack([changed, 2.0 - Z[:, copied], np.ones(len(Z))])
    of_label = np.column_stack([np.exp(label[:, 1]), label[:, 0] * 7])
    fast = {"folds": 2, "max_epochs": 4}
    one, other = measured(Z, label, **fast), measured(changed, of_label, **fast)
    assert one.raw_information_bits_ == pytest.approx(other.raw_information_bits_, abs=1e-6)
    assert one.confidence_interval_ == pytest.approx(other.confidence_interval_, abs=1e-6)


@settings(max_examples=3)
@given(seed=st.integers(0, 100), order=st.permutations(range(3)), scale=st.floats(1e-3, 1e3))
def test_maps_of_columns_change_little_with_classes(seed, order, scale):
    rng = np.random.default_rng(seed)
    label = rng.integers(3, size=600)
    Z = rng.normal(size=(600, 3))
    Z[:, 0] += 1.5 * label
    changed = np.column_stack([Z[:, order] * scale, Z[:, 0]])
    fast = {"members": ["linear", "kernel", "boosting"], "folds": 3}
    one, other = measured(Z, label, **fast), measured(changed, label, **fast)
    assert one.information_bits_ > 0.3
    assert one.information_bits_ == pytest.approx(other.information_bits_, abs=0.03)
    renamed = measured(Z, np.array(["c", "a", "b"])[label], **fast)
    assert one.information_bits_ == pytest.approx(renamed.information_bits_, abs=0.01)


@settings(max_examples=2)
@given(seed=st.integers(0, 100))
def test_swapped_arguments_give_the_same_within_noise(seed):
    Z, label = bent(seed, 600)
    fast = {"folds": 2, "max_epochs": 5}
    one, other = measured(Z, label[:, 0], **fast), measured(label[:, [0]], Z, **fast)
    error = (one.confidence_interval_[1] - one.confidence_interval_[0]) / 2
    assert abs(one.information_bits_ - other.information_bits_) < max(0.1, error)
    code = (Z[:, 0] > 0).astype(int)
    amount = label[:, 0]
    fast["members"] = ["linear", "kernel"]
    of_code = measured(code[:, None], amount, **fast).information_bits_
    of_amount = measured(amount[:, None], code, **fast).information_bits_
    assert of_code == pytest.approx(of_amount, abs=0.03)


@settings(max_examples=10)
@given(seed=st.integers(0, 100), n_codes=st.integers(2, 6), n_classes=st.integers(2, 4))
def test_a_finite_code_and_its_label_are_symmetric_exactly(seed, n_codes, n_classes):
    rng = np.random.default_rng(seed)
    code = rng.integers(n_codes, size=1000)
    label = np.where(rng.random(1000) < 0.5, code % n_classes, rng.integers(n_classes, size=1000))
    one = measured(code[:, None], label, "plugin", target_kind="classes")
    other = measured(label[:, None], code, "plugin", target_kind="classes")
    assert one.raw_information_bits_ == pytest.approx(other.raw_information_bits_, abs=1e-9)


# Labels of all kinds, and what comes back ----------------------------------------------------


def test_the_chain_rule_joins_columns():
    rng = np.random.default_rng(0)
    n = 2000
    first, second = rng.integers(2, size=(2, n))
    Z = rng.normal(size=(n, 3)) + 2.0 * np.column_stack([first, second, np.zeros(n)])
    amount = 0.8 * Z[:, 2] + 0.6 * rng.normal(size=n)
    fast = {"members": ["linear", "kernel"], "max_epochs": 5, "folds": 3}
    alone = [measured(Z, part, **fast) for part in (first, second, amount)]
    frame = pd.DataFrame({"a": first, "b": amount, "c": second})
    total = sum(estimator.information_bits_ for estimator in alone)
    assert measured(Z, frame, **fast).information_bits_ == pytest.approx(total, abs=0.08)


def test_a_parity_needs_both_columns():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=(2000, 2))
    Z = np.column_stack([label[:, 0] ^ label[:, 1], rng.normal(size=2000)])
    fast = {"members": ["linear", "kernel"], "folds": 3}
    assert measured(Z, label[:, 0], **fast).information_bits_ < 0.02
    assert measured(Z, label, **fast).information_bits_ == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("name", ["normal sparse 3 + 3", "two clusters in 2", "finite law 4 × 3"])
def test_score_finds_about_the_same_in_fresh_rows(name):
    task = BY_NAME[name]
    estimator = measured(*task.sample(1500, seed=0), folds=2)
    fresh = estimator.score(*task.sample(4000, seed=1))
    assert fresh == pytest.approx(task.bits, abs=0.1)
    rng = np.random.default_rng(0)
    Z, label = task.sample(4000, seed=1)
    assert estimator.score(Z, rng.permutation(label)) < 0.0


def test_score_of_mixed_labels_and_of_codes():
    task = BY_NAME["amount and class, 2 + 2"]
    estimator = measured(*task.sample(1500, seed=0), folds=2)
    assert estimator.score(*task.sample(3000, seed=1)) == pytest.approx(task.bits, abs=0.12)
    rng = np.random.default_rng(0)
    code = rng.integers(3, size=2000)
    amount = code + rng.normal(size=2000)
    half = slice(0, 1000), slice(1000, None)
    estimator = measured(code[half[0], None], amount[half[0]])
    scored = estimator.score(code[half[1], None], amount[half[1]])
    assert scored == pytest.approx(estimator.information_bits_, abs=0.08)


def test_cross_validation_and_copies():
    Z, label = normal("pair", sparse(2), 2).sample(400, seed=0)
    estimator = MutualInformationEstimator(max_epochs=2, random_state=0)
    assert cross_val_score(estimator, Z, label, cv=2).min() > 0.7
    fitted = estimator.fit(Z, label)
    again = pickle.loads(pickle.dumps(fitted))
    assert again.score(Z, label) == fitted.score(Z, label)
    assert clone(fitted).fit(Z, label).information_bits_ == fitted.information_bits_


def test_global_generators_stay_where_they_are():
    Z, label = bent(0, 250)
    np.random.seed(3)
    torch.manual_seed(3)
    before = np.random.get_state()[2], torch.get_rng_state()
    measured(Z, label, max_epochs=2)
    measured(Z, label[:, 0] > 0, "remine", max_epochs=2)
    assert np.random.get_state()[2] == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_a_constant_release_tells_nothing():
    estimator = measured(np.ones((50, 2)), np.arange(50) % 2)
    assert estimator.information_bits_ == 0.0
    assert estimator.confidence_interval_ == (0.0, 0.0)


@pytest.mark.parametrize("folds", [2, 5])
def test_classes_with_hardly_more_rows_than_columns(folds):
    rng = np.random.default_rng(0)
    label = np.arange(39) % 3
    Z = rng.normal(size=(39, 6)) + label[:, None]
    assert 0.2 < measured(Z, label, folds=folds).information_bits_ < np.log2(3)


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(60, 100))
    estimator = measured(Z, rng.normal(size=60))
    assert estimator.information_bits_ < 0.7


# What is refused and what warns --------------------------------------------------------------


def test_a_value_near_the_cap_warns():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=400)
    with pytest.warns(InformationCapWarning, match="at most"):
        measured(label[:, None].astype(float), label)
    Z = rng.normal(size=(300, 1))
    with pytest.warns(InformationCapWarning, match="More rows"):
        measured(Z, Z[:, 0] + 1e-7 * rng.normal(size=300))


@pytest.mark.parametrize(
    ("mi_estimator", "label", "message"),
    [
        ("plugin", "amount", "plugin.*continuous.*auto"),
        ("cross_entropy", "amount", "cross_entropy.*continuous.*auto"),
        ("neighbours", "class", "neighbours.*classes.*auto"),
        ("copula", "class", "copula.*classes.*auto"),
        ("plugin", "class", "60 distinct rows of 60"),
    ],
)
def test_a_label_of_the_wrong_kind_is_refused_before_training(mi_estimator, label, message):
    rng = np.random.default_rng(0)
    labels = {"amount": rng.normal(size=60), "class": np.arange(60) % 2}
    with pytest.raises(ValueError, match=message):
        measured(rng.normal(size=(60, 2)), labels[label], mi_estimator)


def test_bad_input_is_refused():
    Z, label = np.random.default_rng(0).normal(size=(2, 50))
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        measured(Z[:, None], label, hidden_layer_sizes=())
    with pytest.raises(ValueError, match="mi_estimator='guess' is not known; there are auto, "):
        measured(Z[:, None], label, "guess")
    with pytest.raises(ValueError, match="confidence"):
        measured(Z[:, None], label, confidence=1.0)
    with pytest.raises(ValueError, match="y contains NaN"):
        measured(Z[:, None], np.where(label > 2, label, np.nan))
    fitted = measured(Z[:, None], label)
    with pytest.raises(ValueError, match="y has 2 columns; it had 1"):
        fitted.score(Z[:, None], np.column_stack([label, label]))


def test_many_integers_are_taken_as_amounts_with_a_warning():
    rng = np.random.default_rng(0)
    with pytest.warns(LabelKindWarning, match="target_kind"):
        measured(rng.normal(size=(100, 1)), rng.integers(90, size=100))


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.InformationCapWarning")
@pytest.mark.parametrize("name", ["auto", "remine"])
def test_check_estimator_with_nothing_expected_to_fail(name):
    estimator = MutualInformationEstimator(name, max_epochs=2, folds=2)
    with np.errstate(all="ignore"):
        results = checks.check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) >= 40
    assert {r["check_name"]: repr(r["exception"]) for r in results if r["status"] != "passed"} == {}
