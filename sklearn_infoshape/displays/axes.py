"""What all pictures share: axes, and colours that the colour-blind tell apart."""

__all__ = ["BLUE", "GREEN", "GREY", "RED", "YELLOW", "axes", "check_matplotlib"]

# Okabe and Ito's palette, dark enough on white.
BLUE = "#0072B2"
RED = "#D55E00"
GREEN = "#009E73"
YELLOW = "#E69F00"
GREY = "0.45"


def axes(ax=None, figsize=(6.0, 4.0)):
    """The axes that were given, or new ones.

    Parameters
    ----------
    ax : matplotlib Axes, default=None
    figsize : tuple of float, default=(6.0, 4.0)
        In inches, of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    plt = check_matplotlib()
    return plt.subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def check_matplotlib():
    """``matplotlib.pyplot``; asked for before what is drawn is computed.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "Pictures need matplotlib: pip install 'sklearn_infoshape[plot]'."
        ) from None
    return plt
