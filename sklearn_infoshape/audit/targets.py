"""What is attacked: sensitive columns alone and jointly, other columns of a scan, the task."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.information.labels import describe_column, is_missing, label_columns

__all__ = ["Target", "joint_target", "read_scan", "read_targets"]

_MOST_LEVELS = 20
_FEWEST_JOINT = 20


@dataclass(frozen=True)
class Target:
    """A label of all rows, as classes.

    Attributes
    ----------
    name : str
    classes : ndarray of shape (n,), dtype int64
        From 0 up; -1 where the label is missing.
    n_classes : int
    values : ndarray of shape (n,) or None
        Of an amount: the amount, NaN where missing; ``classes`` are its quantile bins.
    """

    name: str
    classes: np.ndarray
    n_classes: int
    values: np.ndarray | None = None

    @property
    def known(self):
        """Which rows have the label."""
        return self.classes >= 0

    def take(self, rows):
        """The same label for some of the rows."""
        values = None if self.values is None else self.values[rows]
        return Target(self.name, self.classes[rows], self.n_classes, values)


def read_targets(labels, parameter, *, kind="auto", n_bins=8, border_rows=None):
    """Label columns as targets.

    Parameters
    ----------
    labels : array-like of shape (n,) or (n, d)
    parameter : str
        ``"y"`` or ``"sensitive_features"``, for messages.
    kind : {"auto", "classes", "continuous"}, default="auto"
    n_bins : int, default=8
        Quantile bins of an amount.
    border_rows : ndarray of int or None, default=None
        The rows that place the borders of the bins; None: all.

    Returns
    -------
    list of Target

    Raises
    ------
    ValueError
        If a column is constant, or has a class with a single row.
    """
    targets = []
    for name, values in label_columns(labels, parameter):
        described = describe_column(name, values, parameter=parameter, kind=kind, n_bins=n_bins)
        if described.kind == "bins" and border_rows is not None:
            described = describe_column(
                name, values[border_rows], parameter=parameter, kind="continuous", n_bins=n_bins
            )
        targets.append(_target(name, values, described))
    return targets


def _target(name, values, described):
    missing = is_missing(values)
    encoded = described.encode(values).argmax(axis=1)
    amounts = None
    if described.kind == "bins":
        amounts = np.full(len(values), np.nan)
        amounts[~missing] = values[~missing].astype(float)
    return Target(name, np.where(missing, -1, encoded), described.n_classes, amounts)


def joint_target(targets):
    """Several labels as one: a class for each combination.

    Combinations of fewer than 20 rows are one class; what is known of a function of the
    labels is known of the labels.

    Parameters
    ----------
    targets : list of Target

    Returns
    -------
    Target

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.targets import Target, joint_target
    >>> a = Target("a", np.repeat([0, 1], 40), 2)
    >>> b = Target("b", np.tile([0, 1], 40), 2)
    >>> joint_target([a, b]).name, joint_target([a, b]).n_classes
    ('a & b', 4)
    """
    known = np.all([target.known for target in targets], axis=0)
    table = np.column_stack([target.classes[known] for target in targets])
    which = np.unique(table, axis=0, return_inverse=True)[1].ravel()
    counts = np.bincount(which)
    number = np.cumsum(counts >= _FEWEST_JOINT) - 1
    rare = counts < _FEWEST_JOINT
    number[rare] = (~rare).sum()
    classes = np.full(len(known), -1)
    classes[known] = number[which]
    name = " & ".join(target.name for target in targets)
    return Target(name, classes, int(number.max()) + 1)


def read_scan(scan, n_bins=8):
    """Columns that nobody named, and those that cannot be attacked.

    Parameters
    ----------
    scan : DataFrame or array-like of shape (n, d)
    n_bins : int, default=8

    Returns
    -------
    targets : list of Target
        Text with more than 20 levels keeps the most frequent ones, others are one class.
    skipped : dict of str to str
        Column and reason.
    """
    targets, skipped = [], {}
    for name, values in label_columns(scan, "scan"):
        missing = is_missing(values)
        if values.dtype.kind not in "biuf":
            levels, counts = np.unique(values[~missing].astype(str), return_counts=True)
            kept = levels[np.argsort(-counts, kind="stable")[:_MOST_LEVELS]]
            text = values.astype(str).astype(object)
            text[~np.isin(values.astype(str), kept)] = "(other)"
            text[missing] = None
            values = text
        try:
            kind = "auto"
            if values.dtype.kind in "iuf":
                kind = "continuous" if len(np.unique(values[~missing])) > _MOST_LEVELS else "auto"
            described = describe_column(name, values, parameter="scan", kind=kind, n_bins=n_bins)
            targets.append(_target(name, values, described))
        except ValueError as reason:
            skipped[name] = str(reason)
    return targets, skipped
