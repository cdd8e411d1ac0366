"""Whether the bits that a fit says of its own code are those of fresh rows.

Run: python -m benchmarks.estimates
"""

import argparse
import tempfile
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.known_laws import continuous_problem
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.release.estimates import code_bits

FRESH_ROWS = 40_000
DRAWS = {1_500: 5, 5_000: 2}  # of each number of rows; codes of 5,000 may be tables of cells
MULTIPLIERS = (0.5, 1.0, 3.0, 10.0)
MEMBERS = ["linear", "boosting"]
#: kind, classes of y, classes of s, seed
SETS = [
    ("logistic", 2, 2, 1),
    ("logistic", 4, 3, 1),
    ("bent", 3, 2, 2),
    ("mixture", 2, 3, 3),
    ("mixture", 4, 4, 3),
]


def fits(kind, n_task, n_sensitive, seed, n_rows, n_draws):
    """For each fit its multiplier, and said bits of s, their error, and fresh bits; then of y."""
    sizes = {"n_task_classes": n_task, "n_sensitive_classes": n_sensitive}
    problem = continuous_problem(kind, seed, **sizes)
    X_fresh, y_fresh, s_fresh = problem.sample(FRESH_ROWS, seed=10_000)
    for draw in range(n_draws):
        X, y, s = problem.sample(n_rows, seed=draw)
        with tempfile.TemporaryDirectory() as memory:  # stage one serves all multipliers
            for multiplier in MULTIPLIERS:
                shaper = InfoShapeTransformer(
                    multiplier, posterior=MEMBERS, memory=memory, random_state=draw
                ).fit(X, y, sensitive_features=s)
                Z = shaper.transform(X_fresh)
                yield (
                    multiplier,
                    shaper.leakage_estimate_bits_,
                    shaper.leakage_standard_error_bits_,
                    max(0.0, code_bits(Z, np.eye(n_sensitive)[s_fresh]).value),
                    shaper.utility_estimate_bits_,
                    shaper.utility_standard_error_bits_,
                    max(0.0, code_bits(Z, np.eye(n_task)[y_fresh]).value),
                )


def line(name, found):
    """Print bias and coverage of some fits."""
    said, error, fresh, kept, kept_error, kept_fresh = np.array(found)[:, 1:].T
    print(
        f"{name:22}{len(found):6d}{fresh.mean():9.4f}{(said - fresh).mean():+9.4f}"
        f"{100 * np.mean(np.abs(said - fresh) <= 1.96 * error):8.0f}"
        f"{kept_fresh.mean():11.4f}{(kept - kept_fresh).mean():+9.4f}"
        f"{100 * np.mean(np.abs(kept - kept_fresh) <= 1.96 * kept_error):8.0f}",
        flush=True,
    )


def table(n_rows, n_draws):
    """Print a line a set, a line a multiplier, and one of all fits."""
    print(
        f"""
{n_rows} rows of five laws, {n_draws} draws of each; members {", ".join(MEMBERS)}. Bits that a
fit says of s (of y) in its code against those of {FRESH_ROWS} fresh rows: means of the fresh
ones and of the differences, and how many of 100 are within 1.96 standard errors.
"""
    )
    print(
        f"{'kind, classes':22}{'fits':>6}{'s fresh':>9}{'bias':>9}{'within':>8}"
        f"{'y fresh':>11}{'bias':>9}{'within':>8}"
    )
    everything = []
    for one in SETS:
        found = list(fits(*one, n_rows, n_draws))
        everything += found
        line("{}, y {}, s {}".format(*one), found)
    for multiplier in MULTIPLIERS:
        line(f"lambda {multiplier:g}", [one for one in everything if one[0] == multiplier])
    line("all", everything)


def main():
    """Print a table for each number of rows, on one core."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, choices=DRAWS, default=list(DRAWS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    with threadpool_limits(1):
        for n_rows in options.rows:
            table(n_rows, DRAWS[n_rows])


if __name__ == "__main__":
    main()
