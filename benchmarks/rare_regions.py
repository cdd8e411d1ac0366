"""Rare regions: how often 2 % of rows that say s are found, and nothing where nothing is.

Laws of 10,000 rows with a fair s. In 2 % of the rows the release says s without error, in all
others it is noise: by values at both ends of a column, by two repeated values in its middle, by
two islands in five columns, by a sign that counts where another column is far out, by one or two
rare codes, or by forty codes of .05 % each. For the null, these rows are as rare and as odd, and
say nothing.

Run: python -m benchmarks.rare_regions [--runs 50] > benchmarks/results/rare_regions.txt
"""

import argparse
import time

import numpy as np

from benchmarks.report import header
from sklearn_infoshape import audit_leakage

COLUMNS = ("ends", "repeated", "islands", "sign")
CODES = ("one code", "two codes", "many codes")
ROWS, SHARE = 10_000, 0.02


def draw(law, says, rng, n=ROWS):
    """Released rows and s.

    Parameters
    ----------
    law : str
    says : bool
        Whether the rare rows say s, or something else.
    rng : numpy.random.Generator
    n : int, default=ROWS

    Returns
    -------
    Z : ndarray of shape (n, 5) or (n, K)
    s : ndarray of shape (n,)
    """
    s = rng.integers(2, size=n)
    said = s if says else rng.integers(2, size=n)
    rare = np.flatnonzero(rng.uniform(size=n) < SHARE)
    if law == "one code":
        rare = rare[said[rare] == 1]
    sign = 2 * said[rare] - 1
    if law in CODES:
        codes, n_spread = rng.integers(6, size=n), 20 if law == "many codes" else 1
        codes[rare] = 6 + n_spread * said[rare] + rng.integers(n_spread, size=len(rare))
        return np.eye(6 + 2 * n_spread)[codes], s
    Z = rng.normal(size=(n, 5))
    if law == "ends":
        Z[rare, 0] = 4 * sign + 0.3 * rng.normal(size=len(rare))
    elif law == "repeated":
        Z[rare, 0] = np.where(said[rare] == 1, 0.1, -0.2)
    elif law == "islands":
        place = np.array([0.5, -1.0, 0.7, 1.0, 0.0])
        Z[rare] = place * sign[:, None] + 0.1 * rng.normal(size=(len(rare), 5))
    else:
        Z[rare, 0] = 4 + 0.3 * rng.normal(size=len(rare))
        Z[rare, 1] = np.abs(Z[rare, 1]) * sign
    return Z, s


def audit(Z, s, seed, **options):
    """A quick audit of a release."""
    options = {"attackers": "linear", "n_permutations": 0, "context": False, **options}
    return audit_leakage(lambda rows: rows, Z, s, random_state=seed, **options)


def found(law, says, seed, n=ROWS):
    """Whether any region is significant, and what the best attacker finds on average, in bits."""
    Z, s = draw(law, says, np.random.default_rng([seed, says]), n)
    report = audit(Z, s, seed)
    return report.rare_regions[0].n_significant > 0, max(0.0, report.leakage_bits)


def added_time(law, repeats=3):
    """Seconds of an audit with default attackers, and of its rare regions: the least of some."""
    Z, s = draw(law, True, np.random.default_rng(0))
    times = {True: np.inf, False: np.inf}
    for _ in range(repeats):
        for is_on in times:
            start = time.perf_counter()
            audit_leakage(lambda rows: rows, Z, s, random_state=0, rare_regions=is_on)
            times[is_on] = min(times[is_on], time.perf_counter() - start)
    return times[False], times[True] - times[False]


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--null-runs", type=int, default=100)
    options = parser.parse_args()
    print(header())
    print(
        f"found: share of {options.runs} audits of {ROWS} rows with a significant region (Holm, "
        f".05) where {SHARE:.0%} of the rows say s;\nnothing: the same of {options.null_runs} "
        "audits where they do not; bits: median lower limit of the mean over all rows\n"
        "(the truth is .02, of one code .01)\n"
    )
    print(f"{'law':12}{'found':>8}{'nothing':>9}{'bits':>8}")
    for law in (*COLUMNS, *CODES):
        own = [found(law, True, seed) for seed in range(options.runs)]
        null = [found(law, False, seed)[0] for seed in range(options.null_runs)]
        bits = np.median([bits for _, bits in own])
        print(f"{law:12}{np.mean([hit for hit, _ in own]):8.2f}{np.mean(null):9.2f}{bits:8.3f}")
    print("\nseconds of an audit with default attackers, and of its rare regions")
    for law in ("ends", "two codes"):
        whole, added = added_time(law)
        print(f"{law:12}{whole:8.2f}{added:9.3f} ({100 * added / whole:.0f} %)")


if __name__ == "__main__":
    main()
