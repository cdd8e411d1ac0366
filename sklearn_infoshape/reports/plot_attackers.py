"""The picture of attackers: what each recovers, between a floor and an upper limit."""

from dataclasses import dataclass

from sklearn_infoshape.reports.plot_style import (
    BLUE,
    GREEN,
    GREY,
    RED,
    font_size,
    label_axes,
    legend_below,
    literal,
    wrapped,
)

__all__ = ["AttackedAttribute", "draw_attackers", "n_lines"]

_LETTERS = 28
_ROOM = 0.42  # share of the width that ticks may take


@dataclass(frozen=True)
class AttackedAttribute:
    """What attackers recover of one attribute.

    Attributes
    ----------
    name : str
    rows : list of (str, float, float, float, bool)
        Of each attacker, or of several that found the same: name, bits, lower and upper end,
        and whether calibration rows chose it.
    at_most, label_floor, null_limit : float or None
        In bits.
    """

    name: str
    rows: list
    at_most: float | None = None
    label_floor: float | None = None
    null_limit: float | None = None


def n_lines(attributes, inches=6.0):
    """How many lines of text the ticks take.

    Parameters
    ----------
    attributes : list of AttackedAttribute
    inches : float, default=6.0
        Width of the picture.

    Returns
    -------
    int
    """
    return sum(lines for _, lines in _ticks(attributes, inches))


def draw_attackers(ax, attributes, x_label, task_name="y"):
    """Draw an interval an attacker, and lines for floor, null and upper limit.

    Parameters
    ----------
    ax : matplotlib Axes
    attributes : list of AttackedAttribute
        Several stand below each other, each under its name.
    x_label : str
    task_name : str, default="y"
    """
    from matplotlib.lines import Line2D

    size = font_size(ax, 11)
    places, texts, bold = [], [], []
    top = 0.0
    spans = []
    ticks = _ticks(attributes, ax.figure.get_figwidth())
    for attribute in attributes:
        start = top
        if len(attributes) > 1:
            text, lines = next(ticks)
            places.append(top + lines / 2)
            texts.append(text)
            bold.append(len(places) - 1)
            top += lines
        for _, bits, low, high, is_best in attribute.rows:
            text, lines = next(ticks)
            place = top + lines / 2
            colour = RED if is_best else BLUE
            ax.plot([low, high], [place, place], "-", color=colour, linewidth=2, zorder=3)
            ax.plot(
                bits,
                place,
                "D" if is_best else "o",
                color=colour,
                markeredgecolor="black",
                markeredgewidth=0.6,
                zorder=4,
            )
            places.append(place)
            texts.append(text)
            top += lines
        spans.append((start, top))
    drawn = _draw_limits(ax, attributes, spans, task_name)
    for start, _ in spans[1:]:
        ax.axhline(start, color="0.8", linewidth=0.8)
    ax.set_yticks(places, [literal(text) for text in texts], fontsize=size)
    for number in bold:
        ax.get_yticklabels()[number].set_fontweight("bold")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(top + 0.1, -0.1)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    label_axes(ax, x_label, room=0.6)
    for label in ax.get_yticklabels():
        label.set_fontsize(size)
    are_best = {row[-1] for attribute in attributes for row in attribute.rows}
    kinds = [(True, RED, "D", "best on calibration rows"), (False, BLUE, "o", "other attackers")]
    points = [
        Line2D([], [], color=colour, marker=marker, mec="black", mew=0.6, lw=2, label=label)
        for is_best, colour, marker, label in kinds
        if is_best in are_best
    ]
    legend_below(ax, [*points, *drawn])


def _ticks(attributes, inches):
    """Text and number of lines of each tick, from above."""
    letters = min(_LETTERS, int(_ROOM * 72 * inches / 6))
    for attribute in attributes:
        if len(attributes) > 1:
            text = wrapped(attribute.name, letters)
            yield text, text.count("\n") + 1.3
        for row in attribute.rows:
            text = wrapped(row[0], letters)
            yield text, text.count("\n") + 1


def _draw_limits(ax, attributes, spans, task_name):
    """Lines over the rows of their attribute; those that go into the legend."""
    kinds = {
        "null_limit": (":", GREY, "seldom above if nothing leaks"),
        "label_floor": ("--", GREEN, f"floor: what {literal(task_name)} itself says"),
        "at_most": ("-", "black", "at most: upper limit"),
    }
    named: dict = {}
    for attribute, (start, end) in zip(attributes, spans, strict=True):
        for kind, (style, colour, label) in kinds.items():
            bits = getattr(attribute, kind)
            if bits is not None:
                (line,) = ax.plot(
                    [bits, bits],
                    [start - 0.1, end + 0.1] if len(attributes) == 1 else [start, end],
                    linestyle=style,
                    color=colour,
                    linewidth=1.6,
                    label=None if kind in named else label,
                    zorder=2,
                )
                named.setdefault(kind, line)
    return [named[kind] for kind in kinds if kind in named]
