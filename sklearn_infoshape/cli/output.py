"""What commands say: results on standard output, notes and errors on standard error."""

import json
import re
import shutil
import sys
import warnings
from contextlib import contextmanager

from sklearn_infoshape.reports.values import strict

__all__ = ["Output", "as_arguments", "one_line", "terminal_width", "text_table"]

_PLAIN = {"λ": "lambda", "≤": "<=", "≥": ">=", "–": "-", "—": "-", "−": "-", "±": "+-", "…": "..."}
# What messages of Python call a parameter, and the command line an argument.
_ARGUMENTS = {
    "calibration_fraction": "--calibration-fraction",
    "fold_columns": "--id",
    "max_leakage": "--max-leakage",
    "missing_values": "--missing",
    "privacy_multiplier": "--privacy-multiplier",
    "verify": "--verify",
}
_PARAMETER = re.compile(rf"\b({'|'.join(_ARGUMENTS)})\b(?:='(\w+)'|(=))?")
_NARROWEST, _WIDEST = 60, 100


class Output:
    """Where a command writes: results as text, or all of them as one JSON object.

    No colours and no moving cursor anywhere, so that pipes, logs and NO_COLOR need no care.

    Parameters
    ----------
    command : str
        What notes begin with.
    as_json : bool, default=False
        Whether standard output gets one JSON object in place of text.
    quiet : bool, default=False
        Whether notes are left out; errors never are.
    """

    def __init__(self, command, *, as_json=False, quiet=False):
        self.command = command
        self.as_json = as_json
        self.quiet = quiet
        self._said = set()

    def result(self, text, values):
        """Print what a command found.

        Parameters
        ----------
        text : str
        values : dict
            The same for programs; what JSON lacks, such as infinity, is null there.
        """
        if self.as_json:
            text = json.dumps(strict(values), indent=2, allow_nan=False)
        _print(text, sys.stdout)

    def note(self, text):
        """Print a line on standard error, once."""
        text = as_arguments(one_line(text))
        if not self.quiet and text not in self._said:
            self._said.add(text)
            _print(f"{self.command}: {text}", sys.stderr)

    def error(self, text):
        """Print a line on standard error."""
        _print(f"{self.command}: {as_arguments(one_line(text))}", sys.stderr)

    @contextmanager
    def warnings_as_notes(self):
        """Print warnings as notes, without the line of code that they come from."""
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.showwarning = lambda message, *_, **__: self.note(str(message))
            yield


def as_arguments(text):
    """A message with arguments of a command in place of the parameters that Python names.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.cli.output import as_arguments
    >>> as_arguments("allow more leakage. Or use verify='attackers'.")
    'allow more leakage. Or use --verify attackers.'
    """

    def argument(found):
        name, word, sign = found.groups()
        value = f" {word}" if word else " " if sign else ""
        return _ARGUMENTS[name] + value

    return _PARAMETER.sub(argument, text)


def one_line(text):
    """A message without line ends.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return " ".join(str(text).split())


def terminal_width():
    """Columns of the terminal, within what can be read; 100 where nobody looks at one.

    Returns
    -------
    int
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return _WIDEST
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))


def text_table(frame):
    """A data frame as text that fits the terminal: what is wider goes on below.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns that begin with "typical" have four digits, others three decimals.

    Returns
    -------
    str
    """
    typical = {c: _four_digits for c in frame if str(c).startswith("typical ")}
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))
    text = frame.to_string(
        line_width=width, float_format="{:.3f}".format, na_rep="", formatters=typical
    )
    return "\n".join(line.rstrip() for line in text.replace("\\", " ").splitlines())


def _four_digits(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _print(text, stream):
    if stream is not None:  # closed by the caller; print would take standard output in its place
        print(_printable(text, stream), file=stream, flush=True)


def _printable(text, stream):
    """Text as a stream can encode it: a code page without λ is no reason to fail at the end."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        for sign, plain in _PLAIN.items():
            text = text.replace(sign, plain)
        return text.encode(encoding, "replace").decode(encoding)
