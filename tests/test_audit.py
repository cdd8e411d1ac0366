"""Audits: what is planted is found, nothing is found where nothing is, misuse is refused."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.impute import IterativeImputer
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, TargetEncoder
from sklearn.svm import LinearSVC

from sklearn_infoshape import InfoShapeTransformer, LeakageDisplay, PosteriorFeatures, audit_leakage
from sklearn_infoshape.audit.attackers import choose_attackers
from sklearn_infoshape.audit.permutation import label_permutations
from sklearn_infoshape.data.scaling import CompressExtremes
from sklearn_infoshape.exceptions import (
    LeakageExceededError,
    SupervisedStepWarning,
    TrainingOverlapWarning,
)
from tests.conftest import cheap, small_problem


def identity(rows):
    return np.asarray(rows, dtype=float)


def flipped(s, rng, share=0.1):
    return np.where(rng.uniform(size=len(s)) < share, 1 - s, s)


FLIPPED_BITS = 1 + 0.1 * np.log2(0.1) + 0.9 * np.log2(0.9)  # of a bit with one flip in ten


def quick(X, s, y=None, release=identity, **options):
    settings = {"attackers": "linear", "n_permutations": 99, "random_state": 0, **options}
    return audit_leakage(release, X, s, y, **settings)


def one_bit(n=2000, seed=0):
    """A column that shows s, with one in ten flipped."""
    rng = np.random.default_rng(seed)
    s = rng.integers(2, size=n)
    return np.column_stack([flipped(s, rng), rng.normal(size=n)]).astype(float), s


# At least -----------------------------------------------------------------------------


def _radius(X, rng):
    return np.hypot(X[:, 0], X[:, 1]) > 1.1774


def _parity(X, rng):
    return X[:, 0] * X[:, 1] > 0


def _sine(X, rng):
    X[:, 0] = rng.uniform(size=len(X))
    return np.sin(40 * np.pi * X[:, 0]) > 0


def _low_bit(X, rng):
    return X[:, 1].view(np.uint64) % 2 == 1


@pytest.mark.parametrize(
    ("plant", "attacker"),
    [(_radius, "boosting"), (_parity, "boosting"), (_sine, "boosting"), (_low_bit, "low digits")],
)
def test_what_is_planted_is_found_by_somebody_of_the_default_suite(plant, attacker):
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.normal(size=(5000, 2)))
    s = flipped(plant(X, rng).astype(int), rng)
    report = audit_leakage(identity, X, s, random_state=0, n_permutations=99)
    assert set(report.headline.figures) == {
        "linear",
        "boosting",
        "mlp",
        "neighbours",
        "low digits",
    }
    assert report.headline.figures[attacker]["bits"].value > 0.6 * FLIPPED_BITS
    assert 0.6 * FLIPPED_BITS < report.leakage_bits < FLIPPED_BITS + 0.08
    assert report.headline.bits.low < FLIPPED_BITS
    assert report.headline.figures["linear"]["bits"].value < 0.05
    assert report.headline.null.p_value == 0.01


def test_every_figure_of_a_known_channel():
    X, s = one_bit(10_000)
    found = quick(X[:, :1], s, attackers="default").to_dict()["at_least"]
    for figure, truth in {
        "bits": FLIPPED_BITS,
        "accuracy": 0.9,
        "advantage": 0.4,
        "balanced_accuracy": 0.9,
        "auc": 0.9,
    }.items():
        assert found[f"{figure}_estimate"] == pytest.approx(truth, abs=0.035)
        low, high = found[f"{figure}_interval"]
        assert found[figure] == low < found[f"{figure}_estimate"] < high
    assert found["tpr_at_1_fpr"] < 0.02  # one bit cannot raise few false alarms


def test_few_false_alarms_are_worth_their_own_figure():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=5000)
    Z = rng.normal(size=(5000, 1)) + 9 * (s * (rng.uniform(size=5000) < 0.3))[:, None]
    found = quick(Z, s).to_dict()["at_least"]
    # Those 30 % are sure; of the others nothing is known.
    assert found["tpr_at_1_fpr_estimate"] == pytest.approx(0.3, abs=0.05)
    assert found["tpr_at_1_fpr"] < 0.3
    assert found["false_alarm_rate_estimate"] < 0.01
    few = quick(Z[:1500], s[:1500])
    assert "tpr_at_1_fpr" not in few.to_dict()["at_least"]  # too few rows for a threshold
    assert "TPR@1%" not in str(few)


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(1)
    report = audit_leakage(
        identity, rng.normal(size=(2000, 3)), rng.integers(3, size=2000), random_state=0
    )
    assert report.leakage_bits < 0.01
    assert report.headline.null.p_value > 0.05
    assert report.headline.bits.low <= 0.0


def test_scaling_hides_nothing():
    X, s = one_bit(1000)
    report = quick(X, s, release=lambda rows: identity(rows) * 1e-9 + 5e-3)
    assert report.estimate_bits > 0.4
    assert report.leakage_bits > 0.25


@pytest.mark.parametrize("extremes", [(1e7,), (1e7, -1e12, 1e30)])
def test_a_few_extreme_rows_blind_no_attacker(extremes):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(1200, 2))
    s, amount = (Z[:, 0] > 0).astype(int), Z[:, 0] + 0.1 * rng.normal(size=1200)
    Z[: len(extremes), 0] = extremes
    fitted, fresh = slice(600), slice(600, None)
    names = ["linear", "neighbours"]
    suites = choose_attackers([*names, GaussianNB(), Ridge()], is_code=False)
    for suite, label in zip(suites, (s, amount), strict=True):
        for name, attacker in suite.items():
            score = attacker.fit(Z[fitted], label[fitted]).score(Z[fresh], label[fresh])
            assert score > 0.75, name
    ordinary = Z[len(extremes) :]
    assert (CompressExtremes().fit(Z).transform(Z)[len(extremes) :] == ordinary).all()
    order = CompressExtremes().fit(Z).transform(Z)[:, 0].argsort()
    np.testing.assert_array_equal(order, Z[:, 0].argsort())


def test_classes_amounts_and_several_columns():
    rng = np.random.default_rng(0)
    amount = rng.gamma(2.0, 20_000, size=2000)
    colour = np.array(["red", "green", "blue"])[rng.integers(3, size=2000)]
    X = np.column_stack([np.log(amount) + rng.normal(scale=0.3, size=2000), colour == "red"])
    s = pd.DataFrame({"income": amount, "colour": colour})
    report = quick(X.astype(float), s, attackers="linear")  # 24 classes of both at once
    income, colours = report.by_role("sensitive")
    (joint,) = report.by_role("joint")
    assert income.chosen("rank_correlation").value > 0.8
    assert 0.3 < income.chosen("r2").value < 0.95
    assert income.bits.value > 0.7
    shares = np.array([1 / 3, 2 / 3])
    assert colours.bits.value == pytest.approx(-(shares * np.log2(shares)).sum(), abs=0.05)
    assert joint.bits.value > max(income.bits.value, colours.bits.value) + 0.3
    assert report.headline.name == "income & colour"
    assert "rank corr." in str(report)


@pytest.mark.parametrize("are_codes", [True, False])
def test_amounts_have_their_share_of_variance_in_codes_and_in_columns(are_codes):
    """Of a normal amount, the half line that it is on tells 2/π of the variance."""
    x, s = np.random.default_rng(0).normal(size=(2, 2000))
    release = (x > 0).astype(float)
    noise = 0 if are_codes else np.random.default_rng(1).normal(scale=1e-3, size=2000)
    report = quick((release + noise)[:, None], s, x, n_bins=3, n_permutations=0)
    assert (report.n_codes is not None) == are_codes
    (useful,), (leaked,) = report.by_role("utility"), report.by_role("sensitive")
    assert useful.chosen("r2").low < 2 / np.pi < useful.chosen("r2").high
    assert leaked.chosen("r2").low <= 0.05
    utility = str(report).split("Utility:")[1]
    assert "R²" in utility
    assert "R²" not in str(quick(*one_bit(800), one_bit(800)[1], n_permutations=0))


def test_a_parity_of_two_columns_shows_in_neither_alone():
    rng = np.random.default_rng(0)
    both = rng.integers(2, size=(3000, 2))
    report = quick(both.sum(axis=1, keepdims=True) % 2, both, attackers="default")
    assert max(a.bits.value for a in report.by_role("sensitive")) < 0.05
    assert report.by_role("joint")[0].bits.value > 0.9
    assert report.leakage_bits > 0.9


def test_the_release_beyond_the_task_label():
    rng = np.random.default_rng(0)
    y, more = rng.integers(2, size=(2, 6000))
    s = np.where(rng.uniform(size=6000) < 0.3, more, y)
    for release, known in ((y, 0.0), (s, 1.0)):
        report = quick(release[:, None].astype(float), s, y)
        (beyond,) = report.by_role("given y")
        # H(s given y) with P(s = y) = .85
        truth = -(0.85 * np.log2(0.85) + 0.15 * np.log2(0.15))
        assert beyond.entropy == pytest.approx(truth, abs=0.03)
        assert beyond.bits.value == pytest.approx(known * truth, abs=0.05)
        assert report.floors["sensitive_features"].label_floor == pytest.approx(1 - truth, abs=0.03)
        assert (beyond.null.p_value <= 0.05) == bool(known)
        utility = report.by_role("utility")[0].bits.value
        most = report.floors["sensitive_features"].most_utility(1.0)
        assert utility <= most + 0.05


def test_a_label_score_and_the_raw_rows_are_compared():
    X, y, s = small_problem(n=1500)
    report = quick(X[:, :1], s, y, release=identity)
    assert [a.role for a in report.by_role("raw", "label score")] == ["raw", "label score"]
    wide = quick(X, s, y, release=lambda rows: rows[:, :1])
    assert wide.by_role("raw")[0].bits.value > 0.6
    assert wide.by_role("label score")[0].bits.value < 0.1
    assert wide.by_role("utility")[0].bits.value > 0.6


def test_a_scan_finds_what_nobody_named_and_says_what_it_skipped():
    rng = np.random.default_rng(0)
    X, s = one_bit(2000)
    scan = pd.DataFrame(
        {
            "noise": rng.normal(size=2000),
            "other": X[:, 1],
            "constant": np.ones(2000),
            "town": [f"town {i % 700}" for i in range(2000)],
        }
    )
    report = quick(X, s, scan=scan, n_permutations=199)
    found = {answer.name: answer for answer in report.by_role("scan")}
    assert report.p_values["scan", "other"] < 0.05 < report.p_values["scan", "noise"]
    assert found["other"].bits.value > 1
    assert set(report.skipped) == {"constant", "town"}
    assert "Scan" in str(report)


# At most ------------------------------------------------------------------------------


def test_at_most_is_above_at_least_for_codes_and_in_the_agreed_words():
    X, s = one_bit(3000)
    report = quick(X[:, :1], s, attackers="default")
    assert report.n_codes == 2
    assert list(report.headline.figures) == ["code"]  # nobody can do better: no choice among many
    assert report.headline.bits.low < FLIPPED_BITS < report.at_most.bits < FLIPPED_BITS + 0.1
    words = " ".join(str(report).split())
    assert (
        "No attacker who sees one code of a fresh row, with no side information on the row" in words
    )
    assert "a population average, not per person or code" in words
    assert "the code fixed before the rows were seen" in words


def test_rows_that_placed_bins_are_not_certified():
    rng = np.random.default_rng(0)
    amount, colour = rng.gamma(2.0, size=2000), rng.integers(2, size=2000)
    codes = np.eye(4)[rng.integers(4, size=2000)]
    s = np.column_stack([amount, colour])
    report = quick(codes, s, attackers="code", n_permutations=0)
    n_rows = {name: own.certificate.n_rows for name, own in report.at_most_by_name.items()}
    assert n_rows["sensitive_features[1]"] == 2000
    placed = 2000 - report.settings["rows"]["train"]
    assert n_rows["sensitive_features[0]"] == placed
    assert n_rows["sensitive_features[0] & sensitive_features[1]"] == placed


def test_missing_s_is_said_and_bounded_for_all_rows():
    X, s = one_bit(2000)
    holes = np.where(np.random.default_rng(0).uniform(size=2000) < 0.2, np.nan, s)
    report = quick(X[:, :1], holes, attackers="code", n_permutations=0)
    assert any("missing for" in caveat for caveat in report.caveats)
    everybody = report.to_dict()["at_most"]["all_rows"]
    assert everybody["bits"] > report.at_most.bits + 0.1
    assert "whatever it is there" in " ".join(str(report).split())


def test_columns_have_no_upper_limit():
    X, s = one_bit(500)
    report = quick(X, s)
    assert report.at_most.bits is None
    assert report.to_dict()["at_most"]["text"].startswith("none")
    assert "At most: none" in str(report)


@pytest.mark.filterwarnings("ignore")
def test_a_gaussian_channel_is_bounded_by_its_capacity_where_that_says_anything():
    X, y, s = small_problem(n=400)
    for scale, bounded in ((0.3, False), (5.0, True)):
        shaper = cheap(channel="gaussian", n_components=2, noise_scale=scale, random_state=None)
        report = quick(X, s, release=shaper.fit(X, y, s))
        assert (report.at_most.bits is not None) == bounded
        if bounded:
            assert report.at_most.bits == pytest.approx(np.log2(1 + 1 / 25))
            repeated = quick(np.repeat(X[:200], 2, axis=0), np.repeat(s[:200], 2), release=shaper)
            assert "repeat" in repeated.at_most.text
        else:
            assert "too weak" in report.at_most.text
        assert not any("release_key" in caveat for caveat in report.caveats)


# What is audited -----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_transformers_pipelines_and_callables_are_audited_alike():
    X, y, s = small_problem(n=600)
    shaper = cheap(privacy_multiplier=0.0, max_epochs=30).fit(X[:200], y[:200], s[:200])
    pipeline = make_pipeline(FunctionTransformer(), shaper, LogisticRegression())
    pipeline.fit(X[:200], y[:200], infoshapetransformer__sensitive_features=s[:200])
    X, s = X[200:], s[200:]
    alike = [quick(X, s, release=r) for r in (shaper, shaper.transform)]
    assert alike[0].leakage_bits == alike[1].leakage_bits
    whole = quick(X, s, release=pipeline)
    assert whole.leakage_bits == quick(X, s, release=pipeline[:-1]).leakage_bits
    assert any("random_state" in caveat for caveat in alike[0].caveats)
    assert not any("release key" in caveat for caveat in alike[1].caveats)


def test_several_releases_are_audited_jointly():
    rng = np.random.default_rng(0)
    s, mask = rng.integers(2, size=(2, 2000))
    X = np.column_stack([s ^ mask, mask]).astype(float)
    first, second = (lambda rows: rows[:, :1]), (lambda rows: rows[:, 1:])
    for one in (first, second):
        assert quick(X, s, release=one, attackers="code").leakage_bits < 0.02
    both = quick(X, s, release=[first, second], attackers="code")
    assert both.leakage_bits > 0.95
    assert any("2 releases" in caveat for caveat in both.caveats)


def test_own_attackers_join_the_suite():
    X, s = one_bit(600)
    report = quick(X, s, attackers=["linear", GaussianNB(), {"svm": LinearSVC(), "r": Ridge()}])
    assert set(report.headline.figures) == {"linear", "gaussiannb", "svm"}
    assert report.headline.figures["svm"]["bits"].value > 0.3


def test_an_attacker_that_fails_is_named_and_the_others_go_on():
    class Broken(GaussianNB):
        def fit(self, X, y):
            raise RuntimeError("no")

    X, s = one_bit(400)
    report = quick(X, s, attackers=["linear", {"broken": Broken()}])
    assert any("broken" in caveat for caveat in report.caveats)
    with pytest.raises(ValueError, match="RuntimeError"):
        quick(X, s, attackers={"broken": Broken()})


def test_groups_stay_together_and_widen_the_interval():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(100), 20)
    s = rng.integers(2, size=100)[person]
    face = rng.normal(size=(100, 3))[person]  # the same in all rows of a person
    nearest = {"nearest": KNeighborsClassifier(3)}
    naive = quick(face, s, attackers=nearest)
    fair = quick(face, s, attackers=nearest, groups=person)
    assert naive.leakage_bits > 0.8  # the person is recognised
    assert fair.leakage_bits < 0.1
    assert fair.headline.null.p_value > 0.05
    codes = quick((face[:, :1] > 0).astype(float), s, groups=person, attackers="code")
    alone = quick((face[:, :1] > 0).astype(float), s, attackers="code")
    assert codes.at_most.certificate.n_rows == 100
    width = [r.headline.bits.high - r.headline.bits.low for r in (codes, alone)]
    assert width[0] > width[1]


def test_permutations_respect_groups_and_strata():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), [1, 2, 3] * 20)
    strata = rng.integers(2, size=len(groups))
    mixed = rng.integers(2, size=len(groups))
    for labels in (mixed, mixed[groups]):
        moved = False
        for permuted in label_permutations(labels, groups, strata, 20, rng):
            moved |= (permuted != labels).any()
            assert (np.bincount(2 * permuted + strata) == np.bincount(2 * labels + strata)).all()
            for size in (1, 2, 3):
                own = np.bincount(groups)[groups] == size
                assert (np.sort(permuted[own]) == np.sort(labels[own])).all()
        assert moved


def test_large_data_are_sampled():
    X, s = one_bit(5000)
    report = quick(X, s, sample_size=500)
    assert report.n_rows == 500
    assert any("500 of 5000" in caveat for caveat in report.caveats)
    groups = np.arange(5000) // 5
    grouped = quick(X, s, sample_size=500, groups=groups)
    assert 500 <= grouped.n_rows < 510


def test_rows_whose_attribute_is_missing_are_left_out():
    X, s = one_bit(1000)
    holes = s.astype(float)
    holes[::4] = np.nan
    report = quick(X, holes)
    assert report.headline.n_test < 0.8 * 350
    assert report.leakage_bits > 0.4


# The report -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full_report():
    X, y, s = small_problem(n=1200)
    codes = np.digitize(X[:, :2], [1.5]) @ [[1], [2]]
    return audit_leakage(
        lambda rows: np.eye(4)[codes[: len(rows), 0]],
        X,
        np.column_stack([s, y]),
        y,
        attackers=["default", "linear"],
        scan=pd.DataFrame({"a long name of a column " * 4: X[:, 2]}),
        n_permutations=99,
        random_state=0,
    )


def test_the_report_fits_100_columns_and_has_no_empty_promise(full_report):
    text = str(full_report)
    assert max(map(len, text.splitlines())) <= 100
    for words in ("At least", "At most", "label floor", "Utility", "Scan", "cannot be checked"):
        assert words in text
    assert "only lower limits speak of leakage" in text
    html = full_report._repr_html_()
    assert html.count("<table>") == html.count("</table>") == 1
    assert html.count("<tr>") == 1 + 3
    assert "at least" in repr(full_report)


def test_the_report_as_plain_values(full_report):
    found = json.loads(json.dumps(full_report.to_dict()))
    assert found["at_least"]["bits"] == full_report.leakage_bits
    assert found["at_most"]["bits"] == full_report.at_most.bits
    assert len(found["attributes"]) == 3
    assert found["versions"]["sklearn_infoshape"]
    assert found["settings"]["random_state"] == 0
    frame = full_report.to_frame()
    best = frame[frame.is_best & (frame.figure == "bits") & (frame.role == "joint")]
    assert best.value.item() == pytest.approx(full_report.by_role("joint")[0].bits.value)
    assert (frame.low <= frame.high).all()


def test_the_picture_shows_what_the_report_says(full_report):
    display = LeakageDisplay.from_report(full_report)
    answer = full_report.headline
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == list(answer.figures)
    spans = [line.get_xdata() for line in display.ax_.lines if len(line.get_xdata()) == 2]
    assert [answer.bits.low, answer.bits.high] in list(map(list, spans))
    labelled = {
        line.get_label(): line.get_xdata()[0]
        for line in display.ax_.lines
        if not line.get_label().startswith("_")
    }
    assert sorted(labelled.values()) == sorted(
        [
            full_report.at_most.bits,
            answer.null.bits_limit,
            full_report.floors[answer.name].label_floor,
        ]
    )
    other = LeakageDisplay.from_report(full_report, "sensitive_features[1]", ax=display.ax_)
    assert other.title == "sensitive_features[1]"
    with pytest.raises(ValueError, match="attribute"):
        LeakageDisplay.from_report(full_report, "nobody")


def test_html_quotes_names():
    X, s = one_bit(400)
    report = quick(X, pd.Series(s, name="<script>"))
    assert "<script>" not in report._repr_html_()
    assert "&lt;script&gt;" in report._repr_html_()


def test_assert_below_uses_the_certificate_where_there_is_one():
    X, s = one_bit(3000)
    codes = quick(X[:, :1], s)
    most = codes.at_most.bits
    assert codes.assert_below(bits=most + 1e-9, advantage=0.9) is codes
    with pytest.raises(LeakageExceededError, match="certificate"):
        codes.assert_below(bits=most - 1e-9)
    columns = quick(X, s)
    high = columns.headline.bits.high
    columns.assert_below(bits=high + 1e-9)
    with pytest.raises(AssertionError, match="attackers may recover"):
        columns.assert_below(bits=high - 1e-9)
    with pytest.raises(LeakageExceededError, match="advantage"):
        columns.assert_below(advantage=0.1)
    with pytest.raises(ValueError, match="Give bits"):
        columns.assert_below()


def test_the_same_seed_gives_the_same_report_whatever_the_number_of_jobs():
    X, s = one_bit(400)
    first = quick(X, s, attackers=["linear", "mlp"], random_state=3)
    with parallel_config(backend="threading"):
        second = quick(X, s, attackers=["linear", "mlp"], random_state=3, n_jobs=2)
    assert first.to_dict() == second.to_dict()


# Misuse -------------------------------------------------------------------------------


X200, S200 = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200) % 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sensitive_features": np.ones(200)}, "one class only"),
        (
            {"sensitive_features": (np.arange(200) < 3).astype(int)},
            "most frequent class has 3 rows",
        ),
        ({"X": X200[:99], "sensitive_features": S200[:99]}, "at least 100 rows"),
        ({"sensitive_features": S200[:150]}, "150 rows"),
        ({"sensitive_features": {"s": S200}}, "dict"),
        ({"y": S200[:20]}, "y has 20 rows"),
        ({"confidence": 95}, "confidence"),
        ({"sample_size": 10}, "sample_size"),
        ({"n_permutations": -1}, "n_permutations"),
        ({"n_bins": 1}, "n_bins"),
        ({"groups": np.arange(200) // 20}, "10 groups"),
        ({"groups": np.arange(200), "training_groups": [5, 7, 900]}, "2 of them"),
        ({"training_groups": [5]}, "needs groups"),
        (
            {
                "groups": np.arange(200) // 2,
                "split": np.resize(["train", "test", "calibration"], 200),
            },
            "straddle",
        ),
        ({"split": ["train"] * 200}, "calibration"),
        ({"attackers": "quadratic"}, "quadratic"),
        ({"attackers": Ridge()}, "no classifier"),
        ({"release": []}, "empty list"),
        ({"release": lambda rows: rows[:50]}, "50 rows"),
        ({"release": lambda rows: rows * np.nan}, "NaN"),
    ],
)
def test_misuse_is_refused_with_its_reason(changes, message):
    arguments = {"release": identity, "X": X200, "sensitive_features": S200, **changes}
    with pytest.raises((ValueError, TypeError), match=message):
        audit_leakage(**arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"release": "a name"}, "transformer"),
        ({"release": lambda rows: np.full(len(rows), "text")}, "numbers"),
        ({"attackers": StandardScaler()}, "StandardScaler"),
    ],
)
def test_wrong_kinds_are_refused(changes, message):
    arguments = {"release": identity, "X": X200, "sensitive_features": S200, **changes}
    with pytest.raises(TypeError, match=message):
        audit_leakage(**arguments)


def test_overlap_with_training_is_counted_and_said():
    X, s = one_bit(400)
    with pytest.warns(TrainingOverlapWarning, match=r"25\.0%"):
        report = quick(X, s, training_X=X[:100])
    assert any("25.0% occur" in caveat for caveat in report.caveats)
    fresh = quick(X, s, training_X=X + 1)
    assert any("0.0% occur" in caveat for caveat in fresh.caveats)
    assert any("membership" in caveat for caveat in quick(X, s).caveats)


@pytest.mark.filterwarnings("ignore")
def test_the_default_transformer_is_audited_whole():
    X, y, s = small_problem(n=900)
    shaper = InfoShapeTransformer(posterior="linear", release_key=b"a key of mine", random_state=0)
    shaper.fit(X[:400], y[:400], sensitive_features=s[:400])
    report = quick(X[400:], s[400:], y[400:], release=shaper, attackers="default")
    assert report.n_codes == shaper.transform(X[:1]).shape[1]
    assert report.leakage_bits < report.at_most.bits < 0.3
    assert "a key of mine" not in str(report) + json.dumps(report.to_dict())


class Centred(BaseEstimator):
    """A user's step, without scikit-learn's tags."""

    def fit(self, X, y):
        self.mean_ = X[y == 1].mean(axis=0)
        return self

    def transform(self, X):
        return X - self.mean_

    def fit_transform(self, X, y):
        return self.fit(X, y).transform(X)


SEARCH = GridSearchCV(
    make_pipeline(StandardScaler(), SelectKBest(k=2)),
    {"selectkbest__k": [2, 3]},
    scoring=lambda estimator, X, y: 0.0,
    cv=2,
)


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
@pytest.mark.parametrize(
    ("step", "warned"),
    [
        (Centred(), "Centred"),
        (SEARCH, "SelectKBest"),
        (IterativeImputer(BayesianRidge(), max_iter=2), None),
        (TargetEncoder(), "TargetEncoder"),
        (SelectKBest(k=3), "SelectKBest"),
        (SelectFromModel(LogisticRegression()), "SelectFromModel"),
        (LinearDiscriminantAnalysis(), "LinearDiscriminantAnalysis"),
        (
            ColumnTransformer([("a", make_pipeline(StandardScaler(), TargetEncoder()), [0])]),
            "Target",
        ),
        (FeatureUnion([("a", StandardScaler()), ("b", SelectKBest(k=2))]), "SelectKBest"),
        (StandardScaler(), None),
        (ColumnTransformer([("a", StandardScaler(), [0, 1])], remainder="passthrough"), None),
        (PosteriorFeatures("linear"), None),
    ],
)
def test_supervised_steps_before_a_release_are_told(step, warned):
    X, y, s = small_problem(n=400)
    pipeline = make_pipeline(step, cheap(), LogisticRegression()).fit(
        X[:200], y[:200], infoshapetransformer__sensitive_features=s[:200]
    )
    settings = {"attackers": "linear", "n_permutations": 19, "context": False, "random_state": 0}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        report = audit_leakage(pipeline, X[200:], s[200:], **settings)
    told = [str(w.message) for w in caught if w.category is SupervisedStepWarning]
    caveats = [caveat for caveat in report.caveats if "fitted on labels of all rows" in caveat]
    assert len(told) == len(caveats) == (warned is not None)
    assert all(warned in text for text in told + caveats)


@pytest.mark.parametrize("nothing", [None, 5])
def test_an_audit_of_nothing_is_refused_by_name(nothing):
    with pytest.raises(ValueError, match=r"sensitive_features is of type .*, which has no rows"):
        audit_leakage(lambda z: z, np.zeros((200, 2)), nothing)
