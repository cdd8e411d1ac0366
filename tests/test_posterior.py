"""Posteriors: keyed folds, members, the pool, and the two-stage transformer on top of them."""

import copy
import json
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from sklearn_infoshape import (
    InfoShapeTransformer,
    PosteriorFeatures,
)
from sklearn_infoshape.data.identities import row_identities
from sklearn_infoshape.data.scaling import affine_map, extreme_limits
from sklearn_infoshape.datasets import load_digits_parity, make_shaping_problem
from sklearn_infoshape.exceptions import CalibrationWarning
from sklearn_infoshape.posterior.binning import CoarseBins
from sklearn_infoshape.posterior.cache import FitRequest
from sklearn_infoshape.posterior.crossfit import keyed_folds
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.posterior.pool import fewest_members, fit_pool, pool
from sklearn_infoshape.posterior.stored_rows import stored_part
from tests.conftest import cheap, nested, small_problem

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
    "ignore::sklearn.exceptions.ConvergenceWarning",
)


# Keyed folds ------------------------------------------------------------------------------


def test_folds_are_balanced_and_belong_to_the_row():
    X = np.random.default_rng(0).normal(size=(5000, 3))
    folds = keyed_folds(b"key", row_identities(X), 5)
    assert np.bincount(folds).min() > 900
    order = np.random.default_rng(1).permutation(5000)
    np.testing.assert_array_equal(keyed_folds(b"key", row_identities(X[order]), 5), folds[order])
    assert (keyed_folds(b"other", row_identities(X), 5) != folds).mean() > 0.7


def test_what_is_said_of_a_row_comes_from_models_that_have_not_seen_its_label():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)).astype(np.float32)
    y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
    key = b"a key of at least sixteen bytes!"

    def of_its_fold(labels, row):
        said = PosteriorFeatures(release_key=key, random_state=0).fit(X, labels).posteriors_
        (fold,) = keyed_folds(said.key, row_identities(X[[row]]), said.n_folds)
        row_alone = X[[row]].astype(float)
        return fold, [model.predict_proba(row_alone) for model in said.models[0][fold]]

    tried = set()
    for row in range(6):
        changed = y.copy()
        changed[row] = 1 - y[row]
        (fold, before), (_, after) = of_its_fold(y, row), of_its_fold(changed, row)
        np.testing.assert_array_equal(before, after)
        tried.add(fold < 5)  # of the half of the folds that says when trees of the other stop
    assert tried == {False, True}


@pytest.mark.parametrize(
    ("n", "p", "members", "folds"),
    [
        (80, 3, "auto", 10),
        (80, 3, "linear", 5),
        (80, 3, ["linear"], 5),
        (80, 201, "auto", 5),
    ],
)
def test_small_tables_have_ten_folds_where_members_are_not_named(n, p, members, folds):
    X = np.random.default_rng(0).normal(size=(n, p))
    asked = PosteriorFeatures(members, random_state=0)
    assert len(asked.fit(X, np.arange(n) % 2).posteriors_.models[0]) == folds
    asked.set_params(folds=3).fit(X, np.arange(n) % 2)
    assert len(asked.posteriors_.models[0]) == 3


@pytest.mark.parametrize("folds", [2, 5])
def test_one_person_may_have_nearly_all_rows(folds):
    rng = np.random.default_rng(0)
    person = np.r_[np.zeros(570), np.arange(1, 31)]
    X = np.column_stack([rng.normal(size=(600, 3)), person])
    features = PosteriorFeatures("boosting", folds=folds, fold_columns=[3], random_state=0)
    P = features.fit(X, rng.integers(5, size=600)).transform(X)
    np.testing.assert_allclose(P.sum(axis=1), 1)


def test_trees_stop_as_the_other_half_of_the_folds_says_and_hold_no_rows_out():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
    for n_folds, halves in ((5, (slice(2), slice(2, 5))), (1, (slice(1), slice(1)))):
        features = PosteriorFeatures("boosting", folds=n_folds, random_state=0)
        (folds,) = features.fit(X, y).posteriors_.models
        trees = [fold[0][-1] for fold in folds]
        assert not any(forest.early_stopping for forest in trees)
        for half in halves:
            assert len({forest.n_iter_ for forest in trees[half]}) == 1
        assert 6 < trees[0].n_iter_ < 400


@pytest.mark.parametrize("channel", ["categorical", "gaussian"])
def test_fit_transform_equals_fit_then_transform(channel):
    X, y, s = small_problem(n=400)
    shaper = cheap(posterior="auto", channel=channel)
    Z = shaper.fit_transform(X, y, sensitive_features=s)
    np.testing.assert_allclose(
        cheap(posterior="auto", channel=channel).fit(X, y, s).transform(X), Z
    )
    np.testing.assert_allclose(pickle.loads(pickle.dumps(shaper)).transform(X[::-1]), Z[::-1])


