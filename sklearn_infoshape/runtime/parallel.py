"""Calls in worker processes, one by one where progress is shown; on a cluster where joblib says so.

A cluster loses workers, and with a worker the data that were sent to it. What calls share is sent
once, ahead of them, by whoever called: should it be lost, it is sent again.
"""

import contextlib
import time
from collections import Counter

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel

from sklearn_infoshape.exceptions import LostWorkerError

__all__ = ["in_parallel", "losses_named"]

_LARGE = 1000  # bytes from which joblib would send an argument by itself, to one worker
# By name, since a cluster's package need not be there: where an error is defined, what it is.
_LOSSES = {
    ("joblib", "TerminatedWorkerError"),
    ("joblib", "BrokenProcessPool"),
    ("distributed", "KilledWorker"),
    ("distributed", "NoValidWorkerError"),
    ("ray", "WorkerCrashedError"),
    ("ray", "RayActorError"),
    ("ray", "NodeDiedError"),
    ("ray", "OutOfMemoryError"),
    ("ray", "ObjectLostError"),
}
# Of Dask: what a worker held is lost, which is no call's fault.
_LOST_DATA = {
    ("distributed", "FutureCancelledError"),
    ("distributed", "FuturesCancelledError"),
    ("distributed", "CommClosedError"),
}
_MOST_ATTEMPTS = 3
_SECONDS_TO_RETURN = 30
_SPARK_LOSSES = ("exited unexpectedly", "ExecutorLostFailure")


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
    with losses_named(), contextlib.ExitStack() as stack:
        parallel = None
        for start in range(0, len(calls), step):
            for attempt in range(1, _MOST_ATTEMPTS + 1):
                try:
                    if parallel is None:
                        parallel = Parallel(n_jobs=n_jobs, **_where(calls, n_jobs))
                        stack.enter_context(parallel)
                    done = parallel(calls[start : start + step])
                    break
                except Exception as error:
                    lost = _names(error) & _LOST_DATA
                    if not lost or attempt == _MOST_ATTEMPTS or not _are_back(n_jobs):
                        raise
                    parallel = None
            yield from done


@contextlib.contextmanager
def losses_named():
    """A block in which the death of a worker, on whatever engine, is a LostWorkerError."""
    try:
        yield
    except Exception as error:
        is_loss = _is_loss(error)
        if not is_loss and isinstance(error, AttributeError) and "_backend_args" in str(error):
            raise LostWorkerError(
                "A worker failed, and joblibspark does not say of what: its processes may have "
                "died, or a fit may have raised. Spark's log has the cause; nothing was changed."
            ) from error
        if not is_loss:
            raise
        raise LostWorkerError(
            "A worker process died, most often for lack of memory; nothing was changed. Lower "
            "n_jobs, or free memory (on a cluster: fewer threads a worker, or larger workers), "
            "and try again."
        ) from error


def _where(calls, n_jobs):
    """Arguments of joblib.Parallel: Dask's backend as it is, with data that are there already."""
    backend = get_active_backend()[0]
    if type(backend).__name__ != "DaskDistributedBackend" or effective_n_jobs(n_jobs) == 1:
        return {}
    from dask.sizeof import sizeof

    counts: Counter = Counter()
    arguments = {}
    for _, args, kwargs in calls:
        own = {id(value): value for value in (*args, *kwargs.values())}
        counts.update(own.keys())
        arguments.update(own)
    sent = [
        value
        for name, value in arguments.items()
        if (counts[name] > 1 or sizeof(value) > _LARGE) and _is_data(value)
    ]
    own = type(backend)(
        client=backend.client,
        wait_for_workers_timeout=backend.wait_for_workers_timeout,
        **backend.submit_kwargs,
    )
    # Not by their hash, as joblib's scatter= would: two fits that share rows would share what
    # the first to end takes away.
    futures = backend.client.scatter(sent, hash=False) if sent else []
    own.data_futures = {
        **backend.data_futures,
        **{id(value): future for value, future in zip(sent, futures, strict=True)},
    }
    return {"backend": own}


def _are_back(n_jobs):
    """Whether there soon are workers again: with one alone, joblib would fit in this process.

    What killed a worker might then kill the process of whoever called.
    """
    for _ in range(_SECONDS_TO_RETURN):
        time.sleep(1.0)  # a scheduler needs a moment, to know a dead worker
        if effective_n_jobs(n_jobs) > 1:
            return True
    return False


def _is_data(value):
    return not isinstance(value, int | float | str | bytes | type | type(None))


def _is_loss(error):
    """Whether an error says that a worker died, on any of joblib's backends.

    What led to it counts: joblibspark fails once more while it clears up.
    """
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return any(
        _names(one) & (_LOSSES | _LOST_DATA)
        or (
            ("py4j", "Py4JJavaError") in _names(one)
            and any(loss in str(one) for loss in _SPARK_LOSSES)
        )
        for one in chain
    )


def _names(error):
    return {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__}
