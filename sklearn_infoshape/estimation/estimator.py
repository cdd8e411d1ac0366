"""MutualInformationEstimator: parameters, fit, score; which way of measuring suits which label."""

from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_infoshape._compat import HasMethods, Interval, StrOptions, _fit_context
from sklearn_infoshape.data.features import with_numbers
from sklearn_infoshape.data.frames import column_labels
from sklearn_infoshape.data.labels import read_labels
from sklearn_infoshape.data.terms import describe_columns
from sklearn_infoshape.estimation.critics import Learning
from sklearn_infoshape.estimation.dispatch import NAMED_WAYS, measure
from sklearn_infoshape.estimation.measurement import NEAR_CAP, average
from sklearn_infoshape.estimation.pairs import PairReader
from sklearn_infoshape.estimation.repeats import one_row_a_group, read_groups, warn_of_copies
from sklearn_infoshape.exceptions import InformationCapWarning
from sklearn_infoshape.information import BOUNDS
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.runtime.own_warnings import warn
from sklearn_infoshape.runtime.process import leaves_process_unchanged

__all__ = ["MutualInformationEstimator"]

_NATS_PER_BIT = np.log(2.0)
_FEWEST_ROWS = 8  # of amounts, and of what critics learn from


def _refuse_equal_names(X):
    names = column_labels(X) or []
    twins = [name for name in names if names.count(name) > 1]
    if twins:
        raise ValueError(
            f"X has {len(twins)} columns named {twins[0]!r}; give each column a name of its own, "
            "or pass an array."
        )


def _refuse_few(n_units, are_rows, mi_estimator):
    if n_units < _FEWEST_ROWS:
        found = f"X and y have {n_units} rows" if are_rows else f"groups has {n_units} groups"
        raise ValueError(
            f"{found}, too few for an amount in y or mi_estimator={mi_estimator!r}: give at least "
            f"{_FEWEST_ROWS}, or set target_kind='classes' if the values of y are classes."
        )


def _near_cap_message(found):
    if np.isfinite(found.limit):
        bits = max(0.0, min(found.nats, found.limit)) / _NATS_PER_BIT
        return (
            f"The information is measured as {bits:.3g} bits: nearly all of the entropy of the "
            "label, or of X, which is at most what they can share."
        )
    return (
        f"The information is measured as more than {NEAR_CAP * found.cap / _NATS_PER_BIT:.3g} "
        "bits, which so many rows cannot tell from any larger value: the interval has no upper "
        "end, and one of X and y may be a function of the other. More rows raise this mark."
    )