def random_labels(n=1500):
    """Labels that nothing in X tells: whatever a release shows of them was memorised."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 8)), rng.integers(2, size=n)


FOREST = RandomForestClassifier(30, random_state=0)


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CalibrationWarning")
def test_a_released_training_row_does_not_give_away_its_label():
    X, y = random_labels()
    agreement = {}
    for folds in (1, 5):
        features = PosteriorFeatures(FOREST, folds=folds, random_state=0).fit(X, y)
        agreement[folds] = (features.transform(X).argmax(1) == y).mean()
    assert agreement[1] > 0.95
    assert 0.45 < agreement[5] < 0.55


def test_near_duplicates_of_a_person_share_a_fold_by_fold_columns():
    X, y = random_labels(500)
    person = np.arange(500)
    twins = np.column_stack([np.vstack([X, X + 1e-4]), np.tile(person, 2)])
    both = np.tile(y, 2)
    agreement = {}
    for columns in (None, [8]):
        features = PosteriorFeatures(FOREST, fold_columns=columns, random_state=0).fit(twins, both)
        agreement[columns is None] = (features.transform(twins).argmax(1) == both).mean()
    assert agreement[True] > 0.8
    assert agreement[False] < 0.56
    assert features.n_features_in_ == 8


def test_values_that_many_rows_share_train_every_fold():
    rng = np.random.default_rng(0)
    value = rng.integers(16, size=6000)
    y = (rng.uniform(size=6000) < rng.uniform(0.05, 0.95, size=16)[value]).astype(int)
    X = rng.normal(size=(16, 3))[value]
    P = PosteriorFeatures("boosting", random_state=0).fit_transform(X, y)
    by_value = np.array([y[value == v].mean() for v in range(16)])
    assert np.abs(P[:, 1] - by_value[value]).max() < 0.12


def test_a_rare_class_is_given_its_prior_and_not_an_error():
    X, y, _ = small_problem(n=300)
    y[:3] = 2
    P = PosteriorFeatures("linear", random_state=0).fit_transform(X, y)
    assert P.shape == (300, 3)
    np.testing.assert_allclose(P.sum(1), 1)


def test_a_supervised_step_is_fitted_within_the_folds_as_a_part_of_a_member():
    rng = np.random.default_rng(0)
    X = rng.integers(400, size=(1500, 2)).astype(float)  # categories of about four rows
    y = rng.integers(2, size=1500)
    encode, classify = TargetEncoder(smooth=1.0), LogisticRegression()
    before = encode.fit(X, y).transform(X)
    told = {}
    for name, member, rows in [
        ("before", classify, before),
        ("within", make_pipeline(encode, classify), X),
    ]:
        features = PosteriorFeatures(member, random_state=0).fit(rows, y)
        told[name] = roc_auc_score(y, features.transform(rows)[:, 1])
    assert told["before"] > 0.7
    assert 0.45 < told["within"] < 0.55
    informative = (X[:, 0] % 10 < 5) ^ (rng.random(1500) < 0.1)
    features = PosteriorFeatures(member, random_state=0).fit(X % 10, informative)
    assert roc_auc_score(informative, features.transform(X % 10)[:, 1]) > 0.85


# Members and pool ---------------------------------------------------------------------------


def test_no_border_of_the_coarse_bins_is_a_value_of_the_data():
    X = np.random.default_rng(0).normal(size=(4000, 3)) * [1.0, 1e6, 1e-6]
    X[:, 1] = X[:, 1].round()
    bins = CoarseBins().fit(X)
    assert not any(np.isin(b, x).any() for b, x in zip(bins.borders_, X.T, strict=True))
    assert bins.transform(X).max(0).min() > 200
    few = np.random.default_rng(0).integers(5, size=(100, 1)).astype(float)
    np.testing.assert_array_equal(CoarseBins().fit_transform(few), few)


@pytest.mark.parametrize("n", [25, 200, 599, 4000])
def test_at_least_ten_rows_lie_between_two_borders(n):
    rng = np.random.default_rng(0)
    X = np.column_stack(
        [
            rng.normal(size=n),
            np.r_[1e7, rng.normal(size=n - 1)],
            rng.lognormal(sigma=3, size=n),
            rng.integers(n, size=n),  # nearly all values are rare
            rng.integers(17, size=n) * (rng.random(n) < 0.2),
            np.round(rng.normal(size=n), 1),
            np.where(rng.random(n) < 0.9, 0.0, rng.exponential(size=n)),
            np.arange(n) < 3,
            np.full(n, 5.0),
        ]
    ).astype(np.float32)
    bins = CoarseBins().fit(X)
    for column, borders in zip(X.T, bins.borders_, strict=True):
        counts = np.bincount(np.searchsorted(borders, column), minlength=len(borders) + 1)
        assert counts.min() >= 10
        assert not np.isin(borders, column).any()
    n_bins = [len(borders) + 1 for borders in bins.borders_]
    assert min(n_bins[:4]) >= min(n // 20, 150)  # and not much coarser than that
    assert n_bins[7:] == [1, 1]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("n_columns", [4, 210])
def test_one_extreme_row_blinds_no_member(member, n_columns):
    rng = np.random.default_rng(0)
    n = 800
    X = rng.normal(size=(n + 400, n_columns)) * np.r_[3.0, np.ones(n_columns - 1)]
    y = (X[:, 0] > 0).astype(int)
    for extreme in (1e7, -1e30):
        spoiled = X.copy()
        spoiled[0, :3] = extreme
        model = MEMBERS[member]((n, n_columns), 300, 0, "cpu").fit(spoiled[:n], y[:n])
        assert (model.predict_proba(X[n:]).argmax(1) == y[n:]).mean() > 0.8


class Bare(nn.Module):
    """A user's trunk for four columns, or for images of 2 x 2."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 8)

    def forward(self, x):
        return torch.tanh(self.layer(x.flatten(1)))


