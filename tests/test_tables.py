"""Data frames of mixed columns: read natively, alike in every library, and nothing rare is kept."""

import datetime
import pickle
import struct
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklearn_infoshape import InfoShapeTransformer, PosteriorFeatures, audit_leakage
from sklearn_infoshape.data.reading import read_rows
from sklearn_infoshape.data.tables import TableReader, is_mixed, table_names
from sklearn_infoshape.exceptions import (
    LabelKindWarning,
    MissingColumnWarning,
    UnknownPersonWarning,
)
from tests.conftest import cheap

pa = pytest.importorskip("pyarrow")

n = 300
rng = np.random.default_rng(0)
Y, S = rng.integers(2, size=n), rng.integers(2, size=n)
START = datetime.datetime(2020, 1, 1, 9)
GAPS = rng.uniform(size=n) < 0.15


def with_gaps(values):
    return [None if gap else value for gap, value in zip(GAPS, values, strict=True)]


def mixed_frame():
    """Columns that tell y and s, of every kind, with gaps in each."""
    ages = with_gaps(np.round(40 + 9 * Y + 3 * rng.normal(size=n), 1).tolist())
    return pd.DataFrame(
        {
            "age": pd.Series(ages, dtype="float64"),
            "visits": pd.array(with_gaps(rng.integers(9, size=n).tolist()), dtype="Int64"),
            "ward": pd.Series(with_gaps(np.array(["A", "B", "C"])[S + (Y > S)].tolist())),
            "blood": pd.Categorical(np.array(["0", "AB"])[rng.integers(2, size=n)]),
            "smokes": pd.array(with_gaps((rng.uniform(size=n) < 0.5).tolist()), dtype="boolean"),
            "since": pd.to_datetime(
                with_gaps([START + datetime.timedelta(hours=7 * i) for i in range(n)])
            ),
        }
    )


FRAME = mixed_frame()
POLARS = pl.from_pandas(FRAME)
SAME = {
    "polars": POLARS,
    "Arrow": POLARS.to_arrow(),
    "objects": FRAME.astype(object),
    "Arrow types in pandas": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "columns in another order": FRAME[FRAME.columns[::-1]],
    "single precision": FRAME.assign(age=FRAME["age"].astype("float32")),
}


def shaper(**parameters):
    return InfoShapeTransformer(**{"posterior": "linear", "random_state": 0, **parameters})


@pytest.mark.parametrize("kind", SAME)
def test_a_table_is_released_alike_from_every_library(kind):
    fitted = shaper().fit(FRAME, Y, S)
    expected = fitted.transform(FRAME)
    assert fitted.n_features_in_ == FRAME.shape[1]
    assert fitted.utility_estimate_bits_ > 0.3
    np.testing.assert_array_equal(fitted.transform(SAME[kind]), expected)
    assert fitted._read_rows(SAME[kind])[0].identities == fitted._read_rows(FRAME)[0].identities
    if kind not in ("columns in another order", "single precision"):
        again = shaper().fit(SAME[kind], Y, S)
        np.testing.assert_array_equal(again.transform(FRAME), expected)


def test_fit_and_transform_give_a_training_row_the_same_code():
    for posterior in (["linear", "boosting"], "network", "kernel"):
        Z = shaper(posterior=posterior).fit_transform(FRAME, Y, sensitive_features=S)
        again = shaper(posterior=posterior).fit(FRAME, Y, S)
        np.testing.assert_array_equal(again.transform(FRAME), Z)
        some = FRAME.iloc[::7]
        np.testing.assert_array_equal(again.transform(some), Z[::7])
    features = PosteriorFeatures("linear", random_state=0)
    P = features.fit_transform(FRAME, Y, sensitive_features=S)
    np.testing.assert_array_equal(features.transform(POLARS), P)
    assert P[:, 1][Y == 1].mean() > P[:, 1][Y == 0].mean() + 0.2


def test_one_stage_and_batches_read_tables_too():
    fitted = cheap().fit(FRAME, Y, S)
    assert len(fitted.transform(FRAME)) == n
    begun = cheap().partial_fit(FRAME[:150], Y[:150], S[:150])
    begun.partial_fit(FRAME[150:], Y[150:], S[150:])
    assert len(begun.transform(FRAME)) == n


@pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.IdentifierColumnWarning",
    "ignore::sklearn_infoshape.exceptions.LabelOverlapWarning",
)
def test_numbers_are_read_as_they_were_and_what_is_mixed_is_found():
    numbers = FRAME[["age"]].fillna(1.0).assign(whole=range(n), flag=Y == 1)
    objects = numbers.astype(object).assign(price=[Decimal(i) / 8 for i in range(n)])
    for frame in (numbers, objects, pl.from_pandas(numbers), pl.from_pandas(numbers).to_arrow()):
        assert not is_mixed(frame)
        assert shaper().fit(frame, Y, S).table_reader_ is None
    for name in FRAME:
        assert is_mixed(FRAME[[name]])


COLUMNS = {
    "numbers": (np.arange(40.0), [""]),
    "gaps in nine rows": ([None] * 9 + [*range(31)], [""]),
    "gaps in ten rows": ([None] * 10 + [*range(30)], ["", " missing"]),
    "truth values": (pd.array([True, None, False, True] * 10, dtype="boolean"), ["", " missing"]),
    "nine of a level": (["a"] * 31 + ["b"] * 9, ["=a"]),
    "ten of a level": (["a"] * 30 + ["b"] * 10, ["=a", "=b"]),
    "rare levels": (["a"] * 30 + [*"bcdefghijk"[:10]], ["=a"]),
    "empty text": (["a"] * 20 + ["b"] * 10 + [" ", ""] * 5, ["=a", "=b", " missing"]),
    "1 and '1'": (pd.Categorical([1, "1"] * 10 + ["2"] * 20), ["=1", "=2"]),
    "digits": (["1", "2"] * 20, ["=1", "=2"]),
    "days": ([datetime.date(2020, 1, 1 + i % 28) for i in range(40)], [" days", " weekday"]),
    "one moment a month": (
        [datetime.datetime(2020, 1 + i % 12, 1, 5) for i in range(40)],
        [" days", " month", " weekday"],
    ),
    "hours of a zone": (
        pd.date_range("2020-03-01", periods=40, freq="h", tz="Asia/Tokyo"),
        [" days", " month", " weekday", " hour"],
    ),
    "times of day": ([datetime.time(i % 24, 30) for i in range(40)], [""]),
    "durations": ([datetime.timedelta(hours=i) for i in range(40)], [""]),
    "decimals": ([Decimal(i) / 4 for i in range(40)], [""]),
    "dictionary of Arrow": (
        pa.array(["a", None, "b", "a"] * 10).dictionary_encode(),
        ["=a", "=b", " missing"],
    ),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_what_a_column_becomes(case):
    values, expected = COLUMNS[case]
    frames = [pd.DataFrame({"c": values})] if not isinstance(values, pa.Array) else []
    if not isinstance(values, pd.Categorical):
        frames.append(pa.table({"c": pa.array(values)}))
        frames.append(pl.from_arrow(frames[-1]))
    for frame in frames:
        reader = TableReader.fit(frame)
        assert reader.names == [f"c{name}" for name in expected]
        rows, names = reader.read(frame)
        assert rows.shape == (40, len(expected))
        assert np.isfinite(rows).all()
        assert len(set(names)) == len({str(v) for v in pd.Series(values).tolist()}) or case in (
            "1 and '1'",
            "empty text",
        )


def test_dates_become_parts_of_the_calendar_in_utc():
    moments = pd.date_range("2024-02-28 23:30", periods=40, freq="36h", tz="Europe/Berlin")
    rows, _ = TableReader.fit(pd.DataFrame({"at": moments})).read(pd.DataFrame({"at": moments}))
    utc = moments.tz_convert("UTC")
    np.testing.assert_allclose(rows[:, 0], utc.as_unit("us").asi8 / 86_400e6)
    expected = [utc.month, utc.day_of_week, utc.hour + utc.minute / 60]
    np.testing.assert_allclose(rows[:, 1:], np.column_stack(expected))


REFUSED = {
    "identifier": ([f"person {i}" for i in range(n)], "names rows or persons.*fold_columns"),
    "notes": (["none"] * 50 + [f"note {i}" for i in range(n - 50)], "names rows or persons"),
    "numbers as text": ([f"{i},000" for i in range(n)], "numbers as text.*pandas.to_numeric"),
    "one cell of text among numbers": ([*range(n - 1), "50,000"], "mixes numbers and text"),
    "dates as text": ([f"2020-01-{i % 28 + 1}" for i in range(n)], "dates as text.*to_datetime"),
    "dates among numbers": ([1.0, START] * (n // 2), "mixes dates and numbers"),
    "lists": ([[1, 2]] * n, "holds lists"),
    "infinite": ([np.inf, None] * (n // 2), "infinite numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_column_and_remedy(case):
    values, message = REFUSED[case]
    frame = FRAME.assign(odd=pd.Series(values, dtype=object))
    for estimator in (shaper(), PosteriorFeatures("linear")):
        with pytest.raises((TypeError, ValueError), match=message) as said:
            estimator.fit(frame, Y, S)
        assert "in column 'odd'" in str(said.value)
        assert not any(text in str(said.value) for text in ("person 1", "note 1", "50,000"))


def test_columns_of_one_name_are_refused():
    twice = pd.concat([FRAME, FRAME[["ward"]]], axis=1)
    with pytest.raises(ValueError, match="2 columns named 'ward'"):
        shaper().fit(twice, Y, S)


def test_columns_that_tell_nothing_are_left_out_and_named():
    frame = FRAME.assign(
        nothing=None, few=["a", *[None] * (n - 1)], towns=[f"town {i % 50}" for i in range(n)]
    )
    with pytest.warns(MissingColumnWarning) as said:
        fitted = shaper().fit(frame, Y, S)
    (text,) = [str(one.message) for one in said if one.category is MissingColumnWarning]
    assert "without any entry: 'nothing'" in text
    assert "fewer than ten rows (persons): 'few', 'towns'" in text
    assert said[0].filename == __file__
    expected = shaper().fit(FRAME, Y, S).transform(FRAME)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(fitted.transform(frame), expected)
        shaper().fit(FRAME.assign(always="same"), Y, S)


def test_the_next_month_has_other_levels_and_lacks_a_column():
    fitted = shaper().fit(FRAME, Y, S)
    later = FRAME.assign(ward="built since", blood=None)
    with pytest.warns(MissingColumnWarning, match="without any entry: 'blood'"):
        assert len(fitted.transform(later)) == n
    with pytest.warns(MissingColumnWarning, match="not there: 'age'") as said:
        lacking = fitted.transform(FRAME.drop(columns="age"))
    assert said[0].filename == __file__
    with pytest.warns(MissingColumnWarning, match="without any entry: 'age'"):
        np.testing.assert_array_equal(lacking, fitted.transform(FRAME.assign(age=np.nan)))
    with pytest.raises(ValueError, match="not there when it was fitted: \\['new'\\]"):
        fitted.transform(FRAME.assign(new=1))
    with pytest.raises(ValueError, match="text in column 'age', which was a number"):
        fitted.transform(FRAME.assign(age="old"))
    with warnings.catch_warnings():  # a single row may well have a gap
        warnings.simplefilter("error")
        assert fitted.transform(FRAME[GAPS].iloc[:1]).shape[0] == 1


def test_named_columns_are_categories_whatever_they_hold():
    clinic = (7 * S + 3 * Y) % 11
    frame = FRAME.assign(clinic=clinic)
    named = shaper(categorical_features=["clinic"]).fit(frame, Y, S)
    typed = shaper().fit(frame.assign(clinic=pd.Categorical(clinic)), Y, S)
    assert "clinic=3" in named.table_reader_.names
    np.testing.assert_array_equal(named.transform(frame), typed.transform(frame))
    array = np.column_stack([np.where(GAPS, np.nan, FRAME["age"]), clinic])
    fitted = shaper(categorical_features=[-1]).fit(array, Y, S)
    assert fitted.table_reader_.names[-4:] == ["1=0", "1=10", "1=3", "1=7"]
    assert len(fitted.transform(array)) == n
    codes = frame.assign(s=S)[["s", "clinic", "age"]]  # positions count sensitive columns
    within = shaper(categorical_features=1, sensitive_columns="s").fit(codes, Y)
    assert "clinic=3" in within.table_reader_.names
    with pytest.raises(ValueError, match="categorical_features: X has no column 'klinik'"):
        shaper(categorical_features="klinik").fit(frame, Y, S)
    with pytest.raises(ValueError, match=r"column 'ward'.*categorical_features=None"):
        shaper(categorical_features=None).fit(frame, Y, S)
    with pytest.raises(ValueError, match="posterior__categorical_features"):
        shaper(posterior=PosteriorFeatures("linear", categorical_features="x")).fit(frame, Y, S)


def test_roles_of_columns_are_settled_before_a_table_is_read():
    frame = FRAME.assign(sex=np.array(["f", "m"])[S], patient=[f"p{i // 2}" for i in range(n)])
    fitted = shaper(sensitive_columns="sex", fold_columns="patient").fit(frame, Y)
    assert fitted.n_features_in_ == FRAME.shape[1]
    Z = fitted.transform(frame)
    np.testing.assert_array_equal(fitted.transform(pl.from_pandas(frame).drop("sex")), Z)


RARE_LEVEL, RARE_PERSONS, RARE_NUMBER = "Zwischenwasser", "Obervellach", 9753.1875
MEMBERS = [["boosting", "linear"], "network", "kernel", "components", "additive"]


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
@pytest.mark.parametrize("posterior", MEMBERS, ids=str)
def test_nothing_that_fewer_than_ten_have_is_in_the_bytes_of_a_fit(posterior):
    many = pd.concat([FRAME] * 2, ignore_index=True).assign(
        patient=np.arange(2 * n) // 2, y=np.tile(Y, 2), s=np.tile(S, 2)
    )
    town = np.array(["Linz", "Graz"], dtype=object)[np.arange(2 * n) % 2]
    town[:9] = RARE_LEVEL
    town[20:32] = RARE_PERSONS  # twelve rows of six persons
    many["town"], many.loc[5, "age"] = town, RARE_NUMBER
    many.loc[5, "since"] = rare_day = pd.Timestamp("1961-07-13")
    many["exact"] = 100.3 + np.arange(2 * n) * np.pi  # no two rows share a value
    fitted = shaper(posterior=posterior, fold_columns="patient")
    fitted.fit(many.drop(columns=["y", "s"]), many["y"], many["s"])
    names = fitted.table_reader_.names
    assert "town=Linz" in names
    assert not any(text in name for text in (RARE_LEVEL, RARE_PERSONS) for name in names)
    content = pickle.dumps(fitted)
    for text in (RARE_LEVEL, RARE_PERSONS):
        assert text.encode() not in content
    days = rare_day.value / 86_400e9
    for number in (RARE_NUMBER, days, *many["exact"]):
        assert struct.pack("<d", number) not in content
        assert struct.pack(">d", number) not in content
        assert struct.pack("<f", number) not in content


def test_boosting_reads_gaps_by_itself_and_a_column_a_level():
    fitted = shaper(posterior="boosting").fit(FRAME, Y, S)
    native, bins, trees = (step for _, step in fitted.release_.posteriors.models[0][0][0].steps)
    read = fitted._read_rows(FRAME)[0].rows
    rows, names = native.transform(read), fitted.table_reader_.names
    is_gap = [name.endswith(" missing") for name in names]
    is_level = ["=" in name or name == "ward missing" for name in names]
    assert rows.shape[1] == len(names) - sum(is_gap) + sum(np.logical_and(is_gap, is_level))
    assert trees.is_categorical_ is None
    for position, name in ((0, "age"), (1, "visits")):
        np.testing.assert_array_equal(np.isnan(rows[:, position]), FRAME[name].isna())
    first = names.index(next(name for name in names if name.startswith("ward=")))
    levels = [name for name in names if name.startswith("ward")]
    own = rows[:, 2 : 2 + len(levels)]
    np.testing.assert_array_equal(own, read[:, first : first + len(levels)])
    np.testing.assert_array_equal(np.isnan(bins.transform(rows)), np.isnan(rows))
    numbers = shaper(posterior="boosting").fit(FRAME[["age"]].fillna(40.0), Y, S)
    assert len(numbers.release_.posteriors.models[0][0][0].steps) == 2


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_rows_of_weight_zero_teach_no_level_and_are_as_if_absent(library):
    frame = FRAME.assign(ward=FRAME["ward"].mask(np.arange(n) < 10, "planted"))
    weights = np.where((np.arange(n) == 0) | (np.arange(n) % 7 == 3), 0.0, 1.0)
    counted = weights > 0
    convert = {"pandas": pd.DataFrame, "polars": pl.from_pandas, "arrow": pa.Table.from_pandas}
    own = cheap(posterior=["linear", "boosting"], random_state=0)
    own.fit(convert[library](frame), Y, sensitive_features=S, sample_weight=weights)
    assert b"planted" not in pickle.dumps(own)
    alone = cheap(posterior=["linear", "boosting"], random_state=0)
    alone.fit(frame[counted], Y[counted], sensitive_features=S[counted])
    np.testing.assert_array_equal(own.transform(frame), alone.transform(frame))


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.TrainingOverlapWarning")
def test_an_audit_measures_what_a_mixed_table_tells_itself():
    rng = np.random.default_rng(1)
    frame = pd.concat([FRAME] * 3, ignore_index=True)
    frame["age"] += rng.normal(size=len(frame))
    y, s = np.tile(Y, 3), np.tile(S, 3)
    settings = {"attackers": "linear", "n_permutations": 0, "random_state": 0}
    fitted = shaper(privacy_multiplier=30.0).fit(frame, y, s)
    found = {}
    for name, table in (("pandas", frame), ("polars", pl.from_pandas(frame))):
        report = audit_leakage(fitted, table, s, y, training_X=frame, **settings)
        assert not any("not measured" in caveat for caveat in report.caveats)
        assert any("100.0% occur" in caveat for caveat in report.caveats)
        found[name] = report.by_role("raw")[0].bits.value
    assert found["pandas"] == found["polars"] > 0.3
    lists = frame.assign(tags=[[1]] * len(frame))
    report = audit_leakage(lambda X: fitted.transform(X.drop(columns="tags")), lists, s, **settings)
    assert any("not measured" in caveat for caveat in report.caveats)
    named = frame.assign(record=[f"r{i}" for i in range(len(frame))], s=s)
    owner = shaper(sensitive_columns="s", fold_columns="record").fit(named, y)
    report = audit_leakage(owner, named, s, y, **settings)
    assert report.by_role("raw")[0].bits.value < 0.9  # s itself is no feature
    report = audit_leakage(lambda X: owner.transform(X), named, s, y, **settings)
    assert any("different in nearly every row: 'record'" in text for text in report.caveats)


def test_labels_of_arrow_dictionaries_keep_their_gaps():
    labels = pa.chunked_array([pa.array(["f", None, "m"] * (n // 3)).dictionary_encode()])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LabelKindWarning)
        fitted = shaper().fit(FRAME, Y, pa.table({"s": labels}))
    assert list(fitted.sensitive_classes_) == ["f", "m"]
    assert table_names(pa.table({"s": labels}))[1] != table_names(pa.table({"s": labels}))[2]


def test_rows_without_a_person_are_named_by_all_that_a_table_holds():
    frame = FRAME.assign(pid=[None] * 60 + [f"p{i % 90}" for i in range(n - 60)])
    frame["ward"] = [f"rare{i}" for i in range(9)] + ["A", "B", "C"] * 97
    frame.loc[:8, FRAME.columns.drop("ward")] = frame.loc[0, FRAME.columns.drop("ward")].to_numpy()
    with pytest.warns(UnknownPersonWarning):
        fitted = shaper(fold_columns="pid").fit(frame, Y, sensitive_features=S)
    assert len(set(read_rows(fitted, frame.iloc[:9])[0].names)) == 9


@pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
    "ignore::sklearn_infoshape.exceptions.LabelOverlapWarning",
)
def test_categories_of_lists_and_of_later_batches():
    table = [[float(i % 7), "AB"[i % 2]] for i in range(n)]
    fitted = shaper(categorical_features=[1]).fit(table, Y, sensitive_features=S)
    assert fitted.table_reader_.blocks[1][0] == "category"
    assert fitted.transform(table[:5]).shape[0] == 5
    numbers = np.column_stack([np.arange(n) % 7, Y]).astype(np.float32)
    assert shaper(categorical_features=[1]).fit(numbers, Y, S).transform(numbers).dtype == "f4"
    begun = cheap(posterior=None).partial_fit(numbers, Y, S)
    begun.partial_fit(numbers, Y, S)
    with pytest.raises(ValueError, match="categorical_features was set since the first call"):
        begun.set_params(categorical_features=[1]).partial_fit(numbers, Y, S)
