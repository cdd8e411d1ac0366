"""A few rows that give s away, and subgroups of which more is given away than of others."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, hypergeom

from benchmarks.rare_regions import CODES, COLUMNS, found
from sklearn_infoshape import audit_leakage
from sklearn_infoshape.audit.cells import read_cells


def quick(X, s, release=lambda rows: rows, **options):
    settings = {"attackers": "linear", "n_permutations": 0, "random_state": 0, "context": False}
    return audit_leakage(release, X, s, **{**settings, **options})


def rare_code(n=3000, seed=0, share=0.03):
    rng = np.random.default_rng(seed)
    s, codes = rng.integers(2, size=n), rng.integers(4, size=n)
    rare = rng.uniform(size=n) < share
    return np.eye(6)[np.where(rare, 4 + s, codes)], s


# Rare regions -------------------------------------------------------------------------


@pytest.mark.parametrize("law", [*COLUMNS, *CODES])
def test_two_per_cent_of_the_rows_that_say_s_are_found(law):
    assert found(law, True, 0)[0]
    assert not found(law, False, 0)[0]


@pytest.mark.slow
def test_where_nothing_is_nothing_is_found_more_often_than_the_level_says():
    hits = [found(law, False, seed, 2000)[0] for law in ("ends", "two codes") for seed in range(40)]
    assert sum(hits) <= binom.ppf(0.99, len(hits), 0.05)


def test_the_report_shows_rare_regions_and_a_caveat_but_the_same_verdict():
    Z, s = rare_code()
    report, without = quick(Z, s), quick(Z, s, rare_regions=False)
    (scan,) = report.rare_regions
    assert {region.region for region in scan.significant} == {"code 4", "code 5"}
    assert scan.share == pytest.approx(0.03, abs=0.01)
    assert any("2 of 2 tested regions" in caveat for caveat in report.caveats)
    assert "Rare regions of the release" in str(report)
    assert "Rare regions of the release" in report.to_html()
    (values,) = json.loads(json.dumps(report.to_dict(), allow_nan=False))["rare_regions"]
    assert values["n_significant"] == 2
    assert values["regions"][0]["class_share"] == 1.0
    assert report.verdict() == without.verdict()
    assert without.rare_regions == []
    assert not any("tested regions" in caveat for caveat in without.caveats)


def test_the_test_is_fishers_and_limits_hold_together():
    Z, s = rare_code()
    report = quick(Z, s)
    (scan,) = report.rare_regions
    region = scan.regions[0]
    n_class = round(region.prior_share * scan.n_test)
    p = hypergeom.sf(region.n_hits - 1, scan.n_test, n_class, region.n_tested)
    assert p <= region.p_value <= 2 * p  # of two candidates
    assert region.class_share_low == pytest.approx((0.05 / 4) ** (1 / region.n_tested))


def test_a_person_is_one_row_of_the_test():
    Z, s = rare_code(400, share=0.08)
    many = np.repeat(np.arange(400), 8)
    report = quick(Z[many], s[many], groups=many)
    (scan,) = report.rare_regions
    assert scan.n_test == report.settings["rows"]["test"] // 8
    assert all(region.n_tested < 30 for region in scan.regions)


def test_rare_regions_of_several_classes_and_missing_labels():
    rng = np.random.default_rng(0)
    s = rng.choice(["a", "b", "c"], size=4000).astype(object)
    Z = rng.normal(size=(4000, 2))
    rare = rng.uniform(size=4000) < 0.03
    Z[rare & (s == "c"), 1] = 9.0
    s[:400] = None
    (scan,) = quick(Z, s).rare_regions
    assert scan.significant[0].region.startswith(("a repeated value of column 1", "column 1", "a"))
    assert scan.significant[0].alarm_class == 2
    assert scan.significant[0].class_share == 1.0


# Subgroups ----------------------------------------------------------------------------


def ward_table(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    s = rng.integers(2, size=n)
    X = pd.DataFrame(
        {
            "ward": np.array(list("abcd"))[rng.integers(4, size=n)],
            "age": np.where(rng.uniform(size=n) < 0.1, np.nan, rng.normal(50, 20, size=n)),
            "insured": rng.integers(2, size=n).astype(bool),
        }
    )
    return X, s, rng


@pytest.mark.parametrize("is_code", [True, False])
def test_the_subgroup_that_is_given_away_comes_first(is_code):
    X, s, rng = ward_table()
    told = ((X["ward"] == "c") & X["insured"]).to_numpy()
    if is_code:
        Z = np.eye(4)[np.where(told, s, rng.integers(4, size=len(s)))]
    else:
        Z = rng.normal(size=(len(s), 2))
        Z[told, 0] = 3 * s[told]
    report = quick(X, s, lambda rows: Z, subgroups=["ward", "insured"], n_permutations=99)
    subgroups = report.by_role("subgroup")
    assert len(subgroups) <= 5
    first = max(subgroups, key=lambda own: own.bits.low)
    assert first.name == "sensitive_features where ward = c, insured = True"
    assert first.bits.low > 0.3 > report.estimate_bits
    assert report.p_values["subgroup", first.name] <= 0.05
    words = str(report)
    assert "ward = c, insured = True" in words
    assert "ward = c, insured = True" in report.to_html()
    assert len(report.to_dict()["subgroup"]) == len(subgroups)
    assert report.verdict() == quick(X, s, lambda rows: Z, n_permutations=99).verdict()


def test_no_subgroup_is_significant_where_nothing_is_given_away():
    X, s, rng = ward_table(2000)
    Z = np.eye(4)[rng.integers(4, size=len(s))]
    report = quick(X, s, lambda rows: Z, subgroups="auto", n_permutations=199)
    p_values = [p for (role, _), p in report.p_values.items() if role == "subgroup"]
    assert len(p_values) == 5
    assert min(p_values) > 0.05
    assert all(own.bits.low <= 0 for own in report.by_role("subgroup"))


def test_cells_are_named_by_levels_of_a_hundred_persons_and_more():
    X, _, _ = ward_table(1000)
    X.loc[:20, "ward"] = "rare"
    names = [cell.name for cell in read_cells(X, None, np.arange(500), None)]
    assert not any("rare" in name for name in names)
    assert {"ward = a", "insured = True", "age = quarter 1 of 4"} <= set(names)
    assert "age = missing" not in names or X["age"].isna().sum() >= 100
    persons = np.arange(1000) // 3
    cells = read_cells(X, (0, 2), np.arange(500), persons)
    assert all(len(np.unique(persons[cell.inside])) >= 100 for cell in cells)
    numbers = read_cells(np.arange(1000.0).reshape(500, 2), (1,), np.arange(500), None)
    assert [cell.name for cell in numbers] == [f"x1 = quarter {k} of 4" for k in range(1, 5)]


def test_a_report_that_was_pickled_without_rare_regions_is_read():
    s = np.random.default_rng(0).integers(2, size=400)
    report = quick(s[:, None] * 1.0, s)
    assert report.rare_regions
    del report.__dict__["rare_regions"]
    old = pickle.loads(pickle.dumps(report))
    assert json.loads(old.to_json())["rare_regions"] == []
    assert "Rare regions" not in str(old)


def test_no_two_cells_have_one_name():
    rng = np.random.default_rng(0)
    text, amounts = rng.choice(["missing", "here", None], 900), rng.choice([1e6 + 1, 1e6 + 2], 900)
    X = pd.DataFrame({"a": text, "b": amounts, "c": rng.choice(["u", "v"], 900)})
    X.columns = ["a", "b", "b"]
    names = [cell.name for cell in read_cells(X, None, np.arange(450), None)]
    assert len(set(names)) == len(names)
    own = {"a = missing", "a = missing (no entry)", "b (column 1) = 1000001.0"}
    assert own <= set(names)


def test_a_level_of_two_lines_is_one_row_of_the_table():
    X, s, _ = ward_table(600)
    X = X.assign(ward=np.where(X["ward"] == "a", "two\nlines", "one"))
    report = quick(X, s, lambda rows: np.zeros((len(rows), 1)), subgroups="ward")
    assert "\nward = two lines  " in str(report)


@pytest.mark.parametrize("option", ["rare_regions", "certificate", "context"])
def test_options_that_are_neither_true_nor_false_are_refused(option):
    s = np.random.default_rng(0).integers(2, size=200)
    with pytest.raises(ValueError, match=f"{option}='no' is neither True nor False"):
        quick(s[:, None], s, **{option: "no"})


def test_an_audit_says_where_no_subgroup_can_be_attacked():
    s = np.random.default_rng(0).integers(2, size=400)
    report = quick(pd.DataFrame({"s": s}), s, lambda X: np.zeros((len(X), 1)), subgroups="s")
    assert not report.by_role("subgroup")
    assert any("subgroups: none was attacked" in caveat for caveat in report.caveats)


@pytest.mark.parametrize(
    ("subgroups", "message"),
    [
        ("town", "X has no column 'town'"),
        ([], "subgroups names no column"),
        ("name", "no level of these columns"),
        ("digits", "subgroups: X holds numbers as text"),
    ],
)
def test_subgroups_that_cannot_be_are_refused(subgroups, message):
    X, s, rng = ward_table(500)
    X["name"] = [f"n{i}" for i in range(500)]
    X["digits"] = [f"{i}.5" for i in range(500)]
    with pytest.raises(ValueError, match=message):
        quick(X, s, lambda rows: rng.normal(size=(len(rows), 1)), subgroups=subgroups)
