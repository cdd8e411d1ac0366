"""Pseudo-random functions of a row under a secret key.

A release has to be a pure function of (row, fitted transformer): scikit-learn asks for it,
and fresh noise at each call could be averaged away by a recipient. Where a channel draws,
the draw of a row is therefore BLAKE2b, keyed with a secret, of the row itself.
"""

import hashlib

import numpy as np
from scipy.special import ndtri

__all__ = ["keyed_normals", "keyed_uniforms"]

_WORDS_PER_DIGEST = 8  # a BLAKE2b digest has 64 bytes: eight 64-bit words


def keyed_hash(key, *parts):
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
    identities : sequence of bytes
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
    >>> from sklearn_infoshape.data.identities import row_identities
    >>> from sklearn_infoshape.data.keyed import keyed_uniforms
    >>> identities = row_identities(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]))
    >>> u = keyed_uniforms(b"key", b"draw", b"fit", identities, 2)
    >>> bool((u[0] == u[2]).all()), bool((u[0] == u[1]).any())
    (True, False)
    """
    n_digests = -(-n_draws // _WORDS_PER_DIGEST)
    prefix = keyed_hash(key, domain, fingerprint)
    digests = bytearray()
    for identity in identities:
        state = prefix.copy()
        state.update(len(identity).to_bytes(8, "little"))
        state.update(identity)
        for block in range(n_digests):
            numbered = state.copy()
            numbered.update(block.to_bytes(8, "little"))
            digests += numbered.digest()[: 8 * (n_draws - block * _WORDS_PER_DIGEST)]
    words = np.frombuffer(digests, dtype="<u8").reshape(len(identities), n_draws)
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def keyed_normals(key, domain, fingerprint, identities, n_draws):
    """Standard normal draws, as :func:`keyed_uniforms` makes uniform ones.

    Returns
    -------
    ndarray of shape (n, n_draws)
    """
    return ndtri(keyed_uniforms(key, domain, fingerprint, identities, n_draws))
