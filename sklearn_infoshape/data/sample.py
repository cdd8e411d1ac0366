"""The rows that travel through a fit or a release, with what names and labels them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_infoshape.data.identities import data_digest, row_identities, short_digests

__all__ = ["Sample", "observed_classes"]


def observed_classes(target):
    """The class of each row of a one-hot target, shape (n,), dtype int; -1 where it is missing."""
    return np.where(target.any(axis=1), target.argmax(axis=1), -1)


@dataclass(frozen=True)
class Sample:
    """Rows, who they are of, and their labels.

    Attributes
    ----------
    rows : ndarray of shape (n, ...), dtype float32
        As :func:`~sklearn_infoshape.data.identities.canonical_rows` makes them.
    names : list of bytes or None
        What names the person of each row, by
        :func:`~sklearn_infoshape.data.identities.row_identities`; None where rows name
        themselves: each is then of a person of its own, equal rows too.
    targets : tuple of ndarray of shape (n, C_j)
        Labels, of y and then of s: one-hot, zeros where one is missing; with one column, an
        amount. Empty where rows are only released.
    weights : ndarray of shape (n,), dtype float64, or None
        What each row counts, of mean 1; None: all the same. They name no row: identities,
        folds and numbers of persons do not depend on them.
    values : list of bytes or None
        What names each row of a table by the values that it came with, by
        :class:`~sklearn_infoshape.data.tables.TableReader`; None where rows name themselves.
    blocks : tuple of (str, int, bool), or None
        What the columns of a table became, as its reader tells; None where there are numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.sample import Sample
    >>> sample = Sample(np.zeros((3, 2), np.float32), [b"b", b"a", b"b"])
    >>> sample.persons.tolist(), sample.take([0, 2]).persons.tolist()
    ([1, 0, 1], [0, 0])
    """

    rows: np.ndarray
    names: list | None = None
    targets: tuple = ()
    weights: np.ndarray | None = None
    values: list | None = None
    blocks: tuple | None = None

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        return f"Sample({len(self)} rows)"

    @property
    def identities(self):
        """Bytes that name each row, for keyed draws; made when asked for, not kept."""
        if self.names is not None:
            return self.names
        return row_identities(self.rows) if self.values is None else self.values

    @cached_property
    def persons(self):
        """Who each row is of, shape (n,), dtype int; None where rows name themselves."""
        if self.names is None:
            return None
        return np.unique(np.array(self.names, dtype=object), return_inverse=True)[1]

    @property
    def n_persons(self):
        """How many persons there are; None where rows name themselves."""
        return None if self.persons is None else int(self.persons.max()) + 1

    def take(self, index):
        """Some of the rows.

        Parameters
        ----------
        index : ndarray of int, or mask

        Returns
        -------
        Sample
        """
        index = np.arange(len(self))[index]
        names, values = (
            None if known is None else [known[i] for i in index]
            for known in (self.names, self.values)
        )
        targets = tuple(target[index] for target in self.targets)
        weights = None if self.weights is None else self.weights[index]
        return Sample(self.rows[index], names, targets, weights, values, self.blocks)

    def labelled(self, targets):
        """The same rows with other labels."""
        return replace(self, targets=tuple(targets))

    def weighed(self, table):
        """A table of the rows, shape (n, k), times what each row counts."""
        return table if self.weights is None else table * self.weights[:, None]

    def holders(self):
        """How many rows (persons, where these are named) have each row's values.

        Returns
        -------
        ndarray of shape (n,), dtype int
        """
        values = np.unique(short_digests(row_identities(self.rows)), return_inverse=True)[1]
        if self.names is None:
            return np.bincount(values)[values]
        # All rows of one person could be alike.
        pairs = np.unique(values.astype(np.int64) * self.n_persons + self.persons)
        return np.bincount(pairs // self.n_persons)[values]

    def digest(self):
        """32 bytes that name rows, persons and their order, without labels."""
        return data_digest(self.rows, self.identities)
