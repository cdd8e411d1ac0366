"""Keyed draws: pure functions of row and key, uniform, independent, and silent."""

import array
import copy
import traceback

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, pearsonr
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    certify_leakage,
    infoshape_path,
)
from sklearn_infoshape.data.identities import canonical_rows, row_identities
from sklearn_infoshape.data.keyed import keyed_uniforms
from sklearn_infoshape.data.keys import ReleaseKey, resolve_key
from tests.conftest import cheap, small_problem

SECRET = b"seventeen secrets"


def noise_of(shaper, X):
    return shaper.transform(X) - np.tanh(shaper.release_.outputs(canonical_rows(X)))


@pytest.fixture(scope="module")
def noisy():
    X, y, s = small_problem()
    return cheap(channel="gaussian", release_key=SECRET).fit(X, y, s)


def test_draws_are_uniform_and_uncorrelated():
    rows = row_identities(np.random.default_rng(0).normal(size=(4000, 3)))
    draws = keyed_uniforms(SECRET, b"draw", b"fit", rows, 11)
    assert kstest(draws.ravel(), "uniform").pvalue > 0.01
    assert np.abs(np.corrcoef(draws.T) - np.eye(11)).max() < 0.06
    for changed in (
        keyed_uniforms(b"another key", b"draw", b"fit", rows, 11),
        keyed_uniforms(SECRET, b"fold", b"fit", rows, 11),
        keyed_uniforms(SECRET, b"draw", b"another fit", rows, 11),
    ):
        assert abs(pearsonr(draws.ravel(), changed.ravel()).statistic) < 0.02


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_a_row_draws_the_same_in_either_width(values):
    wide = np.array([values], dtype=np.float64)
    narrow = wide.astype(np.float32)
    draws = [keyed_uniforms(SECRET, b"d", b"", row_identities(r), 3) for r in (wide, narrow)]
    np.testing.assert_array_equal(draws[0], draws[1])


def test_negative_zero_is_zero():
    assert (
        canonical_rows(np.array([[-0.0]])).tobytes() == canonical_rows(np.array([[0.0]])).tobytes()
    )


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
def test_the_same_row_gives_the_same_release_alone_in_any_batch_and_order(noisy):
    X = canonical_rows(small_problem(n=50, seed=1)[0]).astype(np.float64)
    whole = noisy.transform(X)
    order = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_allclose(noisy.transform(X[order]), whole[order], atol=1e-12)
    np.testing.assert_allclose(noisy.transform(X[7:8]), whole[7:8], atol=1e-12)
    np.testing.assert_allclose(noisy.transform(X.astype(np.float32)), whole, atol=1e-6)
    assert noisy.transform(X.astype(np.float32)).dtype == np.float32


def test_copies_of_a_row_cannot_be_averaged(noisy):
    X = np.repeat(small_problem(seed=2)[0][:1], 100, axis=0)
    assert np.ptp(noisy.transform(X), axis=0).max() == 0


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
def test_another_key_or_another_fit_draws_other_noise(noisy):
    X, y, s = small_problem()
    fresh = small_problem(n=2000, seed=3)[0]
    first = noise_of(noisy, fresh).ravel()
    assert kstest(first / 0.3, "norm").pvalue > 0.01
    other_key = cheap(channel="gaussian", release_key=b"other").fit(X, y, s)
    other_fit = cheap(channel="gaussian", release_key=SECRET, random_state=1).fit(X, y, s)
    for other in (other_key, other_fit):
        assert abs(pearsonr(first, noise_of(other, fresh).ravel()).statistic) < 0.03


def test_a_key_is_drawn_afresh_by_fit_and_kept_by_partial_fit(problem):
    X, y, s = problem
    shaper = cheap(random_state=None).fit(X, y, s)
    key = shaper.release_.key
    assert shaper.release_.key_is_secret
    assert shaper.partial_fit(X, y, s).release_.key == key
    assert shaper.fit(X, y, s).release_.key != key
    assert not cheap(random_state=0).fit(X, y, s).release_.key_is_secret


def test_the_key_shows_nowhere(problem, tmp_path, capsys):
    X, y, s = problem
    shaper = cheap(release_key=SECRET, verbose=1).fit(X, y, s)
    pipeline = make_pipeline(shaper)
    texts = [repr(shaper), str(shaper.release_), repr(pipeline), pipeline._repr_html_()]
    texts += [str(shaper.get_params()), repr(copy.deepcopy(shaper)), *capsys.readouterr()]
    with pytest.raises(ValueError, match="channel") as error:
        cheap(release_key=SECRET, channel="none").fit(X, y, s)
    texts.append(str(error.value))
    missing = tmp_path / SECRET.decode()
    with pytest.raises(ValueError, match="release_key") as error:
        cheap(release_key=missing).fit(X, y, s)
    texts.append(str(error.value))
    assert not any(SECRET.decode() in text for text in texts)
    assert not any(shaper.release_.key.hex() in text for text in texts)


