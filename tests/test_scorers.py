"""Scorers: what they recover, where they find s, and what they say when they cannot."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_infoshape import (
    InfoShapeTransformer,
    ShapingGame,
    TradeoffDisplay,
    audit_leakage,
    best_utility_within,
    infoshape_path,
    lagrangian_scorer,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.audit.attackers import attack, cross_fitted_bits, recovered_bits
from sklearn_infoshape.audit.targets import fitted_labels, read_targets
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import InfeasibleBudgetError, RareClassWarning
from sklearn_infoshape.scoring import recovered
from sklearn_infoshape.scoring.scorers import ReleaseScorer
from sklearn_infoshape.search.budget import read_budget
from tests.conftest import budget_search, cheap, small_problem

pytestmark = pytest.mark.usefixtures("quick_attackers")


def test_bits_of_a_known_channel():
    """A label sent through a channel that flips one bit in ten: 1 - h(.1) bits arrive."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=20_000)
    Z = np.where(rng.uniform(size=20_000) < 0.1, 1 - labels, labels)[:, None].astype(float)
    truth = 1 + 0.1 * np.log2(0.1) + 0.9 * np.log2(0.9)
    assert cross_fitted_bits(Z, labels) == pytest.approx(truth, abs=0.02)
    best = attack(Z[:10_000], labels[:10_000], Z[10_000:], labels[10_000:])[0]
    assert best.bits == pytest.approx(truth, abs=0.02)
    assert best.accuracy == pytest.approx(0.9, abs=0.01)


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(0)
    assert cross_fitted_bits(rng.normal(size=(3000, 4)), rng.integers(3, size=3000)) < 0.01


def test_sure_mistakes_cost_a_finite_price():
    labels = np.array([0, 1])
    assert np.isfinite(recovered_bits(labels, np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])))


def test_scorers_agree_with_each_other():
    X, y, s = small_problem(n=600)
    identity = FunctionTransformer().fit(X)
    utility = utility_scorer(identity, X, y)
    leakage = leakage_scorer(identity, X, y, sensitive_features=s)
    assert utility > 0.4
    assert leakage < -0.4
    both = lagrangian_scorer(2.0)(identity, X, y, sensitive_features=s)
    assert both == pytest.approx(utility + 2 * leakage)
    two = np.column_stack([s, s])
    weighted = lagrangian_scorer([2.0, 1.0])(identity, X, y, sensitive_features=two)
    assert weighted == pytest.approx(utility + 3 * leakage)


@pytest.mark.filterwarnings("ignore")
def test_scorers_find_the_release_and_the_sensitive_columns_in_a_pipeline():
    X, y, s = small_problem(n=400)
    table = np.column_stack([X, s])
    shaper = cheap(sensitive_columns=[6], privacy_multiplier=0.0, max_epochs=30)
    pipeline = make_pipeline(StandardScaler(), shaper, LogisticRegression()).fit(table, y)
    score = lagrangian_scorer(1.0)(pipeline, table, y)
    release = pipeline[:-1].transform(table)
    assert score == pytest.approx(cross_fitted_bits(release, y) - cross_fitted_bits(release, s))


@pytest.mark.filterwarnings("ignore")
def test_a_scorer_without_s_says_how_to_give_it():
    X, y, s = small_problem()
    shaper = cheap().fit(X, y, s)
    assert utility_scorer(shaper, X, y) >= 0
    with pytest.raises(ValueError, match="sensitive_columns"):
        leakage_scorer(shaper, X, y)


class Mixture(TransformerMixin, BaseEstimator):
    """Releases the column of y, and that of s under noise."""

    __metadata_request__fit = {"sensitive_features": True}

    def __init__(self, noise=0.0, sensitive_columns=None):
        self.noise = noise
        self.sensitive_columns = sensitive_columns

    def fit(self, X, y=None, sensitive_features=None):
        self.seed_ = 0
        return self

    def transform(self, X):
        noise = np.random.default_rng(0).normal(size=(len(X), 2)) * [self.noise / 4, self.noise]
        return X[:, :2] + noise

    def sensitive_values(self, X):
        return [("s", X[:, -1])]


def grid_search(max_leakage, **parameters):
    return GridSearchCV(
        Mixture(**parameters),
        {"noise": [0.0, 3.0, 40.0]},
        scoring={"utility": utility_scorer, "leakage": leakage_scorer},
        refit=best_utility_within(max_leakage),
        cv=3,
    )


