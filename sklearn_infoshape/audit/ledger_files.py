"""Ledgers as JSON files that only their owner can read, and that nothing else replaces."""

import json
import re
from math import inf
from pathlib import Path

from sklearn_infoshape.reports.values import strict
from sklearn_infoshape.runtime.whole_files import check_writable, write_whole

__all__ = ["read_ledger", "write_ledger"]

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
    ValueError
        If the ledger was changed by hand, and could not be read again.
    """
    target = Path(path)
    if not _is_whole(state):
        raise ValueError(
            "The ledger was changed by hand, and load would refuse it; it is not saved."
        )
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
    if not _is_whole(state):
        raise ValueError(f"path={str(path)!r} is a damaged ledger; restore it.")
    return state


def _is_whole(state):
    """Whether everything is there that a ledger reads, of its kind and within its range."""
    if not all(isinstance(state[name], kind) for name, kind in _KINDS.items()):
        return False
    if not re.fullmatch("([0-9a-f]{2})+", state["salt"]):
        return False
    releases, audits = state["releases"], state["audits"]
    if not (all(map(_is_release, releases)) and all(map(_is_audit, audits))):
        return False
    names = [own["name"] for own in releases]
    audited = {name for own in audits for name in own["releases"]}
    return len(set(names)) == len(names) and audited <= set(names)


def _is_release(own):
    return (
        isinstance(own, dict)
        and isinstance(own.get("name"), str)
        and isinstance(own.get("date"), str)
        and _is_number(own.get("n_codes"), 1)
        and isinstance(own.get("counts"), list)
        and bool(own["counts"])
        and all(_is_number(count, 0) for count in own["counts"])
        and all(isinstance(own.get(key, 0), str | None) for key in ("key_digest", "map_digest"))
        and (own.get("certificate", 0) is None or _is_certificate(own["certificate"]))
    )


def _is_audit(own):
    return (
        isinstance(own, dict)
        and isinstance(own.get("releases"), list)
        and all(isinstance(name, str) for name in own["releases"])
        and isinstance(own.get("n_codes"), dict)
        and all(_is_number(number, 1) for number in own["n_codes"].values())
        and (own.get("at_least_bits", 0) is None or _is_number(own.get("at_least_bits"), 0))
        and _is_certificate(own.get("certificate"))
    )


def _is_certificate(own):
    least = {"bits": 0, "maximal_leakage_bits": 0, "confidence": 0, "n_classes": 2}
    return (
        isinstance(own, dict)
        and all(_is_number(own.get(name), low) for name, low in least.items())
        and own["confidence"] < 1
    )


def _is_number(value, least):
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value < inf


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
    if earlier["attribute"] != state["attribute"]:
        raise FileExistsError(
            f"path={str(target)!r} is the ledger of another attribute; pass another name."
        )
    if earlier["salt"] != state["salt"] or not known:
        raise FileExistsError(
            f"path={str(target)!r} is a ledger with entries that this one lacks; load it and add "
            "to it, or pass another name."
        )
