"""What a call shares with all threads of its process, and leaves as it found it.

``warnings.filters`` belongs to the whole process. scikit-learn changes it for a moment deep inside
(whenever it checks an array), and puts back what it found. Two threads that do so at once can put
back each other's changes, for good: the last of our calls that ran side by side mends that. What a
thread has to itself (torch's modes of gradients, precision and device) is set for a call; native
threads are the matter of :mod:`~sklearn_infoshape.runtime.threads`.
"""

import contextlib
import functools
import os
import threading
import warnings
from typing import Any

import sklearn
import torch

from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["leaves_process_unchanged", "plain_sklearn", "quiet"]


class _Shared:
    """Calls of ours that run now, and what the first of them found."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = 0
        self.side_by_side = False
        self.filters: Any = None
        self.kept_filters: set = set()

    def enter(self):
        with self.lock:
            if self.running == 0:
                self.side_by_side = False
                self.filters, self.kept_filters = warnings.filters, _read(warnings.filters)
            self.running += 1
            self.side_by_side |= self.running > 1

    def leave(self):
        with self.lock:
            self.running -= 1
            if self.running == 0 and self.side_by_side:
                self._mend()

    def _mend(self):
        # A copy that somebody added to, and that should have gone; a list with less in it is
        # what the caller himself put in place meanwhile.
        if warnings.filters is not self.filters and self.kept_filters <= _read(warnings.filters):
            warnings.filters = self.filters
            if hasattr(warnings, "_filters_mutated"):
                warnings._filters_mutated()


def _read(filters):
    """Filters as a set; a copy may have compiled what was text."""
    return {tuple(getattr(part, "pattern", part) for part in entry) for entry in filters}


_shared = _Shared()


def _renew():
    global _shared
    _shared = _Shared()


if hasattr(os, "register_at_fork"):  # calls of other threads do not go on in the child
    os.register_at_fork(after_in_child=_renew)


def leaves_process_unchanged(function=None, *, plain_outputs=True):
    """Decorate a call that may run in many threads at once.

    Parameters
    ----------
    function : callable
    plain_outputs : bool, default=True
        Whether scikit-learn's transformers within the call give arrays, whatever its global
        ``transform_output`` is; False where the call runs transformers of the user.

    Returns
    -------
    callable
        Warnings' filters and native threads are as before once no such call is running; within,
        work is on one thread. It trains whatever torch's modes are in its caller's thread
        (``no_grad``, ``autocast``, a default device).
    """
    if function is None:
        return functools.partial(leaves_process_unchanged, plain_outputs=plain_outputs)
    outputs = plain_sklearn if plain_outputs else contextlib.nullcontext

    @functools.wraps(function)
    def guarded(*args, **kwargs):
        shared = _shared
        shared.enter()
        try:
            with one_thread(), _plain_torch(), outputs():
                return function(*args, **kwargs)
        finally:
            shared.leave()

    return guarded


def plain_sklearn():
    """A block, or a decorated call, in which scikit-learn's own transformers give arrays."""
    return sklearn.config_context(transform_output="default", array_api_dispatch=False)


@contextlib.contextmanager
def _plain_torch():
    with contextlib.ExitStack() as modes:
        if torch.is_inference_mode_enabled():
            modes.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            modes.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                modes.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":
            modes.enter_context(torch.device("cpu"))
        yield


@contextlib.contextmanager
def quiet(category=Warning):
    """Ignore what other packages warn of, not what this one does.

    Parameters
    ----------
    category : type of Warning
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=category, module=r"(?!sklearn_infoshape)")
        yield
