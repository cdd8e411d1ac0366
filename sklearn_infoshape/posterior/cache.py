"""Stage one on disk: joblib's cache of fits, without the rows, in a private folder.

joblib writes the text of every argument beside each result, and prints it when it is told to
be verbose. So a fit is stored under a digest of what it was asked for, and nothing else of that.
"""

import contextlib
import os
from pathlib import Path

import torch
from joblib.hashing import NumpyHasher
from sklearn.utils.validation import check_memory

from sklearn_infoshape._version import __version__

__all__ = ["FitRequest", "cached"]

_PACKAGE = __name__.partition(".")[0]


class FitRequest:
    """What stage one is to fit for one label; its text is a digest.

    Parameters
    ----------
    **parts
        Read back as attributes.
    """

    def __init__(self, **parts):
        self.__dict__.update(parts)

    def digest(self):
        """Names all parts by their content, and the version that fits."""
        return _Hasher("sha1").hash((sorted(self.__dict__.items()), __version__))

    def __repr__(self):
        return "<request of a fit of stage one>"


class _Hasher(NumpyHasher):
    """Names tensors by their content, where a pickle names their storage, anew in each copy."""

    def save(self, obj):
        """Take one part."""
        if isinstance(obj, torch.Tensor):
            values = obj.detach().cpu()
            values = values.double() if values.is_floating_point() else values
            obj = ("tensor", str(obj.dtype), obj.requires_grad, values.numpy())
        super().save(obj)


def cached(memory, function, request, **shown):
    """``function(digest, request, **shown)``, from the cache where it was made before.

    Parameters
    ----------
    memory : str, os.PathLike, joblib.Memory or None
    function : callable
        Of a module, with the argument names ``digest``, ``request`` and those in ``shown``.
    request : FitRequest
    **shown
        Arguments that do not change the result.

    Returns
    -------
    What the function returned; that is what the cache holds.
    """
    if memory is None:
        return function(None, request, **shown)
    memory = _private(memory)
    remembered = memory.cache(function, ignore=["request", *shown])
    try:
        return remembered(request.digest(), request, **shown)
    finally:
        _close(_folder(memory))


def _private(memory):
    """A joblib memory whose folder for this package nobody else can read."""
    ours = isinstance(memory, str | os.PathLike)
    if ours and not os.path.exists(memory):
        os.makedirs(memory, mode=0o700)
    memory = check_memory(os.fspath(memory) if ours else memory)
    folder = _folder(memory)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder, folder.parent) if ours else (folder,):
            with contextlib.suppress(OSError):  # somebody else's, who then decides
                path.chmod(0o700)
    return memory


def _folder(memory):
    location = getattr(getattr(memory, "store_backend", None), "location", None)
    return None if location is None else Path(location) / _PACKAGE


def _close(folder):
    """Take from others the right to read what was written, in case the folder is copied."""
    if folder is None:
        return
    for parent, folders, files in os.walk(folder):
        for names, mode in ((folders, 0o700), (files, 0o600)):
            for name in names:
                with contextlib.suppress(OSError):  # another process has moved it meanwhile
                    os.chmod(os.path.join(parent, name), mode)
