"""What a release says beyond known columns: found where it is, not where they say all of it."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from sklearn_infoshape import audit_leakage
from sklearn_infoshape.audit.beyond_known import _difference, share_out
from sklearn_infoshape.audit.resampling import resample_release
from sklearn_infoshape.audit.splits import deal_rows


def quick(X, Z, s, known, **options):
    """An audit of a release that is given, row by row."""
    settings = {"attackers": "linear", "n_permutations": 99, "random_state": 0, "context": False}
    return audit_leakage(lambda rows: Z, X, s, known=known, sample_size=None, **settings, **options)


def beyond(report):
    (found,) = report.by_role("beyond known")
    return found


def parity(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    known, z = rng.integers(2, size=(2, n))
    return np.column_stack([known, rng.normal(size=n)]).astype(float), z[:, None], known ^ z


def screened(law, n, seed):
    """Known columns that say all that a release of them says."""
    rng = np.random.default_rng(seed)
    ward, age, other = rng.integers(6, size=n), rng.normal(size=n), rng.normal(size=n)
    score = {"product": age * other, "mixed": (ward % 2) * age + 0.3 * ward - 1, "finite": ward - 2}
    says = score[law]
    s = (rng.uniform(size=n) < 1 / (1 + np.exp(-3 * says))).astype(int)
    noisy = says + 0.2 * rng.normal(size=n)
    if law == "product":
        return np.column_stack([age, other]), noisy[:, None], s, [0, 1]
    frame = pd.DataFrame({"ward": np.array(list("abcdef"))[ward], "age": age})
    codes = np.eye(4)[np.digitize(noisy, [-1, 0, 1])]
    return frame, codes, s, ["ward", "age"] if law == "mixed" else "ward"


@pytest.mark.parametrize("is_code", [True, False])
def test_a_parity_with_what_is_known_is_found(is_code):
    X, Z, s = parity()
    Z = np.eye(2)[Z[:, 0]] if is_code else Z + 0.3 * np.random.default_rng(1).normal(size=Z.shape)
    report = quick(X, Z, s, 0)
    assert report.estimate_bits < 0.02
    alone, both = report.by_role("known", "known and release")
    assert max(0.0, alone.bits.value) < 0.02
    assert both.bits.low > 0.5
    assert beyond(report).bits.low > 0.5
    assert beyond(report).null.p_value == 0.01
    assert report.p_values["beyond known", "sensitive_features"] <= 0.02
    nothing = quick(X, Z, s, 1)  # a column that says nothing of the parity
    assert beyond(nothing).bits.low <= 0
    assert beyond(nothing).null is None  # no two rows are exchangeable


def test_the_report_shows_what_is_known_alone_with_the_release_and_beyond():
    X, Z, s = parity(600)
    frame = pd.DataFrame(X, columns=["ward", "noise"])
    options = {"attackers": "linear", "n_permutations": 19, "random_state": 0}
    report = audit_leakage(lambda rows: Z, frame, s, known="ward", **options)
    words = str(report)
    for text in ("Known beforehand: ward", "raw features", "known columns alone", "beyond known"):
        assert text in words
    assert "known columns and release" in report.to_html()
    values = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert values["beyond_known"][0]["at_least"]["bits"] > 0.5
    assert values["known"][0]["attribute"] == "sensitive_features"
    assert values["settings"]["known"] == ["ward"]
    assert any("it is too great" in caveat for caveat in report.caveats)
    assert "beyond known" in set(report.to_frame()["role"])
    without = audit_leakage(lambda rows: Z, frame, s, **options)
    assert report.verdict() == without.verdict()
    assert without.to_dict()["beyond_known"] == []
    assert "Known beforehand" not in str(without)


@pytest.mark.parametrize("law", ["product", "mixed", "finite"])
def test_nothing_is_beyond_what_says_it_all(law):
    found = beyond(quick(*screened(law, 800, 0)))
    assert found.bits.low <= 0 <= found.bits.high
    assert abs(found.bits.value) < 0.03
    if law == "finite":
        assert found.null.p_value > 0.01


def test_the_limit_of_a_known_law_is_below_the_truth():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=4000)
    known, z = (np.where(rng.uniform(size=4000) < share, 1 - s, s) for share in (0.2, 0.1))

    def entropy(p):
        return -p * np.log2(p) - (1 - p) * np.log2(1 - p)

    # H(Z given known) less H(Z given s)
    truth = entropy(0.8 * 0.9 + 0.2 * 0.1) - entropy(0.1)
    found = beyond(quick(known[:, None].astype(float), np.eye(2)[z], s, 0)).bits
    assert truth - 0.1 < found.low < truth < found.high


@pytest.mark.slow
def test_nothing_beyond_is_found_as_seldom_as_the_level_says():
    found = [
        beyond(quick(*screened(law, 500, seed))).bits.low > 0
        for law in ("product", "finite")
        for seed in range(1, 5)
    ]
    assert sum(found) <= binom.ppf(0.99, len(found), 0.05)


def test_two_attributes_and_persons():
    X, Z, s = parity(500)
    twice = np.repeat(np.arange(500), 2)
    both = pd.DataFrame({"odd": s, "known": X[:, 0].astype(int)}).iloc[twice]
    report = quick(X[twice], Z[twice], both.reset_index(drop=True), [0], groups=twice)
    odd, known = report.by_role("beyond known")[:2]
    assert (odd.name, known.name) == ("odd", "known")
    assert odd.bits.low > 0.3
    assert odd.n_groups == odd.n_test // 2
    assert known.bits.low <= 0  # what is known already


def test_releases_are_drawn_given_what_is_known_alone():
    rng = np.random.default_rng(0)
    known = rng.normal(size=(600, 2))
    Z = (known[:, :1] > 0) * 2.0 + 0.1 * rng.normal(size=(600, 1))
    parts = deal_rows([np.zeros(600, dtype=int)], None, rng)
    drawn = resample_release(known, Z, None, parts, None, 0)
    own = Z[np.r_[parts.calibration, parts.test]]
    assert drawn.shape == (16, *own.shape)
    assert np.corrcoef(drawn.mean(axis=0)[:, 0], own[:, 0])[0, 1] > 0.9
    errors = [np.corrcoef((own - 2 * (own > 1))[:, 0], one[:, 0])[0, 1] for one in drawn]
    assert abs(np.mean(errors)) < 0.1  # of the row's own noise nothing is left
    codes = (known[:, 0] > 0).astype(int)
    drawn = resample_release(known, np.eye(2)[codes], codes, parts, None, 0)
    assert (drawn.sum(axis=2) == 1).all()


def test_no_row_costs_more_than_the_worst_that_there_can_be():
    rng = np.random.default_rng(0)
    shares, floors = np.array([0.2, 0.8]), (0.3, 0.05)
    guesses = []
    for floor in floors:
        free = rng.dirichlet([0.1, 0.1], size=5000)
        guesses.append(floor * shares + (1 - floor) * free)
    classes = rng.integers(2, size=5000)
    rows = np.arange(5000)
    gained = np.log2(guesses[1][rows, classes] / guesses[0][rows, classes])
    figure = _difference(gained, shares, *floors)
    assert figure.least[0, 0] <= gained.min() < figure.least[0, 0] + 0.5
    assert figure.most[0, 0] - 0.5 < gained.max() <= figure.most[0, 0]


def test_guesses_are_shared_out():
    alone, both = {}, {"linear": [np.arange(12.0).reshape(6, 2), np.ones((3, 2))]}
    share_out(alone, both, (2, 1))
    assert both["linear"][0].tolist() == [[0, 1], [2, 3]]
    assert alone["linear, release resampled"][0].tolist() == [[6, 7], [8, 9]]


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ("ward", "known='ward' are names, but X is an array"),
        (7, "known=7: X has 2 columns only"),
        ([], "known names no column"),
        ([0, 0], "twice"),
    ],
)
def test_columns_that_are_not_there_are_refused(known, message):
    X, Z, s = parity(200)
    with pytest.raises(ValueError, match=message):
        quick(X, Z, s, known)


def test_columns_that_cannot_be_read_are_refused():
    X, Z, s = parity(200)
    with pytest.raises(ValueError, match="known: 'x1' cannot be read"):
        quick(np.where(X == 1, np.nan, X) * [1, np.inf], Z, s, 1)
    with pytest.raises(ValueError, match="1 dimension"):
        quick(X[:, 0], Z, s, 0)
    twins = pd.DataFrame(X, columns=["a", "a"])
    with pytest.raises(ValueError, match="known='a': X has 2 columns named 'a'; give positions"):
        quick(twins, Z, s, "a")
    frame = pd.DataFrame({"name": [f"n{i}" for i in range(200)]})
    with pytest.raises(ValueError, match="'name' cannot be read"):
        quick(frame, Z, s, "name")


@pytest.mark.parametrize("size", [1e40, 1e307])
def test_releases_beyond_single_precision_are_audited(size):
    X = np.random.default_rng(0).uniform(0.5, 1.0, size=(800, 2))
    s = (X[:, 0] > 0.75).astype(int)
    settings = {"attackers": "linear", "n_permutations": 0, "random_state": 0, "context": False}
    found = []
    for own in (1.0, size):
        release = partial(np.multiply, own)
        report = audit_leakage(release, X, s, known=1, subgroups=[1], **settings)
        found.append([report.by_role(role)[0].bits.value for role in ("beyond known", "subgroup")])
        assert report.rare_regions[0].n_significant
    assert found[1] == pytest.approx(found[0], abs=0.1)
