"""How a report writes numbers, limits and names."""

import re

import numpy as np

__all__ = ["decimals", "interval", "limit_words", "one_line", "short", "shown", "unit"]

_MOST_DIGITS = 9
_UNNAMED = re.compile(r"\bsensitive_features\b(?!=)")


def unit(figure):
    """What follows a number of a figure."""
    return "bits" if figure == "bits" else f"of {figure}"


def decimals(value, limit=None, digits=4):
    """A number with as many decimals as show on which side of a limit it is.

    Parameters
    ----------
    value : float
    limit : float or None, default=None
    digits : int, default=4
        The fewest.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.reports.wording import decimals
    >>> decimals(0.0502, 0.1, 3), decimals(0.0502, 0.05, 3)
    ('0.050', '0.0502')
    """
    while limit is not None and digits < _MOST_DIGITS:
        if (float(f"{value:.{digits}f}") <= limit) == (value <= limit):
            break
        digits += 1
    return f"{value:.{digits}f}"


def limit_words(value):
    """An upper limit as it is shown; infinity is none.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return f"{value:.3f}" if value < np.inf else "no limit"


def one_line(text):
    """Text without what would break a line, a file or a picture: a blank in its place."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def shown(text):
    """Text to read, where columns of s without a name are s, s[0] and so on, as those of y are y.

    Keys, columns of data frames and messages have the parameter's name.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.reports.wording import shown
    >>> shown("sensitive_features[0] & sensitive_features[1]"), shown("sex")
    ('s[0] & s[1]', 'sex')
    """
    return _UNNAMED.sub("s", str(text))


def interval(figure):
    """Both ends of an interval; nothing where there is none."""
    return "" if figure is None else f"{short(figure.low, 2)}–{short(figure.high, 2)}"


def short(number, digits):
    """A number without its leading zero, and without the sign of a zero."""
    text = f"{number:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
