"""A path as a table for people: of text, and of HTML."""

import html

import numpy as np

from sklearn_infoshape.reports.wording import shown

__all__ = ["as_html", "as_text"]

_WIDEST_NAME = 24


def as_text(path):
    """A line a multiplier: bits with their intervals, and how many codes are in use.

    Parameters
    ----------
    path : ShapingPath

    Returns
    -------
    str
        At most 80 columns wide with one sensitive attribute.
    """
    head, rows = _cells(path, _WIDEST_NAME)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    ]
    return "\n".join([repr(path), *lines, _note(path)])


def as_html(path):
    """The same table as a fragment of HTML.

    Parameters
    ----------
    path : ShapingPath

    Returns
    -------
    str
    """
    head, rows = _cells(path, None)
    heads = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<p>{html.escape(repr(path))}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{html.escape(_note(path))}</p>"
    )


def _cells(path, widest):
    names = [_short(name, widest) for name in path.sensitive_names]
    multipliers = path.privacy_multipliers.reshape(len(path), -1)
    prices = ["multiplier"]
    if multipliers.shape[1] > 1:
        prices = [f"multiplier, {name}" for name in names]
    what, widths = path._widths()
    head = [*prices, "bits of y", *(f"bits of {name}" for name in names), what]
    rows = [
        [
            *(f"{price:.3g}" for price in multipliers[i]),
            _estimate(path.utility_bits[i], path.utility_interval[i]),
            *(
                _estimate(path.leakage_bits[i, j], path.leakage_interval[i, j])
                for j in range(len(names))
            ),
            str(widths[i]),
        ]
        for i in range(len(path))
    ]
    return head, rows


def _short(name, widest):
    """A column's name, no longer than so many letters; arrays' columns are s, s[0] and so on."""
    name = shown(name)
    return name if widest is None or len(name) <= widest else f"{name[: widest - 1]}…"


def _estimate(bits, interval):
    if np.isnan(bits):
        return "not estimated"
    low, high = interval
    return f"{bits:.3f} ({low:.3f}, {high:.3f})"


def _note(path):
    return f"Estimates with intervals at {path.confidence:.0%}, on observed labels; no audit."
