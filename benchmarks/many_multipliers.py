"""What many multipliers cost once stage one is done: lanes of stage two, and a cached search.

Run: python -m benchmarks.many_multipliers
"""

import argparse
import tempfile
import time
import warnings

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, PosteriorFeatures, lagrangian_scorer
from sklearn_infoshape.codes.partition import solve_partition

MULTIPLIERS = np.geomspace(0.1, 10, 20)
SEARCHED = (0.25, 0.5, 1.0, 2.0, 4.0)
SEPARATE = (0, 6, 12, 19)


def timed(action):
    """What an action returns, and its seconds."""
    start = time.perf_counter()
    result = action()
    return result, time.perf_counter() - start


def search_seconds(data, multipliers):
    """Seconds of a search over some multipliers, with a cache that begins empty."""
    with tempfile.TemporaryDirectory() as memory:
        shaper = InfoShapeTransformer(
            sensitive_columns=[data.X.shape[1]], memory=memory, random_state=0
        )
        search = GridSearchCV(
            make_pipeline(shaper),
            {"infoshapetransformer__privacy_multiplier": list(multipliers)},
            scoring=lagrangian_scorer(1.0),
            cv=2,
        )
        return timed(lambda: search.fit(np.column_stack([data.X, data.s]), data.y))[1]


def main():
    """Print the figures, on one core."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    data = load("adult", None, 0)
    print(f"adult, {len(data.X)} rows, one thread")
    with threadpool_limits(1):
        stage_one = PosteriorFeatures(random_state=0)
        _, one = timed(lambda: stage_one.fit(data.X, data.y, data.s))
        posteriors = np.split(stage_one.transform(data.X), 2, axis=1)
        weights = [[1.0, -multiplier] for multiplier in MULTIPLIERS]
        lanes, two = timed(lambda: solve_partition(posteriors, weights))
        print(
            f"stage one {one:.0f} s; stage two for {len(weights)} multipliers {two:.1f} s: ", end=""
        )
        print(f"{two / one:.2f} of it")
        print("\nLagrangian of lanes over that of separate fits, on the same posteriors:")
        for i in SEPARATE:
            (alone,), seconds = timed(lambda i=i: solve_partition(posteriors, [weights[i]]))
            share = lanes[i].lagrangian / alone.lagrangian
            print(f"  lambda = {MULTIPLIERS[i]:6.3f}: {share:.4f} ({seconds:.1f} s alone)")
        single, several = search_seconds(data, SEARCHED[2:3]), search_seconds(data, SEARCHED)
    print(f"\nGridSearchCV with memory=, 2 folds: one multiplier {single:.0f} s, ", end="")
    print(f"{len(SEARCHED)} multipliers {several:.0f} s: {several / single:.2f} times")


if __name__ == "__main__":
    main()
