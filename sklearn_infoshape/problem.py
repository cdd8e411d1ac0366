"""What is asked of a fit: labels and what each weighs, and what is random or hidden."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_infoshape.inputs import describe_columns, one_each
from sklearn_infoshape.keyed import ReleaseKey
from sklearn_infoshape.shaping.game import LabelTerm

__all__ = ["Labels", "Secret", "describe_labels"]


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

    def encode(self, tasks, sensitives):
        """Targets of all columns, in the order of the terms."""
        values = [v for _, v in tasks] + [v for _, v in sensitives]
        if len(values) != len(self.columns):
            raise ValueError(
                f"Expected {len(self.tasks)} columns of y and {len(self.sensitives)} of "
                f"sensitive_features, as at the first fit; got {len(tasks)} and {len(sensitives)}."
            )
        return [column.encode(v) for column, v in zip(self.columns, values, strict=True)]

    def priced(self, multipliers):
        """The same labels at other privacy multipliers, one a sensitive column."""
        weights = [term.weight for term in self.terms[: len(self.tasks)]]
        weights += [-float(multiplier) for multiplier in multipliers]
        terms = zip(self.terms, weights, strict=True)
        return replace(self, terms=tuple(replace(t, weight=weight) for t, weight in terms))


def describe_labels(settings, tasks, sensitives, classes=None, sensitive_classes=None):
    """Decide what each label column is and what it weighs.

    Parameters
    ----------
    settings : InfoShapeTransformer
        Its parameters are read.
    tasks, sensitives : list of (str, ndarray of shape (n,))
    classes, sensitive_classes : array-like, list of array-like, or None
        Known classes, of one column or of each.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If a column cannot be used, or there is not one weight, multiplier or kind a column.
    """
    described = [
        describe_columns(
            columns, parameter=parameter, kind=kind, n_bins=settings.n_bins, classes=known
        )
        for parameter, columns, kind, known in (
            ("y", tasks, settings.target_kind, classes),
            ("sensitive_features", sensitives, settings.sensitive_kind, sensitive_classes),
        )
    ]
    task_weights = settings.task_weights if settings.task_weights is not None else 1.0
    weights = one_each(task_weights, len(tasks), "task_weights")
    multipliers = one_each(settings.privacy_multiplier, len(sensitives), "privacy_multiplier")
    for name, numbers in (("task_weights", weights), ("privacy_multiplier", multipliers)):
        if any(not np.isfinite(number) or number < 0 for number in numbers):
            raise ValueError(f"{name} must be finite and not negative, got {list(numbers)}.")
    roles = [("utility", w) for w in weights] + [("leakage", -m) for m in multipliers]
    terms = tuple(
        LabelTerm(role, float(weight), None if c.frequencies is None else tuple(c.frequencies))
        for (role, weight), c in zip(roles, described[0] + described[1], strict=True)
    )
    return Labels(described[0], described[1], terms)


@dataclass(frozen=True)
class Secret:
    """What is random or hidden in a fit.

    Attributes
    ----------
    seed : int
    key : ReleaseKey
    key_is_secret : bool
        False where the key came from ``random_state``.
    """

    seed: int
    key: ReleaseKey
    key_is_secret: bool
