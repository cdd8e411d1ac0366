"""Arguments that several commands share, and the checks of them that need no work."""

import argparse
import math

__all__ = [
    "add_labels",
    "add_output",
    "add_reading",
    "at_least_zero",
    "between",
    "jobs",
    "reading_of",
    "seed",
]


def add_reading(parser):
    """How a table file is written, where that is not found out rightly.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    group = parser.add_argument_group("how the table is written (found out where not given)")
    group.add_argument("--delimiter", metavar="CHAR", help="between the entries of a line")
    group.add_argument("--encoding", metavar="NAME", help="utf-8, cp1252, ...")
    group.add_argument("--decimal", metavar="CHAR", help="decimal mark of numbers")
    group.add_argument("--thousands", metavar="CHAR", help="what groups their digits")
    group.add_argument(
        "--missing", metavar="TEXT", nargs="+", default=[], help="entries that mean nothing known"
    )
    group.add_argument(
        "--text", metavar="COL", nargs="+", default=[], help="columns of codes, not of numbers"
    )


def reading_of(options):
    """What :func:`add_reading` was given, as arguments of the reader.

    Parameters
    ----------
    options : argparse.Namespace

    Returns
    -------
    dict
    """
    return {
        "delimiter": options.delimiter,
        "encoding": options.encoding,
        "decimal": options.decimal,
        "thousands": options.thousands,
        "missing_values": tuple(options.missing),
        "as_text": tuple(options.text),
    }


def add_labels(parser, *, task_required):
    """Which columns are y, s and persons.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    task_required : bool
    """
    parser.add_argument(
        "--task", metavar="COL", required=task_required, help="the column that recipients need (y)"
    )
    parser.add_argument(
        "--sensitive", metavar="COL", nargs="+", required=True, help="the columns to hide (s)"
    )
    parser.add_argument(
        "--id", metavar="COL", nargs="+", default=[], help="columns that say whose a row is"
    )


def add_output(parser):
    """What is said, and whether files may be replaced.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument("--json", action="store_true", help="print one JSON object, no text")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def at_least_zero(text):
    """A finite number from 0 up.

    Parameters
    ----------
    text : str

    Returns
    -------
    float
    """
    return _number(text, 0, math.inf, "a number from 0 up")


def between(text):
    """A number between 0 and 1, neither of them.

    Parameters
    ----------
    text : str

    Returns
    -------
    float
    """
    return _number(text, math.ulp(0.0), 1, "a number between 0 and 1")


def seed(text):
    """A whole number that seeds generators.

    Parameters
    ----------
    text : str

    Returns
    -------
    int
    """
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def jobs(text):
    """A number of processes, or -1.

    Parameters
    ----------
    text : str

    Returns
    -------
    int
    """
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1 and value != -1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a whole number from 1 up, nor -1")
    return value


def _number(text, least, limit, what):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value < limit:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value
