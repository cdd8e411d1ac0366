"""Where tensors live: the GPU where there is one."""

import torch

__all__ = ["resolve_device"]


def resolve_device(device):
    """Resolve "auto" to "cuda" where there is one, else "cpu"; refuse what torch does not have.

    Parameters
    ----------
    device : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
    """
    has_cuda = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if has_cuda else "cpu"
    try:
        is_there = torch.device(device).type != "cuda" or has_cuda
    except RuntimeError:
        is_there = False
    if not is_there:
        raise ValueError(
            f"device={device!r} is none that torch has here; give 'auto', or 'cpu'"
            + (" or 'cuda'." if has_cuda else ".")
        )
    return device
