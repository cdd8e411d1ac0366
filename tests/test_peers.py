"""The benchmarks' erasure of vectors, and the dates of a table's cells."""

import json
import sys

import numpy as np
import pytest

from benchmarks import erasure_methods, frontier, report
from benchmarks.erasure_methods import (
    covariance_keeping_erasure,
    iterative_kernel_erasure,
    least_squares_erasure,
)
from benchmarks.frontier import Cell
from benchmarks.peers import METHODS


def rows_of(n_rows, seed=0):
    """Rows where y and s, of two and three classes, go together; one column is constant."""
    random = np.random.default_rng(seed)
    s = random.integers(0, 3, n_rows)
    y = (s + random.integers(0, 3, n_rows) > 2).astype(int)
    X = random.normal(size=(n_rows, 7)) @ random.normal(size=(7, 7))
    X[:, 0] += y + s
    X[:, 1] -= 2.0 * (s == 1)
    X[:, 2] += y
    return np.column_stack([X, np.ones(n_rows)]), y, s


def covariance(X, labels):
    classes = np.eye(labels.max() + 1)[labels]
    return (X - X.mean(axis=0)).T @ (classes - classes.mean(axis=0)) / len(X)


@pytest.mark.parametrize("method", [least_squares_erasure, covariance_keeping_erasure])
def test_linear_erasure_leaves_no_covariance_with_s(method):
    X, y, s = rows_of(300)
    _, erase = next(method(X, y, s, 0))
    assert np.abs(covariance(erase(X), s)).max() < 1e-10
    scaled = X[:, :-1] / X[:, :-1].std(axis=0)
    kept = np.abs(covariance(erase(X)[:, :-1], y) - covariance(scaled, y)).max()
    # LEACE takes a part of y away that covaries with s; SPLINCE leaves all of it.
    assert kept < 1e-10 if method is covariance_keeping_erasure else kept > 0.01


def test_erasing_twice_is_erasing_once():
    X, y, s = rows_of(300)
    erased = next(covariance_keeping_erasure(X, y, s, 0))[1](X)
    scaled = X[:, :-1].std(axis=0)
    back = np.column_stack([erased[:, :-1] * scaled + X[:, :-1].mean(axis=0), X[:, -1]])
    assert next(covariance_keeping_erasure(X, y, s, 0))[1](back) == pytest.approx(erased)


def test_kernel_erasure_goes_on_from_step_to_step(monkeypatch):
    monkeypatch.setattr(erasure_methods, "_GRADIENTS", 5)
    X, y, s = rows_of(300)
    releases = dict(iterative_kernel_erasure(X, y, s, 0, steps=(1, 3)))
    assert list(releases) == [1, 3]
    fresh, _, fresh_s = rows_of(1000, seed=1)
    codes = [release(fresh) for release in releases.values()]
    for found in codes:
        assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    first, last = (np.linalg.norm(covariance(found, fresh_s)) for found in codes)
    assert last < first
    again = dict(iterative_kernel_erasure(X, y, s, 0, steps=(3,)))[3](fresh)
    assert again == pytest.approx(codes[1], abs=1e-5)


def test_cells_of_several_runs_keep_their_dates():
    old = {"date": "2026-01-02", "command": "python -m benchmarks.x", "versions": "numpy 2"}
    text = report.made_of([("LEACE", {}), ("tree", old), ("tree", old), ("default", old)])
    assert text.splitlines() == [
        "# 3 cells of 2026-01-02: tree, default",
        "#   numpy 2",
        "#   python -m benchmarks.x",
        "# 1 cell of a date not recorded: LEACE",
    ]


def test_a_resumed_table_says_the_dates_of_its_cells(tmp_path, monkeypatch, capsys):
    file, common = tmp_path / "cells.jsonl", ("digits", 0, 500, list(frontier.MULTIPLIERS))
    made = {"date": "2026-01-02", "command": "python -m benchmarks.x", "versions": "numpy 2"}
    cells = []
    for method, area in [("leace", 0.5), ("splince", 0.75), ("default", 0.875)]:
        name, seed, rows, multipliers = common
        cells.append(Cell(name, method, seed, rows, multipliers, [0.9, 0.8], [], area, 1.0))
    cells[1].made = made
    lines = [vars(cell) for cell in cells]
    del lines[0]["made"]  # as in files of earlier versions
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    options = ["--sets", "digits", "--seeds", "0", "--rows", "500", "--resume", str(file)]
    options += ["--methods", "leace", "splince", "default"]
    monkeypatch.setattr(sys, "argv", ["peers", *options])
    monkeypatch.setattr(frontier.torch, "set_num_threads", lambda n_threads: None)
    frontier.main(METHODS)
    printed = capsys.readouterr().out
    assert "# 1 cell of 2026-01-02: SPLINCE, ours" in printed
    assert "# 2 cells of a date not recorded: LEACE, two stages (default)" in printed
    assert str(tmp_path) not in printed
    assert file.read_text("utf-8").count("\n") == 3


def test_a_command_is_kept_without_folders(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["x", "--resume", str(tmp_path / "cells.jsonl")])
    assert report.provenance()["command"].endswith(" --resume cells.jsonl")
