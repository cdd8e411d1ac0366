"""How often the estimator's intervals hold the truth, and what it says of independent data.

Run: python -m benchmarks.information_intervals [--rows 1000] [--repetitions 100] [--independent 50]

Each repetition draws new rows from a law of ``information_tasks`` and fits the estimator as it
comes, with a nominal level of 95 %. An interval is sampling noise and an allowance for bias: the
column "noise alone" shows what the intervals would hold without the allowance.
"""

import argparse
import warnings
from statistics import NormalDist

import numpy as np
import torch

from benchmarks.information_tasks import COVERAGE_TASKS, INDEPENDENT_TASKS
from benchmarks.report import header
from sklearn_infoshape import MutualInformationEstimator

CONFIDENCE = 0.95
_FEWEST_HELD = 0.90
_HIGHEST_MEAN, _LOWEST_RAW = 0.01, -0.05  # bits, on independent data


def repeat(task, n, repetitions, first_seed=1000):
    """Fit the estimator to new rows again and again.

    Returns
    -------
    dict of str to ndarray of shape (repetitions,)
        "raw", "low", "high" and "error", in bits; seeds are none of those that the
        estimator was tuned on.
    """
    found = {name: [] for name in ("raw", "low", "high", "error")}
    for seed in range(first_seed, first_seed + repetitions):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator = MutualInformationEstimator(confidence=CONFIDENCE, random_state=seed)
            estimator.fit(*task.sample(n, seed))
        found["raw"].append(estimator.raw_information_bits_)
        low, high = estimator.confidence_interval_
        found["low"].append(low)
        found["high"].append(high)
        found["error"].append(estimator.standard_error_bits_)
    return {name: np.array(values) for name, values in found.items()}


def _coverage(n, repetitions):
    print(f"intervals of nominal {CONFIDENCE:.0%}, n = {n:,}, {repetitions} repetitions\n")
    print(
        f"{'task':28}{'truth':>7}{'mean':>8}{'deviation':>11}{'width':>8}"
        f"{'hold':>7}{'below':>7}{'above':>7}{'noise alone':>13}"
    )
    quantile = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    reached = 0
    for task in COVERAGE_TASKS:
        found = repeat(task, n, repetitions)
        values = np.maximum(found["raw"], 0.0)
        below, above = found["high"] < task.bits, found["low"] > task.bits
        held = 1 - (below | above).mean()
        alone = np.abs(values - task.bits) <= quantile * found["error"]
        reached += held >= _FEWEST_HELD
        print(
            f"{task.name:28}{task.bits:7.3f}{values.mean():8.3f}{values.std(ddof=1):11.3f}"
            f"{(found['high'] - found['low']).mean():8.3f}{held:7.0%}{below.mean():7.0%}"
            f"{above.mean():7.0%}{alone.mean():13.0%}",
            flush=True,
        )
    print(f"\nat least {_FEWEST_HELD:.0%} held: {reached} of {len(COVERAGE_TASKS)} tasks")
    print("below, above: the interval lies wholly below or above the truth")


def _independent(n, repetitions):
    print(f"\nindependent data, n = {n:,}, {repetitions} repetitions, bits\n")
    print(f"{'task':34}{'mean':>8}{'largest':>9}{'lowest raw':>12}{'hold 0':>8}")
    everything = []
    for task in INDEPENDENT_TASKS:
        found = repeat(task, n, repetitions)
        values = np.maximum(found["raw"], 0.0)
        everything.append(found["raw"])
        print(
            f"{task.name:34}{values.mean():8.4f}{values.max():9.4f}{found['raw'].min():12.4f}"
            f"{(found['low'] <= 0).mean():8.0%}",
            flush=True,
        )
    raw = np.concatenate(everything)
    mean = np.maximum(raw, 0.0).mean()
    kept = mean <= _HIGHEST_MEAN and raw.min() >= _LOWEST_RAW
    print(
        f"\nall: mean {mean:.4f}, lowest raw {raw.min():.4f}; wanted at most {_HIGHEST_MEAN} and "
        f"at least {_LOWEST_RAW}: {'kept' if kept else 'missed'}"
    )


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--independent", type=int, default=50, help="repetitions of each kind")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(header())
    _coverage(options.rows, options.repetitions)
    _independent(options.rows, options.independent)


if __name__ == "__main__":
    main()
