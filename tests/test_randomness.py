"""Torch's randomness in a user's module: ours to seed, and the process's to keep."""

import pickle
import random

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback
from torch import nn

from sklearn_infoshape import (
    InfoShapeTransformer,
    MutualInformationEstimator,
    PosteriorFeatures,
    ShapingGame,
    audit_leakage,
)
from sklearn_infoshape.codes import annealing, atoms
from sklearn_infoshape.neural.randomness import LentGenerator
from sklearn_infoshape.posterior.network import NetworkMember
from sklearn_infoshape.posterior.perceptron import Perceptron
from tests.conftest import cheap, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")


class Dropped(nn.Dropout):
    """A user's own kind of dropout, which draws by the functional form."""

    def forward(self, x):
        return nn.functional.dropout(x, self.p, self.training)


class Attention(nn.Module):
    """Attention over the columns, whose weights are dropped."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(1, 4)
        self.attention = nn.MultiheadAttention(4, 2, dropout=0.3, batch_first=True)

    def forward(self, x):
        tokens = self.embed(x[..., None])
        return self.attention(tokens, tokens, tokens)[0].mean(1)


class Noisy(nn.Module):
    """Noise in the rows, in training and in evaluation."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)

    def forward(self, x):
        return self.layer(x + 0.5 * torch.rand(x.shape, dtype=x.dtype))


