"""Certificates: valid on known laws, close to them, and refused where they would mean nothing."""

import numpy as np
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


def test_a_class_without_rows_is_no_false_comfort():
    certificate = certify_counts(np.array([[300.0, 200.0, 0.0], [200.0, 300.0, 0.0]]))
    assert certificate.balanced_accuracy == 1.0
    assert certificate.bits == pytest.approx(np.log2(3))


def test_the_certificate_says_what_it_promises():
    rng = np.random.default_rng(0)
    certificate = certify_leakage(rng.integers(4, size=300), rng.integers(2, size=300))
    text = str(certificate)
    assert text.startswith("at most")
    assert "no side information on x" in text
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