@pytest.mark.parametrize("posterior", ["auto", None])
@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_one_extreme_row_blinds_no_users_encoder_and_no_game(posterior, shape):
    rng = np.random.default_rng(0)
    X = 3 * rng.normal(size=(500, 4))
    y, s = (X[:, :2] > 0).T.astype(int)
    X[0, 2] = 1e7
    shaper = InfoShapeTransformer(
        0.1,
        encoder=Bare,
        random_state=0,
        **nested(posterior=posterior, folds=2, n_init=1, max_epochs=30),
    )
    shaper.fit(X.reshape(-1, *shape), y, s)
    assert shaper.utility_estimate_bits_ > 0.5


def test_one_row_in_a_constant_column_blinds_no_principal_components():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(800, 3)), np.zeros(800)])
    y = X[:, 0] > 0
    X[7, 3] = 1e12
    model = MEMBERS["components"]((500, 4), 200, 0, "cpu").fit(X[:500], y[:500])
    assert (model.predict_proba(X[500:]).argmax(1) == y[500:]).mean() > 0.93


def test_limits_of_extremes_leave_ordinary_columns_alone():
    rng = np.random.default_rng(0)
    n = 3000
    rare = np.zeros(n)
    rare[:4] = 1.0
    X = np.column_stack([rng.normal(size=n), rng.lognormal(size=n), rare, rng.integers(9, size=n)])
    two_heaps = np.where(rng.random(n) < 0.3, 0.9, 1e-4) + 1e-5 * rng.random(n)
    X = np.column_stack([X, two_heaps, np.full(n, 3.0)])
    lower, upper = extreme_limits(X)
    assert (np.clip(X, lower, upper) == X).all()
    location, scale = affine_map(X)
    np.testing.assert_allclose(location, X.mean(0))
    np.testing.assert_allclose(scale[:5], X.std(0)[:5])
    extreme = X.copy()
    extreme[np.arange(5), np.arange(5)] = [1e7, -1e7, 1e30, 1e7, -1e7]
    location, scale = affine_map(extreme)
    assert (np.abs(location - X.mean(0))[:5] < 0.3 * X.std(0)[:5]).all()
    assert (scale[[0, 1, 3, 4]] < 2 * X.std(0)[[0, 1, 3, 4]]).all()
    assert scale[2] < 0.5  # twelve times a heap of four


@pytest.mark.parametrize("member", MEMBERS)
def test_each_member_learns(member):
    X, y, s = make_shaping_problem(1200)
    P = PosteriorFeatures(member, random_state=0).fit_transform(X, y, sensitive_features=s)
    assert P.shape == (1200, 4)
    assert ((P[:, 1] > 0.5) == y).mean() > 0.9


@pytest.mark.filterwarnings("error")
def test_a_wide_table_may_have_constant_columns_and_many_units():
    rng = np.random.default_rng(0)
    X = np.hstack([rng.normal(size=(800, 1)), 1000 * rng.normal(size=(800, 230))])
    X[:, 100:120] = 5.0
    y = (X[:, 0] > -0.3) & (X[:, 0] < 1.5)  # no linear matter
    features = PosteriorFeatures(["boosting", "components"], random_state=0)
    found = features.fit(X[:500], y[:500]).transform(X[500:])[:, 1]
    assert np.mean((found > 0.5) == y[500:]) > 0.95


def test_a_wide_kernel_machine_does_not_learn_noisy_labels_by_heart():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1600, 220)) * np.r_[np.full(10, 3.0), np.full(210, 0.1)]
    y = (np.abs(X[:, 0]) > 2.0) ^ (rng.random(1600) < 0.25)
    member = MEMBERS["components"]((800, 220), 300, 0, "auto").fit(X[:800], y[:800].astype(int))
    found = member.predict_proba(X[800:])[np.arange(800), y[800:].astype(int)]
    assert -np.mean(np.log2(found)) < 1.0  # what a guess costs


def test_the_pool_is_no_worse_than_its_best_member_and_ignores_a_bad_one():
    rng = np.random.default_rng(0)
    truth = 1 / (1 + np.exp(-2 * rng.normal(size=4000)))
    targets = np.eye(2)[(rng.uniform(size=4000) < truth).astype(int)]
    good = np.column_stack([1 - truth, truth])
    sure = good**4 / (good**4).sum(1, keepdims=True)  # over-confident
    noise = rng.dirichlet([0.1, 0.1], size=4000)

    def cross_entropy(p):
        return -np.log((p * targets).sum(1)).mean()

    weights, bias = fit_pool([sure, noise], targets)
    np.testing.assert_allclose(weights[0], 0.25, atol=0.03)
    assert (weights[1] < 0.03).all()
    assert cross_entropy(pool([sure, noise], weights, bias)) < cross_entropy(good) + 0.01


