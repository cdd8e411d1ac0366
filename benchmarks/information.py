"""Estimators of mutual information on laws whose answer is known: ours and others'.

Run: python -m benchmarks.information [--sizes 1000 5000 10000] [--seeds 3] [--slow-seeds 1]

Rivals run at their defaults on standardised columns: scikit-learn's mutual_info_classif and
mutual_info_regression (columns of Z summed, which is right for independent columns only, and what
users of it do), torch-mist, infomeasure and latentmi where they are installed, and our own ReMINE
as in the paper, cross-fitted, without penalty in its value.
"""

import argparse
import contextlib
import io
import time
import warnings

import numpy as np
import torch
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks.information_tasks import TASKS
from benchmarks.report import header
from sklearn_infoshape import MutualInformationEstimator

_NATS_PER_BIT = np.log(2.0)
JUDGED_SIZE = 5000
HIGHEST_JUDGED_BITS = 3.0
TOLERANCE_BITS, TOLERANCE_SHARE = 0.05, 0.08


def _standardised(columns):
    columns = np.asarray(columns, dtype=np.float64).reshape(len(columns), -1)
    return (columns - columns.mean(axis=0)) / columns.std(axis=0)


def auto(task, Z, label, seed):
    """Our estimator as it comes."""
    return MutualInformationEstimator(random_state=seed).fit(Z, label).raw_information_bits_


def remine(task, Z, label, seed):
    """The paper's bound, cross-fitted, without penalty in its value."""
    estimator = MutualInformationEstimator("remine", random_state=seed)
    return estimator.fit(Z, label).raw_information_bits_


def scikit_learn(task, Z, label, seed):
    """Nearest neighbours, one column of Z with one column of the label at a time, summed."""
    columns = np.asarray(label).reshape(len(label), -1)
    total = 0.0
    for column in columns.T:
        classes = len(np.unique(column)) <= 20
        measure = mutual_info_classif if classes else mutual_info_regression
        total += measure(Z, column, random_state=seed).sum()
    return total / _NATS_PER_BIT


def infomeasure(task, Z, label, seed):
    """infomeasure's nearest neighbours; classes enter as a column of numbers."""
    import infomeasure as library

    value = library.mutual_information(_standardised(Z), _standardised(label), approach="ksg")
    return float(value) / _NATS_PER_BIT


def latentmi(task, Z, label, seed):
    """latentmi: nearest neighbours on a learned representation of eight dimensions."""
    if int(np.__version__.split(".")[0]) >= 2:
        raise ImportError("it wants numpy < 2", name="it wants numpy < 2")
    from latentmi import lmi

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002 (the library knows no other)
        bits, _, _ = lmi.estimate(_standardised(Z), _standardised(label), quiet=True)
    return float(np.nanmean(bits))


def torch_mist(task, Z, label, seed):
    """torch-mist's estimate_mi at its defaults (SMILE, a joint critic, early stopping)."""
    from torch_mist.utils import estimate_mi

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002 (the library knows no other)
        z, columns = (_standardised(part).astype(np.float32) for part in (Z, label))
        value = estimate_mi(data=(z, columns), verbose=False)
    return float(value[0] if isinstance(value, tuple) else value) / _NATS_PER_BIT


METHODS = {
    "auto": auto,
    "ReMINE": remine,
    "scikit-learn": scikit_learn,
    "infomeasure": infomeasure,
    "torch-mist": torch_mist,
    "latentmi": latentmi,
}
SLOW = ("ReMINE", "torch-mist", "latentmi")


