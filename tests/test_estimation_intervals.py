"""Intervals of the estimator: what they hold, where they end, and rows that belong together."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import binom
from sklearn.model_selection import GroupKFold, cross_val_score

from benchmarks.information_tasks import TASKS, finite_law, random_table
from sklearn_infoshape import MutualInformationEstimator
from sklearn_infoshape.exceptions import InformationCapWarning, RepeatedRowsWarning

BY_NAME = {task.name: task for task in TASKS}
FAST = {"members": "linear", "folds": 3, "max_epochs": 3}


def measured(Z, label, mi_estimator="auto", groups=None, seed=0, **parameters):
    estimator = MutualInformationEstimator(mi_estimator, random_state=seed, **parameters)
    return estimator.fit(Z, label, groups=groups)


def holding(task, n, times, mi_estimator="auto", **parameters):
    """How many intervals hold the truth."""
    held = 0
    for seed in range(times):
        estimator = measured(*task.sample(n, seed), mi_estimator, seed=seed, **parameters)
        low, high = estimator.confidence_interval_
        held += low - 1e-9 <= task.bits <= high + 1e-9
    return held


def fewest(times, coverage=0.95, error=0.001):
    """Fewer would be seen with this probability where the coverage is right."""
    return int(binom.ppf(error, times, coverage))


# Coverage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["auto", "linear"])
@pytest.mark.parametrize(("n_classes", "n"), [(5, 200), (20, 400), (60, 600)])
def test_independent_labels_of_many_classes_show_nothing(n_classes, n, way):
    parameters = {} if way == "auto" else FAST
    for seed in range(1 if way == "auto" else 6):
        rng = np.random.default_rng(seed)
        label = np.concatenate(
            [np.tile(np.arange(n_classes), 2), rng.integers(n_classes, size=n - 2 * n_classes)]
        )
        estimator = measured(rng.normal(size=(n, 3)), label.astype(str), seed=seed, **parameters)
        assert estimator.confidence_interval_[0] == 0.0
        assert estimator.raw_information_bits_ < 0.015


@pytest.mark.parametrize(
    "task",
    [
        BY_NAME["finite law 4 × 3"],
        BY_NAME["finite law 16 × 8"],
        finite_law("sparse 30 × 10", random_table(30, 10, 0.3, 3)),
        finite_law("weak 20 × 6", random_table(20, 6, 5.0, 4)),
        finite_law("skewed 12 × 4", random_table(12, 4, 0.15, 5)),
    ],
    ids=lambda task: task.name,
)
def test_tables_of_few_rows_a_cell_are_held(task):
    assert holding(task, 300, 60) >= fewest(60)


@pytest.mark.parametrize("n", [300, 1000])
def test_what_neighbours_hardly_see_is_held(n):
    times = 15 if n == 300 else 4
    held = holding(BY_NAME["spiral of sparse 3 + 3"], n, times, "neighbours")
    assert held >= fewest(times, 0.9)


def test_a_copula_owns_up_to_degrees_of_freedom_that_are_as_likely():
    task = BY_NAME["Student 5 + 5, 3 degrees"]
    assert holding(task, 300, 30, "copula") >= fewest(30)


def test_normal_pairs_are_held_and_not_by_width_alone():
    task = BY_NAME["normal 1 + 1"]
    assert holding(task, 300, 40) >= fewest(40)
    low, high = measured(*task.sample(1000, 0)).confidence_interval_
    assert high - low < 0.25


# Where they end ------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.6, 0.3, 0.1)])
@pytest.mark.parametrize("kind", ["columns", "code"])
def test_no_upper_end_is_above_an_entropy(shares, kind):
    truth = -sum(p * np.log2(p) for p in shares)
    held = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        label = rng.choice(len(shares), size=200, p=shares)
        Z = np.eye(len(shares))[label]
        if kind == "columns":
            Z = Z + 0.05 * rng.normal(size=Z.shape)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InformationCapWarning)
            estimator = measured(Z, label, seed=seed, **FAST)
        low, high = estimator.confidence_interval_
        assert low <= estimator.information_bits_ <= high <= np.log2(len(shares))
        held += low <= truth <= high
    assert held >= fewest(8)


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.InformationCapWarning")
def test_a_coarse_code_cannot_share_more_than_its_own_entropy():
    rng = np.random.default_rng(0)
    label = rng.integers(8, size=400)
    estimator = measured((label > 3).astype(float)[:, None], label)
    assert estimator.confidence_interval_[1] <= 1.0


def test_a_copy_has_no_upper_end_and_one_message_that_agrees_with_itself():
    Z = np.random.default_rng(0).normal(size=(500, 1))
    with pytest.warns(InformationCapWarning, match="no upper end") as caught:
        estimator = measured(Z, Z[:, 0])
    assert len(caught) == 1
    assert "at most" not in str(caught[0].message)
    low, high = estimator.confidence_interval_
    assert low > np.log2(500)
    assert high == np.inf


# Rows that belong together -------------------------------------------------------------------


def persons(kind, seed, n_persons=40, rows_each=10, information=False):
    """Rows of a person differ little; what they tell of the label is by the person."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_persons), rows_each)
    z = rng.normal(size=(n_persons, 2))
    label = rng.normal(size=n_persons) + (3.0 * z[:, 0] if information else 0.0)
    if kind == "classes":
        label = (label > 0).astype(int)
    Z = z[groups] + 0.01 * rng.normal(size=(len(groups), 2))
    if kind == "code":
        Z = (z[groups] > 0) @ np.array([[1.0], [2.0]])
        label = (label > 0).astype(int)
    label = label[groups] + (0.01 * rng.normal(size=len(groups)) if kind == "amounts" else 0)
    return Z, label, groups


