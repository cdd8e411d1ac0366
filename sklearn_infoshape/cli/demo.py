"""``infoshape demo``: raw features, a label score and several releases before the same audit.

A third of the rows fits the encoder. The others, which it has not seen, are audited: attackers
are trained, calibrated and scored on parts of them.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Memory
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from sklearn_infoshape.audit import audit_leakage
from sklearn_infoshape.cli.arguments import add_reading, at_least_zero, reading_of, seed
from sklearn_infoshape.cli.labelled_table import take_apart, without_identifiers
from sklearn_infoshape.cli.outputs import check_outputs
from sklearn_infoshape.cli.table_files import read_table_file
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.tables import TableReader
from sklearn_infoshape.datasets import load_digits_parity
from sklearn_infoshape.displays import TradeoffDisplay
from sklearn_infoshape.runtime.progress import current
from sklearn_infoshape.runtime.whole_files import write_whole
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["Compared", "add_parser", "compare_releases"]

_WIDTH = 17
_FEWEST_ROWS = 200  # with y


@dataclass(frozen=True)
class Compared:
    """What an audit found of one release.

    Attributes
    ----------
    name : str
    utility, leakage : dict of str to float
        "accuracy", "base" (of always guessing), "bits"; of leakage also "auc", and "at least" and
        "at most", the latter NaN where nothing bounds it.
    """

    name: str
    utility: dict
    leakage: dict


def add_parser(subparsers):
    """Add the command.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser(
        "demo",
        help="compare releases of scikit-learn's digits, or of a table of your own",
        description=__doc__.split(": ", 1)[1],
    )
    parser.add_argument("--data", metavar="FILE", help="a table of your own: CSV or Parquet")
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
        metavar="L",
        type=at_least_zero,
        nargs="+",
        default=[0.0, 0.5, 1.0, 2.0, 5.0],
        help="privacy multipliers to try",
    )
    parser.add_argument("--plot", metavar="FILE", help="write the trade-off as a picture")
    parser.add_argument("--force", action="store_true", help="replace a picture that exists")
    parser.add_argument("--seed", type=seed, default=0, help="of split, training and attackers")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes")
    add_reading(parser)
    parser.set_defaults(run=_run)


def _run(options, output):
    """Compare releases."""
    if options.data and not (options.task and options.sensitive):
        raise ValueError("--data needs --task and --sensitive.")
    if not options.data and (options.task or options.sensitive):
        raise ValueError("--task and --sensitive go with --data.")
    check_outputs(picture=options.plot, force=options.force, inputs=[options.data])
    if options.data is None:
        X, y, s = load_digits_parity()
        title = "scikit-learn's digits; y: odd or even, s: greater than 4"
    else:
        X, y, s = _read(options, output.note)
        title = f"{options.data}; y: {options.task}, s: {options.sensitive}"
    # Stage one does not depend on the multiplier: it is learned once, and forgotten here.
    with tempfile.TemporaryDirectory() as cache:
        rows = compare_releases(X, y, s, options, Memory(cache, verbose=0), output.note)
    if options.plot:
        kind = Path(options.plot).suffix.lstrip(".").lower()
        write_whole(
            options.plot,
            lambda file: _draw(rows, file, kind),
            overwrite=options.force,
            private=True,
        )
    output.result(_table(title, len(X), rows), {})
    return 0


def compare_releases(X, y, s, options, memory, report):
    """Audit raw features, the label score, and a release for each multiplier.

    What is a class of y or s, and where bins of an amount have their borders, the fit on the
    encoder's third decides, for models and attackers, too.

    Parameters
    ----------
    X : data frame or ndarray of shape (n, p)
    y, s : ndarray of shape (n,)
        Numbers or text; None or NaN where s is missing.
    options : argparse.Namespace
    memory : joblib.Memory
    report : callable
        Gets a line on what y and s are.

    Returns
    -------
    list of Compared
    """
    if len(X) < _FEWEST_ROWS:
        raise ValueError(
            f"{len(X)} rows have a task label; give at least {_FEWEST_ROWS}, of which a third "
            "fits the encoder and the others are audited."
        )
    parts = train_test_split(np.arange(len(X)), test_size=2 / 3, random_state=options.seed)
    own, audited = (part[~is_missing(y[part])] for part in parts)
    return _audited(X, y, s, own, audited, options, memory, report)


