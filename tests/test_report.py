"""The report as users meet it: parts that cannot be had refuse themselves, values are plain."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import parallel_config
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape import LeakageDisplay, audit_leakage
from sklearn_infoshape.displays import TradeoffDisplay
from sklearn_infoshape.exceptions import LeakageExceededError

RNG = np.random.default_rng(0)


def quick(X, s, y=None, release=lambda rows: rows, **options):
    settings = {"attackers": "linear", "n_permutations": 0, "random_state": 0, "context": False}
    return audit_leakage(release, X, s, y, **{**settings, **options})


def codes_of(s, n_codes=4):
    return np.eye(n_codes)[RNG.integers(n_codes, size=len(s))]


def test_a_class_too_rare_for_attackers_is_certified():
    s = (np.arange(1000) % 200 == 0).astype(int)
    report = quick(codes_of(s), s)
    assert report.headline is None
    assert report.leakage_bits == report.estimate_bits == 0.0
    assert 0 < report.at_most.bits <= 0.08
    assert "not attacked" in str(report)
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["at_least"]["bits"] == 0.0
    assert found["attributes"][0]["at_most"]["bits"] == report.at_most.bits
    report.assert_below(bits=0.1, require_certificate=True)
    with pytest.raises(LeakageExceededError, match="certificate allows"):
        report.assert_below(bits=0.01)
    assert "at most" in repr(report)
    assert len(report.to_frame()) == 0
    with pytest.raises(ValueError, match="no attribute"):
        LeakageDisplay.from_report(report)
    # Of columns nothing is left to say.
    with pytest.raises(ValueError, match="second most frequent class has 5 rows"):
        quick(RNG.normal(size=(1000, 2)), s)
    with pytest.raises(ValueError, match="two classes need 5 rows each"):
        quick(codes_of(s), s, certificate=False)


def test_one_attribute_is_attacked_and_the_other_only_certified():
    s = np.column_stack([np.arange(1000) % 2, np.arange(1000) % 200 == 0]).astype(int)
    report = quick(codes_of(s), s, s[:, 0], context=True)
    assert [answer.name for answer in report.by_role("sensitive")] == ["sensitive_features[0]"]
    assert set(report.unattacked) == {"sensitive_features[1]"}
    assert set(report.at_most_by_name) >= {"sensitive_features[0]", "sensitive_features[1]"}
    assert "s[1]: not attacked" in str(report)


def test_readers_see_s_as_they_see_y_and_keys_have_the_parameters_name():
    """Text, pages and pictures say "s"; what programs read, and messages, "sensitive_features"."""
    pytest.importorskip("jinja2")
    s = RNG.integers(2, size=(600, 2))
    report = quick(codes_of(s), s, s[:, 0], context=True)
    drawn = LeakageDisplay.from_report(report, "sensitive_features[1]")
    pages = [str(report), repr(report), report.to_html(), report._repr_html_()]
    pages += [str(report.verdict(max_leakage=0.01)), drawn.ax_.get_xlabel()]
    for page in pages:
        assert "sensitive_features" not in page
        assert "s[1]" in page
    assert "sensitive_features[1]" in report.floors
    assert report.to_dict()["attributes"][0]["attribute"] == "sensitive_features[0]"
    with pytest.raises(LeakageExceededError, match=r"^sensitive_features\[0\]: "):
        report.assert_below(bits=0.0)
    named = quick(codes_of(s), pd.DataFrame({"sex": s[:, 0], "age": s[:, 1]}))
    assert "sex" in str(named)


def test_many_levels_are_attacked_even_if_their_certificate_says_little():
    s = np.array([f"level {int(60 * i**1.3 / 500**1.3)}" for i in range(500)])
    report = quick(codes_of(s), s, attackers="code")
    assert report.headline.n_classes == 60
    assert report.at_most.bits == 2.0  # no more than four codes can say
    assert "Bin amounts" not in str(report)


def test_values_are_strict_json_whatever_was_passed():
    s = np.arange(400) % 2
    report = quick(
        RNG.normal(size=(400, 2)),
        s,
        confidence=np.float32(0.95),
        n_bins=np.int64(4),
        sample_size=np.int64(300),
        n_permutations=np.int64(9),
        random_state=np.int64(3),
    )
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["settings"]["n_bins"] == 4
    assert found["settings"]["random_state"] == 3


def test_a_limit_can_ask_for_a_certificate():
    s = np.arange(400) % 2
    columns = quick(RNG.normal(size=(400, 2)), s)
    columns.assert_below(bits=0.9)
    with pytest.raises(LeakageExceededError, match="no certificate"):
        columns.assert_below(bits=0.9, require_certificate=True)
    quick(codes_of(s), s).assert_below(bits=0.9, require_certificate=True)


def test_a_generator_seeds_and_sparse_rows_are_audited():
    s = np.arange(400) % 2
    X = sparse.coo_matrix(np.column_stack([2 * s + RNG.normal(size=400), RNG.normal(size=400) > 0]))
    found = [
        quick(
            X, s, context=True, training_X=X.tocsr()[:5] * 7, random_state=np.random.default_rng(0)
        )
        for _ in range(2)
    ]
    assert found[0].to_dict() == found[1].to_dict()
    assert found[0].estimate_bits > 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": np.resize(["train", "test", "callibration"], 400)}, "callibration"),
        ({"split": "random"}, "split is of type str"),
        ({"groups": [None, *range(399)]}, "groups is missing for 1 rows"),
        ({"groups": np.r_[np.nan, np.arange(399)]}, "groups is missing for 1 rows"),
        ({"groups": np.zeros((400, 2))}, "groups has the shape"),
        ({"scan": pd.DataFrame(np.zeros((400, 2)), columns=["a", "a"])}, "2 columns named 'a'"),
    ],
)
def test_misuse_is_told(options, message):
    with pytest.raises(ValueError, match=message):
        quick(RNG.normal(size=(400, 2)), np.arange(400) % 2, **options)


def test_rows_that_a_split_leaves_out_count_nowhere():
    s = np.arange(600) % 2
    split = np.resize(np.array(["train", "test", "calibration", None], dtype=object), 600)
    report = quick(codes_of(s), s, split=split)
    assert sum(report.settings["rows"].values()) == 450
    assert report.at_most.certificate.n_rows == 450


def test_intervals_are_in_order_where_attackers_do_worse_than_guess():
    s = np.arange(300) % 2
    report = quick(RNG.normal(size=(300, 30)), s, s, context=True, attackers=GaussianNB())
    for line in str(report).splitlines():
        assert "0.000–-" not in line
    for answer in report.results:
        for figures in answer.figures.values():
            assert all(f.low <= f.value <= f.high for f in figures.values())


class Asking(GaussianNB):
    """Fails where it is not told scikit-learn's configuration."""

    def fit(self, X, y):
        assert sklearn.get_config()["assume_finite"]
        warnings.warn("mine", UserWarning, stacklevel=1)
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore:mine")  # threads undo each other's filters, up to Python 3.13
@pytest.mark.parametrize("verbose", [0, 2])
def test_workers_get_the_configuration(verbose, capsys):
    s = np.arange(300) % 2
    with (
        sklearn.config_context(assume_finite=True),
        parallel_config(backend="threading"),
    ):
        report = quick(
            RNG.normal(size=(300, 2)),
            s,
            attackers={"a": Asking(), "b": Asking()},
            n_jobs=2,
            verbose=verbose,
        )
    assert set(report.headline.figures) == {"a", "b"}
    assert ("3/3" in capsys.readouterr().err) == bool(verbose)


def test_a_tradeoff_is_drawn_of_what_an_audit_takes():
    X = RNG.normal(size=(300, 3))
    y, s = (X[:, 0] > 0).astype(int), (X[:, 1] > 0).astype(int)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    frame = pd.DataFrame(X, columns=list("abc"))
    pipeline.fit(frame, y)
    releases = {
        "pipeline": pipeline,
        "list": [lambda rows: np.asarray(rows)[:, 0], lambda rows: np.asarray(rows)[:, 1]],
        "sparse": lambda rows: sparse.csr_matrix(np.asarray(rows)),
    }
    display = TradeoffDisplay.from_estimators(releases, frame, y, np.column_stack([s, y]))
    assert list(display.names) == [*releases, "raw features"]
    assert (display.leakage > 1.0).all()
    text = frame.assign(a="text")
    display = TradeoffDisplay.from_estimators({"b": lambda rows: rows[["b"]]}, text, y, s)
    assert list(display.names) == ["b", "raw features"]
    lists = frame.assign(a=[[1]] * len(frame))
    display = TradeoffDisplay.from_estimators({"b": lambda rows: rows[["b"]]}, lists, y, s)
    assert list(display.names) == ["b"]
