"""How this package warns, and how one part of it keeps the warnings of another to itself.

``warnings.catch_warnings`` changes what all threads warn of. Here a call collects, or drops,
only what is said on its behalf, in its own thread.
"""

import contextlib
import sys
import warnings
from contextvars import ContextVar

__all__ = ["collected", "unsaid", "warn", "warn_of_parts"]

# What runs between a user's line and a warning: this package, and what calls it back.
_INSIDE = (__name__.partition(".")[0], "sklearn", "joblib", "contextlib", "pickle", "torch")
# From the outermost to the innermost: callables that keep a warning, or let it through.
_keepers: ContextVar[tuple] = ContextVar("keepers", default=())


def warn(message, category):
    """Warn at the line of whoever called this package, unless a caller within it keeps that.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    for keep in reversed(_keepers.get()):
        if keep(message, category):
            return
    warnings.warn(message, category, stacklevel=_level_of_caller() + 1)


def warn_of_parts(kept, parts):
    """One warning of each kind for many parts of a work, with how many of them it concerns.

    Parameters
    ----------
    kept : list of list of (str, type of Warning)
        Of each part, from :func:`collected`.
    parts : str
        What the parts are, such as ``"folds"``.
    """
    by_kind: dict = {}
    for own in kept:
        for category, message in {category: message for message, category in own[::-1]}.items():
            by_kind.setdefault(category, []).append(message)
    for category, messages in by_kind.items():
        where = f"In {len(messages)} of {len(kept)} {parts}; the first: "
        warn(where + messages[0], category)


def _level_of_caller():
    """How many frames above :func:`warn` the first is that is none of :data:`_INSIDE`."""
    frame, level = sys._getframe(1), 0
    while frame.f_back is not None and _is_inside(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_inside(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in _INSIDE


@contextlib.contextmanager
def collected():
    """Keep all warnings of this package within a block.

    Yields
    ------
    list of (str, type of Warning)
        Which fills as they come.

    Examples
    --------
    >>> from sklearn_infoshape.runtime.own_warnings import collected, warn
    >>> with collected() as kept:
    ...     warn("The release is the same for every row.", UserWarning)
    >>> kept
    [('The release is the same for every row.', <class 'UserWarning'>)]
    """
    kept: list = []

    def keep(message, category):
        kept.append((message, category))
        return True

    with _kept_by(keep):
        yield kept


@contextlib.contextmanager
def unsaid(*categories):
    """Drop this package's warnings of some categories within a block.

    Parameters
    ----------
    *categories : type of Warning
    """
    with _kept_by(lambda message, category: issubclass(category, categories)):
        yield


@contextlib.contextmanager
def _kept_by(keep):
    token = _keepers.set((*_keepers.get(), keep))
    try:
        yield
    finally:
        _keepers.reset(token)
