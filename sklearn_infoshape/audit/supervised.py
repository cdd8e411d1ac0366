"""Steps before a release that were fitted on labels, and give training rows' labels away."""

from sklearn.feature_selection import (
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
)
from sklearn.utils import get_tags

__all__ = ["SUPERVISED", "supervised_steps"]

SUPERVISED = (
    "{steps}: fitted on labels of all rows, before the release. transform of the rows that were "
    "fitted on then gives their labels away, and an audit of fresh rows does not show it: release "
    "fresh rows only, or fit such a step within stage one's folds, as in "
    "posterior=make_pipeline({first}(), LogisticRegression())."
)
# Whose tags leave it open whether labels are needed.
_SELECTORS = (
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
)


def supervised_steps(steps):
    """Types of the steps that learn from labels, shapers and cross-fitted ones aside.

    Parameters
    ----------
    steps : list of fitted transformers

    Returns
    -------
    tuple of str
    """
    found = (type(part).__name__ for step in steps for part in _parts(step) if _learns(part))
    return tuple(dict.fromkeys(found))


def _parts(step):
    """A step, or the steps within it."""
    inner = []
    for name in ("steps", "transformers_", "transformer_list"):
        inner += [entry[1] for entry in getattr(step, name, ())]
    return [part for one in inner for part in _parts(one)] if inner else [step]


def _learns(part):
    if hasattr(part, "release_") or hasattr(part, "posteriors_") or not hasattr(part, "fit"):
        return False
    if isinstance(part, _SELECTORS):
        return True
    parts = [part, getattr(part, "estimator", None)]  # of SelectFromModel, say
    try:
        return any(get_tags(p).target_tags.required for p in parts if hasattr(p, "fit"))
    except (AttributeError, TypeError, ValueError):  # an object without scikit-learn's tags
        return False
