"""Fit and transform on a machine whose cores are busy with something else, against alone.

Each cell is a process of its own in the default environment, with and without as many busy loops
beside it as there are cores; a fair share is then half of the cores. "one thread" has the
environment's numbers of threads at 1. GridSearchCV fits two candidates on two folds and one of
them again, with ``n_jobs=2``. Medians of --repetitions processes. "jobs" is the same fit with
``n_jobs`` 1 and 2; "boosting" the border from which boosting alone is left its threads; "older" the
fits of another checkout (``git worktree add ../older COMMIT``) and of this one, by turns, each in
the default environment.

Run: python -m benchmarks.threads [--parts busy jobs boosting] [--older ../older]
     [--repetitions 3] [--shapes 1000x20 10000x50]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, lagrangian_scorer

LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
WANTED_ELAPSED, WANTED_PROCESSOR = 2.5, 1.3


def problem(n_rows, n_columns):
    """Rows of which two columns tell y and s."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_columns))
    noise = 0.5 * rng.normal(size=(2, n_rows))
    y = (X[:, 0] + noise[0] > 0).astype(int)
    s = (0.5 * X[:, 0] + X[:, 1] + noise[1] > 0).astype(int)
    return X, y, s


def measure(shape, search, n_jobs=None):
    """Seconds of a fit and of a transform in this process, with those of its children.

    Parameters
    ----------
    shape : tuple of int
    search : bool
        Whether GridSearchCV fits.
    n_jobs : int, optional
        Of the transformer.

    Returns
    -------
    dict of str to float
    """
    X, y, s = problem(*shape)
    shaper = InfoShapeTransformer(random_state=0)
    if n_jobs is not None:  # an older checkout may have none
        shaper.set_params(n_jobs=n_jobs)
    if search:
        shaper = GridSearchCV(
            shaper,
            {"privacy_multiplier": [0.5, 2.0]},
            scoring=lagrangian_scorer(1.0),
            cv=2,
            n_jobs=2,
        )
    start, spent = time.perf_counter(), time.process_time()
    shaper.fit(X, y, sensitive_features=s)
    fit, processor = time.perf_counter() - start, time.process_time() - spent
    if search:  # workers count among a process's children once they are gone
        get_reusable_executor().shutdown(wait=True)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor += children.ru_utime + children.ru_stime
    start = time.perf_counter()
    shaper.transform(X)
    return {"fit": fit, "processor": processor, "transform": time.perf_counter() - start}


