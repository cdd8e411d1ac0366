"""Which columns of X are sensitive and which name persons: settled by fit, and kept from there."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.frames import column_at, column_labels, take_columns, values_of

__all__ = ["ColumnRoles", "column_positions", "resolve_columns", "two_dimensional"]


@dataclass(frozen=True)
class ColumnRoles:
    """The columns of a table that are no features, by their places in the table that was fitted.

    Attributes
    ----------
    n_columns : int
        Of the table that was fitted.
    labels : tuple or None
        Of all its columns, where it was a data frame.
    sensitive, persons : tuple of int
        Positions, in the order in which they were named.
    """

    n_columns: int
    labels: tuple | None
    sensitive: tuple
    persons: tuple

    def split(self, X):
        """Features, sensitive columns and columns that name a person, apart.

        Parameters
        ----------
        X : array-like or data frame of shape (n, p)
            As it was fitted, or without sensitive columns. Columns of a data frame are found
            by their labels where that which was fitted had some, else by position.

        Returns
        -------
        rest : same container as X
        taken : list of (str, ndarray of shape (n,)), or None
            The sensitive columns; None where there are none, or X has them no longer.
        persons : list of (str, ndarray of shape (n,)), or None

        Raises
        ------
        ValueError
            If a column that names a person is missing, or X has another number of columns.
        """
        if not self.sensitive and not self.persons:
            return X, None, None
        X = two_dimensional(X)
        labels = column_labels(X)
        if labels is not None:
            _refuse_twins(labels)
        if labels is not None and self.labels is not None and not self._counted(labels):
            place = {label: position for position, label in enumerate(labels)}
        else:
            place = self._places_by_number(X.shape[1])
            if place is None:
                raise ValueError(self._wrong_width(X.shape[1]))
        keys = range(self.n_columns) if self.labels is None else self.labels
        sensitive = [place.get(keys[p]) for p in self.sensitive]
        persons = [place.get(keys[p]) for p in self.persons]
        for position, found in zip(self.persons, persons, strict=True):
            if found is None:
                raise ValueError(
                    f"fold_columns: X has no column {keys[position]!r}; it has {_listed(labels)}."
                )
        used = {p for p in sensitive + persons if p is not None}
        rest = take_columns(X, [p for p in range(X.shape[1]) if p not in used])
        taken = None if None in sensitive else self._columns(X, self.sensitive, sensitive)
        return rest, taken or None, self._columns(X, self.persons, persons) or None

    def check_continues(self, X, sensitive_columns, fold_columns):
        """Refuse parameters that name other columns of X than those that were resolved.

        Parameters
        ----------
        X : array-like or data frame of shape (n, p)
        sensitive_columns, fold_columns
            As in :func:`resolve_columns`.

        Raises
        ------
        ValueError
        """
        if self.n_columns:
            X = two_dimensional(X)
            labels = column_labels(X)
            labels = None if labels is None else tuple(labels)
            if (X.shape[1], labels) != (self.n_columns, self.labels):
                return  # names and positions may mean nothing there
        now = resolve_columns(X, sensitive_columns, fold_columns)
        for name, before, after in (
            ("sensitive_columns", self.sensitive, now.sensitive),
            ("fold_columns", self.persons, now.persons),
        ):
            if before != after:
                raise ValueError(
                    f"{name} was set since the first call, which settled what columns are. Set it "
                    "back, or begin anew: fit, or partial_fit of sklearn.base.clone(transformer)."
                )

    def without(self, names):
        """Names of columns of X, with those left out that are no features.

        Parameters
        ----------
        names : sequence of str

        Returns
        -------
        list of str
        """
        names = list(names)
        if self.labels is not None and all(isinstance(label, str) for label in self.labels):
            gone = {self.labels[p] for p in self.sensitive + self.persons}
            return [name for name in names if name not in gone]
        place = self._places_by_number(len(names))
        if place is None:
            return names
        keys = list(range(self.n_columns) if self.labels is None else self.labels)
        gone = {place.get(keys[p]) for p in self.sensitive + self.persons}
        return [name for position, name in enumerate(names) if position not in gone]

    def _counted(self, labels):
        """Whether both tables have no labels but the numbers of their columns."""
        return _are_positions(self.labels) and _are_positions(labels)

    def _places_by_number(self, n_columns):
        """Where the columns of the fitted table are in one that may lack the sensitive ones."""
        keys = list(range(self.n_columns) if self.labels is None else self.labels)
        if n_columns == self.n_columns - len(self.sensitive):
            keys = [key for p, key in enumerate(keys) if p not in self.sensitive]
        return dict(zip(keys, range(n_columns), strict=True)) if len(keys) == n_columns else None

    def _wrong_width(self, n_columns):
        n_features = self.n_columns - len(self.sensitive) - len(self.persons)
        also = [
            f"{len(group)} of {parameter}"
            for parameter, group in (
                ("sensitive_columns", self.sensitive),
                ("fold_columns", self.persons),
            )
            if group
        ]
        return (
            f"X has {n_columns} columns, but {self.n_columns} were fitted: {n_features} features, "
            f"{', '.join(also)}. Pass all of them"
            + (", or all but the sensitive ones." if self.sensitive else ".")
        )

    def _columns(self, X, positions, places):
        return [
            (
                f"x{p}" if self.labels is None else str(self.labels[p]),
                values_of(column_at(X, place)),
            )
            for p, place in zip(positions, places, strict=True)
        ]


def resolve_columns(X, sensitive_columns=None, fold_columns=None):
    """Find the columns that are named, once and for all.

    Parameters
    ----------
    X : array-like or data frame of shape (n, p)
        That is fitted.
    sensitive_columns, fold_columns : label, int, sequence of them, or None
        Names (of a data frame), positions, also negative ones, in any mixture and order; or a
        mask with an entry for each column, in their order (the index of a Series must be, too).

    Returns
    -------
    ColumnRoles

    Raises
    ------
    ValueError
        If a column is not there, is named twice, or an integer could mean two of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.data.columns import resolve_columns
    >>> roles = resolve_columns(np.zeros((2, 4)), sensitive_columns=-1, fold_columns=[0])
    >>> roles.sensitive, roles.persons
    ((3,), (0,))
    """
    wanted = {"sensitive_columns": sensitive_columns, "fold_columns": fold_columns}
    if all(columns is None or _is_empty(columns) for columns in wanted.values()):
        return ColumnRoles(0, None, (), ())
    X = two_dimensional(X)
    labels = column_labels(X)
    if labels is not None:
        _refuse_twins(labels)
    found = {
        parameter: column_positions(columns, labels, X.shape[1], parameter)
        for parameter, columns in wanted.items()
    }
    both = set(found["sensitive_columns"]) & set(found["fold_columns"])
    if both:
        raise ValueError(
            f"{_called(min(both), labels)} is one of sensitive_columns and of fold_columns; name "
            "it in one of them only."
        )
    return ColumnRoles(
        X.shape[1],
        None if labels is None else tuple(labels),
        found["sensitive_columns"],
        found["fold_columns"],
    )


def column_positions(columns, labels, n_columns, parameter):
    """Positions from 0 up of the columns that a parameter names.

    Parameters
    ----------
    columns : label, int, sequence of them, mask, or None
    labels : list or None
        Of all columns, where there is a data frame.
    n_columns : int
    parameter : str
        How messages call it.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
    """
    if columns is None or _is_empty(columns):
        return ()
    wanted = _as_list(columns, labels)
    masks = [isinstance(c, bool | np.bool_) for c in wanted]
    if any(masks):
        _check_index(columns, labels, n_columns, parameter)
        return _masked(wanted, masks, labels, n_columns, parameter)
    positions = []
    for one in wanted:
        position = _position(one, wanted, labels, n_columns, parameter)
        if position in positions:
            raise ValueError(
                f"{parameter}={_shown(wanted)} names {_called(position, labels)} twice; name each "
                "column once."
            )
        positions.append(position)
    return tuple(positions)


def _position(one, wanted, labels, n_columns, parameter):
    if isinstance(one, int | np.integer):
        if not -n_columns <= one < n_columns and (labels is None or one not in labels):
            raise ValueError(f"{parameter}={_shown(wanted)}: X has {n_columns} columns only.")
        position = int(one) % n_columns
        if labels is not None:
            label = labels[position]
            elsewhere = one in labels and labels.index(one) != position
            if elsewhere or (isinstance(label, int | np.integer) and label != position):
                raise ValueError(
                    f"{parameter}={_shown(wanted)}: the columns of X are labelled by integers that "
                    f"are not their positions, so that {one} could be a label or a position. "
                    "Rename the columns to text (X.columns = X.columns.astype(str)), and name them."
                )
        return position
    if labels is None and isinstance(one, str):
        raise ValueError(
            f"{parameter}={_shown(wanted)} are names, but X is an array without names. Pass a "
            "DataFrame; in a Pipeline, let earlier steps keep names with "
            ".set_output(transform='pandas'); or give positions."
        )
    named = labels is not None and one in labels and _is_label(one, labels)
    if named:
        if labels.count(one) > 1:
            raise ValueError(
                f"{parameter}={_shown(wanted)}: X has {labels.count(one)} columns named {one!r}; "
                "give positions, or each column a name of its own."
            )
        return labels.index(one)
    if labels is None:
        raise ValueError(
            f"{parameter}={_shown(wanted)}: {one!r} is no position of a column; give whole numbers "
            "or a mask (or names, with a DataFrame)."
        )
    raise ValueError(f"{parameter}: X has no column {one!r}; it has {_listed(labels)}.")


def _is_label(one, labels):
    """Whether what equals a label is one: 3.0 equals the label 3, and is a slip."""
    label = labels[labels.index(one)]
    return isinstance(one, float | np.floating) == isinstance(label, float | np.floating)


def _masked(wanted, masks, labels, n_columns, parameter):
    """Positions of a mask's true entries."""
    labelled = labels is not None and any(isinstance(label, bool | np.bool_) for label in labels)
    if not all(masks) or labelled:
        raise ValueError(
            f"{parameter}={_shown(wanted)} mixes truth values with other names; give names, "
            "positions, or a mask with True or False for each column."
        )
    if len(wanted) != n_columns:
        raise ValueError(
            f"{parameter}={_shown(wanted)} is a mask of {len(wanted)} entries, but X has "
            f"{n_columns} columns; give True or False for each of them, or names or positions."
        )
    if not any(wanted):
        raise ValueError(
            f"{parameter}={_shown(wanted)} is a mask that marks no column; mark one, or leave "
            f"{parameter}=None."
        )
    return tuple(int(p) for p in np.flatnonzero(np.array(wanted, dtype=bool)))


