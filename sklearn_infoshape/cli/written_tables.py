"""Tables that are written to files, by the suffix of the file's name."""

import gzip
import io
from pathlib import Path

from sklearn_infoshape._optional import needed

__all__ = ["table_suffix", "write_table"]

_TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def table_suffix(path):
    """The suffix of a table that can be written.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    {".csv", ".csv.gz", ".parquet"}

    Raises
    ------
    ValueError
        For another suffix.
    """
    name = Path(path).name.lower()
    for suffix in sorted(_TABLE_SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    raise ValueError(
        f"{Path(path).name} is no table that can be written; name it .csv, .csv.gz or .parquet."
    )


def write_table(frame, file, suffix):
    """Write a data frame to an open binary file; its index is left out.

    Parameters
    ----------
    frame : pandas.DataFrame
    file : binary file
    suffix : {".csv", ".csv.gz", ".parquet"}

    Raises
    ------
    ImportError
        If the file is Parquet, and pyarrow is not installed.
    ValueError
        If the suffix is another one.
    """
    if suffix == ".csv":
        _write_csv(frame, file)
    elif suffix == ".csv.gz":
        # Without the time of writing, so that equal tables are equal files.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
            _write_csv(frame, packed)
    elif suffix == ".parquet":
        needed("pyarrow", f"A {suffix} file")
        frame.to_parquet(file, index=False, engine="pyarrow")
    else:
        raise ValueError(f"suffix is {suffix!r}; give one of {', '.join(_TABLE_SUFFIXES)}.")


def _write_csv(frame, file):
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        frame.to_csv(text, index=False, lineterminator="\n")
    finally:
        text.detach()
