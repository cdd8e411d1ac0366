"""What says that a worker process died, on any of joblib's engines."""

import contextlib

from sklearn_infoshape.exceptions import LostWorkerError

__all__ = ["are_lost_data", "is_loss", "losses_named"]

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
    ("concurrent", "CancelledError"),
    ("distributed", "FutureCancelledError"),
    ("distributed", "FuturesCancelledError"),
    ("distributed", "CommClosedError"),
}
_SPARK_LOSSES = ("exited unexpectedly", "ExecutorLostFailure")


@contextlib.contextmanager
def losses_named():
    """A block in which the death of a worker, on whatever engine, is a LostWorkerError."""
    try:
        yield
    except Exception as error:
        if are_lost_data(error):
            raise LostWorkerError(
                "Data that were sent to the cluster are lost, or were cancelled: a worker process "
                "died, most often for lack of memory, or the client was closed; nothing was "
                "changed. Give workers more memory (on a cluster: fewer threads a worker, or "
                "larger workers), and try again."
            ) from error
        if is_loss(error):
            raise LostWorkerError(
                "A worker process died, most often for lack of memory; nothing was changed. Lower "
                "n_jobs, or free memory (on a cluster: fewer threads a worker, or larger workers), "
                "and try again."
            ) from error
        if isinstance(error, AttributeError) and "_backend_args" in str(error):
            raise LostWorkerError(
                "A worker failed, and joblibspark does not say of what: its processes may have "
                "died, or a fit may have raised. Spark's log has the cause; nothing was changed."
            ) from error
        raise


def are_lost_data(error):
    """Whether an error of Dask says that a worker died with data that were sent to it."""
    return bool(_names(error) & _LOST_DATA)


def is_loss(error):
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
