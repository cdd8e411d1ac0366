"""Adult as a table of mixed columns, read natively, against one-hot columns made by hand.

Both are fitted on the same rows, and judged by the same attackers, whose raw bits are those of
the columns by hand. One fit gives all multipliers.

Run: python -m benchmarks.mixed_tables [--rows 6000] [--seeds 0 1 2] [--repeats 2]
"""

import argparse
import sys
import time
import warnings
from dataclasses import replace

import numpy as np

from benchmarks.data import _adult_frame, _numbers
from benchmarks.frontier import MULTIPLIERS
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import infoshape_path


def area(rows, judge, own, random_state):
    """Frontier area of fits on some rows of a table.

    Parameters
    ----------
    rows : data frame or ndarray of shape (n, p)
        All rows of the judge, read in one way or the other.
    judge : Judge
    own : ndarray of int
        The rows to fit on.
    random_state : int

    Returns
    -------
    float
    """
    fitted = rows.iloc[own] if hasattr(rows, "iloc") else rows[own]
    labels = judge.y[own], judge.s[own]
    path = infoshape_path(fitted, *labels, list(MULTIPLIERS), random_state=random_state)
    points = []
    for shaper in path.transformers:
        of_release = replace(judge, X=shaper.transform(rows))  # looked up by their numbers
        points.append(of_release.point(lambda release: release))
    return frontier_area(points)


def main():
    """Print both areas, fit by fit, and their mean difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="of the rows")
    parser.add_argument("--repeats", type=int, default=2, help="fits a seed, with other folds")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(header())
    table, label = _adult_frame()
    s = (table.pop("sex") == "Female").to_numpy(dtype=int)
    y, by_hand = label.to_numpy(dtype=int), _numbers(table).to_numpy(dtype=float)
    print(f"{'rows':>5} {'fit':>4} {'by hand':>9} {'native':>8} {'native less by hand':>21}")
    differences = []
    for seed in options.seeds:
        chosen = np.random.default_rng(seed).choice(len(table), options.rows, replace=False)
        X, frame = by_hand[chosen], table.iloc[chosen].reset_index(drop=True)
        own, attackers, test = thirds(len(X), seed)
        judge = Judge.of(X, y[chosen], s[chosen], attackers, test, seed)
        for repeat in range(options.repeats):
            start = time.perf_counter()
            hand, native = (area(rows, judge, own, repeat) for rows in (X, frame))
            differences.append(native - hand)
            line = f"{seed:>5} {repeat:>4} {hand:9.3f} {native:8.3f} {native - hand:+21.3f}"
            print(line, flush=True)
            print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    error = np.std(differences, ddof=1) / np.sqrt(len(differences))
    print(f"mean difference {np.mean(differences):+.3f} ± {error:.3f} (standard error)")


if __name__ == "__main__":
    main()
