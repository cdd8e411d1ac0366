"""Which columns are sensitive and which name persons: resolved once, however they are named."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    PosteriorFeatures,
    audit_leakage,
    infoshape_path,
    leakage_scorer,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.data.columns import resolve_columns
from sklearn_infoshape.data.frames import values_of
from sklearn_infoshape.data.identities import row_identities
from sklearn_infoshape.data.persons import shared_persons
from sklearn_infoshape.exceptions import PrecisionWarning, UnknownPersonWarning
from tests.conftest import budget_search

NAMES = ["a", "site", "b", "sex", "c", "person"]
QUICK = {"posterior": "linear", "channel": CategoricalChannel(n_init=1), "random_state": 0}


@pytest.fixture(scope="module", autouse=True)
def short_search():
    """What is read does not depend on how long stage two searches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(annealing, "_FREE_STEPS", 10)
        patch.setattr(annealing, "_STEPS", 10)
        yield


def table(n=240):
    """Features a, b, c; two sensitive columns, and persons of four rows each."""
    rng = np.random.default_rng(0)
    sex, site = rng.integers(2, size=(2, n))
    a, b, c = rng.normal(size=(3, n))
    columns = [a + sex, site, b + site, sex, c, np.repeat(np.arange(n // 4), 4)]
    return np.column_stack(columns), (a + b > 0).astype(int)


X, y = table()
FRAME = pd.DataFrame(X, columns=NAMES)
CONTAINERS = {
    "array": X,
    "objects": X.astype(object),
    "masked": np.ma.masked_array(X),
    "pandas": FRAME,
    "numbered": pd.DataFrame(X),
    "polars": pl.DataFrame(FRAME.to_dict("list")),
}
WITH_NAMES = ("pandas", "polars")
MASK = np.array([False, True, False, True, False, False])
# All of these mean: sensitive are sex and site, and person names persons.
SPELLINGS = {
    "positions": ([3, 1], 5),
    "from the end": ([-3, -5], -1),
    "mixed": ([3, -5], [-1]),
    "numpy": (np.array([3, 1]), np.int64(-1)),
    "names": (["sex", "site"], "person"),
    "names and positions": (["sex", -5], 5),
    "names as an Index": (pd.Index(["sex", "site"]), ["person"]),
}


def fit(columns, persons, data=X, **settings):
    shaper = InfoShapeTransformer(
        [0.1, 0.2], sensitive_columns=columns, fold_columns=persons, **QUICK, **settings
    )
    return shaper.fit(data, y)


@pytest.fixture(scope="module")
def expected():
    """The release of a transformer that was told everything by position."""
    Z = fit([3, 1], 5).transform(X)
    assert Z.shape[1] > 2
    return Z


def without(container, *names):
    gone = [NAMES.index(name) for name in names]
    data = CONTAINERS[container]
    if container in WITH_NAMES:
        kept = [name for name in NAMES if name not in names]
        return data[kept]
    if container == "numbered":
        return data.drop(columns=gone)
    return np.delete(data, gone, axis=1)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_takes_the_same_columns_of_every_container(spelling, container):
    sensitive, persons = SPELLINGS[spelling]
    data = CONTAINERS[container]
    if "names" in spelling and container not in WITH_NAMES:
        with pytest.raises(ValueError, match=r"are names|no column"):
            resolve_columns(data, sensitive, persons)
        return
    roles = resolve_columns(data, sensitive, persons)
    assert (roles.sensitive, roles.persons) == ((3, 1), (5,))
    for part in (data, without(container, "sex", "site")):
        rest, taken, named = roles.split(part)
        np.testing.assert_array_equal(np.asarray(rest, dtype=float), X[:, [0, 2, 4]])
        np.testing.assert_array_equal(named[0][1], X[:, 5])
        if part is data:
            np.testing.assert_array_equal(np.column_stack([v for _, v in taken]), X[:, [3, 1]])
        else:
            assert taken is None


@pytest.mark.parametrize("container", ["array", "pandas", "numbered", "polars"])
def test_a_mask_marks_columns(container):
    for mask in (MASK, list(MASK), MASK.astype(object), pd.Series(MASK)):
        assert resolve_columns(CONTAINERS[container], mask, -1).sensitive == (1, 3)


def test_a_mask_with_an_index_is_never_read_against_it():
    by_name = pd.Series(MASK, index=NAMES)
    assert resolve_columns(FRAME, by_name).sensitive == (1, 3)
    for data, mask in (
        (FRAME, by_name.sort_values()),
        (FRAME, by_name.iloc[:-1]),
        (X, by_name),
        (X, pd.Series(MASK)[::-1]),
    ):
        with pytest.raises(ValueError, match=r"index that is not .* columns of X.*mask.index"):
            resolve_columns(data, mask)


@pytest.mark.parametrize("container", ["array", "pandas", "numbered", "polars"])
def test_fit_transform_and_whatever_judges_keep_the_resolution(container, expected):
    data = CONTAINERS[container]
    shaper = fit([-3, 1], -1, data)
    assert len(set(shaper._read_rows(data)[0].identities)) == len(X) // 4  # one identity a person
    bare = without(container, "sex", "site")
    shaper.set_params(sensitive_columns=0, fold_columns=0)  # for a later fit
    for part in (data, bare):
        np.testing.assert_array_equal(np.asarray(shaper.transform(part)), expected)
    np.testing.assert_array_equal(
        np.column_stack([values for _, values in shaper.sensitive_values(data)]), X[:, [3, 1]]
    )
    assert shaper.sensitive_values(bare) is None
    assert np.isfinite(leakage_scorer(shaper, data, y))
    report = audit_leakage(
        shaper, bare, X[:, 3], attackers="linear", n_permutations=0, context=False, random_state=0
    )
    assert np.isfinite(report.leakage_bits)


def test_path_and_budget_keep_the_resolution():
    settings = {**QUICK, "sensitive_columns": -3, "fold_columns": [-1]}
    path = infoshape_path(X, y, None, [0.1, 0.2], **settings)
    shaper = budget_search([0.1, 0.2], max_leakage=1.0, cv=2, **settings).fit(X, y)
    bare = np.delete(X, 3, axis=1)
    np.testing.assert_array_equal(path[1].transform(X), path[1].transform(bare))
    np.testing.assert_array_equal(shaper.transform(X), shaper.transform(bare))
    figures = path.evaluate(X, y)
    same = path.evaluate(bare, y, X[:, 3])
    np.testing.assert_array_equal(figures["leakage_bits"], same["leakage_bits"])
    features = PosteriorFeatures("linear", fold_columns=-1, random_state=0).fit(X, y)
    by_place = PosteriorFeatures("linear", fold_columns=5, random_state=0).fit(X, y)
    np.testing.assert_array_equal(features.transform(X), by_place.transform(X))


LABELLED = pd.DataFrame(X, columns=[3, 4, 5, 0, 1, 2])
TUPLES = FRAME.set_axis(pd.MultiIndex.from_product([["z"], NAMES]), axis=1)
TWINS = FRAME.set_axis(["a", "site", "b", "sex", "c", "sex"], axis=1)
REFUSED = {
    "position beyond": ([X, FRAME], 6, None, "X has 6 columns only"),
    "position before": ([X, FRAME], -7, None, "X has 6 columns only"),
    "short mask": ([X, FRAME], [True, False], None, "mask of 2 entries, but X has 6 columns"),
    "a truth value": ([X, FRAME], True, None, "mask of 1 entries"),
    "empty mask": ([X, FRAME], [False] * 6, None, "marks no column"),
    "mask and position": ([X, FRAME], [True, 2], None, "mixes truth values"),
    "twice": ([X, FRAME], [3, -3], None, "twice"),
    "name twice": ([FRAME], ["sex", 3], None, "column 'sex' twice"),
    "both": ([X, FRAME], 5, [5], "one of sensitive_columns and of fold_columns"),
    "a fraction": ([X], 3.0, None, "no position"),
    "a fraction for a label": ([LABELLED], [3.0], None, "no column"),
    "label elsewhere": ([LABELLED], 0, None, "label or a position"),
    "label in place of the end": ([LABELLED], -1, None, "label or a position"),
    "persons by label": ([LABELLED], None, 0, "fold_columns=0: .* label or a position"),
    "unknown name": ([FRAME], "gender", None, "no column 'gender'"),
    "level of a MultiIndex": ([TUPLES], "z", None, "no column 'z'"),
    "twins": ([TWINS], "sex", None, "2 columns named 'sex'"),
    "twins among features": ([TWINS], "site", None, "2 columns named 'sex'"),
    "one dimension": ([X[:, 0]], 0, None, "two dimensions"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_mean_another_column_is_refused_alike(case):
    tables, sensitive, persons, message = REFUSED[case]
    said = set()
    for data in tables:
        with pytest.raises(ValueError, match=message) as error:
            resolve_columns(data, sensitive, persons)
        said.add(str(error.value).replace("'sex'", "3").replace("'person'", "5"))
    assert len(said) == 1


def test_integers_are_positions_where_labels_agree_and_tuples_are_labels():
    assert resolve_columns(LABELLED.rename(columns={3: 0, 0: 3}), 3).sensitive == (3,)
    mixed = pd.DataFrame(X).rename(columns={3: "sex"})
    for spelling in (3, -3, "sex"):
        assert resolve_columns(mixed, spelling).sensitive == (3,)
    for spelling in (("z", "sex"), [("z", "sex")], 3):
        assert resolve_columns(TUPLES, spelling).sensitive == (3,)
    assert resolve_columns(TUPLES, ("z", "sex"), ("z", "person")).persons == (5,)
    assert resolve_columns(FRAME, ("sex", "site")).sensitive == (3, 1)


def test_a_table_of_another_width_is_refused_by_name():
    shaper = fit([3, 1], 5)
    with pytest.raises(ValueError, match="X has 5 columns, but 6 were fitted: 3 features"):
        shaper.transform(X[:, :5])
    with pytest.raises(ValueError, match="fold_columns: X has no column 'person'"):
        fit(["sex", "site"], "person", FRAME).transform(FRAME.drop(columns="person"))


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_names_in_and_names_out(output):
    shaper = InfoShapeTransformer(0.1, sensitive_columns="sex", fold_columns=["person"], **QUICK)
    every = ColumnTransformer([("shape", shaper, NAMES)]).set_output(transform=output)
    steps = make_pipeline(FunctionTransformer(feature_names_out="one-to-one"), shaper)
    steps.set_output(transform=output)
    for composed in (every, steps):
        Z = composed.fit(FRAME, y).transform(FRAME)
        names = composed.get_feature_names_out()
        assert len(names) == Z.shape[1]
        if output != "default":
            assert list(Z.columns) == list(names)
    alone = steps[-1]
    expected = list(alone.get_feature_names_out())
    for names in (NAMES, ["a", "site", "b", "c"], alone.feature_names_in_, FRAME.columns):
        assert list(alone.get_feature_names_out(names)) == expected
    with pytest.raises(ValueError, match="input_features"):
        alone.get_feature_names_out(["other", *NAMES[1:]])
    unnamed = fit([3, 1], 5)
    for names in (NAMES, without("pandas", "sex", "site").columns, list("abc")):
        assert len(unnamed.get_feature_names_out(names)) == unnamed.transform(X).shape[1]
    with pytest.raises(ValueError, match="input_features should have length equal"):
        unnamed.get_feature_names_out(NAMES[:5])


# Persons ------------------------------------------------------------------------------------

LONG = 2**60
IDS = {
    "long integers": np.array([LONG + 1, LONG + 2, LONG + 1], dtype=np.int64),
    "longer than a word": np.array([2**70 + 1, 2**70 + 2, 2**70 + 1], dtype=object),
    "unsigned": np.array([2**63 + 1, 2**63 + 2, 2**63 + 1], dtype=np.uint64),
    "Decimal": np.array([Decimal(LONG + 1), Decimal(LONG + 2), Decimal(LONG + 1)], dtype=object),
    "fractions": np.array([Decimal("0.1"), 0.1, Decimal("0.10")], dtype=object),
    "nullable": values_of(pd.Series([LONG + 1, LONG + 2, LONG + 1, None], dtype="Int64"))[:3],
    "polars with a gap": values_of(pl.Series([LONG + 1, LONG + 2, LONG + 1, None]))[:3],
    "text": np.array(["anna", "bert", "anna"]),
}


@pytest.mark.parametrize("kind", IDS)
def test_two_persons_are_two_however_long_their_ids(kind):
    names = row_identities(np.zeros((3, 1)), [("id", IDS[kind])])
    assert names[0] == names[2] != names[1]


def test_one_person_is_one_in_every_container():
    containers = [
        np.array([7, 8]),
        np.array([7.0, 8.0], dtype=np.float32),
        np.array([7, 8], dtype=object),
        np.array([Decimal(7), Decimal("8.0")], dtype=object),
        values_of(pd.Series([7, 8], dtype="Int64")),
        values_of(pl.Series([7, 8])),
    ]
    names = [row_identities(np.zeros((2, 1)), [("id", ids)]) for ids in containers]
    assert all(name == names[0] for name in names)
    # As they were named from the beginning: codes of tables with ordinary ids do not change.
    assert names[0][0] == (9).to_bytes(8, "little") + b"n" + np.float64(7).tobytes()
    days = ["2020-01-01", "2020-01-02"]
    dates = [np.array(days, dtype=f"datetime64[{unit}]") for unit in ("D", "s", "ns")]
    dates += [np.array(pd.to_datetime(days).date), values_of(pl.Series(days).str.to_date())]
    names = [row_identities(np.zeros((2, 1)), [("id", values_of(ids))]) for ids in dates]
    assert all(name == names[0] for name in names)


GAPS = {
    "NaN": np.array([1.0, np.nan, np.nan, 1.0]),
    "None": np.array(["a", None, None, "a"], dtype=object),
    "NA": values_of(pd.Series([1, None, None, 1], dtype="Int64")),
    "NaT": np.array(["2020", "NaT", "NaT", "2020"], dtype="datetime64[us]"),
    "masked": values_of(np.ma.masked_array([1, 5, 5, 1], mask=[False, True, True, False])),
}


@pytest.mark.parametrize("kind", GAPS)
def test_rows_of_unknown_persons_are_persons_of_their_own(kind):
    rows = np.arange(4.0)[:, None]
    for columns in ([("id", GAPS[kind])], [("site", np.zeros(4)), ("id", GAPS[kind])]):
        names = row_identities(rows, columns)
        assert names[0] == names[3]
        assert len(set(names)) == 3
        again = row_identities(rows[1:], [(name, values[1:]) for name, values in columns])
        assert names[1:] == again  # a pure function of the row


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.FewRowsWarning")
def test_unknown_and_rounded_persons_are_said_at_fit():
    gaps, rounded = X.copy(), X.copy()
    gaps[::3, 5] = np.nan
    rounded[:, 5] += 2.0**53
    for data, category, message in (
        (gaps, UnknownPersonWarning, "'x5' has no value in 80 of 240 rows"),
        (rounded, PrecisionWarning, "'x5' has numbers of 9007199254740992 and more as float64"),
    ):
        for estimator in (
            InfoShapeTransformer(sensitive_columns=3, fold_columns=5, **QUICK),
            PosteriorFeatures("linear", fold_columns=5, random_state=0),
        ):
            with pytest.warns(category, match=message):
                estimator.fit(data, y)
    shaper = InfoShapeTransformer(0.1, sensitive_columns=[3, 1], fold_columns=5, **QUICK)
    with pytest.warns(UnknownPersonWarning):
        shaper.fit(gaps, y)
    assert len(set(shaper._read_rows(gaps)[0].identities)) == 80 + len(X) // 4


@pytest.mark.parametrize("trained", [np.array([5.0, np.nan, 500.0]), ["5", None], [5]])
def test_an_audit_knows_persons_of_training_whatever_type_holds_them(trained):
    rng = np.random.default_rng(0)
    rows, s = rng.normal(size=(300, 2)), rng.integers(2, size=300)
    groups = np.arange(300) // 2
    with pytest.raises(ValueError, match="straddle: 1 of them"):
        audit_leakage(lambda z: z, rows, s, groups=groups, training_groups=trained)
    long = [("id", np.array([2**60 + 1, 2**60 + 2]))]
    assert shared_persons(long, [("id", np.array([2**60 + 3, 2**60 + 1]))]) == 1
    assert shared_persons([("id", GAPS["NaN"])], [("id", GAPS["None"])]) == 0
