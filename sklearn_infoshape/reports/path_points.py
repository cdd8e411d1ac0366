"""A path of releases as pictures of a report: points, landmarks, and the chosen release."""

import numpy as np

from sklearn_infoshape.reports.plot_style import svg
from sklearn_infoshape.reports.plot_tradeoff import draw_tradeoff
from sklearn_infoshape.reports.wording import shown

__all__ = ["price_names", "tradeoff_pictures", "with_landmarks"]

_INCHES = (4.3, 4.3)


def tradeoff_pictures(options, task):
    """A picture for each sensitive column of a path.

    Parameters
    ----------
    options : ReportOptions
    task : str
        What y is called.

    Returns
    -------
    list of str
        SVG; empty without a path.
    """
    path = options.shaping_path
    if path is None:
        return []
    return [
        svg(
            lambda ax, column=column: _draw(ax, options, column, task),
            _INCHES,
            f"tradeoff{column}",
            f"Utility against leakage of {shown(name)}, a point a release",
        )
        for column, name in enumerate(path.sensitive_names)
    ]


def price_names(path, column):
    """What the releases of a path are called: by their multipliers of a sensitive column.

    Parameters
    ----------
    path : ShapingPath
    column : int

    Returns
    -------
    list of str
    """
    multipliers = np.asarray(path.privacy_multipliers, dtype=float)
    own = multipliers if multipliers.ndim == 1 else multipliers[:, column]
    return [f"λ = {value:.2g}" for value in own]


def with_landmarks(path, column, leakage, utility):
    """Points of a path's releases, and of raw features and the label score after them.

    Parameters
    ----------
    path : ShapingPath
    column : int
        Of the sensitive columns.
    leakage, utility : array-like of shape (m,)
        Of the releases.

    Returns
    -------
    leakage, utility : ndarray of shape (m + 2,), or fewer where a landmark is unknown
    names : list of str
    """
    points = [
        (name, own) for name, *own in zip(price_names(path, column), leakage, utility, strict=True)
    ]
    for name, bits in (("raw features", path.raw_bits), ("label score", path.label_score_bits)):
        own = [bits[1 + column], bits[0]]
        if np.isfinite(own).all():
            points.append((name, own))
    names, places = zip(*points, strict=True)
    return *np.array(places, dtype=float).T, list(names)


def _draw(ax, options, column, task):
    path = options.shaping_path
    leakage, utility, names = with_landmarks(
        path, column, np.asarray(path.leakage_bits)[:, column], path.utility_bits
    )
    sensitive = shown(path.sensitive_names[column])
    draw_tradeoff(
        ax,
        leakage,
        utility,
        names,
        np.arange(len(names)) < len(path.utility_bits),
        x_label=f"leakage: bits of {sensitive} in the release",
        y_label=f"utility: bits of {task}",
        leakage_error=_half_length(path, "leakage_interval", column),
        utility_error=_half_length(path, "utility_interval"),
        label_floor=float(path.label_floor_bits[column]) or None,
        max_leakage=options.max_leakage,
        chosen=options.chosen,
        task_name=task,
    )


def _half_length(path, name, column=None):
    """Half lengths of the intervals of shaped releases, where the path has any."""
    if not hasattr(path, name):
        return None
    ends = np.asarray(getattr(path, name), dtype=float)
    low, high = (ends if column is None else ends[:, column]).T
    return (high - low) / 2
