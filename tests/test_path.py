"""The path, the cross-validated choice under a budget, and what is left when either breaks."""

import os
import pickle
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import sklearn.utils.estimator_checks as checks
from joblib import parallel_config
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, StratifiedKFold

from sklearn_infoshape import (
    InfoShapeTransformer,
    ShapingGame,
    best_utility_within,
    infoshape_path,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.codes import annealing, partition
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.splits import _strata, cross_validation_splits
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import (
    CalibrationWarning,
    CollapsedEncoderWarning,
    InfeasibleBudgetError,
    LostWorkerError,
    UnresolvedBudgetWarning,
)
from sklearn_infoshape.fitting.releases import fit_releases
from sklearn_infoshape.runtime.own_warnings import warn
from sklearn_infoshape.search.budget import read_budget
from tests.conftest import EXPECTED_TO_FAIL, DyingClassifier, budget_search, nested, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")

QUICK = {"posterior": "linear", "folds": 2, "n_components": 6, "n_init": 1, "random_state": 0}


@pytest.fixture(autouse=True)
def few_prototypes(monkeypatch):
    """What is tested here does not depend on how finely stage two searches."""
    monkeypatch.setattr(partition, "_PROTOTYPES", 300)
    monkeypatch.setattr(partition, "_FREE_PROTOTYPES", 200)


@pytest.fixture(scope="module")
def rows():
    return make_shaping_problem(1500, agreement=0.7)


def _labels(n_columns):
    columns = [SimpleNamespace(name=name) for name in ("y", "s")[:n_columns]]
    return SimpleNamespace(columns=columns, tasks=columns[:1])


def search(multipliers=(0.1, 1.0, 8.0), **parameters):
    settings = {**QUICK}
    if parameters.get("verify") != "certificate":
        settings["cv"] = 2
    return budget_search(multipliers, **{**settings, **parameters})


class CountingClassifier(LogisticRegression):
    """Counts how often any copy of it is fitted."""

    fits = 0

    def fit(self, X, y):
        type(self).fits += 1
        return super().fit(X, y)


class InterruptedClassifier(LogisticRegression):
    """Interrupted in the middle of the second fold."""

    left = 0

    def fit(self, X, y):
        type(self).left -= 1
        if type(self).left == 0:
            raise KeyboardInterrupt
        return super().fit(X, y)


# The path -----------------------------------------------------------------------------------


def test_a_path_is_a_table_for_people(rows, monkeypatch):
    X, y, s = rows
    quick = {"posterior": "linear", "random_state": 0}
    named = pd.Series(s, name="<b>a sensitive attribute of a long name</b>")
    path = infoshape_path(X[:300], y[:300], named[:300], [0.1, 123.456], **quick)
    assert "\n" not in repr(path)
    lines = str(path).splitlines()
    assert len(lines) == 2 + len(path) + 1
    assert max(map(len, lines[1:])) <= 80
    assert lines[3].split()[0] == "123"
    assert lines[3].split()[-1] == str(path[1].release_.n_outputs)
    assert "<b>" not in path._repr_html_()
    assert "&lt;b&gt;a sensitive attribute of a long name" in path._repr_html_()
    frame = path.to_frame()
    assert list(frame.columns) == [*path.to_dict(), "codes"]
    assert list(frame["codes"]) == [member.release_.n_outputs for member in path.transformers]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"\[table\]'; to_dict\(\)"):
        path.to_frame()


def test_a_path_says_of_how_many_multipliers_it_warns(rows, monkeypatch):
    def doubtful(*args):
        for fitted in fit_releases(*args):
            for name in "yz":
                warn(f"The posteriors of {name} are doubtful.", CalibrationWarning)
            yield fitted

    monkeypatch.setattr("sklearn_infoshape.search.path.fit_releases", doubtful)
    with pytest.warns(CalibrationWarning) as said:
        infoshape_path(*rows, [0.1, 3.0], posterior="linear", random_state=0)
    (text,) = [str(one.message) for one in said if one.category is CalibrationWarning]
    assert text == "In 2 of 2 privacy_multipliers; the first: The posteriors of y are doubtful."