@pytest.mark.parametrize("routing", [True, False])
def test_a_budget_chooses_the_most_utility_within_it(routing):
    X, y, s = small_problem(n=600)
    if routing:
        with sklearn.config_context(enable_metadata_routing=True):
            search = grid_search(0.25).fit(X, y, sensitive_features=s)
    else:
        search = grid_search(0.25, sensitive_columns=[6]).fit(np.column_stack([X, s]), y)
    leakage = -search.cv_results_["mean_test_leakage"]
    assert search.best_params_ == {"noise": 3.0}
    assert search.best_estimator_.noise == 3.0
    assert leakage[1] <= 0.25 < leakage[0]
    assert best_utility_within(1.0)(search.cv_results_) == 0
    assert best_utility_within(0.03)(search.cv_results_) == 2


def test_a_budget_that_nobody_meets_is_an_error_of_its_own():
    results = {"mean_test_utility": [0.5, 0.1], "mean_test_leakage": [-0.4, -0.2]}
    assert best_utility_within(0.3)(results) == 1
    assert best_utility_within(0.4)(results) == 0
    with pytest.raises(InfeasibleBudgetError, match=r"0\.2000"):
        best_utility_within(0.1)(results)
    with pytest.raises(ValueError, match="utility_scorer"):
        best_utility_within(0.1)({"mean_test_score": [1.0]})
    with pytest.raises(ValueError, match="max_leakage"):
        best_utility_within(-1)


def test_a_margin_of_standard_errors_keeps_the_choice_careful():
    results = {
        "mean_test_utility": np.array([0.5, 0.1, np.nan]),
        "mean_test_leakage": np.array([-0.29, -0.1, -0.0]),
        "std_test_leakage": np.array([0.1, 0.01, 0.0]),
        **{f"split{k}_test_leakage": np.zeros(3) for k in range(5)},
    }
    assert best_utility_within(0.3, n_standard_errors=0)(results) == 0
    assert best_utility_within(0.3)(results) == 1
    rule = pickle.loads(pickle.dumps(clone(best_utility_within(0.3), safe=False)))
    assert repr(rule) == "BudgetRule(max_leakage=0.3, n_standard_errors=1.0)"
    assert rule(results) == 1


# What a label is, the fit decides ----------------------------------------------------------

CODES = np.repeat(np.arange(32), 20)  # more than 20 integers: an amount, unless it is told
READINGS = {
    "codes as classes": (CODES, {"kind": "classes"}),
    "few integers as an amount": (CODES % 12, {"kind": "continuous", "n_bins": 3}),
    "an amount in three bins": (CODES + 0.5, {"n_bins": 3}),
    "fractions as classes": (CODES % 3 / 2, {"kind": "classes"}),
    "text": (np.char.add("c", (CODES % 25).astype(str)), {}),
}


def fitted_with(labels, role, reading, **parameters):
    """A transformer that was fitted with the labels as y or as s, and its rows."""
    rng = np.random.default_rng(0)
    X, other = rng.normal(size=(640, 2)), rng.integers(2, size=640)
    y, s = (labels, other) if role == "target" else (other, labels)
    settings = {f"{role}_kind" if k == "kind" else k: v for k, v in reading.items()}
    return cheap(max_epochs=1, **settings).fit(X, y, s), X, y, s


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("role", ["target", "sensitive"])
@pytest.mark.parametrize("name", READINGS)
def test_all_who_judge_read_labels_as_the_fit_did(name, role, monkeypatch):
    """Scorers, audits and pictures; a scoring fold, too, which sees other quantiles."""
    shaper, X, y, s = fitted_with(READINGS[name][0], role, READINGS[name][1])
    (column,) = shaper.labels_.tasks if role == "target" else shaper.labels_.sensitives
    judged = []
    monkeypatch.setattr(
        recovered, "cross_fitted_bits", lambda Z, classes, **_: judged.append(classes) or 0.0
    )
    scorer = utility_scorer if role == "target" else leakage_scorer
    half = np.arange(640) % 2 == 0
    for releasing, rows in ((shaper, slice(None)), (make_pipeline(shaper), half)):
        labels = READINGS[name][0][rows]
        scorer(releasing, X[rows], y[rows], sensitive_features=s[rows])
        expected = column.encode(labels).argmax(axis=1)
        np.testing.assert_array_equal(judged.pop(), expected)
        parameter = "y" if role == "target" else "sensitive_features"
        fitted = fitted_labels(releasing, parameter)
        (target,) = read_targets(labels, parameter, fitted=fitted)
        np.testing.assert_array_equal(target.classes, expected)


