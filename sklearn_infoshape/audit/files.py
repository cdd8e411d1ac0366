"""Files that are written whole or not at all."""

import os
import secrets
from pathlib import Path

__all__ = ["check_target", "deliver", "write_whole"]


def check_target(path, overwrite=False):
    """Refuse, before any work, a file that could not be written.

    Parameters
    ----------
    path : str or path-like
    overwrite : bool, default=False
        Whether a file that is there may be replaced.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileExistsError
        If there is such a file, and nobody asked to replace it.
    FileNotFoundError
        If its folder does not exist.
    IsADirectoryError
        If it is a folder.
    TypeError
        If ``path`` names no file.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is of type {type(path).__name__}; give the name of a file.")
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"path={str(target)!r} is a folder; name a file in it.")
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"path={str(target)!r}: there is no folder {str(target.parent)!r}; make it first."
        )
    if target.exists() and not overwrite:
        raise FileExistsError(f"path={str(target)!r} exists; pass overwrite=True, or another name.")
    return target


def write_whole(path, text, overwrite=False, mode=0o666):
    """Write text to a file that readers see whole, whatever interrupts the writing.

    Parameters
    ----------
    path : str or path-like
    text : str
    overwrite : bool, default=False
        Whether a file that is there may be replaced.
    mode : int, default=0o666
        Who may read and write it, less the process's umask.

    Raises
    ------
    OSError
        As :func:`check_target`, or where the disk does not take it; then nothing has changed.
    """
    target = check_target(path, overwrite)
    # A link stays one: what it points at is replaced.
    target = Path(os.path.realpath(target))

    def opener(name, flags):
        return os.open(name, flags, mode)

    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "x", encoding="utf-8", newline="\n", opener=opener) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        check_target(target, overwrite)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def deliver(make, path=None, overwrite=False):
    """The text that is made, or a file of it; what cannot be written is refused before.

    Parameters
    ----------
    make : callable
        Returns text.
    path : str, path-like or None, default=None
    overwrite : bool, default=False

    Returns
    -------
    str or None
        None where there is a file.
    """
    if path is None:
        return make()
    check_target(path, overwrite)
    return write_whole(path, make(), overwrite)
