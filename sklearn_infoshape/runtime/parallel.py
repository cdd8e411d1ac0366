"""A bar of text on standard error: how far a fit or an audit is."""

import sys

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel

__all__ = ["in_parallel", "show_progress", "tracked"]

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
    >>> from sklearn_infoshape.runtime.parallel import tracked
    >>> list(tracked("ab", 2, "letters", shown=False))
    ['a', 'b']
    """
    if shown:
        show_progress(0, total, text)
    for done, step in enumerate(steps, 1):
        yield step
        if shown:
            show_progress(done, total, text)


def in_parallel(calls, n_jobs, piecewise=False):
    """Results of delayed calls, in their order.

    Workers get scikit-learn's configuration and the warning filters. Results come as lists,
    since not every backend of joblib (Ray's, Spark's) gives them one by one.

    Parameters
    ----------
    calls : list of sklearn.utils.parallel.delayed calls
    n_jobs : int or None
    piecewise : bool, default=False
        Whether to yield results as soon as as many are done as there are workers, so that
        progress can be shown.

    Yields
    ------
    object

    Examples
    --------
    >>> from sklearn.utils.parallel import delayed
    >>> from sklearn_infoshape.runtime.parallel import in_parallel
    >>> list(in_parallel([delayed(abs)(n) for n in (-1, 2, -3)], None, piecewise=True))
    [1, 2, 3]
    """
    step = max(1, effective_n_jobs(n_jobs) if piecewise else len(calls))
    with Parallel(n_jobs=n_jobs) as parallel:
        for start in range(0, len(calls), step):
            yield from parallel(calls[start : start + step])
