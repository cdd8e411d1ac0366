"""Whether a leakage budget is kept on fresh rows, and how much utility that costs.

Two thirds of the rows choose and fit; the last third is attacked by four fresh classifiers,
cross-fitted. One cross-validation serves all budgets. The yardstick is the best release of a
grid twice as fine, chosen by hindsight on the very test rows: it flatters itself.

Run: python -m benchmarks.budget [--sets compas adult] [--seeds 0 1] [--resume FILE]
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import DATA_SETS, load
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV, infoshape_path
from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.exceptions import InfeasibleBudgetError

SHARES = (0.05, 0.15, 0.30)
SETS = ("adult", "compas", "labsup", "mnist5k", "k401")
ALLOWANCE = 0.015
ATTACKERS = ("linear", "boosting", "mlp", "neighbours")


def measure(name, seed, rows):
    """What came of each budget on one data set with one seed.

    Returns
    -------
    list of dict
    """
    start = time.perf_counter()
    data = load(name, rows, seed)
    order = np.random.default_rng(seed).permutation(len(data.X))
    own, fresh = np.split(order, [2 * len(order) // 3])
    X, y, s = data.X[own], data.y[own], data.s[own]
    with tempfile.TemporaryDirectory() as memory:
        settings = {"random_state": seed, "memory": memory}
        search = InfoShapeTransformerCV(InfoShapeTransformer(**settings), max_leakage=1e9)
        search.fit(X, y, s)
        grid = search.path_.privacy_multipliers
        fine = infoshape_path(X, y, s, np.sqrt(grid[1:] * grid[:-1]), **settings)
    seconds = time.perf_counter() - start
    test = data.X[fresh], data.y[fresh], data.s[fresh]
    judged = [path.evaluate(*test) for path in (search.path_, fine)]
    utility, leakage = (
        np.concatenate([columns[name] for columns in judged])
        for name in ("utility_bits", "leakage_bits")
    )
    column = search.best_estimator_.labels_.sensitives[0]
    classes = column.encode(data.s[fresh]).argmax(axis=1)
    found = []
    for share in SHARES:
        budget = share * search.path_.raw_bits[1]
        record = {"set": name, "seed": seed, "rows": rows, "share": share, "budget": budget}
        within = leakage <= budget
        record["best"] = float(utility[within].max()) if within.any() else 0.0
        record["seconds"] = seconds
        try:
            chosen = search.with_budget(max_leakage=budget)
        except InfeasibleBudgetError:
            found.append({**record, "multiplier": None, "bits": 0.0, "utility": 0.0})
            continue
        Z = chosen.transform(data.X[fresh])
        found.append(
            {
                **record,
                "multiplier": chosen.privacy_multiplier_,
                "bits": cross_fitted_bits(Z, classes, names=ATTACKERS),
                "utility": float(judged[0]["utility_bits"][chosen.best_index_]),
            }
        )
    return found


def tables(records):
    """Each set and budget, and what the issue asks of all runs together."""
    lines = [
        f"{'':10}{'share of':>9}{'budget':>9}{'attackers find, bits':>26}"
        f"{'over by':>9}{'utility':>9}",
        f"{'set':10}{'raw':>9}{'bits':>9}{'mean':>13}{'most':>13}{'> .015':>9}{'/ best':>9}"
        f"{'lowest':>9}{'none':>6}{'runs':>6}",
    ]
    for name in dict.fromkeys(r["set"] for r in records):
        for share in SHARES:
            some = [r for r in records if r["set"] == name and r["share"] == share]
            lines.append(f"{name:10}{share:9.2f}" + _row(some))
    lines += ["", f"{'all':19}" + _row(records)]
    return "\n".join(lines)


def _row(records):
    bits = np.array([r["bits"] for r in records])
    budgets = np.array([r["budget"] for r in records])
    ratio = np.array([r["utility"] / r["best"] if r["best"] else 1.0 for r in records])
    none = sum(r["multiplier"] is None for r in records)
    return (
        f"{budgets.mean():9.4f}{bits.mean():13.4f}{bits.max():13.4f}"
        f"{(bits > budgets + ALLOWANCE).mean():9.2f}{ratio.mean():9.2f}{ratio.min():9.2f}"
        f"{none:6d}{len(records):6d}"
    )


def main():
    """Measure what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=DATA_SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--rows", type=int, default=9000, help="at most, of each set")
    parser.add_argument("--resume", type=Path, help="what this file lacks is measured and added")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    records = []
    if options.resume and options.resume.exists():
        records = [json.loads(line) for line in options.resume.read_text("utf-8").splitlines()]
    with threadpool_limits(1):
        for seed in options.seeds:
            for name in options.sets:
                key = (name, seed, options.rows)
                if any((r["set"], r["seed"], r["rows"]) == key for r in records):
                    continue
                found = measure(name, seed, options.rows)
                records += found
                print(found, file=sys.stderr, flush=True)
                if options.resume:
                    with options.resume.open("a", encoding="utf-8") as file:
                        file.writelines(json.dumps(r) + "\n" for r in found)
    print(header())
    print(f"at most {options.rows} rows a set; 5 folds, 20 multipliers; seeds {options.seeds}\n")
    wanted = [
        r
        for r in records
        if r["set"] in options.sets and r["seed"] in options.seeds and r["rows"] == options.rows
    ]
    print(tables(wanted))


if __name__ == "__main__":
    main()