@pytest.mark.parametrize("settings", [{}, {"leakage": "conditional"}, {"n_components": 5}])
def test_a_member_equals_the_transformer_fitted_alone(rows, settings):
    X, y, s = rows
    path = infoshape_path(
        X[:600], y[:600], s[:600], [0.2, 1.0, 5.0], **nested(**{**QUICK, **settings})
    )
    for i, multiplier in enumerate(path.privacy_multipliers):
        alone = InfoShapeTransformer(float(multiplier), **nested(**{**QUICK, **settings})).fit(
            X[:600], y[:600], s[:600]
        )
        assert repr(path[i].get_params()) == repr(alone.get_params())
        # Lanes are sums of their own; only their rounding may differ with their neighbours.
        together, by_itself = (t.transform(X).argmax(axis=1) for t in (path[i], alone))
        assert (together == by_itself).mean() > 0.99
        assert path[i].leakage_estimate_bits_ == pytest.approx(
            alone.leakage_estimate_bits_, abs=5e-3
        )


def test_stage_one_is_fitted_once_whatever_the_number_of_multipliers(rows):
    X, y, s = rows
    counts = []
    for number in (2, 6):
        CountingClassifier.fits = 0
        quick = nested(**{**QUICK, "posterior": CountingClassifier()})
        infoshape_path(X[:400], y[:400], s[:400], number, **quick)
        counts.append(CountingClassifier.fits)
    assert counts == [4, 4]  # two labels, two keyed folds


def test_the_default_grid_goes_from_nearly_all_to_the_label_floor_or_below(rows):
    X, y, s = rows
    path = infoshape_path(X, y, s, 7, **nested(**QUICK))
    assert (np.diff(path.privacy_multipliers) > 0).all()
    assert path.utility_bits[0] > 0.9 * path.raw_bits[0]
    assert path.leakage_bits[-1, 0] < path.label_floor_bits[0]
    assert path.raw_bits[1] > path.leakage_bits[0, 0] > path.leakage_bits[-1, 0]
    truth = 1 + 0.7 * np.log2(0.7) + 0.3 * np.log2(0.3)
    assert path.label_floor_bits[0] == pytest.approx(truth, abs=0.05)
    assert path.label_score_bits[1] < path.raw_bits[1] / 2


def test_figures_and_intervals_agree_with_fresh_rows(rows):
    X, y, s = rows
    path = infoshape_path(X[:900], y[:900], s[:900], [0.2, 4.0], **nested(**QUICK))
    own, fresh = path.to_dict(), path.evaluate(X[900:], y[900:], s[900:])
    assert own.keys() == fresh.keys()
    for name in ("utility", "leakage"):
        assert (own[f"{name}_low"] <= own[f"{name}_bits"]).all()
        assert (fresh[f"{name}_low"] < fresh[f"{name}_high"] + 1e-12).all()
        assert (own[f"{name}_low"] < fresh[f"{name}_high"] + 0.03).all()
        assert (fresh[f"{name}_low"] < own[f"{name}_high"] + 0.03).all()
    wider = path.evaluate(X[900:], y[900:], s[900:], confidence=0.999)
    assert (wider["utility_high"] > fresh["utility_high"]).all()


def test_several_columns_have_a_multiplier_and_a_leakage_each():
    X, y, s = small_problem(n=500)
    two = np.column_stack([s, (X[:, 2] > 0).astype(int)])
    path = infoshape_path(X, y, two, 3, **nested(**QUICK))
    assert path.privacy_multipliers.shape == path.leakage_bits.shape == (3, 2)
    assert len(path[0].privacy_multiplier) == 2
    assert "leakage_bits_sensitive_features[1]" in path.to_dict()
    same = infoshape_path(X, y, two, [0.5, 2.0], **nested(**QUICK))
    assert same[1].privacy_multiplier == 2.0
    with pytest.raises(ValueError, match="privacy_multipliers has 3 entries for 2 columns"):
        infoshape_path(X, y, two, [[1.0, 2.0, 3.0]], **nested(**QUICK))


