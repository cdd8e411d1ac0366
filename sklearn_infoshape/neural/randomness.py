"""Global generators, torch's, numpy's and Python's, lent to code and given back unmoved.

Dropout, initial weights and whatever else a user's module draws come from generators that
belong to the process. While such code runs, they are given the state of a generator of our
own: the draws depend on our seed alone, and outside nobody sees that anything was drawn.
"""

import contextlib
import os
import random
import threading

import numpy as np
import torch
from sklearn.utils import check_random_state

__all__ = ["LentGenerator", "evaluate", "global_generator", "lent_to"]

# One thread borrows at a time; it may borrow again: a module may fit an estimator of ours.
_borrowing = threading.RLock()


def _renew_lock():
    global _borrowing
    _borrowing = threading.RLock()


if hasattr(os, "register_at_fork"):  # whichever thread held it is not in the child
    os.register_at_fork(after_in_child=_renew_lock)


class LentGenerator:
    """A generator of our own that stands in for the global ones, a block at a time.

    Parameters
    ----------
    seed : int
    device : str or torch.device, default="cpu"
        Where modules run: its global generator is stood in for beside that of the CPU.

    Examples
    --------
    >>> import torch
    >>> before = torch.get_rng_state()
    >>> generator, again = LentGenerator(0), LentGenerator(0)
    >>> with generator.lent():
    ...     first = torch.rand(2)
    >>> with generator.lent():  # goes on where the last block ended
    ...     second = torch.rand(2)
    >>> with again.lent():
    ...     bool((torch.rand(4) == torch.cat([first, second])).all())
    True
    >>> torch.equal(torch.get_rng_state(), before)
    True
    """

    def __init__(self, seed, device="cpu"):
        devices = dict.fromkeys([torch.device("cpu"), torch.device(device)])
        self.states = {d: torch.Generator(d).manual_seed(seed).get_state() for d in devices}
        self.numpy = np.random.RandomState(seed).get_state()
        self.python = random.Random(seed).getstate()
        self.moved = False

    @contextlib.contextmanager
    def lent(self):
        """Run a block on this generator; ``moved`` tells whether any block has drawn.

        Other threads that borrow wait, so that a block should hold a step of a module and
        no call back to a user.
        """
        with _borrowing:
            outside = {device: _state(device) for device in self.states}
            for device, state in self.states.items():
                _set_state(device, state)
            outside_numpy, outside_python = _numpys().get_state(), random.getstate()
            _numpys().set_state(self.numpy)
            random.setstate(self.python)
            try:
                yield
            finally:
                numpy, python = _numpys().get_state(), random.getstate()
                self.moved |= python != self.python or _moved(numpy, self.numpy)
                self.numpy, self.python = numpy, python
                _numpys().set_state(outside_numpy)
                random.setstate(outside_python)
                for device, state in self.states.items():
                    now = _state(device)
                    self.moved |= not torch.equal(now, state)
                    self.states[device] = now
                    _set_state(device, outside[device])


def global_generator(seed, device="cpu"):
    """Lend torch's global generators for one block.

    Parameters
    ----------
    seed : int
    device : str or torch.device, default="cpu"

    Returns
    -------
    context manager
    """
    return LentGenerator(seed, device).lent()


def lent_to(estimator, seed=0):
    """Lend torch's global generators to an estimator that may be a torch model of a user.

    Parameters
    ----------
    estimator : estimator
        Those of scikit-learn and of this package, composed of nothing else, draw from no
        generator of torch: they are lent nothing, and run beside each other in threads.
    seed : int, default=0

    Returns
    -------
    context manager
    """
    return global_generator(seed, _device()) if _is_foreign(estimator) else contextlib.nullcontext()


def _device():
    return "cuda" if torch.cuda.is_available() and torch.cuda.is_initialized() else "cpu"


def _is_foreign(part):
    if isinstance(part, list | tuple):
        return any(_is_foreign(item) for item in part)
    if not hasattr(part, "fit") or isinstance(part, type):
        return False
    if type(part).__module__.partition(".")[0] not in ("sklearn", "sklearn_infoshape"):
        return True
    # Parameters, without the cost of asking for them by signature at each call.
    given = [value for name, value in vars(part).items() if not (name[0] + name[-1]).count("_")]
    return any(_is_foreign(value) for value in given)


def _numpys():
    """The global generator, which libraries draw from that are given none."""
    return check_random_state(None)


def _moved(now, before):
    return any(np.any(part != old) for part, old in zip(now, before, strict=True))


def _state(device):
    if device.type == "cpu":
        return torch.get_rng_state()
    module = torch.get_device_module(device)
    return module.get_rng_state() if device.type == "mps" else module.get_rng_state(device)


def _set_state(device, state):
    # Not by torch.manual_seed, which reseeds the generators of all devices.
    if device.type == "cpu":
        torch.set_rng_state(state)
        return
    module = torch.get_device_module(device)
    if device.type == "mps":
        module.set_rng_state(state)
    else:
        module.set_rng_state(state, device)


def evaluate(module, rows, step, prepare=torch.from_numpy):
    """Outputs of a user's module in evaluation, as a pure function of each row.

    Parameters
    ----------
    module : torch.nn.Module
        On the CPU, in evaluation mode.
    rows : ndarray of shape (n, ...)
    step : int
        Rows that are read at once. A module that draws even in evaluation, or reads the first
        row otherwise when it is alone, reads them one by one, each with the same draws: its
        output must not depend on the rows beside it.
    prepare : callable, default=torch.from_numpy
        From a slice of the rows to what the module reads.

    Returns
    -------
    list of Tensor
    """
    parts: list = []
    start = 0
    with torch.inference_mode():
        while start < len(rows):
            generator = LentGenerator(0)
            x = prepare(rows[start : start + step])
            with generator.lent():
                part = module(x)
                alone = module(x[:1]) if start == 0 and len(x) > 1 else part[:1]
            close = torch.allclose(alone, part[:1], rtol=1e-4, atol=1e-5)
            if (generator.moved or not close) and step > 1:
                parts, start, step = [], 0, 1
                continue
            parts.append(part)
            start += step
    return parts
