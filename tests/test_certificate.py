"""Certificates: valid on known laws, close to them, and refused where they would mean nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, binomtest

from sklearn_infoshape import certify_leakage
from sklearn_infoshape.audit.certificate import certify_counts
from sklearn_infoshape.information import entropy_bits


def truth(joint):
    """Accuracy, balanced accuracy, advantage and bits of a known law of code and class."""
    shares = joint.sum(axis=0)
    bits = entropy_bits(joint.sum(axis=1)) + entropy_bits(shares) - entropy_bits(joint.ravel())
    accuracy = joint.max(axis=1).sum()
    balanced = (joint / shares).max(axis=1).sum() / len(shares)
    return np.array([accuracy, balanced, accuracy - shares.max(), bits])


def figures(certificate):
    return np.array(
        [
            certificate.accuracy,
            certificate.balanced_accuracy,
            certificate.advantage,
            certificate.bits,
        ]
    )


def draw(joint, n, rng):
    cells = rng.choice(joint.size, size=n, p=joint.ravel())
    return np.divmod(cells, joint.shape[1])


@pytest.mark.parametrize("minority", [None, 0.01])
@pytest.mark.parametrize(("n_codes", "n_classes", "n"), [(2, 2, 500), (16, 2, 5000), (32, 5, 5000)])
def test_each_figure_holds_as_often_as_it_says(n_codes, n_classes, n, minority):
    rng = np.random.default_rng(0)
    violations = np.zeros(4)
    for _ in range(200):
        shares = rng.dirichlet(np.full(n_classes, 5.0))
        if minority:
            shares = np.r_[minority, (1 - minority) * shares[1:] / shares[1:].sum()]
        sharpness = rng.choice([0.3, 1.0, 100.0])
        joint = rng.dirichlet(np.full(n_codes, sharpness), size=n_classes).T * shares
        counts = rng.multinomial(n, joint.ravel()).reshape(joint.shape).astype(float)
        violations += figures(certify_counts(counts)) < truth(joint) - 1e-12
    for count in violations.astype(int):
        assert binomtest(count, 200, 0.05, alternative="greater").pvalue > 0.01


def test_the_limits_are_close_to_the_truth():
    rng = np.random.default_rng(0)
    excess = []
    for _ in range(200):
        joint = rng.dirichlet(np.ones(16), size=2).T / 2
        counts = rng.multinomial(5000, joint.ravel()).reshape(16, 2).astype(float)
        excess.append(figures(certify_counts(counts)) - truth(joint))
    accuracy, balanced, advantage, bits = np.mean(excess, axis=0)
    assert accuracy < 0.012
    assert balanced < 0.03
    assert advantage < 0.035
    assert bits < 0.04


def test_a_code_that_says_nothing_and_one_that_says_all():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=5000)
    nothing = certify_leakage(rng.integers(16, size=5000), s)
    assert nothing.bits < 0.02
    assert nothing.accuracy < 0.56
    everything = certify_leakage(s, s)
    assert everything.bits == 1.0
    assert everything.accuracy == 1.0
    assert everything.balanced_accuracy == 1.0


def test_accuracy_is_the_clopper_pearson_limit():
    codes = np.repeat([0, 0, 1, 1], [80, 20, 30, 70])
    s = np.repeat([0, 1, 0, 1], [80, 20, 30, 70])
    certificate = certify_leakage(codes, s, confidence=0.9)
    assert certificate.accuracy == pytest.approx(beta.ppf(0.9, 151, 50))
    assert certificate.n_rows == 200
    assert certificate.confidence == 0.9


def test_integers_one_hot_and_labels_of_any_kind_are_one_certificate():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(12)).reshape(4, 3)
    codes, s = draw(joint, 1000, rng)
    plain = certify_leakage(codes, s)
    assert certify_leakage(10 * codes - 7, s) == plain
    assert certify_leakage(np.eye(4)[codes], s) == plain
    assert certify_leakage(codes, np.array(["a", "b", "c"])[s]) == plain
    assert certify_leakage(codes, np.array(["a", "b", "c"], dtype=object)[s]) == plain


def test_rows_without_s_are_left_out():
    rng = np.random.default_rng(0)
    codes, s = rng.integers(4, size=400), rng.integers(2, size=400).astype(float)
    holes = s.copy()
    holes[:100] = np.nan
    assert certify_leakage(codes, holes) == certify_leakage(codes[100:], s[100:])


def test_several_columns_are_certified_jointly():
    rng = np.random.default_rng(0)
    first, second = rng.integers(2, size=(2, 2000))
    parity = first ^ second  # says nothing of either, and one bit of both
    assert certify_leakage(parity, first).bits < 0.05
    joint = certify_leakage(parity, np.column_stack([first, second]))
    assert joint.n_classes == 4
    assert joint.bits >= 1.0


def test_information_is_bounded_more_tightly_than_by_the_closed_form():
    counts = np.array([[1400.0, 1100.0], [1100.0, 1400.0]])
    plugin = truth(counts / 5000)[3] * np.log(2)
    kappa, log_error = np.log(2 / 0.01) / 5000, np.log(1 / 0.04)
    # The smallest share is a little below a half, which the closed form's a may ignore here.
    step = np.log(2) ** 2 / (2 * (np.log(2) - 0.5)) * log_error / 5000
    closed = (np.sqrt(step) + np.sqrt(plugin + kappa + step)) ** 2 / np.log(2)
    assert plugin / np.log(2) < certify_counts(counts).bits < closed


def test_more_rows_and_less_confidence_bring_the_limits_down():
    counts = np.array([[30.0, 20.0], [20.0, 30.0]])
    assert (figures(certify_counts(10 * counts)) < figures(certify_counts(counts))).all()
    assert (figures(certify_counts(counts, 0.8)) < figures(certify_counts(counts, 0.95))).all()


def test_a_class_without_rows_gets_the_bound_that_its_count_allows():
    table = np.array([[300.0, 200.0], [200.0, 300.0]])
    two, three = certify_counts(table), certify_counts(np.column_stack([table, [0.0, 0.0]]))
    assert three.n_unseen == 1
    assert three.balanced_accuracy == pytest.approx((2 * two.balanced_accuracy + 1) / 3, abs=0.01)
    assert two.bits < three.bits < two.bits + 0.06
    s = np.repeat([0, 1, 0, 1], [300, 200, 200, 300])
    codes = np.repeat([0, 1], 500)
    assert certify_leakage(codes, s, sensitive_classes=[0, 1, 2]) == three
    declared = pd.Series(pd.Categorical(s, categories=[0, 1, 2]))
    assert certify_leakage(codes, declared) == three
    assert certify_leakage(codes, np.column_stack([s, s])).n_classes == 2
    both = certify_leakage(codes, np.column_stack([s, 0 * s]), sensitive_classes=[[0, 1], [0, 1]])
    assert (both.n_classes, both.n_unseen) == (4, 2)
    with pytest.raises(ValueError, match="declare all"):
        certify_leakage(codes, s, sensitive_classes=[0, 2])


def test_figures_hold_where_a_class_is_never_seen():
    rng = np.random.default_rng(0)
    violations, unseen = np.zeros(4), 0
    for _ in range(400):
        shares = np.array([0.5, 0.4988, 0.0012])  # the third is seen in 300 rows with p = .3
        joint = np.array([[0.6, 0.4, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]]) * shares
        counts = rng.multinomial(300, joint.ravel()).reshape(3, 3).astype(float)
        if not counts[:, 2].any():
            unseen += 1
            violations += figures(certify_counts(counts)) < truth(joint) - 1e-12
    assert unseen > 200
    assert (violations <= 0.05 * unseen).all()


@pytest.mark.parametrize("share", [0.01, 0.2])
def test_limits_for_all_rows_hold_however_s_is_missing(share):
    rng = np.random.default_rng(0)
    violations, n = np.zeros((2, 4)), 1000
    for _ in range(200):
        joint = rng.dirichlet(np.full(4, 20.0), size=2).T / 2
        codes, s = draw(joint, n, rng)
        holes = s.astype(float)
        # Missing where the code is right: what is left shows less than there is.
        shown = (codes % 2 == s) & (rng.uniform(size=n) < 2 * share)
        holes[shown] = np.nan
        joint = joint[np.array([0, 1, 2, 3])]
        certificate = certify_leakage(codes, holes)
        everybody = certificate.all_rows
        assert everybody.n_missing == certificate.n_missing == shown.sum()
        violations[0] += figures(everybody) < truth(joint) - 1e-12
        violations[1] += figures(certificate) < truth(joint) - 1e-12
    assert (violations[0] <= 10).all()
    text = str(certificate)
    assert f"{shown.mean():.1%} have none" in text
    assert certificate.to_dict()["all_rows"]["bits"] == everybody.bits


def test_s_is_missing_where_it_is_told_and_only_the_limits_of_all_rows_hold():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=2000)
    codes = np.where(rng.uniform(size=2000) < 0.3, s, 2 + rng.integers(2, size=2000))
    holes = np.where(codes < 2, np.nan, s)  # three in ten are told, and say nothing of s here
    certificate = certify_leakage(codes, holes)
    assert certificate.bits < 0.1 < 0.3 < certificate.all_rows.bits
    assert certificate.accuracy < 0.6 < 0.65 < certificate.all_rows.accuracy


def test_several_candidates_are_certified_together():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=500)
    candidates = [s ^ (rng.uniform(size=500) < 0.35) for _ in range(100)]
    together = certify_leakage(candidates, s)
    alone = [certify_leakage(codes, s) for codes in candidates]
    assert together[0].confidence == pytest.approx(1 - 0.05 / 100)
    assert min(c.accuracy for c in alone) < 0.65 < min(c.accuracy for c in together)
    one_hot = [np.eye(2)[candidates[0]], np.eye(2)[candidates[1]]]
    assert certify_leakage(one_hot, s)[0].bits == pytest.approx(
        certify_leakage(candidates[:2], s)[0].bits
    )
    assert certify_leakage([c.tolist() for c in candidates[:2]], s) == certify_leakage(
        candidates[:2], s
    )
    assert certify_leakage(candidates[0].tolist(), s) == alone[0]


def test_a_certificate_counts_a_row_of_each_group():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=400)
    groups = np.repeat(np.arange(400), rng.integers(1, 6, size=400))
    codes = (s ^ (rng.uniform(size=400) < 0.3))[groups]
    certificate = certify_leakage(codes, s[groups], groups=groups)
    alone = certify_leakage(s ^ (codes[np.unique(groups, return_index=True)[1]] ^ s), s)
    assert certificate.n_rows == 400
    assert certificate == alone
    named = certify_leakage(codes, s[groups], groups=[f"person {g}" for g in groups])
    assert named.n_rows == 400
    drawn = [
        certify_leakage(codes, s[groups], groups=groups, random_state=np.random.default_rng(1))
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    with pytest.raises(ValueError, match="groups"):
        certify_leakage(codes, s[groups], groups=[None, *groups[1:]])
    with pytest.raises(ValueError, match="99 groups"):
        certify_leakage(codes, s[groups], groups=groups % 99)


def test_the_certificate_says_what_it_promises():
    rng = np.random.default_rng(0)
    certificate = certify_leakage(rng.integers(4, size=300), rng.integers(2, size=300))
    text = str(certificate)
    assert text.startswith("at most")
    assert "no side information on the row" in text
    assert "population average" in text
    assert certificate.to_dict()["bits"] == certificate.bits


CODES, S = np.arange(200) % 4, np.arange(200) % 2


@pytest.mark.parametrize(
    ("codes", "s", "confidence", "message"),
    [
        (np.full((200, 2), 0.5), S, 0.95, "release_proba"),
        (CODES + 0.5, S, 0.95, "fractions"),
        (CODES.astype(str), S, 0.95, "integers"),
        (np.where(CODES == 0, np.nan, CODES), S, 0.95, "NaN"),
        (CODES, np.ones(200), 0.95, "constant"),
        (CODES, np.linspace(0, 1, 200), 0.95, "Bin amounts"),
        (CODES[:99], S[:99], 0.95, "at least 100"),
        (CODES[:150], S, 0.95, "200 rows"),
        (CODES, S, 95, "confidence"),
        (CODES, S, 1.0, "confidence"),
    ],
)
def test_misuse_is_refused_with_its_reason(codes, s, confidence, message):
    with pytest.raises(ValueError, match=message):
        certify_leakage(codes, s, confidence)