@pytest.mark.parametrize("channel", ["categorical", "gaussian"])
def test_other_trainings_have_a_path_too(channel):
    X, y, s = small_problem(n=400)
    path = infoshape_path(
        X, y, s, 2, channel=channel, posterior=None, game=ShapingGame(max_epochs=2), random_state=0
    )
    assert np.isnan(path.raw_bits).all()
    assert path.leakage_interval.shape == (2, 1, 2)


def test_a_path_holds_no_rows_and_one_stage_one(rows):
    X, y, s = rows
    path = infoshape_path(X[:600], y[:600], s[:600], 4, **nested(**QUICK))
    assert path[0].release_.posteriors is path[3].release_.posteriors
    stored = pickle.dumps(path)
    assert X[17].tobytes() not in stored
    assert X[17].astype(np.float32).tobytes() not in stored
    assert len(stored) < 2 * len(pickle.dumps(path[0]))
    again = pickle.loads(stored)
    np.testing.assert_array_equal(again[2].transform(X), path[2].transform(X))


@pytest.mark.parametrize("bad", [1, -3, True, "many", [], [-1.0], [np.nan], [[[1.0]]]])
def test_what_is_no_grid_is_refused_before_training(bad):
    X, y, s = small_problem()
    CountingClassifier.fits = 0
    with pytest.raises(ValueError, match="privacy_multipliers"):
        infoshape_path(X, y, s, bad, posterior=CountingClassifier())
    assert CountingClassifier.fits == 0
    with pytest.raises(TypeError, match="takes privacy_multipliers"):
        infoshape_path(X, y, s, privacy_multiplier=1.0)


# The choice ---------------------------------------------------------------------------------


def test_budgets_are_kept_and_share_one_cross_validation(rows):
    X, y, s = rows
    found = search(5, max_leakage=0.05).fit(X[:1000], y[:1000], s[:1000])
    assert found.privacy_multiplier_ == found.path_.privacy_multipliers[found.best_index_]
    np.testing.assert_array_equal(found.transform(X), found.path_[found.best_index_].transform(X))
    results = found.cv_results_
    assert -results["mean_test_leakage"][found.best_index_] <= 0.05
    generous = found.with_budget(max_leakage=0.5)
    assert generous.path_ is found.path_
    assert generous.max_leakage == 0.5
    assert found.max_leakage == 0.05
    assert generous.privacy_multiplier_ < found.privacy_multiplier_
    assert (
        generous.best_estimator_.utility_estimate_bits_
        > found.best_estimator_.utility_estimate_bits_
    )
    enough = found.with_budget(min_utility=0.3)
    kept = results["mean_test_utility"] - 0.3 >= 0
    assert kept[enough.best_index_]
    least = -results["mean_test_leakage"][kept].max()
    assert -results["mean_test_leakage"][enough.best_index_] <= least + 0.02


def test_results_have_scikit_learns_columns(rows):
    X, y, s = rows
    found = search(max_leakage=0.5, cv=3).fit(X[:600], y[:600], s[:600])
    results = found.cv_results_
    assert {
        *("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time", "params"),
        *("param_privacy_multiplier", "split2_test_utility", "split0_test_leakage"),
        *("mean_test_utility", "std_test_utility", "rank_test_utility"),
        *("mean_test_leakage", "std_test_leakage", "rank_test_leakage"),
    } <= set(results)
    assert all(len(column) == 3 for column in results.values())
    splits = np.array([results[f"split{k}_test_utility"] for k in range(3)])
    np.testing.assert_allclose(splits.mean(axis=0), results["mean_test_utility"])
    assert results["rank_test_utility"][splits.mean(axis=0).argmax()] == 1


def test_units_are_what_they_say(rows):
    X, y, s = rows
    bits, share, advantage = (
        search([0.3], max_leakage=2.0, leakage_unit=unit).fit(X, y, s).cv_results_
        for unit in ("bits", "share", "advantage")
    )
    leakage = -bits["mean_test_leakage"][0]
    raw = infoshape_path(X, y, s, [0.3], **nested(**QUICK)).raw_bits[1]
    assert -share["mean_test_leakage"][0] == pytest.approx(leakage / raw, rel=0.15)
    # Bits b of a balanced label: at least the advantage of a guess with that information.
    assert 0.02 < -advantage["mean_test_leakage"][0] < np.sqrt(leakage * np.log(2) / 2) + 0.05


