"""The classifiers that are pooled: trees, networks, kernels, linear ones, or the user's own.

A new member is one function here and one line in :data:`MEMBERS`.
"""

import copy

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.utils import gen_batches

from sklearn_infoshape.posterior.additive import MostTelling, PiecewiseLinear, Products
from sklearn_infoshape.posterior.binning import CoarseBins
from sklearn_infoshape.posterior.checked import _checked, _Examined
from sklearn_infoshape.posterior.native_columns import reads_natively
from sklearn_infoshape.posterior.network import NetworkMember
from sklearn_infoshape.posterior.perceptron import Perceptron
from sklearn_infoshape.posterior.scaled_columns import (
    ClipExtremes,
    components_of,
    is_wide,
    one_deviation,
    standardised,
)
from sklearn_infoshape.posterior.weighted_fit import fit_weighted

__all__ = ["MEMBERS", "choose_members", "is_small", "member_names"]

_COMPONENTS = 60
_KERNEL_COMPONENTS = 40
_MOST_TELLING = 100  # columns of a wide table that boosting sees
_BOOSTING_VALUES = 5_000_000  # rows × columns up to which it can choose them
FEW_ROWS = 100
_FEW_FOR_TREES = 3000
_SMALL = 6000
_MOST_KERNEL_ROWS = 20_000
_MOST_ADDITIVE_ROWS = 50_000
_ROWS_PER_SLICE = 4096
_INVERSE_PENALTIES = (100.0, 10.0, 0.1)  # tried after 1, the first only on clear labels
_FEWEST_TO_HOLD_OUT = 20


def is_small(shape):
    """Whether quicker members in more folds say more than slower ones in fewer."""
    return shape[0] <= _SMALL and not is_wide(shape)


class _FewerRows(BaseEstimator):
    """Fit a classifier on a random part of many rows."""

    def __init__(self, classifier, most_rows, random_state, dtype):
        self.classifier = classifier
        self.most_rows = most_rows
        self.random_state = random_state
        self.dtype = dtype

    def fit(self, X, y, sample_weight=None):
        """Fit on at most ``most_rows`` rows."""
        if len(X) > self.most_rows:
            rng = np.random.RandomState(self.random_state)
            order = rng.permutation(len(X))
            one_of_each = order[np.unique(y[order], return_index=True)[1]]  # also of the rarest
            some = np.union1d(order[: self.most_rows], one_of_each)
            X, y = X[some], y[some]
            sample_weight = None if sample_weight is None else sample_weight[some]
        X = np.asarray(X, dtype=self.dtype)
        self.fitted_ = fit_weighted(clone(self.classifier), X, y, sample_weight)
        self.classes_ = self.fitted_.classes_
        return self

    def predict_proba(self, X):
        """Class probabilities, shape (n, C), in slices: features take more room than rows."""
        slices = gen_batches(len(X), _ROWS_PER_SLICE)
        return np.vstack([self.fitted_.predict_proba(X[part]) for part in slices])


