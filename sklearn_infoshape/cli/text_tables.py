"""Delimited text as columns of text."""

import csv
import itertools

from sklearn_infoshape.cli.dialects import (
    file_name,
    open_text,
    readers,
    text_delimiter,
    text_encoding,
)
from sklearn_infoshape.cli.number_ways import looks_like_a_number

__all__ = ["read_text_table"]

_SLICE = 1_000  # rows: ten times as many take three times as long
_MANY_NAMES = 5
_MISQUOTED = "expected after"  # in csv's message of what stands behind a closing quote


def read_text_table(path, *, delimiter=None, encoding=None, columns=None, report=None):
    """Read delimited text with a header line.

    Parameters
    ----------
    path : str or Path
    delimiter, encoding : str, default=None
        None: found out.
    columns : collection of str, default=None
        Which to read; None: all.
    report : callable, default=None
        Gets a line for each thing that could have been read otherwise.

    Returns
    -------
    columns : dict of str to Series of str
        Without blanks around entries.
    n_rows : int

    Raises
    ------
    ValueError
        If there is no header line, no row, two columns of one name, or lines are uneven.
    """
    say = report or (lambda line: None)
    encoding = text_encoding(path, encoding, report)
    delimiter = text_delimiter(path, encoding, delimiter)
    try:
        header, table, n_rows = _read(path, encoding, delimiter, columns, strict=True)
    except csv.Error as error:
        if _MISQUOTED not in str(error):  # the end of the file within a quote
            raise ValueError(
                f"{file_name(path)} has a quotation mark that is not closed; close it, or double "
                "marks that belong to an entry."
            ) from None
        header, table, n_rows = _read(path, encoding, delimiter, columns, strict=False)
    _check_header(path, header, table, n_rows)
    if len(header) == 1:
        say("the file has one column; if it has more, name the delimiter")
    found = {}
    for position, column in table.items():
        name = header[position]
        if not name:
            why = _why_left_out(position, column)
            if why:
                say(f"column {position + 1} has no name and {why}; it was left out")
                continue
            name = f"Unnamed: {position}"
            say(f"column {position + 1} has no name; it is called {name!r}")
        if columns is None or name in columns:
            found[name] = column
    return found, n_rows


def _read(path, encoding, delimiter, columns, strict):
    """Header, columns by position, and how many rows there are."""
    import pandas as pd

    with open_text(path, encoding) as file, readers() as reader:
        lines = reader(file, delimiter, strict)
        records = (record for record in lines if len(record) > 1 or "".join(record).strip())
        header = [name.strip("\ufeff \t\r\n") for name in next(records, [])]
        if len(header) <= 2 and header and header[0].lower().startswith("sep="):
            header = [name.strip() for name in next(records, [])]
        _refuse_twins(path, header)
        parts: dict = {
            j: [pd.Series([], dtype=str)]
            for j, name in enumerate(header)
            if columns is None or not name or name in columns
        }
        n_rows = 0
        for rows in _slices(records, lines, path, len(header)):
            n_rows += len(rows)
            for j, entries in enumerate(zip(*rows, strict=True)):
                if j in parts:
                    parts[j].append(pd.Series([*map(str.strip, entries)], dtype=str))
    return header, {j: pd.concat(of, ignore_index=True) for j, of in parts.items()}, n_rows


def _slices(records, lines, path, n_fields):
    """Some rows at a time."""
    rows: list = []
    for record in records:
        if len(record) != n_fields:
            raise _uneven(path, lines.line_num, len(record), n_fields)
        rows.append(record)
        if len(rows) == _SLICE:
            yield rows
            rows = []
    if rows:
        yield rows


def _uneven(path, line, n_found, n_expected):
    more = "more" if n_found > n_expected else "fewer"
    return ValueError(
        f"Line {line} of {file_name(path)} has {n_found} entries, {more} than the {n_expected} of "
        "the header line; mend it, quote entries that hold the delimiter, or name the delimiter."
    )


def _refuse_twins(path, header):
    named = [name for name in header if name]
    twin = next((name for name in named if named.count(name) > 1), None)
    if twin is not None and not looks_like_a_number(twin):
        raise ValueError(
            f"{file_name(path)} has {named.count(twin)} columns {twin[:60]!r}; give each a name of "
            "its own."
        )
    if twin is not None:
        raise _headless(path)


def _check_header(path, header, table, n_rows):
    if not any(header):
        raise ValueError(f"{file_name(path)} has no header line; give one with a name a column.")
    numbers = {j: name for j, name in enumerate(header) if looks_like_a_number(name)}
    if numbers and not _may_be_names(list(numbers.values())):
        for position in numbers.keys() & table.keys():
            first = table[position].unique()[:100]
            if sum(map(looks_like_a_number, first)) >= len(first) / 2:
                raise _headless(path)
    if n_rows == 0:
        raise ValueError(f"{file_name(path)} has no rows below its header line; give some.")


def _headless(path):
    return ValueError(
        f"The first line of {file_name(path)} looks like a row of values; put a line with the "
        "names of the columns before it."
    )


def _may_be_names(numbers):
    """Whether numbers may be names: whole ones that go up, from 0 or 1, or many, or years."""
    if not all(name.isascii() and name.isdigit() for name in numbers):
        return False
    found = [int(name) for name in numbers]
    ascending = all(a < b for a, b in itertools.pairwise(found))
    years = found[0] >= 1900 and found[-1] <= 2100
    return ascending and (found[0] in (0, 1) or len(found) >= _MANY_NAMES or years)


def _why_left_out(position, column):
    """Why a column without a name is left out: it is empty, or counts rows from 0 or 1."""
    if (column == "").all():
        return "is empty"
    counts = ([str(i) for i in range(first, first + len(column))] for first in (0, 1))
    return "counts rows" if position == 0 and column.tolist() in counts else ""
