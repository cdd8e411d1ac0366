"""What is attacked: sensitive columns alone and jointly, other columns of a scan, the task."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.audit.release import fitted_parts
from sklearn_infoshape.data.entries import AMOUNTS, as_numbers, kinds_of
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.label_column import describe_column
from sklearn_infoshape.data.labels import label_columns

__all__ = [
    "Target",
    "fitted_labels",
    "joint_target",
    "read_classes",
    "read_scan",
    "read_targets",
]

_MOST_LEVELS = 20
_FEWEST_JOINT = 20
_FEWEST_KNOWN = 0.5  # share of rows, below which a column is another attribute than the fitted one
_N_BINS = 8


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
    is_placed : bool
        Whether the attackers' training rows placed borders of bins, or chose what was merged.
    """

    name: str
    classes: np.ndarray
    n_classes: int
    values: np.ndarray | None = None
    is_placed: bool = False

    @property
    def known(self):
        """Which rows have the label."""
        return self.classes >= 0

    def take(self, rows):
        """The same label for some of the rows."""
        values = None if self.values is None else self.values[rows]
        return Target(self.name, self.classes[rows], self.n_classes, values, self.is_placed)


def fitted_labels(release, parameter):
    """What a fitted release of ours holds a label to be.

    Parameters
    ----------
    release : fitted transformer, fitted Pipeline, callable, or list of these
    parameter : {"y", "sensitive_features"}

    Returns
    -------
    tuple of LabelColumn
        Of the last step that was fitted with such labels; empty where there is none.
    """
    for one in reversed(release if isinstance(release, list | tuple) else [release]):
        for step in reversed(fitted_parts(one)):
            labels = getattr(step, "labels_", None)
            found = getattr(labels, "tasks" if parameter == "y" else "sensitives", ())
            if found:
                return tuple(found)
    return ()


def read_classes(number, columns, parameter, fitted):
    """A label column as classes, whatever rows there are: nothing is too rare to be read.

    Parameters
    ----------
    number : int
        Of the column in ``columns``.
    columns : list of (str, ndarray of shape (n,))
    parameter : {"y", "sensitive_features"}
    fitted : sequence of LabelColumn
        As :func:`fitted_labels` finds them: they decide, where one of them is of this column.

    Returns
    -------
    classes : ndarray of shape (n,), dtype int
        From 0 up; -1 where the label is missing. Classes that the fit has not seen are one
        class more.
    n_unseen : int
        How many rows that class has.
    """
    name, values = columns[number]
    described = _description_of(number, columns, parameter, fitted)
    known = ~is_missing(values)
    observed = values[known]
    classes = np.full(len(values), -1)
    if described is not None and described.kind == "classes":
        seen = described.seen(observed)
        which = np.full(len(observed), described.n_classes)
        which[seen] = described.encode(observed[seen]).argmax(axis=1)
        classes[known] = which
        return classes, int((~seen).sum())
    if described is None or described.kind == "value":
        if len(set(observed.tolist())) < 2:
            classes[known] = 0
            return classes, 0
        # Twice, so that a class with one row is no error here.
        described = describe_column(
            name,
            np.tile(observed, 2),
            parameter=parameter,
            kind="auto" if described is None else "continuous",
            n_bins=_N_BINS,
        )
    classes[known] = described.encode(observed).argmax(axis=1)
    return classes, 0


def _description_of(number, columns, parameter, fitted):
    """The description of a fit that holds for a label column at hand, if one does.

    The one of this name; of columns without names, the one at this place. None where names
    differ, or where no value is one that was fitted: then it is another attribute.
    """
    name, values = columns[number]
    described = next((column for column in fitted if column.name == name), None)
    if described is None and len(fitted) == len(columns):
        described = fitted[number]
        if _is_named(name, parameter) and _is_named(described.name, parameter):
            return None
    if described is None:
        return None
    observed = values[~is_missing(values)]
    if described.kind == "classes":
        return described if not len(observed) or described.seen(observed).any() else None
    return described if _are_amounts(observed) else None


