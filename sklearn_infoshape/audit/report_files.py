"""Reports as files, of the kind that the file's name says."""

import os
from pathlib import PurePath

from sklearn_infoshape.audit.files import deliver
from sklearn_infoshape.audit.options import ReportOptions
from sklearn_infoshape.audit.rendering import as_text

__all__ = ["save_report"]

_SUFFIXES = (".html", ".json", ".txt")
_DRAWN = ("shaping_path", "chosen")


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
