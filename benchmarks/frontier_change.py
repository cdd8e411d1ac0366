"""Frontier areas of two versions of the package, paired by set and seed.

Install the older version beside (``git worktree add ../older COMMIT``) and let
``benchmarks.frontier --methods default --save FILE`` run in both checkouts, with the same sets,
seeds and rows. Each is then scored by the attackers of its own version.

Run: python -m benchmarks.frontier_change before.jsonl after.jsonl [--before COMMIT]
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.frontier import DEFAULT, Cell
from benchmarks.report import header

__all__ = ["change_table"]


def change_table(before, after):
    """Areas of the default before and after, and the mean of the paired differences.

    Parameters
    ----------
    before, after : dict of (str, int) to float
        The area of each set and seed.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the two do not hold the same sets and seeds.

    Examples
    --------
    >>> from benchmarks.frontier_change import change_table
    >>> old = {("digits", 0): 0.9, ("digits", 1): 0.8}
    >>> print(change_table(old, {("digits", 0): 0.91, ("digits", 1): 0.8}))
    set      seed  before   after  change
    digits      0   0.900   0.910  +0.010
    digits      1   0.800   0.800  +0.000
    mean            0.850   0.855  +0.005 ± 0.005
    """
    if before.keys() != after.keys():
        raise ValueError("The two files hold other sets or seeds; run both with the same options.")
    lines = ["set      seed  before   after  change"]
    for name, seed in before:
        values = before[name, seed], after[name, seed], after[name, seed] - before[name, seed]
        lines.append(f"{name:9}{seed:4d}" + _figures(*values))
    old, new = (np.array([areas[key] for key in before]) for areas in (before, after))
    error = np.std(new - old, ddof=1) / np.sqrt(len(old)) if len(old) > 1 else np.nan
    mean = _figures(old.mean(), new.mean(), np.mean(new - old))
    lines.append(f"{'mean':13}{mean} ± {error:.3f}")
    return "\n".join(lines)


def _figures(before, after, change):
    return f"{before:8.3f}{after:8.3f}{change:+8.3f}"


def _areas(path):
    cells = [Cell(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return {(cell.set, cell.seed): cell.area for cell in cells if cell.method == DEFAULT}


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs=2, type=Path, metavar="FILE", help="saved cells")
    parser.add_argument("--before", default="the first file", help="what the first file is of")
    options = parser.parse_args()
    before, after = (_areas(path) for path in options.files)
    print(header())
    print(
        f"Frontier area of the default, before ({options.before}) and after; ±: standard error.\n"
    )
    print(change_table(before, {key: after[key] for key in before if key in after}))


if __name__ == "__main__":
    main()
