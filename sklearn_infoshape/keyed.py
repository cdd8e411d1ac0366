"""Pseudo-random functions of a row under a secret key.

A release has to be a pure function of (row, fitted transformer): scikit-learn asks for it,
and fresh noise at each call could be averaged away by a recipient. Where a channel draws,
the draw of a row is therefore BLAKE2b, keyed with a secret, of the row itself.
"""

import hashlib
import os
import secrets

import numpy as np
from scipy.special import ndtri

__all__ = [
    "HiddenBytes",
    "ReleaseKey",
    "canonical_rows",
    "keyed_normals",
    "keyed_uniforms",
    "resolve_key",
    "row_identities",
]

_WORDS_PER_DIGEST = 8  # a BLAKE2b digest has 64 bytes: eight 64-bit words


class ReleaseKey(bytes):
    """Secret bytes that do not show themselves when printed.

    Examples
    --------
    >>> from sklearn_infoshape.keyed import ReleaseKey
    >>> ReleaseKey(b"a secret")
    <release key>
    """

    def __repr__(self):
        return "<release key>"

    __str__ = __repr__


class HiddenBytes:
    """A parameter whose bytes are wrapped, wherever they come from, so that no repr shows them."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        if isinstance(value, bytes) and not isinstance(value, ReleaseKey):
            value = ReleaseKey(value)
        instance.__dict__[self.name] = value


def resolve_key(release_key, random_state):
    """Turn the ``release_key`` parameter into 32 secret bytes.

    Parameters
    ----------
    release_key : bytes, str, os.PathLike or None
        The key itself, or the path of a file that holds it. With None a key is drawn.
    random_state : numpy.random.RandomState or None
        Where a key that nobody gave comes from; None means the operating system.

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
        return ReleaseKey(random_state.bytes(32))
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


def canonical_rows(X):
    """Rows as the float32 values that identify them.

    A row must draw the same noise when it comes as float32, as float64, or went through a
    file in between; and whatever scaling a fit applies. Hence: raw values, rounded to
    float32, with negative zero as zero.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Finite numbers.

    Returns
    -------
    ndarray of shape (n, ...), dtype float32
    """
    limit = np.finfo(np.float32).max
    rows = np.clip(X, -limit, limit).astype(np.float32)
    rows += np.float32(0.0)  # -0.0 + 0.0 is 0.0
    return rows


def row_identities(X, columns=None):
    """Bytes that name each row: its own values, or columns that name a person.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Numbers; taken as :func:`canonical_rows`.
    columns : list of (str, ndarray of shape (n,)) or None
        Numbers or text; the number 7 and the text "7" are two persons.

    Returns
    -------
    list of bytes

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.keyed import row_identities
    >>> a, b = row_identities(np.zeros((2, 3)), [("id", np.array(["anna", "anna"]))])
    >>> a == b
    True
    """
    if columns is None:
        rows = canonical_rows(X)
        flat = np.ascontiguousarray(rows).reshape(len(rows), -1).astype("<f4", copy=False)
        return [row.tobytes() for row in flat]
    return [
        b"".join(len(part).to_bytes(8, "little") + part for part in map(_value_bytes, values))
        for values in zip(*(column for _, column in columns), strict=True)
    ]


def _value_bytes(value):
    if isinstance(value, int | float | np.number):
        return b"n" + np.float64(value).tobytes()
    return b"t" + str(value).encode()


def _keyed_hash(key, *parts):
    """A keyed hash state that has absorbed ``parts``, each behind its length."""
    state = hashlib.blake2b(key=key)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state


def keyed_uniforms(key, domain, fingerprint, identities, n_draws):
    """Draws in (0, 1) that depend on key, domain, fingerprint and row alone.

    Parameters
    ----------
    key : bytes
        The secret, at most 64 bytes.
    domain : bytes
        What the draw is for; draws of two domains are independent.
    fingerprint : bytes
        Names the fit, so that another fit draws afresh.
    identities : list of bytes
        What names each row, as :func:`row_identities` returns it.
    n_draws : int
        Draws for each row.

    Returns
    -------
    ndarray of shape (n, n_draws)
        Uniform draws with 53 bits, never 0 or 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.keyed import keyed_uniforms, row_identities
    >>> identities = row_identities(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    >>> u = keyed_uniforms(b"key", b"draw", b"fit", identities, 2)
    >>> bool((u[0] == u[2]).all()), bool((u[0] == u[1]).any())
    (True, False)
    """
    n_digests = -(-n_draws // _WORDS_PER_DIGEST)
    prefix = _keyed_hash(key, domain, fingerprint)
    digests = bytearray()
    for identity in identities:
        state = prefix.copy()
        state.update(len(identity).to_bytes(8, "little"))
        state.update(identity)
        for block in range(n_digests):
            numbered = state.copy()
            numbered.update(block.to_bytes(8, "little"))
            digests += numbered.digest()
    words = np.frombuffer(bytes(digests), dtype="<u8").reshape(len(identities), -1)[:, :n_draws]
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def keyed_normals(key, domain, fingerprint, identities, n_draws):
    """Standard normal draws, as :func:`keyed_uniforms` makes uniform ones.

    Returns
    -------
    ndarray of shape (n, n_draws)
    """
    return ndtri(keyed_uniforms(key, domain, fingerprint, identities, n_draws))
