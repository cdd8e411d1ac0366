"""What recipients get of a row, byte for byte: what a certificate speaks of.

Two rows are the same release only if nobody can tell them apart. So -0.0 and 0.0 are two codes, and
what this reader would drop (an index, attributes of a frame, the type of an entry, zeros that a
sparse matrix stores, a mask) is refused, or counted as information.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from scipy import sparse

from sklearn_infoshape.data.frames import column_labels, values_of

__all__ = ["Delivered", "numbered", "read_delivered", "refuse_attributes", "side_by_side"]

_DIGEST = 32  # bytes
_WIDEST = 8  # bytes a number; more has padding, which is anybody's


@dataclass(frozen=True)
class Delivered:
    """Delivered rows.

    Attributes
    ----------
    numbers : ndarray of shape (n, k), dtype float64
        What attackers see. Where a double does not tell all (the sign of a zero, low bits of
        long integers), columns that do come after the others.
    rows : ndarray of shape (n,), dtype int64
        Equal where recipients get equal bytes.
    is_one_hot : bool
        Whether each row is a single 1 among zeros.
    index : object or None
        That of a data frame.
    """

    numbers: np.ndarray
    rows: np.ndarray
    is_one_hot: bool
    index: object = None


def read_delivered(table, parameter):
    """Read what is delivered, refusing what would be dropped in reading.

    Parameters
    ----------
    table : array-like, sparse matrix or data frame, of n rows
    parameter : str
        For messages.

    Returns
    -------
    Delivered

    Raises
    ------
    TypeError
        If entries are text, of several types, or no numbers.
    ValueError
        If entries are NaN, infinite, masked or wider than 64 bits, or a sparse matrix stores
        more than it says, or a data frame has ``attrs``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.delivered import read_delivered
    >>> read_delivered(np.array([0.0, -0.0, 0.0]), "Z").rows.tolist()  # sent as different bytes
    [0, 1, 0]
    """
    refuse_attributes(table, parameter)
    blocks = [_plain(block, parameter) for block in _blocks(table, parameter)]
    if not blocks:
        raise ValueError(f"{parameter} has no columns.")
    for block in blocks:
        if not np.isfinite(block).all():
            raise ValueError(
                f"{parameter} has NaN or infinite entries; fill gaps before you release them."
            )
    raw = [np.ascontiguousarray(block).view(np.uint8).reshape(len(block), -1) for block in blocks]
    names = (_name(row.tobytes()) for row in np.hstack(raw))
    numbers = np.hstack([block.astype(np.float64) for block in blocks])
    told = [column for block in blocks for column in _told_beside(block)]
    return Delivered(
        np.column_stack([numbers, *told]),
        numbered(names),
        bool(
            not told
            and numbers.shape[1] > 1
            and np.isin(numbers, (0, 1)).all()
            and (numbers.sum(axis=1) == 1).all()
        ),
        table.index if hasattr(table, "iloc") else None,
    )


def refuse_attributes(table, parameter):
    """Refuse a data frame with ``attrs``, which pickles and Parquet files of it hold.

    Parameters
    ----------
    table : object
    parameter : str
        For messages.
    """
    if getattr(table, "attrs", None):
        raise ValueError(
            f"{parameter} has attrs, which recipients of the frame would get: set .attrs = {{}} "
            "(and deliver it so)."
        )


def side_by_side(several):
    """Several releases of the same rows, as somebody gets them who gets all.

    Parameters
    ----------
    several : list of Delivered

    Returns
    -------
    Delivered
    """
    if len(several) == 1:
        return several[0]
    rows = numbered([tuple(row) for row in np.column_stack([d.rows for d in several]).tolist()])
    index = next((d.index for d in several if d.index is not None), None)
    return Delivered(np.hstack([d.numbers for d in several]), rows, False, index)


def _name(row):
    """The bytes of a row; of long ones a digest, which is shorter to keep."""
    return row if len(row) <= _DIGEST else blake2b(row, digest_size=_DIGEST).digest()


def numbered(names):
    """Numbers from 0 up, in the order in which names come first; equal names have equal ones.

    Parameters
    ----------
    names : iterable of hashable

    Returns
    -------
    ndarray of shape (n,), dtype int64
    """
    numbers: dict = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def _blocks(table, parameter):
    """Arrays of shape (n, m), a data frame's columns each by itself."""
    if sparse.issparse(table):
        return [_dense(table, parameter)]
    labels = column_labels(table, parameter)
    if labels is not None:  # a data frame of any library
        return [
            _two_dimensional(_column(table, position, label, parameter), parameter)
            for position, label in enumerate(labels)
        ]
    if isinstance(table, np.ma.MaskedArray) and np.ma.getmaskarray(table).any():
        raise ValueError(f"{parameter} is masked: what is under a mask is released; fill it.")
    if hasattr(table, "detach"):  # a torch tensor, on any device
        table = table.detach().cpu().numpy()
    if isinstance(table, list | tuple):  # entries may be of several types
        kinds = {(type(row), str(getattr(row, "dtype", ""))) for row in table}
        if len(kinds) > 1:
            raise TypeError(
                f"{parameter} has rows of several types ({len(kinds)}), which recipients can tell "
                "apart; release an array."
            )
        table = np.array(table, dtype=object)
    return [_two_dimensional(np.asarray(table), parameter)]


