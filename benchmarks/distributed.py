"""A fit on partitions against a fit in memory: frontier area, seconds, peak memory of a process.

Two thirds of the rows are fitted on: at once, or as partitions in files that two worker processes
of Dask read, of whose rows --sample are learned from. Both releases code the other third; bits of
y and of s in these codes (plug-in less its bias), as shares of what boosting recovers from the
rows themselves or of the most that a code shows, are the points of the frontier. Seconds of the
first multiplier include stage one.
"quick" members are a linear model and 60 rounds of boosting; "auto" takes hours on two cores.

Run: python -m benchmarks.distributed [--sample 60000] [--partitions 8] [--members quick]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
from joblib import parallel_config
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from benchmarks.data import load
from benchmarks.report import header
from benchmarks.scoring import frontier_area, recovered_share
from sklearn_infoshape import InfoShapeTransformer, fit_partitions
from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.posterior.binning import CoarseBins
from sklearn_infoshape.release.estimates import code_bits, predicted_bits

DATA_SET = "census_kdd"
MULTIPLIERS = (0.25, 1.0, 4.0)
MOST_ATTACKERS_ROWS = 50_000
KIB_IN_GIB = 2**20
WANTED = 0.01


def members(name):
    """The ``posterior`` of both fits."""
    if name != "quick":
        return name
    trees = HistGradientBoostingClassifier(
        learning_rate=0.15, max_iter=60, max_leaf_nodes=15, max_features=0.3, early_stopping=False
    )
    return ["linear", make_pipeline(CoarseBins(), trees)]


def peak():
    """The most resident memory that this process had, in GiB, without its parent's at the fork."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / KIB_IN_GIB


def shapers(options, folder):
    """A transformer at each multiplier; stage one is fitted once."""
    for multiplier in MULTIPLIERS:
        yield InfoShapeTransformer(
            multiplier,
            posterior=members(options.members),
            random_state=0,
            memory=str(Path(folder, f"cache_{options.one}")),
        )


def fit_here(options, folder):
    """All rows in this process."""
    X, y, s = (np.load(Path(folder, f"{name}.npy")) for name in "Xys")
    for shaper in shapers(options, folder):
        yield shaper.fit(X, y, sensitive_features=s)


def fit_there(options, folder, peaks):
    """Partitions in two worker processes, whose peaks are noted."""
    import dask
    import dask.array as da
    from dask.distributed import Client, LocalCluster

    starts = np.load(Path(folder, "starts.npy"))
    columns = []
    for name in "Xys":
        kept = np.load(Path(folder, f"{name}.npy"), mmap_mode="r")
        parts = [
            da.from_delayed(
                dask.delayed(read)(str(Path(folder, f"{name}.npy")), first, last),
                (last - first, *kept.shape[1:]),
                kept.dtype,
            )
            for first, last in pairwise(starts)
        ]
        columns.append(da.concatenate(parts))
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client, parallel_config(backend="dask"):
        for shaper in shapers(options, folder):
            yield fit_partitions(shaper, *columns, rows_in_memory=options.sample)
        peaks += client.run(peak).values()


def read(path, first, last):
    """Some rows of a file."""
    return np.array(np.load(path, mmap_mode="r")[first:last])


def measure_here(options, folder):
    """Fit one way and code the rows that were not fitted on; print figures as JSON."""
    warnings.simplefilter("ignore")
    X, y, s = (np.load(Path(folder, f"{name}_test.npy")) for name in "Xys")
    peaks, points, start, seconds = [], [], time.perf_counter(), []
    fits = fit_here(options, folder) if options.one == "memory" else None
    for shaper in fits or fit_there(options, folder, peaks):
        seconds.append(time.perf_counter() - start)
        own = peak()  # before the rows to judge are released
        Z = shaper.transform(X)
        bits = [code_bits(Z, np.eye(2)[labels]).value for labels in (y, s)]
        points.append([*bits, Z.shape[1]])
        start = time.perf_counter()
    print(json.dumps({"seconds": seconds, "peak": own, "workers": peaks, "points": points}))


def measure(one, options, folder):
    """The same in a new process."""
    command = [sys.executable, "-m", "benchmarks.distributed", "--one", one, "--folder", folder]
    for name in ("sample", "partitions", "members"):
        command += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def raw_bits(X, y, s):
    """Bits of y and of s that boosting recovers from rows themselves."""
    found, n_train = [], min(MOST_ATTACKERS_ROWS, len(X) // 2)
    for labels in (y, s):
        attacker = fresh_attackers(["boosting"], 0)["boosting"]
        attacker.fit(X[:n_train], labels[:n_train])
        predicted = attacker.predict_proba(X[n_train:])
        found.append(predicted_bits(predicted, np.eye(2)[labels[n_train:]]).value)
    return found


def main():
    """Print the table, or measure one fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=60_000)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--members", default="quick")
    parser.add_argument("--rows", type=int, help="of the set; default: all")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure_here(options, options.folder)
        return
    data = load(DATA_SET, options.rows)
    shuffled = np.random.default_rng(0).permutation(len(data.X))
    n_fitted = 2 * len(shuffled) // 3
    parts = {"": shuffled[:n_fitted], "_test": shuffled[n_fitted:]}
    print(header())
    print(
        f"{DATA_SET}: {len(shuffled):,} × {data.X.shape[1]}, {n_fitted:,} to fit on; in "
        f"{options.partitions} partitions, of whose rows {options.sample:,} are learned from; "
        f"members: {options.members}\n"
    )
    X = data.X.astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        for suffix, rows in parts.items():
            for name, column in (("X", X), ("y", data.y), ("s", data.s)):
                np.save(Path(folder, f"{name}{suffix}.npy"), column[rows])
        borders = np.linspace(0, n_fitted, options.partitions + 1).astype(int)
        np.save(Path(folder, "starts.npy"), borders)
        raw = raw_bits(X[parts["_test"]], data.y[parts["_test"]], data.s[parts["_test"]])
        print(f"boosting recovers from X: y {raw[0]:.4f}, s {raw[1]:.4f} bits\n")
        del data, X
        report({one: measure(one, options, folder) for one in ("memory", "partitions")}, raw)


def report(found, raw):
    """Print a line for each multiplier, then areas and peaks."""
    print(f"{'':12}{'multiplier':>12}{'codes':>7}{'bits of y':>11}{'bits of s':>11}{'seconds':>9}")
    shown = [point[:2] for figures in found.values() for point in figures["points"]]
    raw = np.max([raw, *shown], axis=0)
    areas = {}
    for one, figures in found.items():
        for multiplier, (y, s, codes), seconds in zip(
            MULTIPLIERS, figures["points"], figures["seconds"], strict=True
        ):
            print(f"{one:12}{multiplier:12}{codes:7}{y:11.4f}{s:11.4f}{seconds:9.0f}")
        areas[one] = frontier_area(
            (recovered_share(s, raw[1]), recovered_share(y, raw[0]))
            for y, s, _ in figures["points"]
        )
    gap = areas["partitions"] - areas["memory"]
    print(
        f"\nfrontier area: in memory {areas['memory']:.4f}, in partitions {areas['partitions']:.4f}"
    )
    print(f"difference {gap:+.4f} (wanted: {WANTED} at most)")
    workers = ", ".join(f"{gib:.2f}" for gib in found["partitions"]["workers"])
    print(
        f"peak of memory: in memory {found['memory']['peak']:.2f} GiB; in partitions: workers "
        f"{workers}, who asks {found['partitions']['peak']:.2f} GiB"
    )


if __name__ == "__main__":
    main()
