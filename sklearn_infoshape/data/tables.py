"""Tables of mixed columns: what a fit learns of a data frame, and the numbers that rows become."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.column_warnings import (
    are_row_numbers,
    warn_of_merged,
    warn_of_missing,
    warn_of_row_numbers,
)
from sklearn_infoshape.data.columns import column_positions, two_dimensional
from sklearn_infoshape.data.encodings import CategoryEncoding, NoEncoding, fit_encoding
from sklearn_infoshape.data.entries import kinds_of
from sklearn_infoshape.data.frames import column_at, column_labels, is_missing, values_of
from sklearn_infoshape.data.table_columns import TableColumn, is_categorical, read_column

__all__ = ["TableReader", "category_positions", "check_categories", "is_mixed", "table_names"]

_FROM_DTYPE = "from_dtype"


@dataclass(frozen=True)
class TableReader:
    """What a fit has learned of the columns of a data frame.

    Attributes
    ----------
    labels : tuple
        Of the columns that were fitted.
    categories : tuple of bool
        Which of them are categories whatever they hold.
    encodings : tuple
        Of each column, from :mod:`~sklearn_infoshape.data.encodings`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn_infoshape.data.tables import TableReader
    >>> frame = pd.DataFrame({"age": np.arange(40.0), "ward": ["A", "B"] * 20})
    >>> rows, names = TableReader.fit(frame).read(frame.assign(ward="unknown"))
    >>> rows[3].tolist(), len(set(names))
    ([3.0, 0.0, 0.0], 40)
    """

    labels: tuple
    categories: tuple
    encodings: tuple

    @classmethod
    def fit(cls, X, *, categories=(), persons=None, identifiers="raise"):
        """Learn the kind of each column, levels, typical values, and where gaps are.

        Parameters
        ----------
        X : data frame or ndarray of shape (n, p)
            Features only.
        categories : sequence of int, or None
            Positions of columns that are categories whatever they hold. None: no column may be
            a category.
        persons : ndarray of shape (n,), dtype int, or None
            Who each row is of; None: each of a person of its own.
        identifiers : {"raise", "leave out"}, default="raise"
            What to do with text that names rows.

        Returns
        -------
        TableReader

        Raises
        ------
        TypeError, ValueError
            If a column is nothing that can be read, or text that names rows.

        Warns
        -----
        MissingColumnWarning
            If a column is wholly missing, or no level of it has ten rows.
        IdentifierColumnWarning
            If whole numbers look like the numbers of rows, unless identifiers are left out.
        MergedLevelsWarning
            If a category has more levels than are kept.
        """
        labels = _labels(X)
        as_category = tuple(position in (categories or ()) for position in range(len(labels)))
        left_out: dict = {}
        encodings: list = []
        numbered, merged = [], {}
        for position, label in enumerate(labels):
            column = column_at(X, position)
            forced = as_category[position] or is_categorical(column)
            read = read_column(column, label, as_category=forced)
            if read.kind == "category" and categories is None:
                raise ValueError(
                    f"X holds text or categories in column {label!r}, which are not read with "
                    "categorical_features=None. Leave it at 'from_dtype', or turn them into "
                    "numbers first, for example with sklearn.preprocessing.OneHotEncoder."
                )
            if read.kind == "number" and are_row_numbers(read.values):
                numbered.append(label)
            found = fit_encoding(read, persons)
            if isinstance(found, CategoryEncoding) and found.n_merged:
                merged[label] = found.n_merged, found.n_merged + len(found.levels)
            if isinstance(found, NoEncoding):
                left_out[label] = found.reason
            encodings.append(found)
        named = [label for label, reason in left_out.items() if reason == "identifier"]
        if named and identifiers == "raise":
            raise ValueError(
                f"X has text in column {named[0]!r} that is different in nearly every row, so that "
                "it names rows or persons. Leave it out (X.drop(columns=...)); if it says whose a "
                "row is, name it in fold_columns; text in words needs features first, for example "
                "by sklearn.feature_extraction.text.HashingVectorizer."
            )
        reader = cls(labels, as_category, tuple(encodings))
        warn_of_missing(left_out)
        if identifiers == "raise":
            warn_of_row_numbers(numbered)
        warn_of_merged(merged)
        if not reader.names:
            raise ValueError(
                "No column of X tells anything: all are missing, constant, or without a value that "
                "ten rows (persons) have."
            )
        return reader

    @property
    def names(self):
        """Names of the columns that rows become."""
        return [
            f"{label}{name}"
            for label, encoding in zip(self.labels, self.encodings, strict=True)
            for name in encoding.names
        ]

    @property
    def blocks(self):
        """What each column became: its kind, how many columns, and whether one tells of gaps.

        Returns
        -------
        tuple of (str, int, bool)
        """
        return tuple(
            (encoding.kind, len(encoding.names), encoding.has_gaps)
            for encoding in self.encodings
            if encoding.names
        )

    def read(self, X):
        """Rows as numbers, and what names them.

        Parameters
        ----------
        X : data frame, or ndarray of shape (n, p)
            Columns of a frame are found by their labels, those of an array by position.

        Returns
        -------
        rows : ndarray of shape (n, q)
            Finite.
        names : list of bytes
            The values of the columns themselves: equal rows have equal names, whatever was
            learned, and whichever library holds them.

        Raises
        ------
        TypeError, ValueError
            If a column was not fitted, or is of another kind than it was.

        Warns
        -----
        MissingColumnWarning
            If a column is not there, or has no entries: all rows then count as missing in it.
        """
        n_rows = X.shape[0]
        missing: dict = {}
        columns: list = []
        for label, position, category, encoding in zip(
            self.labels, self._positions(X), self.categories, self.encodings, strict=True
        ):
            kind = encoding.kind
            if kind == "empty":
                columns.append(None)
                continue
            held = np.full(n_rows, None) if position is None else column_at(X, position)
            column = read_column(held, label, as_category=category, kind=kind)
            if column.gaps.all() and n_rows >= _FEWEST_TO_MISS:
                missing[label] = "absent" if position is None else "empty"
            elif position is None:
                missing[label] = "absent"
            columns.append(column)
        warn_of_missing(missing)
        kept = [
            (column, encoding)
            for column, encoding in zip(columns, self.encodings, strict=True)
            if column is not None
        ]
        rows = np.hstack([encoding.encode(column.values) for column, encoding in kept])
        return rows, _joined([column for column, _ in kept])

    def decode(self, rows):
        """What rows of numbers say of the columns that were fitted.

        Parameters
        ----------
        rows : ndarray of shape (n, q)
            As :meth:`read` makes them, NaN where a value is missing.

        Returns
        -------
        list of list
            A list for each row, of floats, truth values, days and levels as text; None where a
            value is missing.
        """
        ends = np.cumsum([len(encoding.names) for encoding in self.encodings])[:-1]
        return [
            [
                encoding.decode(block)
                for encoding, block in zip(self.encodings, np.split(row, ends), strict=True)
            ]
            for row in rows
        ]

    def _positions(self, X):
        labels = column_labels(X)
        if labels is None:
            if X.ndim != 2 or X.shape[1] != len(self.labels):
                raise ValueError(
                    f"X has {X.shape[-1]} features, but was fitted with {len(self.labels)}; give "
                    "the columns that were fitted."
                )
            return range(len(self.labels))
        _labels(X)
        unseen = [label for label in labels if label not in self.labels]
        if unseen:
            raise ValueError(
                f"X has columns that were not there when it was fitted: {unseen[:10]!r}; leave "
                "them out, or fit anew."
            )
        place = {label: position for position, label in enumerate(labels)}
        if not place:
            raise ValueError("X has none of the columns that were fitted.")
        return [place.get(label) for label in self.labels]


_FEWEST_TO_MISS = 10  # rows: of fewer, gaps all over a column are no news


def is_mixed(X):
    """Whether a data frame is more than numbers: it has text, categories, dates or gaps.

    Parameters
    ----------
    X : data frame

    Returns
    -------
    bool
    """
    for position in range(len(column_labels(X))):
        column = column_at(X, position)
        if is_categorical(column):
            return True
        values = values_of(column)
        if values.dtype.kind == "M" or is_missing(values).any():
            return True
        if values.dtype.kind in "OSU" and kinds_of(values) & {"text", "dates"}:
            return True
    return False


def category_positions(categorical_features, X, roles):
    """Places, among the features, of columns that a user calls categories.

    Parameters
    ----------
    categorical_features : "from_dtype", None, label, int, sequence of them, or mask
    X : data frame or ndarray of shape (n, p)
        With the columns that are no features.
    roles : ColumnRoles

    Returns
    -------
    tuple of int, or None
        None where no column may be a category.
    """
    if categorical_features is None:
        return None
    if isinstance(categorical_features, str) and categorical_features == _FROM_DTYPE:
        return ()
    X = two_dimensional(X)
    named = column_positions(
        categorical_features, column_labels(X), X.shape[1], "categorical_features"
    )
    features = [p for p in range(X.shape[1]) if p not in (*roles.sensitive, *roles.persons)]
    return tuple(features.index(p) for p in named if p in features)


def check_categories(categorical_features, X, roles, reader):
    """Refuse categories that were named since the first call, which settled what columns are.

    Parameters
    ----------
    categorical_features, X, roles
        As of :func:`category_positions`.
    reader : TableReader or None
        Of the first call.

    Raises
    ------
    ValueError
    """
    now = category_positions(categorical_features, X, roles) or ()
    if not now and reader is None:
        return
    labels = _labels(two_dimensional(roles.split(X)[0]))
    before = () if reader is None else np.array(reader.labels, dtype=object)[[*reader.categories]]
    if {labels[p] for p in now} != set(before):
        raise ValueError(
            "categorical_features was set since the first call, which settled what columns are. "
            "Set it back, or begin anew: fit, or partial_fit of sklearn.base.clone(transformer)."
        )


def table_names(X):
    """What names the rows of a data frame: their values, whichever library holds them.

    Parameters
    ----------
    X : data frame

    Returns
    -------
    list of bytes
    """
    columns = []
    for position, label in enumerate(column_labels(X)):
        column = column_at(X, position)
        is_category = is_categorical(column) or "text" in kinds_of(values_of(column))
        columns.append(read_column(column, label, as_category=is_category))
    return _joined(columns)


def _joined(columns: list[TableColumn]):
    names = np.column_stack([column.names() for column in columns])
    return [row.tobytes() for row in names]


def _labels(X):
    labels = column_labels(X)
    if labels is None:
        return tuple(range(X.shape[1]))
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(
                f"X has {labels.count(label)} columns named {label!r}; give each a name of its own."
            )
    return tuple(labels)
