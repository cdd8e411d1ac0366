"""Calls in worker processes, one by one where progress is shown."""

from joblib import effective_n_jobs
from joblib.externals.loky.process_executor import TerminatedWorkerError
from sklearn.utils.parallel import Parallel

from sklearn_infoshape.exceptions import LostWorkerError

__all__ = ["in_parallel"]


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

    Raises
    ------
    LostWorkerError
        If a worker process died.

    Examples
    --------
    >>> from sklearn.utils.parallel import delayed
    >>> from sklearn_infoshape.runtime.parallel import in_parallel
    >>> list(in_parallel([delayed(abs)(n) for n in (-1, 2, -3)], None, piecewise=True))
    [1, 2, 3]
    """
    step = max(1, effective_n_jobs(n_jobs) if piecewise else len(calls))
    try:
        with Parallel(n_jobs=n_jobs) as parallel:
            for start in range(0, len(calls), step):
                yield from parallel(calls[start : start + step])
    except TerminatedWorkerError as error:
        raise LostWorkerError(
            "A worker process died, most often for lack of memory; nothing was changed. Lower "
            "n_jobs, or free memory, and try again."
        ) from error