@pytest.mark.filterwarnings("ignore")
def test_audits_and_pictures_ask_the_fit_what_a_label_is():
    shaper, X, y, s = fitted_with(CODES + 0.5, "sensitive", {"n_bins": 2})
    classes = shaper.labels_.sensitives[0].encode(s).argmax(axis=1)
    settings = {"n_permutations": 0, "context": False, "random_state": 0, "attackers": "linear"}
    own = audit_leakage(shaper, X, s, y, **settings)
    by_itself = audit_leakage(shaper.transform, X, s, y, **settings)
    assert (own.at_most.certificate.n_classes, by_itself.at_most.certificate.n_classes) == (2, 8)
    drawn = TradeoffDisplay.from_estimators({"shaped": shaper}, X, y, s)
    by_class = TradeoffDisplay.from_estimators({"shaped": shaper.transform}, X, y, classes)
    np.testing.assert_array_equal(drawn.leakage, by_class.leakage)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reading", [{}, {"kind": "classes"}])
def test_an_audit_of_another_attribute_reads_it_by_itself(reading):
    shaper, X, _, s = fitted_with(CODES, "sensitive", reading)
    fitted = fitted_labels(shaper, "sensitive_features")
    for other in (X[:, 1] * 7.5 + 1000, np.where(s % 2, "a", "b"), s % 2 + 40):
        for number, labels in enumerate((other, pd.Series(other, name="other"))):
            by_itself, judged = (
                read_targets(labels, "sensitive_features", fitted=f)[0] for f in ((), fitted)
            )
            np.testing.assert_array_equal(judged.classes, by_itself.classes, str(number))
    renamed = pd.Series(s + 0.5, name="age")  # of another name than a Series that was fitted
    named = cheap(max_epochs=1, n_bins=2).fit(X, s % 2, pd.Series(s + 0.5, name="income"))
    fitted = fitted_labels(named, "sensitive_features")
    assert read_targets(renamed, "sensitive_features", fitted=fitted)[0].n_classes == 8
    assert read_targets(s + 0.5, "sensitive_features", fitted=fitted)[0].n_classes == 2


# Rare classes -------------------------------------------------------------------------------

