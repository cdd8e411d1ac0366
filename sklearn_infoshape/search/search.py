"""InfoShapeTransformerCV: a leakage budget in place of a privacy multiplier."""

import copy
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _num_samples, check_is_fitted

from sklearn_infoshape._compat import Interval, InvalidParameterError, StrOptions, _fit_context
from sklearn_infoshape.data.fit_transform import SensitiveTransformerMixin
from sklearn_infoshape.data.parameters import SEARCH_EFFECTS, refuse_no_effect
from sklearn_infoshape.data.reading import unfitted_copy
from sklearn_infoshape.fitting.reading import read_problem
from sklearn_infoshape.release.code_figures import CODE_FIGURES
from sklearn_infoshape.runtime.process import leaves_process_unchanged, plain_sklearn
from sklearn_infoshape.search.budget import read_budget
from sklearn_infoshape.search.by_certificate import choose_by_certificate
from sklearn_infoshape.search.by_folds import choose_by_folds, deliver
from sklearn_infoshape.search.evaluation import LEAKAGE_UNITS
from sklearn_infoshape.search.grid import check_multipliers
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["InfoShapeTransformerCV"]


def _releases_codes(search):
    estimator = InfoShapeTransformer() if search.estimator is None else search.estimator
    return hasattr(estimator, "release_proba")


def _check_unit(unit, channel):
    if unit in CODE_FIGURES and not channel.is_code:
        raise ValueError(
            f"leakage_unit={unit!r} is a figure of codes, and channel={type(channel).__name__} "
            "releases columns, of which attackers find bits at least, but no such figure: use "
            "leakage_unit='bits' or 'advantage', or channel='categorical'."
        )