class TextPath(str):
    pass


@pytest.mark.parametrize(
    "wrap",
    [
        bytes,
        bytearray,
        memoryview,
        np.bytes_,
        lambda key: array.array("B", key),
        lambda key: np.frombuffer(key, dtype=np.uint8),
        list,
        tuple,
        lambda key: {"key": key},
        lambda key: int.from_bytes(key, "big"),
        lambda key: np.int64(int.from_bytes(key[:7], "big")),
        lambda key: key.decode(),
        lambda key: np.str_(key.decode()),
        lambda key: TextPath(key.decode()),
    ],
)
@pytest.mark.parametrize("kind", [InfoShapeTransformer, InfoShapeTransformerCV, PosteriorFeatures])
def test_a_key_of_any_type_shows_nowhere(kind, wrap, problem):
    key = wrap(SECRET)
    shown = {SECRET.decode(), SECRET.hex(), str(key), repr(key), ", ".join(map(str, SECRET))}
    if kind is InfoShapeTransformerCV:
        estimator = kind(InfoShapeTransformer(release_key=key))
        later = clone(kind(InfoShapeTransformer())).set_params(estimator__release_key=key)
    else:
        estimator = kind(release_key=key)
        later = clone(kind()).set_params(release_key=key)
    texts = []
    for one in (estimator, later, clone(later), copy.deepcopy(later), make_pipeline(later)):
        texts += [repr(one), str(one), one._repr_html_(), repr(one.get_params())]
        texts += [f"{value}{value!r}{value!s}" for value in one.get_params().values()]
        texts += [repr(vars(one)), f"{one.set_params()}"]
    if not isinstance(key, bytes):
        X, y, s = problem
        if kind is InfoShapeTransformerCV:
            later.set_params(max_leakage=0.1)
        with pytest.raises(ValueError, match="release_key") as error:
            later.fit(X, y, s)
        texts.append(str(error.value))
        texts += traceback.format_exception(error.value)
    assert not any(secret in text for secret in shown for text in texts)


def test_paths_and_keys_go_through_clones_unchanged(tmp_path, problem):
    (tmp_path / "key").write_bytes(SECRET)
    X, y, s = problem
    for known in (SECRET, tmp_path / "key", str(tmp_path / "key")):
        shaper = clone(cheap(release_key=known))
        assert shaper.get_params()["release_key"] == known
        assert shaper.fit(X, y, s).release_.key == resolve_key(SECRET, None)
    assert str(tmp_path / "key") in repr(cheap(release_key=tmp_path / "key"))


def test_one_random_state_gives_each_data_a_key_of_its_own(problem):
    X, y, s = problem
    keys = {
        cheap(posterior=posterior).fit(rows, y, s).release_.key
        for posterior in (None, "linear")
        for rows in (X, X.astype(np.float32), X.tolist())
    }
    assert len(keys) == 1
    moved = X.copy()
    moved[7, 2] += 1e-3
    persons = np.column_stack([X, np.arange(len(X))])
    for rows, settings in ((moved, {}), (X[:-1], {}), (persons, {"fold_columns": [6]})):
        other = cheap(**settings).fit(rows, y[: len(rows)], s[: len(rows)])
        assert other.release_.key not in keys
    features = [PosteriorFeatures("linear", random_state=0).fit(rows, y) for rows in (X, moved)]
    assert features[0].posteriors_.key != features[1].posteriors_.key
    path = infoshape_path(X, y, s, [0.5, 2.0], posterior="linear", random_state=0)
    assert {path[0].release_.key, path[1].release_.key} == keys


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
def test_a_key_alone_fixes_all_that_is_random(problem):
    X, y, s = problem
    first, second, other = (
        cheap(release_key=key, random_state=None, channel="gaussian").fit(X, y, s)
        for key in (SECRET, SECRET, b"other")
    )
    np.testing.assert_array_equal(first.transform(X), second.transform(X))
    weights = [shaper.release_.weights["head.weight"] for shaper in (first, other)]
    assert (weights[0] != weights[1]).any()
    assert first.release_.key_is_secret


def test_a_certificate_says_whose_key_is_no_secret():
    rng = np.random.default_rng(0)
    found = certify_leakage(rng.integers(3, size=200), rng.integers(2, size=200))
    assert "random_state is no secret" in str(found)
    assert "random_state is no secret" in found.to_dict()["promise"]


def test_a_key_file_is_as_good_as_its_bytes(tmp_path):
    (tmp_path / "key").write_bytes(SECRET)
    assert resolve_key(tmp_path / "key", None) == resolve_key(SECRET, None)
    assert isinstance(resolve_key(SECRET, None), ReleaseKey)
    assert resolve_key(None, None) != resolve_key(None, None)
    with pytest.raises(ValueError, match="empty"):
        resolve_key(b"", None)