def test_an_infeasible_budget_says_what_was_reached(rows):
    X, y, s = rows
    with pytest.raises(InfeasibleBudgetError, match="label floor") as raised:
        search([0.01, 0.02], max_leakage=0.001).fit(X[:600], y[:600], s[:600])
    assert raised.value.smallest_leakage[0] > 0.001
    assert raised.value.label_floor_bits[0] > 0.05
    for remedy in ("larger privacy_multipliers", "Smallest leakage reached", "max_leakage=0.001"):
        assert remedy in str(raised.value)
    found = search([0.1, 1.0], max_leakage=0.5).fit(X[:600], y[:600], s[:600])
    with pytest.raises(InfeasibleBudgetError, match="greatest utility"):
        found.with_budget(min_utility=0.99)
    assert hasattr(found, "best_estimator_")


@pytest.mark.whole_search
def test_a_budget_of_zero_is_met_where_y_tells_nothing_of_s():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(1200, 4)), rng.integers(2, size=1200)
    X[:, 0] += 3 * y
    s = rng.integers(2, size=1200)  # and X tells nothing of it, either
    with pytest.warns(UnresolvedBudgetWarning, match="can tell from nothing"):
        found = search(6, max_leakage=0.0).fit(X, y, s)
    assert found.best_estimator_.utility_estimate_bits_ > 0.3


def test_a_budget_of_zero_that_nothing_keeps_gives_a_constant_release():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=800)
    X = np.column_stack([3 * y + rng.normal(size=800), rng.normal(size=800)])
    with pytest.warns(CollapsedEncoderWarning, match="same code is released for every row"):
        found = search([0.1, 0.3], max_leakage=0.0).fit(X, y, y)
    assert found.transform(X).shape == (800, 1)
    assert found.privacy_multiplier_ == np.inf
    assert found.best_estimator_.codebook_["sensitive"]["sensitive_features"].shape == (1, 2)
    assert found.best_estimator_.leakage_estimate_bits_ == 0
    with pytest.raises(InfeasibleBudgetError):
        found.with_budget(max_leakage=0.001)


def test_the_margin_is_one_standard_error_where_it_can_be():
    budget = read_budget(0.1, None, "bits", 1)
    leakage, error = np.array([[0.05], [0.08], [0.09], [0.12]]), np.full((4, 1), 0.015)
    utility = np.array([0.1, 0.2, 0.3, 0.4])
    assert budget.choose(utility, np.zeros(4), leakage, error) == 1
    assert budget.choose(utility, np.zeros(4), leakage, 0 * error) == 2
    assert budget.choose(utility, np.zeros(4), leakage, error, np.arange(4) != 1) == 0
    with pytest.warns(UnresolvedBudgetWarning):
        assert budget.choose(utility, np.zeros(4), leakage, 6 * error) == 2
    assert budget.choose(utility, np.zeros(4), leakage + 1, error) is None


def test_each_sensitive_column_has_its_budget_and_tasks_have_weights():
    X, y, s = small_problem(n=800)
    two = np.column_stack([s, np.where(np.arange(800) % 5 == 0, y, 1 - y)])
    tasks = np.column_stack([y, (X[:, 2] > 0).astype(int)])
    found = search(4, max_leakage=[0.05, 0.4], task_weights=[1.0, 0.5]).fit(X, tasks, two)
    results = found.cv_results_
    assert -results["mean_test_leakage_sensitive_features[0]"][found.best_index_] <= 0.05
    assert -results["mean_test_leakage_sensitive_features[1]"][found.best_index_] <= 0.4
    assert 0.8 < results["mean_test_utility"].max() <= 1.5
    with pytest.raises(ValueError, match="max_leakage has 3 entries for 2 columns"):
        search(max_leakage=[0.1, 0.1, 0.1]).fit(X, tasks, two)


