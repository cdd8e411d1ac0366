"""Adult as a table of mixed columns, read natively, against one-hot columns made by hand.

Both fits see the same rows and are judged by the same attackers, who look at the releases and,
for the raw bits, at the one-hot columns.

Run: python -m benchmarks.mixed_tables [--rows 6000] [--seeds 0 1 2]
"""

import argparse
import sys
import time
import warnings

import numpy as np

from benchmarks.data import _adult_frame, _numbers
from benchmarks.frontier import MULTIPLIERS
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import InfoShapeTransformer

DESCRIPTION = __doc__.splitlines()[0]


def main():
    """Print the area of both, seed by seed."""
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--posterior", default="auto")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(header())
    table, label = _adult_frame()
    y, s = label.to_numpy(dtype=int), (table["sex"] == "Female").to_numpy(dtype=int)
    table = table.drop(columns="sex")
    by_hand = _numbers(table).to_numpy(dtype=float)
    print(f"{'seed':>4}  {'by hand':>8}  {'native':>8}  {'native less by hand':>20}")
    differences = []
    for seed in options.seeds:
        chosen = np.random.default_rng(seed).choice(len(table), options.rows, replace=False)
        frame, X = table.iloc[chosen].reset_index(drop=True), by_hand[chosen]
        own, attackers, test = thirds(len(X), seed)
        judge = Judge.of(X, y[chosen], s[chosen], attackers, test, seed)
        areas = []
        for rows in (X, frame):
            start, points = time.perf_counter(), []
            for multiplier in MULTIPLIERS:
                shaper = InfoShapeTransformer(
                    multiplier, posterior=options.posterior, random_state=seed
                )
                taken = rows.iloc[own] if rows is frame else rows[own]
                shaper.fit(taken, y[chosen][own], sensitive_features=s[chosen][own])
                # The judge's rows are those by hand: they are looked up by their numbers.
                Z = shaper.transform(rows)
                points.append(_Looked(judge, Z).point())
            areas.append(frontier_area(points))
            print(f"{time.perf_counter() - start:.0f} s: {points}", file=sys.stderr, flush=True)
        differences.append(areas[1] - areas[0])
        print(f"{seed:>4}  {areas[0]:8.3f}  {areas[1]:8.3f}  {differences[-1]:+20.3f}", flush=True)
    print(f"mean{'':20}{np.mean(differences):+20.3f}")


class _Looked:
    """A release of all rows, which a judge scores by their numbers."""

    def __init__(self, judge, Z):
        self.judge = Judge(
            Z, judge.y, judge.s, judge.attackers, judge.test, judge.random_state, judge.raw_bits
        )

    def point(self):
        """Leakage share and utility share."""
        return self.judge.point(lambda rows: rows)


if __name__ == "__main__":
    main()
