"""Optimisers without torch's compiler, whose import takes longer than many a fit."""

import inspect

import torch

__all__ = ["Adam", "AdamW"]


class AdamW(torch.optim.AdamW):
    """torch's AdamW, to the bit, for modules that nobody compiles.

    Some methods of torch's optimisers ask at each call not to be compiled; the first of these
    calls of a process imports the compiler, which takes more than a second, in each worker anew.

    Examples
    --------
    >>> import torch
    >>> from sklearn_infoshape.neural.optimizer import AdamW
    >>> weight = torch.nn.Parameter(torch.ones(1))
    >>> optimizer = AdamW([weight], lr=0.5, weight_decay=0.0)
    >>> weight.grad = torch.ones(1)
    >>> optimizer.step()
    >>> round(weight.item(), 3)
    0.5
    """

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


class Adam(torch.optim.Adam):
    """torch's Adam, as :class:`AdamW` is torch's AdamW.

    Examples
    --------
    >>> import torch
    >>> from sklearn_infoshape.neural.optimizer import Adam
    >>> weight = torch.nn.Parameter(torch.ones(1))
    >>> optimizer = Adam([weight], lr=0.5)
    >>> weight.grad = torch.ones(1)
    >>> optimizer.step()
    >>> round(weight.item(), 3)
    0.5
    """

    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Adam.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
