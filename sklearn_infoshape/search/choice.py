"""What a search delivers: one release of a path, and how it was chosen."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.search.shaping_path import ShapingPath
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["Choice", "candidate_columns"]


@dataclass(frozen=True)
class Choice:
    """The release that a search delivers.

    Attributes
    ----------
    path : ShapingPath
        All candidates.
    index : int
        Of the candidate that was chosen.
    delivered : InfoShapeTransformer
        The candidate itself; with one code where only that is within a budget of 0.
    results : dict of str to ndarray of shape (m,)
        Of all candidates, in scikit-learn's column names.
    verdict : Verdict or None
        Of folds, by which another budget can be chosen for.
    certificates : list of LeakageCertificate or None
        Of the delivered release, one a sensitive column.
    n_splits : int
        Folds.
    """

    path: ShapingPath
    index: int
    delivered: InfoShapeTransformer
    results: dict
    verdict: object = None
    certificates: list | None = None
    n_splits: int = 0


def candidate_columns(multipliers):
    """The columns ``param_privacy_multiplier`` and ``params`` of a table of candidates.

    Parameters
    ----------
    multipliers : ndarray of shape (m,) or (m, d)

    Returns
    -------
    dict of str
    """
    values = multipliers.tolist()
    column = np.empty(len(values), dtype=float if multipliers.ndim == 1 else object)
    column[:] = values
    return {
        "param_privacy_multiplier": np.ma.masked_array(column, mask=False),
        "params": [{"privacy_multiplier": value} for value in values],
    }
