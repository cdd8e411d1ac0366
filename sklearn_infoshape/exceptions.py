"""The errors and warnings that carry a name of their own."""

from sklearn.exceptions import ConvergenceWarning

__all__ = [
    "CalibrationWarning",
    "CollapsedEncoderWarning",
    "FewRowsWarning",
    "IdentifierColumnWarning",
    "IneffectiveParameterWarning",
    "InfeasibleBudgetError",
    "InformationCapWarning",
    "LabelKindWarning",
    "LabelOverlapWarning",
    "LeakageExceededError",
    "LostWorkerError",
    "MemorizedLabelsWarning",
    "MergedLevelsWarning",
    "MissingColumnWarning",
    "MissingSensitiveWarning",
    "PrecisionWarning",
    "RareClassWarning",
    "RepeatedRowsWarning",
    "ShapingConvergenceWarning",
    "SupervisedStepWarning",
    "TrainingOverlapWarning",
    "UnknownPersonWarning",
    "UnresolvedBudgetWarning",
    "VersionMismatchWarning",
]


class CalibrationWarning(UserWarning):
    """What the posteriors say of a code and what its rows show differ beyond noise."""


class FewRowsWarning(UserWarning):
    """There are too few rows for estimates, or for the default models."""


class IdentifierColumnWarning(UserWarning):
    """A column of X seems to number rows or persons."""


class IneffectiveParameterWarning(UserWarning):
    """A parameter was set that does nothing in the chosen mode."""


class InfeasibleBudgetError(ValueError):
    """No release of the path keeps within the budget.

    Attributes
    ----------
    args : tuple of str
        The message.
    smallest_leakage : list of float
        Of each sensitive column, as judged, with its margin, in the budget's unit.
    greatest_utility : float
        Bits, as judged, with its margin.
    label_floor_bits : list of float
        Bits of each sensitive column that y itself holds.
    """

    def __init__(self, message, smallest_leakage=(), greatest_utility=None, label_floor_bits=()):
        super().__init__(message)
        self.smallest_leakage = list(smallest_leakage)
        self.greatest_utility = greatest_utility
        self.label_floor_bits = list(label_floor_bits)


class LostWorkerError(RuntimeError):
    """A worker process died while it fitted a fold or an attacker, here or on a cluster."""


class UnresolvedBudgetWarning(UserWarning):
    """The budget is smaller than what the rows at hand can tell from nothing."""


class MemorizedLabelsWarning(UserWarning):
    """The rows that are fitted on should not be released: their own labels may show."""


class LabelOverlapWarning(UserWarning):
    """Two of X, y and s hold the same."""


class MergedLevelsWarning(UserWarning):
    """A category has more levels than are kept apart."""


class MissingColumnWarning(UserWarning):
    """A column of a table counts as missing in all rows."""


class MissingSensitiveWarning(UserWarning):
    """No sensitive attribute was given, so nothing is hidden."""


class RareClassWarning(UserWarning):
    """Classes with too few rows to be scored were pooled, or left out."""


class ShapingConvergenceWarning(ConvergenceWarning):
    """Training diverged, or was stopped while it was still getting better."""


class SupervisedStepWarning(UserWarning):
    """A step before the release was fitted on labels of the rows that may be released."""


class CollapsedEncoderWarning(UserWarning):
    """The release is (nearly) the same for every row."""


class InformationCapWarning(UserWarning):
    """A measured information is near the most that its way of measuring can show."""


class RepeatedRowsWarning(UserWarning):
    """Rows are exact copies of others, and nobody said which rows belong together."""


class LabelKindWarning(UserWarning):
    """Numbers could be classes or amounts; the guess is named in the message."""


class PrecisionWarning(UserWarning):
    """Distinct numbers are too long for the type that holds them, and fall together."""


class UnknownPersonWarning(UserWarning):
    """Some rows lack a value of the columns that name their person."""


class VersionMismatchWarning(UserWarning):
    """A transformer was pickled by another version of this package."""


class TrainingOverlapWarning(UserWarning):
    """Audited rows are among the rows of training, so that the audit may be wrong."""


class LeakageExceededError(AssertionError):
    """A release gives away more than was asserted, or may do so."""
