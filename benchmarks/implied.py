"""How near the optimum that is implied by all rows: real sets, pooled posteriors as the law.

Cross-fitted, pooled posteriors of all rows are taken for the truth: a law under which each row is
a value of x. The implied optimum is the frontier of free p(z | x), climbed by Adam on prototypes of
these rows and judged on the prototypes. Ours are stage two on the law's own posteriors; and
releases of all rows by transformers that were fitted on all rows, or on a third of them, with
other folds and another seed, so that their posteriors are not the law's.

Run: python -m benchmarks.implied [--sets digits compas]
"""

import argparse
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.known_laws import gradient_code, lagrangian_bits
from benchmarks.optimum import CODES, law_of_rows, prototypes_of, stage_two_codes
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
    """Areas (implied optimum's, stage two's, ours from all rows, from a third), and raw bits."""
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
    points = {
        "optimum": [shares(code, prototypes, raw) for code in best],
        "stage two": [
            shares(drawn, law, raw) for _, drawn in stage_two_codes(posteriors, MULTIPLIERS)
        ],
    }
    for which, own in (("all", slice(None)), ("third", thirds(len(data.X), 0)[0])):
        path = infoshape_path(data.X[own], data.y[own], data.s[own], MULTIPLIERS, random_state=0)
        points[which] = [shares(member.transform(data.X), law, raw) for member in path]
    # Where the search falls short of us.
    points["optimum"] += points["stage two"] + points["all"] + points["third"]
    return [frontier_area(found) for found in points.values()], raw


def main():
    """Print one line a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    sets = parser.parse_args().sets
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    print(f"at most {ROWS} rows a set, λ in {MULTIPLIERS}; areas under the implied law\n")
    names = ("optimum", "stage two", "all rows", "a third")
    print(f"{'':10}{'bits of y':>10}{'of s':>8}" + "".join(f"{name:>11}" for name in names), end="")
    print("   over the optimum:" + "".join(f"{name:>11}" for name in names[1:]))
    ratios = []
    with threadpool_limits(1):
        for name in sets:
            found, raw = areas(name)
            ratios.append(np.array(found[1:]) / found[0])
            print(f"{name:10}{raw[0]:10.3f}{raw[1]:8.3f}", end="")
            print("".join(f"{area:11.3f}" for area in found), end=" " * 20)
            print("".join(f"{ratio:11.3f}" for ratio in ratios[-1]), flush=True)
    print(f"{'mean':92}" + "".join(f"{ratio:11.3f}" for ratio in np.mean(ratios, axis=0)))


if __name__ == "__main__":
    main()
