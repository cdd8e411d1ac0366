"""How this package warns, and how one part of it keeps the warnings of another to itself.

``warnings.catch_warnings`` changes what all threads warn of. Here a call collects, or drops,
only what is said on its behalf, in its own thread.
"""

import contextlib
import sys
import warnings
from contextvars import ContextVar

__all__ = ["collected", "unsaid", "warn"]

_PACKAGE = __name__.partition(".")[0]
# From the outermost to the innermost: callables that keep a warning, or let it through.
_keepers: ContextVar[tuple] = ContextVar("keepers", default=())


def warn(message, category, stacklevel=1):
    """Warn, unless a caller within this package keeps it.

    Parameters
    ----------
    message : str
    category : type of Warning
    stacklevel : int or None, default=1
        As that of ``warnings.warn``, from whoever calls this; None: whoever called this package,
        be it through scikit-learn.
    """
    for keep in reversed(_keepers.get()):
        if keep(message, category):
            return
    if stacklevel is None:
        stacklevel = _level_of_caller()
    warnings.warn(message, category, stacklevel=stacklevel + 1)


def _level_of_caller():
    """How many frames above :func:`warn` neither this package nor scikit-learn runs."""
    frame, level = sys._getframe(1), 0
    while frame.f_back is not None and _is_inside(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_inside(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in (_PACKAGE, "sklearn")


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
