"""The permutation null: exact where sizes of groups depend on s, and none where it cannot be."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sklearn_infoshape import audit_leakage
from sklearn_infoshape.audit.calibration import class_shares
from sklearn_infoshape.audit.metrics import Decisions, null_scores
from sklearn_infoshape.audit.permutation import exchangeable, permutation_null
from sklearn_infoshape.reports.several_tests import holm


def noise_p_value(sizes_of_class, n_groups, rng, strata=None, mixed=0.0):
    """p of an attacker who says class 1 more or less, of noise; sizes of groups depend on s."""
    s = rng.integers(2, size=n_groups)
    sizes = sizes_of_class[s, rng.integers(sizes_of_class.shape[1], size=n_groups)]
    groups = np.repeat(np.arange(n_groups), sizes)
    classes = np.where(rng.uniform(size=len(groups)) < mixed, 1 - s[groups], s[groups])
    strata = 0 * groups if strata is None else rng.integers(strata, size=len(groups))
    p = np.clip(0.7 + 0.05 * rng.normal(size=len(groups)), 0.01, 0.99)  # learnt from more rows
    predicted = np.column_stack([1 - p, p])
    shares = class_shares(classes, 0 * classes, 2, 1)[0]
    decisions = Decisions(predicted, rng.permutation(classes), shares)
    scores = null_scores(predicted, classes, decisions)[None]
    return permutation_null(scores, 1.0, classes, groups, strata, 199, 0.95, rng)


@pytest.mark.parametrize(
    ("sizes", "strata", "mixed"),
    [
        ([[2, 2, 4], [2, 4, 4]], None, 0.0),
        ([[1, 1, 1, 2, 6], [1, 2, 2, 6, 6]], None, 0.0),
        ([[1, 1, 2], [1, 2, 2]], 2, 0.0),
        ([[1, 2, 2, 3], [2, 3, 3, 3]], None, 0.3),
        ([[1], [1]], None, 0.0),
    ],
)
def test_noise_is_rejected_as_seldom_as_the_level_says(sizes, strata, mixed):
    rng = np.random.default_rng(0)
    p_values = [noise_p_value(np.array(sizes), 60, rng, strata, mixed).p_value for _ in range(120)]
    rejections = sum(p <= 0.05 for p in p_values)
    assert binomtest(rejections, 120, 0.05, alternative="greater").pvalue > 0.01
    assert min(p_values) < 0.2  # and it is no constant


def test_no_p_value_where_the_size_tells_the_label():
    null = noise_p_value(np.array([[2], [6]]), 60, np.random.default_rng(0))
    assert null.p_value is None
    assert null.exchangeable == 0.0


def test_an_audit_says_why_it_has_no_p_value_and_which_share_it_rests_on():
    rng = np.random.default_rng(0)
    s = np.arange(200) % 2
    alike = np.isin(np.arange(200) % 10, (0, 3, 5))
    for sizes, caveat in (
        (np.where(s, 6, 2), "no p-value"),
        (np.where(alike, 4, np.where(s, 6, 2)), "rests on"),
    ):
        groups = np.repeat(np.arange(200), sizes)
        Z = rng.normal(size=(len(groups), 2))
        report = audit_leakage(
            np.asarray, Z, s[groups], groups=groups, attackers="linear", random_state=0
        )
        assert any(caveat in text for text in report.caveats)
        p = report.to_dict()["at_least"]["p_value"]
        assert p is None or p > 0.05
        told = " ".join(str(report).split())
        assert "p = " in told or "p unknown" in told


def test_exchangeable_counts_arrangements():
    groups = np.repeat(np.arange(6), [1, 1, 1, 2, 2, 2])
    classes = np.array([0, 1, 1, 0, 0, 1, 1, 0, 1])
    share, log_arrangements = exchangeable(classes, groups, 0 * groups)
    assert share == 1.0
    assert np.exp(log_arrangements) == pytest.approx(3 * 6)
    share, log_arrangements = exchangeable(classes, groups, np.arange(9) % 2)
    assert np.exp(log_arrangements) < 18


def test_p_values_count_the_observed_labels_too_and_are_adjusted_by_holm():
    n = 40
    classes = np.arange(n) % 2
    predicted = np.where(classes[:, None] == np.arange(2), 0.9, 0.1)
    decisions = Decisions(predicted, classes, np.array([0.5, 0.5]))
    scores = null_scores(predicted, classes, decisions)[None]
    rng = np.random.default_rng(0)
    null = permutation_null(scores, 1.0, classes, np.arange(n), 0 * classes, 19, 0.95, rng)
    assert null.p_value == 1 / 20
    assert set(null.p_values.values()) == {1 / 20}
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
