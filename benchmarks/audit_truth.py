"""Planted leakage with known truth: how much an audit finds, and how often it claims too much.

Each kind is drawn anew and audited many times. "Above the truth" counts audits whose at-least
interval lies above the true information; it may not be significantly more than 5 %. The
default suite attacks every kind; kinds that a cheap attacker represents are also attacked 1,000
times, by cheap attackers alone. Then, without the training of attackers, limits where nearly all
leaks and nulls with groups of unequal size (``audit_limits``).

Run: python -m benchmarks.audit_truth [--repetitions 50] [--cheap 1000] [--rows 5000] [--border 250]
"""

import argparse
import sys
import time

import numpy as np
from scipy.special import expit
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from benchmarks import audit_limits
from benchmarks.report import header
from sklearn_infoshape import audit_leakage
from sklearn_infoshape.information import entropy_bits

FLIPS = 0.1
ERROR = 0.05
SIGNIFICANCE = 0.01


def _flipped(bit, rng):
    return np.where(rng.uniform(size=len(bit)) < FLIPS, 1 - bit, bit).astype(int)


FLIPPED = 1 - entropy_bits([FLIPS, 1 - FLIPS])


def _linear(n, rng):
    X = rng.normal(size=(n, 5))
    return X, (rng.uniform(size=n) < expit(2 * X[:, 0])).astype(int)


def _linear_truth():
    nodes, weights = np.polynomial.hermite_e.hermegauss(101)
    p = expit(2 * nodes)
    entropies = np.array([entropy_bits([q, 1 - q]) for q in p])
    return 1 - (weights * entropies).sum() / weights.sum()


def _radius(n, rng):
    X = rng.normal(size=(n, 3))
    # The median of the radius of two standard normal coordinates.
    return X, _flipped(np.hypot(X[:, 0], X[:, 1]) > np.sqrt(2 * np.log(2)), rng)


def _parity(n, rng):
    X = rng.normal(size=(n, 3))
    return X, _flipped(X.prod(axis=1) > 0, rng)


_CELL, _INSIDE, _OUTSIDE = 0.0625, 0.97, 0.3


def _rare_cell(n, rng):
    X = rng.uniform(size=(n, 4))
    cell = (X[:, 0] < 0.25) & (X[:, 1] < 0.25)
    return X, (rng.uniform(size=n) < np.where(cell, _INSIDE, _OUTSIDE)).astype(int)


def _rare_cell_truth():
    share = _CELL * _INSIDE + (1 - _CELL) * _OUTSIDE
    inside, outside = (entropy_bits([p, 1 - p]) for p in (_INSIDE, _OUTSIDE))
    return entropy_bits([share, 1 - share]) - _CELL * inside - (1 - _CELL) * outside


def _sine(n, rng):
    X = rng.uniform(size=(n, 2))
    return X, _flipped(np.sin(2 * np.pi * 20 * X[:, 0]) > 0, rng)


def _spirals(n, rng):
    arm = rng.integers(2, size=n)
    radius = np.sqrt(rng.uniform(0.02, 1, size=n))
    angle = 3 * 2 * np.pi * radius + np.pi * arm
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), _flipped(arm, rng)


def _low_bit(n, rng):
    X = np.asfortranarray(rng.normal(size=(n, 3)))
    return X, _flipped(X[:, 1].view(np.uint64) % 2, rng)


def _decimal(n, rng):
    s = rng.integers(2, size=n)
    X = np.round(rng.normal(size=(n, 3)), 3)
    X[:, 0] += 1e-5 * _flipped(s, rng)  # a mark in the fifth decimal
    return X, s


_CODE_LAW = np.random.default_rng(7).dirichlet(np.full(12, 2.0), size=3).T / 3


def _code(n, rng):
    cells = rng.choice(_CODE_LAW.size, size=n, p=_CODE_LAW.ravel())
    codes, s = np.divmod(cells, 3)
    return np.eye(12)[codes], s


def _code_truth():
    by_code, by_class = (entropy_bits(_CODE_LAW.sum(axis=axis)) for axis in (1, 0))
    return by_code + by_class - entropy_bits(_CODE_LAW.ravel())


def _hash(n, rng):
    X = np.asfortranarray(rng.normal(size=(n, 3)))
    # A parity of many middle bits of a number: a secret that no attacker here has the key to.
    bits = np.bitwise_count(X[:, 0].view(np.uint64) & np.uint64(0x5A5A5A5A5A00))
    return X, _flipped(bits % 2, rng)


def _nothing(n, rng):
    return rng.normal(size=(n, 5)), rng.integers(2, size=n)


