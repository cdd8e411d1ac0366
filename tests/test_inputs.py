"""What comes in, of any library and type: numbers are read, gaps count, the rest is refused."""

import datetime
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    MutualInformationEstimator,
    PosteriorFeatures,
    ShapingGame,
    audit_leakage,
    lagrangian_scorer,
)
from sklearn_infoshape.data.columns import resolve_columns
from sklearn_infoshape.data.features import with_numbers
from sklearn_infoshape.data.label_column import describe_column
from sklearn_infoshape.data.labels import label_columns
from sklearn_infoshape.exceptions import LabelKindWarning
from tests.conftest import cheap, small_problem

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
)

n = 60
AMOUNT = np.round(np.random.default_rng(0).normal(size=n), 2)
DAYS = np.arange(n, dtype=float)
START = datetime.date(1970, 1, 1)
A_DAY = datetime.timedelta(days=1)
# Entries of a column, and the numbers that they are.
NUMBERS = {
    "Decimal": ([Decimal(str(v)) for v in AMOUNT], AMOUNT),
    "Fraction": ([Fraction(str(v)) for v in AMOUNT], AMOUNT),
    "objects": (pd.Series(AMOUNT).astype(object), AMOUNT),
    "mixed": ([int(v) if v == int(v) else np.float32(v) for v in AMOUNT], AMOUNT),
    "truth values": (pd.Series(AMOUNT > 0, dtype=object), AMOUNT > 0),
    "boolean": (pd.array(AMOUNT > 0, dtype="boolean"), AMOUNT > 0),
    "Int64": (pd.array(np.arange(n), dtype="Int64"), DAYS),
    "dates": (pd.date_range("1970-01-01", periods=n), DAYS),
    "dates in ns": (pd.date_range("1970-01-01", periods=n).astype("datetime64[ns]"), DAYS),
    "dates of a zone": (pd.date_range("1970-01-01", periods=n, tz="UTC"), DAYS),
    "plain dates": ([START + A_DAY * i for i in range(n)], DAYS),
    "durations": (pd.to_timedelta(np.arange(n), unit="D"), DAYS),
    "plain durations": (pd.Series([A_DAY * i for i in range(n)], dtype=object), DAYS),
    "periods": (pd.period_range("1970-01-01", periods=n, freq="D"), DAYS),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_whatever_is_a_number_is_read_as_one(kind):
    column, expected = NUMBERS[kind]
    expected = np.asarray(expected, dtype=float)
    frame = pd.DataFrame({"a": AMOUNT, "b": pd.Series(column)})
    before = frame.copy()
    read = with_numbers(frame)
    np.testing.assert_allclose(np.asarray(read, dtype=float)[:, 1], expected, atol=1e-6)
    assert list(read.columns) == ["a", "b"]
    pd.testing.assert_frame_equal(frame, before)
    objects = with_numbers(frame.to_numpy(dtype=object))
    np.testing.assert_allclose(np.asarray(objects, dtype=float)[:, 1], expected, atol=1e-6)
    for labels in (pd.Series(column), list(column), pd.DataFrame({"s": pd.Series(column)})):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LabelKindWarning)
            ((name, values),) = label_columns(labels, "sensitive_features")
            described = describe_column(name, values, parameter="sensitive_features")
            same = describe_column(name, expected, parameter="sensitive_features")
        assert described.n_classes == same.n_classes
        np.testing.assert_array_equal(described.encode(values), same.encode(expected))


