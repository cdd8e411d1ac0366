"""What each default of the two stages is worth: one changed at a time, frontier areas compared.

Run: python -m benchmarks.defaults [--sets compas] [--seeds 0 1] [--rows 6000]
"""

import argparse
import sys
import tempfile
import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.frontier import MULTIPLIERS
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer, PosteriorFeatures
from sklearn_infoshape.posterior.members import MEMBERS

DEFAULT = "default"


def without(member):
    """The default but for one of its members."""
    left = [name for name in MEMBERS if name not in {"kernel", member}]
    return {"posterior": PosteriorFeatures(left, folds=10)}


VARIANTS = {
    DEFAULT: {},
    "8 codes in place of 16": {"n_components": 8},
    "32 codes": {"n_components": 32},
    "1 restart in place of 4": {"channel": CategoricalChannel(n_init=1)},
    "8 restarts": {"channel": CategoricalChannel(n_init=8)},
    "5 folds in place of 10": {"posterior": PosteriorFeatures(folds=5)},
    "20 folds": {"posterior": PosteriorFeatures(folds=20)},
    "boosting alone": {"posterior": "boosting"},
    "network alone": {"posterior": "network"},
    "kernel alone": {"posterior": "kernel"},
    "linear alone": {"posterior": "linear"},
    "no boosting": without("boosting"),
    "no network": without("network"),
    "no kernel machine": without("components"),
    "no linear member": without("linear"),
    "no additive member": without("additive"),
    "gaussian channel, 4 columns": {"channel": "gaussian", "n_components": 4},
}


def area(parameters, data, own, judge, memory, seed):
    """The frontier area of the releases at all multipliers."""
    points = []
    for multiplier in MULTIPLIERS:
        shaper = InfoShapeTransformer(multiplier, memory=memory, random_state=seed, **parameters)
        shaper.fit(data.X[own], data.y[own], sensitive_features=data.s[own])
        points.append(judge.point(shaper.transform))
    return frontier_area(points)


def main():
    """Print the areas, and what each change costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["digits", "compas", "labsup", "adult"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--rows", type=int, default=6000, help="at most, of each set")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    torch.set_num_threads(1)
    areas = {name: {s: [] for s in options.sets} for name in VARIANTS}
    with threadpool_limits(1):
        for set_name in options.sets:
            for seed in options.seeds:
                data = load(set_name, options.rows, seed)
                parts = thirds(len(data.X), seed)
                judge = Judge.of(data.X, data.y, data.s, *parts[1:], seed)
                with tempfile.TemporaryDirectory() as memory:  # stage one is shared where it can
                    for name, parameters in VARIANTS.items():
                        found = area(parameters, data, parts[0], judge, memory, seed)
                        areas[name][set_name].append(found)
                        print(set_name, seed, name, round(found, 3), file=sys.stderr, flush=True)
    print(header())
    print(
        f"At most {options.rows} rows a set, λ in {MULTIPLIERS}, seeds {options.seeds}: frontier "
        "area of the\ndefault, and what a change adds to it (mean and standard deviation of the "
        "paired\ndifferences over sets and seeds).\n"
    )
    print(f"{'':30}" + "".join(f"{name:>9}" for name in options.sets) + f"{'all':>17}")
    for name, by_set in areas.items():
        changes = [
            np.subtract(by_set[s], 0 if name == DEFAULT else areas[DEFAULT][s])
            for s in options.sets
        ]
        everything = np.concatenate(changes)
        sign = "" if name == DEFAULT else "+"
        cells = "".join(f"{change.mean():{sign}9.3f}" for change in changes)
        spread = everything.std(ddof=1)
        print(f"{name:30}{cells}{everything.mean():{sign}9.3f} ±{spread:.3f}")


if __name__ == "__main__":
    main()
