"""How often a certified release leaks more than the budget, where the law is known.

X is one of 24 symbols, whose laws of y and s are drawn once a repetition; so what any release
truly leaks is a sum over symbols. Beside the certificate: the most useful candidate of the
same path whose point estimate, on as many fresh rows as the calibration part has, keeps
within the budget.

Run: python -m benchmarks.certified_budget [--repetitions 300]
"""

import argparse
import warnings

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV
from sklearn_infoshape.exceptions import InfeasibleBudgetError

SYMBOLS = 24
ROWS = 4000
BUDGETS = (0.04, 0.08)
CONFIDENCE = 0.95


class Law:
    """Symbols with their shares and their laws of y and s."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.share = rng.dirichlet(np.full(SYMBOLS, 3.0))
        hidden = rng.normal(size=(2, SYMBOLS))
        hidden[1] = 0.4 * hidden[0] + 0.9 * hidden[1]
        self.task, self.sensitive = 1 / (1 + np.exp(-1.8 * hidden))
        self.symbols = np.eye(SYMBOLS)

    def draw(self, n, rng):
        """n rows: X, y, s."""
        x = rng.choice(SYMBOLS, size=n, p=self.share)
        y, s = (rng.uniform(size=n) < p[x] for p in (self.task, self.sensitive))
        return self.symbols[x], y.astype(int), s.astype(int)

    def true_bits(self, shaper):
        """I(Z; s) of a release: each symbol has one code."""
        Z = shaper.transform(self.symbols)
        joint = (Z * self.share[:, None]).T @ np.column_stack([1 - self.sensitive, self.sensitive])
        independent = joint.sum(1, keepdims=True) * joint.sum(0)
        used = joint > 0
        return float((joint[used] * np.log2(joint[used] / independent[used])).sum())


def repeat(seed, budget):
    """True leakage of the certified and of the point-estimated choice; None where there is none."""
    law, rng = Law(seed), np.random.default_rng(10_000 + seed)
    X, y, s = law.draw(ROWS, rng)
    shaper = InfoShapeTransformer(
        posterior=LogisticRegression(C=10.0), n_components=6, random_state=seed
    )
    search = InfoShapeTransformerCV(
        shaper,
        12,
        max_leakage=budget,
        verify="certificate",
        confidence=CONFIDENCE,
        calibration_fraction=0.5,
    )
    certified, path = None, None
    try:
        search.fit(X, y, s)
        certified, path = law.true_bits(search), search.path_
    except InfeasibleBudgetError:
        return None, None
    figures = path.evaluate(*law.draw(ROWS // 2, rng))
    within = figures["leakage_bits"] <= budget
    if not within.any():
        return certified, None
    best = np.flatnonzero(within)[figures["utility_bits"][within].argmax()]
    return certified, law.true_bits(path[best])


def main():
    """Print how often each way goes over the budget."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=300, help="half with each budget")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    results = []
    with threadpool_limits(1):
        for number in range(options.repetitions):
            budget = BUDGETS[number % len(BUDGETS)]
            results.append((budget, *repeat(number, budget)))
            if number % 25 == 24:
                print(f"{number + 1} repetitions", flush=True)
    print(header())
    print(f"{ROWS} rows, half of them set aside; confidence {CONFIDENCE}; 12 multipliers\n")
    print(f"{'':28}{'budget':>8}{'delivered':>11}{'over':>6}{'share':>8}{'mean bits':>11}")
    for budget in (*BUDGETS, None):
        for name, place in (("certificate", 1), ("point estimates", 2)):
            found = [(r[0], r[place]) for r in results if budget in (None, r[0])]
            delivered = [(limit, bits) for limit, bits in found if bits is not None]
            over = sum(bits > limit for limit, bits in delivered)
            label = "both" if budget is None else f"{budget:.2f}"
            mean = np.mean([bits for _, bits in delivered])
            print(
                f"{name:28}{label:>8}{f'{len(delivered)}/{len(found)}':>11}{over:6d}"
                f"{over / len(found):8.3f}{mean:11.4f}"
            )
    over = sum(r[1] is not None and r[1] > r[0] for r in results)
    test = binomtest(over, len(results), 1 - CONFIDENCE, alternative="greater")
    print(f"\ncertificate over budget more often than {1 - CONFIDENCE:.2f}: p = {test.pvalue:.3f}")


if __name__ == "__main__":
    main()
