"""What fits, paths and audits share with other threads: results and process are as alone."""

import threading
import warnings

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_info, threadpool_limits
from torch import nn

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    MutualInformationEstimator,
    PosteriorFeatures,
    ShapingGame,
    audit_leakage,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing, atoms
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.search import path
from tests.conftest import budget_search, cheap, small_problem


@pytest.fixture
def short_stage_two(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 5)
    monkeypatch.setattr(annealing, "_STEPS", 5)
    monkeypatch.setattr(atoms, "_CLIMB_STEPS", 5)


def state_of_the_process():
    pools = [
        (p["filepath"], p["num_threads"]) for p in threadpool_info() if p["user_api"] == "blas"
    ]
    return {
        "torch's generator": torch.get_rng_state().tolist(),
        "numpy's generator": [np.asarray(part).tolist() for part in np.random.get_state()],
        "filters": warnings.filters[:],
        "showwarning": (warnings.showwarning, warnings._showwarnmsg_impl),
        "threads of BLAS": pools,
        "threads of torch": torch.get_num_threads(),
        "precision": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "numpy's errors": np.geterr(),
    }


class Dropped(nn.Module):
    """A trunk with functional dropout."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 8)

    def forward(self, x):
        return nn.functional.dropout(self.layer(x), 0.3, self.training)


def two_stages(X, y, s):
    shaper = InfoShapeTransformer(
        posterior=PosteriorFeatures("linear", folds=2),
        channel=CategoricalChannel(n_init=1),
        random_state=0,
    )
    return shaper.fit(X, y, s).transform(X)


def with_a_users_module(X, y, s):
    return cheap(encoder=Dropped, channel="gaussian").fit(X, y, s).transform(X)


def whole_path(X, y, s):
    found = infoshape_path(
        X,
        y,
        s,
        [0.1, 100.0],
        posterior=PosteriorFeatures("linear", folds=2),
        channel=CategoricalChannel(n_init=1),
        random_state=0,
    )
    return found.leakage_bits


def _two_columns(X):
    return X[:, :2]


def audit(X, y, s):
    some = slice(200)
    report = audit_leakage(
        _two_columns,
        X[some],
        s[some],
        attackers=["linear", "neighbours"],
        n_permutations=0,
        random_state=0,
    )
    return report.leakage_bits


def estimate(X, y, s):
    return (
        MutualInformationEstimator("smile", folds=2, max_epochs=1, random_state=0)
        .fit(X[:, :1], X[:, 1])
        .information_bits_
    )


CALLS = [two_stages, with_a_users_module, whole_path, audit, estimate]


@pytest.mark.filterwarnings("ignore")
def test_calls_side_by_side_give_what_they_give_alone_and_leave_the_process(short_stage_two):
    X, y, s = small_problem(420)
    with threadpool_limits(2, user_api="blas"):
        alone = [call(X, y, s) for call in CALLS]
        before = state_of_the_process()
        together = Parallel(4, backend="threading")(delayed(call)(X, y, s) for call in CALLS)
        after = state_of_the_process()
    for name, value in before.items():
        assert after[name] == value, name
    for first, second in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)


class InTurns:
    """Two threads within a block at once, of which the first to come is the first to leave."""

    def __init__(self):
        self.lock, self.inside = threading.Lock(), 0
        self.came, self.left = threading.Event(), threading.Event()

    def __call__(self, function):
        def overlapping(*args, **kwargs):
            with self.lock:
                first = self.inside == 0
                self.inside += 1
            if first:
                self.came.wait(20)
            else:
                self.came.set()
                self.left.wait(20)
            return function(*args, **kwargs)

        return overlapping


def run_both(call):
    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
def test_two_paths_of_which_the_first_ends_first_leave_the_filters(monkeypatch, short_stage_two):
    X, y, s = small_problem(200)
    turns = InTurns()
    monkeypatch.setattr(path, "fit_members", turns(path.fit_members))

    def call():
        whole_path(X, y, s)
        turns.left.set()

    before, shown = list(warnings.filters), warnings._showwarnmsg_impl
    for thread in run_both(call):
        thread.join()
    assert warnings.filters == before
    assert warnings._showwarnmsg_impl is shown


@pytest.mark.filterwarnings("ignore")
def test_what_libraries_limit_side_by_side_is_mended_by_the_last_call(monkeypatch, problem):
    X, y, s = problem
    turns = InTurns()

    def meddle(*args, **kwargs):
        with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
            warnings.simplefilter("error", FutureWarning)
            turns(NearestNeighbors)()

    class Estimator(InfoShapeTransformer):
        def _validate_params(self):
            meddle()
            super()._validate_params()

    def call():
        with pytest.raises(KeyError):
            Estimator(posterior=None, game=ShapingGame(max_epochs=1), random_state=0).fit(X, y, s)

    reading = "sklearn_infoshape.transformer.read_problem"
    monkeypatch.setattr(reading, lambda *args: turns.left.set() or stop())
    with threadpool_limits(2, user_api="blas"):
        before = state_of_the_process()
        for thread in run_both(call):
            thread.join()
        after = state_of_the_process()
    assert after == before


def stop():
    raise KeyError("read")


def test_filters_that_a_user_changes_meanwhile_stay_changed(problem):
    X, y, s = problem
    entered, changed = threading.Event(), threading.Event()

    class Waiting(nn.Linear):
        def __init__(self):
            super().__init__(6, 3)
            entered.set()
            changed.wait(20)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = run_both(lambda: cheap(encoder=Waiting, max_epochs=1).fit(X, y, s))
        entered.wait(20)
        warnings.simplefilter("error", FutureWarning)
        changed.set()
        for thread in threads:
            thread.join()
        assert warnings.filters[0][:3] == ("error", None, FutureWarning)


MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "device": lambda: torch.device("meta"),
}


@pytest.mark.filterwarnings("ignore")
def test_torchs_modes_in_the_callers_thread_change_nothing(short_stage_two):
    X, y, s = small_problem(120)

    def found():
        for settings in (
            {"channel": "gaussian"},
            {"posterior": PosteriorFeatures("network", folds=2)},
        ):
            yield cheap(**settings).fit(X, y, s).transform(X)
        yield PosteriorFeatures("linear", random_state=0).fit(X, y, s).transform(X)
        yield estimate(X, y, s)

    as_usual = list(found())
    for mode in MODES.values():
        with mode():
            in_mode = list(found())
        for first, second in zip(as_usual, in_mode, strict=True):
            np.testing.assert_array_equal(first, second)


def test_a_path_says_each_kind_of_warning_once_and_folds_say_none(short_stage_two):
    X, y, s = small_problem(200)
    settings = {
        "posterior": PosteriorFeatures("linear", folds=2),
        "channel": CategoricalChannel(n_init=1),
        "random_state": 0,
    }
    with pytest.warns(CollapsedEncoderWarning, match="of 2 privacy_multipliers") as caught:
        infoshape_path(X, y, s, [1e3, 1e4], **settings)
    assert sum(w.category is CollapsedEncoderWarning for w in caught) == 1
    with pytest.warns(CollapsedEncoderWarning, match="delivered release") as caught:
        budget_search([1e3, 1e4], max_leakage=1, cv=2, **settings).fit(X, y, s)
    assert sum(w.category is CollapsedEncoderWarning for w in caught) == 1
