"""CPU against GPU: stage one's networks, the game, and a GPU's pickle where there is none.

"networks" are those of five folds, trained side by side; "game" is one stage with critics, two
epochs. Seconds, medians of --repetitions; without a CUDA device only the CPU's are measured. The
pickle of a shaper that was fitted on the GPU is loaded by a process that sees none.

Run: python -m benchmarks.device [--rows 10000 100000 1000000] [--repetitions 3]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np
import torch
from sklearn.preprocessing import StandardScaler

from benchmarks.cost import problem
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, ShapingGame
from sklearn_infoshape.posterior.perceptron import Perceptron

COLUMNS = 50
FOLDS = 5


def train_networks(X, y, s, device):
    """Train the networks of all folds on the rows outside of each."""
    folds = np.arange(len(X)) % FOLDS
    parts = [np.flatnonzero(folds != fold) for fold in range(FOLDS)]
    Perceptron(StandardScaler(), device=device).fit_folds(X, y, parts)


def play_game(X, y, s, device):
    """Train an encoder against critics, on rows."""
    game = ShapingGame(max_epochs=2)
    shaper = InfoShapeTransformer(posterior=None, game=game, device=device, random_state=0)
    shaper.fit(X, y, sensitive_features=s)


def seconds(train, rows, device, repetitions):
    """Median seconds of one kind of training, after one on few rows that is not counted."""
    X, y, s = problem(rows, COLUMNS, 2)
    train(X[:1000], y[:1000], s[:1000], device)
    found = []
    for _ in range(repetitions):
        start = time.perf_counter()
        train(X, y, s, device)
        found.append(time.perf_counter() - start)
    return float(np.median(found))


def same_without_gpu():
    """Whether a process without a GPU loads what one fitted, and releases the same codes."""
    X, y, s = problem(2000, 20, 2)
    shaper = InfoShapeTransformer(device="cuda", random_state=0).fit(X, y, sensitive_features=s)
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump((shaper, X, shaper.transform(X)), Path(folder) / "shaper.joblib")
        code = (
            "import joblib; shaper, X, Z = joblib.load('shaper.joblib'); "
            "print(bool((shaper.transform(X) == Z).all()))"
        )
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=folder,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": os.getcwd()},
            check=True,
            capture_output=True,
            text=True,
        )
    return done.stdout.strip() == "True"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    has_gpu = torch.cuda.is_available()
    print(header())
    print(torch.cuda.get_device_name() if has_gpu else "no CUDA device: the CPU alone", end="\n\n")
    print(f"{'':10}{'rows':>12}{'CPU':>10}{'GPU':>10}{'share':>8}")
    for name, train in (("networks", train_networks), ("game", play_game)):
        for rows in options.rows:
            cpu = seconds(train, rows, "cpu", options.repetitions)
            print(f"{name:10}{rows:12,}{cpu:10.2f}", end="", flush=True)
            if has_gpu:
                gpu = seconds(train, rows, "cuda", options.repetitions)
                print(f"{gpu:10.2f}{gpu / cpu:8.2f}", end="")
            print(flush=True)
    if has_gpu:
        print(f"\nreleases of the pickle without a GPU are equal: {same_without_gpu()}")


if __name__ == "__main__":
    main()
