"""What names a row, or the person whose it is, in bytes."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from numbers import Number

import numpy as np
from sklearn.utils import gen_batches

from sklearn_infoshape.data.entries import as_dates, kinds_of
from sklearn_infoshape.data.frames import is_missing

__all__ = ["canonical_rows", "data_digest", "row_identities", "short_digests"]

_ROWS_PER_SLICE = 65_536
_NAMELESS = b"\xff" * 8  # where the names of persons have the length of their first part


def data_digest(rows, identities):
    """32 bytes that name the rows of a fit and their order.

    Labels do not enter, so that the folds of the same rows are the same for other labels.

    Parameters
    ----------
    rows : ndarray of shape (n, ...), dtype float32
    identities : sequence of bytes

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


def short_digests(identities):
    """Eight bytes for each of many names, as a number: equal names have equal ones.

    Parameters
    ----------
    identities : sequence of bytes

    Returns
    -------
    ndarray of shape (n,), dtype uint64
    """
    digests = (hashlib.blake2b(identity, digest_size=8).digest() for identity in identities)
    return np.frombuffer(b"".join(digests), dtype="<u8")


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
    rows = np.empty(np.shape(X), dtype=np.float32)
    for part in gen_batches(len(rows), _ROWS_PER_SLICE):  # X may be a file that is mapped
        rows[part] = np.clip(X[part], -limit, limit)
    rows += np.float32(0.0)  # -0.0 + 0.0 is 0.0
    return rows


class _RowValues(Sequence):
    """The bytes of each row, made when they are asked for: all at once take as much room again."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return _RowValues(self.rows[index])
        return self.rows[index].tobytes()

    def __eq__(self, other):
        return list(self) == list(other)


def row_identities(X, columns=None, values=None):
    """Bytes that name each row: its own values, or columns that name a person.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Numbers; taken as :func:`canonical_rows`.
    columns : list of (str, ndarray of shape (n,)) or None
        Numbers, text or dates; the number 7 and the text "7" are two persons. Where a value is
        missing nobody knows whose row it is: it is a person of its own, named by its values
        as well.
    values : list of bytes or None
        What names the rows by their values, where that is not X: of a table, which holds more.

    Returns
    -------
    sequence of bytes

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.identities import row_identities
    >>> a, b = row_identities(np.zeros((2, 3)), [("id", np.array(["anna", "anna"]))])
    >>> a == b
    True
    """
    if columns is None:
        rows = canonical_rows(X)
        flat = np.ascontiguousarray(rows).reshape(len(rows), -1).astype("<f4", copy=False)
        return _RowValues(flat)
    gaps = [is_missing(values) for _, values in columns]
    parts = [_parts(values, gap) for (_, values), gap in zip(columns, gaps, strict=True)]
    names = [
        b"".join(len(part).to_bytes(8, "little") + part for part in own)
        for own in zip(*parts, strict=True)
    ]
    nameless = np.flatnonzero(np.any(gaps, axis=0))
    if len(nameless):
        of_rows = row_identities(X[nameless]) if values is None else [values[i] for i in nameless]
        for i, own in zip(nameless, of_rows, strict=True):
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
