"""``infoshape fit``: from a table to model, release and report, with an audit on fresh rows."""

import datetime
import secrets
import textwrap
from pathlib import Path

import numpy as np

from sklearn_infoshape.audit import audit_leakage
from sklearn_infoshape.audit.certificate import FEWEST_ROWS
from sklearn_infoshape.cli.arguments import (
    add_labels,
    add_output,
    add_reading,
    at_least_zero,
    between,
    jobs,
    reading_of,
    seed,
)
from sklearn_infoshape.cli.labelled_table import split_off, take_apart, without_identifiers
from sklearn_infoshape.cli.model_file import keep_kinds, save_model
from sklearn_infoshape.cli.output import terminal_width, text_table
from sklearn_infoshape.cli.outputs import check_outputs, report_writer, shown_name, table_writer
from sklearn_infoshape.cli.released import add_shape, check_shape, released_frame
from sklearn_infoshape.cli.table_files import kinds_of_frame, read_table_file
from sklearn_infoshape.reports.meanings import OPEN
from sklearn_infoshape.reports.verdict import verdict
from sklearn_infoshape.runtime.whole_files import write_all
from sklearn_infoshape.search.search import InfoShapeTransformerCV
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["add_parser", "audit_of"]


def add_parser(subparsers):
    """Add the command.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser(
        "fit",
        help="fit a release on a table, audit it on rows that never train, write all of it",
        description=__doc__.split(": ", 1)[1],
    )
    parser.add_argument("data", metavar="DATA", help="CSV or Parquet")
    add_labels(parser, task_required=True)
    parser.add_argument(
        "--drop", metavar="COL", nargs="+", default=[], help="columns that nothing reads"
    )
    price = parser.add_mutually_exclusive_group()
    price.add_argument(
        "--max-leakage",
        metavar="BITS",
        type=at_least_zero,
        help="most bits of each sensitive attribute; the most useful release within is taken",
    )
    price.add_argument(
        "--privacy-multiplier",
        metavar="L",
        type=at_least_zero,
        help="price of a bit of s in bits of y (1, unless --max-leakage is given)",
    )
    parser.add_argument(
        "--verify",
        choices=["attackers", "certificate"],
        help="how --max-leakage is judged: by cross-validation (default), which promises nothing, "
        "or by an upper limit that holds with --confidence, which takes many rows",
    )
    parser.add_argument(
        "--confidence", metavar="P", type=between, default=0.95, help="of limits (0.95)"
    )
    parser.add_argument(
        "--calibration-fraction",
        metavar="P",
        type=between,
        help="of the rows (persons) that train, kept for --verify certificate (0.3)",
    )
    parser.add_argument(
        "--audit-fraction",
        metavar="P",
        type=between,
        default=0.3,
        help="of the rows (persons), set aside for the audit (0.3)",
    )
    parser.add_argument(
        "--key", metavar="FILE", help="release key; without, a fresh one is drawn into the model"
    )
    parser.add_argument("--seed", type=seed, default=0, help="of split, training and audit")
    parser.add_argument("--jobs", type=jobs, default=1, help="processes; -1: all processors")
    files = parser.add_argument_group("files")
    files.add_argument(
        "--model", metavar="FILE", required=True, help="guard it as you guard the data"
    )
    files.add_argument("--release", metavar="FILE", help="codes of all rows: CSV or Parquet")
    files.add_argument("--report", metavar="FILE", help="of the audit: .html, .json or .txt")
    add_shape(files)
    add_reading(parser)
    add_output(parser)
    parser.set_defaults(run=_run)


def _run(options, output):
    """Fit, release, audit, write. Status: 1 where the audit exceeds --max-leakage."""
    _check(options)
    frame = read_table_file(options.data, **_as_text(options), report=output.note)
    for column in set(options.text) - {*options.id}:
        if column in frame:  # text of digits alone would be taken for numbers that are misread
            frame[column] = frame[column].astype("category")
    table = take_apart(
        frame, options.task, options.sensitive, options.id, options.drop, name=options.data
    )
    fitted, aside = split_off(table, options.audit_fraction, options.seed)
    table = without_identifiers(table, options.id, output.note, fitted)
    known = table.y.notna().to_numpy()
    if not known.all():
        output.note(f"{options.task} is missing in {(~known).sum()} rows, which are only released")
    fitted, aside = fitted[known[fitted]], aside[known[aside]]
    _check_size(aside, options)
    training, fresh = table.take(fitted), table.take(aside)
    search = _fitted(training, options)
    model = getattr(search, "best_estimator_", search)
    keep_kinds(model, kinds_of_frame(frame))
    report = audit_of(
        model,
        fresh,
        confidence=options.confidence,
        training_groups=training.persons,
        seed=options.seed,
        n_jobs=options.jobs,
    )
    about = _about(options, table, training, fresh, model, search)
    files = [(options.model, lambda file: save_model(model, file))]
    if options.release:
        codes = released_frame(model, table.X, frame, options)
        files.append((options.release, table_writer(codes, options.release)))
    if options.report:
        path = {
            "shaping_path": getattr(search, "path_", None),
            "chosen": getattr(search, "best_index_", None),
        }
        limit = options.max_leakage
        files.append((options.report, report_writer(report, options.report, about, limit, **path)))
    write_all(files, overwrite=options.force, private=True)
    return _say(options, output, model, report, about)


def audit_of(release, table, *, confidence, seed, training_groups=None, n_jobs=1, context=True):
    """The audit that all commands make, so that their figures are those of Python.

    Parameters
    ----------
    release : as of :func:`~sklearn_infoshape.audit_leakage`
    table : LabelledTable
        Of fresh rows.
    confidence : float
    seed : int
    training_groups : ndarray of int or None, default=None
    n_jobs : int, default=1
    context : bool, default=True

    Returns
    -------
    LeakageReport
    """
    return audit_leakage(
        release,
        table.X,
        table.s,
        table.y,
        confidence=confidence,
        groups=table.persons,
        training_groups=training_groups,
        context=context,
        random_state=seed,
        n_jobs=n_jobs,
    )


def _check(options):
    """Refuse before any work what can be seen in the arguments."""
    if options.verify and options.max_leakage is None:
        raise ValueError("--verify needs --max-leakage: what is to be kept.")
    if options.calibration_fraction and options.verify != "certificate":
        raise ValueError("--calibration-fraction is of --verify certificate; give both.")
    if not options.release and (options.keep or options.integer or options.shuffle):
        raise ValueError("--keep, --integer and --shuffle shape a --release; give its file.")
    check_shape(options)
    others = set(options.keep) - {*options.id, options.task}
    if others:
        raise ValueError(
            f"--keep {min(others)!r}: only columns of --id and --task can go into a release as "
            "they are; others would give away what the codes hide."
        )
    check_outputs(
        options.model,
        table=options.release,
        report=options.report,
        force=options.force,
        inputs=[options.data, options.key],
    )


def _as_text(options):
    reading = reading_of(options)
    reading["as_text"] = (*reading["as_text"], *options.id)  # 007 is no 7
    return reading


def _check_size(aside, options):
    if len(aside) < FEWEST_ROWS:
        needed = int(np.ceil(FEWEST_ROWS / options.audit_fraction))
        raise ValueError(
            f"{options.data} has {len(aside)} rows for the audit, which needs at least "
            f"{FEWEST_ROWS}: give {needed} rows with a task label, or a larger --audit-fraction."
        )


def _fitted(training, options):
    """The release, or the search that delivers it."""
    estimator = InfoShapeTransformer(
        1.0 if options.privacy_multiplier is None else options.privacy_multiplier,
        fold_columns=options.id or None,
        release_key=Path(options.key) if options.key else secrets.token_bytes(32),
        n_jobs=options.jobs,
        random_state=options.seed,
    )
    if options.max_leakage is not None:
        estimator = InfoShapeTransformerCV(
            estimator,
            max_leakage=options.max_leakage,
            verify=options.verify or "attackers",
            confidence=options.confidence,
            calibration_fraction=options.calibration_fraction or 0.3,
        )
    return estimator.fit(training.X, training.y, sensitive_features=training.s)


def _about(options, table, training, fresh, model, search):
    """What a reader of the report has to know of data and model."""
    about = {
        "data": shown_name(options.data),
        "rows": len(table),
        "rows that trained": len(training),
        "rows set aside for the audit": len(fresh),
        "features": table.X.shape[1] - len(options.id),
        "task": options.task,
        "sensitive": ", ".join(options.sensitive),
        "privacy multiplier": _multiplier(model.privacy_multiplier, options.sensitive),
        "codes": int(model.release_.n_outputs),
        "created": datetime.date.today().isoformat(),
    }
    if options.id:
        about["persons by"] = ", ".join(options.id)
    if options.max_leakage is not None:
        about["asked"] = f"at most {options.max_leakage:g} bits"
        about["verified by"] = options.verify or "attackers"
    certificates = getattr(search, "certificate_", None)
    if certificates is not None:
        certificates = certificates if isinstance(certificates, list) else [certificates]
        for name, certificate in zip(options.sensitive, certificates, strict=True):
            about[f"certified before the audit, {name}"] = (
                f"at most {certificate.bits:.4f} bits, on {certificate.n_rows} other rows"
            )
    return about


def _multiplier(multiplier, names):
    """One number, or one of each attribute where they differ."""
    values = [float(f"{value:.6g}") for value in np.ravel(multiplier)]
    if len(values) == 1:
        return values[0]
    return ", ".join(f"{name} {value:g}" for name, value in zip(names, values, strict=True))


def _say(options, output, model, report, about):
    written = {
        name: getattr(options, name)
        for name in ("model", "release", "report")
        if getattr(options, name)
    }
    codes = model.codebook_frame()
    shown = codes[[c for c in codes.columns if not str(c).startswith("typical ")]]
    told = verdict(report, max_leakage=options.max_leakage)
    remedy = [OPEN] if told.status == "open" and not report.contradictions else []
    lines = [
        *(textwrap.fill(str(text), terminal_width()) for text in (told, *remedy)),
        "",
        text_table(shown),
        "",
        *(f"{name} written to {path}" for name, path in written.items()),
    ]
    output.result(
        "\n".join(lines),
        {
            "about": about,
            "files": written,
            "audit": report.to_dict(),
            "codebook": {str(c): shown[c].tolist() for c in shown},
        },
    )
    return int(told.status == "exceeded")
