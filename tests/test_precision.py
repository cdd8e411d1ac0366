"""Digits that single precision cannot hold are kept, or their loss is said."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    PosteriorFeatures,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.data.identities import canonical_rows
from sklearn_infoshape.data.precision import find_shift
from sklearn_infoshape.exceptions import PrecisionWarning
from tests.conftest import cheap, small_problem

QUICK = {"posterior": "linear", "channel": CategoricalChannel(n_init=1), "random_state": 0}


@pytest.fixture(autouse=True)
def _short_search(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 10)
    monkeypatch.setattr(annealing, "_STEPS", 10)


@pytest.mark.parametrize("change", [1e8, -1e8, 1e12, [1e8, 0, 0, 1e10, 0, 0]])
def test_an_offset_costs_no_utility(change):
    X, y, s = small_problem(n=300)
    moved = X + np.array(change)
    expected = InfoShapeTransformer(0.1, **QUICK).fit(X, y, s).utility_estimate_bits_
    assert expected > 0.3
    with warnings.catch_warnings():
        warnings.simplefilter("error", PrecisionWarning)
        shaper = InfoShapeTransformer(0.1, **QUICK).fit(moved, y, s)
    assert shaper.utility_estimate_bits_ > expected - 0.1
    sample, _ = shaper._read_rows(moved)
    assert len(set(sample.identities)) == len(X)
    again = pickle.loads(pickle.dumps(shaper))
    np.testing.assert_array_equal(again.transform(moved[:7]), shaper.transform(moved)[:7])
    offset = shaper.column_shift_.offset
    assert not any(value in moved for value in offset[offset != 0])


@pytest.mark.parametrize("scale", [1e-60, 1e60])
def test_units_beyond_single_precision_are_read(scale):
    X, y, s = small_problem(n=300)
    P = PosteriorFeatures("linear", random_state=0).fit(X * scale, y, s).transform(X * scale)
    assert ((P[:, 1] > 0.5) == y).mean() > 0.85


def test_paths_and_partial_fits_take_the_same_offset():
    X, y, s = small_problem(n=300)
    X += 1e9
    path = infoshape_path(X, y, s, [0.1, 0.2], **QUICK)
    assert path[1].transform(X).shape[1] > 1
    np.testing.assert_array_equal(path[0].column_shift_.offset, path[1].column_shift_.offset)
    shaper = cheap().partial_fit(X, y, s)
    offset = shaper.column_shift_.offset
    shaper.partial_fit(X[:50] + 3, y[:50], s[:50])
    np.testing.assert_array_equal(shaper.column_shift_.offset, offset)


def test_what_no_offset_helps_is_named():
    X, y, s = small_problem(n=300)
    X[:, 2] = X[:, 2] + 1e9 * np.repeat([0, 1, 2, 3], 75)
    for data, name in ((X, "column 2 fall"), (pd.DataFrame(X, columns=list("abcdef")), "'c' fall")):
        with pytest.warns(PrecisionWarning, match=f"{name} together.*StandardScaler"):
            PosteriorFeatures("linear", random_state=0).fit(data, y, s)
    came = (10 * small_problem(n=300)[0] + [0, 0, 1e8, 0, 0, 0]).astype(np.float32)
    with pytest.warns(PrecisionWarning, match="came in single precision.* column 2 fall"):
        PosteriorFeatures("linear", random_state=0).fit(came, y, s)
    images = np.random.default_rng(0).normal(size=(50, 3, 3)) + 1e8
    with pytest.warns(PrecisionWarning):
        assert find_shift(images) is None


def test_ordinary_columns_are_read_as_ever():
    rng = np.random.default_rng(0)
    n = 5000
    X = np.column_stack(
        [
            rng.normal(size=n),
            rng.lognormal(sigma=3, size=n),
            rng.integers(1900, 2020, size=n),
            2e4 + rng.uniform(0, 2000, size=n),  # days since 1970
            rng.integers(10**7, 10**9, size=n),
            1e5 + 500 * rng.normal(size=n),
            rng.integers(2, size=n) * 1e9,
            np.r_[1e12, rng.normal(size=n - 1)],
            np.full(n, 3.3),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_shift(X) is None
        assert find_shift(X.astype(np.float32)) is None
    shift = find_shift(np.column_stack([X, X[:, 0] + 1e8]))
    apart = shift.apply(np.column_stack([X, X[:, 0] + 1e8]))
    np.testing.assert_array_equal(canonical_rows(apart[:, :-1]), canonical_rows(X))
    np.testing.assert_allclose(apart[:, -1], X[:, 0], atol=1e-7)