# Name: draw, truth in bits, who can represent it (None: nobody), attackers of the cheap runs.
KINDS = {
    "linear": (_linear, _linear_truth(), "linear", ["linear"]),
    "radius": (_radius, FLIPPED, "boosting", None),
    "parity of three signs": (_parity, FLIPPED, "boosting", None),
    "one rare cell": (_rare_cell, _rare_cell_truth(), "boosting", None),
    "high-frequency sine": (_sine, FLIPPED, "boosting", None),
    "two spirals": (_spirals, FLIPPED, "neighbours", None),
    "last bit of a double": (_low_bit, FLIPPED, "low digits", ["low digits"]),
    "a decimal's parity": (_decimal, FLIPPED, "low digits", None),
    "code, three classes": (_code, _code_truth(), "code", ["linear", "code"]),
    "parity of 16 middle bits": (_hash, FLIPPED, None, None),
    "nothing": (_nothing, 0.0, None, ["linear", "low digits"]),
}


def measure(kind, repetitions, n_rows, attackers, seed, n_permutations):
    """Audit a kind many times.

    Parameters
    ----------
    kind : str
        Key of ``KINDS``.
    repetitions, n_rows : int
    attackers : "default" or list of str
    seed, n_permutations : int

    Returns
    -------
    bits, lows : ndarray of shape (repetitions,)
        Found, and the lower ends of the intervals.
    p_values : ndarray of shape (repetitions,)
    chosen : dict of str to int
        How often each attacker was chosen.
    """
    draw = KINDS[kind][0]
    bits, lows, p_values, chosen = [], [], [], {}
    for repetition in range(repetitions):
        X, s = draw(n_rows, np.random.default_rng([seed, repetition]))
        report = audit_leakage(
            np.asarray,
            X,
            s,
            attackers=attackers,
            certificate=False,
            context=False,
            n_permutations=n_permutations,
            random_state=repetition,
        )
        bits.append(report.estimate_bits)
        lows.append(report.headline.bits.low)
        p_values.append(report.headline.null.p_value)
        name = report.headline.best["bits"]
        chosen[name] = chosen.get(name, 0) + 1
    return np.array(bits), np.array(lows), np.array(p_values), chosen


def _too_often(count, n):
    return binomtest(int(count), n, ERROR, alternative="greater").pvalue < SIGNIFICANCE


def line(kind, repetitions, n_rows, attackers, seed, n_permutations):
    """One line of the table."""
    _, truth, finder, _ = KINDS[kind]
    start = time.perf_counter()
    bits, lows, p_values, chosen = measure(
        kind, repetitions, n_rows, attackers, seed, n_permutations
    )
    above, rejected = (lows > truth).sum(), (p_values <= ERROR).sum()
    verdicts = []
    if _too_often(above, repetitions):
        verdicts.append("ABOVE TOO OFTEN")
    if truth == 0:
        share = "     -"
        if _too_often(rejected, repetitions):
            verdicts.append("REJECTED TOO OFTEN")
    else:
        share = f"{bits.mean() / truth:6.0%}"
        if bits.mean() < 0.6 * truth:
            verdicts.append("not found" if finder is None else "LESS THAN 60 %")
    best = max(chosen, key=chosen.get)
    print(f"{kind}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return (
        f"{kind:26}{repetitions:5}{truth:8.3f}{bits.mean():8.3f}{share}{above:7}{rejected:10}"
        f"  {best} ({chosen[best]})  {'; '.join(verdicts) or 'ok'}"
    )


def main():
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--cheap", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--border", type=int, default=250)
    parser.add_argument("--nulls", type=int, default=1000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    heads = (
        f"{'kind':26}{'runs':>5}{'truth':>8}{'found':>8}{'share':>6}{'above':>7}{'rejected':>10}"
    )
    heads += "  chosen most often (runs)  verdict"
    print(header())
    print(f"{options.rows} rows a run; intervals and tests at {ERROR:.0%}; bits\n")
    with threadpool_limits(1):
        print("Default suite (linear, boosting, mlp, neighbours, low digits; of codes code alone)")
        print(heads)
        for kind in options.kinds:
            row = line(kind, options.repetitions, options.rows, "default", 1, 999)
            print(row, flush=True)
        print("\nCheap attackers, many runs")
        print(heads)
        for kind in options.kinds:
            attackers = KINDS[kind][3]
            if attackers is not None:
                row = line(kind, options.cheap, options.rows, attackers, 2, 199)
                print(f"{row}  [{', '.join(attackers)}]", flush=True)
    print(
        "\nabove: audits whose interval lies above the truth; rejected: p of at most .05; ok: not\n"
        "significantly more than 5 % of either (binomial test, 1 %), and at least 60 % of the\n"
        "truth found on average. not found: no attacker of the suite represents this kind.\n"
    )
    with threadpool_limits(1):
        audit_limits.tables(options.border, options.nulls)


if __name__ == "__main__":
    main()