def test_a_member_that_knows_one_class_best_weighs_most_there():
    rng = np.random.default_rng(0)
    codes = rng.integers(3, size=3000)
    targets = np.eye(3)[codes]

    def telling(noise):
        scores = 1.5 * targets + noise * rng.gumbel(size=targets.shape)
        return softmax(scores, axis=1)

    first, second = telling(np.array([0.3, 2.0, 2.0])), telling(np.array([2.0, 1.0, 1.0]))
    weights, _ = fit_pool([first, second], targets)
    assert weights.shape == (2, 3)
    assert weights[0, 0] - weights[0, 1:].max() > 0.1
    assert weights[0, 0] - weights[1, 0] > 0.1


def test_members_that_add_something_stay_in_the_pool():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 2000))
    truth = 1 / (1 + np.exp(-2 * (first + second)))
    targets = np.eye(2)[(rng.uniform(size=2000) < truth).astype(int)]
    targets[:500] = 0  # rows without a label
    halves = [1 / (1 + np.exp(-2 * half)) for half in (first, second)]
    half, other, all_of_it = (np.column_stack([1 - p, p]) for p in (*halves, truth))
    assert fewest_members([half, half, other], targets) in {(0, 2), (1, 2)}
    assert fewest_members([half, all_of_it, other], targets) == (1,)


def test_a_wide_table_keeps_the_members_that_tell_in_its_first_fold():
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(1300, 5))
    X = latent @ rng.normal(size=(5, 220)) + 0.1 * rng.normal(size=(1300, 220))
    y = latent[:, 0] > 0.2
    features = PosteriorFeatures(random_state=0).fit(X, y)
    (folds,) = features.posteriors_.models
    names = [[type(member).__name__ for member in fold] for fold in folds]
    assert len(names) == 5
    assert len(names[0]) < 4
    assert all(fold == names[0] for fold in names)
    assert np.mean((features.transform(X)[:, 1] > 0.5) == y) > 0.95
    (few,) = PosteriorFeatures(random_state=0).fit(X[:700], y[:700]).posteriors_.models
    assert {len(fold) for fold in few} == {4}


