"""Seconds to fit adult, and rows a second that a fitted transformer releases.

The default is fitted on all rows; "network" and one stage on 8,000, since their rate does not
depend on it. Threads as numpy, torch and scikit-learn choose them; medians of three.

Run: python -m benchmarks.rates
"""

import argparse
import time
import warnings

import numpy as np

from benchmarks.data import load
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer

FEW = 8000


def seconds(call, repetitions=3):
    """The median of some repetitions."""
    found = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return float(np.median(found))


def main():
    """Print a line for each value of ``posterior``."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    data = load("adult")
    n = len(data.X)
    print(header())
    print(f"adult, {n} rows × {data.X.shape[1]}; the machine may be shared\n")
    print(f"{'posterior':12}{'rows fitted on':>15}{'seconds':>9}{'released rows/s':>17}")
    for posterior, rows in (("auto", n), ("network", FEW), (None, FEW)):
        shaper = InfoShapeTransformer(posterior=posterior, random_state=0)
        own = data.X[:rows], data.y[:rows], data.s[:rows]
        fitting = seconds(lambda shaper=shaper, own=own: shaper.fit(*own), 1)
        shaper.transform(data.X[:1000])
        rate = n / seconds(lambda shaper=shaper: shaper.transform(data.X))
        print(f"{posterior!s:12}{rows:15d}{fitting:9.1f}{rate:17,.0f}", flush=True)


if __name__ == "__main__":
    main()
