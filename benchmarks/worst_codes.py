"""Limits of the worst code on random codes: how often they hold, how far above the truth they are.

Laws of code and class as in :mod:`benchmarks.certificates`; the limits of single codes (posteriors,
pointwise leakage, shift, likelihood ratio) are to hold all together.

Run: python -m benchmarks.worst_codes [--draws 500] > benchmarks/results/worst_codes.txt
"""

import argparse

import numpy as np
from scipy.stats import binomtest

from benchmarks.certificates import CONFIDENCE, MINORITY, SIGNIFICANCE, random_law
from benchmarks.report import header
from sklearn_infoshape.audit.certificate import certify_counts

CODES, CLASSES, ROWS = (2, 8, 32), (2, 3, 6), (200, 2_000, 20_000)
AVERAGES = ("maximal_leakage_bits", "min_entropy_leakage_bits", "parity_gap")
EACH = ("posterior", "pointwise_bits", "total_variation", "likelihood_ratio")


def worst_figures(law):
    """The figures of ``AVERAGES`` of a law, and those of ``EACH`` for each code.

    Parameters
    ----------
    law : ndarray of shape (K, C)

    Returns
    -------
    dict of str to float
    dict of str to ndarray of shape (K, ...)
    """
    shares, by_code = law.sum(axis=0), law.sum(axis=1, keepdims=True)
    channel, posterior = law / shares, law / by_code
    gaps = np.maximum(channel[:, :, None] - channel[:, None], 0).sum(axis=0)
    averages = {
        "maximal_leakage_bits": np.log2(channel.max(axis=1).sum()),
        "min_entropy_leakage_bits": np.log2(law.max(axis=1).sum() / shares.max()),
        "parity_gap": gaps.max(),
    }
    each = {
        "posterior": posterior,
        "pointwise_bits": np.log2((posterior / shares).max(axis=1)),
        "total_variation": np.maximum(posterior - shares, 0).sum(axis=1),
        "likelihood_ratio": channel.max(axis=1) / channel.min(axis=1),
    }
    return averages, each


def measure(n_codes, n_classes, n_rows, minority, draws):
    """Violations, and how far above the truth, of many laws.

    Returns
    -------
    violations : ndarray of int, shape (4,)
        Of ``AVERAGES``, and of any limit of a code.
    excess : ndarray of shape (draws, 6)
        Of ``AVERAGES``; of the worst code's posterior, pointwise bits, and log2 of the
        likelihood ratio.
    """
    rng = np.random.default_rng([n_codes, n_classes, n_rows, minority is not None])
    violations, excess = np.zeros(4, dtype=int), []
    for _ in range(draws):
        law = random_law(n_codes, n_classes, minority, rng)
        counts = rng.multinomial(n_rows, law.ravel()).reshape(law.shape).astype(float)
        found = certify_counts(counts, CONFIDENCE, n_codes)
        averages, each = worst_figures(law)
        own = found.per_code
        above = [getattr(found, name) - averages[name] for name in AVERAGES]
        held = [(getattr(own, f"{name}_high") - each[name][own.codes]).min() for name in EACH]
        held.append((each["posterior"][own.codes] - own.posterior_low).min())
        violations += np.array([*above, min(held)]) < -1e-9
        posterior = (own.posterior_high - each["posterior"][own.codes]).max()
        pointwise = own.pointwise_bits_high.max() - each["pointwise_bits"].max()
        ratio = np.log2(found.likelihood_ratio / each["likelihood_ratio"].max())
        excess.append([*above, posterior, pointwise, ratio])
    return violations, np.array(excess)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=500)
    options = parser.parse_args()
    print(header())
    print(
        f"{options.draws} random laws a line, confidence {CONFIDENCE}; violations in % of the "
        f"draws ('!': significantly more\nthan {1 - CONFIDENCE:.0%}, binomial test at "
        f"{SIGNIFICANCE:.0%}; 'codes': any limit of a code), and the median above the truth\n"
        "(max., min.: maximal and min-entropy leakage, pointw.: pointwise leakage, ratio: log2\n"
        "of the likelihood ratio, all in bits; parity gap and posterior as shares)\n"
    )
    heads = "".join(f"{name:>8}" for name in ("max.", "min.", "parity", "codes"))
    above = "".join(
        f"{name:>9}" for name in ("max.", "min.", "parity", "poster.", "pointw.", "ratio")
    )
    print(f"{'codes':>5}{'classes':>8}{'rows':>7}{'rarest':>8}{heads} {above}")
    failures = 0
    for minority in (None, MINORITY):
        for n_codes in CODES:
            for n_classes in CLASSES:
                for n_rows in ROWS:
                    violations, excess = measure(
                        n_codes, n_classes, n_rows, minority, options.draws
                    )
                    marks = ""
                    for count in violations:
                        test = binomtest(int(count), options.draws, 1 - CONFIDENCE, "greater")
                        failures += test.pvalue < SIGNIFICANCE
                        marks += f"{100 * count / options.draws:7.1f}"
                        marks += "!" if test.pvalue < SIGNIFICANCE else " "
                    slack = "".join(f"{value:9.3f}" for value in np.median(excess, axis=0))
                    rarest = "1 %" if minority else "free"
                    print(f"{n_codes:5}{n_classes:8}{n_rows:7}{rarest:>8}{marks} {slack}")
    print(f"\n{failures} figures are violated significantly more often than {1 - CONFIDENCE:.0%}.")


if __name__ == "__main__":
    main()
