"""Packages that only some calls need, and which extra of this package installs them."""

import importlib

__all__ = ["needed"]

_EXTRAS = {"pandas": "table", "pyarrow": "table", "jinja2": "report", "matplotlib": "plot"}


def needed(package, what, *, extra=None, instead=""):
    """A package, imported.

    Parameters
    ----------
    package : str
    what : str
        What needs it: the beginning of the message where it is not there.
    extra : str, default=None
        The extra that installs it; None: the smallest.
    instead : str, default=""
        What does without, for the end of the message.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not installed.

    Examples
    --------
    >>> from sklearn_infoshape._optional import needed
    >>> needed("json", "A report").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:  # it is there, and broken: its own words are the remedy
            raise
        remedy = f"pip install 'sklearn_infoshape[{extra or _EXTRAS[package]}]'"
        ending = f"; {instead}." if instead else "."
        raise ImportError(f"{what} needs {package}: {remedy}{ending}") from None
