"""TrainingDisplay: the curves of a training, epoch by epoch."""

import numpy as np

from sklearn_infoshape.audit.release import fitted_shaper
from sklearn_infoshape.displays.axes import axes, column_names
from sklearn_infoshape.reports.plot_style import (
    BLUE,
    GREEN,
    RED,
    label_axes,
    legend_below,
    literal,
    need_matplotlib,
)

__all__ = ["TrainingDisplay"]

_CURVES = {
    "train_lagrangian": ("Lagrangian, training", BLUE, "--"),
    "valid_lagrangian": ("Lagrangian, held out", BLUE, "-"),
    "valid_utility_bound": ("bound on {y}, held out", GREEN, "-."),
    "valid_leakage_bound": ("bound* on {s}, held out", RED, ":"),
}


class TrainingDisplay:
    """What a training recorded, a curve each.

    Parameters
    ----------
    history : list of dict
        ``history_`` of a fitted InfoShapeTransformer, in bits.
    best_epoch : int, default=None
        Counted from 1; marked.
    task_name, sensitive_name : str, default="y", "s"
        What y and s are called.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.

    Examples
    --------
    >>> from sklearn_infoshape.displays import TrainingDisplay
    >>> display = TrainingDisplay([{"train_lagrangian": 0.1}, {"train_lagrangian": 0.2}])
    """

    def __init__(self, history, best_epoch=None, *, task_name="y", sensitive_name="s"):
        self.history = list(history)
        self.best_epoch = best_epoch
        self.task_name, self.sensitive_name = task_name, sensitive_name

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the training of a fitted transformer.

        Parameters
        ----------
        estimator : InfoShapeTransformer or a search that holds one
            Fitted in epochs: ``posterior=None``, or ``channel`` "gaussian" or
            "deterministic".
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        ValueError
            If there are not two epochs to draw: finite codes on posteriors are solved.
        """
        need_matplotlib()
        estimator = fitted_shaper(estimator)
        if len(estimator.history_) < 2:
            raise ValueError(
                "history_ has one entry: a finite code on posteriors is solved, not trained epoch "
                "by epoch. Use PartitionDisplay, or posterior=None and more than one epoch."
            )
        task_name, sensitive_name = column_names(estimator.labels_)
        return cls(
            estimator.history_,
            estimator.best_epoch_,
            task_name=task_name,
            sensitive_name=sensitive_name,
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        self : TrainingDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = axes(ax)
        own = {"y": self.task_name, "s": self.sensitive_name}
        epochs = np.arange(1, len(self.history) + 1)
        for name, (label, colour, style) in _CURVES.items():
            values = [epoch.get(name, np.nan) for epoch in self.history]
            if np.isfinite(values).any():
                shown = literal(label.format(**own))
                ax.plot(epochs, values, style, color=colour, lw=1.8, label=shown)
        if self.best_epoch is not None:
            ax.axvline(
                self.best_epoch, color="0.45", lw=1.2, label=f"kept: epoch {self.best_epoch}"
            )
        ax.grid(alpha=0.25)
        label_axes(
            ax,
            "epoch\n* of the training critic: no measure of leakage",
            f"bits of {self.task_name} and of {self.sensitive_name}",
        )
        legend_below(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self
