"""A file of a table as a data frame that a fit reads as it is; what each column was, for the next.

Text is read by what its entries are: numbers however they are written, dates, truth values,
categories. Files with types of their own (Parquet, Arrow) keep them.
"""

from dataclasses import replace
from pathlib import Path

from sklearn_infoshape._optional import needed
from sklearn_infoshape.cli.arrow_tables import read_arrow_table
from sklearn_infoshape.cli.column_entries import Reading
from sklearn_infoshape.cli.dialects import check_file, file_name
from sklearn_infoshape.cli.text_tables import read_text_table
from sklearn_infoshape.cli.typed_columns import kind_and_detail, kind_of_dtype, typed_column

__all__ = ["kinds_of_frame", "read_table_file"]

_TEXT = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat")
_PACKED = (".gz", ".bz2", ".xz", ".zip")
_TYPED = {".parquet": ".parquet", ".pq": ".parquet", ".feather": ".feather", ".arrow": ".arrow"}
_DETAILS = "sklearn_infoshape.details"  # in a frame's attrs: by column, what its kind leaves open
_SEPARATORS = (",", ".", " ", "'", "’", "_", "")


def read_table_file(
    path,
    *,
    delimiter=None,
    encoding=None,
    decimal=None,
    thousands=None,
    missing_values=(),
    kinds=None,
    columns=None,
    as_text=(),
    report=None,
):
    r"""Read a table from a file.

    Parameters
    ----------
    path : str or Path
        Delimited text (``.csv``, ``.tsv``, ``.txt``, ``.data``; also packed as ``.gz``, ``.bz2``,
        ``.xz`` or ``.zip``) with a header line, or ``.parquet``, ``.feather``, ``.arrow``.
    delimiter, encoding : str, default=None
        Of text; None: found out.
    decimal, thousands : str, default=None
        What precedes decimals, and separates thousands, in text; None: found out.
    missing_values : sequence of str, default=()
        What else stands for a gap, besides nothing, NA, N/A, NaN, null and "?".
    kinds : dict of str to str, default=None
        What columns were in an earlier file, from :func:`kinds_of_frame`: they are read as then.
    columns : sequence of str, default=None
        Which to read; those that are not there are left out. None: all.
    as_text : sequence of str, default=()
        Columns that stay text, whatever they look like, such as ids.
    report : callable, default=None
        Gets a line for each thing that could have been read otherwise. None shows an entry, other
        than what stands for gaps.

    Returns
    -------
    pandas.DataFrame
        Of int64 or float64, datetime64 (UTC), bool, category, or object with text and None.

    Raises
    ------
    ValueError
        If the file is no table, or a parameter is none.
    OSError
        If it cannot be read.
    ImportError
        If pandas, or for Parquet pyarrow, is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sklearn_infoshape.cli.table_files import kinds_of_frame, read_table_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "people.csv"
    ...     _ = path.write_text("age;town;since\n31,5;A;31.12.2023\n?;B;01.02.2024\n")
    ...     frame = read_table_file(path)
    >>> frame["age"].tolist(), kinds_of_frame(frame)["town"]
    ([31.5, nan], 'text')
    """
    pd = needed("pandas", "A table from a file")
    for parameter, value in (
        ("missing_values", missing_values),
        ("columns", columns),
        ("as_text", as_text),
    ):
        if isinstance(value, str):
            raise ValueError(f"{parameter} is a string; give a list of strings.")
    _check_signs(decimal, thousands)
    kinds = dict(kinds or {})
    for name, kind in kinds.items():
        kind_and_detail(kind, _shown(name))
    kinds |= dict.fromkeys(as_text, "text")
    say = report or (lambda line: None)
    check_file(path)
    suffix = _suffix(path)
    wanted = None if columns is None else set(columns)
    if suffix not in _TYPED:
        found, n_rows = read_text_table(
            path, delimiter=delimiter, encoding=encoding, columns=wanted, report=say
        )
    elif delimiter is None and encoding is None:
        found, n_rows = read_arrow_table(path, _TYPED[suffix], wanted, say)
    else:
        raise ValueError(f"{file_name(path)} is no text: leave delimiter and encoding out.")
    markers = frozenset(str(marker).strip().lower() for marker in missing_values)
    reading = Reading(decimal, thousands, markers)
    guess = suffix not in _TYPED
    typed = {
        name: typed_column(column, _shown(name), reading, kinds.get(name), guess)
        for name, column in found.items()
    }
    if guess and decimal is None:
        typed |= _read_alike(found, typed, reading, kinds)
    for column in typed.values():
        for line in column.notes:
            say(line)
    data = {name: column.values for name, column in typed.items()}
    frame = pd.DataFrame(data, index=pd.RangeIndex(n_rows))
    frame.attrs[_DETAILS] = {name: c.detail for name, c in typed.items() if c.detail}
    return frame


def kinds_of_frame(frame):
    """What the columns of a frame from a file are, for :func:`read_table_file` of the next file.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`read_table_file`.

    Returns
    -------
    dict of str to str
        "number", "category", "date", "text" or "boolean"; of numbers and dates also what precedes
        decimals and the order of days and months, where the file told it. Columns without any
        entry are left out.
    """
    details = frame.attrs.get(_DETAILS, {})
    kinds = {}
    for name in frame.columns:
        if not frame[name].isna().all():
            kind = kind_of_dtype(frame[name].dtype)
            detail = details.get(name, "") if kind in ("number", "date") else ""
            kinds[str(name)] = f"{kind}; {detail}" if detail else kind
    return kinds


def _suffix(path):
    """The suffix that says what a file holds, in lower case, without that of packing."""
    name = Path(path).name.lower()
    packed = next((p for p in _PACKED if name.endswith(p)), "")
    suffix = Path(name.removesuffix(packed)).suffix
    if suffix in _TEXT or (packed and not suffix):
        return suffix
    if suffix in _TYPED and not packed:
        return suffix
    raise ValueError(
        f"{file_name(path)} has a suffix that tells no table; give .csv, .tsv or .txt (also .gz, "
        ".bz2, .xz, .zip), .parquet or .feather. Spreadsheets: save the sheet as CSV in UTF-8."
    )


def _check_signs(decimal, thousands):
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal={decimal!r} is unknown; give '.' or ','.")
    if thousands is not None and thousands not in _SEPARATORS:
        raise ValueError(f"thousands={thousands!r} is unknown; give one of , . ' _ or a blank.")
    if thousands and thousands == (decimal or ""):
        raise ValueError(f"decimal and thousands are both {decimal!r}; give different ones.")


def _read_alike(found, typed, reading, kinds):
    """Where a file has decimal commas, read "1.234" and "1,234" in other columns by them, too.

    A column by itself would be read as decimal points and thousands.
    """
    marks = {name: column.detail for name, column in typed.items() if name not in kinds}
    again: dict = {}
    for name, mark in marks.items() if "," in marks.values() else ():
        if mark == ".":
            column = typed_column(found[name], _shown(name), replace(reading, decimal=","))
            if kind_of_dtype(column.values.dtype) != "number":  # it has decimal points for sure
                return {}
            column.notes.append(f"{_shown(name)}: read with decimal commas, as other columns have")
            again[name] = column
    return again


def _shown(name):
    """The name of a column for a line."""
    return " ".join(str(name).split())
