"""``infoshape audit`` and ``infoshape certify``: what a release or a model gives away."""

import textwrap
from pathlib import Path

import numpy as np

from sklearn_infoshape.audit import certify_leakage
from sklearn_infoshape.cli.apply import features_of
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
from sklearn_infoshape.cli.fit import audit_of
from sklearn_infoshape.cli.labelled_table import LabelledTable, take_apart
from sklearn_infoshape.cli.model_file import load_model
from sklearn_infoshape.cli.output import terminal_width
from sklearn_infoshape.cli.outputs import check_outputs, report_writer, shown_name
from sklearn_infoshape.cli.released import is_code_column
from sklearn_infoshape.cli.table_files import read_table_file
from sklearn_infoshape.reports.text import as_text
from sklearn_infoshape.runtime.whole_files import write_whole

__all__ = ["add_certify_parser", "add_parser"]

_MODELS = (".joblib", ".pkl", ".pickle")


def add_parser(subparsers):
    """Add ``audit``.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser(
        "audit",
        help="what fresh attackers recover, and what nobody can, on rows that never trained",
    )
    _add_arguments(parser)
    parser.add_argument("--report", metavar="FILE", help="of the audit: .html, .json or .txt")
    parser.add_argument("--seed", type=seed, default=0, help="of the attackers' split and training")
    parser.add_argument("--jobs", type=jobs, default=1, help="processes; -1: all processors")
    parser.set_defaults(run=_audit)


def add_certify_parser(subparsers):
    """Add ``certify``.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser(
        "certify", help="the upper limit alone, of a finite code, on rows that never trained"
    )
    _add_arguments(parser)
    parser.set_defaults(run=_certify)


def _add_arguments(parser):
    parser.add_argument(
        "release",
        metavar="RELEASE-OR-MODEL",
        help="a table of codes with the rows of DATA, or a model: a .joblib file that you trust",
    )
    parser.add_argument("data", metavar="DATA", help="rows that took no part in training, with s")
    add_labels(parser, task_required=False)
    parser.add_argument(
        "--confidence", metavar="P", type=between, default=0.95, help="of limits (0.95)"
    )
    parser.add_argument(
        "--assert-below",
        metavar="BITS",
        type=at_least_zero,
        help="exit with status 1 unless the leakage is shown to be at most so much",
    )
    add_reading(parser)
    add_output(parser)


def _audit(options, output):
    """Audit a release. Status: 1 where --assert-below fails."""
    inputs = [options.release, options.data]
    check_outputs(report=options.report, force=options.force, inputs=inputs)
    release, table, is_model = _read(options, output)
    report = audit_of(
        release,
        table,
        confidence=options.confidence,
        seed=options.seed,
        n_jobs=options.jobs,
        context=is_model,
    )
    limit = options.assert_below
    if options.report:
        about = {
            "release": shown_name(options.release),
            "data": shown_name(options.data),
            "rows": len(table),
            "sensitive": ", ".join(options.sensitive),
        }
        written = report_writer(report, options.report, about, limit)
        write_whole(options.report, written, overwrite=options.force, private=True)
    text = as_text(report, max_leakage=limit, width=terminal_width())
    output.result(text, report.to_dict())
    if limit is not None:
        report.assert_below(bits=limit)
    return 0


def _certify(options, output):
    """Certify a finite code. Status: 1 where --assert-below fails."""
    release, table, is_model = _read(options, output)
    codes = np.asarray(release.transform(table.X) if is_model else release(table.X))
    certificate = certify_leakage(codes, table.s, options.confidence, groups=table.persons)
    lines = [textwrap.fill(line, terminal_width()) for line in str(certificate).splitlines()]
    output.result("\n".join(lines), certificate.to_dict())
    if options.assert_below is not None and not certificate.bits <= options.assert_below:
        output.error(
            f"the certificate allows up to {certificate.bits:.4f} bits, more than "
            f"{options.assert_below:g}"
        )
        return 1
    return 0


def _read(options, output):
    """What is audited, its rows with their labels, and whether it is a model."""
    labels = [column for column in (options.task,) if column] + options.sensitive
    roles = options.task, options.sensitive, options.id
    if Path(options.release).suffix.lower() in _MODELS:
        model = load_model(options.release)
        options.model = options.release
        others = [*labels, *options.id]
        X, frame = features_of(
            model, options.data, options, output.note, others=others, as_text=options.id
        )
        table = take_apart(frame, *roles, name=options.data, features=False)
        return model, LabelledTable(X, table.y, table.s, table.persons), True
    reading = reading_of(options)
    reading["as_text"] = (*reading["as_text"], *options.id)
    frame = read_table_file(
        options.data, **reading, columns=[*labels, *options.id], report=output.note
    )
    take_apart(frame, *roles, name=options.data, features=False)  # refuses what is not there
    codes = read_table_file(options.release, as_text=tuple(options.id), report=output.note)
    frame, codes = _joined(frame, codes, options, output.note)
    _check_agreement(frame, codes, labels, options)
    table = take_apart(frame, *roles, name=options.data, features=False)
    codes = _codes_alone(codes, options, output.note)
    return _as_they_are, LabelledTable(codes, table.y, table.s, table.persons), False


def _as_they_are(codes):
    codes = codes.copy(deep=False)
    codes.attrs = {}  # of the file's reading; recipients get none
    return codes


def _joined(frame, codes, options, note):
    """Rows of both tables that belong together: by ids where both have them, else by order."""
    shared = [c for c in options.id if c in codes.columns]
    if shared and not codes.duplicated(shared).any() and not frame.duplicated(shared).any():
        order = frame[shared].merge(codes.reset_index(), on=shared, how="left")["index"]
        found = order.notna().to_numpy()
        if not found.any():
            raise ValueError(f"{options.release} and {options.data} share no row by --id.")
        if not found.all():
            note(f"{(~found).sum()} rows of {options.data} are not released, and left out")
        frame = frame[found]
        codes = codes.iloc[order[found].astype(int)]
    elif len(frame) != len(codes):
        raise ValueError(
            f"{options.release} has {len(codes)} rows, {options.data} has {len(frame)}: give the "
            "same rows in the same order, or --id columns that both have, one row a person."
        )
    elif shared and not (frame[shared].to_numpy() == codes[shared].to_numpy()).all():
        raise ValueError(
            f"{options.release} and {options.data} have several rows a person, and their --id "
            "columns in different orders: give the same rows in the same order."
        )
    elif not shared:
        note("rows are taken in the order of both files; keep ids in the release, and give --id")
    return frame.reset_index(drop=True), codes.reset_index(drop=True)


def _check_agreement(frame, codes, labels, options):
    """Refuse rows of both tables that do not belong together: codes of others tell nothing."""
    for column in set(labels).intersection(codes.columns):
        values, released = (own[column].astype(object) for own in (frame, codes))
        if not ((values == released) | (values.isna() & released.isna())).all():
            raise ValueError(
                f"{options.release} and {options.data} differ in column {column!r}: give the same "
                "rows in the same order, or --id columns that both have."
            )


def _codes_alone(released, options, note):
    """Columns of codes, where there are any; else all that are no labels."""
    labels = [*options.sensitive, *([options.task] if options.task else []), *options.id]
    others = [c for c in released if c not in labels]
    found = [c for c in others if is_code_column(c)] or others
    if not found:
        raise ValueError(f"{options.release} has no column besides ids and labels.")
    others = [str(c) for c in released if c not in found]
    if others:
        note(f"judged are codes; columns beside them, which nothing speaks of: {', '.join(others)}")
    return released[found]