class Functional(nn.Module):
    """Functional dropout in training."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 8)

    def forward(self, x):
        return nn.functional.dropout(self.layer(x), 0.3, self.training)


class OfNumpy(nn.Linear):
    """Draws from numpy's and Python's global generators."""

    def forward(self, x):
        return super().forward(x) * random.uniform(0.9, 1.1) + np.random.uniform(-0.1, 0.1)


class OfItsBatch(nn.Linear):
    """Reads a row by those beside it, as layers do that normalise by their batch."""

    def forward(self, x):
        return super().forward(x - x.mean(dim=0) / 2)


class NoisySteps(torch.optim.SGD):
    """An optimiser that draws."""

    def step(self, closure=None):
        super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for weight in group["params"]:
                    weight += 1e-3 * torch.randn_like(weight)


MODULES = {
    "dropout of a subclass": lambda: nn.Sequential(nn.Linear(6, 8), Dropped(0.3)),
    "functional dropout": Functional,
    "attention dropout": Attention,
    "noise in each pass": Noisy,
    "numpy's and Python's draws": lambda: OfNumpy(6, 8),
    "the rows beside it": lambda: OfItsBatch(6, 8),
}


@pytest.fixture
def short_stage_two(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 5)
    monkeypatch.setattr(annealing, "_STEPS", 5)
    monkeypatch.setattr(atoms, "_CLIMB_STEPS", 5)


def parameters_of(shaper):
    if shaper.release_.posteriors is None:
        return [p.detach().numpy() for p in shaper.release_.encoder().parameters()]
    member = shaper.release_.posteriors.models[0][0][0]
    return [p.detach().numpy() for p in member.trunk_.parameters()]


@pytest.mark.parametrize("posterior", [None, "auto"])
@pytest.mark.parametrize("module", MODULES)
def test_draws_of_a_users_module_are_ours(module, posterior, short_stage_two, monkeypatch):
    monkeypatch.setitem(NetworkMember.__init__.__kwdefaults__, "max_epochs", 2)
    X, y, s = small_problem(120)
    torch.manual_seed(0)
    template = MODULES[module]()
    settings = {"posterior": posterior, "encoder": template, "max_epochs": 2, "folds": 2}
    fits = []
    for seed in (1, 2):  # wherever the global generator is
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        before = torch.get_rng_state()
        others = random.getstate(), str(np.random.get_state())
        shaper = cheap(**settings).fit(X, y, s)
        Z = shaper.transform(X)
        np.testing.assert_array_equal(Z[:7], shaper.transform(X[:7]))  # of each row alone
        assert torch.equal(torch.get_rng_state(), before)
        assert (random.getstate(), str(np.random.get_state())) == others
        fits.append((Z, *parameters_of(shaper)))
    for first, second in zip(*fits, strict=True):
        np.testing.assert_array_equal(first, second)


def test_draws_of_a_users_optimiser_are_ours():
    X, y, s = small_problem(120)
    weights = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        shaper = cheap(net_params={"optimizer": NoisySteps}, channel="gaussian").fit(X, y, s)
        assert torch.equal(torch.get_rng_state(), before)
        weights.append(shaper.release_.weights["head.weight"])
    np.testing.assert_array_equal(*weights)


def test_partial_fit_goes_on_with_its_own_draws():
    X, y, s = small_problem(120)
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        shaper = cheap(encoder=Functional, channel="gaussian")
        for _ in range(2):
            before = torch.get_rng_state()
            shaper.partial_fit(X, y, s)
            assert torch.equal(torch.get_rng_state(), before)
            torch.rand(5)  # a user draws in between
        found.append(shaper.transform(X))
    np.testing.assert_array_equal(*found)


def test_modules_that_draw_beside_each_other_in_threads_do_not_mix():
    X, y, s = small_problem(120)
    shapers = [cheap(encoder=Functional, random_state=r) for r in (0, 1)]
    alone = [shaper.fit(X, y, s).release_.weights for shaper in shapers]
    Parallel(2, backend="threading")(delayed(shaper.fit)(X, y, s) for shaper in shapers)
    for first, shaper in zip(alone, shapers, strict=True):
        for name, value in first.items():
            np.testing.assert_array_equal(value, shaper.release_.weights[name])


class FitsInThreads(Callback):
    """Fits other transformers while one is being trained, in threads of their own."""

    def on_epoch_begin(self, net, **kwargs):
        X, y, s = small_problem(60)
        Parallel(2, backend="threading")(
            delayed(cheap(encoder=Functional, max_epochs=1).fit)(X, y, s) for _ in range(2)
        )

    on_grad_computed = on_train_end = on_epoch_begin


@pytest.mark.parametrize("module", [Functional, None])
def test_a_callback_may_fit_others_of_ours_also_in_threads(module):
    X, y, s = small_problem(120)
    settings = {"encoder": module, "channel": "gaussian", "max_epochs": 1, "batch_size": 120}
    alone = cheap(**settings).fit(X, y, s).transform(X)
    with_others = cheap(**settings, net_params={"callbacks": [FitsInThreads()]}).fit(X, y, s)
    np.testing.assert_array_equal(with_others.transform(X), alone)


class FitsInside(nn.Module):
    """A module that fits one of ours while it is built."""

    def __init__(self):
        super().__init__()
        X, y, s = small_problem(60)
        cheap(max_epochs=1).fit(X, y, s)
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        return self.layer(x)


def test_a_module_may_fit_one_of_ours_while_it_is_built():
    X, y, s = small_problem(60)
    assert len(cheap(encoder=FitsInside).fit(X, y, s).transform(X)) == 60


def test_no_generator_of_another_device_is_seeded(monkeypatch, problem):
    for name in ("torch.cuda.manual_seed_all", "torch.cuda.manual_seed"):
        monkeypatch.setattr(name, lambda seed: pytest.fail("a GPU was seeded"))
    X, y, s = problem
    cheap().fit(X, y, s)
    Perceptron(StandardScaler(), max_epochs=1, device="cpu").fit(X, y)
    MutualInformationEstimator("smile", folds=2, max_epochs=1).fit(X[:, :1], X[:, 1])


def test_torchs_default_precision_changes_nothing(short_stage_two):
    X, y, s = small_problem(120)

    def found():
        for settings in (
            {"channel": "gaussian", "n_bins": None, "mi_estimator": "remine"},
            {"posterior": ["network", "linear"], "folds": 2},
            {"posterior": "linear", "channel": "gaussian", "folds": 2},
        ):
            yield cheap(**settings).fit(X, y + 0.1 * X[:, 2], s).transform(X)
        few = np.round(X[:, :2] > 0)
        yield cheap(posterior="linear", folds=2).fit(few, y, s).transform(few)
        for bound in ("smile", "cross_entropy"):
            estimator = MutualInformationEstimator(bound, folds=2, max_epochs=1, random_state=0)
            label = y if bound == "cross_entropy" else y + 0.1 * X[:, 0]
            yield estimator.fit(X, label).information_bits_

    as_usual = list(found())
    before = torch.get_default_dtype()
    for kind in (torch.float64, torch.bfloat16):
        torch.set_default_dtype(kind)
        try:
            in_other = list(found())
            user = cheap(encoder=Functional).fit(X, y, s)
            assert pickle.loads(pickle.dumps(user)).transform(X).shape[0] == len(X)
            assert torch.get_default_dtype() == kind
        finally:
            torch.set_default_dtype(before)
        for first, second in zip(as_usual, in_other, strict=True):
            np.testing.assert_array_equal(first, second)


def single_precision(X):
    return X.astype(np.float32)


def first_columns(X):
    return X[:, :2]


def torch_classifier(*layers):
    net = NeuralNetClassifier(
        nn.Sequential(*layers, nn.Softmax(1)),
        max_epochs=1,
        batch_size=32,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )
    return make_pipeline(FunctionTransformer(single_precision), net)


def test_draws_of_a_users_torch_classifier_are_ours(short_stage_two):
    X, y, s = small_problem(120)
    classifier = torch_classifier(Functional(), nn.Linear(8, 2))
    audited = torch_classifier(nn.Linear(2, 2), nn.Dropout(0.2))
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        shaper = InfoShapeTransformer(
            posterior=PosteriorFeatures(classifier, folds=2), random_state=0
        )
        shaper.fit(X, y, s)
        said = shaper.release_.posteriors.models[0][0][0].predict_proba
        report = audit_leakage(
            first_columns,
            X,
            s,
            attackers=[audited],
            n_permutations=0,
            context=False,
            random_state=0,
        )
        shaper.transform(X)
        MutualInformationEstimator(members=classifier, folds=2, random_state=0).fit(X, y)
        assert torch.equal(torch.get_rng_state(), before)
        found.append((said(X), report.leakage_bits))
    for first, second in zip(*found, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_lent_generator_is_given_back_also_where_a_block_fails():
    def fail():
        torch.rand(3)
        raise RuntimeError("in between")

    before = torch.get_rng_state()
    generator = LentGenerator(0)
    with pytest.raises(RuntimeError, match="in between"), generator.lent():
        fail()
    assert generator.moved
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.gpu
@pytest.mark.parametrize("posterior", [None, "auto"])
def test_a_gpus_global_generator_stays_where_it_is(posterior):
    X, y, s = small_problem(200)
    found = []
    for seed in (1, 2):
        torch.cuda.manual_seed_all(seed)
        before = torch.cuda.get_rng_state()
        shaper = InfoShapeTransformer(
            posterior=posterior,
            encoder=Functional,
            device="cuda",
            game=ShapingGame(max_epochs=2),
            random_state=0,
        ).fit(X, y, s)
        assert torch.equal(torch.cuda.get_rng_state(), before)
        found.append(parameters_of(shaper))
    for first, second in zip(*found, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-4)
