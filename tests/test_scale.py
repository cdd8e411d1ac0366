"""Many rows: bounded memory, slices that change nothing, members that see enough of them."""

import tracemalloc

import numpy as np
import pytest

from sklearn_infoshape import PosteriorFeatures
from sklearn_infoshape.data import reading
from sklearn_infoshape.data.identities import canonical_rows, row_identities, short_digests
from sklearn_infoshape.data.keyed import keyed_uniforms
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.posterior import fold_fits
from sklearn_infoshape.release import release
from tests.conftest import cheap, small_problem


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
@pytest.mark.parametrize("channel", ["categorical", "gaussian"])
def test_slices_change_no_release(channel, monkeypatch):
    X, y, s = small_problem(300)
    shaper = cheap(channel=channel, posterior="linear").fit(X, y, sensitive_features=s)
    whole = shaper.transform(X)
    for module in (reading, release):
        monkeypatch.setattr(module, "_ROWS_PER_SLICE", 64)
    np.testing.assert_allclose(shaper.transform(X), whole, atol=1e-12)
    np.testing.assert_allclose(shaper.transform(X.tolist()), whole, atol=1e-12)
    assert shaper.transform(X.astype(np.float32)).dtype == np.float32


def test_slices_change_no_posterior_and_no_name(monkeypatch):
    X, y, s = small_problem(300)
    features = PosteriorFeatures("linear", random_state=0).set_output(transform="pandas")
    whole = features.fit(X, y, sensitive_features=s).transform(X)
    monkeypatch.setattr(reading, "_ROWS_PER_SLICE", 64)
    parts = features.transform(X)
    assert list(parts.columns) == list(whole.columns)
    np.testing.assert_allclose(parts, whole, atol=1e-12)


def test_a_bad_row_in_any_slice_is_refused(monkeypatch):
    X, y, s = small_problem(300)
    shaper = cheap(posterior="linear").fit(X, y, sensitive_features=s)
    monkeypatch.setattr(reading, "_ROWS_PER_SLICE", 64)
    X[-1, 0] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity"):
        shaper.transform(X)


def test_a_mapped_file_is_released_in_bounded_memory(tmp_path):
    X, y, s = small_problem(300)
    X = X.astype(np.float32)
    shaper = cheap(posterior="linear").fit(X, y, sensitive_features=s)
    np.save(tmp_path / "rows.npy", np.tile(X, (1000, 1)))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    tracemalloc.start()
    released = shaper.transform(mapped)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < released.nbytes + 50 * 2**20
    np.testing.assert_array_equal(released[:300], shaper.transform(X))
    np.testing.assert_array_equal(released[-300:], shaper.transform(X))


def test_names_of_rows_take_no_room():
    rows = canonical_rows(np.random.default_rng(0).normal(size=(50, 4)))
    names = row_identities(rows)
    assert list(names) == [row.tobytes() for row in rows]
    assert names == row_identities(rows.astype(np.float64))
    assert list(names[10:12]) == list(names)[10:12]
    digests = short_digests(row_identities(np.repeat(rows[:2], [3, 2], axis=0)))
    assert digests.dtype == np.uint64
    assert np.unique(digests, return_counts=True)[1].tolist() in ([3, 2], [2, 3])


def test_a_draw_does_not_depend_on_how_many_are_drawn():
    names = row_identities(np.arange(6.0).reshape(3, 2))
    many = keyed_uniforms(b"key", b"draw", b"fit", names, 19)
    for n_draws in (1, 7, 8, 9, 16):
        assert (keyed_uniforms(b"key", b"draw", b"fit", names, n_draws) == many[:, :n_draws]).all()


def test_holders_of_a_value_are_rows_or_persons():
    rows = np.array([[0.0], [1.0], [0.0], [0.0], [-0.0]], dtype=np.float32)
    assert Sample(rows + 0).holders().tolist() == [4, 1, 4, 4, 4]
    names = [b"a", b"b", b"a", b"c", b"a"]
    assert Sample(rows + 0, names).holders().tolist() == [2, 1, 2, 2, 2]


def test_members_see_enough_rows_and_no_more(monkeypatch):
    monkeypatch.setattr(fold_fits, "_MOST_ROWS", 100)
    monkeypatch.setattr(fold_fits, "_ENOUGH_OF_A_CLASS", 20)
    kept = np.arange(1000) % 4 > 0
    some = fold_fits.enough(kept, 300, 0)
    assert len(some) == 100
    assert kept[some].all()
    assert (np.diff(some) > 0).all()
    assert (fold_fits.enough(kept, 300, 0) == some).all()
    assert len(fold_fits.enough(kept, 25, 0)) == 600  # of the rarest class 20 of 25 rows
    assert (fold_fits.enough(kept, 20, 0) == np.flatnonzero(kept)).all()
    assert len(fold_fits.enough(np.arange(100) < 60, 30, 0)) == 60


def test_many_rows_are_predicted_by_models_of_a_part(monkeypatch):
    monkeypatch.setattr(fold_fits, "_MOST_ROWS", 400)
    monkeypatch.setattr(fold_fits, "_ENOUGH_OF_A_CLASS", 20)
    X, y, s = small_problem(1500)
    shaper = cheap(posterior=["linear", "network"]).fit(X, y, sensitive_features=s)
    assert shaper.utility_estimate_bits_ > 0.3
    assert (shaper.transform(X).sum(axis=1) == 1).all()
