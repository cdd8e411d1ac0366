"""Limits of the audit where nearly all leaks, and its null where sizes of groups depend on s.

A bit is told with few errors, by a code or by a score, and the best attacker there can be is
judged: parts, calibration, figures and intervals are the audit's own, only the training of
attackers is left out. Printed are the share of runs whose lower limit is above the truth (nominally
2.5 %) and the median width of the interval. Then attackers on noise: how often is p at most .05?

Run: python -m benchmarks.audit_limits [--repetitions 250] [--nulls 1000]
"""

import argparse
import sys

import numpy as np
from scipy.stats import norm

from benchmarks.report import header
from sklearn_infoshape.audit.attack import judge
from sklearn_infoshape.audit.attack_spec import AttackSpec, Terms
from sklearn_infoshape.audit.calibration import class_shares
from sklearn_infoshape.audit.metrics import Decisions, null_scores
from sklearn_infoshape.audit.permutation import permutation_null
from sklearn_infoshape.audit.settings import AuditSettings
from sklearn_infoshape.audit.splits import deal_rows
from sklearn_infoshape.audit.targets import Target
from sklearn_infoshape.information import entropy_bits

FLIPS, ROWS = (0.005, 0.01, 0.02), (200, 1000, 5000)
FIGURES = ("bits", "accuracy", "advantage", "balanced_accuracy", "auc", "tpr_at_1_fpr")
CHANNELS = {"code": 0.5, "code, rare": 0.15, "score": 0.5, "code, persons": 0.5}
#: How many rows persons with s = 0 and s = 1 have, each as likely.
SIZES = {
    "one row each": ([1], [1]),
    "two or four": ([2, 2, 4], [2, 4, 4]),
    "one to six": ([1, 1, 1, 2, 6], [1, 2, 2, 6, 6]),
}


def draw(channel, flips, n, rng):
    """Classes, what the best attacker says of them, and persons (or None)."""
    share = CHANNELS[channel]
    s = (rng.uniform(size=n) < share).astype(int)
    if channel == "score":
        d = 2 * norm.isf(flips)
        x = rng.normal(size=n) + d * (s - 0.5)
        p = 1 / (1 + np.exp(-d * x))
        return s, np.column_stack([1 - p, p]), None
    law = np.array([1 - share, share]) * np.array([[1 - flips, flips], [flips, 1 - flips]])
    z = np.where(rng.uniform(size=n) < flips, 1 - s, s)
    predicted = (law / law.sum(axis=1, keepdims=True))[z]
    if channel != "code, persons":
        return s, predicted, None
    persons = np.repeat(np.arange(n), np.where(s, 3, 1))
    return s[persons], predicted[persons], persons


def truths(channel, flips):
    """The figures of a channel."""
    share = CHANNELS[channel]
    if channel == "score":
        d = 2 * norm.isf(flips)
        nodes, weights = np.polynomial.hermite_e.hermegauss(201)
        x = nodes + d / 2
        bits = 1 - (weights * np.log2(1 + np.exp(-d * x))).sum() / weights.sum()
        area, recognised = norm.cdf(d / np.sqrt(2)), norm.cdf(d - norm.isf(0.01))
    else:
        law = np.array([1 - share, share]) * np.array([[1 - flips, flips], [flips, 1 - flips]])
        bits = entropy_bits(law.sum(axis=1)) + entropy_bits([share, 1 - share])
        bits -= entropy_bits(law.ravel())
        # At 1 % of false alarms a code with fewer flips than that is as good as it ever is; with
        # more, an alarm has to be drawn.
        area, recognised = 1 - flips, (1 - flips) * min(1.0, 0.01 / flips)
        recognised += max(0.0, 0.01 - flips) * flips / (1 - flips)
    advantage = 1 - flips - max(share, 1 - share)
    return dict(
        zip(FIGURES, (bits, 1 - flips, advantage, 1 - flips, area, recognised), strict=True)
    )


