"""A path of releases as pictures of a report: points, landmarks, and the chosen release."""

import numpy as np

from sklearn_infoshape.reports.plot_style import svg
from sklearn_infoshape.reports.plot_tradeoff import draw_tradeoff

__all__ = ["tradeoff_pictures"]

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
            f"Utility against leakage of {name}, a point a release",
        )
        for column, name in enumerate(path.sensitive_names)
    ]


def _draw(ax, options, column, task):
    path = options.shaping_path
    leakage = np.asarray(path.leakage_bits, dtype=float)[:, column]
    utility = np.asarray(path.utility_bits, dtype=float)
    multipliers = np.asarray(path.privacy_multipliers, dtype=float)
    own = multipliers if multipliers.ndim == 1 else multipliers[:, column]
    names = [f"λ = {value:.2g}" for value in own]
    for name, bits in (("raw features", path.raw_bits), ("label score", path.label_score_bits)):
        y_bits, s_bits = bits[0], bits[1 + column]
        if np.isfinite([y_bits, s_bits]).all():
            leakage, utility = np.append(leakage, s_bits), np.append(utility, y_bits)
            names.append(name)
    n_shaped = len(own)
    errors = [
        _half_length(getattr(path, "leakage_interval", None), len(leakage), column),
        _half_length(getattr(path, "utility_interval", None), len(leakage), None),
    ]
    sensitive = path.sensitive_names[column]
    draw_tradeoff(
        ax,
        leakage,
        utility,
        names,
        np.arange(len(names)) < n_shaped,
        x_label=f"leakage: bits of {sensitive} in the release",
        y_label=f"utility: bits of {task}",
        leakage_error=errors[0],
        utility_error=errors[1],
        label_floor=float(path.label_floor_bits[column]) or None,
        max_leakage=options.max_leakage,
        chosen=options.chosen,
        task_name=task,
    )


def _half_length(interval, length, column):
    """Half lengths of the intervals of shaped releases; NaN for other points."""
    half = np.full(length, np.nan)
    if interval is not None:
        ends = np.asarray(interval, dtype=float)
        ends = ends if column is None else ends[:, column]
        half[: len(ends)] = (ends[:, 1] - ends[:, 0]) / 2
    return half
