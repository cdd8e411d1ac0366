"""fit_partitions: what comes of rows that are never in one place."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    PosteriorFeatures,
    fit_partitions,
)
from sklearn_infoshape.codes.partition import compress
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.fitting.partitions import _drawn_names
from tests.conftest import small_problem

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")

SETTINGS = {"posterior": "linear", "n_components": 4, "random_state": 0}


def in_chunks(rows, *arrays):
    return [da.from_array(array, chunks=(rows, *array.shape[1:])) for array in arrays]


def shaped(X, y, s, rows, rows_in_memory=100_000, **settings):
    shaper = InfoShapeTransformer(**{**SETTINGS, **settings})
    return fit_partitions(shaper, *in_chunks(rows, X, y, s), rows_in_memory=rows_in_memory)


def test_the_release_is_as_good_as_that_of_a_fit_in_memory():
    X, y, s = small_problem(3000)
    whole = InfoShapeTransformer(**SETTINGS).fit(X, y, s)
    parts = shaped(X, y, s, 700, rows_in_memory=1500)
    for name in ("utility_estimate_bits_", "leakage_estimate_bits_"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), abs=0.03)
    Z = parts.transform(X)
    np.testing.assert_allclose(parts.codebook_["share"], Z.mean(axis=0), atol=1e-12)
    law = (Z.T @ np.eye(2)[y]) / Z.sum(axis=0)[:, None]
    np.testing.assert_allclose(parts.codebook_["target"]["y"], law, atol=1e-3)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(parts)).transform(X), Z)


def test_the_partitions_do_not_choose_the_rows_that_are_learned_from():
    X, y, s = small_problem(2000)
    one, other = (shaped(X, y, s, rows, rows_in_memory=800) for rows in (300, 1100))
    for models, others in zip(
        one.release_.posteriors.models, other.release_.posteriors.models, strict=True
    ):
        for fold, same in zip(models, others, strict=True):
            np.testing.assert_array_equal(fold[0][-1].coef_, same[0][-1].coef_)


def test_frames_with_persons_and_sensitive_columns():
    pd = pytest.importorskip("pandas")
    X, y, s = small_problem(1200)
    frame = pd.DataFrame(X).add_prefix("x").assign(s=s, who=np.arange(1200) % 400)
    settings = {"sensitive_columns": "s", "fold_columns": "who"}
    parts = dd.from_pandas(frame, npartitions=3), dd.from_pandas(pd.Series(y), npartitions=3)
    shaper = InfoShapeTransformer(**SETTINGS, **settings)
    fit_partitions(shaper, *parts, rows_in_memory=600)
    assert list(shaper.feature_names_in_) == [f"x{j}" for j in range(6)]
    assert list(shaper.codebook_["sensitive"]) == ["s"]
    Z = shaper.transform(frame.drop(columns="s"))
    np.testing.assert_allclose(shaper.codebook_["share"], Z.mean(axis=0), atol=1e-12)


def test_empty_partitions_and_rows_without_a_sensitive_value():
    pd = pytest.importorskip("pandas")
    X, y, s = small_problem(900)
    s = np.where(np.arange(900) % 3 == 0, np.nan, s)
    table = pd.DataFrame(X).add_prefix("x").assign(y=y, s=s, part=np.arange(900) // 300)
    table = dd.from_pandas(table, npartitions=3)
    table = table[table["part"] != 1]
    shaper = InfoShapeTransformer(**SETTINGS, sensitive_kind="classes")
    fit_partitions(shaper, table.drop(columns=["y", "s", "part"]), table["y"], table["s"])
    assert shaper.sensitive_classes_.tolist() == [0.0, 1.0]
    nothing = table[table["part"] == 1]
    with pytest.raises(ValueError, match="no rows"):
        fit_partitions(shaper, nothing[["x0"]], nothing["y"])


def test_text_and_numbers_name_rows_to_draw():
    pd = pytest.importorskip("pandas")
    reader = InfoShapeTransformer()
    frame = pd.DataFrame({"a": ["x", "y", "x"], "b": [1.0, 2.0, 1.0]})
    names = _drawn_names(reader, frame)
    assert len(set(names)) == 3
    assert names[0][:-8] == names[2][:-8]


def test_a_code_of_few_persons_is_merged_wherever_they_are(monkeypatch):
    X, y, s = small_problem(2000)
    rare = np.arange(2000) % 400 == 0  # 5 rows, in as many partitions
    X[rare] *= 30
    y = np.where(rare, 2, y)
    shaper = shaped(X, y, s, 400, privacy_multiplier=0.0)
    assert shaper.transform(X).sum(axis=0).min() >= 10
    # Ten rows of five persons are too few, too.
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X).assign(who=np.arange(2000))
    frame.loc[np.flatnonzero(X[:, 0] > 2.5)[:300], "who"] = -1
    frame.columns = frame.columns.astype(str)
    columns = [dd.from_pandas(part, npartitions=4) for part in (frame, pd.Series(y), pd.Series(s))]
    shaper = InfoShapeTransformer(0.0, **SETTINGS, fold_columns="who")
    Z = fit_partitions(shaper, *columns).transform(frame)
    assert min(frame["who"][column == 1].nunique() for column in Z.T) >= 10


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.LabelOverlapWarning")
def test_a_label_that_is_sensitive_leaves_one_code():
    X, y, _ = small_problem(900)
    with pytest.warns(CollapsedEncoderWarning):
        shaper = shaped(X, y, y, 300, privacy_multiplier=5.0)
    assert shaper.transform(X).shape == (900, 1)


def test_prototypes_of_parts_stand_for_all_rows():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=(5000, 1))
    points, counts = compress([np.hstack([p, 1 - p])])
    assert counts.sum() == 5000
    assert len(counts) <= 1000
    np.testing.assert_allclose(counts @ points[0][:, 0] / 5000, p.mean(), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"posterior": None}, "posterior='auto'"),
        ({"channel": "gaussian"}, "channel='categorical'"),
        ({"leakage": "conditional"}, "leakage='marginal'"),
    ],
)
def test_settings_that_need_all_rows_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        shaped(*small_problem(200), 100, **change)


def test_unsuitable_collections_are_refused():
    X, y, s = small_problem(200)
    shaper = InfoShapeTransformer(**SETTINGS)
    X_parts, y_parts, s_parts = in_chunks(100, X, y, s)
    with pytest.raises(TypeError, match="Dask array"):
        fit_partitions(shaper, X, y_parts, s_parts)
    with pytest.raises(ValueError, match="rechunk"):
        fit_partitions(shaper, X_parts.rechunk((100, 2)), y_parts, s_parts)
    with pytest.raises(ValueError, match="1, 2"):
        fit_partitions(shaper, X_parts, y_parts.rechunk(200), s_parts)
    with pytest.raises(ValueError, match="Partition 0"):
        fit_partitions(shaper, X_parts, y_parts.rechunk(((50, 150),)), s_parts)
    with pytest.raises(ValueError, match="rows_in_memory=5"):
        fit_partitions(shaper, X_parts, y_parts, s_parts, rows_in_memory=5)
    assert not hasattr(shaper, "release_")


def test_frames_are_read_alike_however_they_are_parted():
    X, y, s = small_problem(400)
    code = pd.Series(np.where(X[:, 0] > 0, 1, 2) + 2 * (X[:, 1] > 0))
    digits = np.where(np.arange(400) < 300, "7", "A").astype(object)
    frame = pd.DataFrame({"x": X[:, 0], "code": code, "digits": digits, "y": y, "s": s})
    frame = frame.sort_values(["digits", "code"])
    found = []
    for n_parts in (1, 4):
        table = dd.from_pandas(frame, npartitions=n_parts, sort=False)
        table["code"] = table["code"].astype("category")
        own = InfoShapeTransformer(posterior="linear", release_key=b"k" * 32)
        columns = table[["x", "code", "digits"]], table["y"], table["s"]
        found.append(fit_partitions(own, *columns, rows_in_memory=200))
    one, four = found
    assert one.table_reader_.blocks == four.table_reader_.blocks
    assert four.table_reader_.blocks[1][0] == "category"
    rows = frame[["x", "code", "digits"]].astype({"code": "category"})
    np.testing.assert_array_equal(one.transform(rows), four.transform(rows))


def test_text_in_an_array_and_what_cannot_be_fitted():
    X, y, s = small_problem(400)
    table = np.column_stack([X[:, 0].astype(object), np.where(X[:, 1] > 0, "A", "B")])
    parts = [da.from_array(part, chunks=(100, *part.shape[1:])) for part in (table, y, s)]
    own = InfoShapeTransformer(posterior="linear", categorical_features=[1], random_state=0)
    assert fit_partitions(own, *parts).table_reader_.blocks[1][0] == "category"
    with pytest.raises(TypeError, match="transformer is of type PosteriorFeatures"):
        fit_partitions(PosteriorFeatures(), *parts)
    persons = np.column_stack([X, np.arange(400) % 2])
    parts[0] = da.from_array(persons, chunks=(100, -1))
    one_of_two = InfoShapeTransformer(posterior="linear", fold_columns=persons.shape[1] - 1)
    for state in range(20):  # until neither of two persons is drawn
        try:
            fit_partitions(one_of_two.set_params(random_state=state), *parts, rows_in_memory=100)
        except ValueError as error:
            if "rows_in_memory=100" in str(error):
                return
    pytest.fail("no draw was refused")


def test_single_codes_are_limited_by_the_counts_of_all_partitions():
    X, y, s = small_problem(2000)
    rng = np.random.default_rng(0)
    y = np.where(rng.random(2000) < 0.3, s, y)  # what tells y tells s
    own = {"privacy_multiplier": 0.01, "n_components": 4}
    loose = shaped(X, y, s, 900, **own)
    (shift,) = loose.codebook_["posterior_shift"].values()
    assert shift.max() > 0.2
    channel = CategoricalChannel(n_init=1, max_posterior_shift=0.15)
    tight = shaped(X, y, s, 900, channel=channel, **own)
    (shift,) = tight.codebook_["posterior_shift"].values()
    assert shift.max() < 0.15
    assert len(shift) > 1
    np.testing.assert_allclose(tight.codebook_["share"], tight.transform(X).mean(axis=0))
    with pytest.raises(ValueError, match="counts rows, not persons"):
        shaped(X, y, s, 900, channel=channel, fold_columns=[0])
