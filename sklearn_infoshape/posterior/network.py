"""The member with a user's trunk: a classifier that skorch trains, its head kept as arrays."""

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
from sklearn_infoshape.neural.networks import build_encoder
from sklearn_infoshape.neural.optimizer import AdamW
from sklearn_infoshape.neural.randomness import LentGenerator, evaluate, global_generator

__all__ = ["NetworkMember"]

_PATIENCE = 6
_VALUES_PER_SLICE = 2**18


class _WeightedCrossEntropy(nn.CrossEntropyLoss):
    """The mean of what rows cost times what they count; targets are codes and weights."""

    def forward(self, scores, targets):
        """Cross-entropy, a scalar."""
        codes, weights = targets
        return (nn.functional.cross_entropy(scores, codes, reduction="none") * weights).mean()


class _SlicingNet(NeuralNetClassifier):
    """skorch's classifier over sliced batches, which draw from a generator of their own.

    ``foreign_draws`` is what a user's module draws from.
    """

    def get_iterator(self, dataset, training=False):
        """Shuffled slices for training, one slice for validation."""
        if training:
            generator = torch.Generator().manual_seed(self.seed)
            return SlicedBatches(dataset, self.batch_size, self.device, generator)
        return SlicedBatches(dataset, 8192, self.device)

    def __init__(self, *args, seed, foreign_draws, **kwargs):
        super().__init__(*args, **kwargs)
        self.seed = seed
        self.foreign_draws = foreign_draws

    def train_step_single(self, batch, **fit_params):
        """One step on a batch whose targets come in a list."""
        with self.foreign_draws.lent():
            return super().train_step_single(_unlisted(batch), **fit_params)

    def validation_step(self, batch, **fit_params):
        """The loss of held-out rows."""
        with self.foreign_draws.lent():
            return super().validation_step(_unlisted(batch), **fit_params)


def _unlisted(batch):
    """A batch whose target is no list of one; codes stay beside weights."""
    features, targets = batch
    return features, targets[0] if len(targets) == 1 else targets


class NetworkMember(ClassifierMixin, BaseEstimator):
    """A user's trunk with a linear head, that predicts class probabilities.

    Parameters
    ----------
    encoder : torch.nn.Module or class of it
        The trunk.
    max_epochs : int, default=60
    lr : float, default=0.002
    device : str, default="auto"
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray of shape (C,)
    """

    def __init__(self, encoder, *, max_epochs=60, lr=0.002, device="auto", random_state=0):
        self.encoder = encoder
        self.max_epochs = max_epochs
        self.lr = lr
        self.device = device
        self.random_state = random_state

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
        stop = EarlyStopping(patience=_PATIENCE, load_best=True)
        with global_generator(self.random_state, device):
            net = _SlicingNet(
                build_encoder(self.encoder, features.shape[1:], (), len(self.classes_)),
                criterion=criterion,
                optimizer=AdamW,
                optimizer__weight_decay=1e-2,
                optimizer__fused=True,
                lr=self.lr,
                max_epochs=self.max_epochs,
                batch_size=int(np.clip(len(X) // 32, 32, 512)),
                train_split=predefined_split(
                    RowTensors(features[held_out], [t[held_out] for t in targets])
                ),
                callbacks=[("stop", stop)],
                device=device,
                verbose=0,
                callbacks__print_log=None,
                callbacks__valid_acc=None,
                seed=self.random_state,
                foreign_draws=LentGenerator(self.random_state + 1, device),
            )
            net.initialize()
        net.partial_fit(RowTensors(features[kept], [t[kept] for t in targets]), None)
        if len(net.history) < self.max_epochs and stop.misses_ < _PATIENCE:
            raise KeyboardInterrupt  # skorch takes a user's for the end of training
        trained = net.module_.cpu().eval()
        self.trunk_ = copy.deepcopy(trained.trunk)
        state = trained.head.state_dict()
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
        head = nn.Linear(*self.weights_["weight"].shape[::-1], device="meta")
        state = {name: torch.from_numpy(value) for name, value in self.weights_.items()}
        head.load_state_dict(state, assign=True)
        read = nn.Sequential(copy.deepcopy(self.trunk_), nn.Flatten(1), head, nn.Softmax(1))
        read = read.double().eval()
        step = max(1, _VALUES_PER_SLICE // max(1, int(np.prod(self.row_shape_))))
        parts = evaluate(read, X, step, lambda part: torch.from_numpy(self._scaled(part)))
        return torch.cat(parts).numpy()

    def _scaled(self, X):
        return standardise(np.asarray(X), self.location_, self.scale_)

    def predict(self, X):
        """Most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
