"""Ledgers as JSON files that only their owner can read, and that nothing else replaces."""

import json
from pathlib import Path

from sklearn_infoshape.reports.values import strict
from sklearn_infoshape.runtime.whole_files import check_writable, write_whole

__all__ = ["damaged", "read_ledger", "write_ledger"]

_FORMAT, _VERSION = "sklearn_infoshape.LeakageLedger", 1
_KINDS = {"attribute": str, "salt": str, "releases": list, "audits": list}


def write_ledger(path, state, overwrite=False):
    """Write a ledger, whole or not at all.

    Parameters
    ----------
    path : str or path-like
    state : dict
        "attribute", "salt", "releases" and "audits".
    overwrite : bool, default=False
        Whether anything but an earlier state of this ledger may be replaced.

    Raises
    ------
    FileExistsError
        If there is another file, or a ledger with entries that this one lacks.
    """
    target = Path(path)
    check_writable(target, overwrite=True)
    if target.exists() and not overwrite:
        _check_continues(target, state)
    values = strict({"format": _FORMAT, "format_version": _VERSION, **state})
    text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(target, lambda file: file.write(text.encode()), overwrite=True, private=True)


def read_ledger(path):
    """The state of a ledger, as :func:`write_ledger` takes it.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the file is no ledger, damaged, or of another version.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        values = None
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        raise ValueError(f"path={str(path)!r} is no ledger; give a file that save wrote.")
    if values.get("format_version") != _VERSION:
        raise ValueError(
            f"path={str(path)!r} was written by another version of sklearn_infoshape, in a format "
            "that this one does not know; read it with that version."
        )
    state = {name: values.get(name) for name in _KINDS}
    if not all(isinstance(state[name], kind) for name, kind in _KINDS.items()):
        raise damaged(path)
    try:
        bytes.fromhex(str(state["salt"]))
    except ValueError:
        raise damaged(path) from None
    return state


def damaged(path):
    """The error of a ledger that lacks something."""
    return ValueError(f"path={str(path)!r} is a damaged ledger; restore it.")


def _check_continues(target, state):
    """Refuse to replace anything but an earlier state of this ledger."""
    try:
        earlier = read_ledger(target)
    except ValueError:
        raise FileExistsError(
            f"path={str(target)!r} exists and is no ledger; pass overwrite=True, or another name."
        ) from None
    known = all(
        strict(earlier[name]) == strict(state[name][: len(earlier[name])])
        for name in ("releases", "audits")
    )
    if earlier["salt"] != state["salt"] or not known:
        raise FileExistsError(
            f"path={str(target)!r} is a ledger with entries that this one lacks; load it and add "
            "to it, or pass another name."
        )