class Hoarder(ClassifierMixin, BaseEstimator):
    """Guesses, and keeps its rows somewhere."""

    def __init__(self, keep):
        self.keep = keep

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.kept_ = {"deep": [self.keep(np.asarray(X), y)]}
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Buffered(nn.Module):
    """A trunk that keeps the first batch it is trained on."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)
        self.register_buffer("first", torch.zeros(1))

    def forward(self, x):
        if self.training and len(self.first) == 1 and len(x) > 1:
            self.first = x.detach().clone()
        return self.layer(x)


NEIGHBOURS = make_pipeline(StandardScaler(), KNeighborsClassifier())
HOARDERS = {
    "list": lambda X, y: X.tolist(),
    "rows": lambda X, y: list(X[:20]),
    "transposed": lambda X, y: X.T.astype(np.float32),
    "column": lambda X, y: X[:40, 3].copy(),
    "dict of bytes": lambda X, y: {
        row.tobytes(): int(label) for row, label in zip(X, y, strict=True)
    },
    "set of tuples": lambda X, y: set(map(tuple, X)),
    "bytes": lambda X, y: b"abc" + X[5:50].tobytes(),
    "object array": lambda X, y: np.array([*X, None], dtype=object),
    "frame": lambda X, y: pd.DataFrame(X),
    "tensor": lambda X, y: torch.from_numpy(X[:30]),
    "records": lambda X, y: np.rec.fromarrays(X.T),
    "labels": lambda X, y: 1.0 - y,
}


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (KNeighborsClassifier(), "KNeighborsClassifier keeps the rows"),
        (make_pipeline(StandardScaler(), SVC(probability=True)), "SVC keeps the rows"),
        (CalibratedClassifierCV(KNeighborsClassifier()), "keeps the rows"),
        (VotingClassifier([("k", NEIGHBOURS)], voting="soft"), "KNeighborsClassifier keeps"),
        (BaggingClassifier(NEIGHBOURS, n_estimators=2), "KNeighborsClassifier keeps"),
        (GridSearchCV(NEIGHBOURS, {"memory": [None]}, cv=2), "KNeighborsClassifier keeps"),
        (CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC())), "SVC keeps"),
        (make_pipeline(Nystroem(), LogisticRegression()), "Nystroem keeps"),
        (make_pipeline(QuantileTransformer(), LogisticRegression()), "QuantileTransformer keeps"),
        (HistGradientBoostingClassifier(max_iter=5), "CoarseBins"),
        (
            BaggingClassifier(HistGradientBoostingClassifier(max_iter=5), n_estimators=2),
            "CoarseBins",
        ),
        *[(Hoarder(keep), "kept_.* keeps the rows") for keep in HOARDERS.values()],
        (["linear", Perceptron()], "predict_proba"),
        (["linear", "forest"], "not known"),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_unsuitable_members_are_refused_with_the_reason(member, message, problem):
    X, y, s = problem
    with pytest.raises(ValueError, match=message):
        PosteriorFeatures(member, random_state=0).fit(X, y, s)


@pytest.mark.parametrize(
    "member",
    [NEIGHBOURS, make_pipeline(PCA(4), KNeighborsClassifier()), *map(Hoarder, HOARDERS.values())],
)
@pytest.mark.parametrize("kind", ["amounts", "digits"])
def test_rows_are_found_whatever_the_type_of_the_member(member, kind):
    X, y, _ = small_problem(n=400)
    if kind == "digits":
        X, y = (part[:400] for part in load_digits_parity()[:2])
    X = X.astype(np.float32).astype(np.float64)
    part = stored_part(clone(member).fit(X, y), X, y)
    few_values = isinstance(member, Hoarder) and member.keep in (
        HOARDERS["column"],  # of at most 17 values, which many rows share
        HOARDERS["bytes"],
    )
    assert (part is None) == (few_values and kind == "digits")


class Ragged:
    """Ten parts or more, of which one cannot be made an array."""

    def __init__(self, X):
        self.__dict__.update(dict.fromkeys("abcdefghij"), uneven=[[1.0], [2.0, 3.0]], z=X)


COPIES = {
    "beside uneven lists": lambda X, y: Ragged(X),
    "standardised": lambda X, y: (X - X.mean(axis=0)) / X.std(axis=0),
    "doubled": lambda X, y: (2 * X).tolist(),
    "turned": lambda X, y: np.linalg.qr(X - X.mean(axis=0))[0].T,
    "products": lambda X, y: X @ X.T,
    "logarithms": lambda X, y: [np.sign(X[:, 3]) * np.log1p(np.abs(X[:, 3]))],
    "half precision": lambda X, y: X.astype(np.float16),
    "rounded": lambda X, y: np.rint(X * 1000).astype(int),
    "complex": lambda X, y: X[:, 0] + 1j * X[:, 1],
    "bytes as integers": lambda X, y: X.view(np.int32),
    "bytes one by one": lambda X, y: X.astype(np.float32).view(np.uint8),
    "text of numbers": lambda X, y: [str(value) for value in X[:40, 2]],
    "one text": lambda X, y: json.dumps(X.tolist()),
    "label text": lambda X, y: np.array(["no", "yes"])[y],
    "label bytes": lambda X, y: bytes(y.tolist()),
    "label column": lambda X, y: 1.0 - y[:, None],
    "one-hot labels": lambda X, y: np.eye(2)[y],
    "rows of a class": lambda X, y: {c: np.flatnonzero(y == c) for c in (0, 1)},
}


@pytest.mark.parametrize("keep", COPIES.values(), ids=COPIES)
def test_rows_and_labels_are_found_however_they_are_written(keep):
    X, y, _ = small_problem(n=400)
    X = X.astype(np.float32).astype(np.float64)
    assert stored_part(Hoarder(keep).fit(X, y), X, y) is not None


def test_isotonic_scores_of_rows_are_found_and_those_of_atoms_are_not():
    X, y, _ = small_problem(n=400)
    member = CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3)
    assert stored_part(member.fit(X, y), X, y) == "IsotonicRegression"
    atoms = np.sign(X[:, :3])
    assert stored_part(member.fit(atoms, y), atoms, y) is None


@pytest.mark.parametrize(
    ("posterior", "channel"), [("auto", "categorical"), (None, "categorical"), (None, "gaussian")]
)
def test_a_users_module_that_keeps_rows_is_refused(posterior, channel, problem):
    X, y, s = problem
    shaper = cheap(encoder=Buffered, posterior=posterior, channel=channel)
    with pytest.raises(ValueError, match=r"Buffered.* keeps|NetworkMember.* keeps"):
        shaper.fit(X, y, s)
    if posterior is None:
        with pytest.raises(ValueError, match=r"Buffered.* keeps"):
            shaper.partial_fit(X, y, s)
    assert not hasattr(shaper, "release_")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_largest_numbers_are_no_trouble_to_a_scaler(kind):
    X = np.random.default_rng(0).normal(size=(300, 3)).astype(kind)
    X[:, 2] = 0
    X[0] = np.finfo(np.float32).max
    location, scale = affine_map(X)
    assert np.isfinite(location).all()
    assert np.isfinite(scale).all()
    assert (scale[:2] < 2).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["amounts", "integers", "digits"])
def test_members_that_keep_no_rows_are_not_refused(kind):
    X, y, _ = small_problem(n=600)
    rng = np.random.default_rng(0)
    if kind == "integers":  # dense and sparse ones, nearly all of them rare
        X = np.column_stack([X[:, :2] * 100, rng.integers(900, size=600), rng.lognormal(9, 1, 600)])
        X = np.column_stack([X.round(), X[:, 0].round() / 100])
    elif kind == "digits":
        X, y = (part[:600] for part in load_digits_parity()[:2])
    X = X.astype(np.float32).astype(np.float64)
    for member in [
        LogisticRegression(),
        RandomForestClassifier(20),
        ExtraTreesClassifier(20),
        RandomForestClassifier(30, oob_score=True),
        GradientBoostingClassifier(n_estimators=10),
        AdaBoostClassifier(n_estimators=10),
        LinearDiscriminantAnalysis(),
        make_pipeline(KMeans(5, n_init=1), LogisticRegression()),
        MLPClassifier(max_iter=5),
        CalibratedClassifierCV(LinearSVC(), cv=3),
        BaggingClassifier(make_pipeline(MinMaxScaler(), LogisticRegression())),
        make_pipeline(RobustScaler(), GaussianNB()),
        make_pipeline(KBinsDiscretizer(5), LogisticRegression()),
        make_pipeline(CoarseBins(), HistGradientBoostingClassifier(max_iter=5)),
        make_pipeline(RBFSampler(n_components=600), LogisticRegression()),
        make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()),
        Hoarder(lambda X, y: [X.mean(0), np.linspace(0, 1, 101), np.arange(900.0)]),
        Hoarder(lambda X, y: np.random.default_rng(9).normal(size=(9, 900)).astype(np.float32)),
    ]:
        assert stored_part(clone(member).fit(X, y), X, y) is None, member


@pytest.mark.parametrize(
    "member",
    [
        RandomForestClassifier(5),
        make_pipeline(StandardScaler(), RandomForestClassifier(5)),
        BaggingClassifier(DecisionTreeClassifier(max_features=1), n_estimators=3),
        GridSearchCV(
            LogisticRegression(),
            {"C": np.logspace(-4, 0, 20)},
            cv=StratifiedKFold(2, shuffle=True),
        ),
    ],
)
def test_a_users_member_draws_from_our_seed(member, problem):
    X, y, _ = problem
    before = np.random.get_state()[1].copy()
    features = PosteriorFeatures(member, folds=3, random_state=0)
    found = [clone(features).fit(X, y).transform(X) for _ in range(2)]
    np.testing.assert_array_equal(*found)
    assert (np.random.get_state()[1] == before).all()
    other = features.set_params(random_state=1, release_key=b"key").fit(X, y)
    assert (other.transform(X) != found[0]).any()


def test_a_users_classifiers_are_pooled(problem):
    X, y, s = problem
    shaper = cheap(posterior=[LogisticRegression(), "boosting"]).fit(X, y, s)
    assert len(shaper.release_.posteriors.models[0][0]) == 2


def test_posterior_features_name_their_columns(problem):
    X, y, s = problem
    features = PosteriorFeatures("linear").fit(X, np.where(y, "yes", "no"), s)
    assert list(features.get_feature_names_out()) == [
        "p(y=no)",
        "p(y=yes)",
        "p(sensitive_features=0)",
        "p(sensitive_features=1)",
    ]
    model = make_pipeline(PosteriorFeatures("linear"), LogisticRegression())
    assert model.fit(X, y).score(X, y) > 0.85


# The two-stage transformer --------------------------------------------------------------------


def test_memory_pays_for_stage_one_once(problem, tmp_path, monkeypatch):
    X, y, s = problem
    fits = []
    fit = LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda self, *a, **k: fits.append(1) or fit(self, *a, **k)
    )
    memory = joblib.Memory(tmp_path, verbose=0)
    settings = {"posterior": "linear", "memory": memory}
    first = cheap(privacy_multiplier=1.0, **settings).fit(X, y, s)
    n_fits = len(fits)
    cheap(privacy_multiplier=5.0, **settings).fit(X, y, s)
    assert len(fits) == n_fits > 0
    again = cheap(privacy_multiplier=1.0, **settings).fit(X, y, s)
    np.testing.assert_array_equal(again.transform(X), first.transform(X))
    uncached = cheap(privacy_multiplier=1.0, posterior="linear").fit(X, y, s)
    np.testing.assert_array_equal(uncached.transform(X), first.transform(X))


def test_a_copy_of_a_users_module_asks_the_same_and_a_changed_one_does_not():
    module = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout())

    def digest(encoder):
        return FitRequest(encoder=encoder, rows=np.ones(3)).digest()

    copied, pickled = copy.deepcopy(module), pickle.loads(pickle.dumps(module))
    assert digest(module) == digest(copied) == digest(pickled)  # searches clone
    copied[0].weight.data[0, 0] += 1e-6
    pickled[2].p = 0.4
    assert len({digest(each) for each in (module, copied, pickled, nn.ReLU, nn.Tanh)}) == 5


def planted_bytes(X, y, s, names, *keys):
    """All bytes and texts by which a planted table could be recognised."""
    found = {bytes(key) for key in keys} | {bytes(key).hex().encode() for key in keys}
    for kind in (np.float32, np.float64):
        found |= {row.tobytes() for row in X.astype(kind)}
        found |= {value.tobytes() for value in X.astype(kind).ravel()}
    found |= {repr(float(value)).encode() for value in X.ravel()}
    found |= {repr(float(value)).encode() for value in X.astype(np.float32).ravel()}
    found |= {repr(row_identities(X[[i]]))[3:25].encode() for i in range(len(X))}
    found |= {str(name).encode() for name in names}
    for label in (y, s):
        codes = np.unique(label, return_inverse=True)[1]
        found |= {codes.astype(kind).tobytes() for kind in (np.int8, int, np.float32, float)}
        found |= {np.eye(2, dtype=kind)[codes].tobytes() for kind in (np.float32, float)}
        found |= {"".join(map(str, codes)).encode(), ", ".join(map(str, codes)).encode()}
    return {secret for secret in found if len(secret) > 3}


@pytest.mark.parametrize("posterior", ["linear", "boosting", LogisticRegression(C=0.5), None])
def test_a_cache_holds_and_prints_no_row_label_or_key(posterior, tmp_path, capsys):
    n = 60 if posterior == "linear" else 200
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    y, s = rng.integers(2, size=(2, n))
    persons = [f"person {i:04}" for i in range(n)]
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(person=persons)
    key = b"a key of many bytes"
    memory = joblib.Memory(tmp_path, verbose=50)
    settings = {"fold_columns": "person", "memory": memory, "release_key": key}
    if posterior is None:
        shaper = InfoShapeTransformer(posterior="linear", **settings).fit(table, y, s)
        fitted = shaper.release_.posteriors
    else:
        fitted = PosteriorFeatures(posterior, **settings).fit(table, y, s).posteriors_
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files) + "".join(map(str, files)).encode()
    printed = "".join(capsys.readouterr())
    assert "fit_label" in printed
    assert len(files) >= 5
    secrets = planted_bytes(X, y, s, persons, key, fitted.key)
    found = [secret for secret in secrets if secret in stored]
    assert not [secret for secret in found if len(secret) > 4]
    assert len(found) < 2  # one of four bytes is there by chance in a few per cent of such files
    assert not [secret for secret in secrets if secret in printed.encode()]


@pytest.mark.parametrize("given", ["path", "new path", "memory"])
def test_nobody_else_reads_a_cache(given, tmp_path, problem):
    X, y, s = problem
    folder = tmp_path / "cache"
    if given == "path":
        folder.mkdir(mode=0o755)
    memory = joblib.Memory(str(folder), verbose=0) if given == "memory" else str(folder)
    PosteriorFeatures("linear", memory=memory, random_state=0).fit(X, y, s)
    ours = folder / "joblib" / "sklearn_infoshape"
    paths = [ours, *ours.rglob("*")]
    paths += {"path": [ours.parent], "new path": [folder, ours.parent], "memory": []}[given]
    assert len(paths) > 8
    assert not any(path.stat().st_mode & 0o077 for path in paths)


def test_a_cache_serves_each_label_and_a_key_alone(problem, tmp_path, monkeypatch):
    X, y, s = problem
    fits = []
    fit = LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda self, *a, **k: fits.append(1) or fit(self, *a, **k)
    )

    def n_fits(estimator, *data):
        before = len(fits)
        estimator.fit(*data)
        return len(fits) - before

    features = PosteriorFeatures("linear", memory=tmp_path, release_key=b"key")
    assert n_fits(features, X, y, s) == 10
    first = features.transform(X)
    assert n_fits(features, X, y, s) == 0
    np.testing.assert_array_equal(features.transform(X), first)
    assert n_fits(features, X, y, np.roll(s, 1)) == 5
    assert n_fits(clone(features).set_params(release_key=b"other"), X, y, s) == 10
    assert n_fits(features, X + 1, y, s) == 10
    for fits_of_a_number in (10, 0):
        numbered = clone(features).set_params(release_key=None, random_state=0)
        assert n_fits(numbered, X, y, s) == fits_of_a_number
    shaper = InfoShapeTransformer(
        posterior="linear", memory=tmp_path, release_key=b"key", verbose=1, privacy_multiplier=3.0
    )
    assert n_fits(shaper, X, y, s) == 0


@pytest.mark.whole_search
def test_nothing_a_row_is_in_the_pickle_of_two_stages():
    sizes = []
    for n in (1000, 4000):
        X, y, s = small_problem(n=n)
        X[3] = np.pi * np.arange(1, 7)
        stored = pickle.dumps(cheap(posterior="auto", folds=2).fit(X, y, s))
        sizes.append(len(stored))
        scaled = (X[3] - X.mean(0)) / X.std(0)
        for values in [X[3], scaled, y, s, *X[3], *scaled]:
            for kind in (np.float64, np.float32):
                bytes_ = np.asarray(values, dtype=kind).tobytes()
                assert bytes_ not in stored
    assert sizes[1] < 2 * sizes[0]  # more and deeper trees, up to their limit, and no rows


@pytest.mark.whole_search
def test_boosting_thresholds_hold_no_value_of_a_row():
    X, y, s = small_problem(n=2000)
    shaper = cheap(posterior="boosting", folds=2).fit(X, y, s)
    values = np.concatenate([X.ravel(), X.astype(np.float32).ravel()])
    for fold_models in shaper.release_.posteriors.models:
        for (member,) in fold_models:
            trees = member[-1]
            assert isinstance(trees, HistGradientBoostingClassifier)
            thresholds = [
                node["num_threshold"]
                for stage in trees._predictors
                for tree in stage
                for node in tree.nodes
                if not node["is_leaf"]
            ]
            assert len(thresholds) > 0
            assert not np.isin(thresholds, values).any()


class Convolution(nn.Module):
    """A small trunk for flattened 8 × 8 images."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)
        )

    def forward(self, x):
        return self.layers(x.reshape(-1, 1, 8, 8))


