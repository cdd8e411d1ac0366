"""How often the estimator's intervals hold the truth, and what it says of independent data.

Run: python -m benchmarks.information_intervals [--parts tasks independent] [--sizes 300 1000]
     [--repetitions 40] [--large-repetitions 20] [--only SUBSTRING] [--resume FILE] [--beside FILE]

Each repetition draws new rows from a law and fits the estimator as it comes, with a nominal level
of 95 %. "tasks" are the laws of ``information_tasks``, which its constants were tuned on, and six
of ``information_unseen``, which they were not; eight of them also with 5,000 rows. "independent"
are labels of 2 to 60 classes, amounts and codes that say nothing of Z, and rows that repeat, with
``groups``: there an interval that does not hold 0 is a mistake. Fits that a file given by --resume
has are not done again; repetitions go round all cells, so that a run that is cut short is even, and
--repetitions 0 prints what there is. --beside names such a file of another version of the package.
"""

import argparse
import json
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from benchmarks.information_tasks import INDEPENDENT_TASKS, TASKS, Task
from benchmarks.information_unseen import UNSEEN_TASKS
from benchmarks.report import header
from sklearn_infoshape import MutualInformationEstimator

CONFIDENCE = 0.95
LOWEST_OVERALL, LOWEST_EACH, MOST_EXCLUDED = 0.94, 0.85, 0.05
LARGE_ROWS = 5000
LARGE_TASKS = (
    "normal dense 5 + 5",
    "swiss roll 2 + 1",
    "spiral of sparse 3 + 3",
    "uniform + noise 0.75",
    "four clusters in 5",
    "finite law 16 × 8",
    "board of 4 × 4",
    "10 classes, logistic, in 4",
)
_PERSONS, _ROWS_A_PERSON = 50, 20


def many_classes(n_classes, n):
    """Labels of many classes, written as text, beside three columns that know nothing of them."""

    def draw(rng, n):
        # Two rows of each class at least: one alone is refused.
        label = np.concatenate(
            [np.tile(np.arange(n_classes), 2), rng.integers(n_classes, size=n - 2 * n_classes)]
        )
        return rng.normal(size=(n, 3)), label.astype(str)

    return n, Task(f"independent, {n_classes} classes", "classes", 0.0, draw), None


