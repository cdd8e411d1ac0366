"""The refit rule that keeps a search within a budget of leakage."""

from numbers import Real

import numpy as np

from sklearn_infoshape.exceptions import InfeasibleBudgetError

__all__ = ["BudgetRule", "best_utility_within"]


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
            If every candidate leaks more, or has no score.
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
        # False for NaN: what could not be fitted or scored in some fold is never chosen.
        within = (leakage <= self.max_leakage) & np.isfinite(leakage) & np.isfinite(utility)
        if not np.isfinite(leakage).any():
            raise InfeasibleBudgetError(
                "No candidate has a score of leakage in all folds: fits or scores failed (see the "
                "warnings of the search, or set error_score='raise')."
            )
        if not within.any():
            least = np.nanmin(leakage)
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
        If a parameter is no number, or negative.

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
        if isinstance(value, bool) or not isinstance(value, Real) or not float(value) >= 0:
            raise ValueError(f"{name}={value!r}: give one number from 0 up.")
    return BudgetRule(max_leakage, n_standard_errors)
