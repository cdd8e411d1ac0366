"""Pseudo-random functions of a row under a secret key.

A release has to be a pure function of (row, fitted transformer): scikit-learn asks for it,
and fresh noise at each call could be averaged away by a recipient. Where a channel draws,
the draw of a row is therefore BLAKE2b, keyed with a secret, of the row itself.
"""

import hashlib
import os
import secrets
from fractions import Fraction
from math import isfinite
from numbers import Number

import numpy as np
from scipy.special import ndtri
from sklearn.utils import check_random_state

from sklearn_infoshape.entries import as_dates, kinds_of
from sklearn_infoshape.frames import is_missing

__all__ = [
    "HiddenKey",
    "ReleaseKey",
    "canonical_rows",
    "data_digest",
    "key_and_seed",
    "keyed_normals",
    "keyed_uniforms",
    "persons_of",
    "resolve_key",
    "row_identities",
]

_SEEDS = 2**31 - 1000
_NAMELESS = b"\xff" * 8  # where the names of persons have the length of their first part
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
        Names what is fitted on, as :func:`data_digest` does, so that one number does not give
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
        return ReleaseKey(_keyed_hash(random_state.bytes(32), b"data", data).digest()[:32])
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


def key_and_seed(release_key, random_state, data):
    """The key and the seed of a fit.

    Parameters
    ----------
    release_key : bytes, str, os.PathLike or None
    random_state : int, RandomState instance or None
    data : bytes
        As :func:`data_digest` returns it.

    Returns
    -------
    key : ReleaseKey
    seed : int
        Of a key alone it is a pseudo-random function: fits with that key agree, and what a
        cache holds of one serves the next.
    key_is_secret : bool
        False where the key came from ``random_state``.
    """
    if release_key is not None and random_state is None:
        key = resolve_key(release_key, None)
        digest = _keyed_hash(key, b"seed").digest()
        return key, int.from_bytes(digest[:8], "little") % _SEEDS, True
    generator = check_random_state(random_state)
    seed = generator.randint(_SEEDS)
    secret = release_key is not None or random_state is None
    return resolve_key(release_key, None if secret else generator, data), seed, secret


def data_digest(rows, identities):
    """32 bytes that name the rows of a fit and their order.

    Labels do not enter, so that the folds of the same rows are the same for other labels.

    Parameters
    ----------
    rows : ndarray of shape (n, ...), dtype float32
    identities : list of bytes

    Returns
    -------
    bytes
    """
    digest = hashlib.blake2b(digest_size=32, person=b"infoshape data")
    digest.update(repr(rows.shape).encode())
    digest.update(np.ascontiguousarray(rows).tobytes())
    for identity in identities:
        digest.update(len(identity).to_bytes(8, "little"))
        digest.update(identity)
    return digest.digest()


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
    # In one layout, so that sums over columns of a frame round as those of an array.
    rows = np.clip(X, -limit, limit).astype(np.float32, order="C")
    rows += np.float32(0.0)  # -0.0 + 0.0 is 0.0
    return rows


def row_identities(X, columns=None):
    """Bytes that name each row: its own values, or columns that name a person.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Numbers; taken as :func:`canonical_rows`.
    columns : list of (str, ndarray of shape (n,)) or None
        Numbers, text or dates; the number 7 and the text "7" are two persons. Where a value is
        missing nobody knows whose row it is: it is a person of its own, named by its values
        as well.

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
    gaps = [is_missing(values) for _, values in columns]
    parts = [_parts(values, gap) for (_, values), gap in zip(columns, gaps, strict=True)]
    names = [
        b"".join(len(part).to_bytes(8, "little") + part for part in own)
        for own in zip(*parts, strict=True)
    ]
    nameless = np.flatnonzero(np.any(gaps, axis=0))
    for i, own in zip(nameless, row_identities(X[nameless]) if len(nameless) else (), strict=True):
        names[i] = _NAMELESS + own + names[i]
    return names


def _parts(values, gaps):
    """Bytes of each value; equal numbers have equal bytes, whatever type holds them."""
    if values.dtype.kind in "biuf" and values.dtype.itemsize <= 8 and not gaps.any():
        numbers = values.astype(np.float64) + 0.0
        if values.dtype.kind in "bf" or np.abs(numbers).max(initial=0) < 2**53:
            return [b"n" + number.tobytes() for number in numbers]
    if kinds_of(values) in ({"dates"}, {"durations"}):
        known = iter(as_dates(values[~gaps]))
        return [b"m" if gap else _value_bytes(str(next(known))) for gap in gaps]
    return [b"m" if gap else _value_bytes(value) for value, gap in zip(values, gaps, strict=True)]


def persons_of(rows, identities):
    """Who each row is of, where columns name the persons.

    Parameters
    ----------
    rows : ndarray of shape (n, ...)
    identities : list of bytes
        From :func:`row_identities`.

    Returns
    -------
    ndarray of shape (n,), dtype int, or None
        None where rows name themselves: each is then of a person of its own, equal rows too.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.keyed import persons_of, row_identities
    >>> X = np.zeros((3, 2))
    >>> persons_of(X, row_identities(X, [("id", np.array(["b", "a", "b"]))]))
    array([1, 0, 1])
    >>> persons_of(X, row_identities(X)) is None
    True
    """
    if row_identities(rows) == identities:
        return None
    return np.unique(np.array(identities, dtype=object), return_inverse=True)[1]


def _value_bytes(value):
    if isinstance(value, Number | np.bool_) and not isinstance(value, np.timedelta64 | complex):
        value = value.item() if isinstance(value, np.generic) else value
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        if number == value:
            return b"n" + np.float64(number + 0.0).tobytes()
        exact = value if isinstance(value, np.generic) else Fraction(value)
        return b"i" + str(exact).encode()  # more digits than a float holds
    return b"t" + str(value).encode(errors="surrogatepass")


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
