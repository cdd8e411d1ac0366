"""Calls in worker processes, one by one where progress is shown; on a cluster if joblib says so."""

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel

from sklearn_infoshape.runtime.dask_calls import on_dask
from sklearn_infoshape.runtime.losses import losses_named

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
    backend = get_active_backend()[0]
    with losses_named():
        if type(backend).__name__ == "DaskDistributedBackend" and n_jobs != 1:
            yield from on_dask(backend, calls)
            return
        step = max(1, effective_n_jobs(n_jobs) if piecewise else len(calls))
        with Parallel(n_jobs=n_jobs) as parallel:
            for start in range(0, len(calls), step):
                yield from parallel(calls[start : start + step])
