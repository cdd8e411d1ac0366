"""Fits, searches, paths and audits on a cluster: what comes of them is what one process finds."""

import contextlib
import os
import warnings

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.utils.parallel import delayed

from sklearn_infoshape import (
    InfoShapeTransformer,
    audit_leakage,
    fit_partitions,
    infoshape_path,
    lagrangian_scorer,
)
from sklearn_infoshape.exceptions import LostWorkerError
from sklearn_infoshape.runtime import dask_calls
from sklearn_infoshape.runtime.losses import is_loss
from sklearn_infoshape.runtime.parallel import in_parallel
from tests.conftest import DyingClassifier, small_problem

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.slow,
    pytest.mark.whole_search,  # workers know no shorter one
]

SETTINGS = {"posterior": ["linear", "boosting"], "n_components": 4, "random_state": 0}


def processes(n_workers):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": None}
    return distributed.Client(distributed.LocalCluster(**options))


@pytest.fixture(scope="module")
def cluster():
    with processes(2) as client:
        yield client
        client.cluster.close()


@pytest.fixture(params=[2])
def doomed_cluster(request):
    with processes(request.param) as client:
        yield client
        client.wait_for_workers(request.param, timeout=60)  # one on its way back hinders the end
        client.cluster.close()


def test_dask_fits_what_one_process_fits(cluster):
    X, y, s = small_problem(200)
    expected = InfoShapeTransformer(**SETTINGS).fit(X, y, s)
    with parallel_config(backend="dask"):
        shaper = InfoShapeTransformer(**SETTINGS, n_jobs=2).fit(X, y, s)
        np.testing.assert_array_equal(shaper.transform(X), expected.transform(X))
    np.testing.assert_array_equal(shaper.release_proba(X), expected.release_proba(X))


def test_dask_searches_and_audits_as_one_process_does(cluster):
    X, y, s = small_problem(150)
    settings = {**SETTINGS, "posterior": "linear"}

    def found():
        search = GridSearchCV(
            InfoShapeTransformer(**settings),
            {"privacy_multiplier": [0.1, 3.0]},
            scoring=lagrangian_scorer(1.0),
            cv=2,
        )
        with sklearn.config_context(enable_metadata_routing=True):
            search.fit(X, y, sensitive_features=s)
        path = infoshape_path(X, y, s, [0.1, 3.0], posterior="linear", random_state=0)
        report = audit_leakage(
            search.best_estimator_, X, s, attackers="linear", n_permutations=0, random_state=0
        )
        return (
            search.transform(X),
            search.cv_results_["mean_test_score"],
            path.leakage_bits,
            report.to_dict()["at_least"]["bits"],
        )

    expected = found()
    with parallel_config(backend="dask"):
        for one, other in zip(found(), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_partitions_are_fitted_alike_by_threads_and_by_processes(cluster):
    X, y, s = small_problem(900)
    da = pytest.importorskip("dask.array")
    columns = [da.from_array(column, chunks=(300, *column.shape[1:])) for column in (X, y, s)]

    def found():
        shaper = InfoShapeTransformer(**{**SETTINGS, "posterior": "linear"})
        return fit_partitions(shaper, *columns, rows_in_memory=500).transform(X)

    with parallel_config(backend="dask"):
        there = found()
    with dask_config("threads"):
        np.testing.assert_array_equal(found(), there)


def dask_config(scheduler):
    return pytest.importorskip("dask").config.set(scheduler=scheduler)


class DyingOnce(LogisticRegression):
    """Takes the first worker that fits it with it, but for the process that made it."""

    def __init__(self, parent=0, mark=""):
        super().__init__()
        self.parent, self.mark = parent, mark

    def fit(self, X, y):
        if os.getpid() != self.parent:
            with contextlib.suppress(FileExistsError):
                open(self.mark, "x").close()
                os._exit(1)
        return super().fit(X, y)


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(doomed_cluster, tmp_path):
    X, y, s = small_problem(200)
    dying = DyingOnce(os.getpid(), str(tmp_path / "died"))
    settings = {**SETTINGS, "posterior": [dying, "linear"]}
    expected = InfoShapeTransformer(**settings).fit(X, y, s).transform(X)
    with parallel_config(backend="dask"):
        shaper = InfoShapeTransformer(**settings).fit(X, y, s)
    np.testing.assert_array_equal(shaper.transform(X), expected)
    assert (tmp_path / "died").exists()


def _die(number):
    os._exit(number)


@pytest.mark.parametrize("doomed_cluster", [1], indirect=True)  # each that dies is started anew
def test_a_fit_that_kills_its_workers_is_a_clear_error(doomed_cluster, monkeypatch):
    monkeypatch.setattr(dask_calls, "_MOST_ATTEMPTS", 2)
    X, y, s = small_problem(200)
    doomed_cluster.run_on_scheduler(
        lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0)
    )
    shaper = InfoShapeTransformer(
        posterior=[DyingClassifier(os.getpid()), "linear"], random_state=0
    )
    with parallel_config(backend="dask"):
        # Nothing is sent ahead of these that could be lost: Dask says KilledWorker, at once.
        with pytest.raises(LostWorkerError, match="on a cluster"):
            list(in_parallel([delayed(_die)(1), delayed(_die)(2)], None))
        with pytest.raises(LostWorkerError, match="on a cluster"):
            shaper.fit(X, y, s)
    assert not hasattr(shaper, "release_")