@pytest.mark.parametrize("kind", ["amounts", "classes", "code"])
def test_rows_of_one_person_tell_nothing_of_others(kind):
    without = 0
    for seed in range(12):
        Z, label, groups = persons(kind, seed)
        shuffled = np.random.default_rng(seed).permutation(len(Z))
        rows = Z[shuffled], label[shuffled]
        estimator = measured(*rows, groups=groups[shuffled], seed=seed, **FAST)
        without += estimator.confidence_interval_[0] > 0
    assert without <= binom.ppf(0.999, 12, 0.05)


@pytest.mark.parametrize("kind", ["amounts", "classes", "code"])
def test_what_persons_share_is_found(kind):
    Z, label, groups = persons(kind, 0, n_persons=150, rows_each=3, information=True)
    estimator = measured(Z, label, groups=groups, **FAST)
    assert estimator.confidence_interval_[0] > 0.1
    assert estimator.score(Z, label) > 0.2


@pytest.mark.parametrize("way", ["auto", "copula", "neighbours", "remine"])
def test_rows_twice_are_worth_one_each(way):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(150, 3))
    label = Z[:, 0] + rng.normal(size=150)
    once = measured(Z, label, way, **FAST)
    names = np.array([f"person {i}" for i in range(150)], dtype=object)
    twice = np.concatenate([np.arange(150)] * 2)
    again = measured(Z[twice], label[twice], way, groups=names[twice], **FAST)
    assert again.confidence_interval_ == once.confidence_interval_
    assert again.score(Z, label) == once.score(Z, label)
    alone = measured(Z, label, way, groups=pd.Series(names), **FAST)
    assert alone.confidence_interval_ == once.confidence_interval_


def test_groups_are_routed_as_metadata():
    Z, label, groups = persons("amounts", 0, information=True)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = MutualInformationEstimator("copula", random_state=0)
        estimator = estimator.set_fit_request(groups=True)
        cv = GroupKFold(2)
        scores = cross_val_score(estimator, Z, label, cv=cv, params={"groups": groups})
    by_hand = [
        MutualInformationEstimator("copula", random_state=0)
        .fit(Z[train], label[train], groups=groups[train])
        .score(Z[test], label[test])
        for train, test in GroupKFold(2).split(Z, label, groups)
    ]
    assert scores == pytest.approx(by_hand, abs=1e-9)


