"""PartitionDisplay: the code's cells in the plane of what X says of y and of s."""

import numpy as np

from sklearn_infoshape.displays.axes import axes

__all__ = ["PartitionDisplay"]

_GRID = 301
_MOST_ROWS = 1500
_SMALLEST_CELL = 0.004  # of the plane: below, no number fits in


class PartitionDisplay:
    """A finite code of binary labels as a partition of the plane p(y|x) against p(s|x).

    Parameters
    ----------
    codes : ndarray of shape (g, g)
        The most probable code at each point of the plane; rows go with p(y|x).
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

    def __init__(self, codes, p_sensitive, p_task, shares, task_given_code, names):
        self.codes = codes
        self.p_sensitive, self.p_task = p_sensitive, p_task
        self.shares, self.task_given_code = shares, task_given_code
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, X, *, random_state=0, ax=None):
        """Draw the code of a fitted transformer, and rows in it.

        Parameters
        ----------
        estimator : InfoShapeTransformer
            Fitted; a finite code on posteriors of one binary y and one binary s.
        X : array-like of shape (n, p)
            Rows to show; at most 1,500 of them, at random.
        random_state : int, default=0
        ax : matplotlib Axes, default=None

        Returns
        -------
        PartitionDisplay

        Raises
        ------
        ValueError
            If the code does not live in such a plane.
        """
        release, labels = estimator.release_, estimator.labels_
        _check(estimator, release, labels)
        rows, identities, _ = estimator._read_rows(X)
        chosen = np.random.RandomState(random_state).permutation(len(rows))[:_MOST_ROWS]
        features = release.features(rows[chosen], [identities[i] for i in chosen])
        ticks = (np.arange(_GRID) + 0.5) / _GRID
        s, y = np.meshgrid(ticks, ticks)
        plane = np.column_stack([1 - y.ravel(), y.ravel(), 1 - s.ravel(), s.ravel()])
        codes = release.channel.probabilities(release.outputs(plane)).argmax(axis=1)
        book = estimator.codebook_
        names = tuple(
            f"p({column.name} = {column.classes[1]} | x)"
            for column in (labels.sensitives[0], labels.tasks[0])
        )
        return cls(
            codes.reshape(s.shape),
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

        Returns
        -------
        self : PartitionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = axes(ax, (6.4, 5.2))
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
        for code in np.unique(self.codes):
            inside = self.codes == code
            if not inside.all():
                ax.contour(ticks, ticks, inside, levels=[0.5], colors="black", linewidths=1.4)
        ax.scatter(
            self.p_sensitive, self.p_task, s=7, c="black", alpha=0.35, lw=0, label="rows", zorder=3
        )
        for code in np.unique(self.codes):
            self._number(ax, ticks, code)
        ax.set_xlabel(f"what X says of s: {self.names[0]}", fontsize=12)
        ax.set_ylabel(f"what X says of y: {self.names[1]}", fontsize=12)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.tick_params(labelsize=11)
        bar = ax.figure.colorbar(image, ax=ax)
        bar.set_label("share of the y-axis' class among a code's rows", fontsize=11)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _number(self, ax, ticks, code):
        """Write a code's share where its cell is widest."""
        from scipy.ndimage import distance_transform_edt

        inside = np.pad(self.codes == code, 1)
        if inside.mean() < _SMALLEST_CELL:
            return
        depth = distance_transform_edt(inside)[1:-1, 1:-1]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        if depth.max() < 0.022 * len(ticks):  # a number would cross the borders
            return
        ax.text(
            ticks[column],
            ticks[row],
            f"{self.shares[code]:.0%}",
            ha="center",
            va="center",
            fontsize=11,
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
