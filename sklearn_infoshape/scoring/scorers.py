"""Scorers for GridSearchCV and cross_validate: utility, leakage, and the Lagrangian.

Each scorer releases the scoring fold and asks fresh models, cross-fitted inside that fold,
what they recover of y and of s; nobody who scores took part in training. What a class or a bin
is, the fit has decided; a class that is too rare to be scored is pooled or left out.

scikit-learn hands ``sensitive_features`` to scorers only with metadata routing enabled.
Without routing, name ``sensitive_columns`` in the transformer: the scorers take them out of
the rows that reach it. :func:`best_utility_within` chooses among candidates for ``refit=``.
"""

import copy
import sys
import types

import numpy as np
from sklearn.utils.metadata_routing import MetadataRequest

from sklearn_infoshape.data.labels import label_columns
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.scoring.recovered import bits_of_each, release_and_sensitive_columns

__all__ = ["ReleaseScorer", "lagrangian_scorer", "leakage_scorer", "utility_scorer"]

_PACKAGE = __name__.partition(".")[0] + "."
_SEARCHES = ("sklearn.model_selection._validation", "sklearn.metrics._scorer")


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
    columns of y or s are added up.

    Classes and bins are those of the fitted transformer (``target_kind``, ``sensitive_kind``,
    ``n_bins``); where it has none, text, booleans and at most 20 distinct integers are classes,
    amounts are scored in 8 quantile bins. Classes with fewer than 3 rows in the scoring fold are
    pooled into one, or left out if they are fewer than 3 together, and rows of a class that the
    fit has not seen count among them, with a
    :class:`~sklearn_infoshape.exceptions.RareClassWarning`. A label with one class is scored as 0
    bits, with the same warning. A score is never NaN; but where a *fit* fails, a search puts NaN in
    its place and may choose it, unless ``error_score="raise"`` is passed to the search.
    """

    def __init__(self, utility_weight, privacy_multiplier):
        _check_price("utility_weight", utility_weight, 0)
        _check_price("privacy_multiplier", privacy_multiplier, 1)
        self.utility_weight = utility_weight
        self.privacy_multiplier = privacy_multiplier
        self._request = True
        self._is_shared = False

    def __repr__(self):
        return (
            f"ReleaseScorer(utility_weight={self.utility_weight}, "
            f"privacy_multiplier={self.privacy_multiplier})"
        )

    def get_metadata_routing(self):
        """Ask scikit-learn's routing for ``sensitive_features``.

        Returns
        -------
        MetadataRequest
            What the scorer is to be handed.
        """
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sensitive_features", alias=self._request)
        return request

    def set_score_request(self, *, sensitive_features):
        """Say by which name scikit-learn's routing hands s to this scorer, once it is enabled.

        Parameters
        ----------
        sensitive_features : str, bool or None
            The name under which the sensitive attribute is passed to ``fit`` of the search;
            True: "sensitive_features"; False: it is not wanted; None: an error if it is passed.

        Returns
        -------
        ReleaseScorer
            This scorer; of ``utility_scorer`` and ``leakage_scorer``, which all code shares, a
            copy.

        Raises
        ------
        ValueError
            If the name is none that can be passed.

        Examples
        --------
        >>> from sklearn_infoshape import lagrangian_scorer
        >>> scorer = lagrangian_scorer(2.0).set_score_request(sensitive_features="sex")
        >>> scorer.get_metadata_routing().score.requests
        {'sensitive_features': 'sex'}
        """
        scorer = self
        if self._is_shared:
            scorer = copy.copy(self)
            scorer._is_shared = False
        # Refuses what cannot be a name.
        MetadataRequest(owner=self).score.add_request(
            param="sensitive_features", alias=sensitive_features
        )
        scorer._request = sensitive_features
        return scorer

    @leaves_process_unchanged(plain_outputs=False)
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
        Z, taken = release_and_sensitive_columns(estimator, X)
        score = 0.0
        if self.utility_weight:
            tasks = label_columns(y, "y")
            score += self.utility_weight * sum(bits_of_each(estimator, Z, tasks, "y"))
        if np.any(self.privacy_multiplier):
            sensitives = taken
            if sensitive_features is not None:
                sensitives = label_columns(sensitive_features, "sensitive_features")
            if sensitives is None:
                if _is_called_by_search():
                    return _Unscored(_RECIPE)
                raise ValueError(_RECIPE)
            n_prices = np.size(self.privacy_multiplier)
            if np.ndim(self.privacy_multiplier) and n_prices != len(sensitives):
                raise ValueError(
                    f"privacy_multiplier of this scorer has {n_prices} entries for "
                    f"{len(sensitives)} sensitive columns; give one for each, or one for all."
                )
            leakage = np.array(bits_of_each(estimator, Z, sensitives, "sensitive_features"))
            score -= float(np.sum(np.asarray(self.privacy_multiplier) * leakage))
        return score


_RECIPE = (
    "This scorer needs sensitive_features. Either enable metadata routing "
    "(sklearn.set_config(enable_metadata_routing=True)) and pass sensitive_features=... to fit, or "
    "set sensitive_columns in InfoShapeTransformer: without routing scikit-learn hands nothing but "
    "X and y to a scorer."
)


class _Unscored:
    """What a search gets in place of a score, and fails on.

    An error would become a score of NaN by ``error_score``, each candidate's alike, and the
    search would choose one without having judged any.
    """

    def __init__(self, message):
        self.message = message

    def item(self):
        """What scikit-learn asks for a number, outside of what ``error_score`` covers."""
        raise TypeError(self.message)


def _is_called_by_search():
    """Whether scikit-learn's cross-validation asks, and not a user."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") in _SEARCHES


