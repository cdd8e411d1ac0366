"""The errors and warnings that carry a name of their own."""

from sklearn.exceptions import ConvergenceWarning

__all__ = [
    "CalibrationWarning",
    "CollapsedEncoderWarning",
    "InfeasibleBudgetError",
    "LabelKindWarning",
    "LeakageExceededError",
    "MissingSensitiveWarning",
    "ShapingConvergenceWarning",
    "TrainingOverlapWarning",
    "VersionMismatchWarning",
]


class CalibrationWarning(UserWarning):
    """What the posteriors say of a code and what its rows show differ beyond noise."""


class MissingSensitiveWarning(UserWarning):
    """No sensitive attribute was given, so nothing is hidden."""


class ShapingConvergenceWarning(ConvergenceWarning):
    """Training diverged, or was stopped while it was still getting better."""


class CollapsedEncoderWarning(UserWarning):
    """The release is (nearly) the same for every row."""


class LabelKindWarning(UserWarning):
    """Integers could be classes or amounts; the guess is named in the message."""


class VersionMismatchWarning(UserWarning):
    """A transformer was pickled by another version of this package."""


class TrainingOverlapWarning(UserWarning):
    """Audited rows are among the rows of training, so that the audit may be wrong."""


class LeakageExceededError(AssertionError):
    """A release gives away more than was asserted, or may do so."""


class InfeasibleBudgetError(ValueError):
    """No candidate stays within a leakage budget."""
