"""TrainingDisplay: the curves of a training, epoch by epoch."""

import numpy as np

from sklearn_infoshape.audit.release import fitted_shaper
from sklearn_infoshape.displays.axes import BLUE, GREEN, RED, axes

__all__ = ["TrainingDisplay"]

_CURVES = {
    "train_lagrangian": ("Lagrangian, training", BLUE, "--"),
    "valid_lagrangian": ("Lagrangian, held out", BLUE, "-"),
    "valid_utility_bound": ("utility bound, held out", GREEN, "-."),
    "valid_leakage_bound": ("leakage bound*, held out", RED, ":"),
}


class TrainingDisplay:
    """What a training recorded, a curve each.

    Parameters
    ----------
    history : list of dict
        ``history_`` of a fitted InfoShapeTransformer, in bits.
    best_epoch : int, default=None
        Counted from 1; marked.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.

    Examples
    --------
    >>> from sklearn_infoshape.displays import TrainingDisplay
    >>> display = TrainingDisplay([{"train_lagrangian": 0.1}, {"train_lagrangian": 0.2}])
    """

    def __init__(self, history, best_epoch=None):
        self.history = list(history)
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the training of a fitted transformer.

        Parameters
        ----------
        estimator : InfoShapeTransformer or a search that holds one
            Fitted in epochs: ``posterior=None``, or ``channel`` "gaussian" or
            "deterministic".
        ax : matplotlib Axes, default=None

        Returns
        -------
        TrainingDisplay

        Raises
        ------
        ValueError
            If there are not two epochs to draw: finite codes on posteriors are solved.
        """
        estimator = fitted_shaper(estimator)
        if len(estimator.history_) < 2:
            raise ValueError(
                "history_ has one entry: a finite code on posteriors is solved, not trained epoch "
                "by epoch. Use PartitionDisplay, or posterior=None and more than one epoch."
            )
        return cls(estimator.history_, estimator.best_epoch_).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None

        Returns
        -------
        self : TrainingDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = axes(ax)
        epochs = np.arange(1, len(self.history) + 1)
        for name, (label, colour, style) in _CURVES.items():
            values = [epoch.get(name, np.nan) for epoch in self.history]
            if np.isfinite(values).any():
                ax.plot(epochs, values, style, color=colour, lw=1.8, label=label)
        if self.best_epoch is not None:
            ax.axvline(
                self.best_epoch, color="0.45", lw=1.2, label=f"kept: epoch {self.best_epoch}"
            )
        ax.set_xlabel("epoch\n* of the training critic: no measure of leakage", fontsize=13)
        ax.set_ylabel("bits", fontsize=13)
        ax.tick_params(labelsize=12)
        ax.grid(alpha=0.25)
        ax.legend(loc="best", framealpha=0.95, fontsize=11)
        self.ax_, self.figure_ = ax, ax.figure
        return self
