"""Scorers for GridSearchCV and cross_validate: utility, leakage, and the Lagrangian.

Each scorer releases the scoring fold and asks fresh models, cross-fitted inside that fold,
what they recover of y and of s; nobody who scores took part in training.

scikit-learn hands ``sensitive_features`` to scorers only with metadata routing enabled.
Without routing, name ``sensitive_columns`` in the transformer: the scorers take them out of
the rows that reach it.
"""

import numpy as np
from sklearn.utils.metadata_routing import MetadataRequest

from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.audit.releases import transforming_steps
from sklearn_infoshape.information.labels import describe_column, is_missing, label_columns

__all__ = ["ReleaseScorer", "lagrangian_scorer", "leakage_scorer", "utility_scorer"]


class ReleaseScorer:
    """A scorer of what is in a release: greater is better.

    Parameters
    ----------
    utility_weight : float
        What a bit of y counts.
    privacy_multiplier : float or sequence of float
        What a bit of s costs; one number for each sensitive column, or for all.

    Notes
    -----
    Bits are those that the better of logistic regression and gradient boosting recovers,
    3-fold cross-fitted within the scoring fold: less than the information there is. Several
    columns of y or s are added up. Continuous columns are scored in 8 quantile bins.
    """

    def __init__(self, utility_weight, privacy_multiplier):
        self.utility_weight = utility_weight
        self.privacy_multiplier = privacy_multiplier

    def __repr__(self):
        return (
            f"ReleaseScorer(utility_weight={self.utility_weight}, "
            f"privacy_multiplier={self.privacy_multiplier})"
        )

    def get_metadata_routing(self):
        """Ask scikit-learn's routing for ``sensitive_features``."""
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sensitive_features", alias=True)
        return request

    def __call__(self, estimator, X, y=None, sensitive_features=None):
        """Score a fitted transformer, or a Pipeline that contains one.

        Parameters
        ----------
        estimator : fitted transformer or Pipeline
            Of a Pipeline that ends in a predictor, everything before that is scored.
        X : array-like of shape (n, p)
        y : array-like of shape (n,) or (n, d)
        sensitive_features : array-like of shape (n,) or (n, d), or None

        Returns
        -------
        float
            Bits.

        Raises
        ------
        ValueError
            If the sensitive attribute is needed and cannot be had.
        """
        Z, taken = _release_and_sensitive_columns(estimator, X)
        score = 0.0
        if self.utility_weight:
            score += self.utility_weight * sum(_bits(Z, label_columns(y, "y"), "y"))
        if np.any(self.privacy_multiplier):
            sensitives = taken
            if sensitive_features is not None:
                sensitives = label_columns(sensitive_features, "sensitive_features")
            if sensitives is None:
                raise ValueError(
                    "This scorer needs sensitive_features. Either enable metadata routing "
                    "(sklearn.set_config(enable_metadata_routing=True)) and pass "
                    "sensitive_features=... to fit, or set sensitive_columns in "
                    "InfoShapeTransformer: without routing scikit-learn hands nothing but X "
                    "and y to a scorer."
                )
            leakage = np.array(_bits(Z, sensitives, "sensitive_features"))
            score -= float(np.sum(np.asarray(self.privacy_multiplier) * leakage))
        return score


def _release_and_sensitive_columns(estimator, X):
    """Z, and the sensitive columns of the rows that reach the transformer (or None)."""
    taken = None
    for step in transforming_steps(estimator):
        if getattr(step, "sensitive_columns", None) is not None:
            taken = step.sensitive_values(X)
        X = step.transform(X)
    return np.asarray(X, dtype=np.float64), taken


def _bits(Z, columns, parameter):
    bits = []
    for name, values in columns:
        known = ~is_missing(values)
        column = describe_column(name, values[known], parameter=parameter)
        bits.append(cross_fitted_bits(Z[known], column.encode(values[known]).argmax(axis=1)))
    return bits


def lagrangian_scorer(privacy_multiplier):
    """Scorer of ``I(Z; y) - privacy_multiplier * I(Z; s)``, both as fresh models recover it.

    Accuracy alone would always choose the smallest multiplier of a grid. This scorer weighs
    leakage at a price that *you* fix, and finds the training multiplier that serves it best.

    Parameters
    ----------
    privacy_multiplier : float or sequence of float
        The price of a bit of the sensitive attribute, in bits of the task label; one for
        each sensitive column, or one for all.

    Returns
    -------
    ReleaseScorer

    Examples
    --------
    >>> from sklearn_infoshape import lagrangian_scorer
    >>> lagrangian_scorer(2.0)
    ReleaseScorer(utility_weight=1.0, privacy_multiplier=2.0)
    """
    return ReleaseScorer(1.0, privacy_multiplier)


utility_scorer = ReleaseScorer(1.0, 0.0)
"""Bits of y that fresh models recover from the release of the scoring fold."""

leakage_scorer = ReleaseScorer(0.0, 1.0)
"""*Minus* the bits of s that fresh models recover: greater is better, as in scikit-learn."""