def _check_index(mask, labels, n_columns, parameter):
    """Refuse a mask whose own index names columns in another order than X has them."""
    if not hasattr(mask, "iloc"):
        return
    index = list(mask.index)
    if index not in (list(range(n_columns)), labels):
        raise ValueError(
            f"{parameter} is a mask with an index that is not that of the columns of X, in their "
            f"order. Name the columns that it marks: {parameter}=list(mask.index[mask])."
        )


def _as_list(columns, labels):
    """What is named, one by one; a tuple may itself be a label of a column."""
    if isinstance(columns, tuple) and labels is not None and columns in labels:
        return [columns]
    if isinstance(columns, str) or np.ndim(columns) == 0:
        return [columns]
    return list(columns)


def _is_empty(columns):
    return not isinstance(columns, str) and hasattr(columns, "__len__") and len(columns) == 0


def two_dimensional(X):
    """A data frame as it is, anything else as an array that keeps masks and mixed types."""
    if column_labels(X) is not None:
        return X
    array = X if isinstance(X, np.ma.MaskedArray) else np.asarray(X)
    if isinstance(X, list | tuple):  # of numbers and text, or of long integers and gaps
        array = np.array(X, dtype=object)
    if array.ndim != 2:
        raise ValueError("Parameters that name columns need X with two dimensions.")
    return array


def _refuse_twins(labels):
    seen = set()
    for label in labels:
        if label in seen:
            raise ValueError(
                f"X has {labels.count(label)} columns named {label!r}; give each column a name of "
                "its own."
            )
        seen.add(label)


def _are_positions(labels):
    return all(
        isinstance(label, int | np.integer) and not isinstance(label, bool) and label == position
        for position, label in enumerate(labels)
    )


def _called(position, labels):
    return f"column {position if labels is None else labels[position]!r}"


def _shown(wanted):
    """A parameter's value in messages, the same for a list and an array of it."""
    plain = [c.item() if isinstance(c, np.generic) else c for c in wanted]
    return repr(plain[0] if len(plain) == 1 else plain)


def _listed(labels, most=20):
    if len(labels) <= most:
        return repr(list(labels))
    return f"{len(labels)} columns, {', '.join(map(repr, labels[:most]))} and so on"
