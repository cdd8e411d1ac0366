"""The errors and warnings that carry a name of their own."""

from sklearn.exceptions import ConvergenceWarning

__all__ = [
    "CalibrationWarning",
    "CollapsedEncoderWarning",
    "InformationCapWarning",
    "LabelKindWarning",
    "MissingSensitiveWarning",
    "ShapingConvergenceWarning",
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


class InformationCapWarning(UserWarning):
    """A measured information is near the most that its way of measuring can show."""


class LabelKindWarning(UserWarning):
    """Integers could be classes or amounts; the guess is named in the message."""


class VersionMismatchWarning(UserWarning):
    """A transformer was pickled by another version of this package."""
