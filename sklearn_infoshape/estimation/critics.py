"""Neural bounds, cross-fitted: a critic is trained by skorch, and measured on rows it never saw."""

from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.utils.parallel import delayed
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping
from skorch.helper import predefined_split
from torch import nn

from sklearn_infoshape.estimation.copula import fit_copula
from sklearn_infoshape.estimation.critic_modules import ClassCritic, PairCritic
from sklearn_infoshape.information import BOUNDS, Bound
from sklearn_infoshape.neural.batches import RowTensors, SlicedBatches
from sklearn_infoshape.neural.optimizer import AdamW
from sklearn_infoshape.neural.randomness import global_generator
from sklearn_infoshape.runtime.parallel import in_parallel
from sklearn_infoshape.runtime.threads import one_thread

__all__ = ["HELD_OUT_LABELS", "CrossFittedCritics", "Learning", "cross_fit"]

_NEGATIVES = 8  # labels of other rows that a row meets in one training step
HELD_OUT_LABELS = 65  # among them a row's own, where the bound is contrastive
_VALIDATION_SHARE = 0.125
_MOVING_AVERAGE_RATE = 0.05


@dataclass(frozen=True)
class Learning:
    """How critics are trained; the fields are parameters of the estimator."""

    hidden_layer_sizes: tuple = (64, 64)
    max_epochs: int = 40
    batch_size: int = 256
    lr: float = 0.003
    n_iter_no_change: int = 5
    device: str = "cpu"
    verbose: int = 0
    n_jobs: int | None = None


class _NoCriterion(nn.Module):
    """Stands where skorch wants a criterion; bounds are computed in the steps."""


class CriticNet(NeuralNet):
    """A critic that climbs a bound; what it is judged by is the bound's value, no penalty.

    Parameters
    ----------
    module : ClassCritic or PairCritic
    bound : Bound
    seed : int, default=0
        Of batches and pairs.
    **kwargs
        What skorch's ``NeuralNet`` takes.
    """

    def __init__(self, module, criterion=_NoCriterion, *, bound: Bound, seed=0, **kwargs):
        super().__init__(module, criterion, **kwargs)
        self.bound = bound
        self.seed = seed

    def initialize(self):
        """Build everything without moving the global generator."""
        with global_generator(self.seed):
            super().initialize()
        self.generator_ = torch.Generator().manual_seed(self.seed)
        self.running_log_mean_ = None
        return self

    @property
    def _default_callbacks(self):
        printing = [(name, c) for name, c in super()._default_callbacks if name == "print_log"]
        return printing if self.verbose else []

    def get_iterator(self, dataset, training=False):
        """Shuffled slices for training; all held-out rows at once."""
        if training:
            return SlicedBatches(dataset, self.batch_size, self.device, self.generator_)
        return SlicedBatches(dataset, len(dataset), self.device)

    def train_step(self, batch, **fit_params):
        """One step uphill on a batch, with labels of other rows drawn anew."""
        z, (label,) = batch
        self.module_.train()
        self.optimizer_.zero_grad(set_to_none=True)
        others = torch.randperm(len(z) - 1, generator=self.generator_)[:_NEGATIVES] + 1
        scores = self.module_(z, label, _shifts(self.bound, others.tolist()))
        if self.bound.moving_average:
            self._follow(scores[1], scores[2])
        joint, marginal, log_weights = scores
        loss = -self.bound.climb(joint, marginal, log_weights, self.running_log_mean_)
        loss.backward()
        nn.utils.clip_grad_norm_(self.module_.parameters(), 5.0)
        self.optimizer_.step()
        return {"loss": loss.detach(), "y_pred": None}

    def _follow(self, marginal, log_weights):
        """MINE's moving average of the mean score of pairs that do not belong together."""
        with torch.no_grad():
            now = torch.logsumexp(marginal + log_weights, dim=(0, 1)) - np.log(len(marginal))
            old, rate = self.running_log_mean_, _MOVING_AVERAGE_RATE
            self.running_log_mean_ = (
                now if old is None else torch.logaddexp(old + np.log(1 - rate), now + np.log(rate))
            )

    def validation_step(self, batch, **fit_params):
        """The bound's own value on held-out rows."""
        z, (label,) = batch
        value = self.value(z, label)
        self.history.record("valid_bits", value / np.log(2))
        return {"loss": torch.tensor(-value), "y_pred": None}

    def value(self, z, label):
        """The bound on rows, in nats; a float."""
        return float(self.bound.value(*self.scores(z, label)))

    def scores(self, z, label):
        """What bounds are computed from, on rows that the critic need not have seen."""
        scores = _held_out_scores(
            self.module_, self.bound, z.to(self.device), label.to(self.device)
        )
        return tuple(part.cpu() for part in scores)


