"""Classifiers fitted with sample weights, handed to whatever step of a Pipeline takes them."""

from sklearn import config_context
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

__all__ = ["fit_weighted", "takes_weights"]


def fit_weighted(classifier, X, y, sample_weight=None):
    """Fit a classifier in place; of a Pipeline, all steps that take weights with them.

    Steps that take none (bins, principal components, random features) are fitted on the rows
    alike: they say in what terms a row is read, and any terms are right.

    Parameters
    ----------
    classifier : classifier
    X : ndarray of shape (n, ...)
    y : ndarray of shape (n,)
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    What ``classifier.fit`` returns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_infoshape.posterior.weighted_fit import fit_weighted
    >>> steps = make_pipeline(StandardScaler(), LogisticRegression())
    >>> X, y = np.array([[0.0], [1.0], [2.0], [9.0]]), np.array([0, 1, 0, 1])
    >>> fitted = fit_weighted(steps, X, y, np.array([1.0, 1.0, 1.0, 0.0]))
    >>> fitted[0].mean_
    array([1.])
    """
    if sample_weight is None:
        return classifier.fit(X, y)
    # By the names of steps: with routing on, each step would have to ask for weights before.
    with config_context(enable_metadata_routing=False):
        names = _weighted_parts(classifier)
        return classifier.fit(X, y, **dict.fromkeys(names, sample_weight))


def takes_weights(classifier):
    """Whether what predicts, the last step of a Pipeline, is fitted with weights."""
    while isinstance(classifier, Pipeline):
        classifier = classifier.steps[-1][1]
    return has_fit_parameter(classifier, "sample_weight")


def _weighted_parts(classifier):
    """Names under which ``fit`` takes weights."""
    if not isinstance(classifier, Pipeline):
        return ["sample_weight"] if has_fit_parameter(classifier, "sample_weight") else []
    steps = [(name, step) for name, step in classifier.steps if hasattr(step, "fit")]
    return [f"{name}__{part}" for name, step in steps for part in _weighted_parts(step)]
