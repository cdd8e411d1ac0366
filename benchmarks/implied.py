"""How near the optimum that is implied by all rows: real sets, pooled posteriors as the law.

Cross-fitted, pooled posteriors of all rows are taken for the truth: a law under which each row is
a value of x. The implied optimum is the frontier of free p(z | x), climbed by Adam on prototypes of
these rows and judged on the prototypes. Ours are releases of all rows, by transformers fitted on
all rows, or on a third of them, with other folds and another seed.

Run: python -m benchmarks.implied [--sets digits compas]
"""

import argparse
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.known_laws import gradient_code, lagrangian_bits
from benchmarks.optimum import CODES, law_of_rows, prototypes_of
from benchmarks.report import header
from benchmarks.scoring import frontier_area, recovered_share, thirds
from sklearn_infoshape import PosteriorFeatures, infoshape_path

SETS = ("digits", "mnist5k", "adult", "compas", "labsup")
MULTIPLIERS = (0.25, 1.0, 4.0)
ROWS = 15_000
STARTS, STEPS = 8, 800


def shares(code, law, raw):
    """(leakage share, utility share) of a code under a law, of the bits in the rows themselves."""
    task = lagrangian_bits(code, law, 0.0)
    sensitive = task - lagrangian_bits(code, law, 1.0)
    return recovered_share(sensitive, raw[1]), recovered_share(task, raw[0])


def bits_of(posteriors):
    """Bits that rows with these posteriors hold of their label."""
    mean = posteriors.mean(axis=0)
    return float(np.mean((posteriors * np.log2(posteriors / mean)).sum(axis=1)))


def areas(name):
    """Implied optimum's area, ours from all rows, ours from a third, and the two raw bits."""
    data = load(name, ROWS, 0)
    stage_one = PosteriorFeatures(random_state=1)
    joined = stage_one.fit(data.X, data.y, data.s).transform(data.X)
    posteriors = np.split(joined, [int(data.y.max()) + 1], axis=1)
    raw = [bits_of(p) for p in posteriors]
    law, prototypes = law_of_rows(posteriors), prototypes_of(posteriors)
    best = [
        gradient_code(prototypes, multiplier, CODES, n_starts=STARTS, n_steps=STEPS)
        for multiplier in MULTIPLIERS
    ]
    points = {"optimum": [shares(code, prototypes, raw) for code in best]}
    for which, own in (("all", slice(None)), ("third", thirds(len(data.X), 0)[0])):
        path = infoshape_path(data.X[own], data.y[own], data.s[own], MULTIPLIERS, random_state=0)
        points[which] = [shares(member.transform(data.X), law, raw) for member in path]
    points["optimum"] += points["all"] + points["third"]  # where a search falls short of us
    return [frontier_area(found) for found in points.values()], raw


def main():
    """Print one line a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    sets = parser.parse_args().sets
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    print(
        f"at most {ROWS} rows a set, λ in {MULTIPLIERS}; areas under the law of pooled posteriors\n"
    )
    print(
        f"{'':10}{'bits of y':>10}{'of s':>8}{'optimum':>10}{'all rows':>10}{'a third':>9}", end=""
    )
    print(f"{'all / optimum':>15}{'third / optimum':>17}")
    ratios = []
    with threadpool_limits(1):
        for name in sets:
            found, raw = areas(name)
            ratios.append([found[1] / found[0], found[2] / found[0]])
            line = "{:10}{:10.3f}{:8.3f}{:10.3f}{:10.3f}{:9.3f}{:15.3f}{:17.3f}"
            print(line.format(name, *raw, *found, *ratios[-1]), flush=True)
    print(f"{'mean':57}" + "{:15.3f}{:17.3f}".format(*np.mean(ratios, axis=0)))


if __name__ == "__main__":
    main()
