"""Settings for all tests: the array API, one thread a worker, few examples."""

import os

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # before scikit-learn is imported
# Two workers with two threads each on two cores wait for each other more than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import settings
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from sklearn_infoshape import (
    CategoricalChannel,
    GaussianChannel,
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    ShapingGame,
)
from sklearn_infoshape.audit import attackers
from sklearn_infoshape.codes import annealing, atoms
from sklearn_infoshape.posterior import members, perceptron
from sklearn_infoshape.release import estimates

matplotlib.use("Agg")
torch.set_num_threads(1)
settings.register_profile("suite", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("suite")

CHANNEL_NAMES = ("categorical", "gaussian", "deterministic")

#: Of scikit-learn's checks of an estimator, and why.
EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": (
        "15 rows are compared with 30 copies of 12 of them: a released code is of ten persons, a "
        "class of two and a leaf of ten rows, however much they weigh, and only the ratios of "
        "weights count; what is estimated is compared in test_weights.py"
    )
}


def pytest_configure(config):
    """Tests fit in one stage for speed, and know that this memorises labels."""
    config.addinivalue_line(
        "filterwarnings", "ignore::sklearn_infoshape.exceptions.MemorizedLabelsWarning"
    )


def pytest_collection_modifyitems(items):
    """Skip what needs a GPU where there is none."""
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture(autouse=True)
def quick_estimates(request, monkeypatch):
    """Columns are estimated by one attacker, where a test is not about what estimates say."""
    if not request.node.get_closest_marker("whole_estimates"):
        monkeypatch.setattr(estimates, "_ATTACKERS", ("linear",))


@pytest.fixture(autouse=True)
def short_search(request, monkeypatch):
    """Few steps of members and codes, enough for these rows; a test may ask for all of them."""
    if not request.node.get_closest_marker("whole_search"):
        monkeypatch.setattr(members, "HistGradientBoostingClassifier", few_trees)
        monkeypatch.setattr(perceptron, "_FEWEST_STEPS", 80)
        monkeypatch.setattr(annealing, "_FREE_STEPS", 100)
        monkeypatch.setattr(annealing, "_STEPS", 200)
        monkeypatch.setattr(annealing, "_RATE", 0.004)
        monkeypatch.setattr(atoms, "_CLIMB_STEPS", 300)


@pytest.fixture(autouse=True)
def own_draws(request, monkeypatch):
    """A test draws the same rows whatever ran before it."""
    if hasattr(request.module, "RNG"):
        monkeypatch.setattr(request.module, "RNG", np.random.default_rng(0))


@pytest.fixture
def quick_attackers(monkeypatch):
    """Boosting of scorers and audits with a quarter of its trees, which learn as much faster."""

    def trees(max_iter, learning_rate, **parameters):
        fewer = {"max_iter": max_iter // 4, "learning_rate": 4 * learning_rate}
        return HistGradientBoostingClassifier(**fewer, **parameters)

    monkeypatch.setattr(attackers, "HistGradientBoostingClassifier", trees)


@pytest.fixture
def one_worker(monkeypatch):
    """A local cluster that documented code starts has one process: each imports all of it anew."""
    distributed = pytest.importorskip("dask.distributed")
    own = distributed.LocalCluster

    def local_cluster(**options):
        return own(**{**options, "n_workers": 1})

    monkeypatch.setattr(distributed, "LocalCluster", local_cluster)


def few_trees(max_iter, learning_rate, **parameters):
    """The trees of the member "boosting", a tenth as many that learn as much faster."""
    fewer = {"max_iter": max(max_iter // 10, 6), "learning_rate": min(4 * learning_rate, 0.4)}
    return HistGradientBoostingClassifier(**fewer, **parameters)


class DyingClassifier(LogisticRegression):
    """Takes its process with it, but for the one that made it."""

    def __init__(self, parent=0):
        super().__init__()
        self.parent = parent

    def fit(self, X, y):
        if os.getpid() != self.parent:
            os._exit(1)
        return super().fit(X, y)


def small_problem(n=240, seed=0):
    """Rows in which a few columns tell y, others s, and some neither."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    s = rng.integers(2, size=n)
    X = rng.normal(size=(n, 6))
    X[:, 0] += 3 * y
    X[:, 1] += 3 * s
    return X, y, s


@pytest.fixture
def problem():
    """A small binary problem."""
    return small_problem()


_OF_GAME = set(ShapingGame().get_params())
_OF_SEARCH = set(InfoShapeTransformerCV().get_params(deep=False)) - {"estimator"}


def nested(**flat):
    """Parameters of a transformer, some of them by the bare names of nested ones.

    ``max_epochs`` and so on make a ShapingGame where one is played (and are left out where none
    is), ``folds`` PosteriorFeatures, ``n_init`` and ``noise_scale`` a channel with them.
    """
    folds, noise_scale = flat.pop("folds", None), flat.pop("noise_scale", None)
    game = {name: flat.pop(name) for name in _OF_GAME & set(flat)}
    channel = flat.get("channel", "categorical")
    is_code = channel == "categorical" or isinstance(channel, CategoricalChannel)
    if flat.get("posterior", "auto") is None or not is_code:
        flat.setdefault("game", ShapingGame(**game))
    elif "n_init" in game:
        flat["channel"] = CategoricalChannel(n_init=game["n_init"])
    if folds is not None and flat.get("posterior", "auto") is not None:
        flat["posterior"] = PosteriorFeatures(flat.get("posterior", "auto"), folds=folds)
    if noise_scale is not None:
        flat["channel"] = GaussianChannel(noise_scale)
    return flat


def cheap(**flat):
    """A one-stage transformer that trains in a moment, unless told otherwise; see nested."""
    sizes = {} if flat.get("encoder") is not None else {"hidden_layer_sizes": (8,)}
    settings_ = {"posterior": None, "max_epochs": 4, "random_state": 0, **sizes, **flat}
    return InfoShapeTransformer(**nested(**settings_))


def fitted_names(estimator):
    """Attributes that a fit has set."""
    return [name for name in vars(estimator) if name.endswith("_") or name == "_net"]


def budget_search(multipliers, **parameters):
    """An InfoShapeTransformerCV; what it has no parameter for is of the transformer it holds."""
    own = {name: parameters.pop(name) for name in _OF_SEARCH & set(parameters)}
    return InfoShapeTransformerCV(InfoShapeTransformer(**nested(**parameters)), multipliers, **own)