class _LeastPenalty(ClassifierMixin, BaseEstimator):
    """Logistic regression with as weak a penalty as a held-out tenth of the rows bears.

    Clear labels bear nearly none; noisy ones would be learnt by heart.
    """

    def __init__(self, random_state):
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Try penalties in turn, each from the last weights, until held-out rows gain by one."""
        self.classes_, counts = np.unique(y, return_counts=True)
        model = LogisticRegression(max_iter=200, tol=1e-5, warm_start=True)
        if counts.min() < _FEWEST_TO_HOLD_OUT:
            self.fitted_ = model.fit(X, y, sample_weight)
            return self
        own, held_out = train_test_split(
            np.arange(len(X)), test_size=0.1, stratify=y, random_state=self.random_state
        )
        X_own, frequencies = X[own], counts / counts.sum()
        own_weight = held_out_weight = None
        if sample_weight is not None:
            own_weight, held_out_weight = sample_weight[own], sample_weight[held_out]
            masses = np.array([sample_weight[y == c].sum() for c in self.classes_])
            frequencies = masses / masses.sum()

        def loss():
            model.fit(X_own, y[own], own_weight)
            predicted = model.predict_proba(X[held_out])
            return log_loss(
                y[held_out], predicted, labels=self.classes_, sample_weight=held_out_weight
            )

        least = loss()
        self.fitted_ = copy.deepcopy(model)
        clear = least < -0.5 * frequencies @ np.log(frequencies)
        for C in _INVERSE_PENALTIES if clear else _INVERSE_PENALTIES[1:]:
            model.set_params(C=C)
            if loss() < least:
                self.fitted_ = model
                break
        return self

    def predict_proba(self, X):
        """Class probabilities, shape (n, C)."""
        return self.fitted_.predict_proba(X)


def _scaled(shape, n_components, seed):
    """Standardised columns, or principal components where there are many."""
    return components_of(shape, n_components, seed) if is_wide(shape) else standardised()


def boosting(shape, fewest, seed, device):
    """Slow, small trees; early stopping only where each class has rows to spare."""
    whole = not is_wide(shape) or shape[0] * shape[1] <= _BOOSTING_VALUES
    wide = [] if whole else _scaled(shape, _KERNEL_COMPONENTS, seed)
    few = shape[0] < _FEW_FOR_TREES
    if is_wide(shape) and whole:
        # Beside the kernel machine, for columns whose units differ: it sees those that vary most,
        # these trees the ones that say most by themselves.
        trees = HistGradientBoostingClassifier(
            learning_rate=0.15,
            max_iter=60,
            max_leaf_nodes=15,
            min_samples_leaf=10 if few else 30,
            max_features=0.3,
            early_stopping=False,
            random_state=seed,
        )
        return make_pipeline(ClipExtremes(), MostTelling(_MOST_TELLING), CoarseBins(32), trees)
    rate, leaves, patience = (0.15, 8, 6) if few else (0.08, 12, 12)
    if not is_small(shape):
        rate, leaves, patience = 0.1, 16, 8
    trees = HistGradientBoostingClassifier(
        learning_rate=rate,
        max_iter=400 if fewest >= 40 else 100,
        max_leaf_nodes=leaves,
        min_samples_leaf=10 if few else 30,
        max_features=0.5,
        l2_regularization=3.0,
        early_stopping=fewest >= 40,
        n_iter_no_change=patience,
        random_state=seed,
    )
    return make_pipeline(*wide, CoarseBins(), trees)


def network(shape, fewest, seed, device):
    """Two hidden layers; see :class:`~sklearn_infoshape.posterior.perceptron.Perceptron`."""
    scaler = make_pipeline(*_scaled(shape, _COMPONENTS, seed))
    max_epochs = 10 if is_small(shape) else 16
    return Perceptron(scaler, max_epochs=max_epochs, device=device, random_state=seed)


class _RandomFourier(RBFSampler):
    """Random Fourier features, at a width that is measured in the data."""

    def fit(self, X, y=None):
        """Set gamma to 1.6 over the mean squared distance of two rows, then draw."""
        self.gamma = 1.6 / max(2 * float(np.asarray(X).var(axis=0).sum()), 1e-12)
        return super().fit(X, y)

    def transform(self, X):
        """Features; by torch, whose cosine takes a sixth of numpy's time in float64."""
        projection = np.asarray(X) @ self.random_weights_
        projection += self.random_offset_
        return torch.from_numpy(projection).cos_().mul_((2 / self.n_components) ** 0.5).numpy()


def kernel(shape, fewest, seed, device):
    """Logistic regression on random Fourier features: a kernel machine that stores no rows."""
    return _kernel_machine(_scaled(shape, _KERNEL_COMPONENTS, seed), 600, 1.0, seed)


def components(shape, fewest, seed, device):
    """A kernel machine on unwhitened principal components, where columns share one unit."""
    steps = components_of(shape, _KERNEL_COMPONENTS, seed)
    if not is_wide(shape):
        return _kernel_machine(steps, 800, 30.0, seed)
    # The best of all members on pixels, and by far the cheapest: it may take more of the time.
    features = _RandomFourier(n_components=4000, random_state=seed)
    classifier = make_pipeline(*steps, features, _LeastPenalty(seed))
    return _FewerRows(classifier, _MOST_KERNEL_ROWS, seed, np.float32)


