"""Ramps and products: curves and pairs for a linear model, at borders that no row places."""

import numpy as np
import pytest
from sklearn.feature_selection import f_classif

from sklearn_infoshape import PosteriorFeatures
from sklearn_infoshape.posterior.additive import (
    MostTelling,
    PiecewiseLinear,
    Products,
    most_telling,
)
from sklearn_infoshape.posterior.members import MEMBERS, member_names


def ramps_of(X, **options):
    fitted = PiecewiseLinear(**options).fit(X)
    return fitted, fitted.transform(X)[:, X.shape[1] :]


def test_ramps_rise_from_0_to_1_one_after_the_other():
    X = np.random.default_rng(0).lognormal(size=(2000, 1))
    fitted, ramps = ramps_of(X)
    assert ramps.shape == (2000, 6)
    ordered = ramps[np.argsort(X[:, 0])]
    assert (np.diff(ordered, axis=0) >= 0).all()
    np.testing.assert_allclose(fitted.starts_[1:], (fitted.starts_ + fitted.widths_)[:-1])
    for before, after in zip(ramps.T[:-1], ramps.T[1:], strict=True):
        assert (before[after > 0] == 1).all()


@pytest.mark.parametrize("n", [12, 25, 65, 110, 400])
def test_ten_rows_lie_in_each_ramp_and_beyond_and_none_on_a_border(n):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        normal, skewed = rng.normal(size=n), rng.lognormal(size=n) ** 3
        X = np.column_stack([normal, skewed, rng.integers(5, size=n), normal.round(1)])
        fitted = PiecewiseLinear().fit(X)
        ends = fitted.starts_ + fitted.widths_
        for column, start, end in zip(fitted.columns_, fitted.starts_, ends, strict=True):
            values = X[:, column]
            below, above = values < start, values > end
            assert below.sum() >= 10
            assert above.sum() >= 10
            assert (~below & ~above).sum() >= 10
            assert not np.isin([start, end], values).any()


def test_columns_of_one_or_two_values_have_no_ramps():
    n = 300
    X = np.column_stack([np.zeros(n), np.arange(n) % 2, np.arange(n) % 3])
    fitted, ramps = ramps_of(X)
    np.testing.assert_array_equal(fitted.columns_, [2])
    np.testing.assert_allclose(np.unique(ramps), [0, 0.5, 1], atol=0.3)
    assert ramps_of(X[:, :2])[1].shape == (n, 0)


def test_many_columns_have_few_ramps_each_or_none():
    X = np.random.default_rng(0).normal(size=(500, 150))
    _, ramps = ramps_of(X[:, :60])
    assert ramps.shape == (500, 180)
    assert ramps_of(X)[1].shape == (500, 0)  # one would nearly be the column itself


def test_products_are_of_the_columns_that_tell_most():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=500)
    X = rng.normal(size=(500, 20))
    X[:, [3, 17]] += y[:, None]
    X[:, 5] = 1.0
    X[:, 8] = 1e9 * y
    fitted = Products(n_columns=3, scale=2.0).fit(X, y)
    np.testing.assert_array_equal(fitted.first_, [3, 3, 8])
    np.testing.assert_array_equal(fitted.second_, [8, 17, 17])
    np.testing.assert_allclose(fitted.transform(X)[:, 20], 2.0 * X[:, 3] * X[:, 8])
    assert Products().fit(X[:, :1], y).transform(X[:, :1]).shape == (500, 1)


@pytest.mark.parametrize(
    ("law", "least"),
    [
        (lambda X: np.abs(X[:, 0]) > 0.7, 0.85),  # a curve
        (lambda X: X[:, 0] * X[:, 1] + 0.5 * (X[:, 0] + X[:, 1]) > 0, 0.85),  # a pair
    ],
)
def test_the_member_learns_what_a_linear_one_cannot(law, least):
    X = np.random.default_rng(0).normal(size=(3000, 6))
    y = law(X).astype(int)
    known = {}
    for name in ("linear", "additive"):
        fitted = MEMBERS[name]((1000, 6), 300, 0, "cpu").fit(X[:1000], y[:1000])
        known[name] = (fitted.predict_proba(X[1000:]).argmax(1) == y[1000:]).mean()
    assert known["additive"] > max(least, known["linear"] + 0.05)


def test_rows_of_no_weight_choose_no_column():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=400)
    X = rng.normal(size=(400, 6))
    X[:200, 1] += y[:200]
    X[200:, 4] += 3 * y[200:]
    light = np.r_[np.ones(200), np.full(200, 1e-6)]
    np.testing.assert_array_equal(most_telling(X, y, 1), [4])
    np.testing.assert_array_equal(most_telling(X, y, 1, light), [1])
    assert MostTelling(1).fit(X, y, light).transform(X).shape == (400, 1)
    assert 1 in Products(2).fit(X, y, light).first_


def test_the_order_is_that_of_f_statistics():
    rng = np.random.default_rng(1)
    y = rng.integers(3, size=200)
    X = rng.normal(size=(200, 30)) + 0.2 * rng.normal(size=30) * y[:, None]
    for k in (1, 5, 29):
        best = np.sort(np.argsort(-f_classif(X, y)[0])[:k])
        np.testing.assert_array_equal(most_telling(X, y, k), best)


def test_weights_count_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = (X[:, 0] > 0).astype(int)
    y[300:] = 1 - y[300:]  # these rows say the contrary
    weights = np.r_[np.ones(300), np.zeros(300)]
    features = PosteriorFeatures("additive", random_state=0)
    found = features.fit(X, y, sample_weight=weights).transform(X)[:, 1]
    assert ((found > 0.5) == (X[:, 0] > 0)).mean() > 0.9


def test_of_few_noisy_rows_it_says_more_than_trees():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 12))
    truth = 1 / (1 + np.exp(-np.abs(X[:, 0]) + 0.7 - 0.5 * X[:, 1:5].sum(axis=1) / 2))
    y = (rng.random(5000) < truth).astype(int)
    said = {}
    for name in ("boosting", "additive"):
        fitted = MEMBERS[name]((800, 12), 300, 0, "cpu").fit(X[:800], y[:800])
        said[name] = np.log2(fitted.predict_proba(X[800:])[np.arange(4200), y[800:]]).mean()
    assert said["additive"] > said["boosting"] + 0.01


def test_the_default_has_it_up_to_two_hundred_columns():
    assert "additive" in member_names("auto", (500, 200))
    assert "additive" not in member_names("auto", (500, 201))


def test_a_member_of_few_rows_sees_each_class():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = (np.arange(600) == 17).astype(int)
    member = MEMBERS["additive"]((600, 2), 1, 0, "cpu").set_params(most_rows=20)
    np.testing.assert_array_equal(member.fit(X, y).classes_, [0, 1])