class InfoShapeTransformerCV(SensitiveTransformerMixin, BaseEstimator):
    """The release with most utility within a leakage budget.

    Read more in the :ref:`user guide <budget>`.

    Parameters
    ----------
    estimator : InfoShapeTransformer, default=None
        How candidates are fitted, but for their multiplier; None means
        ``InfoShapeTransformer()``.
    privacy_multipliers : int or array-like of shape (m,) or (m, d), default=20
        The candidates, or their number; see :func:`infoshape_path`.
    max_leakage : float or sequence of float, default=None
        Most leakage, in ``leakage_unit``; one number for each sensitive column, or for all.
    min_utility : float, default=None
        Least utility, in bits of y (columns weighted by ``task_weights`` and added up).
        Without ``max_leakage``, the release with least leakage that keeps so much is chosen.
    cv : int, cross-validation generator or iterable, default=5
        Folds of ``verify="attackers"``. An int shuffles, in proportion to classes of y and s;
        rows that ``fold_columns`` give one person stay together.
    one_standard_error : bool, default=True
        Whether leakage plus its standard error has to keep within ``max_leakage``, and
        utility less its standard error within ``min_utility``.
    leakage_unit : {"bits", "advantage", "share", "maximal_leakage_bits", "parity_gap", \
            "posterior_shift"}, default="bits"
        Bits; accuracy of the best guess of s beyond its most frequent class; bits as a share of
        what can be found in the unshaped rows; or, of codes alone, figures of
        :class:`LeakageCertificate`, ``posterior_shift`` of the code that says most.
    verify : {"attackers", "certificate"}, default="attackers"
        "attackers" judges each candidate on the rows of each fold, then delivers the chosen
        multiplier fitted on all rows: a check, without confidence. "certificate" sets rows
        aside before anything is fitted, tests the candidates on them from the most private
        one on, each at ``1 - confidence``, and delivers the last that passes before the
        first failure as it is, key included.
    confidence : float, default=0.95
        Of the certificate.
    calibration_fraction : float, default=0.3
        Share of the rows (of the persons, with ``fold_columns``) that it sets aside.
    n_jobs : int, default=None
        Folds that are fitted at the same time.

    Attributes
    ----------
    privacy_multiplier_ : float or list of float
        Of the delivered release; infinite where only a constant release is within a budget
        of 0.
    best_index_ : int
        Its place in ``path_`` and ``cv_results_``.
    path_ : ShapingPath
        All candidates, fitted on all rows (``verify="certificate"``: on all but the
        calibration part).
    cv_results_ : dict of str to ndarray of shape (m,)
        Ready for a data frame, in scikit-learn's column names: ``mean_test_utility``,
        ``mean_test_leakage`` (with a minus sign, as scikit-learn's scorers have it: greater
        is better; ``mean_test_leakage_NAME`` where there are several columns) and so on. With
        ``verify="certificate"``: ``certified_leakage`` of the candidates that were tested.
    certificate_ : LeakageCertificate, list of them, or None
        Of the delivered release; with ``verify="attackers"`` None.
    n_splits_ : int
        Folds; 0 with ``verify="certificate"``.

    best_estimator_ : InfoShapeTransformer
        The delivered release; :meth:`transform` is its. ``path_[best_index_]``, but with a
        constant release.

    See Also
    --------
    infoshape_path : The candidates without a choice.
    certify_leakage : What ``verify="certificate"`` tests with.

    Notes
    -----
    Codes are judged by the table of codes and classes, which no attacker on codes can beat;
    columns by fresh attackers. Stage one is fitted once a fold and shared by all candidates
    and all budgets: :meth:`with_budget` chooses anew without fitting.

    Examples
    --------
    >>> from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = make_shaping_problem(900)
    >>> search = InfoShapeTransformerCV(
    ...     InfoShapeTransformer(posterior="linear", random_state=0),
    ...     [0.1, 1, 10],
    ...     max_leakage=0.1,
    ...     cv=2,
    ... )
    >>> Z = search.fit(X, y, sensitive_features=s).transform(X)
    >>> bool(search.best_estimator_.leakage_estimate_bits_ < 0.1)
    True
    """

    __metadata_request__fit = {"sensitive_features": True}

    _parameter_constraints = {
        "estimator": [None, InfoShapeTransformer],
        "privacy_multipliers": [Interval(Integral, 2, None, closed="left"), "array-like"],
        "max_leakage": [None, Interval(Real, 0, None, closed="left"), "array-like"],
        "min_utility": [None, Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "one_standard_error": ["boolean"],
        "leakage_unit": [StrOptions(set(LEAKAGE_UNITS))],
        "verify": [StrOptions({"attackers", "certificate"})],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "calibration_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        estimator=None,
        privacy_multipliers=20,
        *,
        max_leakage=None,
        min_utility=None,
        cv=5,
        one_standard_error=True,
        leakage_unit="bits",
        verify="attackers",
        confidence=0.95,
        calibration_fraction=0.3,
        n_jobs=None,
    ):
        self.estimator = estimator
        self.privacy_multipliers = privacy_multipliers
        self.max_leakage = max_leakage
        self.min_utility = min_utility
        self.cv = cv
        self.one_standard_error = one_standard_error
        self.leakage_unit = leakage_unit
        self.verify = verify
        self.confidence = confidence
        self.calibration_fraction = calibration_fraction
        self.n_jobs = n_jobs

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sensitive_features=None, *, sample_weight=None):
        """Fit all candidates, judge them, and keep the best within the budget.

        Parameters
        ----------
        X, y, sensitive_features, sample_weight : array-like
            As in :meth:`InfoShapeTransformer.fit`; candidates are judged on weighted rows, too.
            A certificate cannot be weighted.

        Returns
        -------
        self : InfoShapeTransformerCV

        Raises
        ------
        InfeasibleBudgetError
            If no candidate is within the budget.
        LostWorkerError
            If a worker process died.
        TypeError, ValueError
            If the input is unsuitable. Whatever is raised, an earlier fit stays as it was.
        """
        refuse_no_effect(self, SEARCH_EFFECTS)
        check_multipliers(self.privacy_multipliers)
        estimator = InfoShapeTransformer() if self.estimator is None else self.estimator
        estimator._validate_params()
        reader = unfitted_copy(estimator)
        problem, tasks, sensitives = read_problem(reader, X, y, sensitive_features, sample_weight)
        drawn = hasattr(self.cv, "split") and not isinstance(self.cv, PredefinedSplit)
        if len(problem.sample) < _num_samples(y) and not (
            drawn or isinstance(self.cv, Integral | None)
        ):
            raise ValueError(
                "cv names rows of X, and sample_weight is 0 for some, which are left out: leave "
                "them out of X yourself, or give cv as a number or as a splitter that draws."
            )
        _check_unit(self.leakage_unit, problem.settings.channel)
        budget = read_budget(self.max_leakage, self.min_utility, self.leakage_unit, len(sensitives))
        if self.verify == "certificate":
            choice = choose_by_certificate(self, reader, problem, tasks, sensitives, budget)
        else:
            choice = choose_by_folds(self, reader, problem, budget)
        self._keep(choice)
        return self

    def _validate_params(self):
        """Name the parameter that a number or a list in the place of the estimator is meant for."""
        given = self.estimator
        if isinstance(given, Real) or (np.iterable(given) and not isinstance(given, str)):
            meant = f"max_leakage={given!r}" if isinstance(given, Real) else "privacy_multipliers="
            raise InvalidParameterError(
                "The 'estimator' parameter of InfoShapeTransformerCV must be an "
                f"InfoShapeTransformer or None. Got {given!r} instead; a budget is max_leakage=, "
                f"candidates are privacy_multipliers=: give {meant} by name."
            )
        super()._validate_params()

    def with_budget(self, *, max_leakage=None, min_utility=None):
        """The choice for another budget, from the same cross-validation.

        Parameters
        ----------
        max_leakage : float or sequence of float, default=None
            As of the class.
        min_utility : float, default=None
            As of the class.

        Returns
        -------
        InfoShapeTransformerCV
            A fitted copy, which shares ``path_``.

        Raises
        ------
        InfeasibleBudgetError
            If no candidate is within the budget.
        ValueError
            With ``verify="certificate"``: its promise holds for the budget that was named
            before the certificate rows were seen.
        """
        check_is_fitted(self, "path_")
        if self._verdict_ is None:
            raise ValueError(
                "with_budget: a certificate holds for the budget that was named before its rows "
                "were seen; fit anew with the other budget, on other rows."
            )
        other = copy.copy(self).set_params(max_leakage=max_leakage, min_utility=min_utility)
        if self.estimator is not None:
            other.estimator = unfitted_copy(self.estimator)
        names = self.path_.sensitive_names
        budget = read_budget(max_leakage, min_utility, self.leakage_unit, len(names))
        other._keep(deliver(self, self.path_, self._verdict_, self.n_splits_, budget))
        return other

    def _keep(self, choice):
        """Set all fitted attributes, which is the last thing that a fit does."""
        self.path_, self._verdict_ = choice.path, choice.verdict
        self.best_estimator_, self.best_index_ = choice.delivered, choice.index
        self.privacy_multiplier_ = choice.delivered.privacy_multiplier
        self.cv_results_, self.n_splits_ = choice.results, choice.n_splits
        found = choice.certificates
        self.certificate_ = found[0] if found and len(found) == 1 else found
        self.n_features_in_ = choice.delivered.n_features_in_
        self.__dict__.pop("feature_names_in_", None)
        if hasattr(choice.delivered, "feature_names_in_"):
            self.feature_names_in_ = choice.delivered.feature_names_in_

    # The delivered release ----------------------------------------------------------------

    def transform(self, X):
        """Release rows, as :meth:`InfoShapeTransformer.transform` does.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_codes) or (n, n_components)
        """
        check_is_fitted(self, "best_estimator_")
        with plain_sklearn():  # what the containers are is this one's matter
            return self.best_estimator_.transform(X)

    @available_if(_releases_codes)
    def release_proba(self, X):
        """Probability of each code; see :meth:`InfoShapeTransformer.release_proba`.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_codes)
        """
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_.release_proba(X)

    @property
    def classes_(self):
        """Classes of y; see :class:`InfoShapeTransformer`."""
        return self.best_estimator_.classes_

    @property
    def sensitive_classes_(self):
        """Classes of s; see :class:`InfoShapeTransformer`."""
        return self.best_estimator_.sensitive_classes_

    def get_feature_names_out(self, input_features=None):
        """Names of the columns of a release.

        Parameters
        ----------
        input_features : array-like of str, default=None
            As of :meth:`InfoShapeTransformer.get_feature_names_out`.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_.get_feature_names_out(input_features)

    def __sklearn_tags__(self):
        estimator = InfoShapeTransformer() if self.estimator is None else self.estimator
        return estimator.__sklearn_tags__()
