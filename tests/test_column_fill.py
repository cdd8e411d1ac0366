"""Later frames with gaps, or without columns, that a fit on numbers alone has not seen."""

import pickle
import struct
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_infoshape import InfoShapeTransformer, PosteriorFeatures
from sklearn_infoshape.exceptions import MissingColumnWarning
from tests.conftest import small_problem

X, Y, S = small_problem(n=200)
FRAME = pd.DataFrame(X, columns=list("abcdef")).assign(k=np.arange(200) % 5)
FIRST = np.arange(200) < 9
LATER = FRAME.assign(b=FRAME["b"].mask(FIRST), k=FRAME["k"].mask(FIRST).astype("Int64"))


def shaper(**parameters):
    return InfoShapeTransformer(posterior="linear", random_state=0, **parameters)


FITTED = shaper().fit(FRAME, Y, S)
CONVERT = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "Arrow": lambda frame: pytest.importorskip("pyarrow").Table.from_pandas(frame),
    "objects": lambda frame: frame.astype(object),
}


@pytest.mark.parametrize("library", CONVERT)
def test_gaps_and_absent_columns_of_a_later_frame_are_typical_values(library):
    fill = dict(zip(FRAME.columns, FITTED.column_fill_.values, strict=True))
    assert fill["k"] == 2
    assert abs(fill["b"] - FRAME["b"].median()) < 0.5
    expected = FITTED.transform(LATER.astype(float).fillna(fill).assign(a=fill["a"]))
    with pytest.warns(MissingColumnWarning, match=r"'a' \(200\), 'b' \(9\), 'k' \(9\)") as said:
        Z = FITTED.transform(CONVERT[library](LATER.drop(columns="a")))
    assert [one.filename for one in said] == [__file__]
    np.testing.assert_array_equal(Z, expected)


def test_posterior_features_fill_alike():
    features = PosteriorFeatures("linear", random_state=0).fit(FRAME, Y)
    with pytest.warns(MissingColumnWarning, match=r"'b' \(9\)"):
        assert np.isfinite(features.transform(LATER)).all()


def test_complete_frames_are_released_as_before_and_so_are_pickles_of_before():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = FITTED.transform(FRAME)
    of_before = pickle.loads(pickle.dumps(FITTED))
    del of_before.column_fill_
    of_before = pickle.loads(pickle.dumps(of_before))
    np.testing.assert_array_equal(of_before.transform(FRAME), expected)
    with pytest.raises(ValueError, match=r"9 entries are NaN, in column 'b' \(9\)"):
        of_before.transform(FRAME.assign(b=LATER["b"]))
    with pytest.raises(ValueError, match="yet now missing"):
        of_before.transform(FRAME.drop(columns="a"))


REFUSED = {
    "most columns are absent": (FRAME[["a", "b", "c"]], "yet now missing"),
    "another order": (FRAME[list("bacdef")], "yet now missing"),
    "a column that was not fitted": (FRAME.drop(columns="a").assign(z=1), "unseen at fit time"),
    "text": (FRAME.assign(a="x"), r"column 'a', which was numbers .*pandas.to_numeric"),
    "infinity": (FRAME.assign(a=np.inf), r"200 entries are infinity, in column 'a' \(200\)"),
    "an array": (FRAME.mask(FRAME > 2).to_numpy(), r"are NaN, in column 0 \("),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_what_is_another_table_is_refused(case):
    later, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        FITTED.transform(later)


@pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
    "ignore::sklearn_infoshape.exceptions.FewRowsWarning",
)
def test_fill_rests_on_ten_persons_and_is_no_rows_value():
    exact = FRAME.assign(exact=100.3 + np.arange(200) * np.pi, who=np.arange(200) // 2)
    fitted = shaper(fold_columns="who").fit(exact, Y, S)
    content = pickle.dumps(fitted)
    assert not any(struct.pack("<d", value) in content for value in exact["exact"])
    few = shaper(fold_columns="who").fit(exact.assign(who=np.arange(200) % 9), Y, S)
    assert np.isnan(few.column_fill_.values).all()
    with pytest.raises(ValueError, match=r"200 entries are NaN, in column 'exact' \(200\)"):
        few.transform(exact.assign(exact=np.nan, who=1))
