"""InfoShapeTransformer: parameters, fit, partial_fit, transform."""

import os
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape._compat import HasMethods, Interval, StrOptions, _fit_context
from sklearn_infoshape._version import __version__
from sklearn_infoshape.data.fit_transform import SensitiveTransformerMixin
from sklearn_infoshape.data.keys import HiddenKey
from sklearn_infoshape.data.parameters import refuse_nested_of_nothing
from sklearn_infoshape.data.reading import (
    by_slices,
    read_rows,
    take_reading,
    unfitted_copy,
)
from sklearn_infoshape.exceptions import VersionMismatchWarning
from sklearn_infoshape.fitting.batches import continued_net, partial_fit_release
from sklearn_infoshape.fitting.reading import read_batch, read_problem
from sklearn_infoshape.fitting.releases import fit_releases, number_of_steps
from sklearn_infoshape.fitting.stage_one import learn_posteriors
from sklearn_infoshape.game.settings import ShapingGame
from sklearn_infoshape.posterior.features import PosteriorFeatures
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.release.channels import CHANNELS, DeterministicChannel
from sklearn_infoshape.release.read_codes import CodeReaderMixin
from sklearn_infoshape.runtime.own_warnings import warn
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import planned

__all__ = ["InfoShapeTransformer"]

# Parameters that may have parameters of their own, and what they have to be for that.
_HOLDERS = {
    "posterior": "PosteriorFeatures(...)",
    "channel": "CategoricalChannel() or GaussianChannel()",
    "game": "ShapingGame()",
}


def _trains_in_one_stage(transformer):
    if transformer.posterior is not None:
        raise AttributeError(
            "partial_fit exists for posterior=None only: members of stage one are fitted whole."
        )
    return True


