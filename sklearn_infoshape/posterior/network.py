"""The network member: a classifier trained by skorch, kept as numpy weights."""

import contextlib
import copy

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping
from skorch.helper import predefined_split
from torch import nn

from sklearn_infoshape.data.features import check_row_shape
from sklearn_infoshape.data.scaling import affine_map, standardise
from sklearn_infoshape.neural.batches import RowTensors, SlicedBatches
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.neural.networks import Encoder, build_encoder
from sklearn_infoshape.neural.randomness import LentGenerator, evaluate, global_generator

__all__ = ["NetworkMember"]

_VALUES_PER_SLICE = 2**18


class _WeightedCrossEntropy(nn.CrossEntropyLoss):
    """The mean of what rows cost times what they count; targets are codes and weights."""

    def forward(self, scores, targets):
        """Cross-entropy, a scalar."""
        codes, weights = targets
        return (nn.functional.cross_entropy(scores, codes, reduction="none") * weights).mean()


class SeededDropout(nn.Module):
    """Dropout from a generator of its own: torch's draws from the process's global one."""

    def __init__(self, probability, seed):
        super().__init__()
        self.probability = probability
        self.seed = seed
        self.generator = None

    def forward(self, x):
        """Drop entries in training; pass them on in evaluation."""
        if not self.training:
            return x
        if self.generator is None or self.generator.device != x.device:
            self.generator = torch.Generator(x.device).manual_seed(self.seed)
        kept = torch.empty_like(x).bernoulli_(1 - self.probability, generator=self.generator)
        return x * kept / (1 - self.probability)

    def __deepcopy__(self, memo):
        return SeededDropout(self.probability, self.seed)


class _Trunk(nn.Module):
    """Two hidden layers with SiLU and dropout."""

    def __init__(self, n_in, width, dropout, seed):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_in, width, dtype=torch.float32),
            nn.SiLU(),
            SeededDropout(dropout, seed),
            nn.Linear(width, width, dtype=torch.float32),
            nn.SiLU(),
            SeededDropout(dropout, seed + 1),
        )

    def forward(self, x):
        """Map rows to hidden features."""
        return self.layers(x)


