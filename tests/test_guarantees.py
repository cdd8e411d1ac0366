"""Lines on which guarantees rest: what test rows must not choose, and arithmetic worked by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import rel_entr
from scipy.stats import beta
from sklearn.naive_bayes import GaussianNB

import sklearn_infoshape
from benchmarks.mutants import MUTANTS
from sklearn_infoshape import GaussianChannel, MutualInformationEstimator, audit_leakage
from sklearn_infoshape.audit import attack, baselines
from sklearn_infoshape.audit.attack_spec import AttackSpec, Terms
from sklearn_infoshape.audit.baselines import label_floor, score_specs
from sklearn_infoshape.audit.calibration import tempered
from sklearn_infoshape.audit.certificate import certify_counts
from sklearn_infoshape.audit.settings import AuditSettings
from sklearn_infoshape.audit.splits import Parts
from sklearn_infoshape.audit.targets import Target
from sklearn_infoshape.estimation import classes as pooled
from sklearn_infoshape.information.entropy import PRIOR_SHARE
from sklearn_infoshape.reports.several_tests import holm
from sklearn_infoshape.search.by_folds import _mean

N = 1200
PACKAGE = Path(sklearn_infoshape.__file__).parent
PARTS = Parts(np.arange(400), np.arange(400, 1000), np.arange(1000, N))


def judged(monkeypatch, poison, name="s", groups=None):
    """An answer of three attackers, and all that was decided on the way."""
    rng = np.random.default_rng(0)
    classes = rng.integers(2, size=N)
    predictions = {}
    for strength, attacker in ((0.5, "weak"), (2.0, "strong"), (-1.0, "wrong")):
        score = 1 / (1 + np.exp(rng.normal(size=N) - strength * (classes - 0.5)))
        score[PARTS.test[0]] = 1e-6  # surer than any calibration row
        both = np.column_stack([1 - score, score])
        predictions[attacker] = (both[PARTS.calibration], both[PARTS.test])
    if poison:  # the test labels are another's
        classes = classes.copy()
        classes[PARTS.test] = 1 - classes[PARTS.test]
    decided: list = []
    permuted: list = []
    plain_figures, plain_null = attack.class_figures, attack.permutation_null

    def figures(predicted, prior, labels, strata, decisions, weights=None, floor=0.01):
        decided.append((decisions.hit, decisions.balanced, decisions.alarm, decisions.alarm_class))
        decided.append(round(float(predicted[0, 0]), 12))  # changes with the temperature
        decided.append(floor)
        assert (predicted >= floor * prior - 1e-12).all()
        return plain_figures(predicted, prior, labels, strata, decisions, weights, floor)

    def null(scores, entropy, labels, groups, *rest):
        permuted.append(groups)
        return plain_null(scores, entropy, labels, groups, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(attack, "class_figures", figures)
        patch.setattr(attack, "permutation_null", null)
        answer = attack.judge(
            AttackSpec("sensitive", np.zeros((N, 1)), Target(name, classes, 2), {}, {}, None, 19),
            (PARTS.train, PARTS.calibration, PARTS.test),
            predictions,
            {},
            {},
            Terms(PARTS, groups, AuditSettings(n_resamples=50)),
        )
    return answer, decided, permuted[0]


def test_test_labels_choose_neither_attacker_nor_temperature_nor_threshold(monkeypatch):
    (clean, decided, _), (poisoned, other, _) = (judged(monkeypatch, p) for p in (False, True))
    assert decided == other
    assert decided[0][2] is not None
    assert clean.best == poisoned.best
    assert clean.best["bits"] == "strong"
    assert clean.calibration_bits == poisoned.calibration_bits
    assert clean.alarm_class == poisoned.alarm_class
    assert poisoned.bits.value < 0 < clean.bits.value  # and yet it is they that are scored


def test_test_labels_do_not_choose_the_headline():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=(900, 2))
    split = np.resize(["train", "calibration", "test"], 900)
    Z = s + rng.normal(size=(900, 2)) * [0.5, 1.5]
    reports = []
    for poison in (False, True):
        own = s.copy()
        if poison:
            own[split == "test", 0] = rng.integers(2, size=300)
        reports.append(
            audit_leakage(
                lambda rows: rows,
                Z,
                own,
                split=split,
                attackers={"own": GaussianNB()},
                n_permutations=0,
                random_state=0,
            )
        )
    assert reports[0].by_role("sensitive")[0].name == "sensitive_features[0]"
    assert reports[0].headline.name == reports[1].headline.name
    first, second = reports[1].by_role("sensitive")
    assert first.bits.value < second.bits.value


class Seen(GaussianNB):
    """Remembers which rows it was given, by their numbers in the first column."""

    rows: dict = {}

    def fit(self, X, y):
        type(self).rows = {"fit": len(X)}
        return super().fit(X, y)

    def predict_proba(self, X):
        type(self).rows.setdefault("asked", []).append(len(X))
        return super().predict_proba(X)


def test_a_split_is_kept_part_by_part():
    rng = np.random.default_rng(0)
    split = np.repeat(["train", "calibration", "test"], [150, 60, 90])
    s = rng.integers(2, size=300)
    report = audit_leakage(
        lambda rows: rows,
        rng.normal(size=(300, 2)),
        s,
        split=split,
        attackers={"seen": Seen()},
        n_permutations=0,
        random_state=0,
    )
    assert Seen.rows == {"fit": 150, "asked": [60, 90]}
    assert report.headline.n_test == 90


def test_a_label_score_is_by_classifiers_that_have_not_seen_the_row(monkeypatch):
    fitted: list = []

    class Watched(baselines.HistGradientBoostingClassifier):
        def fit(self, X, y):
            self.seen = set(X[:, 0].tolist())
            fitted.append(self.seen)
            return super().fit(X, y)

        def predict_proba(self, X):
            assert not self.seen & set(X[:, 0].tolist())
            return super().predict_proba(X)

    monkeypatch.setattr(baselines, "HistGradientBoostingClassifier", Watched)
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(600.0), rng.normal(size=600)])
    classes = rng.integers(2, size=600)
    parts = Parts(np.arange(300), np.arange(300, 400), np.arange(400, 600))
    task = Target("y", classes, 2)
    (question,) = score_specs(X, [task], task, parts, 0)
    assert set.union(*fitted) == set(range(300))  # and of attackers' rows none is left out
    assert np.allclose(question.Z.sum(axis=1), 1)


def test_labels_are_permuted_by_whole_groups(monkeypatch):
    groups = np.arange(N) // 2
    _, _, permuted = judged(monkeypatch, False, groups=groups)
    assert (permuted == np.repeat(np.arange(100), 2)).all()


def test_borders_of_bins_are_placed_by_training_rows():
    rng = np.random.default_rng(0)
    amount = rng.uniform(size=900)
    split = np.repeat(["train", "calibration", "test"], [300, 300, 300])
    amount[600:] += np.where(rng.uniform(size=300) < 0.9, 5.0, 0.0)
    report = audit_leakage(
        lambda rows: rows,
        rng.normal(size=(900, 2)),
        amount,
        split=split,
        attackers="linear",
        n_permutations=0,
        random_state=0,
    )
    # Nine in ten test rows are beyond all training rows, hence in the uppermost bin.
    assert report.headline.entropy < 1.0


def test_predictions_are_mixed_with_the_prior():
    prior = np.array([[0.2, 0.8]])
    sure = tempered(np.array([[100.0, -100.0]]), prior, 1.0)
    assert sure[0, 1] == pytest.approx(PRIOR_SHARE * 0.8)
    assert PRIOR_SHARE == 0.01


def test_p_values_are_adjusted_over_everything_that_is_asked():
    rng = np.random.default_rng(0)
    s = rng.integers(2, size=(400, 2))
    report = audit_leakage(
        lambda rows: rows,
        s[:, :1] + 0.8 * rng.normal(size=(400, 1)),
        s,
        s[:, 0] ^ (rng.uniform(size=400) < 0.4),
        scan=rng.integers(2, size=(400, 1)),
        attackers="linear",
        n_permutations=99,
        context=False,
        random_state=0,
    )
    tested = report.by_role("sensitive", "joint", "given y", "scan")
    assert len(tested) == 7
    raw = [answer.null.p_value for answer in tested]
    own = [report.p_values[answer.role, answer.name] for answer in tested]
    assert own == pytest.approx(holm(raw))
    assert min(own) == pytest.approx(7 * min(raw))


# Arithmetic ----------------------------------------------------------------------------

TABLE = np.array([[400.0, 200.0], [150.0, 250.0]])


def test_accuracy_and_advantage_of_a_table():
    own = certify_counts(TABLE, 0.95)
    assert own.accuracy == pytest.approx(beta.ppf(0.95, 651, 350))
    # The accuracy at half the error, less the greatest of both shares' lower limits at a quarter.
    hits = beta.ppf(1 - 0.025, 651, 350)
    assert own.advantage == pytest.approx(hits - beta.ppf(0.05 / 4, 550, 451))
    slack = np.sqrt(np.log(20) / 2 * (1 / 550 + 1 / 450))
    assert own.balanced_accuracy == pytest.approx((400 / 550 + 250 / 450 + slack) / 2)


@pytest.mark.parametrize(
    "table", [TABLE, np.array([[300.0, 100, 90], [100, 250, 60], [60, 40, 80]])]
)
def test_bits_of_a_table(table):
    n, n_classes = table.sum(), table.shape[1]
    joint = table / n
    plugin = (joint * np.log(joint / np.outer(joint.sum(axis=1), joint.sum(axis=0)))).sum()
    kappa = (n_classes - 1) * np.log(2 * (n_classes - 1) / (0.2 * 0.05)) / n
    p = np.linspace(1e-6, 1 - 1e-6, 1_000_000)
    share = joint.sum(axis=0).min()
    most = -np.log(p[rel_entr(share, p) + rel_entr(1 - share, 1 - p) <= kappa].min())
    # Of all laws with two values, the greatest mean that the sample does not refute.
    q = p
    low = np.log((1 - (1 - q) * np.exp(-most)) / q)  # the low value is -low
    mean = (1 - q) * most - q * low
    seen = (most - (plugin + kappa)) / (most + low)
    with np.errstate(invalid="ignore"):
        distance = rel_entr(seen, q) + rel_entr(1 - seen, 1 - q)
    left = (distance <= np.log(1 / (0.8 * 0.05)) / n) | (mean <= plugin + kappa)
    expected = mean[left & np.isfinite(mean)].max() / np.log(2)
    assert certify_counts(table, 0.95).bits == pytest.approx(expected, abs=1e-4)


def test_floors_are_debiased():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(200):
        y, s = rng.integers(4, size=200), rng.integers(4, size=200)
        s = np.where(rng.uniform(size=200) < 0.5, y, s)
        found.append(label_floor(Target("y", y, 4), Target("s", s, 4)).label_floor)
    joint = np.full((4, 4), 0.5 / 16) + 0.5 * np.eye(4) / 4
    truth = (joint * np.log2(joint * 16)).sum()
    assert np.mean(found) == pytest.approx(truth, abs=0.012)
    groups = np.repeat(np.arange(200), 1 + 3 * s)  # persons count, not their rows
    repeated = label_floor(Target("y", y[groups], 4), Target("s", s[groups], 4), groups)
    assert repeated.label_floor == pytest.approx(found[-1])


def test_a_pools_weights_have_not_seen_the_rows_that_they_are_judged_on(monkeypatch):
    fitted: list = []
    plain = pooled.fit_pool

    def fit_pool(predictions, targets):
        fitted.append(len(targets))
        return plain(predictions, targets)

    monkeypatch.setattr(pooled, "fit_pool", fit_pool)
    rng = np.random.default_rng(0)
    estimator = MutualInformationEstimator(members="linear", random_state=0)
    estimator.fit(rng.normal(size=(300, 2)), rng.integers(2, size=300))
    assert fitted.count(300) == 1  # that of predictions for other rows
    assert max(size for size in fitted if size < 300) <= 240


def test_the_error_over_folds_is_that_of_a_mean():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    value, error = _mean([(np.array([v]), np.array([0.1])) for v in values])
    assert value == 2.5
    assert error == pytest.approx(values.std(ddof=1) / 2)


def test_a_capacity_needs_a_secret_key():
    class Noisy:
        class release_:
            key_is_secret, n_outputs, channel = True, 1, GaussianChannel(5.0)

        def transform(self, X):
            return X + 0.0

    rng = np.random.default_rng(0)
    arguments = (rng.normal(size=(200, 1)), np.arange(200) % 2)
    options = {"attackers": "linear", "n_permutations": 0, "random_state": 0}
    assert audit_leakage(Noisy(), *arguments, **options).at_most.bits is not None
    Noisy.release_.key_is_secret = False
    assert audit_leakage(Noisy(), *arguments, **options).at_most.bits is None


def test_the_mutants_of_the_benchmark_are_of_this_code():
    for mutant in MUTANTS:
        text = (PACKAGE / mutant.path).read_text("utf-8")
        assert text.count(mutant.old) == 1, mutant.name