def _refuse():
    raise ValueError("I refuse")


def _asks_twice(number):
    with contextlib.suppress(ValueError):
        list(in_parallel([delayed(_refuse)()], None))
    return list(in_parallel([delayed(abs)(-number)], None))


def test_a_call_within_a_call_may_fail_and_another_follows(cluster):
    with parallel_config(backend="dask"):
        assert list(in_parallel([delayed(_asks_twice)(n) for n in (1, 2)], None)) == [[1], [2]]


class Told:
    """What a call finds of the settings of whoever called."""

    def __call__(self, number, *, offset):
        warnings.warn("told", UserWarning, stacklevel=1)
        return number + offset, sklearn.get_config()["transform_output"]


def test_workers_have_the_settings_of_whoever_called(cluster):
    calls = [delayed(Told())(n, offset=10) for n in range(3)]
    with (
        parallel_config(backend="dask"),
        sklearn.config_context(transform_output="pandas"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        found = list(in_parallel(calls, None))
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="told"):
            list(in_parallel(calls, None))
    assert [one[:2] for one in found] == [(10, "pandas"), (11, "pandas"), (12, "pandas")]


class Counted:
    """Counts how often it is sent away."""

    sent = 0

    def __reduce__(self):
        Counted.sent += 1
        return Counted, ()


def _second(shared, number):
    return number


def test_what_calls_share_is_sent_once(cluster):
    shared = Counted()
    with parallel_config(backend="dask"):
        found = list(in_parallel([delayed(_second)(shared, n) for n in range(20)], None))
    assert found == list(range(20))
    assert Counted.sent == 1


@pytest.mark.parametrize(
    ("module", "name", "text", "expected"),
    [
        ("ray.exceptions", "WorkerCrashedError", "", True),
        ("ray.exceptions", "RayTaskError", "", False),
        ("distributed.scheduler", "KilledWorker", "", True),
        ("py4j.protocol", "Py4JJavaError", "Python worker exited unexpectedly (crashed)", True),
        ("py4j.protocol", "Py4JJavaError", "PythonException: ValueError", False),
        ("somebody", "KilledWorker", "", False),
    ],
)
def test_losses_of_workers_are_known_without_their_packages(module, name, text, expected):
    kind = type(name, (Exception,), {"__module__": module})
    assert is_loss(kind(text)) is expected
