"""Lines on which a guarantee rests, broken one by one, and the tests that notice.

Each mutant is one replacement in a copy of the package, against which the tests run that are to
kill it. A mutant that survives is a guarantee that no test holds.

Run: python -m benchmarks.mutants [--only WORD]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import header

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Mutant:
    """One broken line.

    Attributes
    ----------
    name : str
    path : str
        Below ``sklearn_infoshape/``.
    old, new : str
        The text, which occurs once, and what takes its place.
    tests : str
        What is to kill it, for pytest.
    """

    name: str
    path: str
    old: str
    new: str
    tests: str


SPIES = "tests/test_guarantees.py"
JUDGING, AUDIT = "audit/attack.py", "audit/leakage.py"
LIMITS, INTERVALS = "audit/table_limits.py", "audit/intervals.py"

MUTANTS = [
    Mutant(
        "best attacker chosen on test rows",
        JUDGING,
        "    best = _best(tuned, figures)\n",
        "    best = _best({a: {f: v.value for f, v in own.items()} for a, own in figures.items()},"
        " figures)\n",
        SPIES,
    ),
    Mutant(
        "temperature chosen on test rows",
        JUDGING,
        "settle(on_calibration, on_test, known, own_strata, labels, tuning_weights)",
        "settle(on_test, on_test, known, own_strata[1:] * 2, classes, weights)",
        SPIES,
    ),
    Mutant(
        "thresholds chosen on test rows",
        JUDGING,
        "            seen, labels, known.overall, groups=tuning_groups, confidence",
        "            predicted, classes, known.overall, groups=groups, confidence",
        SPIES,
    ),
    Mutant(
        "headline chosen on test rows",
        "reports/report.py",
        "key=lambda a: a.calibration_bits, default",
        "key=lambda a: a.bits.value, default",
        SPIES,
    ),
    Mutant(
        "split with training and calibration swapped",
        "audit/splits.py",
        "    parts = Parts(*(np.flatnonzero(split == name) for name in PARTS))\n",
        "    parts = Parts(*(np.flatnonzero(split == name) for name in"
        " ('calibration', 'train', 'test')))\n",
        SPIES,
    ),
    Mutant(
        "no exact limit of shares",
        INTERVALS,
        "        if own.is_share and np.abs(by_group - whole).max() < 1e-9:",
        "        if False:",
        "tests/test_intervals.py",
    ),
    Mutant(
        "no row of doubt beside flawless ones",
        INTERVALS,
        "    if len(extremes):\n",
        "    if False:\n",
        "tests/test_intervals.py",
    ),
    Mutant(
        "kappa without C - 1",
        LIMITS,
        "kappa = (n_classes - 1) * np.log(",
        "kappa = np.log(",
        SPIES,
    ),
    Mutant(
        "advantage at the error for half of it",
        LIMITS,
        "right, most_frequent = upper_share(hits, n, error / 2), max(shares)",
        "right, most_frequent = upper_share(hits, n, error), max(shares)",
        SPIES,
    ),
    Mutant(
        "advantage over the observed share",
        LIMITS,
        "    shares = [lower_share(count, n, error / (2 * n_classes)) for count in by_class]\n",
        "    shares = by_class / n\n",
        SPIES,
    ),
    Mutant(
        "p-value without + 1",
        "audit/permutation.py",
        "    together = (1 + (extreme[1:] >= extreme[0] - 1e-9).sum()) / (n_permutations + 1)\n",
        "    together = (extreme[1:] >= extreme[0] - 1e-9).sum() / n_permutations\n",
        "tests/test_null.py",
    ),
    Mutant(
        "p-values not adjusted",
        "reports/report.py",
        "        adjusted = holm([result.null.p_value for result in tested]) if tested else []\n",
        "        adjusted = [result.null.p_value for result in tested]\n",
        SPIES,
    ),
    Mutant(
        "null without groups",
        JUDGING,
        "            classes,\n            groups,\n            strata[test],\n",
        "            classes,\n            np.arange(len(test)),\n            strata[test],\n",
        SPIES,
    ),
    Mutant(
        "null among groups of any size",
        "audit/permutation.py",
        "    kinds = numbered(own.tobytes() for own in np.split(strata[order], starts[1:]))\n",
        "    kinds = np.zeros(len(sizes), dtype=int)\n",
        "tests/test_null.py tests/test_audit.py -k 'null or permut or rejected or size'",
    ),
    Mutant(
        "floors with their bias",
        "audit/baselines.py",
        "plugin - rows * columns / (2 * (sizes > 0).sum())",
        "plugin",
        SPIES,
    ),
    Mutant(
        "label-score attackers on its training rows",
        "audit/baselines.py",
        "        own = trained[fold[trained] != number]\n",
        "        own = trained\n",
        SPIES,
    ),
    Mutant(
        "bins placed by all rows",
        "audit/inputs.py",
        '        options["border_rows"] = parts.train\n',
        '        options["border_rows"] = None\n',
        SPIES,
    ),
    Mutant(
        "test predictions surer than calibration's",
        "audit/predictions.py",
        "Settled(seen, floored(predicted, prior, floor), floor)",
        "Settled(seen, predicted, floor)",
        SPIES,
    ),
    Mutant(
        "no prior in predictions",
        "information/entropy.py",
        "    return (1 - PRIOR_SHARE) * probabilities + PRIOR_SHARE * prior\n",
        "    return np.maximum(probabilities, 1e-300)\n",
        SPIES,
    ),
    Mutant(
        "error over folds not that of a mean",
        "search/by_folds.py",
        "values.std(axis=0, ddof=1) / np.sqrt(n_folds) if",
        "values.std(axis=0, ddof=1) if",
        SPIES,
    ),
    Mutant(
        "capacity despite a known key",
        "audit/release.py",
        "None if known_key else capacity",
        "capacity",
        SPIES,
    ),
    Mutant(
        "lower limit at the 40 % quantile",
        INTERVALS,
        "            low = _limit(by_group, own.function, own.least, draws, error, rng)\n",
        "            low = _limit(by_group, own.function, own.least, draws, 0.4, rng)\n",
        "tests/test_intervals.py",
    ),
    Mutant(
        "no bias taken off",
        "release/estimates.py",
        "    value = information - "
        "(_jackknifed_bias(joint, freedom / chance) if freedom else 0.0)\n",
        "    value = information\n",
        "tests/test_estimates.py",
    ),
    Mutant(
        "pool's weights on all rows",
        "estimation/classes.py",
        "            weights = fit_pool([p[train] for p in predictions], targets[train])\n",
        "            weights = fit_pool(predictions, targets)\n",
        SPIES,
    ),
    Mutant(
        "rows for persons",
        JUDGING,
        "    weights, tuning_weights = person_weights(terms, test), person_weights(terms,"
        " calibration)\n",
        "    weights, tuning_weights = np.ones(len(test)), np.ones(len(calibration))\n",
        "tests/test_intervals.py -k 'persons or person'",
    ),
    Mutant(
        "certificate of all rows of a group",
        "audit/splits.py",
        "    return rows[np.unique(groups[rows], return_index=True)[1]]\n",
        "    return rows\n",
        "tests/test_certificate.py tests/test_audit.py -k group",
    ),
    Mutant(
        "joint certificate on rows that placed the bins",
        "audit/targets.py",
        "    is_placed = bool(rare.any()) or any(target.is_placed for target in targets)\n",
        "    is_placed = False\n",
        "tests/test_audit.py -k placed",
    ),
    Mutant(
        "a threshold without tolerance",
        "audit/calibration.py",
        "    allowed = above[binom.cdf(above, n, rate) <= error]\n",
        "    allowed = above\n",
        "tests/test_intervals.py -k 'threshold or recognition'",
    ),
    Mutant(
        "equal numbers are one code",
        "audit/delivered.py",
        "        numbered(names),\n",
        "        np.unique(numbers + 0.0, axis=0, return_inverse=True)[1].ravel(),\n",
        "tests/test_delivered.py",
    ),
    Mutant(
        "limits of codes without a share of the error each",
        "audit/worst_codes.py",
        "    of_code, cells = by_code[:, None], 2 * n_codes * n_classes\n",
        "    of_code, cells = by_code[:, None], 1\n",
        "tests/test_worst_codes.py",
    ),
    Mutant(
        "shares of classes taken for known",
        "audit/worst_codes.py",
        "    rarest = lower_share(by_class, n, each / (2 * n_classes))\n",
        "    rarest = by_class / n\n",
        "tests/test_worst_codes.py",
    ),
    Mutant(
        "parity gap of one pair's error",
        "audit/worst_codes.py",
        "n_missing, error / len(pairs))",
        "n_missing, 0.9)",
        "tests/test_worst_codes.py",
    ),
    Mutant(
        "certificate rows in proportion to s",
        "data/splits.py",
        "        parts = train_test_split(everything, test_size=fraction, random_state=seed)\n",
        "        parts = train_test_split(everything, test_size=fraction, random_state=seed,"
        " stratify=targets[-1])\n",
        "tests/test_splits.py",
    ),
    Mutant(
        "contradictions pass",
        "reports/report.py",
        "        problem = contradicted(self)\n",
        '        problem = ""\n',
        "tests/test_intervals.py -k contradicts",
    ),
]


def survives(mutant, folder):
    """Run the tests of a mutant in a copy of the repository.

    Returns
    -------
    str
        The test that killed it; "" where none did.
    """
    path = folder / "sklearn_infoshape" / mutant.path
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: its line occurs {text.count(mutant.old)} times.")
    path.write_text(text.replace(mutant.old, mutant.new))
    words = mutant.tests.replace("'", "").split(" -k ")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    command += words[0].split() + (["-k", words[1]] if len(words) > 1 else [])
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    path.write_text(text)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split()[1].removeprefix("tests/") if failed else ""


def main():
    """Print a table: mutant, and the test that killed it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="mutants whose name has this word")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if options.only in mutant.name]
    print(header())
    alive = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("sklearn_infoshape", "tests"):
            shutil.copytree(ROOT / part, folder / part)
        for part in ("pyproject.toml", "setup.py", "README.md", "CONTRIBUTING.md"):
            shutil.copy(ROOT / part, folder / part)
        for mutant in chosen:
            killer = survives(mutant, folder)
            alive += not killer
            print(f"{mutant.name:48}{killer or 'SURVIVES'}", flush=True)
    print(f"\n{len(chosen) - alive} of {len(chosen)} killed.")
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main())
