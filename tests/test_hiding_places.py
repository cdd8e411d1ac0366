"""Hiding places in columns that no smooth model sees, found by their digits, values and waves."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sklearn_infoshape import audit_leakage
from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.audit.column_values import ColumnValues
from sklearn_infoshape.reports.tables import NOT_LOOKED_FOR

N = 4000


def _sine(frequency):
    def plant(x, rng):
        x[:] = rng.uniform(size=N)
        return np.sin(2 * np.pi * frequency * x + 1.0) > 0

    return plant


def _bit(number):
    return lambda x, rng: (x.view(np.uint64) >> np.uint64(number)) % 2 == 1


def _digit(base, place):
    return lambda x, rng: np.floor(np.abs(x) * base**place) % base < base / 2


def _permuted(x, rng):
    x[:] = rng.integers(512, size=N)
    return rng.permutation(512)[x.astype(int)] % 2 == 1


def _hashed_cells(x, rng):
    x[:] = rng.uniform(size=N)
    return rng.integers(2, size=513)[(x * 512).astype(int)] == 1


def _third_decimal(x, rng):
    return np.rint(np.abs(x) * 10**12) % 2 == 1


PLANTS = {
    "sine, 200": _sine(200),
    "sine, 331.4": _sine(331.4),
    "sine, 2500": _sine(2500),
    "bit 0": _bit(0),
    "bit 22": _bit(22),
    "bit 40": _bit(40),
    "base 7": _digit(7, 3),
    "base 5": _digit(5, 6),
    "twelfth decimal": _third_decimal,
    "permutation": _permuted,
    "hashed cells": _hashed_cells,
}


@pytest.mark.parametrize("name", PLANTS)
def test_it_is_found(name):
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.normal(size=(N, 2)))
    s = PLANTS[name](X[:, 1], rng).astype(int)
    s = np.where(rng.uniform(size=N) < 0.05, 1 - s, s)
    attacker = fresh_attackers(["low digits"])["low digits"].fit(X[: N // 2], s[: N // 2])
    hits = (attacker.predict(X[N // 2 :]) == s[N // 2 :]).mean()
    assert hits > 0.8


def test_noise_is_not():
    rng = np.random.default_rng(0)
    X, s = rng.normal(size=(N, 3)), rng.integers(3, size=N)
    attacker = fresh_attackers(["low digits"])["low digits"].fit(X[: N // 2], s[: N // 2])
    assert abs((attacker.predict(X[N // 2 :]) == s[N // 2 :]).mean() - 1 / 3) < 0.05


def test_training_rows_get_what_others_show():
    rng = np.random.default_rng(0)
    X, y = rng.integers(200, size=(600, 1)).astype(float), rng.integers(2, size=600)
    features = ColumnValues().fit_transform(X, y)
    # A row's own label in its share would be learnt as truth.
    assert LogisticRegression().fit(features, y).score(features, y) < 0.62


def test_columns_are_said_to_be_found_at_least_and_what_was_not_looked_for():
    rng = np.random.default_rng(0)
    report = audit_leakage(
        lambda rows: rows,
        rng.normal(size=(300, 2)),
        rng.integers(2, size=300),
        attackers="low digits",
        n_permutations=0,
        random_state=0,
    )
    text = " ".join(str(report).split())
    assert "Found at least" in text
    assert all(place in text for place in NOT_LOOKED_FOR)
