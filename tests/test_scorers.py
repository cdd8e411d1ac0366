"""Scorers: what they recover, where they find s, and what they say when they cannot."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_infoshape import lagrangian_scorer, leakage_scorer, utility_scorer
from sklearn_infoshape.audit.attackers import attack, cross_fitted_bits, recovered_bits
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
