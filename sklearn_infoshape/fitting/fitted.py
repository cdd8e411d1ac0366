"""What a fit hands to the transformer, which keeps it."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.terms import Labels
from sklearn_infoshape.release.codebook import Description
from sklearn_infoshape.release.release import Release
from sklearn_infoshape.release.running_counts import RunningCounts

__all__ = ["Fitted"]


@dataclass(frozen=True)
class Fitted:
    """A fitted release and what is told of it.

    Attributes
    ----------
    release : Release
    labels : Labels
    description : Description
    history : list of dict
        One entry an epoch, in bits.
    best_epoch : int
    counts : RunningCounts or None
        Of a finite code that ``partial_fit`` goes on with.
    """

    release: Release
    labels: Labels
    description: Description
    history: list
    best_epoch: int
    counts: RunningCounts | None = None

    def attributes(self):
        """The fitted attributes of a transformer, by name.

        Returns
        -------
        dict of str
        """
        found = {
            "release_": self.release,
            "labels_": self.labels,
            "codebook_": self.description.codebook,
            "history_": self.history,
            "n_iter_": len(self.history),
            "best_epoch_": self.best_epoch,
            "classes_": _one_or_list([column.classes for column in self.labels.tasks]),
            "sensitive_classes_": _one_or_list([c.classes for c in self.labels.sensitives]),
            "_code_counts_": self.counts,
            "_typical_rows_": self.description.typical,
        }
        for role in ("utility", "leakage"):
            estimates = getattr(self.description, role)
            values = [e.value if np.isnan(e.value) else max(0.0, e.value) for e in estimates]
            errors = [e.deviation for e in estimates]
            one = len(estimates) == 1
            found[f"{role}_estimate_bits_"] = values[0] if one else np.array(values)
            found[f"{role}_standard_error_bits_"] = errors[0] if one else np.array(errors)
        self.release.bits = self._told()
        return found

    def _told(self):
        """What the release says of itself; of labels whose bits were not estimated nothing."""
        names = {"utility": self.labels.tasks, "leakage": self.labels.sensitives}
        return tuple(
            (column.name, max(0.0, estimate.value), verb)
            for role, verb in (("utility", "kept"), ("leakage", "left"))
            for column, estimate in zip(names[role], getattr(self.description, role), strict=True)
            if not np.isnan(estimate.value)
        )


def _one_or_list(items):
    return items[0] if len(items) == 1 else items
