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
from tqdm import tqdm

from sklearn_infoshape.audit.attackers import attack
from sklearn_infoshape.cli.tables import read_table
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.datasets import load_digits_parity
from sklearn_infoshape.displays import TradeoffDisplay
from sklearn_infoshape.transformer import InfoShapeTransformer

_WIDTH = 24
_FEWEST_ROWS = 5  # of a class, in each third of the rows
_FEWEST_KNOWN = 25  # rows of a third with y and s, as the attacker by neighbours needs
_MOST_LEVELS = 20  # of whole numbers that are classes


def main(arguments=None):
    """Run the job; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.data and not (options.task and options.sensitive):
        parser.error("--data needs --task and --sensitive")
    if not options.data and (options.task or options.sensitive):
        parser.error("--task and --sensitive go with --data")
    notes: list = []
    try:
        if options.data is None:
            X, y, s = load_digits_parity()
            title = "scikit-learn's digits; y: odd or even, s: greater than 4"
        else:
            X, y, s = read_table(options.data, options.task, options.sensitive, notes.append)
            title = f"{options.data}; y: {options.task}, s: {options.sensitive}"
        # Stage one does not depend on the multiplier: it is learned once, and forgotten here.
        with tempfile.TemporaryDirectory() as cache:
            rows = compare_releases(X, y, s, options, Memory(cache, verbose=0), notes.append)
    except (ValueError, OSError) as error:
        print(f"python -m sklearn_infoshape: {error}", file=sys.stderr)
        return 2
    print(_table(title, len(X), rows, notes if options.data else []))
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


def compare_releases(X, y, s, options, memory, report):
    """Score raw features, the label score, and a release for each multiplier.

    What is a class of y or s, and where bins of an amount have their borders, the fit on the
    encoder's third decides, for models and attackers, too.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    y, s : ndarray of shape (n,)
        Numbers or text; None or NaN where s is missing.
    options : argparse.Namespace
    memory : joblib.Memory
    report : callable
        Gets a line for each thing that was done to the labels.

    Returns
    -------
    list of (str, Attack, Attack)
        Name, the best model of y, the best attacker on s.
    """
    if len(X) < 3 * _FEWEST_KNOWN:
        raise ValueError(
            f"{len(X)} rows have a task label; give at least {3 * _FEWEST_KNOWN}, of which a third "
            "fits the encoder, one trains models and attackers, one scores them."
        )
    encoder_part, rest = train_test_split(
        np.arange(len(X)), test_size=2 / 3, random_state=options.seed
    )
    parts = [encoder_part, *train_test_split(rest, test_size=0.5, random_state=options.seed)]
    y = _without_rare_classes(y, parts, "y", options.task_kind, report)
    s = _without_rare_classes(s, parts, "s", options.sensitive_kind, report)
    fewest = min((~is_missing(y[part]) & ~is_missing(s[part])).sum() for part in parts)
    if fewest < _FEWEST_KNOWN:
        raise ValueError(
            f"Both labels are known for {fewest} rows of a third of the table; at least "
            f"{_FEWEST_KNOWN} are needed. Give more rows."
        )
    encoder_part, train, test = (part[~is_missing(y[part])] for part in parts)
    with tqdm(total=len(options.multipliers) + 2, disable=options.quiet) as bar:
        return _judge_releases(X, y, s, (encoder_part, train, test), options, memory, report, bar)


def _judge_releases(X, y, s, parts, options, memory, report, bar):
    encoder_part, train, test = parts

    def judged(name, release):
        bar.set_description(name)
        audited = (train[known[train]], test[known[test]])
        found = (
            name,
            attack(release[train], tasks[train], release[test], tasks[test])[0],
            attack(
                *(release[audited[0]], sensitives[audited[0]]),
                *(release[audited[1]], sensitives[audited[1]]),
            )[0],
        )
        bar.update()
        return found

    rows: list = []
    for multiplier in options.multipliers:
        name = f"shaped, λ = {multiplier:g}"
        bar.set_description(name)
        shaper = InfoShapeTransformer(
            multiplier,
            target_kind=options.task_kind,
            sensitive_kind=options.sensitive_kind,
            memory=memory,
            random_state=options.seed,
        )
        shaper.fit(X[encoder_part], y[encoder_part], sensitive_features=s[encoder_part])
        if not rows:
            (task,), (sensitive,) = shaper.labels_.tasks, shaper.labels_.sensitives
            known = ~is_missing(s)
            tasks, sensitives = _classes(task, y), _classes(sensitive, s)
            report(f"y: {_says(task)}; s: {_says(sensitive)}, missing in {(~known).sum()} rows")
        rows.append(judged(name, shaper.transform(X)))
    score = HistGradientBoostingClassifier(random_state=options.seed)
    score.fit(X[encoder_part], tasks[encoder_part])
    others = {"raw features": X, "label score": score.predict_proba(X)}
    return [*(judged(*other) for other in others.items()), *rows]


def _without_rare_classes(values, parts, name, kind, report):
    """Labels with classes that each third has rows of: others are one class, or left out."""
    missing = is_missing(values)
    text = values.dtype.kind == "O"
    levels, codes = np.unique(values[~missing], return_inverse=True)
    whole = text or (len(levels) <= _MOST_LEVELS and (levels == np.floor(levels)).all())
    if kind == "continuous" or not (whole or kind == "classes"):
        return values
    which = np.full(len(values), -1)
    which[~missing] = codes.ravel()
    counts = [np.bincount(which[part] + 1, minlength=len(levels) + 1)[1:] for part in parts]
    rare = np.min(counts, axis=0) < _FEWEST_ROWS
    if not rare.any():
        return values
    is_rare = (which >= 0) & rare[which]
    values = np.array([str(value) for value in values], dtype=object)
    values[missing] = None
    together = min(is_rare[part].sum() for part in parts) >= _FEWEST_ROWS
    values[is_rare] = "(rare)" if together else None
    if (~rare).sum() + together < 2:
        raise ValueError(
            f"{name} has {len(levels)} classes, of which {(~rare).sum()} have at least "
            f"{_FEWEST_ROWS} rows in each third of the table: too few to tell them apart. Merge "
            "classes, or give more rows."
        )
    what = "are one class" if together else "are left out"
    report(f"{name}: {rare.sum()} classes with fewer than {_FEWEST_ROWS} rows in a third {what}")
    return values


def _says(column):
    bins = "classes" if column.kind == "classes" else "bins of an amount"
    return f"{column.n_classes} {bins}"


def _classes(column, values):
    return column.encode(values).argmax(axis=1)


def _table(title, n_rows, rows, notes):
    lines = [
        title,
        f"{n_rows} rows: a third for the encoder, one for models and attackers, one to test",
        *notes,
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
    for name, label in (("task", "y"), ("sensitive", "s")):
        parser.add_argument(
            f"--{name}-kind",
            choices=["auto", "classes", "continuous"],
            default="auto",
            help=f"what {label} is: text and at most 20 whole numbers are classes by themselves",
        )
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
