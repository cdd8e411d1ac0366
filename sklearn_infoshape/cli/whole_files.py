"""Files that are there as a whole or not at all: written beside their place, then renamed."""

import contextlib
import gzip
import io
import os
import secrets
import shutil
import tempfile
from pathlib import Path

__all__ = ["check_writable", "table_suffix", "write_all", "write_table", "write_whole"]

_TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def check_writable(path, force=False):
    """Refuse a place where no file can be written, before any work.

    Parameters
    ----------
    path : str or Path
    force : bool, default=False
        Whether a file that is there may be replaced.

    Raises
    ------
    FileExistsError
        If there is a file, and ``force`` is False.
    OSError
        If the folder is not there or cannot be written to, or ``path`` is a folder.
    """
    path = Path(path)
    folder = path.parent
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file in it.")
    if not folder.exists():
        raise FileNotFoundError(f"There is no folder {folder} to write {path.name} to; make it.")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder; {path.name} cannot be written there.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"The folder {folder} cannot be written to; name another one.")
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no plain file; name another one.")
    if os.path.lexists(path) and not force:
        raise FileExistsError(f"{path} is there already; --force replaces it.")


def write_whole(path, write, *, force=False):
    """Write a file such that it is there as a whole, or not at all.

    Parameters
    ----------
    path : str or Path
    write : callable
        Called with a binary file.
    force : bool, default=False
        Whether a file that is there is replaced.

    Raises
    ------
    OSError
        As of :func:`check_writable`, or if writing fails.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sklearn_infoshape.cli.whole_files import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "codes.csv"
    ...     write_whole(path, lambda file: file.write(b"code"))
    ...     path.read_text()
    'code'
    """
    write_all([(path, write)], force=force)


def write_all(files, *, force=False):
    """Write several files, of which none is there until all are written.

    Each is written beside its place, readable by its owner alone, and renamed in the end. Where
    one fails, or the user interrupts, no new file is left, and those that were there stay as they
    were.

    Parameters
    ----------
    files : list of (path, callable)
        Each callable gets a binary file.
    force : bool, default=False
        Whether files that are there are replaced.

    Raises
    ------
    ValueError
        If two files have one path.
    OSError
        As of :func:`check_writable`, or if writing fails.
    """
    paths = [Path(path) for path, _ in files]
    places = [os.path.realpath(path) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise ValueError(f"{path} is the name of two files to write; give each its own.")
        check_writable(path, force)
    with contextlib.ExitStack() as temporary:
        written = [
            _written(Path(place), write, temporary)
            for place, (_, write) in zip(places, files, strict=True)
        ]
        _rename(written, places, force)


def _written(place, write, temporary):
    """The path of a file beside its place, which goes when the stack is left."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:50]}.", suffix=".part")
    temporary.callback(_remove, name)
    with os.fdopen(handle, "wb") as file:  # of mode 0600, as mkstemp makes it
        write(file)
        file.flush()
        os.fsync(file.fileno())
    return name


def _rename(written, places, force):
    """Put files in their places; files that come there meanwhile are not replaced unasked."""
    done: list = []
    try:
        for name, place in zip(written, places, strict=True):
            if force:
                kept = _aside(place)
                done.append((place, kept))
                os.replace(name, place)
            else:
                _move_to_free_place(name, place)
                done.append((place, None))
    except BaseException:
        for place, kept in done:
            if kept is None:
                _remove(place)
            else:
                os.replace(kept, place)
                _remove(kept)  # is left where both are names of one file
        raise
    for _, kept in done:
        if kept is not None:
            _remove(kept)


def _aside(place):
    """A second name for the file that is replaced, so that it can come back; None without one."""
    if not os.path.exists(place):
        return None
    folder, name = os.path.split(place)
    kept = os.path.join(folder, f".{name[:50]}.{secrets.token_hex(4)}.before")
    try:
        os.link(place, kept)
    except OSError:  # a file system without hard links
        shutil.copy2(place, kept)
    return kept


def _move_to_free_place(name, place):
    try:
        os.link(name, place)  # fails where a file is, which a rename would replace
    except FileExistsError:
        raise FileExistsError(f"{place} is there already; --force replaces it.") from None
    except OSError:  # a file system without hard links
        if os.path.lexists(place):
            raise FileExistsError(f"{place} is there already; --force replaces it.") from None
        os.replace(name, place)


def _remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


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
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise ImportError(
                "Parquet files need pyarrow: pip install 'sklearn_infoshape[table]'"
            ) from None
        frame.to_parquet(file, index=False, engine="pyarrow")
    else:
        raise ValueError(f"suffix is {suffix!r}; give one of {', '.join(_TABLE_SUFFIXES)}.")


def _write_csv(frame, file):
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        frame.to_csv(text, index=False, lineterminator="\n")
    finally:
        text.detach()
