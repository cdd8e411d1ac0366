"""The command ``infoshape``, which is ``python -m sklearn_infoshape``.

Exit status: 0 done; 1 a limit that was asked for is exceeded, or no release keeps it; 2 wrong
arguments or input; 130 interrupted. Files appear whole or not at all.
"""

import argparse
import os
import sys

from sklearn_infoshape._version import __version__
from sklearn_infoshape.cli import apply, audit, demo, fit
from sklearn_infoshape.cli.output import Output, one_line
from sklearn_infoshape.exceptions import (
    InfeasibleBudgetError,
    LeakageExceededError,
    LostWorkerError,
)
from sklearn_infoshape.runtime.progress import shown_progress

__all__ = ["main"]

_INTERRUPTED, _BROKEN_PIPE = 130, 141


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str, default=None
        None: those of the process. Without a command, or with options alone, ``demo``.

    Returns
    -------
    int
        The exit status.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in _OWN_OPTIONS):
        arguments = ["demo", *arguments]
    options = _parser().parse_args(arguments)
    output = Output(
        f"infoshape {options.command}",
        as_json=getattr(options, "json", False),
        quiet=options.quiet,
    )
    try:
        hidden = True if options.quiet or output.as_json else None
        with output.warnings_as_notes(), shown_progress(disable=hidden):
            return options.run(options, output)
    except (InfeasibleBudgetError, LeakageExceededError) as error:
        output.error(error)
        return 1
    except BrokenPipeError:  # whoever read has gone; nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        known = error.filename is not None and error.strerror
        output.error(f"{error.filename}: {error.strerror}" if known else error)
        return 2
    except (ValueError, TypeError, ImportError, LostWorkerError) as error:
        output.error(error)
        return 2
    except MemoryError:
        output.error("not enough memory; give fewer rows or columns, or fewer --jobs")
        return 2
    except KeyboardInterrupt:
        output.error("interrupted; nothing was written")
        return _INTERRUPTED


_OWN_OPTIONS = ("-h", "--help", "--version")


class _Parser(argparse.ArgumentParser):
    """Errors in one line, as those of commands are."""

    def error(self, message):
        """End with status 2."""
        self.exit(2, f"{self.prog}: {one_line(message)} (--help says more)\n")


def _parser():
    parser = _Parser(
        prog="infoshape",
        description="Share a table for a task, without what it says of a sensitive attribute.",
        epilog=__doc__.split("\n\n", 1)[1],
    )
    parser.add_argument("--version", action="version", version=f"sklearn_infoshape {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    fit.add_parser(subparsers)
    apply.add_parser(subparsers)
    audit.add_parser(subparsers)
    audit.add_certify_parser(subparsers)
    apply.add_codebook_parser(subparsers)
    demo.add_parser(subparsers)
    return parser