def _held_out_scores(module, bound, z, label):
    """Each row meets the labels of evenly spread others, always the same."""
    n = len(z)
    others = np.unique(np.linspace(1, n - 1, min(HELD_OUT_LABELS - 1, n - 1)).astype(int))
    module.eval()
    with torch.inference_mode():
        return module(z, label, _shifts(bound, others.tolist()))


def _shifts(bound, others):
    """A contrastive bound asks for a row's own label among those that it is compared with."""
    return [0, *others] if bound.contrastive else others


@dataclass
class CrossFittedCritics:
    """Critics, one a fold, and what each found on the rows that it has not seen.

    Attributes
    ----------
    bound : Bound
    critics : list of (module, Copula or None)
    values : ndarray of shape (folds,)
        The bound on each fold, in nats.
    base_values : ndarray of shape (folds,)
        The same before any training: of the copula alone.
    gaps : ndarray of shape (folds,)
        How much higher the bound is on the rows that the critic was trained on.
    influences : ndarray of shape (n,)
        Each row's part in the value; their spread gives the standard error.
    history : list of dict
    """

    bound: Bound
    critics: list
    values: np.ndarray
    base_values: np.ndarray
    gaps: np.ndarray
    influences: np.ndarray
    history: list = field(default_factory=list)

    def score(self, z, label):
        """The bound on other rows, in nats, averaged over the critics."""
        values = []
        for module, copula in self.critics:
            rows, targets = (_tensor(part) for part in _as_read(z, label, copula))
            values.append(
                float(self.bound.value(*_held_out_scores(module, self.bound, rows, targets)))
            )
        return float(np.mean(values))


def cross_fit(
    z,
    label,
    *,
    bound,
    learning,
    splits,
    seed,
    on_copula=False,
    frequencies=None,
    least_gain=-np.inf,
):
    """Train a critic on each fold's complement and measure it on the fold.

    Parameters
    ----------
    z : ndarray of shape (n, p)
        On one scale.
    label : ndarray of shape (n, q)
        One-hot classes where ``frequencies`` are given, else columns on one scale.
    bound : str
        A name in :data:`~sklearn_infoshape.information.BOUNDS`.
    learning : Learning
    splits : list of (ndarray, ndarray)
        Training and held-out positions.
    seed : int
    on_copula : bool, default=False
        Whether critics start from a copula that is fitted on their training rows.
    frequencies : ndarray of shape (C,) or None
    least_gain : float, default=-inf
        Nats. Where the first fold's critic gains less over what it started from, the other
        folds are not trained: there is nothing to be found.

    Returns
    -------
    CrossFittedCritics
    """
    fit = delayed(_fit_fold)
    calls = [
        fit(z, label, split, BOUNDS[bound], learning, seed + fold, on_copula, frequencies)
        for fold, split in enumerate(splits)
    ]
    # The first fold may tell that the others need no critic; without such a rule none has to wait.
    n_first = len(calls) if least_gain == -np.inf else 1
    found = list(in_parallel(calls[:n_first], learning.n_jobs))
    if n_first < len(calls) and found[0].value - found[0].base_value >= least_gain:
        found += in_parallel(calls[n_first:], learning.n_jobs)
    influences = np.zeros(len(z))
    for part, (_, test) in zip(found, splits, strict=False):
        influences[test] = part.influences
    return CrossFittedCritics(
        BOUNDS[bound],
        [part.critic for part in found],
        np.array([part.value for part in found]),
        np.array([part.base_value for part in found]),
        np.array([part.gap for part in found]),
        influences,
        [{"fold": fold, **row} for fold, part in enumerate(found) for row in part.history],
    )