def copied(kind):
    """Rows, label, and whether some are copies that nobody would call chance."""
    rng = np.random.default_rng(0)
    n = 200
    Z, amount, label = rng.normal(size=(n, 2)), rng.normal(size=n), rng.integers(3, size=n)
    twice = np.repeat(np.arange(n), 2)
    once_more = np.append(np.arange(n), 7)
    digits = rng.integers(0, 17, size=(n, 20)).astype(float)
    code = rng.integers(4, size=n)
    return {
        "amounts": (Z[twice], amount[twice], True),
        "classes": (Z[twice], label[twice], True),
        "one row more": (Z[once_more], amount[once_more], True),
        "many integers": (digits[twice], label[twice], True),
        "rounded": (np.round(Z, 2)[twice], label[twice], True),
        "persons": (np.repeat(Z[:20], 20, axis=0), np.repeat(label[:20], 20), True),
        "no copies": (Z, amount, False),
        "a code": (np.eye(4)[code], label, False),
        "a code that is the label": (np.eye(4)[code], code, False),
        "a code and an amount": (np.eye(4)[code], amount, False),
        "ages": (rng.integers(18, 90, size=(n, 1)).astype(float), label, False),
        "rounded once": (np.round(Z[:, :1], 1), label, False),
    }[kind]


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.InformationCapWarning")
@pytest.mark.parametrize(
    "kind",
    [
        "amounts",
        "classes",
        "one row more",
        "many integers",
        "rounded",
        "persons",
        "no copies",
        "a code",
        "a code that is the label",
        "a code and an amount",
        "ages",
        "rounded once",
    ],
)
def test_copies_warn_where_they_are_no_chance(kind):
    Z, label, warned = copied(kind)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        measured(Z, label, **FAST)
    assert any(isinstance(w.message, RepeatedRowsWarning) for w in caught) == warned
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepeatedRowsWarning)
        measured(Z, label, groups=np.arange(len(Z)), **FAST)  # somebody has thought of it


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["auto", "copula", "neighbours", "remine", "infonce"])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_too_few_rows_of_amounts_are_refused_in_words(way, n):
    Z, label = np.random.default_rng(0).normal(size=(2, n))
    with pytest.raises(ValueError, match=f"have {n} rows, too few .* at least 8"):
        measured(Z[:, None], label, way)
    twice = np.repeat(np.arange(n), 10)
    with pytest.raises(ValueError, match=f"groups has {n} groups, too few"):
        measured(Z[twice, None], label[twice], way, groups=twice)


@pytest.mark.parametrize("way", ["auto", "copula", "neighbours", "remine", "infonce"])
def test_the_fewest_rows_give_finite_numbers(way):
    Z, label = np.random.default_rng(0).normal(size=(2, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", InformationCapWarning)
        assert np.isfinite(measured(Z[:, None], label, way, **FAST).raw_information_bits_)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([None, *range(19)], "groups has missing values"),
        (np.where(np.arange(20) > 3, np.arange(20.0), np.nan), "groups has missing values"),
        (np.arange(19), "inconsistent"),
        (np.zeros((20, 2)), r"groups must have the shape \(n_samples,\)"),
    ],
)
def test_bad_groups_are_refused(groups, message):
    Z, label = np.random.default_rng(0).normal(size=(2, 20))
    with pytest.raises(ValueError, match=message):
        measured(Z[:, None], label, groups=groups)


def test_equal_names_and_generators_are_refused_with_a_remedy():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)), columns=["a", "a"])
    label = frame.to_numpy()[:, 0]
    with pytest.raises(ValueError, match="X has 2 columns named 'a'; give each"):
        measured(frame, label)
    with pytest.raises(ValueError, match="y has 2 columns named 'a'; give each"):
        measured(label[:, None], frame)
    estimator = MutualInformationEstimator(random_state=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"random_state is a .*Generator.*int\(generator"):
        estimator.fit(label[:, None], label)
