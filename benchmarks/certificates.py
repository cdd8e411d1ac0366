"""Certificates on random codes: how often each figure holds, and how far above the truth it is.

Laws of code and class are drawn: class shares from a Dirichlet law around even ones, or one
class of 1 %; codes given the class from a uniform Dirichlet law. Then tables of n rows.

Run: python -m benchmarks.certificates [--draws 1000]
"""

import argparse

import numpy as np
from scipy.stats import binomtest

from benchmarks.report import header
from sklearn_infoshape import certify_leakage
from sklearn_infoshape.audit.certificate import certify_counts
from sklearn_infoshape.information import entropy_bits

CODES, CLASSES, ROWS = (2, 8, 16, 32), (2, 3, 5), (500, 5_000, 50_000)
FIGURES = ("accuracy", "balanced_accuracy", "advantage", "bits")
CONFIDENCE = 0.95
SIGNIFICANCE = 0.01
MINORITY = 0.01


def random_law(n_codes, n_classes, minority, rng):
    """The joint law of a random code and a class, shape (n_codes, n_classes)."""
    if minority is None:
        shares = rng.dirichlet(np.full(n_classes, 10.0))
    else:
        rest = rng.dirichlet(np.full(n_classes - 1, 10.0))
        shares = np.r_[minority, (1 - minority) * rest]
    return rng.dirichlet(np.ones(n_codes), size=n_classes).T * shares


def truth(law):
    """The four figures of a law, in the order of ``FIGURES``."""
    shares = law.sum(axis=0)
    accuracy = law.max(axis=1).sum()
    balanced = (law / shares).max(axis=1).sum() / law.shape[1]
    bits = entropy_bits(law.sum(axis=1)) + entropy_bits(shares) - entropy_bits(law.ravel())
    return np.array([accuracy, balanced, accuracy - shares.max(), bits])


def figures(certificate):
    """The four figures of a certificate, in the order of ``FIGURES``."""
    return np.array([getattr(certificate, figure) for figure in FIGURES])


def measure(n_codes, n_classes, n_rows, minority, draws):
    """Violations and mean excess of each figure over many laws.

    Returns
    -------
    violations : ndarray of int, shape (4,)
    excess : ndarray of shape (4,)
    """
    rng = np.random.default_rng([n_codes, n_classes, n_rows, minority is not None])
    violations, excess = np.zeros(4, dtype=int), np.zeros(4)
    for draw in range(draws):
        law = random_law(n_codes, n_classes, minority, rng)
        counts = rng.multinomial(n_rows, law.ravel()).reshape(law.shape)
        certificate = certify_counts(counts.astype(float), CONFIDENCE, n_codes)
        if draw == 0:  # the table is what the public function makes of rows
            codes, s = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
            if (counts.sum(axis=0) > 0).all():
                public = certify_leakage(np.eye(n_codes)[codes], s, CONFIDENCE)
                assert np.allclose(figures(public), figures(certificate))
        above = figures(certificate) - truth(law)
        violations += above < -1e-12
        excess += above
    return violations, excess / draws


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    options = parser.parse_args()
    print(header())
    print(
        f"{options.draws} random laws a line, confidence {CONFIDENCE}; violations in % of the "
        f"draws ('!': significantly more\nthan {1 - CONFIDENCE:.0%}, binomial test at "
        f"{SIGNIFICANCE:.0%}), and how far above the truth, on average\n"
    )
    print(f"{'':31}{'violations, %':^32}{'mean above the truth':^32}")
    heads = f"{'accur.':>8}{'balanc.':>8}{'advant.':>8}{'bits':>8}"
    print(f"{'codes':>5}{'classes':>8}{'rows':>7}{'rarest':>9}  {heads}{heads}")
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
                        bad = test.pvalue < SIGNIFICANCE
                        failures += bad
                        marks += f"{100 * count / options.draws:7.1f}{'!' if bad else ' '}"
                    above = "".join(f"{value:8.4f}" for value in excess)
                    rarest = "1 %" if minority else "free"
                    print(
                        f"{n_codes:5}{n_classes:8}{n_rows:7}{rarest:>9}  {marks}{above}", flush=True
                    )
    print(f"\n{failures} figures are violated significantly more often than {1 - CONFIDENCE:.0%}.")


if __name__ == "__main__":
    main()
