"""What the worst code says of s with and without a limit for single codes, and what it costs.

Known laws: 6,000 rows are fitted, figures of the worst code are of the law (100,000 rows, exact
p(s | x)). Real sets: a third of at most 18,000 rows is fitted, figures and areas are of the others.

Run: python -m benchmarks.worst_shift [--sets adult] > benchmarks/results/worst_shift.txt
"""

import argparse
import time
import warnings

import numpy as np

from benchmarks.data import DATA_SETS, load
from benchmarks.known_laws import continuous_problem
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import CategoricalChannel, infoshape_path
from sklearn_infoshape.exceptions import CollapsedEncoderWarning

ROWS, MULTIPLIERS = 6_000, (0.3, 1.0, 4.0)
SETS = ["logistic", "bent", "mixture", "adult", "compas", "labsup"]
LIMITS = (
    {},
    {"max_posterior_shift": 0.2},
    {"max_posterior_shift": 0.1},
    {"max_likelihood_ratio": 3.0},
)


def worst(Z, law):
    """Greatest total variation and likelihood ratio of a code.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    law : ndarray of shape (n, C)
        p(s | x), or observed s, one-hot.

    Returns
    -------
    shift, ratio : float
    """
    Z = Z[:, Z.sum(axis=0) > 0]
    given, prior = Z.T @ law / Z.sum(axis=0)[:, None], law.mean(axis=0)
    with np.errstate(divide="ignore"):
        ratios = (given / prior).max(axis=1) / (given / prior).min(axis=1)
    return np.abs(given - prior).sum(axis=1).max() / 2, ratios.max()


def rows_of(name, seed):
    """Rows that are fitted, fresh rows with a law of s, and a judge where there is no law."""
    if name in DATA_SETS:
        data = load(name, 3 * ROWS, seed)
        own, *others = thirds(len(data.X), seed)
        fresh = np.concatenate(others)
        law = (data.s[fresh, None] == np.unique(data.s)).astype(float)
        judge = Judge.of(data.X, data.y, data.s, *others, seed)
        return (data.X[own], data.y[own], data.s[own]), data.X[fresh], law, judge
    problem = continuous_problem(name, seed)
    fresh = problem.sample(100_000, seed + 1)[0]
    return problem.sample(ROWS, seed), fresh, problem.posteriors(fresh)[1], None


def measure(name, seed):
    """Print the lines of a set."""
    fitted, fresh, law, judge = rows_of(name, seed)
    for limits in LIMITS:
        start = time.perf_counter()
        path = infoshape_path(
            *fitted,
            MULTIPLIERS,
            posterior="boosting" if name in DATA_SETS else "linear",
            channel=CategoricalChannel(**limits),
            random_state=seed,
        )
        seconds = time.perf_counter() - start
        area = "" if judge is None else frontier_area(judge.point(m.transform) for m in path)
        area = area and f"{area:8.3f}"
        what = ", ".join(f"{key} {value:g}" for key, value in limits.items()) or "none"
        for member, multiplier in zip(path, MULTIPLIERS, strict=True):
            Z = member.transform(fresh)
            shift, ratio = worst(Z, law)
            y, s = member.utility_estimate_bits_, member.leakage_estimate_bits_
            last = f"{seconds:9.1f}{area:>8}" if multiplier == MULTIPLIERS[-1] else ""
            print(
                f"{name:9}{what:26}{multiplier:6g}{Z.shape[1]:7}{y:8.3f}{s:8.3f}"
                f"{y - multiplier * s:8.3f}{shift:8.3f}{ratio:8.2f}{last}",
                flush=True,
            )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore", CollapsedEncoderWarning)
    print(header())
    print(
        "limit of single codes, λ, codes, bits of y and s (estimates), y − λ s; shift and ratio:\n"
        "of the worst code on fresh rows (real sets: as observed, with the noise of rare codes); "
        "seconds\n"
        "of the three fits; area: share of utility over share of leakage (benchmarks.frontier)\n"
    )
    print(
        f"{'set':9}{'limit':26}{'λ':>6}{'codes':>7}{'y':>8}{'s':>8}{'y − λs':>8}{'shift':>8}"
        f"{'ratio':>8}{'seconds':>9}{'area':>8}"
    )
    for name in options.sets:
        measure(name, options.seed)


if __name__ == "__main__":
    main()