def _column(table, position, label, parameter):
    if hasattr(table, "iloc"):  # by position, since labels may occur twice
        column = table.iloc[:, position]
    else:
        column = table.column(position) if hasattr(table, "column_names") else table[label]
    if "sparse" in str(getattr(column, "dtype", "")).lower():
        raise ValueError(f"{parameter} has a sparse column, which may store zeros; make it dense.")
    return values_of(column)


def _two_dimensional(array, parameter):
    if array.ndim == 0:
        raise TypeError(f"{parameter} is no table of rows.")
    return array[:, None] if array.ndim == 1 else array.reshape(len(array), -1)


def _dense(table, parameter):
    """A sparse matrix as an array, if it stores nothing that the array does not show."""
    if table.format not in ("csr", "csc"):
        raise ValueError(
            f"{parameter} is a sparse matrix in the format {table.format!r}, the order of whose "
            "entries may tell something; release csr or csc, or an array."
        )
    fresh = type(table)((table.data, table.indices, table.indptr), shape=table.shape)
    if not fresh.has_canonical_format or (fresh.data == 0).any():
        raise ValueError(
            f"{parameter} is a sparse matrix with stored zeros, or entries twice or out of order, "
            "which recipients see: call sum_duplicates() and eliminate_zeros() before you release."
        )
    return fresh.toarray()


def _plain(block, parameter):
    """A block of real numbers of at most 64 bits."""
    if block.dtype.kind == "O":
        types = {type(value) for value in block.ravel()}
        if len(types) > 1:
            raise TypeError(
                f"{parameter} has entries of several types ({len(types)}), which recipients can "
                "tell apart; release numbers of one type."
            )
        block = np.array(block.tolist()) if types else block
        if block.ndim != 2:
            raise TypeError(f"{parameter} has entries that are no numbers.")
    if block.dtype.kind not in "biufc":
        raise TypeError(
            f"{parameter} has something other than numbers; encode them first (one-hot, say)."
        )
    if block.dtype.kind == "c":
        if block.dtype.itemsize > 2 * _WIDEST:
            raise ValueError(f"{parameter} has numbers wider than 64 bits; release doubles.")
        return np.ascontiguousarray(block).view(block.real.dtype)
    if block.dtype.itemsize > _WIDEST:
        raise ValueError(f"{parameter} has numbers wider than 64 bits; release doubles.")
    return block


def _told_beside(block):
    """Columns that tell what the block as doubles does not."""
    if block.dtype.kind == "f":
        negative = np.signbit(block) & (block == 0)
        return [negative[:, j].astype(np.float64) for j in np.flatnonzero(negative.any(axis=0))]
    if block.dtype.kind in "iu" and block.dtype.itemsize == _WIDEST:
        low = (block.view(np.uint64) & np.uint64(0x7FF)).astype(np.float64)
        lost = (np.abs(block.astype(np.float64)) >= 2.0**53).any(axis=0)
        return [low[:, j] for j in np.flatnonzero(lost)]
    return []
