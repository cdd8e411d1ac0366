"""Whether y, s and a column of X are the same under other names, which is said before training."""

from itertools import pairwise

import numpy as np

from sklearn_infoshape.data.column_warnings import few_of
from sklearn_infoshape.data.sample import observed_classes
from sklearn_infoshape.exceptions import LabelOverlapWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["warn_of_overlap"]

_FEWEST_ROWS = 20  # of fewer, columns can agree by chance
_FIRST_ROWS = 200  # by which columns are compared first
_MOST_CLASSES = 50  # of a label that columns are compared with
_MOST_NAMED = 5


def warn_of_overlap(sample, labels, names):
    """Name labels, and columns of X, that are one and the same up to the names of values.

    Parameters
    ----------
    sample : Sample
        With targets, of y and then of s.
    labels : Labels
    names : sequence
        Of the columns of X that became features; several features of a table may be of one.

    Warns
    -----
    LabelOverlapWarning
    """
    codes = [
        None if column.classes is None else observed_classes(target)
        for column, target in zip(labels.columns, sample.targets, strict=True)
    ]
    n_tasks = len(labels.tasks)
    for task, y in zip(labels.tasks, codes[:n_tasks], strict=True):
        for sensitive, s in zip(labels.sensitives, codes[n_tasks:], strict=True):
            if y is not None and s is not None and _are_one(y, s):
                warn(
                    f"{_called('y', task.name)} and "
                    f"{_called('sensitive_features', sensitive.name)} are the same, up to the "
                    "names of classes: nothing can be kept of y that is not s. Pass another y, or "
                    "another sensitive attribute.",
                    LabelOverlapWarning,
                )
    if sample.rows.ndim != 2:
        return
    columns = _columns(sample)
    for number, (column, own) in enumerate(zip(labels.columns, codes, strict=True)):
        same = [] if own is None else [names[j] for j in _equal_columns(columns, own)]
        if same:
            shown = few_of([*map(repr, same)], _MOST_NAMED)
            role = "y" if number < n_tasks else "sensitive_features"
            remedy = (
                "models learn nothing else, and transform needs it. Leave it out of X."
                if number < n_tasks
                else "the encoder reads it, so that transform needs it of every row that is "
                "released. Leave it out of X, or name it in sensitive_columns, which transform "
                "does without."
            )
            warn(
                f"Column {shown} of X holds the same as {_called(role, column.name)}: {remedy}",
                LabelOverlapWarning,
            )


def _called(role, name):
    return role if name == role else f"{role} ({name!r})"


def _are_one(a, b):
    """Whether each class of one label is one class of the other, where both are known."""
    known = (a >= 0) & (b >= 0)
    if known.sum() < _FEWEST_ROWS:
        return False
    a, b = a[known].astype(np.int64), b[known].astype(np.int64)
    n_pairs = len(np.unique(a * (b.max() + 1) + b))
    return n_pairs == len(np.unique(a)) == len(np.unique(b)) > 1


def _columns(sample):
    """One column of numbers for each column of X: of a category, which level it is."""
    if sample.blocks is None:
        return sample.rows
    ends = np.cumsum([0, *(width for _, width, _ in sample.blocks)])
    return np.column_stack(
        [
            sample.rows[:, start:end] @ np.arange(1, end - start + 1, dtype=np.float32)
            if kind == "category"
            else sample.rows[:, start]
            for (kind, _, _), (start, end) in zip(sample.blocks, pairwise(ends), strict=True)
        ]
    )


def _equal_columns(columns, classes):
    """Places of columns with one value for each class, and another for each other one."""
    known = np.flatnonzero(classes >= 0)
    n_classes = classes.max(initial=-1) + 1
    if len(known) < _FEWEST_ROWS or not 1 < n_classes <= _MOST_CLASSES:
        return []
    first, candidates = known[:_FIRST_ROWS], np.ones(columns.shape[1], dtype=bool)
    for c in np.unique(classes[first]):
        own = columns[first[classes[first] == c]]
        candidates &= own.min(axis=0) == own.max(axis=0)
    own = classes[known]
    return [
        j
        for j in np.flatnonzero(candidates).tolist()
        if _are_one(own, np.unique(columns[known, j], return_inverse=True)[1].ravel())
    ]
