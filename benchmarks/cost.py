"""Seconds and memory of a fit against rows, columns, classes and multipliers.

Each fit has a process of its own, whose peak of resident memory counts all of it: interpreter,
libraries, data. Columns are normal; y and s depend on a few of them, with noise. Threads are as
many as the environment allows (OMP_NUM_THREADS).

Run: python -m benchmarks.cost [--most-rows 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import torch

from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, infoshape_path

SIZES = {
    "columns": (10, 50, 200, 784, 2000),
    "classes": (2, 4, 8, 16),
    "multipliers": (1, 5, 20),
    "rows": (1_000, 10_000, 100_000, 1_000_000),
}
USUAL = {"rows": 10_000, "columns": 50, "classes": 2, "multipliers": 1}
KIB_IN_GIB = 2**20


def problem(rows, columns, classes):
    """Float32 columns, y with some classes, binary s."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns), dtype=np.float32)
    score = X[:, 0] + X[:, 1] * X[:, 2] + rng.standard_normal(rows, dtype=np.float32)
    y = np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score)
    s = (X[:, 1] + 0.5 * X[:, 3] + rng.standard_normal(rows, dtype=np.float32) > 0).astype(int)
    return X, y, s


def measure_here(rows, columns, classes, multipliers):
    """Fit once: wall seconds, and GiB before and at the peak."""
    warnings.simplefilter("ignore")
    X, y, s = problem(rows, columns, classes)
    before, start = peak(), time.perf_counter()
    if multipliers == 1:
        InfoShapeTransformer(1.0, random_state=0).fit(X, y, sensitive_features=s)
    else:
        infoshape_path(X, y, s, multipliers, random_state=0)
    return {"seconds": time.perf_counter() - start, "before": before, "peak": peak()}


def peak():
    """The most resident memory that this process had, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_IN_GIB


def measure(**what):
    """The same in a new process."""
    sizes = {**USUAL, **what}
    command = [sys.executable, "-m", "benchmarks.cost", "--one", json.dumps(sizes)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def slope(sizes, seconds):
    """Exponent of a power law through the points, by least squares of logarithms."""
    return np.polyfit(np.log(sizes), np.log(seconds), 1)[0]


def table(name, sizes):
    """Measure a row of sizes, one line each; return the seconds."""
    print(f"{name:>12}{'seconds':>10}{'GiB before':>12}{'GiB at peak':>13}", flush=True)
    seconds = []
    for size in sizes:
        found = measure(**{name: size})
        seconds.append(found["seconds"])
        print(f"{size:12d}{found['seconds']:10.1f}{found['before']:12.2f}", end="")
        print(f"{found['peak']:13.2f}", flush=True)
    return seconds


def main():
    """Print a table for each size, or measure one fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--most-rows", type=int, default=SIZES["rows"][-1])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure_here(**json.loads(options.one))))
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(header())
    print(f"threads: {torch.get_num_threads()}; {device}; {USUAL} where not said otherwise\n")
    for name in options.of:
        sizes = [size for size in SIZES[name] if name != "rows" or size <= options.most_rows]
        seconds = np.array(table(name, sizes))
        sizes = np.array(sizes)
        told = sizes >= (USUAL["rows"] if name == "rows" else 0)  # below, fixed costs count most
        print(f"slope of seconds: {slope(sizes[told], seconds[told]):.2f}", end="")
        print(f" from {sizes[told][0]} to {sizes[-1]}\n")
        if name == "rows":
            allowed = 4 * sizes[-1] * USUAL["columns"] * 4 / 2**30 + 2
            print(f"4 times {sizes[-1]} rows in float32, and 2 GiB: {allowed:.2f} GiB")


if __name__ == "__main__":
    main()