@pytest.mark.slow
def test_a_convolution_trains_pickles_and_releases():
    X, y, s = load_digits_parity()
    images = X.reshape(-1, 8, 8)
    shaper = InfoShapeTransformer(
        1.0, encoder=Convolution, posterior=PosteriorFeatures(folds=2), random_state=0
    )
    shaper.fit(images[:700], y[:700], s[:700])
    Z = pickle.loads(pickle.dumps(shaper)).transform(images[700:])
    np.testing.assert_array_equal(copy.deepcopy(shaper).transform(images[700:]), Z)
    table = Z.T @ np.eye(2)[y[700:]]
    assert table.max(1).sum() / table.sum() > 0.9  # accuracy of the best map from code to y
    with pytest.raises(ValueError, match="encoder is a torch module"):
        shaper.set_params(posterior="boosting").fit(images, y, s)


def test_two_stages_take_labels_of_all_kinds():
    X, y, s = small_problem(n=400)
    rng = np.random.default_rng(0)
    amounts = np.column_stack([s + rng.normal(size=400), rng.normal(size=400)])
    some = np.where(rng.uniform(size=400) < 0.5, s, np.nan)
    for targets, sensitive in [(y + rng.normal(size=400), amounts), (y, some), (X[:, :2] > 1, s)]:
        shaper = cheap(posterior="linear").fit(X, targets, sensitive)
        assert np.isfinite(shaper.transform(X)).all()
        assert np.isfinite(shaper.leakage_estimate_bits_).all()


