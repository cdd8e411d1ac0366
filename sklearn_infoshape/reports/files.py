"""Reports as files, of the kind that the file's name says."""

import os
from pathlib import PurePath

from sklearn_infoshape.reports.options import ReportOptions
from sklearn_infoshape.reports.text import as_text
from sklearn_infoshape.runtime.whole_files import check_writable, write_whole

__all__ = ["deliver", "save_report"]

_SUFFIXES = (".html", ".json", ".txt")
_DRAWN = ("shaping_path", "chosen")


def deliver(make, path=None, overwrite=False):
    """The text that is made, or a file of it; what cannot be written is refused before.

    Parameters
    ----------
    make : callable
        Returns text.
    path : str, path-like or None, default=None
    overwrite : bool, default=False

    Returns
    -------
    str or None
        None where there is a file.

    Raises
    ------
    TypeError
        If ``path`` names no file.
    OSError
        If it cannot be written, or is there already and not to be replaced.
    """
    if path is None:
        return make()
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is of type {type(path).__name__}; give the name of a file.")
    check_writable(path, overwrite)
    text = make().encode()
    write_whole(path, lambda file: file.write(text), overwrite=overwrite)
    return None


def save_report(report, path, overwrite, options):
    """Write a report.

    Parameters
    ----------
    report : LeakageReport
    path : str or path-like
    overwrite : bool
    options : dict
        Of :meth:`LeakageReport.to_html`; those that are None count as left out.

    Raises
    ------
    ValueError
        If the name ends in another way, or an option has no place in such a file.
    TypeError
        If there is no such option.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is of type {type(path).__name__}; give the name of a file.")
    suffix = PurePath(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ValueError(
            f"path={str(path)!r} ends in none of .html, .json and .txt; name such a file."
        )
    if suffix == ".html":
        report.to_html(path, overwrite=overwrite, **options)
        return
    options = {name: value for name, value in options.items() if value is not None}
    for name in _DRAWN:
        if name in options:
            raise ValueError(f"{name} is drawn in .html only; leave it out, or save that.")
    if suffix == ".json":
        report.to_json(path, overwrite=overwrite, **options)
        return
    told = ReportOptions.of(**options)
    deliver(lambda: as_text(report, **told.limits, about=told.about) + "\n", path, overwrite)
