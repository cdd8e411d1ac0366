"""What an audit costs: seconds for 10,000 rows on two cores, memory for 1,000,000 rows.

Run: python -m benchmarks.audit_cost [--rows 10000] [--large 1000000]
"""

import argparse
import resource
import time

import numpy as np

from benchmarks.report import header
from sklearn_infoshape import audit_leakage

FEATURES = 30


def problem(n_rows, rng):
    """Rows, task label and sensitive attribute; a third of the columns tells of each."""
    y, s = rng.integers(2, size=(2, n_rows))
    X = rng.normal(size=(n_rows, FEATURES))
    X[:, :10] += 0.4 * y[:, None]
    X[:, 10:20] += 0.4 * s[:, None]
    return X, y, s


def code(rows):
    """A code of 16 values, one-hot."""
    return np.eye(16)[(rows[:, :4] > 0) @ (1 << np.arange(4))]


def columns(rows):
    """Twenty columns as they are."""
    return rows[:, :20]


def peak_bytes():
    """The most memory that this process has held."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    """Print seconds and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    print(header())
    print("default suite with context, certificate and null; the machine is shared, so that")
    print("seconds are an upper limit of what it needs alone\n")
    X, y, s = problem(options.rows, rng)
    for name, release in (("code of 16", code), ("20 columns", columns)):
        start = time.perf_counter(), time.process_time()
        audit_leakage(release, X, s, y, random_state=0, n_jobs=1)
        wall, own = time.perf_counter() - start[0], time.process_time() - start[1]
        print(
            f"{options.rows} rows, {name}, one job: {wall:6.1f} s ({own:.1f} s of processor time)"
        )
    start = time.perf_counter()
    audit_leakage(columns, X, s, y, random_state=0, n_jobs=2)
    wall = time.perf_counter() - start
    print(f"{options.rows} rows, 20 columns, two jobs: {wall:5.1f} s (with the start of workers)\n")
    X, y, s = problem(options.large, rng)
    before = peak_bytes()
    report = audit_leakage(columns, X, s, y, random_state=0, n_jobs=1)
    grown = (peak_bytes() - before) / 2**30
    print(
        f"{options.large} rows of {FEATURES} columns, default sample_size ({report.n_rows} rows "
        f"audited): peak memory {grown:.2f} GiB above the start"
    )


if __name__ == "__main__":
    main()
