"""Bits that a fit says of its own code: as rows that chose nothing show them."""

import numpy as np
import pytest

from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer
from sklearn_infoshape.codes.objective import Worth
from sklearn_infoshape.release.estimates import code_bits


def rows(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = X[:, 0] + 0.5 * rng.normal(size=n) > 0
    s = X[:, 0] + 2 * np.sin(2 * X[:, 1]) + 0.5 * rng.normal(size=n) > 0
    return X, y.astype(int), s.astype(int)


def fits(monkeypatch, X, y, s, *, sample_weight=None, **settings):
    """The same fit, with what the rows hide of fresh ones and without."""
    shaper = InfoShapeTransformer(**{"posterior": "boosting", "random_state": 0} | settings)
    fitted = shaper.fit(X, y, sensitive_features=s, sample_weight=sample_weight)
    with monkeypatch.context() as patch:
        patch.setattr(Worth, "hidden_bits", lambda self, Z, n: np.zeros(len(self.terms)))
        plain = InfoShapeTransformer(**shaper.get_params(deep=False))
        plain.fit(X, y, sensitive_features=s, sample_weight=sample_weight)
    return fitted, plain


@pytest.mark.whole_search
def test_dear_s_is_said_as_fresh_rows_show_it(monkeypatch):
    X, y, s = rows(600, 0)
    fitted, plain = fits(monkeypatch, X, y, s, privacy_multiplier=3.0)
    X_fresh, _, s_fresh = rows(20_000, 1)
    Z = fitted.transform(X_fresh)
    assert (plain.transform(X_fresh) == Z).all()
    fresh = code_bits(Z, np.eye(2)[s_fresh]).value
    gap = abs(fitted.leakage_estimate_bits_ - fresh)
    assert gap < abs(plain.leakage_estimate_bits_ - fresh)
    assert gap < 2.5 * fitted.leakage_standard_error_bits_
    assert fitted.leakage_standard_error_bits_ > plain.leakage_standard_error_bits_


def test_what_is_hidden_is_what_fresh_rows_add_to_pinned_means():
    rng = np.random.default_rng(0)
    n, spread = 400, rng.beta(0.5, 0.5, 100_000)
    found = []
    for _ in range(200):
        of_code = rng.integers(4, size=n)
        p = spread[rng.integers(100_000, size=n)]
        Z, posterior = np.eye(4)[of_code], np.column_stack([p, 1 - p])
        masses = Z.T @ posterior / n  # of fresh rows of one law: all that they say is chance
        expected = masses.sum(axis=1, keepdims=True) * masses.sum(axis=0)
        information = (masses * np.log2(masses / expected)).sum()
        found.append((information, Worth([posterior], [2], np.ones(1)).hidden_bits(Z, n)[0]))
    chance, hidden = np.mean(found, axis=0)
    assert chance == pytest.approx(hidden / 2, rel=0.15)


@pytest.mark.parametrize("leakage", ["marginal", "conditional"])
@pytest.mark.parametrize("weight", [None, 2.0])
def test_persons_weights_and_conditional_leakage_are_corrected_too(monkeypatch, leakage, weight):
    X, y, s = rows(600, 0)
    table = np.column_stack([X, np.arange(600) // 2])
    weights = None if weight is None else np.full(600, weight)
    settings = {"fold_columns": [3], "leakage": leakage, "posterior": "linear"}
    fitted, plain = fits(
        monkeypatch, table, y, s, privacy_multiplier=1.0, sample_weight=weights, **settings
    )
    assert fitted.leakage_estimate_bits_ > plain.leakage_estimate_bits_ + 1e-4
    assert 0 < abs(fitted.utility_estimate_bits_ - plain.utility_estimate_bits_) < 0.01


def test_the_correction_is_that_of_the_codes_that_are_delivered(monkeypatch):
    X, y, s = rows(600, 0)
    channels = [CategoricalChannel(max_posterior_shift=shift) for shift in (None, 0.3)]
    added, numbers = [], []
    for channel in channels:
        fitted, plain = fits(
            monkeypatch, X, y, s, channel=channel, privacy_multiplier=0.1, posterior="linear"
        )
        numbers.append(fitted.transform(X).shape[1])
        added.append(fitted.leakage_estimate_bits_ - plain.leakage_estimate_bits_)
    assert numbers[1] < numbers[0]
    assert added[1] < added[0]


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CalibrationWarning")
def test_few_values_are_said_as_they_are(monkeypatch):
    X, y, s = (part[:30].repeat(20, axis=0) for part in rows(30, 0))
    fitted, plain = fits(monkeypatch, X, y, s, posterior="linear")
    assert fitted.leakage_estimate_bits_ == plain.leakage_estimate_bits_
