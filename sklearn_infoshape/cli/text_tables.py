"""Lines of delimited text as columns of text, each entry kept once."""

import csv
import itertools
from array import array
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.cli.dialects import (
    file_name,
    open_text,
    readers,
    text_delimiter,
    text_encoding,
)
from sklearn_infoshape.cli.number_ways import looks_like_a_number

__all__ = ["TextColumn", "read_text_table"]

_SLICE = 10_000  # rows
_MANY_NAMES = 5
_MISQUOTED = "expected after"  # in csv's message of what stands behind a closing quote


@dataclass(frozen=True)
class TextColumn:
    """A column of text.

    Attributes
    ----------
    levels : list of str
        The different entries, without blanks around them.
    codes : ndarray of shape (n,)
        Which level each row has.
    """

    levels: list
    codes: np.ndarray

    @classmethod
    def of(cls, levels, codes):
        """Bring entries together that differ in the blanks around them only."""
        if all(level == level.strip() for level in levels):
            return cls(levels, codes)
        place: dict = {}
        merged = [place.setdefault(level.strip(), len(place)) for level in levels]
        return cls(list(place), np.array(merged, dtype=np.int64)[codes])


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
    columns : dict of str to TextColumn
    n_rows : int

    Raises
    ------
    ValueError
        If there is no header line, no row, two columns of one name, or lines are uneven.
    """
    encoding = text_encoding(path, encoding, report)
    delimiter = text_delimiter(path, encoding, delimiter)
    try:
        header, tables, n_rows = _read(path, encoding, delimiter, columns, strict=True)
    except csv.Error as error:
        if _MISQUOTED not in str(error):  # the end of the file within a quote
            raise ValueError(
                f"{file_name(path)} has a quotation mark that is not closed; close it, or double "
                "marks that belong to an entry."
            ) from None
        header, tables, n_rows = _read(path, encoding, delimiter, columns, strict=False)
    _check_header(path, header, tables, n_rows)
    if len(header) == 1 and report:
        report("the file has one column; if it has more, name the delimiter")
    found = {}
    for position, column in tables.items():
        name = header[position]
        if not name:
            if column.levels == [""] or (position == 0 and _counts_rows(column)):
                if report:
                    what = "is empty" if column.levels == [""] else "counts rows"
                    report(f"column {position + 1} has no name and {what}; it was left out")
                continue
            name = f"Unnamed: {position}"
            if report:
                report(f"column {position + 1} has no name; it is called {name!r}")
        if columns is None or name in columns:
            found[name] = column
    return found, n_rows


def _read(path, encoding, delimiter, columns, strict):
    """Header, columns by position, and how many rows there are."""
    with open_text(path, encoding) as file, readers() as reader:
        lines = reader(file, delimiter, strict)
        records = (record for record in lines if len(record) > 1 or "".join(record).strip())
        header = [name.strip("\ufeff \t\r\n") for name in next(records, [])]
        if len(header) <= 2 and header and header[0].lower().startswith("sep="):
            header = [name.strip() for name in next(records, [])]
        _refuse_twins(path, header)
        kept = [
            j for j, name in enumerate(header) if columns is None or not name or name in columns
        ]
        numbers: list = [defaultdict() for _ in header]
        for known in numbers:
            known.default_factory = known.__len__
        codes = [array("q") for _ in header]
        rows: list = []

        def store():
            entries = list(zip(*rows, strict=True))
            for j in kept if rows else ():
                codes[j].extend(map(numbers[j].__getitem__, entries[j]))
            rows.clear()

        n_rows = 0
        n_fields = len(header)
        for record in records:
            if len(record) != n_fields:
                raise _uneven(path, lines.line_num, len(record), n_fields)
            rows.append(record)
            n_rows += 1
            if len(rows) == _SLICE:
                store()
        store()
    tables = {
        j: TextColumn.of(list(numbers[j]), np.frombuffer(codes[j], dtype=np.int64)) for j in kept
    }
    return header, tables, n_rows


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


def _check_header(path, header, tables, n_rows):
    if not any(header):
        raise ValueError(f"{file_name(path)} has no header line; give one with a name a column.")
    numbers = {j: name for j, name in enumerate(header) if looks_like_a_number(name)}
    if numbers and not _may_be_names(list(numbers.values())):
        for position in numbers:
            column = tables.get(position)
            if column is None:
                continue
            alike = [looks_like_a_number(level) for level in column.levels[:100]]
            if sum(alike) > len(alike) / 2:
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


def _counts_rows(column):
    """Whether a column is what a data frame's own index becomes: 0, 1, 2, ... or 1, 2, 3, ..."""
    n = len(column.codes)
    return len(column.levels) == n and any(
        column.levels == [str(i) for i in range(first, first + n)] for first in (0, 1)
    )