def _audited(X, y, s, own, audited, options, memory, report):
    progress = current()

    def found(name, release):
        result = audit_leakage(
            lambda rows: release[rows[:, 0].astype(int)],
            audited[:, None].astype(float),
            sensitives[audited],
            tasks[audited],
            context=False,
            n_permutations=0,
            random_state=options.seed,
        )
        return _compared(name, result)

    rows: list = []
    for multiplier in options.multipliers:
        name = f"shaped, λ = {multiplier:g}"
        shaper = InfoShapeTransformer(
            multiplier,
            target_kind=options.task_kind,
            sensitive_kind=options.sensitive_kind,
            memory=memory,
            random_state=options.seed,
        )
        with progress.within(name):
            shaper.fit(_rows(X, own), y[own], sensitive_features=s[own])
        if not rows:
            (task,), (sensitive,) = shaper.labels_.tasks, shaper.labels_.sensitives
            tasks, sensitives = _classes(task, y), _classes(sensitive, s)
            missing = is_missing(sensitives).sum()
            report(f"y: {_says(task)}; s: {_says(sensitive)}, missing in {missing} rows")
        rows.append(found(name, shaper.transform(X)))
    numbers = X if isinstance(X, np.ndarray) else TableReader.fit(_rows(X, own)).read(X)[0]
    score = HistGradientBoostingClassifier(random_state=options.seed)
    score.fit(numbers[own], tasks[own])
    others = {"raw features": numbers, "label score": score.predict_proba(numbers)}
    return [*(found(*other) for other in others.items()), *rows]


def _compared(name, report):
    for reason in report.unattacked.values():
        raise ValueError(reason)
    leakage, utility = report.by_role("sensitive")[0], report.by_role("utility")[0]
    most = report.at_most.bits
    return Compared(
        name,
        _figures(utility),
        {
            **_figures(leakage),
            "at least": report.leakage_bits,
            "at most": np.nan if most is None else most,
        },
    )


def _figures(result):
    auc = result.chosen("auc")
    return {
        "accuracy": result.chosen("accuracy").value,
        "base": result.base_rate,
        "auc": np.nan if auc is None else auc.value,
        "bits": max(0.0, result.bits.value),
    }


def _read(options, report):
    """A table of a user's own: features, task label and sensitive attribute."""
    frame = read_table_file(options.data, **reading_of(options), report=report)
    table = take_apart(frame, options.task, [options.sensitive], name=options.data)
    if len(table) >= _FEWEST_ROWS:  # of fewer, the comparison says that they are too few
        table = without_identifiers(table, (), report)
    known = np.flatnonzero(table.y.notna())
    table = table.take(known)
    y, s = (
        column.to_numpy(dtype=object if column.dtype.kind not in "if" else float)
        for column in (table.y, table.s.iloc[:, 0])
    )
    return table.X.reset_index(drop=True), y, s


def _rows(X, rows):
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows]


def _says(column):
    bins = "classes" if column.kind == "classes" else "bins of an amount"
    return f"{column.n_classes} {bins}"


def _classes(column, values):
    """Classes as text, as the encoder's fit has settled them; None where missing or unseen."""
    names = np.array([f"class {c}" for c in range(column.n_classes)], dtype=object)
    known = ~is_missing(values) & column.seen(values)
    classes = np.full(len(values), None)
    classes[known] = names[column.encode(values[known]).argmax(axis=1)]
    return classes


def _table(title, n_rows, rows):
    columns = f"{'accuracy':>9}{'bits':>7}"
    guess = rows[0]
    lines = [
        title,
        f"{n_rows} rows: a third for the encoder; the others, fresh, are audited",
        "",
        f"{'':{_WIDTH}}{'what is left of y':>19}   {'what is left of s':<36}".rstrip(),
        f"{'release':{_WIDTH}}{columns}   {columns}{'AUC':>7}{'at least':>10}{'at most':>9}",
        f"{'always guess':{_WIDTH}}{guess.utility['base']:9.3f}{0:7.3f}   "
        f"{guess.leakage['base']:9.3f}{0:7.3f}{0.5:7.3f}{0:10.3f}{0:9.3f}",
    ]
    for row in rows:
        y, s = row.utility, row.leakage
        most = f"{'-':>9}" if np.isnan(s["at most"]) else f"{s['at most']:9.3f}"
        lines.append(
            f"{row.name:{_WIDTH}}{y['accuracy']:9.3f}{y['bits']:7.3f}   {s['accuracy']:9.3f}"
            f"{s['bits']:7.3f}{s['auc']:7.3f}{s['at least']:10.3f}{most}"
        )
    return "\n".join(line.rstrip() for line in lines)


def _draw(rows, file, kind):
    names = [row.name for row in rows]
    display = TradeoffDisplay(
        [row.leakage["bits"] for row in rows],
        [row.utility["bits"] for row in rows],
        [name.removeprefix("shaped, ") for name in names],
        ["shaped" in name for name in names],
    )
    display.plot().figure_.savefig(file, format=kind, dpi=150)
