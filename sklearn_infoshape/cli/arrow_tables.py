"""Parquet, Feather and Arrow files as columns: text to be read, or values of a type."""

import contextlib

import numpy as np

from sklearn_infoshape._optional import needed
from sklearn_infoshape.cli.dialects import file_name
from sklearn_infoshape.cli.typed_columns import kind_of_dtype, spelled

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
    columns : dict of str to Series
        Text and categories with "" in gaps.
    n_rows : int

    Raises
    ------
    ImportError
        If pyarrow is not installed.
    ValueError
        If the file is damaged, or a column holds lists or other things that are no values.
    """
    pa = needed("pyarrow", f"A {suffix} file")
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
        if kind_of_dtype(found[n].dtype) == "number":
            found[n] = spelled(found[n]).astype("category")
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
    import pandas as pd

    types = pa.types
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    is_dictionary = types.is_dictionary(column.type)
    if is_dictionary:
        column = column.cast(column.type.value_type)
    kind = column.type
    amounts = types.is_floating(kind) or types.is_integer(kind) or types.is_boolean(kind)
    text = types.is_string(kind) or types.is_large_string(kind) or "string_view" in str(kind)
    if is_dictionary and not (text or amounts):
        raise _no_values(kind, name)
    if text or types.is_null(kind) or (is_dictionary and not types.is_floating(kind)):
        texts = column.cast(pa.large_string()).fill_null("").to_pylist()
        return pd.Series([*map(str.strip, texts)], dtype="category" if is_dictionary else str)
    if types.is_boolean(kind):
        return pd.Series(column.to_pylist(), dtype="boolean" if column.null_count else "bool")
    if amounts or types.is_decimal(kind):
        return _numbers(pd, pa, column)
    if types.is_date(kind) or types.is_timestamp(kind):
        return pd.Series(_moments(pa, column, name))
    if types.is_duration(kind) or types.is_time(kind):
        unit = pa.duration("us") if types.is_duration(kind) else pa.time64("us")
        whole = column.cast(unit, safe=False).cast(pa.int64())
        return _numbers(pd, pa, whole) / _MICROSECONDS_A_DAY
    raise _no_values(kind, name)


def _no_values(kind, name):
    return ValueError(
        f"Column {name[:60]!r} holds entries of type {str(kind)[:40]}, which are no single values; "
        "leave it out, or give each number a column of its own."
    )


def _numbers(pd, pa, column):
    """Whole numbers as they are where there are no gaps, or floats would not hold them."""
    whole = pa.types.is_integer(column.type)
    if whole and column.null_count:
        numbers = column.to_pylist()
        if any(v is not None and abs(v) > _MOST_IN_FLOATS for v in numbers):
            return pd.Series(numbers, dtype="Int64")
    if column.null_count or not whole:
        column = column.cast(pa.float64(), safe=False)
    return pd.Series(column.to_numpy())


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