def _is_named(name, parameter):
    return name != parameter and not name.startswith(f"{parameter}[")


def _are_amounts(observed):
    return kinds_of(observed) <= AMOUNTS


def read_targets(labels, parameter, *, kind="auto", n_bins=8, border_rows=None, fitted=()):
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
    fitted : sequence of LabelColumn, default=()
        What the audited transformer was fitted to hide or to keep. With ``kind="auto"`` it
        decides what is a class, and where bins have their borders (unless ``n_bins`` is not 8).

    Returns
    -------
    list of Target

    Raises
    ------
    ValueError
        If a column is constant. A class with a single row counts as missing, with a warning.
    """
    targets = []
    columns = label_columns(labels, parameter)
    for number, (name, values) in enumerate(columns):
        own = kind
        if kind == "auto":
            as_fitted = _description_of(number, columns, parameter, fitted)
            if as_fitted is not None and _fits_whole(as_fitted, values):
                if as_fitted.kind == "bins" and n_bins == _N_BINS:
                    targets.append(_target(name, values, as_fitted))
                    continue
                own = "classes" if as_fitted.kind == "classes" else "continuous"
        described = describe_column(
            name, values, parameter=parameter, kind=own, n_bins=n_bins, single="missing"
        )
        if described.kind == "bins" and border_rows is not None:
            described = describe_column(
                name, values[border_rows], parameter=parameter, kind="continuous", n_bins=n_bins
            )
        targets.append(_target(name, values, described, described.kind == "bins"))
    return targets


def _fits_whole(as_fitted, values):
    """Whether audited rows look like those of the fit, rather than like another attribute."""
    observed = values[~is_missing(values)]
    if as_fitted.kind == "classes":
        return as_fitted.seen(observed).sum() > _FEWEST_KNOWN * len(observed)
    if as_fitted.kind == "bins":
        return len(np.unique(as_fitted.encode(observed).argmax(axis=1))) == as_fitted.n_classes
    return True


def _target(name, values, described, is_placed=False):
    missing = is_missing(values) | ~described.seen(values)
    encoded = described.encode(values, unseen="missing").argmax(axis=1)
    amounts = None
    if described.kind == "bins":
        amounts = np.full(len(values), np.nan)
        amounts[~missing] = as_numbers(values[~missing])
    classes = np.where(missing, -1, encoded)
    return Target(name, classes, described.n_classes, amounts, is_placed)


def joint_target(targets, border_rows=None):
    """Several labels as one: a class for each combination.

    Combinations of fewer than 20 rows are one class; what is known of a function of the
    labels is known of the labels.

    Parameters
    ----------
    targets : list of Target
    border_rows : ndarray of int or None, default=None
        The rows that tell which combinations are rare; None: all.

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
    classes = np.full(len(known), -1)
    classes[known] = which
    counted, fewest = classes[known], _FEWEST_JOINT
    if border_rows is not None:
        counted = classes[border_rows]
        fewest = max(2, round(_FEWEST_JOINT * len(border_rows) / len(known)))
    counts = np.bincount(counted[counted >= 0], minlength=which.max() + 1)
    rare = counts < fewest
    number = np.cumsum(~rare) - 1
    number[rare] = (~rare).sum()
    classes[known] = number[which]
    name = " & ".join(target.name for target in targets)
    is_placed = bool(rare.any()) or any(target.is_placed for target in targets)
    return Target(name, classes, int(number.max()) + 1, is_placed=is_placed)


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
        kinds = kinds_of(values)
        if kinds & {"lists", "dicts"}:
            skipped[name] = f"holds {min(kinds & {'lists', 'dicts'})}, which are no labels"
            continue
        if kinds in ({"numbers"}, {"dates"}, {"durations"}):
            values = as_numbers(values)
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
            described = describe_column(
                name, values, parameter="scan", kind=kind, n_bins=n_bins, single="missing"
            )
            targets.append(_target(name, values, described))
        except ValueError as reason:
            skipped[name] = str(reason)
    return targets, skipped
