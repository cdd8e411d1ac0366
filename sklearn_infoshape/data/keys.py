"""The secret of a fit: read, hidden from every text, and what is drawn from it."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from math import isfinite

from sklearn.utils import check_random_state

from sklearn_infoshape.data.keyed import (
    keyed_hash,
)

__all__ = ["HiddenKey", "ReleaseKey", "Secret", "resolve_key"]


_SEEDS = 2**31 - 1000


class ReleaseKey(bytes):
    """Secret bytes that do not show themselves when printed.

    Examples
    --------
    >>> from sklearn_infoshape.data.keys import ReleaseKey
    >>> ReleaseKey(b"a secret")
    <release key>
    """

    def __repr__(self):
        return "<release key>"

    __str__ = __repr__


class _HiddenText(str):
    """Text that does not show itself when printed: a path, or a key that was taken for one."""

    def __repr__(self):
        return "<release key>"

    __str__ = __repr__

    def __format__(self, spec):
        return format(repr(self), spec)


class _Unsuitable:
    """Stands for anything else that was given for a key, until the check of parameters."""

    def __init__(self, value):
        self.kind = type(value).__name__

    def __repr__(self):
        return f"<release key of type {self.kind}>"


_HIDDEN = os.PathLike | ReleaseKey | _HiddenText | _Unsuitable


class HiddenKey:
    """A parameter that no text shows, whatever it is: a path object alone may be read."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        # Infinity holds no secret, and scikit-learn's checks want it back as it is.
        shown = value is None or (isinstance(value, float) and not isfinite(value))
        if not (shown or isinstance(value, _HIDDEN)):
            # Wrapped here, and not where it is checked: the message of the check prints it.
            kinds = {bytes: ReleaseKey, str: _HiddenText}
            kind = next((kinds[base] for base in kinds if isinstance(value, base)), _Unsuitable)
            value = kind(value)
        instance.__dict__[self.name] = value


def resolve_key(release_key, random_state, data=b""):
    """Turn the ``release_key`` parameter into 32 secret bytes.

    Parameters
    ----------
    release_key : bytes, str, os.PathLike or None
        The key itself, or the path of a file that holds it. With None a key is drawn.
    random_state : numpy.random.RandomState or None
        Where a key that nobody gave comes from; None means the operating system.
    data : bytes, default=b""
        Names what is fitted on, as ``Sample.digest`` does, so that one number does not give
        one key to all data.

    Returns
    -------
    ReleaseKey
        32 bytes.

    Raises
    ------
    ValueError
        If the key is empty, or the key file cannot be read. The message quotes neither
        the key nor the path, since a key may have been passed where a path was meant.
    """
    if release_key is None:
        if random_state is None:
            return ReleaseKey(secrets.token_bytes(32))
        return ReleaseKey(keyed_hash(random_state.bytes(32), b"data", data).digest()[:32])
    if not isinstance(release_key, bytes):
        try:
            with open(os.fspath(release_key), "rb") as file:
                release_key = file.read()
        except (OSError, ValueError):
            raise ValueError(
                "release_key: no key file can be read at the given path (not shown here, in "
                "case it is the key itself). Give a key as bytes, or the path of a file."
            ) from None
    if not release_key:
        raise ValueError(
            "release_key is empty; give at least one byte (32 random ones are best), "
            "or None to have a key drawn."
        )
    # BLAKE2b takes keys of at most 64 bytes; hashing first admits any length.
    return ReleaseKey(
        hashlib.blake2b(release_key, digest_size=32, person=b"infoshape key").digest()
    )


@dataclass(frozen=True)
class Secret:
    """What is random or hidden in a fit.

    Attributes
    ----------
    seed : int
    key : ReleaseKey
    key_is_secret : bool
        False where the key came from ``random_state``.
    """

    seed: int
    key: ReleaseKey
    key_is_secret: bool

    @classmethod
    def of(cls, release_key, random_state, sample):
        """The key and the seed of a fit.

        Parameters
        ----------
        release_key : bytes, str, os.PathLike or None
        random_state : int, RandomState instance or None
            With None and a key, the seed is a pseudo-random function of the key: fits with that
            key agree, and what a cache holds of one serves the next.
        sample : Sample
            One number gives no two samples the same key.

        Returns
        -------
        Secret
        """
        if release_key is not None and random_state is None:
            key = resolve_key(release_key, None)
            digest = keyed_hash(key, b"seed").digest()
            return cls(int.from_bytes(digest[:8], "little") % _SEEDS, key, True)
        generator = check_random_state(random_state)
        seed = generator.randint(_SEEDS)
        secret = release_key is not None or random_state is None
        key = resolve_key(release_key, None if secret else generator, sample.digest())
        return cls(seed, key, secret)