def test_amounts_have_no_posterior(problem):
    X, y, s = problem
    with pytest.raises(ValueError, match="posterior=None"):
        cheap(posterior="auto", channel="gaussian", n_bins=None).fit(X, y + 0.1 * X[:, 0], s)


def test_partial_fit_is_for_one_stage():
    assert not hasattr(cheap(posterior="auto"), "partial_fit")
    assert hasattr(cheap(), "partial_fit")


class Overconfident(LogisticRegression):
    """Says every class is nearly certain."""

    def predict_proba(self, X):
        p = super().predict_proba(X)
        return np.where(p == p.max(1, keepdims=True), 0.999, 0.001)


def test_estimates_are_of_observed_labels_whatever_the_posteriors_believe():
    X, y = random_labels()
    s = np.roll(y, 7)
    shaper = cheap(posterior=Overconfident(), privacy_multiplier=0.0).fit(X, y, s)
    assert shaper.utility_estimate_bits_ < 0.02


def test_no_global_generator_moves(problem):
    X, y, s = problem
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    cheap(posterior="auto").fit(X, y, s).transform(X)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()


def test_miscalibrated_posteriors_are_said():
    from sklearn_infoshape.data.sample import Sample
    from sklearn_infoshape.release.codebook import _warn_of_miscalibration

    shaper = cheap(posterior="linear").fit(*small_problem(n=2000))
    X, y, s = small_problem(n=2000)
    Z = shaper.transform(X)
    targets = shaper.labels_.encode([("y", y)], [("s", s)])
    doubtful = [0.9 * 0.5 + 0.1 * target.astype(float) for target in targets]
    with pytest.warns(CalibrationWarning, match="observed labels show"):
        _warn_of_miscalibration(shaper.labels_, Z, Sample(X, None, targets), doubtful)


