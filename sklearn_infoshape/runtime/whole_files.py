"""Files that are there as a whole or not at all: written beside their place, then renamed."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

__all__ = ["check_writable", "write_all", "write_whole"]

_TAKEN = "{path} is there already; pass overwrite=True (--force), or another name."


def check_writable(path, overwrite=False):
    """Refuse a place where no file can be written, before any work.

    Parameters
    ----------
    path : str or Path
    overwrite : bool, default=False
        Whether a file that is there may be replaced.

    Raises
    ------
    FileExistsError
        If there is a file, and ``overwrite`` is False.
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
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(_TAKEN.format(path=path))


def write_whole(path, write, *, overwrite=False, private=False):
    """Write a file such that it is there as a whole, or not at all.

    Parameters
    ----------
    path : str or Path
    write : callable
        Called with a binary file.
    overwrite : bool, default=False
        Whether a file that is there is replaced.
    private : bool, default=False
        Whether it is readable by its owner alone.

    Raises
    ------
    OSError
        As of :func:`check_writable`, or if writing fails.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sklearn_infoshape.runtime.whole_files import write_whole
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "codes.csv"
    ...     write_whole(path, lambda file: file.write(b"code"))
    ...     path.read_text()
    'code'
    """
    write_all([(path, write)], overwrite=overwrite, private=private)


def write_all(files, *, overwrite=False, private=False):
    """Write several files, of which none is there until all are written.

    Each is written beside its place, and renamed in the end. Where one fails, or the user
    interrupts, no new file is left, and those that were there stay as they were.

    Parameters
    ----------
    files : list of (path, callable)
        Each callable gets a binary file.
    overwrite : bool, default=False
        Whether files that are there are replaced.
    private : bool, default=False
        Whether they are readable by their owner alone.

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
        check_writable(path, overwrite)
    with contextlib.ExitStack() as temporary:
        written = [
            _written(Path(place), write, private, temporary)
            for place, (_, write) in zip(places, files, strict=True)
        ]
        _rename(written, places, overwrite)


def _written(place, write, private, temporary):
    """The path of a file beside its place, which goes when the stack is left."""
    name = place.with_name(f".{place.name[:50]}.{secrets.token_hex(4)}.part")
    temporary.callback(_remove, name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(name, flags, 0o600 if private else 0o666), "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    return name


def _rename(written, places, overwrite):
    """Put files in their places; files that come there meanwhile are not replaced unasked."""
    done: list = []
    try:
        for name, place in zip(written, places, strict=True):
            if overwrite:
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
        raise FileExistsError(_TAKEN.format(path=place)) from None
    except OSError:  # a file system without hard links
        if os.path.lexists(place):
            raise FileExistsError(_TAKEN.format(path=place)) from None
        os.replace(name, place)


def _remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