def in_process(shape, search, *, one_thread=False, busy=False):
    """:func:`measure` in a fresh process, alone or beside busy loops."""
    environment = {name: value for name, value in os.environ.items() if name not in LIMITS}
    if one_thread:
        environment |= dict.fromkeys(LIMITS, "1")
    loop = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(os.cpu_count() if busy else 0)]
    command = [sys.executable, "-m", "benchmarks.threads", "--child", *map(str, shape)]
    try:
        done = subprocess.run(
            [*command, *(["--search"] if search else [])],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        for process in loops:
            process.kill()
            process.wait()
    return json.loads(done.stdout.splitlines()[-1])


def median(shape, search, repetitions, **conditions):
    """Medians of several processes, by figure."""
    found = [in_process(shape, search, **conditions) for _ in range(repetitions)]
    return {name: float(np.median([one[name] for one in found])) for name in found[0]}


def compare_jobs(repetitions, shape=(6000, 50)):
    """Seconds of a fit with one job and with two, by turns, workers begun; the releases agree."""
    X, y, s = problem(*shape)
    InfoShapeTransformer(n_jobs=2, random_state=0).fit(X[:500], y[:500], s[:500])
    seconds, releases = {1: [], 2: []}, []
    for _ in range(repetitions):
        for n_jobs, found in seconds.items():
            start = time.perf_counter()
            shaper = InfoShapeTransformer(n_jobs=n_jobs, random_state=0).fit(X, y, s)
            found.append(time.perf_counter() - start)
            releases.append(shaper.transform(X))
    one, two = (float(np.median(found)) for found in seconds.values())
    same = all((release == releases[0]).all() for release in releases)
    print(f"\n{shape[0]:,} × {shape[1]}: n_jobs=1 {one:.1f}, n_jobs=2 {two:.1f} seconds; ", end="")
    print(f"{two / one:.2f} of the time; releases {'are equal' if same else 'DIFFER'}")


def compare_older(older, shapes, repetitions):
    """Seconds of whole fits of another checkout and of this one, by turns."""
    here = Path(__file__).parents[1]
    kinds = {"older": (older, []), "now": (here, []), "now, n_jobs=2": (here, ["--n-jobs", "2"])}
    print(f"\n{'fit, in a process of its own':32}" + "".join(f"{kind:>15}" for kind in kinds))
    for text in shapes:
        seconds = {kind: [] for kind in kinds}
        for _ in range(repetitions):
            for kind, (checkout, options) in kinds.items():
                command = [sys.executable, __file__, "--child", *text.split("x"), *options]
                environment = {k: v for k, v in os.environ.items() if k not in LIMITS}
                environment["PYTHONPATH"] = str(Path(checkout).resolve())
                done = subprocess.run(
                    command, env=environment, check=True, capture_output=True, text=True
                )
                seconds[kind].append(json.loads(done.stdout.splitlines()[-1])["fit"])
        medians = {kind: float(np.median(found)) for kind, found in seconds.items()}
        cells = (f"{m:8.1f}  ({m / medians['older']:4.2f})" for m in medians.values())
        print(f"{text.replace('x', ' × '):32}" + "".join(cells), flush=True)


def compare_boosting(repetitions):
    """Seconds of boosting's 50 rounds on one and on two native threads, by turns."""
    print(f"\n{'boosting, 50 rounds, rows × 50':32}{'1 thread':>10}{'2 threads':>10}{'share':>8}")
    for n_rows in (2_000, 10_000, 50_000, 200_000):
        X, y, _ = problem(n_rows, 50)
        seconds = {1: [], 2: []}
        for _ in range(repetitions):
            for n_threads, found in seconds.items():
                model = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=8)
                start = time.perf_counter()
                with threadpool_limits(n_threads):
                    model.fit(X.round(2), y)
                found.append(time.perf_counter() - start)
        one, two = (float(np.median(found)) for found in seconds.values())
        print(f"{n_rows:<32,}{one:10.2f}{two:10.2f}{two / one:8.2f}", flush=True)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=["busy", "jobs", "boosting"])
    parser.add_argument("--shapes", nargs="+", default=["1000x20", "10000x50"])
    parser.add_argument("--older", type=Path, help="another checkout, for the part of that name")
    parser.add_argument("--n-jobs", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--child", nargs=2, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--search", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(tuple(options.child), options.search, options.n_jobs)))
        return
    print(header())
    if "busy" in options.parts:
        compare_busy(options)
    if options.older is not None:
        compare_older(options.older, options.shapes, options.repetitions)
    if "jobs" in options.parts:
        compare_jobs(options.repetitions)
    if "boosting" in options.parts:
        compare_boosting(options.repetitions)


def compare_busy(options):
    """Fits alone and beside busy loops, each in a process of its own."""
    print(f"{os.cpu_count()} busy loops; seconds, medians of {options.repetitions} processes\n")
    print(
        f"{'':30}{'fit':>24}{'busy /':>8}{'processor':>22}{'/ one':>8}{'transform':>18}\n"
        f"{'':30}{'one thr.':>8}{'alone':>8}{'busy':>8}{'alone':>8}"
        f"{'one thr.':>9}{'alone':>7}{'busy':>6}{'thread':>8}{'alone':>10}{'busy':>8}"
    )
    worst = [0.0, 0.0]
    for text in options.shapes:
        shape = tuple(map(int, text.split("x")))
        for search in (False, True):
            run = {
                "one": median(shape, search, options.repetitions, one_thread=True),
                "alone": median(shape, search, options.repetitions),
                "busy": median(shape, search, options.repetitions, busy=True),
            }
            fits = [run[kind]["fit"] for kind in ("one", "alone", "busy")]
            spent = [run[kind]["processor"] for kind in ("one", "alone", "busy")]
            ratios = fits[2] / fits[1], max(spent[1:]) / spent[0]
            worst = [max(pair) for pair in zip(worst, ratios, strict=True)]
            name = f"{shape[0]:,} × {shape[1]}" + (", GridSearchCV" if search else "")
            print(
                f"{name:30}{fits[0]:8.1f}{fits[1]:8.1f}{fits[2]:8.1f}{ratios[0]:8.2f}"
                f"{spent[0]:9.1f}{spent[1]:7.1f}{spent[2]:6.1f}{ratios[1]:8.2f}"
                f"{run['alone']['transform']:10.2f}{run['busy']['transform']:8.2f}",
                flush=True,
            )
    print(
        f"\nbusy / alone at most {worst[0]:.2f} (wanted {WANTED_ELAPSED}); processor time over "
        f"that of one thread at most {worst[1]:.2f} (wanted {WANTED_PROCESSOR})"
    )


if __name__ == "__main__":
    main()
