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

from sklearn_infoshape import InfoShapeTransformer

matplotlib.use("Agg")
torch.set_num_threads(1)
settings.register_profile("suite", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("suite")

CHANNEL_NAMES = ("categorical", "gaussian", "deterministic")


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


def cheap(**parameters):
    """A one-stage transformer that trains in a moment, unless told otherwise."""
    settings_ = {"posterior": None, "max_epochs": 4, "hidden_layer_sizes": (8,), "random_state": 0}
    return InfoShapeTransformer(**{**settings_, **parameters})
