"""Adult as a table of mixed columns, read natively, against one-hot columns made by hand.

All are fitted on the same rows, and judged by the same attackers, whose raw bits are those of
the columns by hand. One fit gives all multipliers. "Sets": natively, but boosting splits a category
by sets of its levels, as scikit-learn's can, in place of a column a level.

Run: python -m benchmarks.mixed_tables [--rows 6000] [--seeds 0 1 2 3 4 5] [--repeats 2]
"""

import argparse
import sys
import time
import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.data import _adult_frame, _numbers
from benchmarks.frontier import MULTIPLIERS
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import infoshape_path
from sklearn_infoshape.posterior import members
from sklearn_infoshape.posterior.native_columns import NativeColumns


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


def by_sets_of_levels(build, blocks, shape, *others):
    """In place of ``reads_natively``: trees that split one column of a category by its levels."""
    if blocks is None:
        return build(shape, *others)
    starts = np.cumsum([0, *(NativeColumns([block]).n_columns for block in blocks)])
    levels = [slice(*ends) for ends in pairwise(starts)]
    is_category = [kind == "category" for kind, _, _ in blocks]
    numbers = np.concatenate(
        [
            np.arange(own.start, own.stop)
            for own, c in zip(levels, is_category, strict=True)
            if not c
        ]
    )

    def codes(rows):
        # A column more for rare levels, which have zeros throughout.
        own = [rows[:, part] for part, c in zip(levels, is_category, strict=True) if c]
        return np.stack([np.c_[b, ~b.any(axis=1)].argmax(axis=1) for b in own], axis=1)

    bins, trees = (step for _, step in build((shape[0], len(blocks)), *others).steps)
    trees.set_params(categorical_features=np.arange(len(blocks)) >= len(numbers))
    both = [
        ("numbers", bins, numbers),
        ("codes", FunctionTransformer(codes), np.arange(starts[-1])),
    ]
    return make_pipeline(NativeColumns(blocks), ColumnTransformer(both), trees)


def main():
    """Print the areas, fit by fit, and their mean differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4, 5], help="of the rows"
    )
    parser.add_argument("--repeats", type=int, default=2, help="fits a seed, with other folds")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(header())
    table, label = _adult_frame()
    s = (table.pop("sex") == "Female").to_numpy(dtype=int)
    y, by_hand = label.to_numpy(dtype=int), _numbers(table).to_numpy(dtype=float)
    print(f"{'rows':>5} {'fit':>4} {'by hand':>9} {'native':>8} {'sets':>8}    less by hand")
    differences, own_way = [], members.reads_natively
    for seed in options.seeds:
        chosen = np.random.default_rng(seed).choice(len(table), options.rows, replace=False)
        X, frame = by_hand[chosen], table.iloc[chosen].reset_index(drop=True)
        own, attackers, test = thirds(len(X), seed)
        judge = Judge.of(X, y[chosen], s[chosen], attackers, test, seed)
        for repeat in range(options.repeats):
            start = time.perf_counter()
            hand, native = (area(rows, judge, own, repeat) for rows in (X, frame))
            members.reads_natively = by_sets_of_levels
            sets = area(frame, judge, own, repeat)
            members.reads_natively = own_way
            differences.append((native - hand, sets - hand))
            line = f"{seed:>5} {repeat:>4} {hand:9.3f} {native:8.3f} {sets:8.3f}"
            print(line + "".join(f"{d:+9.3f}" for d in differences[-1]), flush=True)
            print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    errors = np.std(differences, axis=0, ddof=1) / np.sqrt(len(differences))
    for name, mean, error in zip(
        ("native", "sets"), np.mean(differences, axis=0), errors, strict=True
    ):
        print(f"{name} less by hand: {mean:+.3f} ± {error:.3f} (standard error)")


if __name__ == "__main__":
    main()
