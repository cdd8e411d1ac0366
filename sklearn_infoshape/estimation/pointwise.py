"""What stays after a fit: models that say how many nats other rows share. No rows of the fit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.estimation.critics import CrossFittedCritics

__all__ = [
    "ChainScore",
    "ClassJoiner",
    "CodeScore",
    "ConstantScore",
    "LinkScore",
    "NeuralScore",
    "TableScore",
]

_SMOOTHING = 0.5


@dataclass(frozen=True)
class ClassJoiner:
    """Several class columns as one, where their joint classes are common enough.

    Attributes
    ----------
    values : ndarray of shape (C, d) or None
        The joint classes; None leaves the columns as they are.
    """

    values: np.ndarray | None

    @classmethod
    def of(cls, classes, fewest_rows):
        """Decide by one-hot columns, a list of ndarray of shape (n, C)."""
        if len(classes) < 2:
            return cls(None)
        codes = np.column_stack([target.argmax(axis=1) for target in classes])
        values, counts = np.unique(codes, axis=0, return_counts=True)
        return cls(values if counts.min() >= fewest_rows else None)

    def join(self, classes):
        """Targets of other rows: a list of one-hot columns; zeros for a class never met."""
        if self.values is None:
            return classes
        codes = np.column_stack([target.argmax(axis=1) for target in classes])
        return [(codes[:, None] == self.values).all(axis=2).astype(np.float64)]


@dataclass(frozen=True)
class ConstantScore:
    """Of a Z that is the same for all rows."""

    def __call__(self, forms):
        """Nothing, whatever the rows."""
        return 0.0


@dataclass(frozen=True)
class TableScore:
    """Of a finite code: the smoothed table of a fit, read at other rows."""

    values: np.ndarray  # (K, p), the codes
    density: np.ndarray  # (K, C), log p(l | code) / p(l)
    joiner: ClassJoiner

    @classmethod
    def of(cls, values, codes, target, joiner):
        """Count; half a row in each cell keeps logarithms finite."""
        joint = np.full((len(values), target.shape[1]), _SMOOTHING)
        np.add.at(joint, (codes, target.argmax(axis=1)), 1)
        conditional = joint / joint.sum(axis=1, keepdims=True)
        return cls(values, np.log(conditional / (joint.sum(axis=0) / joint.sum())), joiner)

    def __call__(self, forms):
        """Mean log ratio; a code that was never met tells nothing."""
        own = self.joiner.join(forms.classes)[0].argmax(axis=1)
        matches = (forms.z[:, None] == self.values).all(axis=2)
        density = self.density[matches.argmax(axis=1), own]
        return float(np.where(matches.any(axis=1), density, 0.0).mean())


@dataclass(frozen=True)
class LinkScore:
    """Of continuous columns: a score of normal scores."""

    of_scores: Callable

    def __call__(self, forms):
        """As the copula or the critics say."""
        return self.of_scores(forms.z_scores, forms.amount_scores)


@dataclass(frozen=True)
class CodeScore:
    """Of a finite Z and continuous columns: what the columns tell of the code."""

    of_classes: Callable
    values: np.ndarray

    def __call__(self, forms):
        """As the classifiers of codes say; codes that were never met are left out."""
        target = (forms.z[:, None] == self.values).all(axis=2).astype(np.float64)
        met = target.any(axis=1)
        if not met.any():
            return 0.0
        return self.of_classes((forms.amounts[met], forms.amount_scores[met]), target[met])


@dataclass(frozen=True)
class ChainScore:
    """The chain rule: continuous columns first, then classes given what came before."""

    links: list
    joiner: ClassJoiner

    def __call__(self, forms):
        """Sum of the links."""
        links = list(self.links)
        total = links.pop(0)(forms) if forms.amounts.shape[1] else 0.0
        given = forms.amounts, forms.amount_scores
        targets = self.joiner.join(forms.classes) if forms.classes else []
        for link, target in zip(links, targets, strict=True):
            total += link((forms.z, forms.z_scores), target, given if given[0].shape[1] else None)
            given = np.hstack([given[0], target]), np.hstack([given[1], target])
        return total


@dataclass(frozen=True)
class NeuralScore:
    """Of cross-fitted critics: the mean of their bounds."""

    critics: CrossFittedCritics

    def __call__(self, forms):
        """The bound on other rows."""
        return self.critics.score(forms.z_scores, np.hstack([forms.amount_scores, *forms.classes]))
