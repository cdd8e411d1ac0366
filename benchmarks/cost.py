"""Seconds and memory of a fit against rows, columns, classes and multipliers.

Each fit has a process of its own, whose peak of resident memory counts all of it: interpreter,
libraries, data. Columns are normal; y and s depend on a few of them, with noise. Threads are as
many as the environment allows (OMP_NUM_THREADS). "mapped" is a transform of rows in a file that is
mapped into memory, whose pages count as resident while they are there.

Run: python -m benchmarks.cost [--of rows mapped] [--most-rows 1000000]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

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
MAPPED = (10_000_000, 20)
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


def measure(sizes):
    """The same in a new process, or with a list of rows and columns a transform."""
    command = [sys.executable, "-m", "benchmarks.cost", "--one", json.dumps(sizes)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def release_mapped(rows, columns):
    """Release rows of a mapped file: seconds, and GiB of file, release, before and at the peak."""
    X, y, s = problem(5000, columns, 2)
    shaper = InfoShapeTransformer(1.0, random_state=0).fit(X, y, sensitive_features=s)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        shape, rng = (rows, columns), np.random.default_rng(1)
        file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        for start in range(0, rows, 100_000):
            part = file[start : start + 100_000]
            part[:] = rng.standard_normal(part.shape, dtype=np.float32)
        file.flush()
        del file, part
        before, start = peak(), time.perf_counter()
        released = shaper.transform(np.load(path, mmap_mode="r"))
        seconds = time.perf_counter() - start
    sizes = {"file": rows * columns * 4 / 2**30, "release": released.nbytes / 2**30}
    return {"seconds": seconds, **sizes, "before": before, "peak": peak()}


def slope(sizes, seconds):
    """Exponent of a power law through the points, by least squares of logarithms."""
    return np.polyfit(np.log(sizes), np.log(seconds), 1)[0]


def table(name, sizes):
    """Measure a row of sizes, one line each; return the seconds."""
    print(f"{name:>12}{'seconds':>10}{'GiB before':>12}{'GiB at peak':>13}", flush=True)
    seconds = []
    for size in sizes:
        found = measure({**USUAL, name: size})
        seconds.append(found["seconds"])
        print(f"{size:12d}{found['seconds']:10.1f}{found['before']:12.2f}", end="")
        print(f"{found['peak']:13.2f}", flush=True)
    return seconds


def main():
    """Print a table for each size, or measure one fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", nargs="+", choices=[*SIZES, "mapped"], default=[*SIZES, "mapped"])
    parser.add_argument("--most-rows", type=int, default=SIZES["rows"][-1])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        sizes = json.loads(options.one)
        found = release_mapped(*sizes) if isinstance(sizes, list) else measure_here(**sizes)
        print(json.dumps(found))
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(header())
    print(f"threads: {torch.get_num_threads()}; {device}; {USUAL} where not said otherwise\n")
    for name in options.of:
        if name == "mapped":
            print_mapped()
            continue
        sizes = [size for size in SIZES[name] if name != "rows" or size <= options.most_rows]
        seconds = np.array(table(name, sizes))
        sizes = np.array(sizes)
        told = sizes >= (USUAL["rows"] if name == "rows" else 0)  # below, fixed costs count most
        print(f"slope of seconds: {slope(sizes[told], seconds[told]):.2f}", end="")
        print(f" from {sizes[told][0]} to {sizes[-1]}\n")
        if name == "rows":
            allowed = 4 * sizes[-1] * USUAL["columns"] * 4 / 2**30 + 1.5
            print(f"4 times {sizes[-1]} rows in float32, and 1.5 GiB: {allowed:.2f} GiB\n")


def print_mapped():
    """What a transform of a mapped file takes."""
    found = measure(list(MAPPED))
    print(
        f"{MAPPED[0]:,} × {MAPPED[1]} mapped, {found['file']:.2f} GiB: released in "
        f"{found['seconds']:.0f} seconds ({MAPPED[0] / found['seconds']:,.0f} rows a second); GiB "
        f"before {found['before']:.2f}, at peak {found['peak']:.2f}, of which the release "
        f"{found['release']:.2f} and at most the file's pages"
    )


if __name__ == "__main__":
    main()
