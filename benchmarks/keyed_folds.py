"""What a released training row tells more than a fresh one, with keyed folds and without.

Part "own": by its own code. A ratio is as uncertain as its bits are few: labsup's release tells
.04 bits, so it has more seeds. Parts "coins" and "laws": by the codes of the other rows, which
models released that have seen it; on random labels, where every find is memory, and on labels that
X tells of. Part "lessening": what settings make of that, and what they cost.

Run: python -m benchmarks.keyed_folds [--parts own coins laws lessening] [--sets compas] [--quick]
"""

import argparse
import sys
import warnings

import numpy as np
import torch
from scipy.stats import t
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.known_laws import finite_problem, lagrangian_bits
from benchmarks.neighbour_runs import LAWS, print_laws, print_lessening, print_random
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, PosteriorFeatures

SEEDS = {"compas": 5, "labsup": 30, "adult": 5}
ROWS = 12_000
MULTIPLIER = 1.0


def bits(Z, y):
    """Bits of y in a one-hot code: plug-in less its bias (Miller 1955)."""
    joint = Z.T @ np.eye(y.max() + 1)[y] / len(Z)
    joint = joint[joint.sum(1) > 0]
    outer = joint.sum(1, keepdims=True) * joint.sum(0)
    information = (joint * np.log2(np.where(joint > 0, joint / outer, 1.0))).sum()
    return information - (len(joint) - 1) * (joint.shape[1] - 1) / (2 * len(Z) * np.log(2))


def membership(codebook, Z_inside, y_inside, Z_outside, y_outside):
    """AUC of two attacks that know a row's y and its code, and guess if it was fitted on.

    Agreement: is y the likeliest class of the code? Likelihood ratio: p(y | code) / p(y).
    """
    law = next(iter(codebook["target"].values()))
    prior = codebook["share"] @ law
    inside = np.concatenate([np.ones(len(y_inside)), np.zeros(len(y_outside))])
    codes = np.concatenate([Z_inside.argmax(1), Z_outside.argmax(1)])
    y = np.concatenate([y_inside, y_outside])
    agreement = (law[codes].argmax(1) == y).astype(float)
    ratio = law[codes, y] / prior[y]
    return roc_auc_score(inside, agreement), roc_auc_score(inside, ratio)


def jittered(X, scale, rng):
    """Rows that are nearly the same, and fall into folds of their own."""
    return X + scale * X.std(0) * rng.normal(size=X.shape)


def one_run(name, rows, seed):
    """Figures of one set and seed, by name."""
    data = load(name, rows, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.X))
    half = len(order) // 2
    inside, outside = order[:half], order[half:]
    X, y, s = data.X, data.y, data.s
    figures = {}
    for folds in (5, 1):
        shaper = InfoShapeTransformer(
            MULTIPLIER, posterior=PosteriorFeatures(folds=folds), random_state=seed
        )
        shaper.fit(X[inside], y[inside], s[inside])
        Z_in, Z_out = shaper.transform(X[inside]), shaper.transform(X[outside])
        figures[f"bits fresh, {folds}"] = bits(Z_out, y[outside])
        figures[f"ratio, {folds}"] = bits(Z_in, y[inside]) / bits(Z_out, y[outside])
        attacks = membership(shaper.codebook_, Z_in, y[inside], Z_out, y[outside])
        figures[f"agreement, {folds}"], figures[f"likelihood, {folds}"] = attacks
        if folds == 5:
            near = shaper.transform(jittered(X[inside], 1e-5, rng))
            figures["ratio, jittered queries"] = bits(near, y[inside]) / bits(Z_out, y[outside])
    person = np.tile(np.arange(half), 2).astype(float)
    twins = np.vstack([X[inside], jittered(X[inside], 1e-3, rng)])
    for columns in (None, [X.shape[1]]):
        shaper = InfoShapeTransformer(
            MULTIPLIER, posterior="boosting", fold_columns=columns, random_state=seed
        )
        table = twins if columns is None else np.column_stack([twins, person])
        fresh = X[outside]
        if columns is not None:
            fresh = np.column_stack([fresh, half + np.arange(len(outside))])
        shaper.fit(table, np.tile(y[inside], 2), np.tile(s[inside], 2))
        Z_in, Z_out = shaper.transform(table[:half]), shaper.transform(fresh)
        which = "near-duplicates" if columns is None else "near-duplicates, fold_columns"
        figures[f"ratio, {which}"] = bits(Z_in, y[inside]) / bits(Z_out, y[outside])
    return figures


def interval(values):
    """Mean over seeds with its 95 % interval, in words."""
    half_width = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    mean = values.mean()
    return f"{mean:.3f} [{mean - half_width:.3f}, {mean + half_width:.3f}]"


def discrete_table(n_values, seed):
    """Share of I(X; y) in the release of fresh rows, where X has few distinct rows."""
    problem = finite_problem(n_values, 2, 2, seed)
    X, y, s = problem.sample(ROWS, seed)
    with_both = InfoShapeTransformer(0.0, random_state=seed).fit(X[::2], y[::2], s[::2])
    all_of_it = lagrangian_bits(np.eye(n_values), problem, 0.0)
    return bits(with_both.transform(X[1::2]), y[1::2]) / all_of_it


def main():
    """Print the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--sets", nargs="+", choices=SEEDS, default=list(SEEDS), help="of own")
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS), help="of part laws")
    parser.add_argument("--quick", action="store_true", help="two seeds, few rows and members")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        print(header(), flush=True)
        for part in options.parts:
            PARTS[part](options)


def own(options):
    """A line a figure: mean over seeds with its 95 % interval, for each set."""
    rows = 2_000 if options.quick else ROWS
    columns = {}
    for name in options.sets:
        runs = []
        for seed in range(2 if options.quick else SEEDS[name]):
            runs.append(one_run(name, rows, seed))
            print(name, seed, "done", file=sys.stderr)
        columns[name] = {key: np.array([run[key] for run in runs]) for key in runs[0]}
    print(
        f"Half of at most {rows} rows fitted on at λ = {MULTIPLIER:g}, the other half fresh; "
        "mean over seeds, and 95 % interval.\n"
        "ratio: bits of y in the release of the fitted rows over bits in that of fresh rows.\n"
        "agreement, likelihood: AUC of membership attacks that know y and the code.\n"
        "5: five keyed folds; 1: one model fitted on all rows.\n"
    )
    print(f"{'':34}" + "".join(f"{name:>24}" for name in columns))
    print(f"{'seeds':34}" + "".join(f"{SEEDS[name]:>24}" for name in columns))
    for key in next(iter(columns.values())):
        cells = [interval(column[key]) for column in columns.values()]
        print(f"{key:34}" + "".join(f"{cell:>24}" for cell in cells))
    if options.quick:
        return
    print("\nShare of I(X; y) in fresh rows' codes, where X has few distinct rows, at λ = 0:")
    for n_values in (16, 32, 64):
        shares = np.array([discrete_table(n_values, seed) for seed in range(5)])
        print(f"  {n_values} rows: {interval(shares)}, least {shares.min():.3f}")
    print()


PARTS = {
    "own": own,
    "coins": lambda options: print_random(options.quick),
    "laws": lambda options: print_laws(options.laws, options.quick),
    "lessening": lambda options: print_lessening(options.quick),
}


if __name__ == "__main__":
    main()
