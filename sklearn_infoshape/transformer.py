"""InfoShapeTransformer: parameters, fit, partial_fit, transform."""

import os
import warnings
from dataclasses import replace
from numbers import Integral, Real

import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape._compat import HasMethods, Interval, StrOptions, _fit_context
from sklearn_infoshape._version import __version__
from sklearn_infoshape.data.columns import check_persons, resolve_columns
from sklearn_infoshape.data.features import read_features
from sklearn_infoshape.data.identities import data_digest, row_identities
from sklearn_infoshape.data.keys import HiddenKey, Secret, key_and_seed
from sklearn_infoshape.data.labels import read_labels
from sklearn_infoshape.data.terms import check_classes, describe_labels, weighed
from sklearn_infoshape.effects import SHAPER_EFFECTS, warn_of_no_effect
from sklearn_infoshape.exceptions import VersionMismatchWarning
from sklearn_infoshape.fitting import (
    continued_net,
    fit_releases,
    learn_posteriors,
    partial_fit_release,
)
from sklearn_infoshape.information import BOUNDS
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.posterior.memorized import warn_of_memorized_labels
from sklearn_infoshape.release.channels import CHANNELS
from sklearn_infoshape.runtime.process import leaves_process_unchanged

__all__ = ["InfoShapeTransformer"]

# What fit learns of columns.
_READING = ("n_features_in_", "feature_names_in_", "column_roles_", "column_shift_")


def _releases_codes(transformer):
    if transformer.channel != "categorical":
        raise AttributeError("release_proba exists for channel='categorical' only.")
    return True


def _trains_in_one_stage(transformer):
    if transformer.posterior is not None:
        raise AttributeError(
            "partial_fit exists for posterior=None only: members of stage one are fitted whole."
        )
    return True


class InfoShapeTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Shape data for a task, without what it says of a sensitive attribute.

    A neural encoder with a channel at its end is trained to maximise
    ``I(Z; y) - privacy_multiplier * I(Z; s)``: Z is the release, y the task label, s the
    sensitive attribute.

    Read more in the :ref:`user guide <user_guide>`.

    Parameters
    ----------
    privacy_multiplier : float or sequence of float, default=1.0
        The price of a bit of s in bits of y. 0 hides what costs nothing. One number for each
        sensitive column, or one for all.
    n_components : int, default=16
        Most codes (``channel="categorical"``), or columns (other channels) of the release.
    channel : {"categorical", "gaussian", "deterministic"}, default="categorical"
        What leaves the encoder: one of a finite number of codes, one-hot; columns with
        noise; or bare columns, as in the paper, which leak to fresh attackers.
    posterior : {"auto", "boosting", "network", "kernel", "components", "linear"}, classifier, \
            list of these, or None, default="auto"
        Stage one: the classifiers that learn what X says of y and s, cross-fitted and
        pooled; stage two shapes what they say. "auto" pools all five; below 100 rows "kernel"
        and "linear"; with ``encoder``, that network. Above 200 columns some see principal
        components, and "auto" is without "kernel"; if the first fold has 200 rows, the fewest
        that find 98 % as much there are kept. None trains in one stage, as the paper does; such
        an encoder memorises labels, so that rows that are fitted on should not be released
        (``fit`` warns: MemorizedLabelsWarning).
    posterior_folds : int, default=5
        Keyed folds: a row is released by models that were trained on the other folds. 1
        fits one model on all rows, which gives memorised labels away when training rows are
        released; ``fit`` warns of it. With more, a training row's own code tells nothing of its
        label that a fresh row's would not; the codes of its neighbours do, to who knows the
        features of all released rows: little of y with many rows for each column, much with
        few (user guide).
    memory : str, os.PathLike or joblib.Memory, default=None
        Where the fits of stage one are cached, label by label, so that a search over
        ``privacy_multiplier`` pays for them once a fold, and a second s does not fit y anew;
        needs ``random_state`` or ``release_key``. The cache holds models of y and s and what
        they say of each row, no rows, labels or keys; nobody else can read the folder.
        Guard it as you guard the data.
    mi_estimator : {"auto", "plugin", "cross_entropy", "remine", "mine", "nwj", "smile", \
            "infonce"}, default="auto"
        How information is measured in training. "plugin" is exact, for codes only; the
        others train a critic for each label, for the other channels. "auto" is "plugin" for
        codes, else "cross_entropy" (for continuous labels as they are, "remine": the
        paper's).
    noise_scale : float, default=0.3
        ``channel="gaussian"``: standard deviation of the noise; the signal lies in [-1, 1].
    encoder : torch.nn.Module or class of it, default=None
        Reads the rows (images, sequences, tables) in place of our perceptron; any output
        width. A class is called without arguments, an instance is copied. What it draws (dropout)
        comes from ``random_state``.
    hidden_layer_sizes : sequence of int, default=(64,)
        Of the encoder's perceptron, and of the critics.
    leakage : {"marginal", "conditional"}, default="marginal"
        What is priced: I(Z; s), or I(Z; s | y), which lets the release say what y itself
        says of s. The second learns y from all rows, and the product label (y, s) from those
        whose s is known, in stage one; it needs
        ``channel="categorical"``, a ``posterior``, and one column of y.
    task_weights : float or sequence of float, default=None
        What a bit of each column of y counts; None means 1.
    n_bins : int or None, default=8
        Quantile bins of a continuous label. None keeps the amount itself, which needs a
        critic (``channel`` "gaussian" or "deterministic").
    target_kind, sensitive_kind : {"auto", "classes", "continuous"} or sequence of them, \
            default="auto"
        What a label column is. "auto" takes text, booleans and at most 20 distinct integers
        as classes, fractions as continuous; more integers as continuous, with a warning.
    sensitive_columns : str, int or sequence of them, default=None
        Columns of X that are the sensitive attributes: names (DataFrame), positions, from the
        end where negative, or a mask. They never reach the encoder, and X may lack them at
        transform.
    fold_columns : str, int or sequence of them, default=None
        Columns of X that identify a person, named likewise: all rows of one share a fold (and
        draws). They are no features, and transform needs them.
    max_epochs : int, default=200
        Passes over the rows, at most.
    batch_size : int or "auto", default="auto"
        "auto" is a sixteenth of the rows, at least 64 and at most 512.
    lr : float, default=0.002
        Learning rate of the encoder (Adam); critics learn twice as fast.
    critic_steps : int, default=2
        Steps of the critics before each step of the encoder.
    n_init : int or "auto", default="auto"
        Starts; the best is kept. "auto" is 4 for a finite code on posteriors, which trains
        them side by side, and 1 for the game.
    validation_fraction : float, default=0.15
        Share of the rows (of persons, with ``fold_columns``) that is held out to choose the
        epoch and to estimate bits.
    n_iter_no_change : int or None, default=30
        Epochs without a better held-out Lagrangian after which training stops.
    on_missing_sensitive : {"warn", "raise", "ignore"}, default="warn"
        What fit does when no sensitive attribute is given. Use "raise" in production.
    release_key : bytes, str, os.PathLike or None, default=None
        The secret from which draws and folds are made: bytes, or the path of a key file; no
        text shows it (nor a path that is no ``os.PathLike``). With None, ``fit`` draws one, from
        ``random_state`` and the rows if that is set: then whoever knows that number and the
        rows knows the key.
    device : str or torch.device, default="auto"
        Where training runs; "auto" takes a GPU if there is one. Releases are always
        computed on the CPU in float64.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, batches and noise. With None and a ``release_key``, these come from
        the key.
    verbose : int, default=0
        1 shows a progress bar of stage one, and prints a line an epoch of the game, on
        standard error and standard output.
    net_params : dict, default=None
        Passed to the skorch net: ``callbacks``, ``optimizer``, ``optimizer__weight_decay``,
        ``optimizer_critic__lr`` and so on.

    Attributes
    ----------
    n_features_in_ : int
        Features, without sensitive columns.
    feature_names_in_ : ndarray of str
        Their names, where X had names.
    classes_, sensitive_classes_ : ndarray or list of ndarray
        Classes, or bins as text, of y and of s; a list where there are several columns; None
        for an amount.
    codebook_ : dict or None
        Of codes, in ascending order of the mean class of y: "share" of the rows, shape (K,);
        "target" and "sensitive", for each column the law of its classes given the code, shape
        (K, C).
    history_ : list of dict
        One entry an epoch, in bits: ``train_lagrangian``, ``valid_lagrangian``, and the
        training critics' ``valid_utility_bound`` and ``valid_leakage_bound``, which are no
        measure of leakage.
    n_iter_, best_epoch_ : int
        Epochs that ran, and the one that was kept.
    utility_estimate_bits_, leakage_estimate_bits_ : float or ndarray
        Bits of y and of s in the release, with observed labels: exact plug-in less its bias
        for codes, otherwise what logistic regression and boosting recover. In one stage, and
        for columns, of the held-out rows, which also chose the epoch; for codes on
        posteriors, of all rows, each released by models that have not seen it. With
        ``leakage="conditional"``, bits of s given y. Estimates, not an audit; NaN with
        fewer than 60 such rows (of persons, with ``fold_columns``).
    utility_standard_error_bits_, leakage_standard_error_bits_ : float or ndarray
        Of these estimates, over draws of rows; of persons with ``fold_columns``.
    release_ : Release
        The fitted map. Holds models of y and s, and the key: guard a pickle of it as you
        guard the data.
    version_ : str
        Of the package that fitted it.

    See Also
    --------
    lagrangian_scorer : Choose ``privacy_multiplier`` by GridSearchCV.

    Notes
    -----
    The release of a row is a pure function of row and fitted transformer. It protects the
    named attribute only, against recipients who see one release of a row and cannot query
    ``transform``. It is not differential privacy and does not hide who was in the data.

    References
    ----------
    H. Esfahanizadeh, W. Wu, M. Ghobadi, R. Barzilay and M. Médard, "InfoShape: task-based
    neural data shaping via mutual information", 2022, arXiv 2210.15034.

    Examples
    --------
    >>> from sklearn_infoshape import InfoShapeTransformer
    >>> from sklearn_infoshape.datasets import load_digits_parity
    >>> X, y, s = load_digits_parity()
    >>> shaper = InfoShapeTransformer(posterior="linear", random_state=0)
    >>> Z = shaper.fit_transform(X, y, sensitive_features=s)
    >>> Z.shape[0] == len(X), bool((Z.sum(axis=1) == 1).all())
    (True, True)
    """

    __metadata_request__fit = {"sensitive_features": True}
    __metadata_request__partial_fit = {
        "sensitive_features": True,
        "classes": True,
        "sensitive_classes": True,
    }

    _parameter_constraints = {
        "privacy_multiplier": [Interval(Real, 0, None, closed="left"), "array-like"],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "channel": [StrOptions(set(CHANNELS))],
        "posterior": [
            None,
            StrOptions({"auto", *MEMBERS}),
            HasMethods(["fit", "predict_proba"]),
            list,
            tuple,
        ],
        "posterior_folds": [Interval(Integral, 1, None, closed="left")],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "mi_estimator": [StrOptions({"auto", "plugin", *BOUNDS})],
        "noise_scale": [Interval(Real, 0, None, closed="neither")],
        "encoder": [None, torch.nn.Module, type],
        "hidden_layer_sizes": ["array-like"],
        "leakage": [StrOptions({"marginal", "conditional"})],
        "task_weights": [None, Interval(Real, 0, None, closed="left"), "array-like"],
        "n_bins": [None, Interval(Integral, 2, None, closed="left")],
        "target_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "sensitive_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "sensitive_columns": [None, str, Integral, "array-like"],
        "fold_columns": [None, str, Integral, "array-like"],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 2, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "critic_steps": [Interval(Integral, 1, None, closed="left")],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "n_iter_no_change": [None, Interval(Integral, 1, None, closed="left")],
        "on_missing_sensitive": [StrOptions({"warn", "raise", "ignore"})],
        "release_key": [None, bytes, str, os.PathLike],
        "device": [str, torch.device],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "net_params": [None, dict],
    }

    release_key = HiddenKey()

    def __init__(
        self,
        privacy_multiplier=1.0,
        *,
        n_components=16,
        channel="categorical",
        posterior="auto",
        posterior_folds=5,
        memory=None,
        mi_estimator="auto",
        noise_scale=0.3,
        encoder=None,
        hidden_layer_sizes=(64,),
        leakage="marginal",
        task_weights=None,
        n_bins=8,
        target_kind="auto",
        sensitive_kind="auto",
        sensitive_columns=None,
        fold_columns=None,
        max_epochs=200,
        batch_size="auto",
        lr=0.002,
        critic_steps=2,
        n_init="auto",
        validation_fraction=0.15,
        n_iter_no_change=30,
        on_missing_sensitive="warn",
        release_key=None,
        device="auto",
        random_state=None,
        verbose=0,
        net_params=None,
    ):
        self.privacy_multiplier = privacy_multiplier
        self.n_components = n_components
        self.channel = channel
        self.posterior = posterior
        self.posterior_folds = posterior_folds
        self.memory = memory
        self.mi_estimator = mi_estimator
        self.noise_scale = noise_scale
        self.encoder = encoder
        self.hidden_layer_sizes = hidden_layer_sizes
        self.leakage = leakage
        self.task_weights = task_weights
        self.n_bins = n_bins
        self.target_kind = target_kind
        self.sensitive_kind = sensitive_kind
        self.sensitive_columns = sensitive_columns
        self.fold_columns = fold_columns
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.critic_steps = critic_steps
        self.n_init = n_init
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.on_missing_sensitive = on_missing_sensitive
        self.release_key = release_key
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.net_params = net_params

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sensitive_features=None):
        """Train the encoder.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Dense, numeric and finite; more dimensions where ``encoder`` reads them.
        y : array-like of shape (n,) or (n, d)
            Task labels; each column is a term of its own.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Sensitive attributes; each column is a term of its own. Rows where it is missing
            (None, NaN) serve the task only.

        Returns
        -------
        self : InfoShapeTransformer

        Raises
        ------
        TypeError, ValueError
            If the input is unsuitable: before training, with the remedy. An earlier fit is
            left as it was.
        """
        # Everything is fitted into a copy, so that whatever fails leaves this one intact.
        attempt = self._unfitted_copy()
        rows, identities, tasks, sensitives = attempt._read(X, y, sensitive_features, reset=True)
        self._warn_of_memorized_labels()
        labels = describe_labels(self, tasks, sensitives)
        warn_of_no_effect(self, SHAPER_EFFECTS, labels.sensitives, labels.columns)
        targets = labels.encode(tasks, sensitives, unseen="missing")
        secret = self._secret(rows, identities)
        stage_one = learn_posteriors(self, rows, identities, labels, targets, secret)
        (attributes,) = fit_releases(self, stage_one, rows, identities, [labels], targets, secret)
        attempt._adopt(attributes)
        self._become(attempt)
        return self

    @available_if(_trains_in_one_stage)
    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sensitive_features=None, *, classes=None, sensitive_classes=None):
        """Train for one more epoch, on these rows.

        Critics and optimisers are kept between calls, until the next ``fit`` (a pickle does
        not hold them). The first call fixes scaling, classes, key and the width of the release;
        after a ``fit`` it goes on from there. Rows that are refused change nothing.

        A finite code has ``n_components`` columns (after a ``fit``, those of the fit). Codes
        that fewer than ten rows have asked for so far (while there are few rows: than half of
        an even share) are given to no row. ``codebook_`` and estimates of bits are of all
        rows so far, each coded by the encoder that had just been trained on it: they say
        rather too much.

        Parameters
        ----------
        X, y, sensitive_features
            As in :meth:`fit`.
        classes, sensitive_classes : array-like or list of array-like, default=None
            All classes, for the first call, where its rows may lack some; a list of them
            where there are several columns.

        Returns
        -------
        self : InfoShapeTransformer

        Raises
        ------
        TypeError, ValueError
            If the input, or a parameter that was set since the last call, is unsuitable.
        """
        begun = hasattr(self, "release_")
        attempt = self._unfitted_copy()
        if begun:
            self._validate_params()  # scikit-learn leaves out later calls, not what was set since
            self.column_roles_.check_continues(X, self.sensitive_columns, self.fold_columns)
            attempt._become(self)
        rows, identities, tasks, sensitives = attempt._read(
            X, y, sensitive_features, reset=not begun
        )
        if not begun:
            self._warn_of_memorized_labels()
        labels = self._labels_of_batch(tasks, sensitives, classes, sensitive_classes)
        if not begun:
            warn_of_no_effect(self, SHAPER_EFFECTS, labels.sensitives, labels.columns)
        targets = labels.encode(tasks, sensitives, unseen="raise" if begun else "missing")
        release = self.release_ if begun else None
        secret = self._secret(rows, identities)
        if release is not None:
            secret = replace(secret, key=release.key, key_is_secret=release.key_is_secret)
        net = continued_net(self, release, getattr(self, "_net", None), rows, labels, secret)
        # A net that was interrupted in the middle of a step is not taken up again.
        self._net = None
        attributes = partial_fit_release(
            self,
            release,
            net,
            getattr(self, "_code_counts_", None),
            rows,
            identities,
            labels,
            targets,
            secret,
        )
        attempt._net = net
        attempt._adopt(attributes)
        self._become(attempt)
        return self

    @leaves_process_unchanged
    def transform(self, X):
        """Release rows.

        Parameters
        ----------
        X : array-like of shape (n, p)
            With or without the sensitive columns.

        Returns
        -------
        ndarray of shape (n, n_codes) or (n, n_components)
            One-hot codes, or columns; float32 where X is.
        """
        rows, identities, dtype = self._read_rows(X)
        return self.release_.apply(rows, identities).astype(dtype, copy=False)

    @available_if(_releases_codes)
    @leaves_process_unchanged
    def release_proba(self, X):
        """Probability of each code, for study: not what is released, audited or certified.

        Parameters
        ----------
        X : array-like of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_codes)
        """
        rows, identities, _ = self._read_rows(X)
        return self.release_.probabilities(rows, identities)

    def sensitive_values(self, X):
        """The sensitive columns of X, for scorers.

        Parameters
        ----------
        X : array-like of shape (n, p)

        Returns
        -------
        list of (str, ndarray of shape (n,)), or None
            None where X has them no longer.
        """
        check_is_fitted(self, "column_roles_")
        return self.column_roles_.split(X)[1]

    # Reading --------------------------------------------------------------------------

    def _warn_of_memorized_labels(self, stacklevel=5):
        """In the name of whoever calls fit, two decorators above."""
        if self.posterior is None:
            cause, remedy = "posterior=None", "posterior='auto'"
        elif self.posterior_folds == 1:
            cause, remedy = "posterior_folds=1", "posterior_folds=5"
        else:
            return
        warn_of_memorized_labels(cause, remedy, stacklevel=stacklevel)

    def _labels_of_batch(self, tasks, sensitives, classes, sensitive_classes):
        """What the first call of partial_fit decides on, at the weights of now."""
        earlier = getattr(self, "labels_", None)
        known = [
            check_classes(columns, given, parameter, old)
            for columns, given, parameter, old in (
                (tasks, classes, "classes", earlier and earlier.tasks),
                (
                    sensitives,
                    sensitive_classes,
                    "sensitive_classes",
                    earlier and earlier.sensitives,
                ),
            )
        ]
        if earlier is not None:
            return weighed(self, earlier)
        try:
            return describe_labels(self, tasks, sensitives, *known)
        except ValueError as error:
            if " class" not in str(error) or (
                classes is not None and sensitive_classes is not None
            ):
                raise
            raise ValueError(
                f"{error} Where later rows will show more classes, name all of them in the first "
                "call of partial_fit: classes=, sensitive_classes=."
            ) from None

    def _read(self, X, y, sensitive_features, *, reset):
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        if reset:
            self.column_roles_ = resolve_columns(X, self.sensitive_columns, self.fold_columns)
        rest, taken, persons = self.column_roles_.split(X)
        if reset:
            check_persons(persons)
        rows, _ = read_features(self, rest, reset=reset, allow_nd=self.encoder is not None)
        tasks, sensitives = read_labels(
            rows, y, sensitive_features, taken, self.on_missing_sensitive
        )
        return rows, row_identities(rows, persons), tasks, sensitives

    def _read_rows(self, X):
        check_is_fitted(self, "release_")
        rest, _, persons = self.column_roles_.split(X)
        rows, dtype = read_features(self, rest, reset=False, allow_nd=self.encoder is not None)
        return rows, row_identities(rows, persons), dtype

    def _secret(self, rows, identities):
        data = data_digest(rows, identities)
        key, seed, secret = key_and_seed(self.release_key, self.random_state, data)
        return Secret(seed, key, secret)

    # State ----------------------------------------------------------------------------

    def _unfitted_copy(self):
        attempt = object.__new__(type(self))
        for name, value in self.get_params(deep=False).items():
            setattr(attempt, name, value)
        return attempt

    def _fitted_names(self):
        return [name for name in self.__dict__ if name.endswith("_") or name == "_net"]

    def _adopt(self, attributes):
        for name, value in attributes.items():
            setattr(self, name, value)
        self.version_ = __version__
        labels = attributes["labels_"]
        self.classes_ = _one_or_list([column.classes for column in labels.tasks])
        self.sensitive_classes_ = _one_or_list([column.classes for column in labels.sensitives])

    def _take_reading(self, reader):
        """Take over what another has learned of the columns of X."""
        for name in _READING:
            if hasattr(reader, name):
                setattr(self, name, getattr(reader, name))

    def _become(self, other):
        for name in self._fitted_names():
            delattr(self, name)
        for name in other._fitted_names():
            setattr(self, name, getattr(other, name))

    def __getstate__(self):
        state = super().__getstate__().copy()
        state.pop("_net", None)  # critics and optimisers say much of the training rows
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        version = state.get("version_", __version__)
        if version != __version__:
            warnings.warn(
                f"This {type(self).__name__} was fitted by sklearn_infoshape {version} and is "
                f"loaded by {__version__}; its release may differ. Fit it anew, or install "
                "the version that wrote it.",
                VersionMismatchWarning,
                stacklevel=2,
            )

    # scikit-learn's contract ------------------------------------------------------------

    def get_feature_names_out(self, input_features=None):
        """Names of the columns of a release.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, with or without those of ``sensitive_columns`` and
            ``fold_columns``; checked against the fitted ones, and not used otherwise.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "release_")
        if input_features is not None:
            input_features = self.column_roles_.without(input_features)
        return super().get_feature_names_out(input_features)

    @property
    def _n_features_out(self):
        return self.release_.n_outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = self.encoder is not None
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _one_or_list(items):
    return items[0] if len(items) == 1 else items