@pytest.mark.parametrize("kind", ["Decimal", "plain dates", "plain durations"])
def test_polars_columns_are_read_alike(kind):
    column, expected = NUMBERS[kind]
    frame = pl.DataFrame({"a": AMOUNT, "b": pl.Series(list(column))})
    read = np.asarray(with_numbers(frame), dtype=float)
    np.testing.assert_allclose(read[:, 1], expected, atol=1e-6)
    ((_, values),) = label_columns(frame["b"], "y")
    assert describe_column("y", values, parameter="y", kind="continuous").n_classes == 8


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_fit_reads_frames_of_objects_and_names_what_it_read():
    X, y, s = small_problem(n=120)
    names = list("abcdef")
    objects = pd.DataFrame(X, columns=names).astype(object)
    objects["c"] = [Decimal(str(v)) for v in X[:, 2]]
    expected = cheap().fit(pd.DataFrame(X, columns=names), y, s)
    shaper = cheap().fit(objects, y, s)
    assert list(shaper.feature_names_in_) == names
    np.testing.assert_array_equal(shaper.transform(objects), expected.transform(X))
    features = PosteriorFeatures("linear", random_state=0)
    np.testing.assert_array_equal(
        features.fit(objects, y).transform(objects), features.fit(X, y).transform(X)
    )
    measured = [
        MutualInformationEstimator("copula", random_state=0).fit(rows, X[:, 0]).information_bits_
        for rows in (objects, X)
    ]
    assert measured[0] == measured[1]