class InfoShapeTransformer(
    CodeReaderMixin, ClassNamePrefixFeaturesOutMixin, SensitiveTransformerMixin, BaseEstimator
):
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
    posterior : {"auto", "boosting", "network", "kernel", "components", "linear", "additive"}, \
            classifier, list of these, PosteriorFeatures, or None, default="auto"
        Stage one: the classifiers that learn what X says of y and s, cross-fitted and
        pooled; stage two shapes what they say. "auto" pools all but "kernel"; below 100 rows
        "kernel" and "linear"; with ``encoder``, that network. Above 200 columns "additive" is left
        out, and some see principal components; if the first fold has 200 rows, the fewest that
        find 98 % as much there are kept. :class:`PosteriorFeatures` sets the number of keyed
        folds as well: a row is released by models that were trained on the other folds, so that
        a training row's own code tells nothing of its label that a fresh row's would not (the
        codes of its neighbours do, to who knows the features of all released rows; user guide).
        None trains in one stage, as the paper does: such an encoder memorises labels, and so does
        one fold, so that rows that are fitted on should not be released (``fit`` warns:
        MemorizedLabelsWarning).
    channel : {"categorical", "gaussian", "deterministic"} or channel, default="categorical"
        What leaves the encoder: one of a finite number of codes, one-hot; columns with
        noise; or bare columns, as in the paper, which leak to fresh attackers. An object has
        parameters: :class:`CategoricalChannel`, :class:`GaussianChannel`.
    game : ShapingGame, default=None
        How encoder and estimators of information are trained against each other; None means
        ``ShapingGame()``. Refused where no game is played: for codes on posteriors.
    encoder : torch.nn.Module or class of it, default=None
        Reads the rows (images, sequences, tables) in place of our perceptron, in stage one's
        network or in the game of one stage; any output width. A class is called without
        arguments, an instance is copied. What it draws (dropout) comes from ``random_state``.
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
    categorical_features : "from_dtype", str, int, sequence of them, or None, \
            default="from_dtype"
        Columns of X that are categories: those of a data frame whose type is category, enum or
        text; beside them those that are named, as above, whatever they hold; None refuses them.
    on_missing_sensitive : {"warn", "raise", "ignore"}, default="warn"
        What fit does when no sensitive attribute is given. Use "raise" in production.
    release_key : bytes, str, os.PathLike or None, default=None
        The secret from which draws and folds are made: bytes, or the path of a key file; no
        text shows it (nor a path that is no ``os.PathLike``). With None, ``fit`` draws one, from
        ``random_state`` and the rows if that is set: then whoever knows that number and the
        rows knows the key.
    memory : str, os.PathLike or joblib.Memory, default=None
        Where the fits of stage one are cached, label by label, so that a search over
        ``privacy_multiplier`` pays for them once a fold, and a second s does not fit y anew;
        needs ``random_state`` or ``release_key``. The cache holds models of y and s and what
        they say of each row, no rows, labels or keys; nobody else can read the folder.
        Guard it as you guard the data.
    n_jobs : int, default=None
        Members and folds of stage one that are fitted at the same time, each on one thread; the
        release does not depend on it. None means 1 unless in a ``joblib.parallel_config``, -1 all
        processors. Without it a fit takes one processor, whatever OMP_NUM_THREADS says (but
        boosting from 50,000 rows on): small pieces of work on several threads wait for each other.
    device : str or torch.device, default="auto"
        Where training runs; "auto" takes a GPU if there is one. Releases are always
        computed on the CPU in float64.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, batches and noise. With None and a ``release_key``, these come from
        the key.
    verbose : int, default=0
        1 shows one progress bar of the whole fit on standard error, on a terminal and in a
        notebook; 2 writes a line a step there where it is neither. Both print a line an epoch of
        the game on standard output.

    Attributes
    ----------
    n_features_in_ : int
        Features, without sensitive columns.
    feature_names_in_ : ndarray of str
        Their names, where X had names.
    table_reader_ : TableReader or None
        What was learned of the columns of a data frame that is more than numbers.
    classes_, sensitive_classes_ : ndarray or list of ndarray
        Classes, or bins as text, of y and of s; a list where there are several columns; None
        for an amount.
    codebook_ : dict or None
        Of codes, in ascending order of the mean class of y: "share" of the rows, shape (K,);
        "target" and "sensitive", for each column the law of its classes given the code, shape
        (K, C); "target_classes" and "sensitive_classes", for each column these C classes;
        "posterior_shift", for each column of s how far (total variation) that law is from the
        one of all rows, shape (K,).
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
        posteriors, of all rows, each released by models that have not seen it, plus what fresh
        rows show beyond those that a code is chosen on (not where few distinct rows are each
        coded by itself, nor of ``fit_partitions``). With
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
        "posterior": [
            None,
            StrOptions({"auto", *MEMBERS}),
            HasMethods(["fit", "predict_proba"]),
            PosteriorFeatures,
            list,
            tuple,
        ],
        "channel": [StrOptions(set(CHANNELS)), DeterministicChannel],
        "game": [None, ShapingGame],
        "encoder": [None, torch.nn.Module, type],
        "leakage": [StrOptions({"marginal", "conditional"})],
        "task_weights": [None, Interval(Real, 0, None, closed="left"), "array-like"],
        "n_bins": [None, Interval(Integral, 2, None, closed="left")],
        "target_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "sensitive_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "sensitive_columns": [None, str, Integral, "array-like"],
        "fold_columns": [None, str, Integral, "array-like"],
        "categorical_features": [None, str, Integral, "array-like"],
        "on_missing_sensitive": [StrOptions({"warn", "raise", "ignore"})],
        "release_key": [None, bytes, str, os.PathLike],
        "memory": [None, str, os.PathLike, HasMethods(["cache"])],
        "n_jobs": [None, Integral],
        "device": [str, torch.device],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    release_key = HiddenKey()

    def __init__(
        self,
        privacy_multiplier=1.0,
        *,
        n_components=16,
        posterior="auto",
        channel="categorical",
        game=None,
        encoder=None,
        leakage="marginal",
        task_weights=None,
        n_bins=8,
        target_kind="auto",
        sensitive_kind="auto",
        sensitive_columns=None,
        fold_columns=None,
        categorical_features="from_dtype",
        on_missing_sensitive="warn",
        release_key=None,
        memory=None,
        n_jobs=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.privacy_multiplier = privacy_multiplier
        self.n_components = n_components
        self.posterior = posterior
        self.channel = channel
        self.game = game
        self.encoder = encoder
        self.leakage = leakage
        self.task_weights = task_weights
        self.n_bins = n_bins
        self.target_kind = target_kind
        self.sensitive_kind = sensitive_kind
        self.sensitive_columns = sensitive_columns
        self.fold_columns = fold_columns
        self.categorical_features = categorical_features
        self.on_missing_sensitive = on_missing_sensitive
        self.release_key = release_key
        self.memory = memory
        self.n_jobs = n_jobs
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def set_params(self, **params):
        """Set parameters, those of nested objects as ``game__lr``.

        Parameters
        ----------
        **params : dict
            By name.

        Returns
        -------
        self : InfoShapeTransformer

        Raises
        ------
        ValueError
            If there is no such parameter, or what should hold it is a name or None.
        """
        refuse_nested_of_nothing(self, params, _HOLDERS)
        return super().set_params(**params)

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sensitive_features=None, *, sample_weight=None):
        """Train the encoder.

        Parameters
        ----------
        X : array-like of shape (n, p), or data frame
            Arrays are dense, numeric and finite, with more dimensions where ``encoder`` reads
            them. Data frames (pandas, polars, Arrow) may have text, categories, booleans, dates
            and gaps.
        y : array-like of shape (n,) or (n, d)
            Task labels; each column is a term of its own.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Sensitive attributes; each column is a term of its own. Rows where it is missing
            (None, NaN) serve the task only.
        sample_weight : array-like of shape (n,), default=None
            What each row counts, relative to the others; a row of weight 0 is as if it were not
            there. All that is learned or estimated is then of weighted rows; each released
            code is still one of ten persons at least, whatever they weigh, and standard errors
            tell of as many rows as there are in effect. None: all the same.

        Returns
        -------
        self : InfoShapeTransformer

        Raises
        ------
        TypeError, ValueError
            If the input is unsuitable: before training, with the remedy. An earlier fit is
            left as it was.
        """
        # Nothing is set before all is fitted, so that whatever fails leaves this one as it was.
        reader = unfitted_copy(self)
        problem, _, _ = read_problem(reader, X, y, sensitive_features, sample_weight)
        with planned(number_of_steps(problem, 1), self.verbose):
            (fitted,) = fit_releases(problem, learn_posteriors(problem), [problem.labels])
        self._keep(reader, fitted)
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
        X, y, sensitive_features : array-like
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
        release = getattr(self, "release_", None)
        reader = unfitted_copy(self)
        if release is not None:
            self._validate_params()  # scikit-learn leaves out later calls, not what was set since
        problem = read_batch(self, reader, X, y, sensitive_features, classes, sensitive_classes)
        net = continued_net(problem, release, getattr(self, "_net", None))
        # A net that was interrupted in the middle of a step is not taken up again.
        self.__dict__.pop("_net", None)
        counts = getattr(self, "_code_counts_", None)
        self._keep(reader, partial_fit_release(problem, release, net, counts), net)
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
            One-hot codes, or columns; float32 where X is. The numbers of the codes are
            ``np.asarray(Z).argmax(axis=1)``.
        """
        return by_slices(self._transform, X)

    def _transform(self, X):
        sample, dtype = self._read_rows(X)
        return self.release_.apply(sample).astype(dtype, copy=False)

    def sensitive_values(self, X):
        """The sensitive columns of X, for scorers.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        list of (str, ndarray of shape (n,)), or None
            None where X has them no longer.
        """
        check_is_fitted(self, "column_roles_")
        return self.column_roles_.split(X)[1]

    def _read_rows(self, X):
        return read_rows(self, X, fitted="release_", allow_nd=self.encoder is not None)

    # State ----------------------------------------------------------------------------

    def _keep(self, reader, fitted, net=None):
        """Set all fitted attributes, which is the last thing that a fit does."""
        take_reading(self, reader)
        for name, value in fitted.attributes().items():
            setattr(self, name, value)
        self.version_ = __version__
        self.__dict__.pop("_net", None)
        if net is not None:
            self._net = net

    def __getstate__(self):
        state = super().__getstate__().copy()
        state.pop("_net", None)  # critics and optimisers say much of the training rows
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        version = state.get("version_", __version__)
        if version != __version__:
            warn(
                f"This {type(self).__name__} was fitted by sklearn_infoshape {version} and is "
                f"loaded by {__version__}; its release may differ. Fit it anew, or install "
                "the version that wrote it.",
                VersionMismatchWarning,
            )

    # scikit-learn's contract ------------------------------------------------------------

    def get_feature_names_out(self, input_features=None):
        """Names of the columns of a release: ``code_0`` and so on, where it is a code.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, with or without those of ``sensitive_columns`` and
            ``fold_columns``; checked against the fitted ones, and not used otherwise.

        Returns
        -------
        ndarray of str
            Other channels' begin with the name of the class.
        """
        check_is_fitted(self, "release_")
        if input_features is not None:
            input_features = self.column_roles_.without(input_features)
        names = super().get_feature_names_out(input_features)
        if self.release_.channel.is_code:
            names = np.array([f"code_{code}" for code in range(len(names))], dtype=object)
        return names

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