def _kernel_machine(steps, n_features, C, seed):
    features = _RandomFourier(n_components=n_features, random_state=seed)
    classifier = make_pipeline(*steps, features, LogisticRegression(C=C, max_iter=200, tol=1e-3))
    return _FewerRows(classifier, _MOST_KERNEL_ROWS, seed, np.float32)


def linear(shape, fewest, seed, device):
    """Logistic regression on standardised columns."""
    return make_pipeline(*standardised(), LogisticRegression(C=0.3, max_iter=300, tol=1e-3))


def additive(shape, fewest, seed, device):
    """Logistic regression on curves of single columns and products of those that tell most.

    Heavily penalised, since its columns are many: of few noisy rows it says more than trees.
    """
    curves = [*standardised(), PiecewiseLinear(), *one_deviation()]
    weights = LogisticRegression(C=0.01, max_iter=300, tol=1e-3)
    classifier = make_pipeline(*curves, Products(), weights)
    return _FewerRows(classifier, _MOST_ADDITIVE_ROWS, seed, np.float64)


MEMBERS = {
    "boosting": boosting,
    "network": network,
    "kernel": kernel,
    "components": components,
    "linear": linear,
    "additive": additive,
}


def choose_members(
    posterior,
    shape,
    fewest,
    *,
    encoder=None,
    device="auto",
    seed=0,
    weighted=False,
    blocks=None,
):
    """The unfitted classifiers that a ``posterior`` parameter means for a table.

    Parameters
    ----------
    posterior : str, classifier or list of them
        "auto", a name in :data:`MEMBERS`, or classifiers with ``predict_proba``.
    shape : tuple of int
        Of X.
    fewest : int
        Rows of the rarest class.
    encoder : torch.nn.Module, class or None
        A user's trunk: then "auto" and "network" mean a network with it.
    device : str
    seed : int
    weighted : bool, default=False
        Whether they are to be fitted with sample weights.
    blocks : sequence of (str, int, bool), or None
        Of a table, as of :class:`~sklearn_infoshape.posterior.native_columns.NativeColumns`.

    Returns
    -------
    list of classifier

    Raises
    ------
    ValueError
        If a classifier has no ``predict_proba``, takes no weights where it has to, or stores the
        rows it was fitted on; that a type is not known to do so shows when it is fitted.
    """
    if encoder is not None:
        if not (isinstance(posterior, str) and posterior in ("auto", "network")):
            raise ValueError(
                f"encoder is a torch module, which posterior={posterior!r} cannot use; set "
                "posterior='network' (or None for the one-stage game)."
            )
        return [_Examined(NetworkMember(encoder, device=device, random_state=seed))]
    members = []
    for name in _listed(posterior, shape):
        if isinstance(name, str):
            if name not in MEMBERS:
                raise ValueError(
                    f"posterior={name!r} is not known; use 'auto', one of {sorted(MEMBERS)}, a "
                    "classifier, or None."
                )
            options = (fewest, seed, device)
            if name == "boosting":
                members.append(reads_natively(boosting, blocks, shape, *options))
            else:
                members.append(MEMBERS[name](shape, *options))
        else:
            members.append(_checked(name, seed, weighted))
    return members


def member_names(posterior, shape, encoder=None):
    """What people call the classifiers of :func:`choose_members`, which takes the same.

    Returns
    -------
    list of str
        Names in :data:`MEMBERS`, or of classes.

    Examples
    --------
    >>> from sklearn_infoshape.posterior.members import member_names
    >>> member_names("auto", (80, 4))
    ['kernel', 'linear']
    """
    if encoder is not None:
        return ["network"]
    listed = _listed(posterior, shape)
    return [name if isinstance(name, str) else type(name).__name__ for name in listed]


def _listed(posterior, shape):
    """Names and classifiers that a ``posterior`` parameter means."""
    if isinstance(posterior, list | tuple):
        return list(posterior)
    if not (isinstance(posterior, str) and posterior == "auto"):
        return [posterior]
    if shape[0] < FEW_ROWS:  # too few for trees of 30 rows a leaf, or for a held-out part
        return ["kernel", "linear"]
    left_out = ["kernel"]  # components say what it says
    if is_wide(shape):
        left_out.append("additive")
    return [name for name in MEMBERS if name not in left_out]