def test_rows_of_one_person_stay_on_one_side():
    X, y, s = small_problem(n=300)
    person = np.arange(300) // 3
    table = np.column_stack([X, person])
    seen = []

    class Watching(GroupKFold):
        def split(self, X, y=None, groups=None):
            for train, test in super().split(X, y, groups):
                seen.append((set(person[train]), set(person[test])))
                yield train, test

    search(max_leakage=1.0, fold_columns=[6], cv=Watching(2)).fit(table, y, s)
    assert len(seen) == 2
    assert all(not train & test for train, test in seen)
    found = search(max_leakage=1.0, fold_columns=[6], cv=2).fit(table, y, s)
    assert found.transform(table).shape[0] == 300


def test_bad_input_is_refused_before_training():
    X, y, s = small_problem()
    cases = [
        ({}, "give max_leakage"),
        ({"max_leakage": [-0.1]}, "max_leakage"),
        ({"max_leakage": "little"}, "max_leakage"),
        ({"max_leakage": 0.1, "cv": KFold(2)}, "one class only of sensitive_features"),
        ({"max_leakage": 0.1, "verify": "certificate", "channel": "gaussian"}, "finite code"),
        ({"min_utility": 0.1, "verify": "certificate"}, "max_leakage"),
        ({"max_leakage": 0.1, "verify": "certificate", "leakage_unit": "share"}, "advantage"),
    ]
    order = np.argsort(s, kind="stable")
    for settings, message in cases:
        CountingClassifier.fits = 0
        with pytest.raises(ValueError, match=message):
            search(**{"posterior": CountingClassifier(), **settings}).fit(
                X[order], y[order], s[order]
            )
        assert CountingClassifier.fits == 0


def test_without_s_the_most_useful_release_is_delivered():
    X, y, _ = small_problem()
    found = search(on_missing_sensitive="ignore").fit(X, y)
    assert found.cv_results_["rank_test_utility"][found.best_index_] == 1


# Certificates ------------------------------------------------------------------------------


def test_a_certified_release_is_delivered_as_it_was_tested(rows):
    X, y, s = make_shaping_problem(3000, agreement=0.6)
    found = search(6, max_leakage=0.08, verify="certificate").fit(X, y, s)
    assert found.certificate_.bits <= 0.08
    assert found.certificate_.n_rows == 900
    best = found.path_[found.best_index_]
    assert found.best_estimator_ is best
    results = found.cv_results_
    assert results["delivered"].sum() == 1
    limits = results["certified_leakage"]
    np.testing.assert_array_equal(np.isnan(limits), ~results["tested"])
    assert limits[found.best_index_] == found.certificate_.bits
    # More private candidates were tested, and all of them passed.
    private = (
        results["estimated_leakage_bits"] < results["estimated_leakage_bits"][found.best_index_]
    )
    assert (limits[private & results["tested"]] <= 0.08).all()
    with pytest.raises(ValueError, match="named before its rows"):
        found.with_budget(max_leakage=0.2)
    with pytest.raises(InfeasibleBudgetError, match="certified with confidence"):
        search(3, max_leakage=0.001, verify="certificate").fit(X, y, s)


def test_calibration_rows_take_no_part_in_the_fit(rows):
    X, y, s = rows
    key = {"release_key": b"one for both, as other rows draw another"}
    found = search(3, max_leakage=0.5, verify="certificate", **key).fit(X, y, s)
    # The very rows are those that the path was not fitted on: all rest gives the same path.
    from sklearn_infoshape.data.splits import certificate_split

    rng = np.random.RandomState(0)
    seed = rng.randint(2**31 - 1000)
    labels = found.path_[0].labels_
    targets = labels.encode([("y", y)], [("s", s)])
    sample = Sample(X.astype(np.float32), None, tuple(targets))
    fitting, _ = certificate_split(sample, labels, 0.3, seed)
    alone = infoshape_path(X[fitting], y[fitting], s[fitting], 3, **nested(**QUICK, **key))
    np.testing.assert_array_equal(alone[1].transform(X), found.path_[1].transform(X))


