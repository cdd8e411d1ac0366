"""Scorers: what they recover, where they find s, and what they say when they cannot."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_infoshape import (
    best_utility_within,
    lagrangian_scorer,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.audit.attackers import attack, cross_fitted_bits, recovered_bits
from sklearn_infoshape.exceptions import InfeasibleBudgetError
from tests.conftest import cheap, small_problem


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


def budget_search(max_leakage, **parameters):
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
            search = budget_search(0.25).fit(X, y, sensitive_features=s)
    else:
        search = budget_search(0.25, sensitive_columns=[6]).fit(np.column_stack([X, s]), y)
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
