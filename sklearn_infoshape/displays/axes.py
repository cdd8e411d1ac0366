"""What all displays share: the axes that they draw on."""

from sklearn_infoshape.reports.plot_style import need_matplotlib
from sklearn_infoshape.reports.wording import shown

__all__ = ["axes", "column_names", "shown_name"]


def axes(ax=None, figsize=(6.0, 5.0)):
    """The axes that were given, or new ones.

    Parameters
    ----------
    ax : matplotlib Axes, default=None
    figsize : tuple of float, default=(6.0, 5.0)
        In inches, of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    need_matplotlib()
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=figsize, layout="constrained")[1]


def shown_name(names, otherwise):
    """What some label columns are called in a picture.

    Parameters
    ----------
    names : sequence of str
    otherwise : str
        Where nobody named them: "y" or "s".

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.displays.axes import shown_name
    >>> shown_name(["sensitive_features"], "s"), shown_name(["sex", "age"], "s")
    ('s', 'sex & age')
    """
    return " & ".join(map(shown, names)) or otherwise


def column_names(labels):
    """What y and s of a fit are called in a picture.

    Parameters
    ----------
    labels : LabelSet
        ``labels_`` of a fitted transformer.

    Returns
    -------
    task, sensitive : str
    """
    return (
        shown_name([column.name for column in labels.tasks], "y"),
        shown_name([column.name for column in labels.sensitives], "s"),
    )
