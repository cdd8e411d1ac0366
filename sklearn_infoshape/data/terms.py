"""All label columns of a fit, and the terms that they are in the Lagrangian."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.label_column import describe_column

__all__ = [
    "LabelTerm",
    "Labels",
    "check_classes",
    "describe_columns",
    "describe_labels",
    "labels_of_batch",
    "one_each",
    "weighed",
]


@dataclass(frozen=True)
class Labels:
    """All label columns of a problem, and the terms that they are in the Lagrangian."""

    tasks: tuple
    sensitives: tuple
    terms: tuple

    @property
    def columns(self):
        """Task labels first, then sensitive attributes."""
        return self.tasks + self.sensitives

    def encode(self, tasks, sensitives, unseen="raise"):
        """Targets of all columns, in the order of the terms.

        Rows of a class that is not described are an error, or with ``unseen="missing"`` (of the
        very rows that were described: classes of a single row) as if the label were missing.
        """
        values = [v for _, v in tasks] + [v for _, v in sensitives]
        if len(values) != len(self.columns):
            raise ValueError(
                f"Expected {len(self.tasks)} columns of y and {len(self.sensitives)} of "
                f"sensitive_features, as at the first fit; got {len(tasks)} and {len(sensitives)}."
            )
        return [column.encode(v, unseen) for column, v in zip(self.columns, values, strict=True)]

    def priced(self, multipliers):
        """The same labels at other privacy multipliers, one a sensitive column."""
        weights = [term.weight for term in self.terms[: len(self.tasks)]]
        weights += [-float(multiplier) for multiplier in multipliers]
        terms = zip(self.terms, weights, strict=True)
        return replace(self, terms=tuple(replace(t, weight=weight) for t, weight in terms))


def describe_labels(
    settings, tasks, sensitives, classes=None, sensitive_classes=None, sample_weight=None
):
    """Decide what each label column is; :func:`weighed` says what it weighs.

    Parameters
    ----------
    settings : estimator
        Its ``target_kind``, ``sensitive_kind`` and ``n_bins`` are read.
    tasks, sensitives : list of (str, ndarray of shape (n,))
    classes, sensitive_classes : list of array-like or None, optional
        Known classes, one entry a column; from :func:`check_classes`.
    sample_weight : ndarray of shape (n,), optional
        For the shares of classes, and the borders of bins.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If a column cannot be used, or there is not one kind a column.
    """
    described = [
        describe_columns(
            columns,
            parameter=parameter,
            kind=kind,
            n_bins=settings.n_bins,
            classes=known,
            single="missing",
            sample_weight=sample_weight,
        )
        for parameter, columns, kind, known in (
            ("y", tasks, settings.target_kind, classes),
            ("sensitive_features", sensitives, settings.sensitive_kind, sensitive_classes),
        )
    ]
    return Labels(
        described[0],
        described[1],
        tuple(
            LabelTerm(role, 0.0, None if c.frequencies is None else tuple(c.frequencies))
            for role, columns in zip(("utility", "leakage"), described, strict=True)
            for c in columns
        ),
    )


def weighed(labels, settings):
    """The same labels, with the weights that the parameters give them now.

    Parameters
    ----------
    labels : Labels
    settings : InfoShapeTransformer
        Its ``task_weights`` and ``privacy_multiplier`` are read.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If there is not one weight or multiplier a column.
    """
    task_weights = settings.task_weights if settings.task_weights is not None else 1.0
    weights = one_each(task_weights, len(labels.tasks), "task_weights")
    multipliers = one_each(
        settings.privacy_multiplier, len(labels.sensitives), "privacy_multiplier"
    )
    for name, numbers in (("task_weights", weights), ("privacy_multiplier", multipliers)):
        if any(not np.isfinite(number) or number < 0 for number in numbers):
            raise ValueError(f"{name} must be finite and not negative, got {list(numbers)}.")
    numbers = [float(w) for w in weights] + [-float(m) for m in multipliers]
    terms = zip(labels.terms, numbers, strict=True)
    return replace(labels, terms=tuple(replace(term, weight=number) for term, number in terms))


def labels_of_batch(settings, earlier, tasks, sensitives, classes, sensitive_classes):
    """What the first batch of a stream decides on, at the weights of now.

    Parameters
    ----------
    settings : InfoShapeTransformer
    earlier : Labels or None
        Of the first call, whose classes stay.
    tasks, sensitives : list of (str, ndarray of shape (n,))
    classes, sensitive_classes : array-like, list of array-like, or None
        As ``partial_fit`` was given them.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
    """
    both = earlier.tasks if earlier else None, earlier.sensitives if earlier else None
    known = [
        check_classes(tasks, classes, "classes", both[0]),
        check_classes(sensitives, sensitive_classes, "sensitive_classes", both[1]),
    ]
    if earlier is not None:
        return weighed(earlier, settings)
    try:
        return weighed(describe_labels(settings, tasks, sensitives, *known), settings)
    except ValueError as error:
        if " class" not in str(error) or (classes is not None and sensitive_classes is not None):
            raise
        raise ValueError(
            f"{error} Where later rows will show more classes, name all of them in the first "
            "call of partial_fit: classes=, sensitive_classes=."
        ) from None


def check_classes(columns, classes, parameter, labels=None):
    """The classes that a first batch may lack, one entry a column.

    Parameters
    ----------
    columns : list of (str, ndarray of shape (n,))
    classes : array-like, list of array-like, or None
    parameter : {"classes", "sensitive_classes"}
    labels : tuple of LabelColumn, optional
        Of an earlier call, whose classes stay.

    Returns
    -------
    list of ndarray or None

    Raises
    ------
    ValueError
        If there is not one list of classes a column, a list cannot be one of classes, or a class
        that is there is not in it.
    """
    of = "y" if parameter == "classes" else "sensitive_features"
    if classes is None:
        return [None] * len(columns)
    if not columns:
        raise ValueError(f"{parameter} was given, but no {of}; leave {parameter} away.")
    if isinstance(classes, str | bytes) or not isinstance(classes, Iterable):
        raise ValueError(
            f"{parameter} is of type {type(classes).__name__}; give a list of the classes of {of}."
        )
    given = list(classes)
    if len(columns) == 1 and not (len(given) == 1 and np.ndim(given[0]) == 1):
        given = [given]
    if len(given) != len(columns) or any(k is not None and np.ndim(k) != 1 for k in given):
        raise ValueError(
            f"{parameter} must hold one list of classes for each of the {len(columns)} columns of "
            f"{of} (None where the rows at hand show all), got {len(given)} entries"
            + ("." if len(given) != len(columns) else ", not all of them lists.")
        )
    for number, ((name, values), known) in enumerate(zip(columns, given, strict=True)):
        if known is not None:
            earlier = None if labels is None else labels[number]
            _check_known(f"{of} column {name!r}" if name != of else of, values, known, parameter)
            if earlier is not None and set(known) != set(earlier.classes):
                raise ValueError(
                    f"{parameter} is not what the first call was told, or saw, of {earlier.name}: "
                    f"the classes stay. Leave {parameter} away, or fit anew."
                )
    return [None if known is None else np.asarray(known) for known in given]


def _check_known(label, values, known, parameter):
    known = np.asarray(known, dtype=object)
    if is_missing(known).any():
        raise ValueError(f"{parameter} of {label} holds a missing value; name the classes only.")
    if len(set(known)) < 2:
        raise ValueError(
            f"{parameter} of {label} names {len(set(known))} class; name all, at least two."
        )
    lacking = set(values[~is_missing(values)].tolist()) - set(known.tolist())
    if lacking:
        raise ValueError(
            f"{parameter} lacks {len(lacking)} of the classes that {label} holds; name all of them "
            "in the first call, in the type that the labels have (text, or numbers)."
        )


@dataclass(frozen=True)
class LabelTerm:
    """One label's part in the Lagrangian.

    Attributes
    ----------
    role : {"utility", "leakage"}
    weight : float
        What a nat of it counts: positive for the task, negative for the sensitive.
    frequencies : tuple of float or None
        Class frequencies; None for a continuous label.
    """

    role: str
    weight: float
    frequencies: tuple[float, ...] | None


def describe_columns(
    columns, *, parameter, kind, n_bins, classes=None, single="raise", sample_weight=None
):
    """Decide what each label column is.

    Parameters
    ----------
    columns : list of (str, ndarray of shape (n,))
    parameter : {"y", "sensitive_features"}
    kind : str or sequence of str
        For all columns, or one for each.
    n_bins : int or None
    classes : list of array-like or None, optional
        Known classes, one entry a column.
    single : {"raise", "missing"}, default="raise"
    sample_weight : ndarray of shape (n,), optional
        As in :func:`~sklearn_infoshape.data.label_column.describe_column`.

    Returns
    -------
    tuple of LabelColumn

    Raises
    ------
    ValueError
        If a column cannot be used, or has classes and is to be continuous.
    """
    role = "target" if parameter == "y" else "sensitive"
    kinds = one_each(kind, len(columns), f"{role}_kind")
    known = [None] * len(columns) if classes is None else classes
    for k, c in zip(kinds, known, strict=True):
        if k == "continuous" and c is not None:
            raise ValueError(
                f"{role}_kind='continuous' makes bins of {parameter}, for which classes were given "
                f"as well; leave the classes away, or set {role}_kind='classes'."
            )
    return tuple(
        describe_column(
            name,
            values,
            parameter=parameter,
            kind=k,
            n_bins=n_bins,
            classes=c,
            single=single,
            sample_weight=sample_weight,
        )
        for (name, values), k, c in zip(columns, kinds, known, strict=True)
    )


def one_each(value, n_columns, parameter):
    """One entry a column: a single value repeated, or a sequence of the right length."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return [value] * n_columns
    if len(value) != n_columns:
        raise ValueError(
            f"{parameter} has {len(value)} entries for {n_columns} columns; give one for each "
            "column, or a single one for all."
        )
    return list(value)
