"""Steps before a release that were fitted on labels, and give training rows' labels away."""

import inspect

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
    inner = [step.best_estimator_] if hasattr(step, "best_estimator_") else []
    for name in ("steps", "transformers_", "transformer_list"):
        entries = getattr(step, name, ())
        inner += [entry[1] for entry in entries] if isinstance(entries, list) else []
    return [part for one in inner for part in _parts(one)] if inner else [step]


def _learns(part):
    if hasattr(part, "release_") or hasattr(part, "posteriors_") or not hasattr(part, "fit"):
        return False
    if isinstance(part, _SELECTORS):
        return True
    if _asks_for_y(part.fit):
        return True
    # Of SelectFromModel, say; an imputer's learns columns from others.
    within = None if type(part).__name__ == "IterativeImputer" else getattr(part, "estimator", None)
    parts = [part, within]
    try:
        return any(get_tags(p).target_tags.required for p in parts if hasattr(p, "fit"))
    except (AttributeError, TypeError, ValueError):  # an object without scikit-learn's tags
        return False


def _asks_for_y(fit):
    """Whether it cannot be called without labels, as those of scikit-learn's transformers can."""
    try:
        return inspect.signature(fit).parameters["y"].default is inspect.Parameter.empty
    except (KeyError, TypeError, ValueError):
        return False
