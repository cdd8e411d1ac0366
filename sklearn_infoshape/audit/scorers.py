"""Scorers for GridSearchCV and cross_validate: utility, leakage, and the Lagrangian.

Each scorer releases the scoring fold and asks fresh models, cross-fitted inside that fold,
what they recover of y and of s; nobody who scores took part in training.

scikit-learn hands ``sensitive_features`` to scorers only with metadata routing enabled.
Without routing, name ``sensitive_columns`` in the transformer: the scorers take them out of
the rows that reach it. :func:`best_utility_within` chooses among candidates for ``refit=``.
"""

import numpy as np
from sklearn.utils.metadata_routing import MetadataRequest

from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.audit.releases import transforming_steps
from sklearn_infoshape.exceptions import InfeasibleBudgetError
from sklearn_infoshape.information.labels import describe_column, is_missing, label_columns

__all__ = [
    "BudgetRule",
    "ReleaseScorer",
    "best_utility_within",
    "lagrangian_scorer",
    "leakage_scorer",
    "utility_scorer",
]


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


class BudgetRule:
    """Choice of the candidate with the most utility within a leakage budget.

    Parameters
    ----------
    max_leakage : float
        Bits.
    n_standard_errors : float, default=1.0
        How many standard errors, over folds, a candidate's leakage is taken to be above its
        mean.
    """

    def __init__(self, max_leakage, n_standard_errors=1.0):
        self.max_leakage = max_leakage
        self.n_standard_errors = n_standard_errors

    def __repr__(self):
        return (
            f"BudgetRule(max_leakage={self.max_leakage}, "
            f"n_standard_errors={self.n_standard_errors})"
        )

    def __call__(self, cv_results):
        """The index of the chosen candidate.

        Parameters
        ----------
        cv_results : dict
            ``cv_results_`` of a search with the scores "utility" and "leakage".

        Returns
        -------
        int

        Raises
        ------
        ValueError
            If the search has no such scores.
        InfeasibleBudgetError
            If every candidate leaks more.
        """
        if not {"mean_test_utility", "mean_test_leakage"} <= set(cv_results):
            raise ValueError(
                "best_utility_within needs both scores: scoring={'utility': utility_scorer, "
                "'leakage': leakage_scorer}."
            )
        utility = np.asarray(cv_results["mean_test_utility"], dtype=float)
        leakage = -np.asarray(cv_results["mean_test_leakage"], dtype=float)
        folds = sum(k.startswith("split") and k.endswith("_test_leakage") for k in cv_results)
        if self.n_standard_errors and folds > 1:
            deviation = np.asarray(cv_results["std_test_leakage"], dtype=float)
            leakage = leakage + self.n_standard_errors * deviation / np.sqrt(folds - 1)
        within = leakage <= self.max_leakage  # false for NaN
        if not (within & np.isfinite(utility)).any():
            least = np.nanmin(leakage) if np.isfinite(leakage).any() else np.nan
            raise InfeasibleBudgetError(
                f"No candidate stays within max_leakage={self.max_leakage} bits; the least has "
                f"{least:.4f} (with {self.n_standard_errors} standard errors). Search greater "
                "values of privacy_multiplier, or allow more."
            )
        return int(np.nanargmax(np.where(within, utility, -np.inf)))


def best_utility_within(max_leakage, *, n_standard_errors=1.0):
    """Rule for ``refit=`` of GridSearchCV: the most utility within a leakage budget.

    The search needs the scores "utility" and "leakage". They are point estimates of what two
    attackers find: audit, or certify, the refitted release on rows that the search has not seen.

    Parameters
    ----------
    max_leakage : float
        Bits of the sensitive attribute, not below 0.
    n_standard_errors : float, default=1.0
        Safety margin: a candidate counts as leaking so many standard errors, over folds, more
        than its mean. With 0, the choice goes over budget about every second time.

    Returns
    -------
    BudgetRule

    Raises
    ------
    ValueError
        If a parameter is negative.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn_infoshape import (
    ...     InfoShapeTransformer, best_utility_within, leakage_scorer, utility_scorer)
    >>> search = GridSearchCV(
    ...     InfoShapeTransformer(),
    ...     {"privacy_multiplier": [0.1, 1.0, 10.0]},
    ...     scoring={"utility": utility_scorer, "leakage": leakage_scorer},
    ...     refit=best_utility_within(0.05),
    ... )
    """
    for name, value in (("max_leakage", max_leakage), ("n_standard_errors", n_standard_errors)):
        if not value >= 0:
            raise ValueError(f"{name}={value!r} is below 0; give a number from 0 up.")
    return BudgetRule(max_leakage, n_standard_errors)
