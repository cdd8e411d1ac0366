"""Native threads and worker processes: how many work on a fit changes nothing of what it finds."""

import os
import threading

import numpy as np
import pytest
import sklearn
import torch
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils.parallel import delayed
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from sklearn_infoshape import (
    InfoShapeTransformer,
    MutualInformationEstimator,
    PosteriorFeatures,
    audit_leakage,
    lagrangian_scorer,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.exceptions import LostWorkerError
from sklearn_infoshape.runtime import threads
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.threads import more_threads, one_thread
from tests.conftest import DyingClassifier, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def shortest_search(monkeypatch):
    """What is tested here does not depend on how long stage two searches."""
    monkeypatch.setattr(annealing, "_FREE_STEPS", 10)
    monkeypatch.setattr(annealing, "_STEPS", 10)


def numbers():
    """Threads of every native pool, and torch's, as this thread sees them."""
    pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    return {**pools, "torch": torch.get_num_threads()}


class Watching(LogisticRegression):
    """Notes how many native threads there are while it is fitted."""

    seen: list = []

    def fit(self, X, y):
        Watching.seen.append(numbers())
        return super().fit(X, y)


def two_threads():
    """As on a machine with two cores, whatever this one has."""
    torch.get_num_threads()  # torch sets a thread's own number when it is first asked
    return threadpool_limits(2)


def test_a_fit_works_on_one_thread_and_leaves_all_as_they_were():
    X, y, s = small_problem(200)
    with two_threads():
        before = numbers()
        assert max(before.values()) == 2
        Watching.seen = []
        shaper = InfoShapeTransformer(posterior=Watching(), random_state=0).fit(X, y, s)
        assert numbers() == before
        shaper.transform(X)
        with pytest.raises(ValueError, match="NaN"):
            shaper.fit(np.full_like(X, np.nan), y, s)
        assert numbers() == before
    assert {number for seen in Watching.seen for number in seen.values()} == {1}


def test_calls_side_by_side_leave_the_threads_of_the_process():
    entered, left = threading.Event(), threading.Event()
    found = []

    def first():
        with one_thread():
            entered.set()
            left.wait(20)
            found.append(numbers())

    with two_threads():
        before = numbers()
        call = threading.Thread(target=first)
        call.start()
        entered.wait(20)
        with one_thread(), one_thread():
            assert set(numbers().values()) == {1}
        left.set()
        call.join()
        assert numbers() == before
    assert set(found[0].values()) == {1}


def test_large_fits_get_their_threads_back_but_torch(monkeypatch):
    def openmp():
        pools = ThreadpoolController().select(user_api="openmp").lib_controllers
        return {pool.num_threads for pool in pools if "torch" not in pool.filepath}

    with two_threads(), one_thread():
        with more_threads(10):
            assert openmp() == {1}
        with more_threads(threads._ENOUGH_ROWS):
            assert openmp() == {2}
            assert torch.get_num_threads() == 1
        assert openmp() == {1}
    with two_threads(), more_threads(10**9):  # without a call of ours around it all is as it was
        assert openmp() == {2}


@pytest.mark.slow
@pytest.mark.whole_search  # worker processes know no shorter one
def test_the_release_is_the_same_whoever_fits_it():
    X, y, s = small_problem(120)
    members = PosteriorFeatures(["linear", "boosting", "network"], folds=2)
    settings = {"posterior": members, "random_state": 0}
    expected = InfoShapeTransformer(**settings).fit(X, y, s).transform(X)
    shaper = InfoShapeTransformer(n_jobs=2, **settings)
    np.testing.assert_array_equal(shaper.fit(X, y, s).transform(X), expected)
    for backend in ("threading", "loky"):
        with parallel_config(backend=backend, n_jobs=2):
            shaper = InfoShapeTransformer(**settings).fit(X, y, s)
        np.testing.assert_array_equal(shaper.transform(X), expected)
    settings["posterior"] = "linear"
    search = GridSearchCV(
        InfoShapeTransformer(n_jobs=2, **settings),
        {"privacy_multiplier": [0.1, 3.0]},
        scoring=lagrangian_scorer(1.0),
        cv=2,
        n_jobs=2,
    )
    with sklearn.config_context(enable_metadata_routing=True):
        search.fit(X, y, sensitive_features=s)
    alone = search.best_estimator_.set_params(n_jobs=None).fit(X, y, s)
    np.testing.assert_array_equal(search.transform(X), alone.transform(X))


def test_errors_of_members_come_through_workers():
    X, y, s = small_problem(200)

    class Refusing(LogisticRegression):
        def fit(self, X, y):
            raise ValueError("I refuse")

    features = PosteriorFeatures([Refusing(), "linear"], random_state=0)
    with parallel_config(backend="threading", n_jobs=2), pytest.raises(ValueError, match="refuse"):
        features.fit(X, y, s)


def test_attackers_work_on_one_thread():
    X, _, s = small_problem(300)
    with two_threads():
        before = numbers()
        Watching.seen = []
        audit_leakage(np.asarray, X, s, attackers=Watching(), n_permutations=0, random_state=0)
        assert numbers() == before
    assert {number for seen in Watching.seen for number in seen.values()} == {1}


@pytest.mark.parametrize("way", ["auto", "smile"])
def test_measured_information_does_not_depend_on_n_jobs(way):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(300, 3))
    labels = {
        "classes": (Z[:, 0] + rng.normal(size=300) > 0).astype(int),
        "amounts": Z[:, :2] ** 2 + rng.normal(size=(300, 2)),
    }
    settings = {"folds": 2, "max_epochs": 2, "random_state": 0}
    for label in labels.values():
        found = []
        for backend, n_jobs in (("sequential", None), ("loky", 2), ("threading", 2)):
            estimator = MutualInformationEstimator(way, n_jobs=n_jobs, **settings)
            with parallel_config(backend):
                estimator.fit(Z, label)
            found.append((estimator.raw_information_bits_, estimator.confidence_interval_))
            assert estimator.score(Z, label) > -1
        assert found[0] == found[1] == found[2]


def _as_joblibspark_reports():
    raise AttributeError("'Parallel' object has no attribute '_backend_args'")


def test_what_joblibspark_hides_is_said_to_be_hidden():
    with pytest.raises(LostWorkerError, match="Spark's log has the cause"):
        list(in_parallel([delayed(_as_joblibspark_reports)()], None))


# The last: workers of whatever follows are started anew, and import everything.
@pytest.mark.slow
def test_a_worker_that_dies_in_stage_one_is_named_and_changes_nothing():
    X, y, s = small_problem(200)
    shaper = InfoShapeTransformer(posterior="linear", random_state=0).fit(X, y, s)
    before = shaper.transform(X)
    shaper.set_params(posterior=[DyingClassifier(os.getpid()), "linear"], n_jobs=2)
    with pytest.raises(LostWorkerError, match="Lower n_jobs"):
        shaper.fit(X, y, s)
    np.testing.assert_array_equal(shaper.transform(X), before)
