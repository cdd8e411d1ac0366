"""Codes told by typical rows: functions of the code, from ten rows and more, no row's own."""

import pickle
import struct
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.tables import TableReader
from sklearn_infoshape.data.typical import typical_number
from sklearn_infoshape.release.typical_rows import typical_rows
from tests.conftest import cheap, small_problem
from tests.test_tables import FRAME, S, Y, n


def fitted_on(X, y, s, **parameters):
    shaper = InfoShapeTransformer(posterior="linear", random_state=0, **parameters)
    return shaper.fit(X, y, sensitive_features=s)


def test_a_typical_row_is_a_function_of_the_code_near_its_median():
    X, y, s = small_problem(n=600)
    shaper = fitted_on(X, y, s)
    Z = shaper.transform(X)
    rows = shaper.inverse_transform(Z)
    codes = Z.argmax(axis=1)
    assert rows.shape == X.shape
    for code in np.unique(codes):
        own = codes == code
        assert len(np.unique(rows[own], axis=0)) == 1
        middle = np.abs(rows[own][0] - np.median(X[own], axis=0)) / X.std(axis=0)
        assert middle.max() < 0.6
    assert not np.isin(rows, X).any()
    np.testing.assert_array_equal(shaper.inverse_transform(pd.DataFrame(Z)), rows)


def test_typical_rows_of_a_table_are_in_its_columns():
    shaper = fitted_on(FRAME, Y, S)
    Z = shaper.transform(FRAME)
    rows = shaper.inverse_transform(Z)
    assert list(rows.columns) == list(FRAME.columns)
    assert set(rows["ward"].dropna()) <= {"A", "B", "C"}
    assert set(rows["blood"].dropna()) <= {"0", "AB"}
    assert rows["since"].dtype.kind == "M"
    assert rows["age"].min() > 30
    low, high = (rows["age"][Z[:, code] == 1].iloc[0] for code in (0, -1))
    assert low < high  # codes stand in the order of what they say of y, which age tells
    assert len(shaper.inverse_transform(Z[:0])) == 0
    book = shaper.codebook_frame()
    assert len(book) == Z.shape[1]
    assert book["share"].sum() == pytest.approx(1)
    np.testing.assert_allclose(book[["p(y=0)", "p(y=1)"]].sum(axis=1), 1)
    np.testing.assert_array_equal(
        book["p(sensitive_features=1)"], shaper.codebook_["sensitive"]["sensitive_features"][:, 1]
    )
    assert [name for name in book if name.startswith("typical ")] == [
        f"typical {name}" for name in FRAME
    ]


def test_typical_rows_know_large_offsets_names_and_shapes():
    X, y, s = small_problem(n=600)
    X[:, 2] += 1e8
    frame = pd.DataFrame(X, columns=list("abcdef"))
    shaper = fitted_on(frame, y, s)
    rows = shaper.inverse_transform(shaper.transform(frame))
    assert list(rows.columns) == list("abcdef")
    assert np.abs(rows["c"] - 1e8).max() < 3
    polars = fitted_on(pl.from_pandas(frame), y, s)
    pd.testing.assert_frame_equal(polars.inverse_transform(polars.transform(frame)), rows)
    whole = np.column_stack([X[:, 0], np.round(40 + 9 * X[:, 1])])
    typical = fitted_on(whole, y, s).codebook_frame()["typical x1"]
    assert (typical == typical.round()).all()


def test_what_fewer_than_ten_rows_of_a_code_have_is_not_told():
    few = ["a"] * 9 + [f"t{i % 3}" for i in range(n - 9)]
    frame = FRAME.assign(town=few, exact=0.7 + np.arange(n) * np.pi)
    shaper = fitted_on(frame, Y, S)
    content = pickle.dumps(shaper)
    for value in frame["exact"]:
        assert struct.pack("<d", value) not in content
    rows = shaper.inverse_transform(shaper.transform(frame))
    for code in range(shaper.release_.n_outputs):
        own = shaper.transform(frame)[:, code] == 1
        (level,) = set(rows["town"][own])
        counts = frame["town"][own].value_counts()
        assert counts.get(level, 0) >= 10 if isinstance(level, str) else counts.max() < 10


@pytest.mark.whole_search  # a code of ten persons has a loud one among them after a short one
def test_persons_count_once_in_typical_rows():
    X, y, s = small_problem(n=400)
    person = np.arange(400) // 2
    loud = np.where(person < 3, 999.5, X[:, 2])  # many rows of three persons alone
    person[:60] = np.arange(60) % 3
    loud[:60] = 999.5
    shaper = fitted_on(np.column_stack([X[:, :2], loud, person]), y, s, fold_columns=-1)
    Z = shaper.transform(np.column_stack([X[:, :2], loud, person]))
    assert shaper.inverse_transform(Z)[:, 2].max() < 10


def test_codes_that_are_none_are_refused():
    X, y, s = small_problem(n=400)
    shaper = fitted_on(X, y, s)
    k = shaper.release_.n_outputs
    for Z in (np.eye(k + 1), np.full((2, k), 1 / k), np.zeros(k)):
        with pytest.raises(ValueError, match="as transform returns them"):
            shaper.inverse_transform(Z)
    begun = cheap().partial_fit(X, y, s)
    with pytest.raises(ValueError, match="partial_fit and fit_partitions"):
        begun.inverse_transform(np.eye(begun.release_.n_outputs))
    assert "share" in begun.codebook_frame()
    columns = InfoShapeTransformer(channel="gaussian")
    assert not hasattr(columns, "inverse_transform")
    assert not hasattr(columns, "codebook_frame")


def test_without_pandas_there_are_arrays(monkeypatch):
    shaper = fitted_on(FRAME, Y, S)
    Z = shaper.transform(FRAME)
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = shaper.inverse_transform(Z)
    assert (type(rows), rows.shape, rows.dtype) == (np.ndarray, FRAME.shape, object)
    with pytest.raises(ImportError, match=r"\[table\]'; codebook_ has"):
        shaper.codebook_frame()


def test_a_typical_number_is_rounded_to_what_its_rows_span():
    rng = np.random.default_rng(0)
    values = rng.normal(size=2000)
    assert abs(typical_number(values) - np.median(values)) < 0.05
    assert typical_number(np.repeat([1.25, 7.5], 10)) == 1.25
    assert np.isnan(typical_number(np.append(np.arange(9.0), [np.nan] * 20)))
    assert typical_number(np.arange(10) * 1e-9) > 0
    assert typical_number(rng.integers(0, 10**6, size=500).astype(float)).is_integer()


def test_what_few_gaps_were_filled_with_is_no_typical_value():
    x, ward = np.arange(200.0), np.where(np.arange(200) < 10, "A", "B")
    x[:9], x[9] = np.nan, 987
    frame = pd.DataFrame({"x": x, "ward": ward})
    reader = TableReader.fit(frame)
    rows, values = reader.read(frame)
    sample = Sample(rows.astype(np.float32), values=values, blocks=reader.blocks)
    typical = typical_rows(np.eye(2)[(np.arange(200) >= 10).astype(int)], sample)
    assert np.isnan(typical[0, 0])
    assert np.isfinite(typical[1, 0])
