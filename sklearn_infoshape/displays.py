"""Pictures, in scikit-learn's Display style; matplotlib is needed only when one is drawn."""

import numpy as np

__all__ = ["TradeoffDisplay"]

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
