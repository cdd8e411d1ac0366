"""A bar of text on standard error: how far a fit or an audit is."""

import sys

__all__ = ["show_progress", "tracked"]

_WIDTH = 24


def show_progress(done, total, text):
    """Draw the bar anew, over the last one; end its line when all is done.

    Parameters
    ----------
    done, total : int
        Steps.
    text : str
        What is being done. Never values of the data.
    """
    filled = round(_WIDTH * done / total)
    bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total}"
    end = "\n" if done == total else ""
    print(f"\r{bar} {text[:60]:60}", end=end, file=sys.stderr, flush=True)


def tracked(steps, total, text, shown):
    """Pass steps through and show how many are finished.

    Parameters
    ----------
    steps : iterable
    total : int
        How many there are.
    text : str
        What they are.
    shown : bool or int
        Without it nothing is printed.

    Yields
    ------
    object
        The steps.

    Examples
    --------
    >>> from sklearn_infoshape.progress import tracked
    >>> list(tracked("ab", 2, "letters", shown=False))
    ['a', 'b']
    """
    if shown:
        show_progress(0, total, text)
    for done, step in enumerate(steps, 1):
        yield step
        if shown:
            show_progress(done, total, text)
