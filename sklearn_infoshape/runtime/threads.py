"""Native threads within a call: one, but where a single fit is large enough to gain from more.

A fit is thousands of short pieces of work. Native threads that share such a piece spin while they
wait for each other: on a machine whose cores are busy a fit then takes ten times as long, and on an
idle one no less time. OpenMP's number of threads is the calling thread's own. BLAS has one for the
process, which the first of our calls that run sets and the last puts back.
"""

import contextlib
import functools
import os
import threading

import torch
from threadpoolctl import ThreadpoolController

__all__ = ["more_threads", "one_thread"]

_ENOUGH_ROWS = 50_000  # benchmarks/threads.py: boosting on two threads takes .6 of its time


class _Blas:
    """How many of our calls run, and the threads that the first of them found."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = 0
        self.found: list = []

    def enter(self):
        with self.lock:
            if self.running == 0:
                self.found = [(pool, pool.num_threads) for pool in _pools("blas")]
            self.running += 1
            for pool, _ in self.found:
                _set_blas(pool, 1)

    def leave(self):
        with self.lock:
            self.running -= 1
            if self.running == 0:
                for pool, n_threads in self.found:
                    _set_blas(pool, n_threads)


def _set_blas(pool, n_threads):
    # From threadpoolctl 3.7 on, one thread of a process alone may set OpenBLAS's number, the first
    # that did; here a lock and a count decide who does.
    release = getattr(pool, "clear_controlling_thread", lambda force: None)
    release(force=True)
    pool.set_num_threads(n_threads)
    release(force=True)


_blas = _Blas()
_outside = threading.local()  # OpenMP's threads before the outermost of our calls in this thread


def _renew():
    global _blas
    _blas = _Blas()


if hasattr(os, "register_at_fork"):  # calls of other threads do not go on in the child
    os.register_at_fork(after_in_child=_renew)


@functools.cache
def _pools(user_api):
    """Those that are loaded: numpy's, scipy's, scikit-learn's and torch's are."""
    return ThreadpoolController().select(user_api=user_api).lib_controllers


@contextlib.contextmanager
def one_thread():
    """A block in which BLAS, OpenMP and torch work on one thread; may be nested, and run beside."""
    torch.get_num_threads()  # torch sets a thread's number when first asked: not later than here
    found = [(pool, pool.num_threads) for pool in _pools("openmp")]
    outermost = not hasattr(_outside, "found")
    if outermost:
        _outside.found = found
    _blas.enter()
    try:
        for pool, _ in found:
            pool.set_num_threads(1)
        yield
    finally:
        for pool, n_threads in found:
            pool.set_num_threads(n_threads)
        _blas.leave()
        if outermost:
            del _outside.found


@contextlib.contextmanager
def more_threads(n_rows):
    """A block in :func:`one_thread` in which scikit-learn may use as many as there were before.

    Not torch, whose sums depend on the number in their last digits.

    Parameters
    ----------
    n_rows : int
        That one model is fitted on, or predicts; with few, nothing changes.
    """
    found = getattr(_outside, "found", []) if n_rows >= _ENOUGH_ROWS else []
    lifted = [(pool, n) for pool, n in found if "torch" not in pool.filepath]
    try:
        for pool, n_threads in lifted:
            pool.set_num_threads(n_threads)
        yield
    finally:
        for pool, _ in lifted:
            pool.set_num_threads(1)
