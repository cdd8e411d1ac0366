"""What takes the place of gaps and absent columns of later frames, where a fit had only numbers."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_array

from sklearn_infoshape.data.column_warnings import few_of
from sklearn_infoshape.data.typical import typical_numbers
from sklearn_infoshape.exceptions import MissingColumnWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["ColumnFill"]

_MOST_ROWS = 20_000  # by which typical values are found
_MOST_ABSENT = 0.5  # of the columns: a frame that lacks more is another table


@dataclass(frozen=True)
class ColumnFill:
    """Typical values of the columns of a frame, each in the middle of ten rows and more.

    Attributes
    ----------
    labels : tuple
        Of the columns that were fitted.
    values : ndarray of shape (p,)
        About the medians, as :func:`~sklearn_infoshape.data.typical.typical_number` tells; NaN
        where fewer than ten rows (persons) were fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.column_fill import ColumnFill
    >>> ColumnFill.of(np.arange(60.0).reshape(30, 2), ["a", "b"]).values
    array([29., 30.])
    """

    labels: tuple
    values: np.ndarray

    @classmethod
    def of(cls, rows, labels, persons=None):
        """Learn typical values.

        Parameters
        ----------
        rows : ndarray of shape (n, p)
            Finite.
        labels : sequence
        persons : ndarray of shape (n,), dtype int, or None
            Who each row is of; one row of each person counts.

        Returns
        -------
        ColumnFill
        """
        if persons is not None:
            rows = rows[np.unique(persons, return_index=True)[1]]
        return cls(tuple(labels), typical_numbers(rows[:: -(-len(rows) // _MOST_ROWS)]))

    def present(self, labels):
        """Where the columns of a frame belong, if it is the fitted one less some columns.

        Parameters
        ----------
        labels : list

        Returns
        -------
        list of int, or None
            None where all columns are there, or others are, or they stand in another order, or
            more than half of them are absent: that is scikit-learn's to judge.
        """
        if not all(isinstance(label, str) for label in self.labels):
            return None
        place = {label: position for position, label in enumerate(self.labels)}
        found = [place.get(label, -1) for label in labels]
        n_fitted = len(self.labels)
        in_order = -1 not in found and sorted(set(found)) == found
        return found if in_order and n_fitted * _MOST_ABSENT <= len(found) < n_fitted else None

    def widened(self, X, present, dtype):
        """A frame that lacks columns as an array, NaN in these.

        Parameters
        ----------
        X : data frame of shape (n, q)
            Of numbers.
        present : list of int
            From :meth:`present`.
        dtype : list of dtype

        Returns
        -------
        ndarray of shape (n, p)
        """
        held = check_array(X, dtype=dtype, ensure_all_finite=False)
        rows = np.full((len(held), len(self.labels)), np.nan, dtype=held.dtype)
        rows[:, present] = held
        return rows

    def fill(self, rows):
        """Put typical values in the place of gaps.

        Parameters
        ----------
        rows : ndarray of shape (n, p)

        Returns
        -------
        ndarray of shape (n, p)
            The same array where there are no gaps; NaN is left where no value is known.

        Warns
        -----
        MissingColumnWarning
            With the columns, and how many of their entries were filled.
        """
        counts = np.isnan(rows).sum(axis=0)
        gappy = np.flatnonzero((counts > 0) & ~np.isnan(self.values))
        if not len(gappy):
            return rows
        named = few_of([f"{self.labels[j]!r} ({counts[j]})" for j in gappy])
        warn(
            f"X lacks entries that were all there when it was fitted: of {len(rows)} rows, in "
            f"column {named}. They are taken as about the median of the fitted rows. Give these "
            "columns, or fit on a data frame with such gaps, of which a column then tells.",
            MissingColumnWarning,
        )
        filled = rows.copy()
        filled[:, gappy] = np.where(np.isnan(rows[:, gappy]), self.values[gappy], rows[:, gappy])
        return filled
