"""Pictures: what they show, where labels stand, and what they say when they cannot be drawn."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    PosteriorFeatures,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing, partition
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.displays import (
    LeakageDisplay,
    PartitionDisplay,
    TradeoffDisplay,
    TrainingDisplay,
)
from sklearn_infoshape.reports.plot_tradeoff import rising_hull
from tests.conftest import budget_search, cheap, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")

QUICK = {
    "posterior": PosteriorFeatures("linear", folds=2),
    "n_components": 5,
    "channel": CategoricalChannel(n_init=1),
    "random_state": 0,
}


@pytest.fixture(autouse=True, scope="module")
def short_search():
    """Pictures do not depend on how long stage two searches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(annealing, "_FREE_STEPS", 60)
        patch.setattr(annealing, "_STEPS", 200)
        patch.setattr(partition, "_PROTOTYPES", 200)
        patch.setattr(partition, "_FREE_PROTOTYPES", 100)
        yield


@pytest.fixture(autouse=True)
def close_figures():
    """Figures stay in memory until they are closed."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rows():
    return make_shaping_problem(1200, agreement=0.7)


@pytest.fixture(scope="module")
def found(rows):
    X, y, s = rows
    return budget_search([0.1, 1.0, 8.0], max_leakage=0.08, cv=2, **QUICK).fit(X, y, s)


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_a_path_is_drawn_with_its_landmarks(rows, found):
    X, y, s = rows
    display = TradeoffDisplay.from_path(found.path_, chosen=1)
    assert display.names[3:] == ["raw features", "label score"]
    np.testing.assert_allclose(display.leakage[:3], found.path_.leakage_bits[:, 0])
    np.testing.assert_allclose(display.leakage[3], found.path_.raw_bits[1])
    # The curve would be a speck beside raw features: these are named at the edge.
    assert display.ax_.get_xlim()[1] < display.leakage[3]
    assert any("raw features" in text.get_text() for text in display.ax_.texts)
    named = {"floor: what y itself says", "hull: coins between releases", "label score"}
    assert named | {"shaped, λ = 0.1 … 8"} <= set(legend(display))
    fresh = TradeoffDisplay.from_path(found.path_, X[:300], y[:300], s[:300])
    assert not np.allclose(fresh.leakage[:3], display.leakage[:3])


def test_no_release_can_be_above_the_feasible_region(found):
    display = TradeoffDisplay.from_path(found.path_)
    given = display.task_entropy_given_sensitive
    assert 0.7 < given < 1
    slack = 3 * display.leakage_error[:3] + 3 * display.utility_error[:3]
    assert (display.utility[:3] <= display.leakage[:3] + given + slack).all()


def test_the_chosen_candidate_and_the_budget_are_marked(found):
    display = TradeoffDisplay.from_cv(found)
    assert display.max_leakage == 0.08
    assert f"chosen: {display.names[found.best_index_]}" in legend(display)
    assert "budget: 0.08" in legend(display)
    np.testing.assert_allclose(
        display.leakage[1], max(0, -found.cv_results_["mean_test_leakage"][1])
    )


def test_a_certified_budget_is_drawn_to_its_limit():
    X, y, s = make_shaping_problem(2500, agreement=0.6)
    certified = budget_search(
        [0.1, 2.0, 16.0], max_leakage=0.15, verify="certificate", **QUICK
    ).fit(X, y, s)
    display = TradeoffDisplay.from_cv(certified)
    best = certified.best_index_
    reach = display.leakage[best] + display.leakage_error[best]
    assert reach == pytest.approx(certified.certificate_.bits)
    assert np.isnan(np.delete(display.leakage_error, best)).all()


def test_releases_are_attacked_on_fresh_rows(rows, found):
    X, y, s = rows
    display = TradeoffDisplay.from_estimators(
        {"shaped": found, "two columns": lambda X: X[:, :2]}, X, y, s
    )
    assert display.names == ["shaped", "two columns", "raw features"]
    assert display.leakage[2] == display.leakage.max() > 0.5
    assert set(legend(display)) >= set(display.names)


@pytest.mark.parametrize("inches", [6.0, 3.9])
@pytest.mark.parametrize("draw", ["from_path", "from_cv", "partition", "training", "leakage"])
def test_labels_keep_clear_of_each_other_and_of_the_edge(draw, inches, found, rows):
    ax = None
    if inches < 6:
        ax = plt.subplots(figsize=(inches, inches), layout="constrained")[1]
    if draw == "partition":
        display = PartitionDisplay.from_estimator(found, rows[0], ax=ax)
    elif draw == "training":
        X, y, s = small_problem()
        display = TrainingDisplay.from_estimator(cheap().fit(X, y, s), ax=ax)
    elif draw == "leakage":
        names = ["linear", "a long name of an attacker, and of a cousin of it", "mlp"]
        intervals = [(0.1, 0.05, 0.15), (0.2, 0.1, 0.25), (0.05, -0.01, 0.2)]
        display = LeakageDisplay(
            names, intervals, "mlp", at_most=0.3, label_floor=0.02, null_limit=0.01, title="sex"
        ).plot(ax)
    else:
        subject = found.path_ if draw == "from_path" else found
        display = getattr(TradeoffDisplay, draw)(subject, ax=ax)
    figure, ax = display.figure_, display.ax_
    figure.set_dpi(100)
    figure.canvas.draw()
    texts = [t for t in [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts] if t.get_text()]
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
        texts += [text for place, text in ticks if min(limits) <= place <= max(limits)]
    if ax.get_legend() is not None:
        texts += ax.get_legend().get_texts()
        assert ax.get_legend().get_window_extent().y1 < ax.get_window_extent().y0
    # Boxes are a little larger than letters.
    boxes = [text.get_window_extent().padded(-2) for text in texts]
    width, height = figure.canvas.get_width_height()
    for i, box in enumerate(boxes):
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= width + 1
        assert box.y1 <= height + 1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :]), texts[i].get_text()
    # On a thumbnail 300 pixels wide, letters are still 4 pixels high and more.
    assert min(text.get_fontsize() for text in texts) * 100 / 72 * 300 / width > 4


def test_y_and_s_are_called_what_the_data_call_them():
    X, y, s = small_problem(n=400)
    y, s = pd.Series(y, name="returns $ and $"), pd.Series(s, name="sex $x$ " + 9 * "long ")
    path = infoshape_path(X, y, s, 2, **QUICK)
    for display in (
        TradeoffDisplay.from_path(path, chosen=0),
        TradeoffDisplay.from_estimators({"a": path[0]}, X, y, s),
    ):
        display.figure_.canvas.draw()  # a pair of dollars is no formula
        assert "returns" in display.ax_.get_ylabel()
        assert "sex" in display.ax_.get_xlabel()
    partition_ = PartitionDisplay.from_estimator(path[0], X)
    partition_.figure_.canvas.draw()
    assert "sex" in partition_.ax_.get_xlabel()
    display = TrainingDisplay.from_estimator(cheap().fit(X, y, s))
    display.figure_.canvas.draw()
    assert "returns" in display.ax_.get_ylabel()


def test_a_partition_has_the_cells_that_rows_are_released_by(rows, found):
    X, _, _ = rows
    display = PartitionDisplay.from_estimator(found, X)
    released = found.transform(X)[np.random.RandomState(0).permutation(len(X))]
    g = len(display.codes)
    drawn = display.codes[
        np.minimum((display.p_task * g).astype(int), g - 1),
        np.minimum((display.p_sensitive * g).astype(int), g - 1),
    ]
    assert (drawn == released.argmax(axis=1)).mean() > 0.97
    assert "p(s = 1 | x)" in display.ax_.get_xlabel()


def test_what_has_no_plane_is_refused(rows):
    X, y, s = (part[:300] for part in rows)
    three = np.arange(300) % 3
    with pytest.raises(ValueError, match="s has 1 columns with 3 classes"):
        PartitionDisplay.from_estimator(InfoShapeTransformer(**QUICK).fit(X, y, three), X)
    with pytest.raises(ValueError, match="finite code on posteriors"):
        PartitionDisplay.from_estimator(cheap(channel="gaussian").fit(X, y, s), X)
    conditional = InfoShapeTransformer(leakage="conditional", **QUICK).fit(X, y, s)
    with pytest.raises(ValueError, match="has no cells"):
        PartitionDisplay.from_estimator(conditional, X)


def test_a_training_is_drawn_and_a_solution_is_not(found):
    X, y, s = small_problem()
    shaper = cheap(channel="gaussian").fit(X, y, s)
    display = TrainingDisplay.from_estimator(shaper)
    assert f"kept: epoch {shaper.best_epoch_}" in legend(display)
    assert "no measure of leakage" in display.ax_.get_xlabel()
    with pytest.raises(ValueError, match="is solved, not trained"):
        TrainingDisplay.from_estimator(found)


def test_hull_corners():
    hull = rising_hull(np.array([0.2, 0.1, 0.3, 0.3]), np.array([0.5, 0.1, 0.55, 0.2]))
    np.testing.assert_allclose(hull, [(0, 0), (0.2, 0.5), (0.3, 0.55)])
    np.testing.assert_allclose(rising_hull(np.zeros(1), np.ones(1)), [(0, 0), (0, 1)])


@pytest.mark.parametrize("others", [[0.05], [0.05, 0.28], [0.05, 2.0]], ids=str)
@pytest.mark.parametrize("error", [0.1, 0.9])
def test_bars_lie_within_the_axes(others, error):
    """Those of the point farthest right, too; far points are only named, and have none."""
    leakage = np.array([0.01, 0.2, *others])
    display = TradeoffDisplay(
        leakage,
        leakage + 0.3,
        [f"release {j}" for j in range(len(leakage))],
        np.arange(len(leakage)) < 2,
        leakage_error=np.where(leakage == 0.01, np.nan, error),
        utility_error=np.full(len(leakage), error),
    ).plot()
    (_, right), (_, top) = display.ax_.get_xlim(), display.ax_.get_ylim()
    drawn = leakage[leakage < 2]
    assert right > drawn.max() + error
    assert top > drawn.max() + 0.3 + error
    bars = [c for c in display.ax_.containers if hasattr(c, "has_xerr")]
    ends = np.vstack([s for bar in bars for lines in bar[2] for s in lines.get_segments()])
    assert (ends.max(axis=0) < [right, top]).all()


def test_given_axes_are_used_and_two_columns_have_a_picture_each():
    X, y, s = small_problem(n=400)
    two = np.column_stack([s, (X[:, 2] > 0).astype(int)])
    path = infoshape_path(X, y, two, 2, **QUICK)
    _, ax = plt.subplots()
    display = TradeoffDisplay.from_path(path, column=1, ax=ax)
    assert display.ax_ is ax
    np.testing.assert_allclose(display.leakage[:2], path.leakage_bits[:, 1])


def test_without_matplotlib_the_remedy_is_named(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for draw in (
        lambda: TradeoffDisplay.from_path(found.path_),
        lambda: TradeoffDisplay.from_estimators(None, None, None, None),
        lambda: PartitionDisplay.from_estimator(found, None),
        lambda: TrainingDisplay.from_estimator(None),
        lambda: LeakageDisplay(["a"], [[0.1, 0.0, 0.2]], "a").plot(),
    ):
        with pytest.raises(ImportError, match=r"pip install 'sklearn_infoshape\[plot\]'"):
            draw()
