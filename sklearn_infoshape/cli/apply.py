"""``infoshape transform`` and ``infoshape codebook``: codes of new rows, and what codes say."""

from sklearn_infoshape.cli.arguments import add_output, add_reading, reading_of
from sklearn_infoshape.cli.model_file import column_kinds, load_model, person_columns
from sklearn_infoshape.cli.output import text_table
from sklearn_infoshape.cli.outputs import check_outputs, table_writer
from sklearn_infoshape.cli.released import add_shape, check_shape, released_frame
from sklearn_infoshape.cli.table_files import read_table_file
from sklearn_infoshape.runtime.whole_files import write_whole

__all__ = ["add_codebook_parser", "add_parser", "features_of"]


def add_parser(subparsers):
    """Add ``transform``.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser("transform", help="codes of the rows of another table")
    parser.add_argument("model", metavar="MODEL", help="of `infoshape fit`; a file that you trust")
    parser.add_argument("data", metavar="DATA", help="CSV or Parquet")
    parser.add_argument("--output", metavar="FILE", required=True, help="CSV or Parquet")
    add_shape(parser)
    add_reading(parser)
    add_output(parser)
    parser.set_defaults(run=_transform)


def add_codebook_parser(subparsers):
    """Add ``codebook``.

    Parameters
    ----------
    subparsers : argparse action
    """
    parser = subparsers.add_parser(
        "codebook", help="of each code its share, what it says of y and s, a typical row"
    )
    parser.add_argument("model", metavar="MODEL", help="of `infoshape fit`; a file that you trust")
    parser.add_argument("--output", metavar="FILE", help="as a table: CSV or Parquet")
    add_output(parser)
    parser.set_defaults(run=_codebook)


def _transform(options, output):
    """Release the rows of a table."""
    inputs = [options.model, options.data]
    check_outputs(table=options.output, force=options.force, inputs=inputs)
    check_shape(options)
    model = load_model(options.model)
    check_shape(options, model)
    tasks = {str(column.name) for column in model.labels_.tasks}
    ids = [column for column in options.keep if column not in tasks]
    X, frame = features_of(
        model, options.data, options, output.note, others=options.keep, as_text=ids
    )
    codes = released_frame(model, X, frame, options)
    write = table_writer(codes, options.output)
    write_whole(options.output, write, overwrite=options.force, private=True)
    output.result(
        f"{len(codes)} rows released to {options.output}",
        {
            "rows": len(codes),
            "codes" if model.release_.channel.is_code else "columns": int(model.release_.n_outputs),
            "file": options.output,
        },
    )
    return 0


def features_of(model, data, options, note, others=(), as_text=()):
    """The columns of a file that a model reads, as its own table was read.

    Parameters
    ----------
    model : fitted InfoShapeTransformer
    data : str
    options : argparse.Namespace
        With the options of ``add_reading``.
    note : callable
        Gets a line for each thing that could have been read otherwise.
    others : sequence of str, default=()
        Further columns.
    as_text : sequence of str, default=()
        Those of them that are read as text, such as ids, unless the model reads them.

    Returns
    -------
    X : pandas.DataFrame
        Without columns that the file lacks.
    frame : pandas.DataFrame
        With the other columns.

    Raises
    ------
    ValueError
        If the file has none of the model's columns, or lacks one that says whose a row is, or
        one of the others.
    """
    kinds = column_kinds(model)
    reading = reading_of(options)
    reading["as_text"] = (*reading["as_text"], *(c for c in as_text if c not in kinds))
    frame = read_table_file(data, **reading, kinds=kinds, columns=[*kinds, *others], report=note)
    needed = [*person_columns(model), *others]
    absent = [column for column in needed if column not in frame.columns]
    if absent:
        raise ValueError(f"{data} has no column {absent[0]!r}, which is needed; add it.")
    found = [column for column in kinds if column in frame.columns]
    if not set(found) - set(person_columns(model)):
        raise ValueError(f"{data} has none of the columns that {options.model} was fitted on.")
    return frame[found], frame


def _codebook(options, output):
    """Print the codebook, or write it."""
    if options.output:
        check_outputs(table=options.output, force=options.force, inputs=[options.model])
    model = load_model(options.model)
    if not hasattr(model, "codebook_frame"):
        raise ValueError(f"{options.model} releases columns, which have no codebook.")
    frame = model.codebook_frame()
    if options.output:
        write = table_writer(frame.reset_index(), options.output)
        write_whole(options.output, write, overwrite=options.force, private=True)
    values = {str(column): _plain(frame[column]) for column in frame}
    output.result(text_table(frame), {"codes": len(frame), "columns": values})
    return 0


def _plain(column):
    """Values as JSON has them: numbers, truth values, text, None where missing."""
    return [
        None if missing else value if isinstance(value, bool | int | float) else str(value)
        for value, missing in zip(column.tolist(), column.isna(), strict=True)
    ]
