"""What the code that tells most says of a class: limits that hold, closed forms, plain values."""

import json

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.base import clone

from benchmarks.certificates import random_law
from benchmarks.worst_codes import measure, worst_figures
from sklearn_infoshape import InfoShapeTransformer, audit_leakage
from sklearn_infoshape.audit.certificate import certify_counts
from tests.conftest import small_problem


@pytest.mark.parametrize("minority", [None, 0.01])
@pytest.mark.parametrize(("n_codes", "n_classes", "n"), [(2, 2, 300), (8, 3, 2000), (32, 6, 5000)])
def test_limits_of_the_worst_code_hold_as_often_as_they_say(n_codes, n_classes, n, minority):
    violations, _ = measure(n_codes, n_classes, n, minority, draws=150)
    assert (violations <= binom.ppf(0.999, 150, 0.05)).all()


def test_worst_figures_of_closed_forms():
    n = 200_000
    flip = np.array([[0.45, 0.05], [0.05, 0.45]]) * n
    found = certify_counts(flip)
    assert found.maximal_leakage_bits == pytest.approx(np.log2(1.8), abs=0.01)
    assert found.min_entropy_leakage_bits == pytest.approx(np.log2(1.8), abs=0.01)
    assert found.parity_gap == pytest.approx(0.8, abs=0.01)
    assert found.likelihood_ratio == pytest.approx(9, rel=0.05)
    assert found.per_code.pointwise_bits == pytest.approx(np.log2([1.8, 1.8]))
    assert found.per_code.total_variation == pytest.approx([0.4, 0.4])
    assert found.per_code.n_rows.tolist() == [n / 2, n / 2]
    nothing = certify_counts(np.full((4, 2), n / 8))
    assert nothing.maximal_leakage_bits < 0.01
    assert nothing.likelihood_ratio < 1.1
    all_of_it = certify_counts(np.diag([n / 2, n / 2]))
    assert all_of_it.maximal_leakage_bits == 1
    assert all_of_it.parity_gap == 1
    assert np.isinf(all_of_it.likelihood_ratio)


def test_one_code_that_gives_a_few_away_is_seen_where_the_mean_hides_it():
    counts = np.array([[4900.0, 4900.0], [200.0, 0.0]])
    found = certify_counts(counts)
    assert found.bits < 0.05
    assert found.per_code.posterior_low[1, 0] > 0.95
    assert found.per_code.n_classes.tolist() == [2, 1]
    assert np.isinf(found.likelihood_ratio)


def test_limits_of_codes_hold_whatever_missing_classes_are():
    counts, missing = np.array([[60.0, 40.0], [40.0, 60.0]]), np.array([10.0, 20.0])
    found = certify_counts(counts, missing=missing).per_code
    for filled in (counts + np.column_stack([missing, 0 * missing]), counts + missing[:, None] / 2):
        own = certify_counts(filled).per_code
        assert (found.posterior_high >= own.posterior_high - 1e-12).all()
        assert (found.posterior_low <= own.posterior_low + 1e-12).all()
        assert (found.total_variation_high >= own.total_variation - 1e-12).all()
        assert (found.likelihood_ratio_high >= own.likelihood_ratio_high - 1e-9).all()


@pytest.mark.parametrize("n", [300, 3000])
def test_shares_of_records_that_a_code_shifts_hold(n):
    law = np.array([[0.30, 0.20], [0.16, 0.24], [0.01, 0.05], [0.03, 0.01]])
    shifts = np.abs(law[:, 0] / law.sum(axis=1) - law[:, 0].sum())
    rng, failures = np.random.default_rng(0), 0
    for _ in range(100):
        counts = rng.multinomial(n, law.ravel()).reshape(law.shape).astype(float)
        found = certify_counts(counts).shifted
        truth = [law.sum(axis=1)[shifts > shift].sum() for shift, _, _ in found]
        failures += any(most < own for (_, _, most), own in zip(found, truth, strict=True))
        assert all(share <= most for _, share, most in found)
    assert failures <= 11
    assert [shift for shift, _, _ in found] == [0.05, 0.1, 0.2, 0.3]


def test_a_report_shows_what_codes_do_to_records():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=1500)
    codes = np.where(rng.random(1500) < 0.1, s, 2 + rng.integers(2, size=1500))
    own = {"attackers": "linear", "n_permutations": 0, "random_state": 0, "context": False}
    report = audit_leakage(lambda rows: np.eye(4)[rows[:, 0].astype(int)], codes[:, None], s, **own)
    shifted = report.to_dict()["attributes"][0]["at_most"]["shifted"]
    assert shifted[-1]["more_than"] == 0.3
    assert 0.07 < shifted[-1]["share"] < 0.13 < shifted[-1]["at_most"] < 0.2
    for text in (str(report), report.to_html()):
        assert "records whose code shifts p(s) by over" in text
        assert "any guess about s is right (maximal leakage)" in text
    assert all(len(line) <= 100 for line in str(report).splitlines())


@pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
    "ignore::sklearn_infoshape.exceptions.LabelOverlapWarning",
)
def test_the_risk_of_a_record_is_what_its_code_says():
    X, y, s = small_problem(300)
    shaper = InfoShapeTransformer(posterior="linear", n_components=3, random_state=0).fit(X, y, s)
    Z = shaper.transform(X)
    law = shaper.codebook_["sensitive"]["sensitive_features"]
    np.testing.assert_array_equal(shaper.record_risk(Z), law[Z.argmax(axis=1)])
    both = clone(shaper).fit(X, y, np.column_stack([s, y]))
    assert [risk.shape for risk in both.record_risk(both.transform(X))] == [(300, 2)] * 2
    with pytest.raises(ValueError, match="not one-hot"):
        shaper.record_risk(Z / 2)
    alone = clone(shaper).set_params(on_missing_sensitive="ignore").fit(X, y)
    Z = alone.transform(X)
    with pytest.raises(ValueError, match="no s was fitted with"):
        alone.record_risk(Z)
    assert not hasattr(InfoShapeTransformer(channel="gaussian"), "record_risk")


def test_a_certificate_is_plain_values_and_lines_that_say_what_figures_mean():
    found = certify_counts(np.array([[300.0, 200.0], [200.0, 300.0]]))
    values = json.loads(json.dumps(found.to_dict()))
    assert values["per_code"]["n_rows"] == [500, 500]
    assert list(found.per_code.to_frame().index) == [0, 1]
    assert all(len(line) < 100 for line in found.to_lines())


def test_figures_are_those_of_a_library_of_quantitative_information_flow():
    """Qif, of Chatzikokolakis and others; where it is installed."""
    bayes = pytest.importorskip("qif").measure.bayes_vuln
    rng = np.random.default_rng(0)
    for n_codes, n_classes in ((2, 2), (5, 3), (16, 6)):
        law = random_law(n_codes, n_classes, None, rng)
        shares = law.sum(axis=0)
        channel = np.ascontiguousarray((law / shares).T)  # a row a secret
        averages, _ = worst_figures(law)
        maximal = np.log2(bayes.mult_capacity(channel))
        assert averages["maximal_leakage_bits"] == pytest.approx(maximal)
        guess = bayes.min_entropy_leakage(shares, channel)
        assert averages["min_entropy_leakage_bits"] == pytest.approx(guess)
        found = certify_counts(law * 10**9)  # so many rows that a limit is the figure
        assert found.maximal_leakage_bits == pytest.approx(maximal, abs=1e-3)
        assert found.min_entropy_leakage_bits == pytest.approx(guess, abs=1e-3)
