"""PosteriorFeatures: cross-fitted posteriors as a transformer of their own."""

import os
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape._compat import HasMethods, Interval, StrOptions, _fit_context
from sklearn_infoshape.data.fit_transform import SensitiveTransformerMixin
from sklearn_infoshape.data.keys import HiddenKey, Secret
from sklearn_infoshape.data.parameters import (
    FEATURES_EFFECTS,
    refuse_no_effect,
    warn_of_memorized_labels,
    warn_of_no_effect,
)
from sklearn_infoshape.data.reading import (
    by_slices,
    read_rows,
    read_training,
    take_reading,
    unfitted_copy,
)
from sklearn_infoshape.data.terms import describe_labels
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.posterior.crossfit import (
    fit_posteriors,
    number_of_folds,
    numbers_of_fits,
)
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import planned

__all__ = ["PosteriorFeatures"]


class PosteriorFeatures(SensitiveTransformerMixin, BaseEstimator):
    """What X says of y and of s: class probabilities by models that have not seen the row.

    The fold of a row is a keyed hash of the row, and the models of a fold are trained on the
    rows of all other folds. ``fit_transform(X)`` and ``fit(X).transform(X)`` therefore agree,
    and neither gives a training row's memorised label away. What is said of its neighbours
    does, to who knows the features of all rows: little with many rows for each column.

    Parameters
    ----------
    members : str, classifier or list of them, default="auto"
        As ``posterior`` of :class:`~sklearn_infoshape.InfoShapeTransformer`.
    folds : int or "auto", default="auto"
        "auto" is 10 for the members "auto" and up to 6,000 rows of at most 200 columns, else 5.
        1 fits one model on all rows, whose labels then show in what it says of them; ``fit``
        warns.
    fold_columns : str, int or sequence of them, default=None
        Columns of X that identify a person, by name or position; no features.
    categorical_features : "from_dtype", str, int, sequence of them, or None, \
            default="from_dtype"
        As of :class:`~sklearn_infoshape.InfoShapeTransformer`.
    n_bins : int, default=8
        Quantile bins of continuous labels.
    target_kind, sensitive_kind : str or sequence of str, default="auto"
        What a column is, as of :class:`InfoShapeTransformer`.
    memory, release_key : object, default=None
        As of :class:`~sklearn_infoshape.InfoShapeTransformer`.
    n_jobs : int, default=None
        Members and folds that are fitted at the same time, each on one thread; what they find
        does not depend on it. None means 1 unless in a ``joblib.parallel_config``.
    device : str, default="auto"
        Where networks are trained.
    random_state : int, RandomState instance or None, default=None
        Of what is drawn.

    Attributes
    ----------
    n_features_in_ : int
    posteriors_ : Posteriors
        The fitted models.
    columns_ : tuple of LabelColumn
        Of y, then of s.

    Examples
    --------
    >>> from sklearn_infoshape import PosteriorFeatures
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = make_shaping_problem(200)
    >>> features = PosteriorFeatures("linear", random_state=0)
    >>> P = features.fit_transform(X, y, sensitive_features=s)
    >>> P.shape, bool((P == features.transform(X)).all())
    ((200, 4), True)
    """

    __metadata_request__fit = {"sensitive_features": True}

    _parameter_constraints = {
        "members": [
            StrOptions({"auto", *MEMBERS}),
            HasMethods(["fit", "predict_proba"]),
            list,
            tuple,
        ],
        "folds": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "fold_columns": [None, str, Integral, "array-like"],
        "categorical_features": [None, str, Integral, "array-like"],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "target_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "sensitive_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "release_key": [None, bytes, str, os.PathLike],
        "n_jobs": [None, Integral],
        "device": [str],
        "random_state": ["random_state"],
    }

    release_key = HiddenKey()

    def __init__(
        self,
        members="auto",
        *,
        folds="auto",
        fold_columns=None,
        categorical_features="from_dtype",
        n_bins=8,
        target_kind="auto",
        sensitive_kind="auto",
        memory=None,
        release_key=None,
        n_jobs=None,
        device="auto",
        random_state=None,
    ):
        self.members = members
        self.folds = folds
        self.fold_columns = fold_columns
        self.categorical_features = categorical_features
        self.n_bins = n_bins
        self.target_kind = target_kind
        self.sensitive_kind = sensitive_kind
        self.memory = memory
        self.release_key = release_key
        self.n_jobs = n_jobs
        self.device = device
        self.random_state = random_state

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sensitive_features=None, *, sample_weight=None):
        """Fit the members of every label and fold.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,) or (n, d)
            Task labels.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Sensitive attributes.
        sample_weight : array-like of shape (n,), default=None
            As of :meth:`InfoShapeTransformer.fit`.

        Returns
        -------
        self : PosteriorFeatures
        """
        refuse_no_effect(self, FEATURES_EFFECTS)
        resolve_device(self.device)
        reader = unfitted_copy(self)
        sample, tasks, sensitives = read_training(
            reader,
            X,
            y,
            sensitive_features,
            sample_weight=sample_weight,
            fold_columns=self.fold_columns,
            categorical_features=self.categorical_features,
        )
        if self.folds == 1:
            warn_of_memorized_labels("folds=1", "folds=5")
        labels = describe_labels(self, tasks, sensitives, sample_weight=sample.weights)
        warn_of_no_effect(self, labels)
        sample = sample.labelled(labels.encode(tasks, sensitives, unseen="missing"))
        secret = Secret.of(self.release_key, self.random_state, sample)
        with planned(self._n_fits(sample, None)):
            fitted, _ = self._learn(
                sample,
                secret,
                encoder=None,
                device=self.device,
                memory=self.memory,
                n_jobs=self.n_jobs,
                names=[column.name for column in labels.columns],
            )
        take_reading(self, reader)
        self.posteriors_, self.columns_ = fitted, labels.columns
        return self

    def _n_fits(self, sample, encoder):
        """How many classifiers :meth:`_learn` fits."""
        return sum(numbers_of_fits(sample, self.members, self._n_folds(sample, encoder), encoder))

    def _n_folds(self, sample, encoder):
        is_auto = isinstance(self.folds, str)
        return number_of_folds(sample, self.members, encoder) if is_auto else self.folds

    def _learn(self, sample, secret, *, encoder, device, memory, n_jobs, names):
        """Stage one of checked rows: what :meth:`fit` and the shaping transformer share.

        Parameters
        ----------
        sample : Sample
            Its targets are learned.
        secret : Secret
        encoder, device, memory, n_jobs
            As of :class:`~sklearn_infoshape.InfoShapeTransformer`.
        names : list of str
            Of the labels.

        Returns
        -------
        fitted : Posteriors
        posteriors : list of ndarray of shape (n, C_j)
            Of the rows, by models that have not seen them.
        """
        return fit_posteriors(
            sample,
            members=self.members,
            n_folds=self._n_folds(sample, encoder),
            key=secret.key,
            encoder=encoder,
            device=device,
            seed=secret.seed,
            memory=memory,
            n_jobs=n_jobs,
            names=names,
        )

    @leaves_process_unchanged
    def transform(self, X):
        """Class probabilities of every label, side by side.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        ndarray of shape (n, sum of numbers of classes)
        """
        return by_slices(self._transform, X)

    def _transform(self, X):
        sample, dtype = read_rows(self, X, fitted="posteriors_")
        posteriors = self.posteriors_.predict(sample)
        return np.hstack(posteriors).astype(dtype, copy=False)

    def get_feature_names_out(self, input_features=None):
        """Names such as ``p(y=1)``.

        Parameters
        ----------
        input_features : None
            Not used; there for scikit-learn's convention.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "posteriors_")
        names = [f"p({column.name}={c})" for column in self.columns_ for c in column.classes]
        return np.array(names, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