def test_all_columns_have_to_pass_and_one_row_a_person_is_tested():
    X, y, s = small_problem(n=900)
    table = np.column_stack([X, np.arange(900) // 2])
    two = np.column_stack([s, np.roll(s, 7)])
    settings = {"verify": "certificate", "fold_columns": [6], "calibration_fraction": 0.5}
    found = search(max_leakage=[0.3, 0.4], **settings).fit(table, y, two)
    assert [c.bits <= limit for c, limit in zip(found.certificate_, [0.3, 0.4], strict=True)] == [
        True,
        True,
    ]
    assert found.certificate_[0].n_rows == 225


@pytest.mark.parametrize(
    ("n", "settings", "message"),
    [
        (80, {}, r"which are 24; a certificate needs at least 100. Fit on at least 331 rows"),
        (330, {}, r"which are 99; .* 331 rows"),
        (300, {"calibration_fraction": 0.2}, r"which are 60; .* at least 496 rows"),
        (900, {"fold_columns": [4]}, r"of 300 rows \(or persons\) aside, which are 90"),
        (900, {"known": 200}, r"is known for \d+ of the 270 rows that were set aside"),
        (900, {"levels": 30}, r"has 30 classes there; .* 300 such rows"),
        (
            80,
            {"posterior": None, "max_epochs": 1},
            "a certificate needs at least 100",
        ),
    ],
)
def test_too_few_rows_for_a_certificate_are_refused_before_training(n, settings, message):
    X, y, s = make_shaping_problem(n)
    settings = dict(settings)
    s = s.astype(float)
    s[settings.pop("known", n) :] = np.nan
    levels = settings.pop("levels", None)
    if levels:
        s = np.char.add("c", (np.arange(n) % levels).astype(str))
    X = np.column_stack([X[:, :4], np.arange(n) // 3])
    CountingClassifier.fits = 0
    settings = {"posterior": CountingClassifier(), **settings}
    with pytest.raises(ValueError, match=message):
        search(max_leakage=0.5, verify="certificate", **settings).fit(X, y, s)
    assert CountingClassifier.fits == 0


def test_a_certificate_needs_no_estimates_and_leaves_no_class_out():
    X, y, s = small_problem(n=400)
    s[-1], s[-2] = 2, 2
    calibration = []
    for seed in range(20):  # until both rows of the rare class are set aside
        found = search(
            [0.5, 4.0],
            max_leakage=2.0,
            verify="certificate",
            posterior=None,
            max_epochs=1,
            random_state=seed,
        )
        found.fit(X, y, s)  # 42 held-out rows are too few for estimates
        assert np.isnan(found.path_.utility_bits).all()
        assert found.best_index_ == 0
        assert found.cv_results_["tested"].all()
        calibration.append(found.certificate_.n_classes)
        if 2 not in found.sensitive_classes_:
            break
    assert found.certificate_.n_classes == 3


def test_strata_pool_what_is_rare():
    y = np.repeat([0, 1, 2], [60, 58, 2])
    s = np.tile([0, 1], 60)
    sample = Sample(np.zeros((len(y), 1)), None, (np.eye(3)[y], np.eye(2)[s]))
    splits = cross_validation_splits(5, sample, _labels(2), 0)
    assert all(abs(len(test) - 24) <= 1 for _, test in splits)
    assert all(11 <= (y[test] == 1).sum() <= 12 for _, test in splits)
    assert max((y[test] == 2).sum() for _, test in splits) == 1
    many = np.arange(640) % 80  # more classes than 64: no two pairs may be taken for one
    pairs = _strata([np.eye(80)[many], np.eye(80)[(many * 7 + 64) % 80]], 2)
    assert len(np.unique(pairs)) == 80


# What is left when something breaks ----------------------------------------------------------


def test_an_interrupt_in_a_fold_leaves_the_earlier_fit(rows):
    X, y, s = (part[:400] for part in rows)
    found = search(max_leakage=0.5, posterior=InterruptedClassifier()).fit(X, y, s)
    before, kept = found.transform(X), dict(vars(found))
    InterruptedClassifier.left = 4 + 4 + 2  # of the path, of the first fold, in the second
    with pytest.raises(KeyboardInterrupt):
        found.set_params(max_leakage=0.1).fit(X, y, s)
    assert {**vars(found), "max_leakage": 0.5} == kept
    np.testing.assert_array_equal(found.transform(X), before)
    fresh = search(max_leakage=0.5, posterior=InterruptedClassifier())
    InterruptedClassifier.left = 10
    with pytest.raises(KeyboardInterrupt):
        fresh.fit(X, y, s)
    assert [name for name in vars(fresh) if name.endswith("_")] == []


def test_a_worker_that_dies_is_named_and_changes_nothing(rows):
    X, y, s = (part[:400] for part in rows)
    found = search(max_leakage=0.5).fit(X, y, s)
    before = found.transform(X)
    found.set_params(estimator__posterior=DyingClassifier(os.getpid()), n_jobs=2)
    with parallel_config(backend="loky"), pytest.raises(LostWorkerError, match="Lower n_jobs"):
        found.fit(X, y, s)
    np.testing.assert_array_equal(found.transform(X), before)


def test_a_fold_with_one_class_is_named_before_training(rows):
    X, y, s = (part[:400] for part in rows)
    found = search(max_leakage=0.5).fit(X, y, s)
    before = found.transform(X)
    order = np.argsort(y, kind="stable")
    with pytest.raises(ValueError, match="training part has one class only of y"):
        found.set_params(cv=[(order[:150], order[150:])]).fit(X, y, s)
    np.testing.assert_array_equal(found.transform(X), before)


# scikit-learn's contract and company -----------------------------------------------------------


def test_folds_give_the_same_scores_whatever_runs_them(rows):
    X, y, s = (part[:400] for part in rows)
    alone = search(max_leakage=0.5).fit(X, y, s).cv_results_["mean_test_leakage"]
    with parallel_config(backend="threading", n_jobs=2):
        other = search(max_leakage=0.5).fit(X, y, s).cv_results_["mean_test_leakage"]
    np.testing.assert_array_equal(alone, other)


@pytest.mark.usefixtures("quick_attackers")
def test_grid_search_with_a_budget_rule_chooses_a_neighbour(rows):
    X, y, s = (part[:1000] for part in rows)
    grid = np.geomspace(0.1, 10, 5)
    mine = search(grid, max_leakage=0.05, cv=3).fit(X, y, s)
    table = np.column_stack([X, s])
    other = GridSearchCV(
        InfoShapeTransformer(sensitive_columns=[X.shape[1]], **nested(**QUICK)),
        {"privacy_multiplier": list(grid)},
        scoring={"utility": utility_scorer, "leakage": leakage_scorer},
        refit=best_utility_within(0.05),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ).fit(table, y)
    assert 0 < other.best_index_ < len(grid) - 1
    assert abs(mine.best_index_ - other.best_index_) <= 1


def test_clone_repr_and_what_is_not_there():
    found = search(max_leakage=0.1, release_key=b"very secret")
    assert repr(clone(found).get_params()) == repr(found.get_params())
    assert "secret" not in repr(found)
    assert not hasattr(found, "partial_fit")
    assert "privacy_multiplier" not in found.get_params()


def test_check_estimator(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 4)
    monkeypatch.setattr(annealing, "_STEPS", 4)
    estimator = budget_search(
        [0.5, 2.0],
        max_leakage=0.5,
        cv=2,
        posterior=None,
        folds=2,
        random_state=0,
        max_epochs=1,
        hidden_layer_sizes=(4,),
        n_init=1,
        on_missing_sensitive="ignore",
    )
    results = checks.check_estimator(
        estimator, expected_failed_checks=EXPECTED_TO_FAIL, on_fail=None, on_skip=None
    )
    assert len(results) >= 45
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] != "passed"}
    assert set(failed) <= set(EXPECTED_TO_FAIL), failed


@pytest.mark.parametrize("options", [{}, {"verify": "certificate"}])
def test_candidates_of_one_code_are_no_news_unless_one_is_delivered(options):
    X, y, s = make_shaping_problem(900, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = search([0.1, 1e6], max_leakage=0.9, **options).fit(X, y, s)
    assert found.best_index_ == 0
    assert found.path_[1].release_.n_outputs == 1
    assert not [w for w in caught if w.category is CollapsedEncoderWarning]
    with pytest.warns(CollapsedEncoderWarning, match="delivered release is the same code"):
        search([1e5, 1e6], max_leakage=0.9, **options).fit(X, y, s)
