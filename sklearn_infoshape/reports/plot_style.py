"""What all pictures share: colours, sizes, legends that cover nothing, and SVG without pyplot."""

import io
import textwrap
import threading
from xml.etree import ElementTree

from sklearn_infoshape._optional import needed
from sklearn_infoshape.reports.wording import one_line

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "RED",
    "SKY",
    "YELLOW",
    "font_size",
    "label_axes",
    "legend_below",
    "literal",
    "need_matplotlib",
    "svg",
    "wrapped",
]

# Okabe and Ito's palette, dark enough on white; the colour-blind tell them apart.
BLUE = "#0072B2"
RED = "#D55E00"
GREEN = "#009E73"
YELLOW = "#E69F00"
SKY = "#56B4E9"
GREY = "0.45"

_PER_LETTER = 0.55  # of the font size, on average
_NARROW = 5.0  # inches
_DEFAULTS = (
    "axes.",
    "errorbar.",
    "figure.",
    "font.",
    "grid.",
    "hatch.",
    "legend.",
    "lines.",
    "mathtext.",
    "patch.",
    "path.",
    "savefig.",
    "svg.",
    "text.",
    "xtick.",
    "ytick.",
)
# rcParams are the process's: two threads that lend each other theirs would mix them up.
_LOCK = threading.Lock()


def need_matplotlib(extra="plot"):
    """Refuse before any work where pictures cannot be drawn.

    Parameters
    ----------
    extra : str, default="plot"
        The extra that brings matplotlib.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    needed("matplotlib", "A picture", extra=extra)


def literal(text):
    """Text that matplotlib shows as it is: a pair of dollars is no formula, a break a blank."""
    shown = "\n".join(one_line(line) for line in str(text).split("\n"))
    return shown.replace("$", r"\$")


def wrapped(text, width, most_lines=3):
    """Text in a few lines of so many letters, for ticks and axes.

    Parameters
    ----------
    text : str
    width : int
    most_lines : int, default=3
        What is longer ends in an ellipsis.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.reports.plot_style import wrapped
    >>> wrapped("linear, boosting", 9).split(chr(10))
    ['linear,', 'boosting']
    """
    lines = textwrap.wrap(
        " ".join(str(text).split()), max(4, width), max_lines=most_lines, placeholder=" …"
    )
    return "\n".join(lines)


def font_size(ax, size):
    """A size in points, less on a narrow figure."""
    return size if ax.figure.get_figwidth() >= _NARROW else round(0.85 * size, 1)


def label_axes(ax, x, y=None, size=12, room=0.78):
    """Name the axes, in lines as long as the axes have room for.

    Parameters
    ----------
    ax : matplotlib Axes
    x : str
    y : str or None, default=None
    size : float, default=12
        Of letters, in points.
    room : float, default=0.78
        Share of the figure's width that the x axis has.
    """
    size = font_size(ax, size)
    for text, inches, name in (
        (x, room * ax.figure.get_figwidth(), ax.set_xlabel),
        (y, 0.5 * ax.figure.get_figheight(), ax.set_ylabel),
    ):
        if text is not None:
            letters = int(72 * inches / (_PER_LETTER * size))
            lines = [wrapped(line, letters) for line in text.split("\n")]
            name(literal("\n".join(lines)), fontsize=size)
    ax.tick_params(labelsize=font_size(ax, size - 1))


def legend_below(ax, handles=None, size=10.5):
    """A legend below the axis and its label, in two columns where they fit.

    Parameters
    ----------
    ax : matplotlib Axes
        Whose x axis has its label.
    handles : list of artists, default=None
        None: all that have labels.
    size : float, default=10.5
        Of letters, in points.
    """
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    if not handles:
        return
    size = font_size(ax, size)
    # The axes of a new figure take .775 of it, and nearly all after it is laid out.
    inches = ax.figure.get_figwidth() * min(1.0, ax.get_position().width / 0.775)
    letters = int(72 * inches / (_PER_LETTER * size))
    longest = max(len(handle.get_label()) for handle in handles)
    n_columns = 2 if 2 * (longest + 5) <= letters else 1
    label = ax.xaxis.label
    ticks = 11 + 1.2 * (ax.xaxis.get_ticklabels() or [label])[0].get_fontsize()
    lines = 1 + label.get_text().count("\n") if label.get_text() else 0
    points = ticks + 1.35 * lines * label.get_fontsize()
    below = ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    # Beside long tick labels an axis is narrow: only the figure has room for the legend.
    across = ax.figure.transFigure if len(ax.figure.axes) == 1 else ax.transAxes
    ax.legend(
        handles=handles,
        labels=[wrapped(handle.get_label(), letters - 7) for handle in handles],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=blended_transform_factory(across, ax.transAxes + below),
        borderaxespad=0.2,
        ncols=n_columns,
        frameon=False,
        fontsize=size,
        handlelength=1.7,
        columnspacing=1.2,
    )


def svg(draw, size, name, label):
    """Draw on axes of a figure of its own, and hand it over as SVG to stand within HTML.

    Equal drawings are equal text, whatever the caller's settings of matplotlib are; these, and
    pyplot's figures, stay as they are.

    Parameters
    ----------
    draw : callable
        Gets the axes.
    size : tuple of float
        Inches.
    name : str
        Of letters; makes what the picture refers to its own within a page.
    label : str
        What it shows, for those who do not see it.

    Returns
    -------
    str
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    own = {key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_DEFAULTS)}
    own.update({"svg.fonttype": "none", "svg.hashsalt": name, "text.usetex": False})
    buffer = io.BytesIO()
    with _LOCK, mpl.rc_context(own):
        figure = Figure(figsize=size, layout="constrained")
        canvas = FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        canvas.print_figure(buffer, format="svg", facecolor="none", metadata=nothing)
    return _within_html(buffer.getvalue(), name, label)


def _within_html(drawn, name, label):
    """Without what belongs to a file of its own, and with names that no other picture has."""
    root = ElementTree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key, value in list(element.attrib.items()):
            del element.attrib[key]
            key = key.rpartition("}")[2]
            if key == "id":
                value = f"{name}-{value}"
            elif key == "href":
                value = value.replace("#", f"#{name}-", 1)
            element.set(key, value.replace("url(#", f"url(#{name}-"))
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", " ".join(one_line(label).split()))
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
