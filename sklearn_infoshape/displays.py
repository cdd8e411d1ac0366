"""Pictures, in scikit-learn's Display style; matplotlib is needed only when one is drawn."""

import numpy as np

__all__ = ["LeakageDisplay", "TradeoffDisplay"]

# From light to dark, legible in grey and to the colour-blind.
_SHADES = np.array(
    ["#DEEBF7", "#C6DBEF", "#9ECAE1", "#6BAED6", "#4292C6", "#2171B5", "#08519C", "#08306B"]
)


def _axes(ax):
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "Pictures need matplotlib: pip install 'sklearn_infoshape[plot]'."
        ) from None
    return plt.subplots(figsize=(7.2, 4.2), layout="constrained")[1] if ax is None else ax


class TradeoffDisplay:
    """Utility against leakage, a point a release.

    Parameters
    ----------
    leakage, utility : array-like of shape (m,)
        Bits of s and of y that fresh models recover from each release.
    names : sequence of str
        Of the releases.
    is_shaped : sequence of bool
        Which points belong to one curve, in the order in which they are joined.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.

    Examples
    --------
    >>> from sklearn_infoshape.displays import TradeoffDisplay
    >>> display = TradeoffDisplay([0.9, 0.1], [0.9, 0.8], ["raw", "λ = 1"], [False, True])
    """

    def __init__(self, leakage, utility, names, is_shaped):
        self.leakage = np.asarray(leakage, dtype=float)
        self.utility = np.asarray(utility, dtype=float)
        self.names = list(names)
        self.is_shaped = np.asarray(is_shaped, dtype=bool)

    def plot(self, ax=None):
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        self : TradeoffDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = _axes(ax)
        shaped = np.flatnonzero(self.is_shaped)
        ax.plot(self.leakage[shaped], self.utility[shaped], "-", color="0.6", zorder=1)
        shades = iter(_SHADES[np.linspace(0, len(_SHADES) - 1, max(1, len(shaped))).astype(int)])
        markers = iter("sDv^P*" * len(self.names))
        for j, name in enumerate(self.names):
            colour, marker = ("#D55E00", next(markers)) if j not in shaped else (next(shades), "o")
            ax.plot(
                self.leakage[j],
                self.utility[j],
                marker,
                color=colour,
                label=name,
                ls="none",
                markeredgecolor="black",
                markeredgewidth=0.6,
            )
        ax.set_xlabel("leakage: bits of s that fresh attackers recover")
        ax.set_ylabel("utility: bits of y recovered")
        ax.set_xlim(left=min(0, ax.get_xlim()[0]))
        ax.set_ylim(0, ax.get_ylim()[1] * 1.08)
        ax.grid(alpha=0.3)
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


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
    ):
        self.names = list(names)
        self.intervals = np.asarray(intervals, dtype=float)
        self.best = best
        self.at_most = at_most
        self.label_floor = label_floor
        self.null_limit = null_limit
        self.title = title

    @classmethod
    def from_report(cls, report, attribute=None, *, ax=None):
        """Draw a report of :func:`~sklearn_infoshape.audit_leakage`.

        Parameters
        ----------
        report : LeakageReport
        attribute : str, default=None
            Which sensitive attribute; None: that of the report's headline.
        ax : matplotlib Axes, default=None

        Returns
        -------
        LeakageDisplay

        Raises
        ------
        ValueError
            If the report has no such attribute.
        """
        answers = {answer.name: answer for answer in report.by_role("sensitive", "joint")}
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
        ax = _axes(ax)
        for row, (name, (bits, low, high)) in enumerate(
            zip(self.names, self.intervals, strict=True)
        ):
            colour = "#D55E00" if name == self.best else "#2171B5"
            ax.plot([low, high], [row, row], "-", color=colour, linewidth=2)
            ax.plot(bits, row, "o", color=colour, markeredgecolor="black", markeredgewidth=0.6)
        lines = [
            (self.null_limit, ":", "0.4", "null: seldom above, if nothing leaks"),
            (self.label_floor, "--", "#009E73", "label floor: what y itself says"),
            (self.at_most, "-", "black", "at most (certificate)"),
        ]
        drawn = [
            ax.axvline(bits, linestyle=style, color=colour, label=label)
            for bits, style, colour, label in lines
            if bits is not None
        ]
        ax.set_yticks(range(len(self.names)), self.names)
        ax.invert_yaxis()
        ax.set_xlabel(f"bits of {self.title or 's'} recovered (at least)")
        if drawn:
            ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
        ax.grid(axis="x", alpha=0.3)
        self.ax_, self.figure_ = ax, ax.figure
        return self
