"""The table of `python -m sklearn_infoshape`, kept in results/main_job.txt for README and tests.

Run: python -m benchmarks.main_job, then python -m benchmarks.readme_table
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.report import header

__all__ = ["COLUMNS", "COMMAND", "RESULT", "figures", "printed"]

COMMAND = ["-m", "sklearn_infoshape", "--quiet"]
RESULT = Path(__file__).parent / "results" / "main_job.txt"
COLUMNS = ("y accuracy", "y bits", "s accuracy", "s bits", "s AUC", "s at least", "s at most")
_WIDTH = 17


def printed(result):
    """What the job printed, without the lines that tell what made it.

    Parameters
    ----------
    result : str
        Text of ``results/main_job.txt``, or output of the job.

    Returns
    -------
    str
    """
    lines = [line for line in result.splitlines() if not line.startswith("#")]
    return "\n".join(lines).strip("\n") + "\n"


def figures(result):
    """The figures of a table of the job.

    Parameters
    ----------
    result : str
        As in :func:`printed`.

    Returns
    -------
    dict of str to dict of str to float
        For each release the figures of ``COLUMNS``; NaN where there is no upper limit.

    Examples
    --------
    >>> from benchmarks.main_job import RESULT, figures
    >>> table = figures(RESULT.read_text("utf-8"))
    >>> list(table)[:3], table["always guess"]["s bits"]
    (['always guess', 'raw features', 'label score'], 0.0)
    """
    found = {}
    for line in printed(result).split("\nrelease ", 1)[1].splitlines()[1:]:
        cells = [float("nan" if cell == "-" else cell) for cell in line[_WIDTH:].split()]
        found[line[:_WIDTH].strip()] = dict(zip(COLUMNS, cells, strict=True))
    return found


def main():
    """Run the job in a process of its own, and keep what it prints."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    job = subprocess.run(
        [sys.executable, *COMMAND], capture_output=True, text=True, encoding="utf-8", check=True
    )
    text = f"{header()}# the output of: python {' '.join(COMMAND)}\n{job.stdout}"
    RESULT.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
