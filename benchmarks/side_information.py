"""What a release says beyond known columns: found where it is, and how seldom where nothing is.

Laws of a two-valued s. In two of them s is the parity of a known bit and of a released one, which
say nothing of s alone and all of it together, but for the noise of a column. In six the release is
drawn given the known columns alone: it says nothing beyond them.

Run: python -m benchmarks.side_information [--runs 60] > benchmarks/results/side_information.txt
"""

import argparse
import time

import numpy as np
from scipy.stats import entropy, norm

from benchmarks.report import header
from sklearn_infoshape import audit_leakage

PARITIES = ("parity, code", "parity, column")
SCREENED = ("levels", "levels, code", "amount", "amount, code", "product", "mixed, code")
LEVEL = 0.05
NOISE = 0.3


def draw(law, rng, n):
    """Known columns, a release, and s.

    Parameters
    ----------
    law : str
    rng : numpy.random.Generator
    n : int

    Returns
    -------
    known : ndarray of shape (n, 1) or (n, 2)
    Z : ndarray of shape (n, 1) or (n, K)
    s : ndarray of shape (n,)
    """
    ward, age, other = rng.integers(6, size=n), *rng.normal(size=(2, n))
    if law in PARITIES:
        bit = rng.integers(2, size=n)
        noisy = bit + NOISE * rng.normal(size=n)
        Z = np.eye(2)[bit] if law == "parity, code" else noisy[:, None]
        return np.column_stack([ward % 2, ward // 2]), Z, (ward + bit) % 2
    by_law = {
        "levels": ([ward], (ward - 2.5) / 2),
        "amount": ([age], age),
        "product": ([age, other], age * other),
        "mixed": ([ward, age], (ward % 2) * age + 0.3 * ward - 1),
    }
    known, says = by_law[law.removesuffix(", code")]
    s = (rng.uniform(size=n) < 1 / (1 + np.exp(-3 * says))).astype(int)
    noisy = says + 0.2 * rng.normal(size=n)
    Z = np.eye(4)[np.digitize(noisy, [-1, 0, 1])] if law.endswith("code") else noisy[:, None]
    return np.column_stack(known), Z, s


def truth(law):
    """I(Z; s | known) in bits."""
    if law not in PARITIES:
        return 0.0
    if law == "parity, code":
        return 1.0
    z = np.linspace(-6 * NOISE, 1 + 6 * NOISE, 10_001)
    one = 1 / (1 + np.exp((1 - 2 * z) / (2 * NOISE**2)))  # p(bit = 1 | z)
    each = norm.pdf(z, [[0], [1]], NOISE) / 2
    return 1 - (each.sum(axis=0) * entropy([1 - one, one], base=2)).sum() * (z[1] - z[0])


def audit(law, seed, n, is_known=True, **options):
    """An audit of rows of a law, with or without what is known."""
    X, Z, s = draw(law, np.random.default_rng(seed), n)
    known = np.ones(X.shape[1], dtype=bool) if is_known else None
    options = {"attackers": "linear", "n_permutations": 99, "context": False, **options}
    return audit_leakage(lambda rows: Z, X, s, known=known, random_state=seed, **options)


def found(law, seed, n):
    """Of the release alone the estimate, and beyond what is known the lower limit, and p."""
    report = audit(law, seed, n)
    (beyond,) = report.by_role("beyond known")
    return report.estimate_bits, beyond.bits.low, beyond.null and beyond.null.p_value


def seconds(n, repeats=3):
    """Of audits with default attackers, without known columns and with: the least of some."""
    times = {False: np.inf, True: np.inf}
    for _ in range(repeats):
        for is_known in times:
            start = time.perf_counter()
            audit("parity, column", 0, n, is_known, attackers="default")
            times[is_known] = min(times[is_known], time.perf_counter() - start)
    return times.values()


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--rows", type=int, default=1_000)
    options = parser.parse_args()
    print(header())
    print(
        f"{options.runs} audits of {options.rows} rows a law, attackers linear and boosting;\n"
        "alone: median estimate of the release alone; beyond: median and greatest lower limit\n"
        "beyond the known columns, and the share of runs where it is above 0; p: the share with\n"
        f"p <= {LEVEL} (of 99 permutations; where the known columns take few values)\n"
    )
    print(f"{'law':16}{'truth':>8}{'alone':>8}{'beyond':>8}{'greatest':>10}{'above 0':>9}{'p':>6}")
    for law in (*PARITIES, *SCREENED):
        runs = [found(law, seed, options.rows) for seed in range(options.runs)]
        alone, low = np.array([run[:2] for run in runs]).T
        p_values = [p for _, _, p in runs if p is not None]
        p = f"{np.mean(np.array(p_values) <= LEVEL):6.2f}" if p_values else f"{'-':>6}"
        print(
            f"{law:16}{truth(law):8.3f}{np.median(alone):8.3f}{np.median(low):8.3f}"
            f"{low.max():10.3f}{np.mean(low > 0):9.2f}{p}"
        )
    without, with_known = seconds(options.rows)
    print(
        f"\nseconds with default attackers: {without:.1f}, with known columns {with_known:.1f} "
        f"({with_known / without:.1f} times)"
    )


if __name__ == "__main__":
    main()
