"""The pictures of the documentation: problem, trade-off, budget, partition and training.

Run: python -m benchmarks.pictures [--folder docs/pictures] [--quick]
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.main_job import RESULT as MAIN_JOB
from benchmarks.main_job import figures
from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV, ShapingGame
from sklearn_infoshape.displays import PartitionDisplay, TradeoffDisplay, TrainingDisplay

# (data set, rows at most, budget in bits, what is in the title)
TASKS = (
    ("digits", None, 0.05, "scikit-learn's digits\ny: odd or even, s: greater than 4"),
    ("adult", 9000, 0.03, "adult\ny: income above 50K, s: sex"),
)


# What the picture of the problem shows of the main job's table, and by what name.
PROBLEM = {"raw features": "the rows as they are", "shaped, λ = 1": "the release (codes, λ = 1)"}


def draw_problem(folder):
    """The problem in one picture: what the main job's recipients find in rows and in a release."""
    table = figures(MAIN_JOB.read_text("utf-8"))
    figure, axes = plt.subplots(2, 1, figsize=(6.4, 3.4), sharex=True, layout="constrained")
    names = list(PROBLEM)[::-1]
    labels = []
    for ax, column, color, title in zip(
        axes,
        ("y bits", "s at least"),
        ("#1b6ca8", "#c8553d"),
        ("what they may know, y: odd or even?", "what they should not, s: above 4?"),
        strict=True,
    ):
        bits = [table[name][column] for name in names]
        bars = ax.barh([PROBLEM[name] for name in names], bits, color=color, height=0.55)
        labels += [f"{own:.2f} bits" for own in bits]
        ax.bar_label(bars, labels[-len(bits) :], padding=4)
        ax.set_title(title, fontsize=11, loc="left")
        ax.set_xlim(0, 1.15)
        ax.set_xticks([0, 1], ["nothing", "all (1 bit)"])
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(length=0)
    # A test compares the description with the table: a picture of an older one would mislead.
    metadata = {"Software": None, "Description": ", ".join(labels)}
    figure.savefig(folder / "problem.png", dpi=130, facecolor="white", metadata=metadata)
    plt.close(figure)
    print("problem.png")


def draw(name, rows, budget, title, folder):
    """Fit on two thirds of a data set, judge on the last, and save three pictures."""
    data = load(name, rows, 0)
    order = np.random.default_rng(0).permutation(len(data.X))
    own, fresh = np.split(order, [2 * len(order) // 3])
    search = InfoShapeTransformerCV(InfoShapeTransformer(random_state=0), max_leakage=budget)
    search.fit(data.X[own], data.y[own], data.s[own])
    test = data.X[fresh], data.y[fresh], data.s[fresh]
    on_fresh = TradeoffDisplay.from_path(search.path_, *test, chosen=search.best_index_)
    pictures = {
        "tradeoff": (on_fresh, f"{title} (fresh rows, 95 % intervals)"),
        "budget": (TradeoffDisplay.from_cv(search), f"{title} (5 folds, one standard error)"),
        "partition": (PartitionDisplay.from_estimator(search.best_estimator_, test[0]), title),
    }
    for kind, (display, text) in pictures.items():
        save(display, text, folder / f"{name}_{kind}.png")


def draw_training(folder):
    """The paper's one-stage game on digits."""
    data = load("digits")
    shaper = InfoShapeTransformer(
        posterior=None,
        channel="deterministic",
        game=ShapingGame(mi_estimator="remine"),
        random_state=0,
    )
    shaper.fit(data.X, data.y, data.s)
    title = "the paper's game on scikit-learn's digits"
    save(TrainingDisplay.from_estimator(shaper), title, folder / "digits_training.png")


def save(display, title, file):
    """Save with a title, without a date or version inside."""
    display.ax_.set_title(title, fontsize=12)
    display.figure_.savefig(file, dpi=130, facecolor="white", metadata={"Software": None})
    plt.close(display.figure_)
    print(file.name)


def main():
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("docs/pictures"))
    parser.add_argument(
        "--quick", action="store_true", help="only the picture that is made of a table, no fits"
    )
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    mpl.use("Agg")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        draw_problem(folder)
        if not options.quick:
            for task in TASKS:
                draw(*task, folder)
            draw_training(folder)


if __name__ == "__main__":
    main()