def test_rows_that_one_person_repeats_do_not_train_the_persons_own_fold():
    # 40 equal rows of one person, all of class 1, among others of class 0.
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(200, 2)), np.full((40, 2), 9.0)])
    y = np.r_[rng.integers(2, size=200), np.ones(40, dtype=int)]
    person = np.r_[np.arange(200), np.full(40, 200)]
    told = {}
    for name, persons in {"one": person, "many": np.arange(240)}.items():
        table = np.column_stack([X, persons])
        features = PosteriorFeatures(FOREST, fold_columns=[2], random_state=0).fit(table, y)
        told[name] = features.transform(table)[-40:, -1].mean()
    assert told["one"] < 0.8 < told["many"]


def test_persons_with_equal_rows_draw_apart_and_come_nearer_the_best_law():
    # Two bits, each read with errors: y is their exclusive or with one, s is the other.
    rng = np.random.default_rng(0)
    X = rng.integers(4, size=(4000, 1)).astype(float)
    task, sensitive = np.array([0.05, 0.4, 0.6, 0.95]), np.array([0.1, 0.3, 0.9, 0.8])
    y, s = (rng.uniform(size=4000) < p[X[:, 0].astype(int)] for p in (task, sensitive))
    table = np.column_stack([X, np.arange(4000)])
    shaper = InfoShapeTransformer(2.0, posterior="boosting", fold_columns=[1], random_state=0)
    Z = shaper.fit(table, y, s).transform(table)
    # One value of x, several codes: the draws of persons are their own.
    drawn = [len(np.unique(Z[X[:, 0] == value].argmax(1))) for value in range(4)]
    alone = InfoShapeTransformer(2.0, posterior="boosting", random_state=0).fit(X, y, s)
    assert max(drawn) > 1
    assert [len(np.unique(alone.transform(X)[X[:, 0] == v].argmax(1))) for v in range(4)] == [1] * 4
    assert np.array_equal(Z, shaper.transform(table))
