"""Bits that a fit says of its own code: as rows that chose nothing show them."""

import numpy as np
import pytest

from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.codes.objective import Objective
from sklearn_infoshape.fitting import codes, optimism
from sklearn_infoshape.release.estimates import Estimate, code_bits


def rows(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = X[:, 0] + 0.5 * rng.normal(size=n) > 0
    s = X[:, 0] + 2 * np.sin(2 * X[:, 1]) + 0.5 * rng.normal(size=n) > 0
    return X, y.astype(int), s.astype(int)


def shaper(**settings):
    return InfoShapeTransformer(3.0, posterior="boosting", random_state=0, **settings)


def test_dear_s_is_said_as_fresh_rows_show_it(monkeypatch, tmp_path):
    X, y, s = rows(600, 0)
    fitted = shaper(memory=str(tmp_path)).fit(X, y, s)
    monkeypatch.setattr(codes, "optimism", lambda *_: None)
    before = shaper(memory=str(tmp_path)).fit(X, y, s)
    X_fresh, _, s_fresh = rows(20_000, 1)
    Z = fitted.transform(X_fresh)
    assert (before.transform(X_fresh) == Z).all()
    fresh = code_bits(Z, np.eye(2)[s_fresh]).value
    gap = abs(fitted.leakage_estimate_bits_ - fresh)
    assert gap < abs(before.leakage_estimate_bits_ - fresh)
    assert gap < 2.5 * fitted.leakage_standard_error_bits_


@pytest.mark.parametrize("n", [100, 170])
def test_few_rows_are_left_as_they_are(n, monkeypatch):
    found = []
    original = codes.optimism
    monkeypatch.setattr(codes, "optimism", lambda *a: found.append(original(*a)))
    X, y, s = rows(n, 0)
    InfoShapeTransformer(0.5, posterior="linear", random_state=0).fit(X, y, s)
    assert found == [None]


def test_errors_grow_with_what_was_hidden():
    own, other = [Estimate(0.01, 0.003), Estimate(0.5, 0.02)], [Estimate(0.0, 0.004)] * 2
    found = optimism.corrected(own, other, 1000)
    assert np.allclose(found, [(0.01, 0.005), (0.5, np.hypot(0.02, 0.004))])
    more = optimism.corrected(own, [Estimate(0.01, 0.004)] * 2, 1000)
    assert more[0].value == pytest.approx(0.02)
    assert more[0].deviation == pytest.approx(np.sqrt(0.005**2 + 0.02 / 1000 / np.log(2)))


def test_the_bias_of_posteriors_is_what_draws_of_rows_show():
    rng = np.random.default_rng(0)
    n, codes = 400, np.repeat(np.arange(4), 5000)
    law = rng.dirichlet(np.full(3, 0.3), 20_000) * 0.9 + 0.1 * np.eye(3)[codes % 3]
    truth, _ = optimism._bits_and_bias(codes, law, np.full(20_000, 1 / 20_000), 20_000)
    found = []
    for _ in range(300):
        rows = rng.integers(20_000, size=n)
        found.append(optimism._bits_and_bias(codes[rows], law[rows], np.full(n, 1 / n), n))
    values, biases = np.array(found).T
    noise = (values - biases).std() / np.sqrt(300)
    assert (values - biases).mean() == pytest.approx(truth, abs=3.5 * noise)
    assert values.mean() > truth + 5 * noise  # so that the bias matters


def test_persons_are_left_out_whole(monkeypatch):
    X, y, s = rows(1200, 0)
    who = np.repeat(np.arange(300), 4)
    kept = []
    original = Objective.solve

    def solve(self, problems, posteriors, **settings):
        kept.append(posteriors[0][:, 0])
        return original(self, problems, posteriors, **settings)

    monkeypatch.setattr(Objective, "solve", solve)
    table = np.column_stack([X, who])
    shaper = InfoShapeTransformer(1.0, posterior="linear", fold_columns=[3], random_state=0)
    shaper.fit(table, y, s)
    everyone, *parts = kept
    seen = [set(who[np.isin(everyone, part)]) for part in parts]
    assert [len(part) for part in parts] == [800] * 3
    assert [len(persons) for persons in seen] == [200] * 3
    assert not set.intersection(*seen)


def test_weights_and_conditional_leakage_are_corrected_too():
    X, y, s = rows(600, 0)
    settings = {"posterior": "linear", "random_state": 0, "leakage": "conditional"}
    found = [
        InfoShapeTransformer(2.0, **settings).fit(X, y, s, sample_weight=w)
        for w in (None, np.full(600, 2.0))
    ]
    plain, weighted = (fitted.leakage_estimate_bits_ for fitted in found)
    assert plain == pytest.approx(weighted, abs=0.02)
