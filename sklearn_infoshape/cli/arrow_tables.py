"""Parquet, Feather and Arrow files as columns: text to be read, or values of a kind."""

import contextlib

import numpy as np

from sklearn_infoshape.cli.collected_columns import TextColumn
from sklearn_infoshape.cli.dialects import file_name
from sklearn_infoshape.cli.typed_columns import TypedColumn, spelled

__all__ = ["read_arrow_table"]

_INDEX = "__index_level_"  # what pandas calls a nameless index in a file
_MOST_IN_FLOATS = 2**53
_MICROSECONDS_A_DAY = 86_400_000_000


def read_arrow_table(path, suffix, columns=None, report=None):
    """Read a Parquet, Feather or Arrow file.

    Parameters
    ----------
    path : str or Path
    suffix : {".parquet", ".feather", ".arrow"}
    columns : collection of str, default=None
        Which to read; None: all.
    report : callable, default=None
        Gets a line for each column that is left out.

    Returns
    -------
    columns : dict of str to TextColumn or TypedColumn
    n_rows : int

    Raises
    ------
    ImportError
        If pyarrow is not installed.
    ValueError
        If the file is damaged, or a column holds lists or other things that are no values.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise ImportError(
            f"{suffix} files need pyarrow: pip install 'sklearn_infoshape[table]'"
        ) from None
    name = file_name(path)
    try:
        with contextlib.ExitStack() as opened:
            schema, read = _opened(pa, path, suffix, opened)
            names = list(schema.names)
            kept = _wanted(names, columns, name, report)
            table = read(kept)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, PermissionError | FileNotFoundError):
            raise
        raise ValueError(
            f"{name} is no {suffix[1:].capitalize()} file, or is damaged or cut off; copy or write "
            "it again."
        ) from None
    if table.num_rows == 0:
        raise ValueError(f"{name} has no rows; give some.")
    found = {n: _column(pa, table.column(n), n) for n in kept}
    for n in _categories(schema) & found.keys():
        if isinstance(found[n], TypedColumn) and found[n].kind == "number":
            found[n] = TypedColumn("category", spelled(found[n]))
    return found, table.num_rows


def _categories(schema):
    """What pandas knew as categories: Parquet keeps this type of text only."""
    described = (schema.pandas_metadata or {}).get("columns", [])
    return {c.get("name") for c in described if c.get("pandas_type") == "categorical"}


def _opened(pa, path, suffix, opened):
    """The schema, and what reads some of them."""
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        file = opened.enter_context(pq.ParquetFile(path))
        return file.schema_arrow, lambda names: file.read(columns=names)
    source = opened.enter_context(pa.OSFile(str(path)))
    start = source.read(6)
    source.seek(0)
    if start.startswith((b"ARROW1", b"FEA1")):
        feather = pa.ipc.open_file(source)
        return feather.schema, lambda names: feather.read_all().select(names)
    stream = pa.ipc.open_stream(source)
    return stream.schema, lambda names: stream.read_all().select(names)


def _wanted(names, columns, file, report):
    twin = next((n for n in names if names.count(n) > 1), None)
    if twin is not None:
        raise ValueError(
            f"{file} has {names.count(twin)} columns {twin[:60]!r}; give each a name of its own."
        )
    if report and any(n.startswith(_INDEX) for n in names):
        report("the index of the data frame that was written was left out")
    return [n for n in names if not n.startswith(_INDEX) and (columns is None or n in columns)]


def _column(pa, column, name):
    """A column, by its type."""
    types = pa.types
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    kind = column.type
    if types.is_null(kind):
        return TypedColumn("empty", np.full(len(column), None, dtype=object))
    if types.is_boolean(kind):
        return TypedColumn("boolean", _objects(column))
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return TypedColumn("number", _numbers(pa, column))
    if types.is_date(kind) or types.is_timestamp(kind):
        return TypedColumn("date", _moments(pa, column, name))
    if types.is_duration(kind) or types.is_time(kind):
        unit = pa.duration("us") if types.is_duration(kind) else pa.time64("us")
        amounts = column.cast(unit, safe=False).cast(pa.int64())
        return TypedColumn("number", _numbers(pa, amounts) / _MICROSECONDS_A_DAY)
    is_dictionary = types.is_dictionary(kind)
    if is_dictionary:
        kind = kind.value_type
        column = column.cast(kind)
    text = types.is_string(kind) or types.is_large_string(kind) or "string_view" in str(kind)
    if text:
        levels = _text(pa, column.cast(pa.large_string()))
        return levels if not is_dictionary else TypedColumn("category", levels)
    if is_dictionary and (types.is_integer(kind) or types.is_boolean(kind)):
        return TypedColumn("category", _text(pa, column.cast(pa.large_string())))
    if is_dictionary and types.is_floating(kind):
        return TypedColumn("number", _numbers(pa, column))
    raise ValueError(
        f"Column {name[:60]!r} holds entries of type {str(kind)[:40]}, which are no single values; "
        "leave it out, or give each number a column of its own."
    )


def _text(pa, column):
    """Text with the different entries once; gaps are empty text."""
    import pyarrow.compute as pc

    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return TextColumn.of(coded.dictionary.to_pylist(), codes)


def _objects(column):
    return np.array([*column.to_pylist(), None], dtype=object)[:-1]


def _numbers(pa, column):
    """Whole numbers as they are where there are no gaps, or floats would not hold them."""
    whole = pa.types.is_integer(column.type)
    if whole and column.null_count:
        numbers = _objects(column)
        if any(v is not None and abs(v) > _MOST_IN_FLOATS for v in numbers):
            return numbers
    if column.null_count or not whole:
        column = column.cast(pa.float64(), safe=False)
    return np.asarray(column.to_numpy())


def _moments(pa, column, name):
    """Dates in UTC, without their time zone, shape (n,), dtype datetime64[us]."""
    unit = pa.timestamp("us", getattr(column.type, "tz", None))
    try:
        moments = column.cast(unit, safe=getattr(column.type, "unit", "") != "ns")
    except pa.ArrowException:
        raise ValueError(
            f"Column {name[:60]!r} holds dates beyond the calendar; clip them."
        ) from None
    whole = moments.cast(pa.int64())
    gaps = np.asarray(whole.is_null().to_numpy())
    values = np.asarray(whole.fill_null(0).to_numpy()).astype("datetime64[us]")
    values[gaps] = np.datetime64("NaT")
    return values