def measure(channel, flips, n, repetitions):
    """Share of lower limits above the truth, and median widths, of each figure.

    Returns
    -------
    dict of str to (float, float)
    """
    true = truths(channel, flips)
    above: dict = {figure: [] for figure in FIGURES}
    widths: dict = {figure: [] for figure in FIGURES}
    for repetition in range(repetitions):
        rng = np.random.default_rng([repetition, n])
        s, predicted, persons = draw(channel, flips, n, rng)
        parts = deal_rows([s], persons, rng)
        answer = judge(
            AttackSpec("sensitive", np.zeros((len(s), 1)), Target("s", s, 2), {}, {}),
            (parts.train, parts.calibration, parts.test),
            {"best": (predicted[parts.calibration], predicted[parts.test])},
            {},
            {},
            Terms(parts, persons, AuditSettings(seed=repetition)),
        )
        for figure in FIGURES:
            own = answer.figures["best"].get(figure)
            if own is not None:
                above[figure].append(own.low > true[figure] + 1e-9)
                widths[figure].append(own.high - own.low)
    return {
        figure: (np.mean(above[figure]), np.median(widths[figure])) if above[figure] else None
        for figure in FIGURES
    }


def rejections(sizes, n_persons, repetitions):
    """How often an attacker on noise, who says more of one class, gets p of at most .05."""
    rejected, tested = 0, 0
    for repetition in range(repetitions):
        rng = np.random.default_rng([repetition, n_persons])
        s = rng.integers(2, size=n_persons)
        own = np.array(SIZES[sizes])
        groups = np.repeat(np.arange(n_persons), own[s, rng.integers(own.shape[1], size=len(s))])
        classes, p = s[groups], np.clip(0.7 + 0.05 * rng.normal(size=len(groups)), 0.01, 0.99)
        predicted = np.column_stack([1 - p, p])
        shares = class_shares(classes, 0 * classes, 2, 1)[0]
        decisions = Decisions(predicted, rng.permutation(classes), shares)
        scores = null_scores(predicted, classes, decisions)[None]
        null = permutation_null(scores, 1.0, classes, groups, 0 * groups, 199, 0.95, rng)
        tested += null.p_value is not None
        rejected += null.p_value is not None and null.p_value <= 0.05
    return rejected, tested


def tables(repetitions, nulls):
    """Print both tables."""
    print(f"{repetitions} runs a line: lower limits above the truth in %, median width\n")
    heads = ("bits", "accuracy", "advantage", "balanced", "AUC", "TPR@1%")
    print(f"{'channel':14}{'flips':>6}{'n':>6}" + "".join(f"{head:>13}" for head in heads))
    worst = dict.fromkeys(FIGURES, 0.0)
    for channel in CHANNELS:
        for flips in FLIPS:
            for n in ROWS:
                found = measure(channel, flips, n, repetitions)
                cells = ""
                for figure, own in found.items():
                    if own is not None:
                        worst[figure] = max(worst[figure], own[0])
                    cells += f"{'-':>13}" if own is None else f"{own[0]:7.1%} {own[1]:.3f}"
                print(f"{channel:14}{flips:6.1%}{n:6}{cells}", flush=True)
                print(channel, flips, n, file=sys.stderr, flush=True)
    print("worst line    " + " " * 12 + "".join(f"{worst[f]:7.1%}      " for f in FIGURES))
    print(f"\n{nulls} nulls a line: attackers on noise, rows of persons with s = 0 and s = 1")
    print(f"{'rows a person':16}{'persons':>8}{'p <= .05':>10}{'no p':>6}")
    for sizes in SIZES:
        for n_persons in (40, 150):
            rejected, tested = rejections(sizes, n_persons, nulls)
            share = rejected / max(tested, 1)
            print(f"{sizes:16}{n_persons:8}{share:10.1%}{nulls - tested:6}", flush=True)


def main():
    """Print both tables, with what they were made by."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=250)
    parser.add_argument("--nulls", type=int, default=1000)
    options = parser.parse_args()
    print(header())
    tables(options.repetitions, options.nulls)


if __name__ == "__main__":
    main()
