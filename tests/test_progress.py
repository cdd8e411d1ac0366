"""Progress: one bar for all that a call does, on a terminal, of names and numbers alone."""

import io
import re
import threading

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    audit_leakage,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.runtime.progress import shown_progress
from tests.conftest import cheap, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def short_stage_two(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 5)
    monkeypatch.setattr(annealing, "_STEPS", 5)


class Interrupted(LogisticRegression):
    """Fails in stage one."""

    def fit(self, X, y, sample_weight=None):
        raise ZeroDivisionError


def problem(n=200):
    X, y, s = small_problem(n)
    return X, pd.Series(y, name="ill"), pd.Series(s, name="sex")


def quick(**parameters):
    stage_one = PosteriorFeatures(["linear", LogisticRegression()], folds=2)
    return InfoShapeTransformer(posterior=stage_one, random_state=0, **parameters)


def counts(text):
    """All "done/total" that were written, without repetitions."""
    found = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+) \[", text)]
    return [pair for i, pair in enumerate(found) if i == 0 or pair != found[i - 1]]


def fit(X, y, s, **parameters):
    quick(**parameters).fit(X, y, s)


def path(X, y, s, **parameters):
    shaper = quick(**parameters)
    infoshape_path(X, y, s, 3, posterior=shaper.posterior, random_state=0, **parameters)


def search(X, y, s, **parameters):
    InfoShapeTransformerCV(quick(**parameters), [0.1, 1.0, 8.0], max_leakage=0.9, cv=2).fit(X, y, s)


def certified(X, y, s, **parameters):
    shaper = quick(**parameters)
    options = {"max_leakage": 0.9, "verify": "certificate", "calibration_fraction": 0.6}
    InfoShapeTransformerCV(shaper, [0.1, 1.0, 8.0], **options).fit(X, y, s)


def features(X, y, s):
    PosteriorFeatures("linear", folds=3).fit(X, y, s)


def audit(X, y, s, verbose=0):
    audit_leakage(lambda rows: rows, X, s, attackers=["linear"], context=False, verbose=verbose)


# Two labels, two members, two folds; then multipliers; of each split all again, and its judgement.
STEPS = {fit: 8 + 1, path: 8 + 3, search: 11 + 2 * (11 + 1), certified: 8 + 3, audit: 1 + 1}


@pytest.mark.parametrize("call", STEPS)
def test_a_call_shows_one_bar_on_a_terminal(call, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    call(*problem(), verbose=1)
    found, total = counts(terminal.getvalue()), STEPS[call]
    assert found[:9] == [(done, total) for done in range(9 if total > 8 else 3)]
    assert found == sorted(found)  # a few multipliers may be solved in one go
    assert found[-1] == (total, total)
    assert terminal.getvalue().endswith("\n")
    assert terminal.getvalue().count("\n") == 1


def test_it_says_what_runs():
    terminal = Terminal()
    with shown_progress(terminal):
        search(*problem())
    names = list(dict.fromkeys(re.findall(r"\r([^\r]*?): +\d+%", terminal.getvalue())))
    assert names[:4] == [
        "stage one, ill: linear",
        "stage one, ill: LogisticRegression",
        "stage one, sex: linear",
        "stage one, sex: LogisticRegression",
    ]
    assert "stage two: 3 multipliers" in names
    assert "split 2 of 2, stage one, sex: LogisticRegression" in names
    assert names[-1] == "split 2 of 2, judged"


@pytest.mark.parametrize("call", [*STEPS, features])
def test_nothing_is_written_unasked(call, capfd):
    call(*problem())
    assert capfd.readouterr() == ("", "")


def test_a_pipe_gets_lines_if_asked_twice(capfd):
    fit(*problem(), verbose=1)
    assert capfd.readouterr() == ("", "")
    fit(*problem(), verbose=2)
    out, err = capfd.readouterr()
    assert out == ""
    assert "\r" not in err
    assert counts(err) == [*((done, 9) for done in range(10))]
    assert err.splitlines()[-1].startswith("9/9 ")


def test_a_block_shows_all_calls_in_it_in_one_bar():
    terminal = Terminal()
    with shown_progress(terminal) as progress:
        progress.plan(1)
        progress.tell("the table is read")
        progress.advance()
        for call in (fit, features, audit):
            call(*problem())
    assert counts(terminal.getvalue())[-1] == (1 + 9 + 6 + 2, 1 + 9 + 6 + 2)
    assert terminal.getvalue().count("\n") == 1
    fit(*problem())
    assert terminal.getvalue().count("\n") == 1
    for disable, shown in ((True, False), (None, False), (False, True)):
        with shown_progress(file := io.StringIO(), disable=disable):
            fit(*problem())
        assert bool(file.getvalue()) == shown


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
@pytest.mark.parametrize("call", [fit, search, audit])
def test_what_workers_did_counts(call, backend):
    terminal = Terminal()
    with parallel_config(backend=backend, n_jobs=2), shown_progress(terminal):
        call(*problem())
    found = counts(terminal.getvalue())
    assert found[-1] == (STEPS[call], STEPS[call])
    assert found == sorted(found)
    assert terminal.getvalue().count("\n") == 1


def test_what_a_cache_had_counts(tmp_path):
    fit(*problem(), memory=tmp_path)
    with shown_progress(terminal := Terminal()):
        fit(*problem(), memory=tmp_path)
    assert counts(terminal.getvalue()) == [(0, 9), (4, 9), (8, 9), (9, 9)]


def test_no_thread_and_no_lock_of_processes_stays_behind(monkeypatch):
    def refused(*_):
        raise AssertionError("tqdm starts a thread of its own")

    monkeypatch.setattr("tqdm.std.TMonitor", refused)
    before, monitor = threading.enumerate(), tqdm.monitor
    with shown_progress(Terminal()):
        fit(*problem())
    assert threading.enumerate() == before
    assert tqdm.monitor is monitor


def test_an_error_ends_the_bar_and_the_next_call_begins_anew():
    X, y, s = problem()
    terminal = Terminal()
    interrupted = cheap(posterior=Interrupted())
    with pytest.raises(ZeroDivisionError), shown_progress(terminal):
        interrupted.fit(X, y, s)
    assert terminal.getvalue().endswith("\n")
    written = terminal.getvalue()
    fit(X, y, s)
    assert terminal.getvalue() == written


def test_no_value_of_the_data_is_shown(monkeypatch):
    X, y, _ = problem()
    s = np.array(["secret one", "secret two"])[np.arange(len(y)) % 2]
    with shown_progress(terminal := Terminal()):
        quick(release_key=b"secret").fit(X, y, s)
        audit_leakage(lambda rows: rows, X, s, attackers=["linear"])
    assert "secret" not in terminal.getvalue()


def test_a_game_is_one_step():
    X, y, s = problem()
    with shown_progress(terminal := Terminal()):
        cheap(channel="gaussian").fit(X, y, s)
    assert counts(terminal.getvalue())[-1] == (1, 1)