class MutualInformationEstimator(BaseEstimator):
    """How many bits Z and a label share, with an interval.

    The label may be classes, continuous, or several columns of either kind. What is trained is
    cross-fitted: every row is judged by models that have not seen it.

    Parameters
    ----------
    mi_estimator : str, default="auto"
        "auto" chooses by the kind of label:

        - classes: the cross-entropy of pooled classifiers, or, where Z is a finite code (ten rows
          a code), the plug-in with its bias taken off;
        - continuous: a normal or Student copula in closed form, and what nearest neighbours or
          a critic find beyond it, whichever is more;
        - several columns: the chain rule.

        Or one way for all: "plugin", "cross_entropy" (classes); "copula", "neighbours"
        (continuous); "remine", "mine", "nwj", "smile", "infonce" (a neural bound, of
        :data:`sklearn_infoshape.information.BOUNDS`; at least in expectation, but for SMILE).
    target_kind : {"auto", "classes", "continuous"} or list of them, default="auto"
        What the label is; one for all of its columns or one for each.
    members : str, classifier or list of them, default="auto"
        The classifiers that are pooled; as ``posterior`` of
        :class:`~sklearn_infoshape.InfoShapeTransformer`.
    folds : int, default=5
        Of the cross-fitting.
    confidence : float, default=0.95
        Of the interval.
    hidden_layer_sizes : sequence of int, default=(64, 64)
        Of critics.
    max_epochs : int, default=40
        Of the training of critics and networks.
    batch_size : int, default=256
        Rows of a step.
    lr : float, default=0.003
        Learning rate.
    n_iter_no_change : int, default=5
        Epochs without a better value on a part of the training rows, after which a critic is
        done.
    n_jobs : int, default=None
        Classifiers, critics and folds that are fitted at the same time, each on one thread; what
        they find does not depend on it. None means 1 unless in a ``joblib.parallel_config``.
    device : str, default="auto"
        Where networks are trained.
    random_state : int, RandomState instance or None, default=None
        Of what is drawn.
    verbose : int, default=0
        1 shows progress.

    Attributes
    ----------
    information_bits_ : float
        Not below 0.
    raw_information_bits_ : float
        As measured; below 0 where models were fooled, which happens near independence.
    standard_error_bits_ : float
        Of the sampling noise alone.
    confidence_interval_ : tuple of float
        Bits. Sampling noise at the level of ``confidence``, and on top of it an allowance for
        bias: what models still lose by having learned from few rows, and what they may miss.
        Not above the entropy of a label that is classes, or of a finite code; infinite where
        so many rows cannot tell the value from any larger one.
    parts_bits_ : dict of str to float
        What the value is made of, or was chosen from.
    history_ : list of dict
        One line a fold and epoch of trained critics.
    columns_ : tuple of LabelColumn
    n_features_in_ : int

    Notes
    -----
    Columns are brought to normal scores first (but for some of the classifiers), so that
    monotone maps of a column, copies and the order of columns make no difference. A neural
    bound is at most about log n of the rows it is measured on, and infonce log of the number
    of labels that a row is compared with; information of classes is at most the entropy of the
    label. Values near these caps warn.

    A fitted estimator holds sorted columns and models of them: guard it as the data.

    References
    ----------
    P. Czyż et al., "Beyond normal: on the evaluation of mutual information estimators", 2023,
    arXiv 2306.11078: the tasks that "auto" is measured on (``benchmarks/information.py``).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape import MutualInformationEstimator
    >>> rng = np.random.default_rng(0)
    >>> Z = rng.normal(size=(2000, 1))
    >>> label = np.exp(0.6 * Z[:, 0] + 0.8 * rng.normal(size=2000))
    >>> estimator = MutualInformationEstimator(random_state=0).fit(Z, label)
    >>> bool(abs(estimator.information_bits_ + np.log2(0.8)) < 0.05)
    True
    >>> low, high = estimator.confidence_interval_
    >>> bool(low < -np.log2(0.8) < high)
    True
    """

    _parameter_constraints = {
        "mi_estimator": [str],  # names are looked up in fit, so that new bounds count
        "target_kind": [StrOptions({"auto", "classes", "continuous"}), list, tuple],
        "members": [
            StrOptions({"auto", *MEMBERS}),
            HasMethods(["fit", "predict_proba"]),
            list,
            tuple,
        ],
        "folds": [Interval(Integral, 2, None, closed="left")],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "hidden_layer_sizes": ["array-like"],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [None, Integral],
        "device": [str],
        # numpy's newer generators are refused in fit, with the remedy.
        "random_state": ["random_state", np.random.Generator],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        mi_estimator="auto",
        *,
        target_kind="auto",
        members="auto",
        folds=5,
        confidence=0.95,
        hidden_layer_sizes=(64, 64),
        max_epochs=40,
        batch_size=256,
        lr=0.003,
        n_iter_no_change=5,
        n_jobs=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.mi_estimator = mi_estimator
        self.target_kind = target_kind
        self.members = members
        self.folds = folds
        self.confidence = confidence
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.n_iter_no_change = n_iter_no_change
        self.n_jobs = n_jobs
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, groups=None):
        """Measure the information that X and y share.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Z: a release, or any columns; dense, numeric and finite.
        y : array-like of shape (n,) or (n, d)
            The label.
        groups : array-like of shape (n,) or None, default=None
            Which rows belong together, such as those of one person. Then no two rows of a group
            are used at once: one of each is drawn, several times, so that every group counts
            as much as any, and the interval is that of as many rows as there are groups.

        Returns
        -------
        self : MutualInformationEstimator

        Raises
        ------
        ValueError
            If ``mi_estimator`` cannot measure this kind of label, or rows are missing values.

        Warns
        -----
        InformationCapWarning
            If the value is near what the method can show at most.
        RepeatedRowsWarning
            If rows are exact copies of others beyond chance, and ``groups`` is None.
        """
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        names = ("auto", *NAMED_WAYS, *BOUNDS)
        if self.mi_estimator not in names:
            raise ValueError(
                f"mi_estimator={self.mi_estimator!r} is not known; there are {', '.join(names)}."
            )
        if isinstance(self.random_state, np.random.Generator):
            raise ValueError(
                "random_state is a numpy.random.Generator, which scikit-learn's estimators do not "
                "take; pass a number that it draws, such as int(generator.integers(2**31))."
            )
        sizes = tuple(int(size) for size in self.hidden_layer_sizes)
        if not sizes or min(sizes) < 1:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r}: a critic needs at least one "
                "hidden layer of at least one unit, such as (64,)."
            )
        if sparse.issparse(X):
            raise TypeError("Sparse data was passed for X, but dense data is required: .toarray().")
        _refuse_equal_names(X)
        Z = validate_data(self, with_numbers(X), dtype=np.float64, ensure_min_samples=2)
        labels, _ = read_labels(Z, y, None, None, "ignore")
        columns = describe_columns(labels, parameter="y", kind=self.target_kind, n_bins=None)
        seed = check_random_state(self.random_state).randint(2**31 - 1000)
        learning = Learning(
            sizes,
            self.max_epochs,
            self.batch_size,
            self.lr,
            self.n_iter_no_change,
            resolve_device(self.device),
            self.verbose,
            self.n_jobs,
        )
        belongs = read_groups(groups, len(Z))
        pairs = any(column.kind == "value" for column in columns) or self.mi_estimator in BOUNDS
        if pairs and self.mi_estimator not in ("cross_entropy", "plugin"):
            n_units = len(Z) if belongs is None else belongs.max() + 1
            _refuse_few(n_units, belongs is None, self.mi_estimator)
        values = [column for _, column in labels]
        if groups is None:
            warn_of_copies(Z, values)
        draws = [np.arange(len(Z))]
        if belongs is not None:
            codes = [np.unique(column, return_inverse=True)[1].ravel() for column in values]
            draws = one_row_a_group(belongs, np.column_stack([Z, *codes]), seed)
        readers = [PairReader(columns, seed) for _ in draws]
        measured = [
            measure(
                reader.fit_read(Z[rows], [column[rows] for column in values]),
                self.mi_estimator,
                learning=learning,
                members=self.members,
                folds=self.folds,
                seed=seed,
            )
            for reader, rows in zip(readers, draws, strict=True)
        ]
        found = average(measured)
        self.columns_ = columns
        self.raw_information_bits_ = float(found.nats / _NATS_PER_BIT)
        self.information_bits_ = max(0.0, min(found.nats, found.limit) / _NATS_PER_BIT)
        self.standard_error_bits_ = float(found.standard_error / _NATS_PER_BIT)
        low, high = found.interval(self.confidence)
        self.confidence_interval_ = (float(low / _NATS_PER_BIT), float(high / _NATS_PER_BIT))
        self.parts_bits_ = {name: float(v / _NATS_PER_BIT) for name, v in found.parts.items()}
        self.history_ = found.history
        self._scores = [(r, m.score) for r, m in zip(readers, measured, strict=True)]
        if found.near_cap and found.cap > 0:
            warn(_near_cap_message(found), InformationCapWarning)
        return self

    @leaves_process_unchanged
    def score(self, X, y):
        """Bits that the fitted models find in other rows: at least so many, in expectation.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,) or (n, d)
            The label.

        Returns
        -------
        float
            Not clipped: negative where the models do not fit these rows. Nearest neighbours
            leave no model behind; with continuous labels the copula and the critics score.
        """
        check_is_fitted(self, "information_bits_")
        Z = validate_data(self, with_numbers(X), dtype=np.float64, reset=False)
        labels, _ = read_labels(Z, y, None, None, "ignore")
        if len(labels) != len(self.columns_):
            raise ValueError(
                f"y has {len(labels)} columns; it had {len(self.columns_)} when this estimator "
                "was fitted."
            )
        values = [column for _, column in labels]
        found = [score(reader.read(Z, values)) for reader, score in self._scores]
        return float(np.mean(found) / _NATS_PER_BIT)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags
