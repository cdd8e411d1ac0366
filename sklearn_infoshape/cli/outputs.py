"""The files that commands write: checked before any work, written at its end."""

import os
from pathlib import Path

from sklearn_infoshape._optional import needed
from sklearn_infoshape.cli.written_tables import table_suffix, write_table
from sklearn_infoshape.reports.page import need_page
from sklearn_infoshape.reports.plot_style import need_matplotlib
from sklearn_infoshape.reports.text import as_text
from sklearn_infoshape.runtime.whole_files import check_writable

__all__ = ["check_outputs", "report_writer", "shown_name", "table_writer"]

_REPORTS = (".html", ".json", ".txt")


def check_outputs(*files, table=None, report=None, picture=None, force=False, inputs=()):
    """Refuse what cannot be written, or lacks a package, before any work.

    Parameters
    ----------
    *files : str or None
    table, report, picture : str or None, default=None
        Names that tell by their suffix what is written.
    force : bool, default=False
        Whether files that exist may be replaced.
    inputs : sequence of (str or None)
        What is read, which is never replaced.

    Raises
    ------
    ValueError
        If a suffix is unknown, two files have one name, or one is read, too.
    OSError
        If a file exists, or its folder does not.
    ImportError
        If an optional package is missing.
    """
    named = [name for name in (*files, table, report, picture) if name]
    read = [Path(name).resolve() for name in inputs if name]
    for name in named:
        if Path(name).resolve() in read:
            raise ValueError(f"{name} is read, and would be replaced; name another file to write.")
        check_writable(name, force)
        if [Path(other).resolve() for other in named].count(Path(name).resolve()) > 1:
            raise ValueError(f"{name} is the name of two files to write; give each its own.")
    if table and table_suffix(table) == ".parquet":
        needed("pyarrow", "A .parquet file")
    if report:
        if Path(report).suffix.lower() not in _REPORTS:
            raise ValueError(f"--report {report}: end its name on {', '.join(_REPORTS)}.")
        if Path(report).suffix.lower() == ".html":
            need_page()
    if picture:
        need_matplotlib()
        from matplotlib.figure import Figure

        kinds = Figure().canvas.get_supported_filetypes()
        if Path(picture).suffix.lstrip(".").lower() not in kinds:
            raise ValueError(f"{picture}: no kind of picture; end it on .png, .svg or .pdf.")


def shown_name(path):
    """The name of a file as text that can be written, whatever bytes it has.

    Parameters
    ----------
    path : str

    Returns
    -------
    str
    """
    return os.fsencode(Path(path).name).decode("utf-8", "replace")


def table_writer(frame, name):
    """What writes a data frame into an open file.

    Parameters
    ----------
    frame : pandas.DataFrame
    name : str
        Of the file; its suffix tells the format.

    Returns
    -------
    callable
    """
    suffix = table_suffix(name)
    return lambda file: write_table(frame, file, suffix)


def report_writer(report, name, about, max_leakage, *, shaping_path=None, chosen=None):
    """What writes a report into an open file.

    Parameters
    ----------
    report : LeakageReport
    name : str
        Of the file; its suffix tells the format.
    about : dict
    max_leakage : float or None
    shaping_path : ShapingPath or None, default=None
    chosen : int or None, default=None
        Both for the picture of the trade-off.

    Returns
    -------
    callable
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".json":
        text = report.to_json(max_leakage=max_leakage, about=about)
    elif suffix == ".txt":
        text = as_text(report, max_leakage=max_leakage, about=about)
    else:
        text = report.to_html(
            max_leakage=max_leakage, about=about, shaping_path=shaping_path, chosen=chosen
        )
    return lambda file: file.write(text.encode())
