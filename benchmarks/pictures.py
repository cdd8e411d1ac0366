"""The pictures of the documentation: trade-off, budget, partition and training.

Run: python -m benchmarks.pictures [--folder docs/pictures]
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV, ShapingGame
from sklearn_infoshape.displays import PartitionDisplay, TradeoffDisplay, TrainingDisplay

# (data set, rows at most, budget in bits, what is in the title)
TASKS = (
    ("digits", None, 0.05, "scikit-learn's digits\ny: odd or even, s: greater than 4"),
    ("adult", 9000, 0.03, "adult\ny: income above 50K, s: sex"),
)


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
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    mpl.use("Agg")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for task in TASKS:
            draw(*task, folder)
        draw_training(folder)


if __name__ == "__main__":
    main()
