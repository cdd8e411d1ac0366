"""PartitionDisplay: the code's cells in the plane of what X says of y and of s."""

import numpy as np

from sklearn_infoshape.audit.release import fitted_shaper
from sklearn_infoshape.displays.axes import axes, shown_name
from sklearn_infoshape.reports.plot_style import font_size, label_axes, literal, need_matplotlib

__all__ = ["PartitionDisplay"]

_GRID = 301
_MOST_ROWS = 1500


class PartitionDisplay:
    """A finite code of binary labels as a partition of the plane p(y|x) against p(s|x).

    Parameters
    ----------
    scores : ndarray of shape (g, g, K)
        Of the codes at each point of the plane, the largest wins; rows go with p(y|x).
    p_sensitive, p_task : ndarray of shape (n,)
        Posteriors of rows, drawn as dots.
    shares : ndarray of shape (K,)
        Of the rows, for each code.
    task_given_code : ndarray of shape (K,)
        p(y | code) of the class on the axis: it colours the cells.
    names : tuple of str
        What the axes are called: of s, of y.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.
    """

    def __init__(self, scores, p_sensitive, p_task, shares, task_given_code, names):
        self.scores, self.codes = scores, scores.argmax(axis=-1)
        self.p_sensitive, self.p_task = p_sensitive, p_task
        self.shares, self.task_given_code = shares, task_given_code
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, X, *, random_state=0, ax=None):
        """Draw the code of a fitted transformer, and rows in it.

        Parameters
        ----------
        estimator : InfoShapeTransformer or a search that holds one
            Fitted; a finite code on posteriors of one binary y and one binary s.
        X : array-like of shape (n, p)
            Rows to show; at most 1,500 of them, at random.
        random_state : int, default=0
            Of what is drawn.
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        PartitionDisplay

        Raises
        ------
        ValueError
            If the code does not live in such a plane.
        """
        need_matplotlib()
        estimator = fitted_shaper(estimator)
        release, labels = estimator.release_, estimator.labels_
        _check(estimator, release, labels)
        sample, _ = estimator._read_rows(X)
        chosen = np.random.RandomState(random_state).permutation(len(sample))[:_MOST_ROWS]
        features = release.features(sample.take(chosen))
        ticks = (np.arange(_GRID) + 0.5) / _GRID
        s, y = np.meshgrid(ticks, ticks)
        plane = np.column_stack([1 - y.ravel(), y.ravel(), 1 - s.ravel(), s.ravel()])
        scores = release.channel.scores(release.outputs(plane))
        book = estimator.codebook_
        names = tuple(
            f"p({shown_name([column.name], role)} = {column.classes[1]} | x)"
            for role, column in (("s", labels.sensitives[0]), ("y", labels.tasks[0]))
        )
        return cls(
            scores.reshape(*s.shape, -1),
            features[:, 3],
            features[:, 1],
            book["share"],
            next(iter(book["target"].values()))[:, 1],
            names,
        ).plot(ax)

    def plot(self, ax=None):
        """Draw cells, borders, rows, and the number and share of each code.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        self : PartitionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = axes(ax, (6.0, 4.8))
        image = ax.imshow(
            self.task_given_code[self.codes],
            origin="lower",
            extent=(0, 1, 0, 1),
            cmap="cividis",
            vmin=0,
            vmax=1,
            alpha=0.55,
            aspect="auto",
        )
        ticks = (np.arange(len(self.codes)) + 0.5) / len(self.codes)
        present = np.unique(self.codes)
        for code in present[: None if len(present) > 1 else 0]:
            rivals = np.delete(self.scores, code, axis=-1).max(axis=-1)
            margin = self.scores[..., code] - rivals
            ax.contour(ticks, ticks, margin, levels=[0], colors="black", linewidths=1.4)
        ax.scatter(self.p_sensitive, self.p_task, s=7, c="black", alpha=0.35, lw=0, zorder=3)
        placed: list[tuple[float, float]] = []
        for code in present:
            self._number(ax, ticks, code, placed)
        label_axes(ax, f"of s: {self.names[0]}", f"of y: {self.names[1]}")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        bar = ax.figure.colorbar(image, ax=ax)
        label = f"colour: {self.names[1].replace('| x)', '| code)')}\n%: share of rows"
        bar.set_label(literal(label), fontsize=font_size(ax, 11))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _number(self, ax, ticks, code, placed):
        """Write a code's share where its cell is high, and no other number stands."""
        best = None
        for x in np.linspace(0.09, 0.91, 9):
            column = (self.codes == code)[:, int(x * len(ticks))]
            if not column.any():
                continue
            y = float(np.clip(ticks[column].mean(), 0.04, 0.96))
            free = all(abs(x - u) > 0.14 or abs(y - v) > 0.075 for u, v in placed)
            if free and (best is None or column.sum() > best[0]):
                best = (column.sum(), x, y)
        if best is None:
            return
        placed.append(best[1:])
        share = self.shares[code]
        ax.text(
            *best[1:],
            f"{share:.0%}" if share >= 0.005 else "<1%",
            ha="center",
            va="center",
            fontsize=font_size(ax, 11),
            weight="bold",
            color="black",
            zorder=5,
            bbox={"fc": "white", "ec": "0.3", "lw": 0.6, "alpha": 0.9, "boxstyle": "round,pad=.2"},
        )


def _check(estimator, release, labels):
    remedy = "Use TradeoffDisplay for others."
    if release.channel.estimators != ("plugin",) or release.posteriors is None:
        raise ValueError(
            "PartitionDisplay draws a finite code on posteriors: channel='categorical' and a "
            f"posterior. {remedy}"
        )
    if estimator.leakage != "marginal":
        raise ValueError(
            "PartitionDisplay draws the plane of p(y|x) and p(s|x), in which a code of "
            f"leakage='conditional' has no cells: it reads p(y, s|x). {remedy}"
        )
    columns = {"y": labels.tasks, "s": labels.sensitives}
    for name, found in columns.items():
        if len(found) != 1 or found[0].n_classes != 2:
            shape = " and ".join(str(column.n_classes) for column in found) or "no"
            raise ValueError(
                f"PartitionDisplay needs one binary y and one binary s; {name} has {len(found)} "
                f"columns with {shape} classes. {remedy}"
            )