def installed(name):
    """Whether a rival can be run: tried once on 100 rows."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(100, 1))
    try:
        _quietly(METHODS[name], None, Z, Z[:, 0] + rng.normal(size=100), 0)
    except ImportError as error:
        print(f"{name}: not installed ({error.name})")
        return False
    return True


def _quietly(method, *arguments):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return method(*arguments)


def within(value, truth):
    """Whether a value is near enough to the truth to count."""
    return abs(value - truth) <= max(TOLERANCE_BITS, TOLERANCE_SHARE * truth)


def measure_task(task, n, seeds, slow_seeds, methods):
    """Errors and seconds of each method on one task, dict of name to lists."""
    values = {name: [] for name in methods}
    seconds = {name: [] for name in methods}
    for seed in range(seeds):
        Z, label = task.sample(n, seed)
        for name in methods:
            if name in SLOW and (seed >= slow_seeds or n != JUDGED_SIZE):
                continue
            start = time.perf_counter()
            try:
                value = _quietly(METHODS[name], task, Z, label, seed)
            except (ValueError, RuntimeError, IndexError, AssertionError):
                value = np.nan  # a rival that refuses this kind of data
            values[name].append(max(value, 0.0) if np.isfinite(value) else np.nan)
            seconds[name].append(time.perf_counter() - start)
    return values, seconds


def main():
    """Print a table for each size, then the verdict."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000, 10000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--slow-seeds", type=int, default=1, help="of ReMINE and learned rivals")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(header())
    methods = [name for name in options.methods if name == "auto" or installed(name)]
    print(
        f"bits, means of {options.seeds} seeds; ReMINE, torch-mist and latentmi at n = "
        f"{JUDGED_SIZE:,} only, {options.slow_seeds} seed(s). Values below 0 count as 0.\n"
        f"* off by more than max({TOLERANCE_BITS} bits, {TOLERANCE_SHARE:.0%}) in some seed"
    )
    errors: dict = {}
    for n in options.sizes:
        used = [m for m in methods if m not in SLOW or n == JUDGED_SIZE]
        print(
            f"\nn = {n:,}\n{'task':37}{'truth':>7}" + "".join(f"{m:>14}" for m in used), flush=True
        )
        all_seconds = {name: [] for name in used}
        for task in TASKS:
            values, seconds = measure_task(task, n, options.seeds, options.slow_seeds, used)
            cells = ""
            for name in used:
                errors.setdefault((n, name), {})[task] = np.array(values[name]) - task.bits
                all_seconds[name] += seconds[name]
                star = " " if all(within(v, task.bits) for v in values[name]) else "*"
                cells += f"{np.mean(values[name]):13.3f}{star}"
            print(f"{task.name:37}{task.bits:7.3f}{cells}", flush=True)
        print(
            f"{'median seconds':44}" + "".join(f"{np.median(all_seconds[m]):13.1f} " for m in used)
        )
    _verdict(errors, options.sizes)


def _verdict(errors, sizes):
    for n in sizes:
        print(f"\nn = {n:,}: median absolute error in bits, and share within tolerance")
        for (size, name), by_task in errors.items():
            if size != n:
                continue
            judged = {t: e for t, e in by_task.items() if t.bits <= HIGHEST_JUDGED_BITS}
            runs = [(t, e) for t, found in judged.items() for e in found]
            hits = np.mean([within(t.bits + e, t.bits) for t, e in runs])
            of_means = [within(t.bits + np.mean(e), t.bits) for t, e in judged.items()]
            absolute = np.abs([e for _, e in runs])
            print(
                f"{name:14}{np.nanmedian(absolute):8.4f}   {hits:4.0%} of {len(runs)} runs, "
                f"{sum(of_means)} of {len(of_means)} tasks in the mean of seeds"
            )
    for n in sizes:
        off = [
            f"{task.name} ({', '.join(f'{e:+.3f}' for e in found)})"
            for task, found in errors[n, "auto"].items()
            if not all(within(task.bits + e, task.bits) for e in found)
        ]
        print(f"\nauto, n = {n:,}, off in some seed (errors): {'; '.join(off) or 'none'}")
    kinds = {"independent": [t for t in errors[sizes[0], "auto"] if t.bits == 0]}
    values = np.concatenate([errors[sizes[0], "auto"][task] for task in kinds["independent"]])
    print(f"\nauto on independent data, n = {sizes[0]:,}: mean {values.mean():.4f} bits")


if __name__ == "__main__":
    main()
