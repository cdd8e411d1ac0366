"""What every table carries on top: command, versions, machine, date."""

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy
import sklearn
import skorch
import torch

from sklearn_infoshape import __version__

__all__ = ["header", "made_of", "provenance"]


def provenance():
    """What makes a figure now.

    Returns
    -------
    dict of str to str
        Date, command and versions; of the package also the commit, where it is a checkout.
    """
    module = sys.modules["__main__"].__spec__
    # Files by name only: a folder of this machine says nothing elsewhere.
    arguments = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    program = f"python -m {module.name}" if module else f"python {Path(sys.argv[0]).name}"
    versions = (
        f"sklearn_infoshape {__version__}{_commit()}, python {platform.python_version()}, "
        f"torch {torch.__version__}, scikit-learn {sklearn.__version__}, "
        f"skorch {skorch.__version__}, numpy {numpy.__version__}"
    )
    return {
        "date": datetime.date.today().isoformat(),
        "command": " ".join([program, *arguments]),
        "versions": versions,
    }


def header():
    """Lines that say what made a table.

    Returns
    -------
    str
    """
    now = provenance()
    last = f"{os.cpu_count()} cores; {now['date']}"
    return f"# {now['command']}\n# {now['versions']}\n# {last}\n"


def made_of(cells):
    """Lines that say what made each cell of a table whose cells are of several runs.

    Parameters
    ----------
    cells : iterable of (str, dict)
        What a cell is called, and its provenance; an empty one is said not to be recorded.

    Returns
    -------
    str
        A paragraph for each date and versions: how many cells, of what, by which commands.

    Examples
    --------
    >>> from benchmarks.report import made_of
    >>> old = {"date": "2026-01-02", "command": "python -m x", "versions": "numpy 2"}
    >>> print(made_of([("LEACE", old), ("LEACE", old), ("tree", {})]))
    # 2 cells of 2026-01-02: LEACE
    #   numpy 2
    #   python -m x
    # 1 cell of a date not recorded: tree
    """
    groups = {}
    for name, made in cells:
        group = groups.setdefault((made.get("date", ""), made.get("versions", "")), ([], {}))
        group[0].append(name)
        group[1][made.get("command", "")] = None
    lines = []
    # Undated ones last: they are what a reader trusts least.
    for date, versions in sorted(groups, key=lambda made: (not made[0], made)):
        names, commands = groups[date, versions]
        count = f"{len(names)} cell{'s' if len(names) > 1 else ''}"
        of_what = ", ".join(dict.fromkeys(names))
        lines.append(f"# {count} of {date or 'a date not recorded'}: {of_what}")
        lines += [f"#   {text}" for text in (versions, *commands) if text]
    return "\n".join(lines)


def _commit():
    """The commit of the checkout in brackets, a star for changes to the package; or nothing."""
    folder = Path(__file__).parents[1]

    def git(*words):
        return subprocess.run(
            ["git", "-C", folder, *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        commit = git("rev-parse", "--short", "HEAD")
        changes = git("status", "--porcelain", "--", "sklearn_infoshape")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f" ({commit}{'*' if changes else ''})"
