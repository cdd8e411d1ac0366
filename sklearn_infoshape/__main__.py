"""The main job on real data, end to end: python -m sklearn_infoshape.

Rows are split in three: one part fits the encoder, one trains downstream models and fresh
attackers, one scores them. Raw features, a published label score and several releases are
put through the same models.
"""

import argparse
import sys
import tempfile

import numpy as np
from joblib import Memory
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from sklearn_infoshape.audit.attackers import attack
from sklearn_infoshape.datasets import load_digits_parity
from sklearn_infoshape.displays import TradeoffDisplay
from sklearn_infoshape.information.labels import describe_column, is_missing
from sklearn_infoshape.progress import show_progress
from sklearn_infoshape.tables import read_table
from sklearn_infoshape.transformer import InfoShapeTransformer

_WIDTH = 24


def main(arguments=None):
    """Run the job; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.data and not (options.task and options.sensitive):
        parser.error("--data needs --task and --sensitive")
    if not options.data and (options.task or options.sensitive):
        parser.error("--task and --sensitive go with --data")
    try:
        if options.data is None:
            X, y, s = load_digits_parity()
            title = "scikit-learn's digits; y: odd or even, s: greater than 4"
        else:
            X, y, s = read_table(options.data, options.task, options.sensitive)
            title = f"{options.data}; y: {options.task}, s: {options.sensitive}"
        y, s, known = _as_classes(y, s)
        # Stage one does not depend on the multiplier: it is learned once, and forgotten here.
        with tempfile.TemporaryDirectory() as cache:
            rows = compare_releases(X, y, s, known, options, Memory(cache, verbose=0))
    except (ValueError, OSError) as error:
        print(f"python -m sklearn_infoshape: {error}", file=sys.stderr)
        return 2
    print(_table(title, len(X), rows))
    if options.plot:
        names, utilities, leakages = zip(*rows, strict=True)
        shaped = ["shaped" in name for name in names]
        display = TradeoffDisplay(
            [a.bits for a in leakages],
            [a.bits for a in utilities],
            [name.removeprefix("shaped, ") for name in names],
            shaped,
        )
        try:
            display.plot().figure_.savefig(options.plot, dpi=150)
        except (ImportError, OSError, ValueError) as error:
            print(f"python -m sklearn_infoshape: {error}", file=sys.stderr)
            return 2
    return 0


def compare_releases(X, y, s, known, options, memory):
    """Score raw features, the label score, and a release for each multiplier.

    Returns
    -------
    list of (str, Attack, Attack)
        Name, the best model of y, the best attacker on s.
    """
    encoder_part, rest = train_test_split(
        np.arange(len(X)), test_size=2 / 3, random_state=options.seed
    )
    train, test = train_test_split(rest, test_size=0.5, random_state=options.seed)
    steps = ["raw features", "label score", *(f"shaped, λ = {m:g}" for m in options.multipliers)]
    rows = []
    for number, name in enumerate(steps):
        if not options.quiet:
            show_progress(number, len(steps), name)
        if name == "raw features":
            release = X
        elif name == "label score":
            scorer = HistGradientBoostingClassifier(random_state=options.seed)
            release = scorer.fit(X[encoder_part], y[encoder_part]).predict_proba(X)
        else:
            shaper = InfoShapeTransformer(
                options.multipliers[number - 2], memory=memory, random_state=options.seed
            )
            sensitive = np.where(known, s, np.nan)
            shaper.fit(X[encoder_part], y[encoder_part], sensitive_features=sensitive[encoder_part])
            release = shaper.transform(X)
        audited = (train[known[train]], test[known[test]])
        utility = attack(release[train], y[train], release[test], y[test])[0]
        leakage = attack(release[audited[0]], s[audited[0]], release[audited[1]], s[audited[1]])[0]
        rows.append((name, utility, leakage))
    if not options.quiet:
        show_progress(len(steps), len(steps), "done")
    return rows


def _as_classes(y, s):
    """Task and sensitive labels as integers; amounts in quantile bins."""
    known = ~is_missing(s)
    task = describe_column("y", y, parameter="y")
    sensitive = describe_column("s", s, parameter="sensitive_features")
    return task.encode(y).argmax(axis=1), sensitive.encode(s).argmax(axis=1), known


def _table(title, n_rows, rows):
    lines = [
        title,
        f"{n_rows} rows: a third for the encoder, one for models and attackers, one to test",
        "Best of four fresh models (linear, boosting, MLP, nearest neighbours), on test rows:",
        "",
        f"{'':{_WIDTH}}{'utility: what is left of y':>27}   {'leakage: what is left of s':>27}",
        f"{'release':{_WIDTH}}" + 2 * f"{'accuracy':>9}{'AUC':>9}{'bits':>9}   ",
    ]
    for name, utility, leakage in rows:
        figures = [
            f"{a.accuracy:9.3f}{a.auc:9.3f}{max(0.0, a.bits):9.3f}" for a in (utility, leakage)
        ]
        lines.append(f"{name:{_WIDTH}}{figures[0]}   {figures[1]}")
    return "\n".join(line.rstrip() for line in lines)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m sklearn_infoshape", description=__doc__)
    parser.add_argument(
        "--data", metavar="FILE.csv", help="a table of your own, with a header line"
    )
    parser.add_argument("--task", metavar="COL", help="the column that recipients need (y)")
    parser.add_argument("--sensitive", metavar="COL", help="the column to hide (s)")
    parser.add_argument(
        "--multipliers",
        metavar="λ",
        type=_multiplier,
        nargs="+",
        default=[0.0, 0.5, 1.0, 2.0, 5.0],
        help="privacy multipliers to try",
    )
    parser.add_argument("--plot", metavar="FILE", help="write the trade-off as a picture")
    parser.add_argument("--seed", type=int, default=0, help="of split and training")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _multiplier(text):
    value = float(text)
    if not (np.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 up")
    return value


if __name__ == "__main__":
    sys.exit(main())
