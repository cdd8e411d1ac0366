"""The network member: perceptrons of all folds, trained side by side as one module by skorch.

A training step of one small network is mostly overhead. Networks that lie side by side in one
tensor share it, and on a GPU they share the device.
"""

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import gen_batches
from skorch import NeuralNet
from skorch.callbacks import Callback, LRScheduler
from torch import nn
from torch.nn.functional import cross_entropy, pad, silu
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import Dataset

from sklearn_infoshape.data.features import check_row_shape
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.neural.optimizer import AdamW
from sklearn_infoshape.posterior.weighted_fit import fit_weighted

__all__ = ["Perceptron", "fit_perceptrons"]

_ROWS_PER_SLICE = 4096
_FEWEST_STEPS = 250
_WEIGHT_DECAY = 1e-2


class Perceptron(ClassifierMixin, BaseEstimator):
    """Two hidden layers with SiLU and dropout, behind a scaler; kept as numpy weights.

    Parameters
    ----------
    scaler : transformer
        Fitted for each fold by itself.
    width : int, default=64
    dropout : float, default=0.2
    max_epochs : int, default=16
        More where they are so short that they make fewer than 250 steps.
    lr : float, default=0.005
        The highest of one cycle.
    device : str, default="auto"
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray of shape (C,)
    scaler_ : transformer
    layers_ : list of (weight, bias)
        Of shape (width_in, width_out) and (width_out,), dtype float32.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_infoshape.posterior.perceptron import Perceptron
    >>> X = np.random.default_rng(0).normal(size=(500, 2))
    >>> model = Perceptron(StandardScaler()).fit(X, (X.prod(axis=1) > 0).astype(int))
    >>> bool(model.predict_proba([[1.0, 1.0]])[0, 1] > 0.8)
    True
    """

    def __init__(
        self,
        scaler,
        *,
        width=64,
        dropout=0.2,
        max_epochs=16,
        lr=0.005,
        device="auto",
        random_state=0,
    ):
        self.scaler = scaler
        self.width = width
        self.dropout = dropout
        self.max_epochs = max_epochs
        self.lr = lr
        self.device = device
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Train; a tenth of the rows choose the epoch.

        Parameters
        ----------
        X : ndarray of shape (n, p)
        y : ndarray of shape (n,)
        sample_weight : ndarray of shape (n,), optional

        Returns
        -------
        self : Perceptron
        """
        parts = [np.arange(len(X))]
        (fitted,) = self.fit_folds(np.asarray(X), np.asarray(y), parts, sample_weight)
        self.__dict__.update(fitted.__dict__)
        return self

    def fit_folds(self, rows, labels, parts, sample_weight=None):
        """Fit one model on each of several parts of the rows, all side by side.

        Parameters
        ----------
        rows : ndarray of shape (n, p)
        labels : ndarray of shape (n,)
        parts : list of ndarray of int
            The rows that each model is fitted on.
        sample_weight : ndarray of shape (n,), optional

        Returns
        -------
        list of Perceptron
            One a part, each with the classes of its own rows.
        """
        fitted, features, codes = [clone(self) for _ in parts], [], []
        classes = np.unique(labels[np.concatenate(parts)])
        weights = [None if sample_weight is None else sample_weight[part] for part in parts]
        for model, part, own in zip(fitted, parts, weights, strict=True):
            model.scaler_ = fit_weighted(clone(self.scaler), rows[part], labels[part], own)
            scaled = model.scaler_.transform(rows[part])
            features.append(scaled.astype(np.float32, copy=False))
            codes.append(np.searchsorted(classes, labels[part]))
        networks = fit_perceptrons(
            features,
            codes,
            len(classes),
            weights=None if sample_weight is None else weights,
            width=self.width,
            dropout=self.dropout,
            max_epochs=self.max_epochs,
            lr=self.lr,
            device=self.device,
            seed=self.random_state,
        )
        for model, own, layers in zip(fitted, codes, networks, strict=True):
            seen = np.unique(own)  # another part may have more classes
            weight, bias = layers[-1]
            model.classes_ = classes[seen]
            model.layers_ = [*layers[:-1], (weight[:, seen].copy(), bias[seen].copy())]
            model.row_shape_ = rows.shape[1:]
        return fitted

    def predict_proba(self, X):
        """Class probabilities, in float64 on the CPU.

        Parameters
        ----------
        X : ndarray of shape (n, p)

        Returns
        -------
        ndarray of shape (n, C)
        """
        X = np.asarray(X)
        check_row_shape(X, self.row_shape_)
        slices = gen_batches(len(X), _ROWS_PER_SLICE)
        return np.vstack([self._probabilities(X[part]) for part in slices])

    def _probabilities(self, X):
        features = self.scaler_.transform(X).astype(np.float64, copy=False)
        layers = [[torch.from_numpy(part).double() for part in layer] for layer in self.layers_]
        with torch.inference_mode():
            return _scores(torch.from_numpy(features), layers).softmax(1).numpy()

    def predict(self, X):
        """Most probable class."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def fit_perceptrons(
    features,
    codes,
    n_classes,
    *,
    width,
    dropout,
    max_epochs,
    lr,
    weights=None,
    device="auto",
    seed=0,
):
    """Train one perceptron on each of several sets of rows.

    Parameters
    ----------
    features : list of ndarray of shape (n_f, p_f), dtype float32
        Of about as many rows and columns each: a step takes a batch of every set.
    codes : list of ndarray of shape (n_f,), dtype int
    n_classes : int
    weights : list of ndarray of shape (n_f,), optional
        What each row counts; None: all the same.
    width, dropout, max_epochs, lr, device
        As of :class:`Perceptron`.
    seed : int, default=0

    Returns
    -------
    list of list of (weight, bias)
        Of each perceptron the layers, at the epoch that its own held-out rows chose.
    """
    device = resolve_device(device)
    widths = [part.shape[1] for part in features]
    kept, held_out = [], []
    weights = [np.ones(len(own)) for own in codes] if weights is None else weights
    for part, own, weight in zip(features, codes, weights, strict=True):
        rows = pad(torch.from_numpy(part).to(device), (0, max(widths) - part.shape[1]))
        relative = (weight / max(weight.mean(), 1e-300)).astype(np.float32)
        labelled = rows, *(torch.from_numpy(values).to(device) for values in (own, relative))
        shuffled = np.random.RandomState(seed).permutation(len(part))
        order = torch.from_numpy(shuffled).to(device)
        n_held_out = max(1, len(part) // 10)
        held_out.append([values[order[:n_held_out]] for values in labelled])
        kept.append([values[order[n_held_out:]] for values in labelled])
    batches = _Batches(kept, int(np.clip(len(features[0]) // 32, 32, 512)), seed)
    max_epochs = max(max_epochs, -(-_FEWEST_STEPS // len(batches)))
    best = _BestOfEach(held_out)
    net = NeuralNet(
        _Perceptrons(len(features), max(widths), width, n_classes, dropout, seed),
        criterion=_SumOfMeans,
        optimizer=AdamW,
        optimizer__weight_decay=_WEIGHT_DECAY,
        optimizer__fused=True,
        lr=lr,
        max_epochs=max_epochs,
        iterator_train=lambda batches, **_: batches,
        train_split=None,
        callbacks=[
            ("best", best),
            (
                "cycle",
                LRScheduler(
                    OneCycleLR, step_every="batch", max_lr=lr, total_steps=max_epochs * len(batches)
                ),
            ),
        ],
        callbacks__print_log=None,
        device=device,
        verbose=0,
    )
    net.initialize()
    net.notify("on_train_begin", X=batches, y=None)
    net.fit_loop(batches)  # partial_fit would take an interrupt for the end of training
    return [
        [(layers[0][0][:n_columns].copy(), layers[0][1]), *layers[1:]]
        for n_columns, layers in zip(widths, best.layers, strict=True)
    ]


def _scores(x, layers, masks=(1.0, 1.0)):
    """Two hidden layers, of one network or of several side by side: x is (…, n, p)."""
    for (weight, bias), mask in zip(layers, masks, strict=False):
        x = silu(x @ weight + bias) * mask
    weight, bias = layers[-1]
    return x @ weight + bias


class _Perceptrons(nn.Module):
    """Perceptrons whose weights lie side by side; all begin alike, and drop the same units."""

    def __init__(self, n_networks, n_in, width, n_classes, dropout, seed):
        super().__init__()
        self.dropout, self.width, self.seed = dropout, width, seed
        self.generator = None
        generator, self.layers = torch.Generator().manual_seed(seed), nn.ParameterList()
        for n_from, n_to in ((n_in, width), (width, width), (width, n_classes)):
            for shape in ((n_from, n_to), (1, n_to)):
                drawn = torch.rand(shape, generator=generator, dtype=torch.float32) * 2 - 1
                start = drawn * n_from**-0.5
                self.layers.append(nn.Parameter(start.repeat(n_networks, 1, 1)))

    def _pairs(self):
        parts = list(self.layers)
        return list(zip(parts[::2], parts[1::2], strict=True))

    def forward(self, x):
        """Map rows of shape (f, n, p), n of each network's own, to scores (f, n, C)."""
        if self.generator is None:
            self.generator = torch.Generator(x.device).manual_seed(self.seed)
        masks = torch.empty((2, x.shape[1], self.width), dtype=x.dtype, device=x.device)
        masks.bernoulli_(1 - self.dropout, generator=self.generator).div_(1 - self.dropout)
        return _scores(x, self._pairs(), masks)

    def of(self, number):
        """Layers of one network, as they are now."""
        return [
            (weight[number].detach(), bias[number, 0].detach()) for weight, bias in self._pairs()
        ]


class _SumOfMeans(nn.Module):
    """The mean cross-entropy of each network's rows, summed: each trains as if it were alone."""

    def forward(self, scores, targets):
        """Scores (f, n, C); codes and weights (f, n)."""
        codes, weights = targets
        losses = cross_entropy(scores.flatten(0, 1), codes.flatten(), reduction="none")
        return (losses * weights.flatten()).mean() * len(codes)


class _Batches(Dataset):
    """Batches of shape (f, n, p) of sets of rows, each shuffled by itself at every pass.

    A set with fewer rows than the largest has some twice in a pass.
    """

    def __init__(self, sets, batch_size, seed):
        self.sets = sets
        self.n_rows = max(len(rows) for rows, *_ in sets)
        self.n_batches = max(1, round(self.n_rows / batch_size))
        self.generators = [torch.Generator().manual_seed(seed) for _ in sets]

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        spread, orders = torch.arange(self.n_rows), []
        for (rows, *_), generator in zip(self.sets, self.generators, strict=True):
            order = torch.randperm(len(rows), generator=generator)
            orders.append(order[spread * len(rows) // self.n_rows].to(rows.device))
        for b in range(self.n_batches):
            part = slice(b * self.n_rows // self.n_batches, (b + 1) * self.n_rows // self.n_batches)
            pairs = zip(self.sets, orders, strict=True)
            batch = [[values[order[part]] for values in own] for own, order in pairs]
            rows, codes, weights = (torch.stack(values) for values in zip(*batch, strict=True))
            yield rows, (codes, weights)


class _BestOfEach(Callback):
    """Keeps the layers of each network at the epoch at which its held-out rows fit best."""

    def __init__(self, held_out):
        self.held_out = held_out
        self.layers: list = [None] * len(held_out)
        self.least = [np.inf] * len(held_out)

    def on_epoch_end(self, net, **_):
        """Judge all networks by rows of their own."""
        for number, (rows, codes, weights) in enumerate(self.held_out):
            layers = net.module_.of(number)
            with torch.inference_mode():
                losses = cross_entropy(_scores(rows, layers), codes, reduction="none")
                loss = float((losses * weights).mean())
            if not loss >= self.least[number]:  # nor where it is no number: then the first
                self.least[number] = loss
                self.layers[number] = [
                    tuple(part.cpu().numpy().copy() for part in layer) for layer in layers
                ]