class _SlicingNet(NeuralNetClassifier):
    """skorch's classifier over sliced batches, which draw from a generator of their own.

    ``foreign_draws`` is what a user's module draws from, None where there is none.
    """

    def get_iterator(self, dataset, training=False):
        """Shuffled slices for training, one slice for validation."""
        if training:
            generator = torch.Generator().manual_seed(self.seed)
            return SlicedBatches(dataset, self.batch_size, self.device, generator)
        return SlicedBatches(dataset, 8192, self.device)

    def __init__(self, *args, seed=0, foreign_draws=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.seed = seed
        self.foreign_draws = foreign_draws

    def _lent(self):
        draws = self.foreign_draws
        return contextlib.nullcontext() if draws is None else draws.lent()

    def train_step_single(self, batch, **fit_params):
        """One step on a batch whose targets come in a list."""
        with self._lent():
            return super().train_step_single(_unlisted(batch), **fit_params)

    def validation_step(self, batch, **fit_params):
        """The loss of held-out rows."""
        with self._lent():
            return super().validation_step(_unlisted(batch), **fit_params)


def _unlisted(batch):
    """A batch whose target is no list of one; codes stay beside weights."""
    features, targets = batch
    return features, targets[0] if len(targets) == 1 else targets


class NetworkMember(ClassifierMixin, BaseEstimator):
    """A perceptron, or a user's trunk, that predicts class probabilities.

    Parameters
    ----------
    encoder : torch.nn.Module, class of it, or None, default=None
        The trunk; None builds two layers of ``width`` with dropout.
    width : int, default=128
    dropout : float, default=0.2
    max_epochs : int, default=60
    lr : float, default=0.002
    device : str, default="auto"
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray of shape (C,)
    """

    def __init__(
        self,
        encoder=None,
        *,
        width=128,
        dropout=0.2,
        max_epochs=60,
        lr=0.002,
        device="auto",
        random_state=0,
    ):
        self.encoder = encoder
        self.width = width
        self.dropout = dropout
        self.max_epochs = max_epochs
        self.lr = lr
        self.device = device
        self.random_state = random_state

    def _module(self, row_shape):
        if self.encoder is not None:
            return build_encoder(self.encoder, row_shape, (), len(self.classes_))
        trunk = _Trunk(row_shape[0], self.width, self.dropout, self.random_state)
        return Encoder(trunk, self.width, len(self.classes_))

    def fit(self, X, y, sample_weight=None):
        """Train with early stopping on a tenth of the rows.

        Parameters
        ----------
        X : ndarray of shape (n, ...)
        y : ndarray of shape (n,)
        sample_weight : ndarray of shape (n,), optional

        Returns
        -------
        self : NetworkMember
        """
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.encoder is not None:  # our own trunk comes behind a scaler
            self.location_, self.scale_ = affine_map(np.asarray(X, dtype=np.float64))
        features = torch.from_numpy(self._scaled(X).astype(np.float32, copy=False))
        targets, criterion = [torch.from_numpy(codes.astype(np.int64))], nn.CrossEntropyLoss
        if sample_weight is not None:
            targets.append(torch.from_numpy(sample_weight.astype(np.float32)))
            criterion = _WeightedCrossEntropy
        order = np.random.RandomState(self.random_state).permutation(len(X))
        n_held_out = max(1, len(X) // 10)
        held_out, kept = order[:n_held_out], order[n_held_out:]
        device = resolve_device(self.device)
        with global_generator(self.random_state, device):
            module = self._module(features.shape[1:])
        foreign = self.encoder is not None
        net = _SlicingNet(
            module,
            criterion=criterion,
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=1e-2,
            optimizer__fused=True,
            lr=self.lr,
            max_epochs=self.max_epochs,
            batch_size=int(np.clip(len(X) // 32, 32, 512)),
            train_split=predefined_split(
                RowTensors(features[held_out], [t[held_out] for t in targets])
            ),
            callbacks=[("stop", EarlyStopping(patience=6, load_best=True))],
            device=device,
            verbose=0,
            callbacks__print_log=None,
            callbacks__valid_acc=None,
            seed=self.random_state,
            foreign_draws=LentGenerator(self.random_state + 1, device) if foreign else None,
        )
        with global_generator(self.random_state, device):
            net.initialize()
        net.partial_fit(RowTensors(features[kept], [t[kept] for t in targets]), None)
        trained = net.module_.cpu().eval()
        self.trunk_ = copy.deepcopy(trained.trunk) if self.encoder is not None else None
        state = trained.head.state_dict(prefix="head.") if self.trunk_ else trained.state_dict()
        self.weights_ = {name: value.numpy().copy() for name, value in state.items()}
        self.row_shape_ = tuple(features.shape[1:])
        return self

    def predict_proba(self, X):
        """Class probabilities, in float64 on the CPU.

        Parameters
        ----------
        X : ndarray of shape (n, ...)

        Returns
        -------
        ndarray of shape (n, C)
        """
        check_row_shape(X, self.row_shape_)
        with torch.device("meta"):
            trunk = _Trunk(self.row_shape_[0], self.width, self.dropout, 0)
        module = nn.Module()
        module.trunk = trunk if self.trunk_ is None else copy.deepcopy(self.trunk_)
        module.head = nn.Linear(*self.weights_["head.weight"].shape[::-1], device="meta")
        state = {name: torch.from_numpy(value) for name, value in self.weights_.items()}
        module.load_state_dict(state, assign=True, strict=self.trunk_ is None)
        module.double().eval()
        step = max(1, _VALUES_PER_SLICE // max(1, int(np.prod(self.row_shape_))))
        read = nn.Sequential(module.trunk, nn.Flatten(1), module.head, nn.Softmax(1))
        if self.trunk_ is not None:
            parts = evaluate(read, X, step, lambda part: torch.from_numpy(self._scaled(part)))
        else:
            with torch.inference_mode():
                parts = [
                    read(torch.from_numpy(self._scaled(X[start : start + step])))
                    for start in range(0, len(X), step)
                ]
        return torch.cat(parts).numpy()

    def _scaled(self, X):
        if self.encoder is None:
            return np.asarray(X, dtype=np.float64)
        return standardise(np.asarray(X), self.location_, self.scale_)

    def predict(self, X):
        """Most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
