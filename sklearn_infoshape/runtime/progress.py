"""One progress bar for all that a call does, on standard error: names and numbers, no data.

A call plans its steps once it has checked its input, and what works for it tells what runs and
counts what is done. They find the bar by a context variable, not by an argument: whoever stands
between them need not know of it. Other threads and processes do not see it; what they did counts
when their results come back.
"""

import contextlib
import os
import sys
import threading
import time
from contextvars import ContextVar

from tqdm import tqdm

__all__ = ["Progress", "current", "planned", "short", "shown_progress"]

_FORMAT = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"
_LINE = "{n_fmt}/{total_fmt} [{elapsed}<{remaining}] {desc}"
_LONGEST_NAME = 24
_ROUNDING = 1e-6


class _Bar(tqdm):
    """A bar that leaves nothing behind: no thread that watches it, no lock of processes."""

    monitor_interval = 0
    _lock = threading.RLock()


class Progress:
    """How far calls are: steps that are planned and done, and the name of what runs.

    Parameters
    ----------
    file : text stream, default=None
        None: standard error.
    disable : bool or None, default=None
        None shows a bar on a terminal and in a notebook, and nothing in pipes and files. False
        writes a line a step there.

    Attributes
    ----------
    total, done : float
        Steps.
    is_shown : bool
    """

    def __init__(self, file=None, disable=None):
        self.total = self.done = 0.0
        self._file = sys.stderr if file is None else file
        self._has_bar = _is_interactive(self._file) and not disable
        self._has_lines = disable is False and self._file is not None and not self._has_bar
        self.is_shown = self._has_bar or self._has_lines
        self._bar, self._name, self._start = None, "", time.monotonic()
        self._within = ""
        self._owner = os.getpid(), threading.get_ident()

    @property
    def is_own(self):
        """Whether it was made in this thread of this process."""
        return self._owner == (os.getpid(), threading.get_ident())

    def plan(self, steps):
        """Add steps to come."""
        self.total += steps
        if self._bar is not None:
            self._refresh()

    def tell(self, name):
        """Say what begins.

        Parameters
        ----------
        name : str
            Of columns and parts of the work, never a value of the data.
        """
        self._name = f"{self._within}{name}"
        self._refresh()
        self._write_line()

    def advance(self, steps=1):
        """Count what was done."""
        self.reach(self.done + steps)

    def reach(self, done):
        """Count up to so many steps in all; more than that were done already where it is less."""
        self.done = max(self.done, done)
        self._refresh()

    @contextlib.contextmanager
    def within(self, name):
        """A block whose names begin with the name of the part of the work that it is."""
        before, self._within = self._within, f"{self._within}{name}, "
        try:
            yield
        finally:
            self._within = before

    def close(self):
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
        if self.total:
            self._write_line()

    def _refresh(self):
        if not self._has_bar:
            return
        if self._bar is None:
            shape = {"bar_format": _FORMAT, "dynamic_ncols": True}
            self._bar = _Bar(None, self._name, round(self.total), file=self._file, **shape)
        self._bar.total, self._bar.n = round(self.total), self._n_done
        self._bar.set_description_str(self._name, refresh=True)

    def _write_line(self):
        if self._has_lines:
            numbers = self._n_done, round(self.total), time.monotonic() - self._start
            line = tqdm.format_meter(*numbers, prefix=self._name, bar_format=_LINE)
            print(line, file=self._file, flush=True)

    @property
    def _n_done(self):
        return int(self.done + _ROUNDING)


_current: ContextVar[Progress | None] = ContextVar("progress", default=None)


def current():
    """The progress of the call that runs; one that is not shown, where nobody asked for any.

    Returns
    -------
    Progress
    """
    progress = _current.get()
    return Progress(disable=True) if progress is None or not progress.is_own else progress


@contextlib.contextmanager
def shown_progress(file=None, disable=None):
    """A block whose fits, searches and audits are shown in one bar, whatever their ``verbose``.

    Parameters
    ----------
    file : text stream, default=None
        None: standard error.
    disable : bool or None, default=None
        None shows a bar on a terminal and in a notebook, and nothing in pipes and files; False
        writes a line a step there; True shows nothing.

    Yields
    ------
    Progress
        ``tell(name)`` says what runs beside them; ``plan(steps)`` and ``advance()`` count it.

    Examples
    --------
    >>> import sys
    >>> from sklearn_infoshape.runtime.progress import shown_progress
    >>> with shown_progress(sys.stdout, disable=False) as progress:
    ...     progress.plan(1)
    ...     progress.tell("the table is read")
    ...     progress.advance()
    0/1 [00:00<?] the table is read
    1/1 [00:00<00:00] the table is read
    """
    progress = Progress(file, disable)
    token = _current.set(progress if progress.is_shown else None)
    try:
        yield progress
    finally:
        _current.reset(token)
        progress.close()


@contextlib.contextmanager
def planned(steps, verbose=0):
    """The block of a call that takes so many steps; all are done where it ends well.

    Parameters
    ----------
    steps : int
    verbose : int, default=0
        Where no bar is shown already: 1 shows one on a terminal and in a notebook, 2 and more
        write lines elsewhere, too.

    Yields
    ------
    Progress
    """
    outer = _current.get()
    with contextlib.ExitStack() as stack:
        if outer is not None and outer.is_own:
            progress = outer
        else:
            how = False if verbose > 1 else None if verbose else True
            progress = stack.enter_context(shown_progress(disable=how))
        progress.plan(steps)
        end = progress.done + steps
        yield progress
        progress.reach(end)


def short(name):
    """A column's name, cut where it would push the bar out of the line."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _is_interactive(file):
    """Whether what is written can be written over: on a terminal, or below a cell."""
    is_terminal = getattr(file, "isatty", None)
    is_notebook = type(file).__module__.partition(".")[0] == "ipykernel"
    return is_notebook or (is_terminal is not None and bool(is_terminal()))
