"""ReMINE as in the paper: its penalty in the reported value, against kept out of it.

Run: python -m benchmarks.remine_penalty [--rows 1000] [--seeds 3]

A critic is trained on four fifths of the rows as the paper trains it, on the bound less its
penalty of .1 (log E[e^t])². One training is then reported four ways: on the rows it was trained on
(as the paper does) or on the last fifth (as our estimator does, there over all folds), each with
the penalty in the value or without it.
"""

import argparse

import numpy as np
import torch

from benchmarks.information_tasks import TASKS
from benchmarks.report import header
from sklearn_infoshape.estimation.critics import HELD_OUT_LABELS, Learning, cross_fit
from sklearn_infoshape.estimation.normal_scores import NormalScores
from sklearn_infoshape.information import donsker_varadhan, remine_objective

_NATS_PER_BIT = np.log(2.0)
_CHOSEN = (
    "normal 1 + 1",
    "normal sparse 3 + 3",
    "normal sparse 25 + 25",
    "spiral 2 + 1",
    "Student 2 + 2, 3 degrees",
    "uniform + noise 0.1",
    "four clusters in 5",
    "independent 5 + 5",
)
_COLUMNS = ("train, in", "train, out", "held out, in", "held out, out")


def four_values(task, n, seed):
    """One training, reported four ways, in bits; in the order of the table's columns."""
    Z, label = task.sample(n, seed)
    z = NormalScores(seed).fit_transform(Z)
    frequencies = None
    if task.kind == "classes":
        label = np.eye(int(label.max()) + 1)[label]
        frequencies = tuple(label.mean(axis=0))
    else:
        label = NormalScores(seed + 1).fit_transform(np.reshape(label, (n, -1)))
    order = np.random.default_rng(seed).permutation(n)
    train, test = order[n // 5 :], order[: n // 5]
    critics = cross_fit(
        z,
        label,
        bound="remine",
        learning=Learning(),
        splits=[(train, test)],
        seed=seed,
        frequencies=frequencies,
    )
    module = critics.critics[0][0].eval()
    values = []
    for rows in (train, test):
        spread = np.unique(np.linspace(1, len(rows) - 1, HELD_OUT_LABELS - 1).astype(int))
        pair = (torch.from_numpy(part[rows].astype(np.float32)) for part in (z, label))
        with torch.inference_mode():
            scores = module(*pair, spread.tolist())
        values += [float(remine_objective(*scores)), float(donsker_varadhan(*scores))]
    return np.array(values) / _NATS_PER_BIT


def main():
    """Print the table: means over seeds, and the mean absolute error of each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(header())
    print(
        f"bits, n = {options.rows:,}, means of {options.seeds} seeds; on the rows of the training "
        'or on held-out rows,\nwith the penalty in the value ("in") or kept out of it ("out")\n'
    )
    print(f"{'task':28}{'truth':>7}" + "".join(f"{column:>15}" for column in _COLUMNS))
    errors = []
    for task in TASKS:
        if task.name not in _CHOSEN:
            continue
        values = np.array([four_values(task, options.rows, seed) for seed in range(options.seeds)])
        errors.append(values - task.bits)
        cells = "".join(f"{value:15.4f}" for value in values.mean(axis=0))
        print(f"{task.name:28}{task.bits:7.3f}{cells}", flush=True)
    errors = np.concatenate(errors)
    for name, row in (
        ("mean error", errors.mean(axis=0)),
        ("largest excess over truth", errors.max(axis=0)),
    ):
        print(f"{name:35}" + "".join(f"{value:15.4f}" for value in row))


if __name__ == "__main__":
    main()
