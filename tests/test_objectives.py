"""Conditional leakage against enumerated optima, and what a transformer makes of it."""

import itertools

import numpy as np
import pytest
import torch

from sklearn_infoshape import CategoricalChannel
from sklearn_infoshape.codes.objective import Objective, product_target
from sklearn_infoshape.data.terms import Labels, LabelTerm, describe_columns
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import IneffectiveParameterWarning
from sklearn_infoshape.information import plugin_information
from tests.conftest import cheap, small_problem


def nats(codes, law):
    one_hot = torch.eye(int(codes.max()) + 1, dtype=torch.float64)[torch.as_tensor(codes)]
    return plugin_information(one_hot, torch.from_numpy(law)).item()


def price(multiplier):
    columns = [
        describe_columns([(name, np.arange(4) % 2)], parameter=name, kind="auto", n_bins=8)
        for name in ("y", "sensitive_features")
    ]
    terms = (LabelTerm("utility", 1.0, (0.5,) * 2), LabelTerm("leakage", -multiplier, (0.5,) * 2))
    return Labels(*columns, terms)


@pytest.mark.parametrize("multiplier", [0.5, 2.0])
def test_the_best_conditional_code_of_seven_values_is_found(multiplier):
    rng = np.random.default_rng(3)
    joint = rng.dirichlet(np.full(4, 0.4), size=7)
    task = joint.reshape(7, 2, 2).sum(axis=2)

    def lagrangian(codes):
        leakage = nats(codes, joint) - nats(codes, task)
        return nats(codes, task) - multiplier * leakage

    best = max(lagrangian(np.array(c)) for c in itertools.product(range(3), repeat=7))
    objective = Objective.of("conditional", price(multiplier))
    (found,) = objective.solve([price(multiplier)], [joint], n_codes=3, n_init=8, seed=0)
    assert lagrangian(found.outputs([joint]).argmax(1)) == pytest.approx(best, rel=0.02)


def test_columns_of_product_labels_are_their_sums():
    joints = [np.array([[0.1, 0.2, 0.3, 0.4]]), np.array([[0.2, 0.1, 0.0, 0.4, 0.2, 0.1]])]
    task, first, second = Objective("conditional", (2, 2, 3), 1).of_columns(joints)
    np.testing.assert_allclose(task, [[0.3, 0.7]])
    np.testing.assert_allclose(first, [[0.4, 0.6]])
    np.testing.assert_allclose(second, [[0.6, 0.3, 0.1]])
    missing = product_target(np.eye(2), np.zeros((2, 2)))
    assert missing.sum() == 0


@pytest.mark.whole_search
def test_conditional_leakage_lets_y_say_of_s_what_it_says():
    X, y, s = make_shaping_problem(1500, agreement=0.8)
    settings = {
        "posterior": "linear",
        "privacy_multiplier": 4.0,
        "channel": CategoricalChannel(n_init=1),
    }
    marginal = cheap(**settings).fit(X, y, s)
    conditional = cheap(leakage="conditional", **settings).fit(X, y, s)
    assert conditional.utility_estimate_bits_ > marginal.utility_estimate_bits_ + 0.2
    assert conditional.leakage_estimate_bits_ < 0.05
    of_s = conditional.codebook_["sensitive"]["sensitive_features"]
    assert np.ptp(of_s[:, 0]) > 0.3


def test_conditional_leakage_of_two_columns_with_gaps():
    X, y, s = small_problem(n=600)
    gaps = np.where(np.arange(600) % 10 == 0, np.nan, s)
    shaper = cheap(leakage="conditional", posterior="linear", privacy_multiplier=[1.0, 2.0])
    shaper.fit(X, y, np.column_stack([gaps, X[:, 1] > 1]))
    assert shaper.leakage_estimate_bits_.shape == (2,)
    assert shaper.leakage_standard_error_bits_.shape == (2,)
    assert shaper.utility_estimate_bits_ > 0.3


def test_conditional_leakage_says_what_it_needs():
    X, y, s = small_problem()
    with pytest.raises(ValueError, match="leakage='conditional' needs a finite code"):
        cheap(leakage="conditional").fit(X, y, s)
    two = np.column_stack([y, s])
    with pytest.raises(ValueError, match="one column of y; there are 2"):
        cheap(leakage="conditional", posterior="linear").fit(X, two, s)
    shaper = cheap(leakage="conditional", posterior="linear", on_missing_sensitive="ignore")
    with pytest.warns(IneffectiveParameterWarning, match="leakage"):
        shaper.fit(X, y)
    assert shaper.utility_estimate_bits_ > 0.3