def _check_price(name, value, most_dimensions):
    numbers = np.asarray(value) if np.ndim(value) <= most_dimensions else np.array(None)
    if numbers.dtype.kind not in "iuf" or not (np.isfinite(numbers) & (numbers >= 0)).all():
        also = ", for all sensitive columns or for each" if most_dimensions else ""
        raise ValueError(f"{name}={value!r}: give a finite number from 0 up{also}.")


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

    Raises
    ------
    ValueError
        If a price is no finite number from 0 up, as NaN, which would make every score NaN.

    Examples
    --------
    >>> from sklearn_infoshape import lagrangian_scorer
    >>> lagrangian_scorer(2.0)
    ReleaseScorer(utility_weight=1.0, privacy_multiplier=2.0)
    """
    return ReleaseScorer(1.0, privacy_multiplier)


utility_scorer = ReleaseScorer(1.0, 0.0)
leakage_scorer = ReleaseScorer(0.0, 1.0)
utility_scorer._is_shared = leakage_scorer._is_shared = True
# Objects, not functions: what help() and the reference say of each has to be theirs.
utility_scorer.__doc__ = """Score a release by the bits of y that fresh models recover.

Of the rows of the scoring fold, by the better of two models, cross-fitted there; see
:class:`~sklearn_infoshape.scoring.scorers.ReleaseScorer`. It does not look at s, and needs none.

Parameters
----------
estimator : fitted transformer or Pipeline
    Of a Pipeline that ends in a predictor, everything before that is scored.
X : array-like of shape (n, p)
    Rows.
y : array-like of shape (n,) or (n, d)
    Task labels; bits of several columns add up.
sensitive_features : object, default=None
    Not read.

Returns
-------
float
    Bits of y: greater is better.

See Also
--------
leakage_scorer : Minus the bits of s.
lagrangian_scorer : Both, at a price.

Examples
--------
>>> from sklearn_infoshape import InfoShapeTransformer, utility_scorer
>>> from sklearn_infoshape.datasets import load_digits_parity
>>> X, y, s = load_digits_parity()
>>> shaper = InfoShapeTransformer(posterior="linear", random_state=0)
>>> shaper = shaper.fit(X[:900], y[:900], sensitive_features=s[:900])
>>> bool(utility_scorer(shaper, X[900:], y[900:]) > 0.3)
True
"""
leakage_scorer.__doc__ = """Score a release by *minus* the bits of s that fresh models recover.

Greater is better, as everywhere in scikit-learn: 0 is a release that tells these models nothing.
Of the rows of the scoring fold, by the better of two models, cross-fitted there; see
:class:`~sklearn_infoshape.scoring.scorers.ReleaseScorer`. It is an estimate for choosing, no audit.

Parameters
----------
estimator : fitted transformer or Pipeline
    Of a Pipeline that ends in a predictor, everything before that is scored.
X : array-like of shape (n, p)
    Rows.
y : object, default=None
    Not read.
sensitive_features : array-like of shape (n,) or (n, d), default=None
    The sensitive attributes; bits of several columns add up. A search hands them on where
    metadata routing is enabled. None: those that ``sensitive_columns`` of the transformer names.

Returns
-------
float
    Minus bits of s.

Raises
------
ValueError
    If the sensitive attribute cannot be had.

See Also
--------
utility_scorer : The bits of y.
lagrangian_scorer : Both, at a price.

Examples
--------
>>> from sklearn_infoshape import InfoShapeTransformer, leakage_scorer
>>> from sklearn_infoshape.datasets import load_digits_parity
>>> X, y, s = load_digits_parity()
>>> shaper = InfoShapeTransformer(posterior="linear", random_state=0)
>>> shaper = shaper.fit(X[:900], y[:900], sensitive_features=s[:900])
>>> bool(-1 < leakage_scorer(shaper, X[900:], sensitive_features=s[900:]) <= 0)
True
"""
