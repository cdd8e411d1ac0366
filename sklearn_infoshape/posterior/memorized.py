"""Settings under which a release tells of the labels that its own training rows had."""

from sklearn_infoshape.exceptions import MemorizedLabelsWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["warn_of_memorized_labels"]


def warn_of_memorized_labels(cause, remedy, stacklevel):
    """Warn that the rows that are fitted on should not be released.

    Parameters
    ----------
    cause, remedy : str
        Parameters with their values.
    stacklevel : int
        As that of ``warnings.warn``, from whoever calls this.
    """
    warn(
        f"With {cause}, the model that releases a row has seen the row's own label, and may give "
        "it away: release no row that is fitted on here (fit_transform does), nor judge by them. "
        f"Fresh rows are not concerned. To release these rows, set {remedy}.",
        MemorizedLabelsWarning,
        stacklevel=stacklevel + 1,
    )