FOLDS = {
    "a class with one row": np.r_[np.arange(39) % 2, 2],
    "two rare classes, three rows": np.r_[np.arange(37) % 2, 2, 2, 3],
    "only rare classes": np.arange(40),
    "one class": np.ones(40, dtype=int),
    "a class that the fit has not seen": np.r_[np.arange(35) % 2, [9] * 5],
    "nothing that the fit has seen": np.full(40, 9),
}


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("role", ["target", "sensitive"])
@pytest.mark.parametrize("name", FOLDS)
def test_a_score_is_a_number_whatever_classes_a_fold_has(name, role, as_text):
    X, y, s = small_problem(n=200)
    labels = FOLDS[name]
    if as_text:
        labels, y, s = (np.char.add("c", part.astype(str)) for part in (labels, y, s))
    other = s[:40] if role == "target" else y[:40]
    own = (labels, other) if role == "target" else (other, labels)
    for releasing in (cheap().fit(X, y, s), FunctionTransformer().fit(X)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            score = lagrangian_scorer(1.0)(releasing, X[:40], own[0], sensitive_features=own[1])
        assert np.isfinite(score)
        if isinstance(releasing, InfoShapeTransformer):
            assert any(w.category is RareClassWarning for w in caught)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_score_of_a_few_rows_is_a_number(n):
    X, y, s = small_problem(n=200)
    shaper = cheap().fit(X, y, s)
    for labels in (s, np.where(np.arange(200) % 2, np.nan, s), np.full(200, np.nan), X[:, 2]):
        for releasing in (shaper, FunctionTransformer().fit(X)):
            score = lagrangian_scorer(1.0)(releasing, X[:n], y[:n], sensitive_features=labels[:n])
            assert np.isfinite(score)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("role", ["target", "sensitive"])
@pytest.mark.parametrize("counts", [(3,), (4, 2, 2)])
def test_a_search_with_rare_classes_chooses_by_its_scores(role, counts):
    X, y, s = small_problem(n=300)
    labels = (y if role == "target" else s).astype(object)
    rare = np.repeat(np.arange(len(counts)) + 7, counts)
    labels[np.linspace(5, 290, len(rare)).astype(int)] = rare
    labels = labels.astype(int)
    y, s = (labels, s) if role == "target" else (y, labels)
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(
            Mixture(), {"noise": [0.0, 40.0]}, scoring=lagrangian_scorer(5.0), cv=3
        ).fit(X, y, sensitive_features=s)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_ == {"noise": 40.0}
    if len(counts) > 1:
        return
    found = budget_search(
        [0.5],
        max_leakage=1.0,
        cv=2,
        posterior=None,
        channel="gaussian",
        max_epochs=2,
        random_state=0,
    )
    with pytest.warns(RareClassWarning):
        results = found.fit(X, y, s).cv_results_
    assert np.isfinite(results["mean_test_leakage"] + results["mean_test_utility"]).all()


@pytest.mark.parametrize("role", ["target", "sensitive"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"channel": "gaussian"},
        {"channel": "gaussian", "mi_estimator": "remine"},
        {"posterior": "linear", "leakage": "conditional", "n_init": 1},
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
def test_a_class_of_one_row_is_as_if_missing(role, settings):
    """As a fold of a search may have it: the fit goes on, and nothing of the row's label stays."""
    X, y, s = small_problem(n=120)
    labels = (y if role == "target" else s).astype(object)
    labels = np.char.add("c", labels.astype(str)).astype(object)
    labels[5] = "only one has this"
    y, s = (labels, s) if role == "target" else (y, labels)
    with pytest.warns(RareClassWarning, match="1 classes with 1 row each"):
        shaper = cheap(**settings).fit(X, y, s)
    assert all(np.isfinite(v) for epoch in shaper.history_ for v in epoch.values())
    assert list(shaper.classes_ if role == "target" else shaper.sensitive_classes_) == ["c0", "c1"]
    assert b"only one has this" not in pickle.dumps(shaper)
    assert np.isfinite(shaper.transform(X)).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("role", ["target", "sensitive"])
def test_a_search_over_fits_has_scores_though_a_fold_lacks_or_has_one_row_of_a_class(role):
    X, y, s = small_problem(n=200)
    (y if role == "target" else s)[[0, 199]] = 2
    with sklearn.config_context(enable_metadata_routing=True):
        for cv in (2, KFold(4)):  # apart and together in the folds
            search = GridSearchCV(
                cheap(max_epochs=1), {"n_components": [2, 4]}, scoring=lagrangian_scorer(1.0), cv=cv
            ).fit(X, y, sensitive_features=s)
            assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.filterwarnings("ignore")
def test_an_audit_leaves_a_class_of_one_row_out():
    s = small_problem(n=300)[2]
    (plain,) = read_targets(s, "sensitive_features")
    s[9] = 7
    (target,) = read_targets(s, "sensitive_features")
    assert target.n_classes == 2
    assert (target.classes == np.where(np.arange(300) == 9, -1, plain.classes)).all()


@pytest.mark.filterwarnings("ignore")
def test_fresh_rows_of_an_unseen_class_are_left_out_with_a_warning():
    X, y, s = make_shaping_problem(500)
    path = infoshape_path(
        X[:300], y[:300], s[:300], [0.5], posterior=None, game=ShapingGame(max_epochs=2)
    )
    plain = path.evaluate(X[300:480], y[300:480], s[300:480])
    new = np.where(np.arange(500) < 480, s, 2)
    task = np.where(np.arange(500) < 480, y, 2)
    with pytest.warns(RareClassWarning, match="20 rows have a class that the fit has not seen"):
        found = path.evaluate(X[300:], task[300:], new[300:])
    np.testing.assert_allclose(found["leakage_bits"], plain["leakage_bits"])
    with pytest.raises(ValueError, match="no row has a class"):  # coded otherwise: no 0 bits
        path.evaluate(X[300:], y[300:], s[300:] + 5)


def test_what_has_no_score_is_never_chosen():
    nan = np.nan
    budget, useful = read_budget(0.3, None, "bits", 1), read_budget(None, 0.05, "bits", 1)
    zeros = np.zeros(3)
    for utility, leakage, best in (
        ([nan, 0.4, 0.5], [0.1, 0.1, 0.1], 2),
        ([0.9, 0.4, 0.5], [nan, 0.1, 0.9], 1),
        ([nan, nan, 0.1], [0.1, 0.1, 0.1], 2),
        ([nan, nan, nan], [nan, nan, nan], None),
    ):
        utility, leakage = np.array(utility), np.array(leakage)[:, None]
        assert budget.choose(utility, zeros, leakage, zeros[:, None]) == best
        chosen = useful.choose(utility, zeros, leakage, zeros[:, None])
        assert chosen is None if best is None else np.isfinite(utility[chosen] + leakage[chosen])
        results = {"mean_test_utility": utility, "mean_test_leakage": -leakage[:, 0]}
        if best is None:
            with pytest.raises(InfeasibleBudgetError, match="No candidate has a score"):
                best_utility_within(0.3)(results)
            with pytest.raises(InfeasibleBudgetError, match="No release"):
                budget.refuse(utility, leakage, ["s"], zeros[:1], "3 folds")
        else:
            assert best_utility_within(0.3)(results) == best


# Requests of metadata ------------------------------------------------------------------------


def test_scorers_can_ask_for_s_by_another_name():
    X, y, s = small_problem(n=240)
    with sklearn.config_context(enable_metadata_routing=True):
        renamed = lagrangian_scorer(1.0).set_score_request(sensitive_features="sex")
        assert renamed.get_metadata_routing().score.requests == {"sensitive_features": "sex"}
        assert clone(renamed, safe=False).get_metadata_routing().score.requests == {
            "sensitive_features": "sex"
        }
        pipeline = make_pipeline(
            StandardScaler(),
            Mixture().set_fit_request(sensitive_features="sex"),
            LogisticRegression(),
        )
        plain = GridSearchCV(
            make_pipeline(StandardScaler(), Mixture(), LogisticRegression()),
            {"mixture__noise": [0.0, 9.0]},
            scoring=lagrangian_scorer(1.0),
            cv=2,
        ).fit(X, y, sensitive_features=s)
        for scoring, refit in (
            (renamed, True),
            (
                {
                    "u": utility_scorer,
                    "l": leakage_scorer.set_score_request(sensitive_features="sex"),
                },
                "l",
            ),
        ):
            search = GridSearchCV(
                pipeline, {"mixture__noise": [0.0, 9.0]}, scoring=scoring, refit=refit, cv=2
            ).fit(X, y, sex=s)
            scores = search.cv_results_["mean_test_score" if refit is True else "mean_test_l"]
            assert np.isfinite(scores).all()
            if refit is True:
                np.testing.assert_allclose(scores, plain.cv_results_["mean_test_score"])
        without = lagrangian_scorer(1.0).set_score_request(sensitive_features=False)
        assert without.get_metadata_routing().score.requests == {"sensitive_features": False}
        with pytest.raises(ValueError, match="valid identifier"):
            renamed.set_score_request(sensitive_features="no name")


def test_a_request_changes_no_scorer_that_others_use():
    for shared in (utility_scorer, leakage_scorer):
        assert isinstance(shared.set_score_request(sensitive_features="sex"), ReleaseScorer)
        assert shared.get_metadata_routing().score.requests == {"sensitive_features": True}
    mine = lagrangian_scorer(1.0)
    assert mine.set_score_request(sensitive_features="sex") is mine


@pytest.mark.parametrize("price", [np.nan, np.inf, -1.0, [1.0, np.nan], "1", None])
def test_a_price_that_makes_no_score_is_refused(price):
    with pytest.raises(ValueError, match=r"privacy_multiplier=.*finite number from 0 up"):
        lagrangian_scorer(price)


def test_prices_are_as_many_as_sensitive_columns():
    X, y, s = small_problem(60)
    with pytest.raises(ValueError, match="has 2 entries for 1 sensitive columns"):
        lagrangian_scorer([1.0, 2.0])(FunctionTransformer().fit(X), X, y, sensitive_features=s)


def test_the_area_of_an_attack_leaves_out_classes_that_nobody_has():
    rng = np.random.default_rng(0)
    Z, labels = rng.normal(size=(90, 2)), np.arange(90) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (some,) = attack(Z, labels, Z[labels < 2], labels[labels < 2], names=["linear"])
        (none,) = attack(Z, labels, Z[labels < 1], labels[labels < 1], names=["linear"])
    assert 0 < some.auc < 1
    assert np.isnan(none.auc)
