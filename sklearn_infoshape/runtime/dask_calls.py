"""Calls on the workers of Dask, which may die: with a worker go the data that were sent to it.

What calls share is sent once, ahead of them; should it be lost, it is sent again, and what was not
done is asked for anew. Not by joblib's own backend (1.6): it waits without end for a call of which
Dask says that it killed its workers.
"""

import functools
import time
import warnings
from collections import Counter

from joblib import parallel_config
from sklearn import config_context, get_config

from sklearn_infoshape.runtime.losses import are_lost_data

__all__ = ["on_dask"]

_LARGE = 1000  # bytes from which an argument is sent by itself
_MOST_ATTEMPTS = 3
_SECONDS_TO_KNOW = 1.0  # until a scheduler has noticed that a worker is dead
_SECONDS_TO_RETURN = 30


def on_dask(backend, calls):
    """Results of delayed calls, in their order, each as soon as it is there.

    Parameters
    ----------
    backend : joblib's backend for Dask
    calls : list of sklearn.utils.parallel.delayed calls

    Yields
    ------
    object
    """
    from distributed import wait

    backend.effective_n_jobs(None)  # waits for a first worker, or says that there is none
    n_done = 0
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        try:
            for future in _submitted(backend, calls[n_done:]):
                # A worker that waits makes room for others. Nothing may raise in there: joblib
                # would not take the worker's place again.
                with backend.retrieval_context():
                    wait([future])
                yield future.result()
                n_done += 1
            return
        except Exception as error:
            if attempt == _MOST_ATTEMPTS or not are_lost_data(error):
                raise
            time.sleep(_SECONDS_TO_KNOW)
            backend.client.wait_for_workers(1, timeout=_SECONDS_TO_RETURN)


def _submitted(backend, calls):
    """Futures of calls, and with them of the data that they share or that are large."""
    from dask.sizeof import sizeof

    arguments = [{**dict(enumerate(args)), **kwargs} for _, args, kwargs in calls]
    values = {id(value): value for one in arguments for value in one.values()}
    uses = Counter(name for one in arguments for name in {id(value) for value in one.values()})
    names = [
        name
        for name, value in values.items()
        if not isinstance(value, int | float | str | bytes | type | type(None))
        and (uses[name] > 1 or sizeof(value) > _LARGE)
    ]
    # Not by their hash: two fits that share rows would share what the first to end takes away.
    data = backend.client.scatter([values[name] for name in names], hash=False) if names else []
    futures = dict(zip(names, data, strict=True))
    surroundings = get_config(), list(warnings.filters)
    submitted = []
    for (function, _, _), one in zip(calls, arguments, strict=True):
        kept = {place: value for place, value in one.items() if id(value) not in futures}
        sent = {place: futures[id(value)] for place, value in one.items() if place not in kept}
        call = functools.partial(_call, function.__wrapped__, surroundings, kept, tuple(sent))
        submitted.append(
            backend.client.submit(call, *sent.values(), pure=False, **backend.submit_kwargs)
        )
    return submitted


def _call(function, surroundings, kept, places, *data):
    """Call a function there with the settings of here; calls within it ask the same cluster."""
    config, filters = surroundings
    arguments = {**kept, **dict(zip(places, data, strict=True))}
    positions = sorted(place for place in arguments if isinstance(place, int))
    args = [arguments.pop(place) for place in positions]
    with parallel_config(backend="dask"), config_context(**config), warnings.catch_warnings():
        warnings.filters[:] = filters  # type: ignore[index]  # a list, whatever is declared
        return function(*args, **arguments)