LISTS = [[1, 2]] * n
REFUSED_FEATURES = {
    "lists": (pd.DataFrame({"a": AMOUNT, "c": LISTS}), TypeError, "X holds lists in column 'c'"),
    "arrays": (
        pd.DataFrame({"c": [np.ones(2)] * n}),
        TypeError,
        "X holds lists in column 'c'",
    ),
    "polars lists": (pl.DataFrame({"c": LISTS}), TypeError, "X holds lists in column 'c'"),
    "polars structs": (pl.DataFrame({"c": [{"q": 1}] * n}), TypeError, "holds dicts in column 'c'"),
    "objects": (pd.DataFrame({"c": [object()] * n}), TypeError, "entries of type object"),
    "lazy": (pl.DataFrame({"a": AMOUNT}).lazy(), TypeError, r"X is a LazyFrame.*\.collect\(\)"),
    "text": (np.array([["blue"], ["red"]] * (n // 2)), ValueError, "column 0.*OneHotEncoder"),
    "objects of text": (
        np.array([["blue", 1.0]] * n, dtype=object),
        ValueError,
        "text or categories in column 0.*data frame",
    ),
    "one level": (pd.DataFrame({"c": ["blue"] * n}), ValueError, "No column of X tells anything"),
    "dates among numbers": (
        pd.DataFrame({"c": [1.0, START] * (n // 2)}),
        ValueError,
        "X mixes dates and numbers in column 'c'",
    ),
    "complex": (pd.DataFrame({"c": AMOUNT + 1j}), ValueError, "Complex data not supported"),
    "missing": (np.column_stack([AMOUNT, np.full(n, np.nan)]), ValueError, "SimpleImputer"),
    "missing object": (np.array([[1.5], [None]] * (n // 2)), ValueError, "SimpleImputer"),
    "masked": (
        np.ma.masked_array(np.column_stack([AMOUNT, DAYS]), mask=np.eye(n, 2) == 1),
        ValueError,
        "masked entries.*SimpleImputer",
    ),
}


@pytest.mark.parametrize("case", REFUSED_FEATURES)
def test_features_that_are_no_numbers_are_refused_by_kind_and_column(case):
    X, error, message = REFUSED_FEATURES[case]
    y = np.arange(n) % 2
    for estimator in (cheap(), PosteriorFeatures("linear")):
        with pytest.raises(error, match=message) as said:
            estimator.fit(X, y, y)
        assert "blue" not in str(said.value)


REFUSED_LABELS = {
    "lists": (pd.Series(LISTS), "holds lists"),
    "arrays": (pd.Series([np.ones(2)] * n), "holds lists"),
    "tuples": (pd.Series([(1, "a"), (2, "b")] * (n // 2)), "holds lists"),
    "polars lists": (pl.Series(LISTS), "holds lists"),
    "dicts": (pd.Series([{"a": 1}] * n), "holds dicts"),
    "complex": (AMOUNT + 1j, "holds complex numbers"),
    "dates and text": (pd.Series([START, "later"] * (n // 2)), "mixes text"),
    "dates and numbers": (pd.Series([START, 1] * (n // 2)), "mixes dates and numbers"),
    "objects without order": (pd.Series([object() for _ in range(n)]), "no order"),
    "twins": (pd.DataFrame(np.eye(n, 2), columns=["s", "s"]), "2 columns named 's'"),
    "twins of two types": (pd.DataFrame(np.eye(n, 2), columns=[1, "1"]), "2 columns named '1'"),
    "a number": (5, "got an object of type int"),
    "a name": ("sex", "is text, and no name of a column of X"),
    "no columns": (pd.DataFrame(index=range(n)), "table without columns"),
    "infinite among objects": (pd.Series([1.0, np.inf] * (n // 2), dtype=object), "infinity"),
    "infinite decimals": (pd.Series([Decimal(1), Decimal("-inf")] * (n // 2)), "infinity"),
    "lazy": (pl.DataFrame({"s": DAYS}).lazy(), r"LazyFrame.*\.collect\(\)"),
}


def test_rows_of_a_polars_array_are_lists_not_gaps():
    pairs = pl.Series([[1.0, 2.0], [3.0, 4.0]]).list.to_array(2)
    with pytest.raises(TypeError, match="holds lists in column 'pair'"):
        cheap().fit(pl.DataFrame({"a": [1.0, 2.0], "pair": pairs}), [0, 1], [0, 1])


@pytest.mark.parametrize("device", ["tpu", "cuda:x"])
def test_a_device_that_is_none_is_refused_by_name(device):
    X, y = np.column_stack([AMOUNT, DAYS]), np.arange(n) % 2
    for settings in ({"posterior": None}, {"posterior": "network"}):
        with pytest.raises(ValueError, match=f"device='{device}' is none that torch has here"):
            InfoShapeTransformer(device=device, **settings).fit(X, y, y[::-1])


@pytest.mark.parametrize("case", REFUSED_LABELS)
def test_labels_that_are_none_are_refused_by_kind(case):
    labels, message = REFUSED_LABELS[case]
    X = np.column_stack([AMOUNT, DAYS])
    for y, s in ((np.arange(n) % 2, labels), (labels, np.arange(n) % 2)):
        with pytest.raises((ValueError, TypeError), match=message):
            cheap().fit(X, y, s)


HALF = np.arange(n) % 3 == 0
SOME = np.arange(n) % 2
GAPS = {
    "masked": np.ma.masked_array(SOME, mask=HALF),
    "masked column": np.ma.masked_array(SOME[:, None], mask=HALF[:, None]),
    "None": [None if gap else int(v) for gap, v in zip(HALF, SOME, strict=True)],
    "Int64": pd.Series(SOME, dtype="Int64").mask(HALF),
    "boolean": pd.Series(SOME == 1, dtype="boolean").mask(HALF),
    "polars": pl.Series([None if gap else int(v) for gap, v in zip(HALF, SOME, strict=True)]),
    "text": ["f" if v else "m" for v in SOME],
    "category": pd.Series(np.where(SOME, "f", "m")).mask(HALF).astype("category"),
}
GAPS["text"] = [np.nan if gap else v for gap, v in zip(HALF, GAPS["text"], strict=True)]


@pytest.mark.parametrize("kind", GAPS)
def test_gaps_of_every_container_are_missing(kind):
    labels = GAPS[kind]
    ((name, values),) = label_columns(labels, "s")
    described = describe_column(name, values, parameter="s")
    expected = np.eye(2)[SOME] if kind not in ("text", "category") else np.eye(2)[1 - SOME]
    np.testing.assert_array_equal(described.encode(values), expected * ~HALF[:, None])
    assert all(not isinstance(c, float | np.floating) for c in described.classes)  # as they came
    with pytest.raises(ValueError, match="every row needs its task label"):
        cheap().fit(np.column_stack([AMOUNT, DAYS]), labels, SOME)


def test_arrow_tables_are_read_with_their_gaps():
    pa = pytest.importorskip("pyarrow")
    decimals = pa.array([Decimal(str(v)) for v in AMOUNT])
    read = with_numbers(pa.table({"a": AMOUNT, "b": decimals}))
    np.testing.assert_array_equal(np.asarray(read, dtype=float)[:, 1], AMOUNT)
    long = pa.array([None if gap else 2**60 + int(v) for gap, v in zip(HALF, SOME, strict=True)])
    ((name, values),) = label_columns(pa.table({"s": long}), "s")
    described = describe_column(name, values, parameter="s")
    np.testing.assert_array_equal(described.encode(values), np.eye(2)[SOME] * ~HALF[:, None])
    roles = resolve_columns(pa.table({"a": AMOUNT, "s": long}), "s")
    rest, taken, _ = roles.split(pa.table({"s": long, "a": AMOUNT}))
    assert rest.column_names == ["a"]
    assert taken[0][1][1] == 2**60 + 1


def test_masked_sensitive_columns_of_X_are_missing():
    X, y, s = small_problem()
    gaps = np.arange(len(X)) % 3 == 0
    table = np.ma.masked_array(np.column_stack([X, s]), mask=False)
    table.mask[gaps, 6] = True
    shaper = cheap(sensitive_columns=6).fit(table, y)
    expected = cheap().fit(X, y, np.where(gaps, np.nan, s))
    np.testing.assert_array_equal(shaper.transform(table), expected.transform(X))


def test_long_integers_stay_apart_as_classes():
    long = 2**60 + 1 + np.arange(n) % 2
    for labels in (long, list(long), pd.Series(long, dtype="Int64"), long.astype(object)):
        ((name, values),) = label_columns(labels, "s")
        assert describe_column(name, values, parameter="s").n_classes == 2


def test_few_dates_are_classes_and_many_are_amounts():
    few = np.repeat(np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]"), n // 2)
    ((name, values),) = label_columns(few, "s")
    described = describe_column(name, values, parameter="s")
    assert (described.kind, described.n_classes) == ("classes", 2)
    assert described.encode(values).sum() == n


@pytest.mark.parametrize("parameter", ["y", "sensitive_features"])
def test_blended_classes_are_said(parameter):
    rng = np.random.default_rng(0)
    classes = rng.integers(2, size=400)
    kind = "target_kind" if parameter == "y" else "sensitive_kind"
    for blended in (
        np.where(rng.uniform(size=400) < 0.3, rng.uniform(size=400), classes),
        np.where(rng.uniform(size=400) < 0.3, 1 + rng.uniform(size=400), 1.0 + classes),
    ):
        with pytest.warns(LabelKindWarning, match=f"resampler.*{kind}"):
            describe_column(parameter, blended, parameter=parameter)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            describe_column(parameter, blended, parameter=parameter, kind="continuous")
    amounts = [
        rng.normal(size=400),
        np.where(rng.uniform(size=400) < 0.5, 0, rng.exponential(size=400)),  # many zeros
        np.round(rng.gamma(2, 20, size=400), 1),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for amount in amounts:
            describe_column(parameter, amount, parameter=parameter)


@pytest.mark.parametrize("wrap", [np.array, list, pd.Series, lambda row: row[0]])
def test_a_row_that_is_not_in_a_table_is_not_quoted(wrap):
    X, y, s = small_problem(n=120)
    shaper = cheap().fit(X, y, s)
    features = PosteriorFeatures("linear", random_state=0).fit(X, y)
    row = wrap([7712.3456, *[7712.3456] * 119])
    for call in (
        lambda: shaper.transform(row),
        lambda: shaper.fit(row, y, s),
        lambda: features.transform(row),
        lambda: MutualInformationEstimator().fit(row, y),
        lambda: audit_leakage(shaper, row, s),
        lambda: lagrangian_scorer(1.0)(shaper, row, y, sensitive_features=s),
    ):
        with pytest.raises((TypeError, ValueError)) as said:
            call()
        assert "7712" not in str(said.value)


def test_columns_of_one_name_are_refused_in_words():
    X, y, s = small_problem(n=120)
    twice = pd.DataFrame(X, columns=list("aabcde"))
    shaper, features = cheap(), PosteriorFeatures("linear")
    for call in (lambda: shaper.fit(twice, y, s), lambda: features.fit(twice, y)):
        with pytest.raises(ValueError, match="2 columns named 'a'"):
            call()


def test_labels_of_another_kind_than_at_the_fit_are_not_quoted():
    for known, later in (
        (AMOUNT, np.array(["blue"] * n)),
        (SOME, np.array(["blue"] * n)),
        (np.array(["a", "b"] * (n // 2)), SOME),
    ):
        described = describe_column("s", known, parameter="s")
        with pytest.raises(ValueError, match="first fit") as said:
            described.encode(later)
        assert "blue" not in str(said.value)


def test_measured_bits_beyond_the_cap_are_not_called_near_it():
    amounts = np.random.default_rng(0).normal(size=400)
    with pytest.warns(UserWarning, match="no upper end") as said:
        MutualInformationEstimator(random_state=0).fit(amounts[:, None], amounts)
    assert not any("near the" in str(warning.message) for warning in said)


def test_a_ready_transformer_reads_dates_beside_numbers():
    X, y, s = small_problem(n=120)
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(
        since=pd.date_range("2020", periods=120), of=pd.period_range("2020", periods=120, freq="M")
    )
    shaper = InfoShapeTransformer(
        posterior=None, game=ShapingGame(max_epochs=2), random_state=0
    ).fit(frame, y, s)
    assert shaper.n_features_in_ == 8
    assert len(shaper.transform(frame)) == 120


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_what_scikit_learn_gives_out_elsewhere_does_not_reach_inside(output):
    X, y, s = small_problem(n=120)
    many = [np.concatenate([part, part]) for part in (X, y, s)]
    shaper = InfoShapeTransformer(
        posterior="linear", channel=CategoricalChannel(n_init=1), random_state=0
    )
    expected = shaper.fit(X, y, s).transform(X)
    audit = {"attackers": "linear", "n_permutations": 0, "random_state": 0}
    with sklearn.config_context(transform_output=output), warnings.catch_warnings():
        warnings.simplefilter("error")
        Z = shaper.fit(X, y, s).transform(X)
        assert type(Z).__module__.startswith(output)
        P = PosteriorFeatures("linear", random_state=0).fit(X, y, s).transform(X)
        assert type(P).__module__.startswith(output)
        audit_leakage(np.abs, many[0], many[2], many[1], **audit)
        lagrangian_scorer(1.0)(shaper, X, y, sensitive_features=s)
        MutualInformationEstimator("copula", random_state=0).fit(X[:, :2], X[:, 0] + X[:, 3])
    np.testing.assert_array_equal(np.asarray(Z), expected)


def test_the_layout_in_memory_changes_nothing():
    X, y, s = small_problem()
    expected = cheap().fit(X, y, s).transform(X)
    for same in (np.asfortranarray(X), pd.DataFrame(X), np.repeat(X, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(cheap().fit(same, y, s).transform(X), expected)


def test_an_audit_reads_what_a_fit_reads():
    rng = np.random.default_rng(0)
    rows, s = rng.normal(size=(300, 2)), rng.integers(2, size=300)
    audit = {"attackers": "linear", "n_permutations": 0, "context": False, "random_state": 0}
    gaps = np.arange(300) % 3 == 0
    found = [
        audit_leakage(np.abs, rows, labels, **audit)
        for labels in (np.where(gaps, np.nan, s), np.ma.masked_array(s, mask=gaps))
    ]
    assert found[0].leakage_bits == found[1].leakage_bits
    scan = pd.DataFrame(
        {
            "paid": [Decimal(str(round(v, 2))) for v in rows[:, 0]],
            "since": pd.date_range("2020", periods=300),
            "tags": [[1, 2]] * 300,
        }
    )
    report = audit_leakage(np.abs, rows, s, scan=scan, **audit)
    assert list(report.skipped) == ["tags"]
    lazy = pl.DataFrame({"s": s}).lazy()
    for X, labels in ((rows, lazy), (lazy, s)):
        with pytest.raises(TypeError, match=r"LazyFrame.*\.collect\(\)"):
            audit_leakage(np.abs, X, labels, **audit)
