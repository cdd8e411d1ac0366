"""LeakageDisplay: what attackers recover, between floor and upper limit."""

import numpy as np

from sklearn_infoshape.displays.axes import axes, shown_name
from sklearn_infoshape.reports.plot_attackers import AttackedAttribute, draw_attackers, n_lines
from sklearn_infoshape.reports.plot_style import need_matplotlib
from sklearn_infoshape.reports.tables import task_name
from sklearn_infoshape.reports.wording import shown

__all__ = ["LeakageDisplay"]


class LeakageDisplay:
    """What attackers recover of a sensitive attribute, between its floor and its upper limit.

    Parameters
    ----------
    names : sequence of str
        Of the attackers.
    intervals : array-like of shape (m, 3)
        Of each: bits, lower and upper end.
    best : str
        The attacker that the calibration rows chose.
    at_most : float or None, default=None
        Upper limit in bits.
    label_floor : float or None, default=None
        What the task label itself says, in bits.
    null_limit : float or None, default=None
        What attackers seldom exceed on a release that says nothing, in bits.
    title : str, default=""
        What s is called.
    task_name : str, default="y"
        What y is called.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.

    Examples
    --------
    >>> from sklearn_infoshape.displays import LeakageDisplay
    >>> display = LeakageDisplay(["linear"], [[0.1, 0.05, 0.15]], "linear", at_most=0.2)
    """

    def __init__(
        self,
        names,
        intervals,
        best,
        *,
        at_most=None,
        label_floor=None,
        null_limit=None,
        title="",
        task_name="y",
    ):
        self.names = list(names)
        self.intervals = np.asarray(intervals, dtype=float)
        self.best = best
        self.at_most = at_most
        self.label_floor = label_floor
        self.null_limit = null_limit
        self.title = title
        self.task_name = task_name

    @classmethod
    def from_report(cls, report, attribute=None, *, ax=None):
        """Draw a report of :func:`~sklearn_infoshape.audit_leakage`.

        Parameters
        ----------
        report : LeakageReport
            Of an audit.
        attribute : str, default=None
            Which sensitive attribute; None: that of the report's headline.
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        LeakageDisplay

        Raises
        ------
        ValueError
            If the report has no such attribute.
        """
        need_matplotlib()
        answers = {answer.name: answer for answer in report.by_role("sensitive", "joint")}
        if not answers:
            raise ValueError("The report has no attribute that attackers were trained on.")
        if attribute is not None and attribute not in answers:
            raise ValueError(f"attribute={attribute!r} is not one of {', '.join(answers)}.")
        answer = report.headline if attribute is None else answers[attribute]
        shown = {n: f["bits"] for n, f in answer.figures.items() if "bits" in f}
        floor = report.floors.get(answer.name)
        return cls(
            shown,
            [(bits.value, bits.low, bits.high) for bits in shown.values()],
            answer.best["bits"],
            at_most=report.at_most_by_name[answer.name].bits,
            label_floor=None if floor is None else floor.label_floor,
            null_limit=None if answer.null is None else answer.null.bits_limit,
            title=answer.name,
            task_name=task_name(report),
        ).plot(ax)

    def plot(self, ax=None):
        """Draw an interval an attacker, and lines for floor, null and upper limit.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        self : LeakageDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        rows = [
            (shown(name), *interval, name == self.best)
            for name, interval in zip(self.names, self.intervals, strict=True)
        ]
        attribute = AttackedAttribute(
            self.title, rows, self.at_most, self.label_floor, self.null_limit
        )
        ax = axes(ax, (6.0, 2.2 + 0.3 * n_lines([attribute])))
        name = shown_name([self.title] if self.title else [], "s")
        label = f"bits of {name} recovered from the release"
        draw_attackers(ax, [attribute], label, self.task_name)
        self.ax_, self.figure_ = ax, ax.figure
        return self