@dataclass(frozen=True)
class _FoldFit:
    """A fold's critic, and what it found; named as in :class:`CrossFittedCritics`."""

    critic: tuple
    value: float
    base_value: float
    gap: float
    influences: np.ndarray
    history: list


def _fit_fold(z, label, split, bound, learning, seed, on_copula, frequencies):
    """Train and measure one critic, here or in a worker."""
    train, test = split
    with one_thread():
        copula = fit_copula(z[train], label[train]) if on_copula else None
        rows, targets = (_tensor(part) for part in _as_read(z, label, copula))
        sizes = learning.hidden_layer_sizes
        with global_generator(seed):
            module = (
                PairCritic(z.shape[1], label.shape[1], sizes, copula)
                if frequencies is None
                else ClassCritic(z.shape[1], sizes, frequencies)
            )
        net, base = _train(module, rows, targets, train, test, bound, learning, seed)
        scores = net.scores(rows[test], targets[test])
        value, seen = float(bound.value(*scores)), train[: len(test)]
        gap = net.value(rows[seen], targets[seen]) - value
        kept = ("epoch", "valid_bits")
        history = [{name: row[name] for name in kept} for row in net.history]
        critic = net.module_.cpu(), copula
        return _FoldFit(critic, value, base, gap, _influence(*scores), history)


def _as_read(z, label, copula):
    """Rows as a critic reads them: scores, and a copula's coordinates behind them."""
    if copula is None:
        return z, label
    a, b = copula.coordinates(z, label)
    return np.hstack([z, a]), np.hstack([label, b])


def _tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


def _influence(joint, marginal, log_weights):
    """A row's part in a Donsker-Varadhan value: own score less its share of the partition."""
    of_rows = torch.logsumexp(marginal + log_weights, dim=1)
    share = (of_rows - torch.logsumexp(of_rows, dim=0) + np.log(len(of_rows))).exp()
    return (joint - share).double().numpy()


def _train(module, rows, targets, train, test, bound, learning, seed):
    """A trained net, and the bound's value on the test rows before it was trained."""
    order = np.random.RandomState(seed).permutation(train)
    n_held_out = max(2, int(_VALIDATION_SHARE * len(order)))
    held_out, kept = order[:n_held_out], order[n_held_out:]
    stop = EarlyStopping(
        monitor="valid_bits",
        lower_is_better=False,
        patience=learning.n_iter_no_change,
        threshold=0.0,
        threshold_mode="abs",
        load_best=True,
    )
    net = CriticNet(
        module,
        bound=bound,
        optimizer=AdamW,
        optimizer__weight_decay=1e-2,
        optimizer__fused=True,
        lr=learning.lr,
        max_epochs=learning.max_epochs,
        batch_size=min(learning.batch_size, max(8, len(kept) // 8)),
        train_split=predefined_split(RowTensors(rows[held_out], [targets[held_out]])),
        callbacks=[("stop", stop)],
        device=learning.device,
        verbose=learning.verbose,
        seed=seed,
    ).initialize()
    base = net.value(rows[test], targets[test])
    at_first = net.value(rows[held_out], targets[held_out])
    net.partial_fit(RowTensors(rows[kept], [targets[kept]]), None)
    if net.value(rows[held_out], targets[held_out]) < at_first:
        net.module_.forget()  # nothing was found, so say what was said at first
    return net, base