def each_twice(n):
    """Independent amounts, each row twice."""

    def draw(rng, n):
        z, label = rng.normal(size=(2, n // 2))
        return np.repeat(z[:, None], 2, axis=0), np.repeat(label, 2)

    return (
        n,
        Task("each row twice, groups", "continuous", 0.0, draw),
        np.repeat(np.arange(n // 2), 2),
    )


def near_copies(kind):
    """Persons of many rows that differ little; what they tell is independent of the person."""
    groups = np.repeat(np.arange(_PERSONS), _ROWS_A_PERSON)

    def draw(rng, n):
        z = rng.normal(size=(_PERSONS, 2))[groups] + 0.01 * rng.normal(size=(n, 2))
        if kind == "classes":
            return z, rng.integers(3, size=_PERSONS)[groups].astype(str)
        return z, rng.normal(size=_PERSONS)[groups] + 0.01 * rng.normal(size=n)

    name = f"{_PERSONS} persons × {_ROWS_A_PERSON}, {kind}, groups"
    return len(groups), Task(name, kind, 0.0, draw), groups


INDEPENDENT = (
    *((1000, task, None) for task in INDEPENDENT_TASKS),
    *(
        many_classes(c, n)
        for c, n in ((2, 300), (5, 300), (10, 300), (20, 400), (40, 600), (60, 600))
    ),
    each_twice(600),
    near_copies("continuous"),
    near_copies("classes"),
)


def fit(task, n, seed, groups=None):
    """One fit, with the estimator as it comes.

    Returns
    -------
    dict
        "raw", "low", "high" and "error" in bits, and "seconds".
    """
    rows = task.sample(n, seed)
    extra = {} if groups is None else {"groups": groups}
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = MutualInformationEstimator(confidence=CONFIDENCE, random_state=seed)
        estimator.fit(*rows, **extra)
    low, high = estimator.confidence_interval_
    return {
        "raw": estimator.raw_information_bits_,
        "low": low,
        "high": high,
        "error": estimator.standard_error_bits_,
        "seconds": time.perf_counter() - start,
    }


def cells(options):
    """What is to be fitted: lists of (part, task, n, groups, repetitions)."""
    found = []
    if "tasks" in options.parts:
        for n in options.sizes:
            found += [("tasks", t, n, None, options.repetitions) for t in (*TASKS, *UNSEEN_TASKS)]
        if options.large_repetitions:
            found += [
                ("tasks", t, LARGE_ROWS, None, options.large_repetitions)
                for t in (*TASKS, *UNSEEN_TASKS)
                if t.name in LARGE_TASKS
            ]
    if "independent" in options.parts:
        found += [("independent", t, n, g, options.repetitions) for n, t, g in INDEPENDENT]
    return [cell for cell in found if options.only in cell[1].name]


def read(file):
    """What a file has: a dict of (part, task, n) to dict of seed to record."""
    known = defaultdict(dict)
    if file and file.exists():
        for line in file.read_text("utf-8").splitlines():
            record = json.loads(line)
            known[record["part"], record["task"], record["n"]][record["seed"]] = record
    return known


def run(wanted, file, first_seed=1000):
    """Fit what is not known yet, one repetition of everything after the other.

    Returns
    -------
    dict of (part, task, n) to dict of seed to record
    """
    known = read(file)
    for repetition in range(max((most for *_, most in wanted), default=0)):
        for part, task, n, groups, most in wanted:
            seed = first_seed + repetition
            if repetition >= most or seed in known[part, task.name, n]:
                continue
            record = {"part": part, "task": task.name, "n": n, "seed": seed}
            record |= fit(task, n, seed, groups)
            known[part, task.name, n][seed] = record
            if file:
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(record) + "\n")
    return known


def _column(records, name):
    return np.array([record[name] for record in records.values()])


def _beside(records, bits):
    """Width and share of intervals that hold, of another version; blank where it was not run."""
    if not records:
        return f"{'':17}"
    low, high = _column(records, "low"), _column(records, "high")
    held = (low <= bits + 1e-9) & (bits - 1e-9 <= high)
    return f"{np.median(high - low):8.3f}{f'{held.sum()} of {len(held)}':>9}"


def _coverage(wanted, found, other):
    unseen = {task.name for task in UNSEEN_TASKS}
    for n in sorted({n for _, _, n, *_ in wanted}):
        print(f"\nintervals of nominal {CONFIDENCE:.0%}, n = {n:,}; * nothing was tuned on it\n")
        print(
            f"{'task':38}{'truth':>7}{'mean':>8}{'width':>8}{'times':>7}{'hold':>7}{'below':>7}"
            f"{'above':>7}{'seconds':>9}" + f"{'beside':>17}" * bool(other)
        )
        shares, times, held, widths, new = [], 0, 0, [], []
        for _, task, _, _, _ in [cell for cell in wanted if cell[2] == n]:
            records = found["tasks", task.name, n]
            if not records:
                continue
            low, high = _column(records, "low"), _column(records, "high")
            below, above = high < task.bits - 1e-9, low > task.bits + 1e-9
            holds = ~(below | above)
            shares.append(holds.mean())
            times, held = times + len(holds), held + holds.sum()
            widths.append(np.median(high - low))
            star = "*" if task.name in unseen else ""
            new += [holds] if star else []
            print(
                f"{task.name + star:38}{task.bits:7.3f}"
                f"{np.maximum(_column(records, 'raw'), 0).mean():8.3f}{widths[-1]:8.3f}"
                f"{len(holds):7}{holds.mean():7.0%}{below.mean():7.0%}{above.mean():7.0%}"
                f"{np.median(_column(records, 'seconds')):9.1f}"
                + _beside(other.get(("tasks", task.name, n)), task.bits)
            )
        if not shares:
            continue
        print(
            f"\nall: {held} of {times} hold, {held / times:.1%} (wanted {LOWEST_OVERALL:.0%}); "
            f"least in a task {min(shares):.0%} (wanted {LOWEST_EACH:.0%}); mean of the tasks' "
            f"median widths {np.mean(widths):.3f} bits"
        )
        if new:
            print(f"those that nothing was tuned on: {np.concatenate(new).mean():.1%}")
    print("\nwidth: median, bits; below, above: the interval lies wholly below or above the truth")
    if other:
        print("beside: width, and how many hold, of the other version")


def _independent(wanted, found):
    print("\nindependent data, bits\n")
    print(
        f"{'data':38}{'n':>7}{'times':>7}{'mean':>8}{'lowest raw':>12}{'high':>8}{'without 0':>11}"
    )
    excluded, times = 0, 0
    for _, task, n, _, _ in wanted:
        records = found["independent", task.name, n]
        if not records:
            continue
        raw, without = _column(records, "raw"), _column(records, "low") > 0
        excluded, times = excluded + without.sum(), times + len(without)
        print(
            f"{task.name:38}{n:7,}{len(raw):7}{np.maximum(raw, 0).mean():8.4f}{raw.min():12.4f}"
            f"{np.median(_column(records, 'high')):8.3f}{without.mean():11.0%}"
        )
    if times:
        print(
            f"\nall: {excluded} of {times} intervals do not hold 0, {excluded / times:.1%} "
            f"(at most {MOST_EXCLUDED:.0%} wanted); high: median of the upper ends"
        )


def main():
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", default=["tasks", "independent"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--large-repetitions", type=int, default=20, help="of n = 5,000")
    parser.add_argument("--only", default="", help="tasks whose names hold this")
    parser.add_argument("--resume", type=Path, help="what this file lacks is measured and added")
    parser.add_argument("--beside", type=Path, help="such a file of another version")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(header())
    wanted = cells(options)
    found = run(wanted, options.resume)
    if "tasks" in options.parts:
        _coverage([cell for cell in wanted if cell[0] == "tasks"], found, read(options.beside))
    if "independent" in options.parts:
        _independent([cell for cell in wanted if cell[0] == "independent"], found)


if __name__ == "__main__":
    main()
