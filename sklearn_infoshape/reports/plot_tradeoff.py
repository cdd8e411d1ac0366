"""The picture of a trade-off: utility against leakage, what is possible and what was chosen."""

from itertools import cycle

import numpy as np

from sklearn_infoshape.information.hull import upper_hull
from sklearn_infoshape.reports.plot_style import (
    BLUE,
    GREEN,
    GREY,
    RED,
    SKY,
    YELLOW,
    font_size,
    label_axes,
    legend_below,
    literal,
)

__all__ = ["draw_tradeoff", "padded_errors", "rising_hull"]

_MARGIN = 1.04  # how much farther the axes go than the bars
_FAR = 2.5  # how much farther right than the curve a point is when it is only named there


def draw_tradeoff(
    ax,
    leakage,
    utility,
    names,
    is_shaped,
    *,
    x_label,
    y_label,
    leakage_error=None,
    utility_error=None,
    label_floor=None,
    task_entropy_given_sensitive=None,
    max_leakage=None,
    chosen=None,
    task_name="y",
):
    """Draw releases as points.

    Parameters
    ----------
    ax : matplotlib Axes
    leakage, utility : ndarray of shape (m,)
    names : sequence of str
        Of the releases. Of those that are not shaped, each gets a marker of its own.
    is_shaped : ndarray of shape (m,), dtype bool
        Which points belong to one curve, in the order in which they are joined.
    x_label, y_label : str
    leakage_error, utility_error : ndarray of shape (k,) or None, default=None
        Half lengths of bars of the first k points, NaN for none.
    label_floor, task_entropy_given_sensitive, max_leakage : float or None, default=None
        Landmarks, in the units of the axes.
    chosen : int or None, default=None
        Which point is marked.
    task_name : str, default="y"
    """
    shaped = np.flatnonzero(is_shaped)
    bars = [padded_errors(e, len(leakage)) for e in (leakage_error, utility_error)]
    right, far = _right(leakage, is_shaped, max_leakage, label_floor)
    top = 1.14 * max(np.nanmax(utility, initial=1e-3), 1e-3)
    right = max(right, _MARGIN * _end(leakage[~far], bars[0][~far]))
    top = max(top, _MARGIN * _end(utility, bars[1] * np.where(far, np.nan, 1.0)))
    _draw_limits(ax, right, top, task_entropy_given_sensitive, label_floor, max_leakage, task_name)
    _draw_curve(ax, leakage, utility, names, shaped, bars)
    markers, colours = cycle("sDv^P*"), cycle([RED, GREEN, YELLOW, "#CC79A7", SKY])
    for j in np.flatnonzero(~is_shaped):
        if far[j]:
            _name_at_edge(ax, right, utility[j], f"{names[j]}\n{leakage[j]:.2f} →")
            continue
        ax.errorbar(
            leakage[j],
            utility[j],
            xerr=_bar(bars[0][j]),
            yerr=_bar(bars[1][j]),
            fmt=next(markers),
            color=next(colours),
            ms=8,
            mec="black",
            mew=0.6,
            elinewidth=1,
            label=literal(names[j]),
            zorder=5,
        )
    if chosen is not None:
        ax.plot(
            leakage[chosen],
            utility[chosen],
            "o",
            ms=14,
            mfc="none",
            mec=RED,
            mew=2.2,
            label=f"chosen: {literal(names[chosen])}",
            zorder=6,
        )
    ax.set_xlim(-0.02 * right, right)
    ax.set_ylim(0, top)
    ax.grid(alpha=0.25)
    label_axes(ax, x_label, y_label)
    legend_below(ax)


def padded_errors(errors, n_points):
    """Half lengths of bars of all points, NaN for none.

    Parameters
    ----------
    errors : array-like of shape (k,) or None
        Of the first k points.
    n_points : int

    Returns
    -------
    ndarray of shape (n_points,)
    """
    full = np.full(n_points, np.nan)
    if errors is not None:
        full[: len(errors)] = errors
    return full


def rising_hull(leakage, utility):
    """Corners of the least concave, rising curve above the points and the origin.

    Parameters
    ----------
    leakage, utility : ndarray of shape (m,)

    Returns
    -------
    ndarray of shape (k, 2)
    """
    hull = np.array(upper_hull([(0.0, 0.0), *zip(leakage, utility, strict=True)]))
    rising = hull[: hull[:, 1].argmax() + 1]
    return rising if rising[0, 1] == 0 else np.vstack([np.zeros(2), rising])


def _end(values, errors):
    """How far points and their bars go."""
    ends = values + np.nan_to_num(errors)
    return np.max(ends[np.isfinite(ends)], initial=0.0)


def _right(leakage, is_shaped, max_leakage, label_floor):
    """The right end of the axis, and which points lie so far off that they are named there."""
    near = leakage[is_shaped]
    most = max(np.nanmax(leakage, initial=1e-3), max_leakage or 0.0)
    needed = max(np.nanmax(near, initial=1e-3), max_leakage or 0.0, label_floor or 0)
    if not len(near) or most < _FAR * needed:
        return 1.08 * most, np.zeros(len(leakage), dtype=bool)
    return 1.6 * needed, ~is_shaped & (leakage > 1.5 * needed)


def _name_at_edge(ax, right, height, text):
    ax.annotate(
        literal(text),
        (right, height),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=font_size(ax, 11),
        zorder=5,
        bbox={"fc": "white", "ec": RED, "alpha": 0.9, "boxstyle": "round,pad=.25"},
    )


def _draw_limits(ax, right, top, given, label_floor, max_leakage, task_name):
    """What no release attains, the label floor, and the budget."""
    if given is not None:
        x = np.array([-0.02 * right, right])
        border = x + given
        if border[0] < top:
            ax.fill_between(
                x,
                border,
                top,
                fc="0.9",
                hatch="//",
                ec="0.75",
                lw=0,
                label="out of reach",
            )
    if label_floor is not None and 0 < label_floor < right:
        label = f"floor: what {literal(task_name)} itself says"
        ax.axvline(label_floor, color=GREY, ls=":", lw=1.8, label=label)
    if max_leakage is not None:
        ax.axvline(max_leakage, color=RED, ls="--", lw=1.8, label=f"budget: {max_leakage:g}")


def _draw_curve(ax, leakage, utility, names, shaped, bars):
    """The path with its bars, and the hull that coins between its releases attain."""
    if not len(shaped):
        return
    hull = rising_hull(leakage[shaped], utility[shaped])
    if len(hull) > 1:
        label = "hull: coins between releases"
        ax.plot(*hull.T, "-", color=SKY, lw=3, alpha=0.6, label=label, zorder=1)
    first, last = (literal(names[j]) for j in (shaped[0], shaped[-1]))
    both = f"shaped, {first} … {last.removeprefix('λ = ')}"
    ax.errorbar(
        leakage[shaped],
        utility[shaped],
        xerr=_bar(bars[0][shaped]),
        yerr=_bar(bars[1][shaped]),
        fmt="o-",
        color=BLUE,
        ms=5,
        lw=1,
        ecolor="#7FB2D5",
        elinewidth=1,
        label=first if len(shaped) == 1 else both,
        zorder=3,
    )


def _bar(errors):
    return None if np.isnan(errors).all() else np.nan_to_num(errors)
