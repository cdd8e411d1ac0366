"""Limits of the audit's figures: exact arithmetic, and coverage where nearly all leaks."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta, binomtest, norm

from sklearn_infoshape import audit_leakage
from sklearn_infoshape.audit.attack_spec import AttackResult, with_marginals
from sklearn_infoshape.audit.calibration import class_shares, tolerance_threshold
from sklearn_infoshape.audit.intervals import exponential_weights, intervals
from sklearn_infoshape.audit.metrics import Decisions, amount_figures, class_figures
from sklearn_infoshape.exceptions import LeakageExceededError
from sklearn_infoshape.information import entropy_bits

NAMES = ("bits", "accuracy", "advantage", "balanced_accuracy", "auc")


def measured(predicted, classes, groups=None, confidence=0.95, seed=0, n_resamples=400):
    """Figures of predictions, decided at even odds."""
    rng = np.random.default_rng(seed)
    groups = np.arange(len(classes)) if groups is None else groups
    shares = np.full(predicted.shape[1], 1 / predicted.shape[1])
    decisions = Decisions(predicted[:2], np.array([0, 1]), shares)
    decisions.hit = decisions.balanced = 0.5 if len(shares) == 2 else None
    prior = np.tile(shares, (len(classes), 1))
    weights = 1 / np.bincount(groups)[groups]
    statistics = class_figures(predicted, prior, classes, 0 * classes, decisions, weights)
    draws = exponential_weights(groups.max() + 1, n_resamples, rng)
    return intervals(statistics, groups, draws, confidence, rng)


def channel(flips, share, n, rng):
    """s, and what the Bayes rule of a flipped bit predicts, mixed with 1 % of the prior."""
    s = (rng.uniform(size=n) < share).astype(int)
    z = np.where(rng.uniform(size=n) < flips, 1 - s, s)
    law = np.array([[1 - share, share]]) * np.array([[1 - flips, flips], [flips, 1 - flips]])
    posterior = 0.99 * law / law.sum(axis=1, keepdims=True) + 0.01 / 2
    bits = entropy_bits(law.sum(axis=0)) + entropy_bits(law.sum(axis=1)) - entropy_bits(law.ravel())
    truth = {
        "bits": bits,
        "accuracy": 1 - flips,
        "advantage": 1 - flips - max(share, 1 - share),
        "balanced_accuracy": 1 - flips,
        "auc": 1 - flips,
    }
    return s, posterior[z], truth


@pytest.mark.parametrize("flips", [0.005, 0.02])
@pytest.mark.parametrize(("n", "share"), [(70, 0.5), (350, 0.5), (350, 0.15)])
def test_lower_limits_hold_where_nearly_all_leaks(flips, n, share):
    rng = np.random.default_rng(0)
    above, below = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    for seed in range(100):
        s, predicted, truth = channel(flips, share, n, rng)
        found = measured(predicted, s, seed=seed)
        for name in NAMES:
            above[name] += found[name].low > truth[name] + 1e-9
            below[name] += found[name].high < truth[name] - 1e-9
            assert found[name].low <= found[name].value <= found[name].high
    for name in NAMES:
        assert binomtest(above[name], 100, 0.025, alternative="greater").pvalue > 0.01
        assert binomtest(below[name], 100, 0.025, alternative="greater").pvalue > 0.01


def test_shares_have_the_exact_limits_of_counts():
    classes = np.repeat([0, 1], [60, 40])
    guessed = np.r_[np.repeat([0, 1], [50, 10]), np.repeat([0, 1], [5, 35])]
    predicted = np.where(guessed[:, None] == np.arange(2), 0.9, 0.1)
    found = measured(predicted, classes, n_resamples=4000)
    assert found["accuracy"].value == 0.85
    assert found["accuracy"].low == pytest.approx(beta.ppf(0.025, 85, 16))
    assert found["accuracy"].high == pytest.approx(beta.ppf(0.975, 86, 15))
    assert found["advantage"].value == pytest.approx(0.85 - 0.6)
    assert found["balanced_accuracy"].value == pytest.approx((50 / 60 + 35 / 40) / 2)
    assert found["auc"].value == pytest.approx((50 / 60 + 35 / 40) / 2)
    entropy = entropy_bits([0.6, 0.4])
    cost = 0.85 * np.log2(0.9) + 0.15 * np.log2(0.1)
    assert found["bits"].value == pytest.approx(entropy + cost)
    # Flawless rows: the limit of an average over classes has a row of each class for doubt.
    flawless = measured(np.eye(2)[classes] * 0.98 + 0.01, classes, n_resamples=4000)
    assert flawless["accuracy"].low == pytest.approx(0.025 ** (1 / 100))
    exact = np.random.default_rng(0).beta([[60], [40]], 1, size=(2, 100_000))
    for name, limit in (("balanced_accuracy", exact.mean(axis=0)), ("auc", exact.prod(axis=0))):
        assert flawless[name].low == pytest.approx(np.quantile(limit, 0.025), abs=0.006)
    assert flawless["bits"].low < flawless["bits"].value - 0.05
    assert flawless["bits"].high <= 1.0  # no more than two classes can have


def test_a_row_of_doubt_costs_little_where_no_attacker_is_sure():
    rng = np.random.default_rng(0)
    s, codes = rng.integers(2, size=3000), rng.integers(2, size=3000)
    codes = np.where(rng.uniform(size=3000) < 0.25, s, codes)
    report = audit_leakage(
        lambda rows: rows, np.eye(2)[codes], s, n_permutations=0, context=False, random_state=0
    )
    truth = 1 - entropy_bits([0.625, 0.375])  # .046
    assert 0.01 < report.leakage_bits < truth


def test_a_group_counts_as_one_person():
    rng = np.random.default_rng(0)
    s, predicted, _ = channel(0.2, 0.5, 200, rng)
    alone = measured(predicted, s)
    repeats = np.where(s == 1, 6, 2)  # whose rows are many is no news
    groups = np.repeat(np.arange(200), repeats)
    repeated = measured(predicted[groups], s[groups], groups)
    # Exact limits of whole persons.
    assert repeated["accuracy"].to_list() == pytest.approx(alone["accuracy"].to_list())
    for name in NAMES:
        assert repeated[name].value == pytest.approx(alone[name].value)
        width = [f[name].high - f[name].low for f in (alone, repeated)]
        assert width[1] == pytest.approx(width[0], rel=0.25)


def test_a_rank_correlation_is_never_sure_of_a_few_rows():
    amount = np.arange(30.0)
    rng = np.random.default_rng(0)
    draws = exponential_weights(30, 500, rng)
    found = intervals(amount_figures(amount, amount), np.arange(30), draws, 0.95, rng)
    assert found["rank_correlation"].value == pytest.approx(1.0)
    assert found["rank_correlation"].low < 0.95


def test_limits_of_recognition_at_few_false_alarms_hold():
    rng = np.random.default_rng(0)
    above, measurable = 0, 0
    for _ in range(60):
        d = 1.5
        truth = norm.sf(norm.isf(0.01) - d)
        parts = []
        for n in (700, 1500):
            s = rng.integers(2, size=n)
            p = norm.cdf(rng.normal(size=n) + d * s)
            parts.append((s, np.column_stack([1 - p, p])))
        (calibration, seen), (s, predicted) = parts
        shares = class_shares(calibration, 0 * calibration, 2, 1)[0]
        decisions = Decisions(seen, calibration, shares)
        own = class_figures(predicted, np.full_like(predicted, 0.5), s, 0 * s, decisions)
        draws = exponential_weights(1500, 20, rng)
        found = intervals(own, np.arange(1500), draws, 0.95, rng)
        measurable += "tpr_at_1_fpr" in found
        above += found["tpr_at_1_fpr"].low > truth
        assert found["false_alarm_rate"].value < 0.03
    assert measurable == 60
    assert binomtest(above, 60, 0.025, alternative="greater").pvalue > 0.01


def test_a_threshold_needs_enough_negatives():
    scores = np.random.default_rng(0).normal(size=(200, 500))
    assert tolerance_threshold(scores[0, :298], 0.05) is None
    exceeded = [norm.sf(tolerance_threshold(own, 0.05)) > 0.01 for own in scores]
    assert binomtest(sum(exceeded), 200, 0.05, alternative="greater").pvalue > 0.01


# One population ------------------------------------------------------------------------


def person_rows(n_persons=400, seed=0):
    """Persons with s = 1 have more rows; one release is right for all rows of those alone."""
    rng = np.random.default_rng(seed)
    s = (rng.uniform(size=n_persons) < 0.5).astype(int)
    groups = np.repeat(np.arange(n_persons), np.where(s, 9, 1))
    return s[groups], groups, rng


def test_at_least_and_at_most_speak_of_persons():
    s, groups, rng = person_rows()
    shown = np.where(s == 1, rng.uniform(size=len(s)) < 0.9, rng.uniform(size=len(s)) < 0.5)
    codes = np.eye(2)[shown.astype(int)]
    report = audit_leakage(
        lambda rows: rows, codes, s, groups=groups, attackers="code", random_state=0
    )
    found = report.to_dict()
    assert report.headline.entropy > 0.95  # of persons half have s = 1, of rows nine in ten
    assert found["at_least"]["bits"] <= found["at_most"]["bits"]
    assert found["at_least"]["accuracy_estimate"] == pytest.approx(0.7, abs=0.1)
    assert report.contradictions == []


def test_a_report_that_contradicts_itself_passes_nothing():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=1000)
    noisy = np.where(rng.uniform(size=1000) < 0.5, s, rng.integers(2, size=1000))
    split = np.array(["train", "calibration", "test"])[np.arange(1000) % 3]

    def audited(codes):
        return audit_leakage(
            lambda rows: rows, np.eye(2)[codes], s, split=split, attackers="code", random_state=0
        )

    # Test rows that are no random sample: the release shows s in them, and half of it elsewhere.
    assert len(audited(np.where(split == "test", s, noisy)).contradictions) == 4
    report = audited(noisy)
    assert report.contradictions == []
    at_most = report.at_most_by_name["sensitive_features"]
    for figure in ("bits", "accuracy", "advantage", "balanced_accuracy"):
        low = replace(at_most, certificate=replace(at_most.certificate, **{figure: 0.01}))
        wrong = replace(report, at_most_by_name={"sensitive_features": low})
        assert len(wrong.contradictions) == 1
        assert "ERROR" in str(wrong)
        assert wrong.to_dict()["contradictions"] == wrong.contradictions
        with pytest.raises(LeakageExceededError, match="contradicts"):
            wrong.assert_below(bits=1.0)


def test_at_least_is_the_lower_limit_in_words_and_values():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=1500)
    Z = np.where(rng.uniform(size=1500) < 0.1, 1 - s, s)[:, None] + 0.1 * rng.normal(size=(1500, 1))
    report = audit_leakage(lambda rows: rows, Z, s, attackers="linear", random_state=0)
    bits = report.headline.bits
    assert report.leakage_bits == report.to_dict()["at_least"]["bits"] == bits.low < bits.value
    assert f"Found at least: {bits.low:.3f} bits" in str(report)
    assert f"Estimate: {bits.value:.3f}" in str(report)
    with pytest.raises(LeakageExceededError, match="at least"):
        report.assert_below(bits=bits.low - 0.001)


def test_the_joint_answer_is_never_below_a_single_one():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=(800, 2))
    s[:, 1] = rng.integers(8, size=800)  # many classes cost the joint attackers rows
    Z = s[:, :1] + 0.3 * rng.normal(size=(800, 1))
    report = audit_leakage(lambda rows: rows, Z, s, attackers="linear", random_state=0)
    single, (joint,) = report.by_role("sensitive"), report.by_role("joint")
    assert joint.bits.low >= max(answer.bits.low for answer in single) > 0.3
    values = {"n_classes": 2, "n_test": 9, "n_groups": 9, "null": None, "entropy": 1.0}
    figure = single[0].bits

    def answer(role, low):
        bits = type(figure)(low + 0.1, low, low + 0.2)
        return AttackResult(
            role, role, {"a": {"bits": bits}}, {"bits": "a"}, calibration_bits=0, **values
        )

    lifted = with_marginals([answer("sensitive", 0.5), answer("joint", 0.4)])
    assert lifted[1].bits.low == 0.5
    assert with_marginals([answer("sensitive", 0.3), answer("joint", 0.4)])[1].bits.low == 0.4
