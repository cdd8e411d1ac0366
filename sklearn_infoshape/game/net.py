"""The game: one encoder against critics, one Lagrangian, in skorch's training loop.

The encoder climbs ``sum_j weight_j I(Z; l_j)``: a task label has a positive weight, a
sensitive attribute the negative of its privacy multiplier. A finite code needs no critic,
since its information is a formula; for the other channels each label has a critic that
climbs its own bound.
"""

import contextlib

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, PassthroughScoring
from torch import nn

from sklearn_infoshape.information import BOUNDS, plugin_information
from sklearn_infoshape.neural.batches import SlicedBatches
from sklearn_infoshape.neural.networks import AmountCritic, mlp
from sklearn_infoshape.neural.optimizer import Adam
from sklearn_infoshape.neural.randomness import LentGenerator, global_generator

__all__ = ["ShapingNet", "keep_best_epoch"]

_MOST_PAIRED_ROWS = 4096  # all pairs of a held-out part need the square of this in memory
_MOVING_AVERAGE_RATE = 0.05


class NoCriterion(nn.Module):
    """Stands where skorch wants a criterion; the Lagrangian is computed in the steps."""


class ShapingNet(NeuralNet):
    """Encoder and critics as one skorch net.

    Parameters
    ----------
    module : Encoder
    channel : a channel of :mod:`sklearn_infoshape.release.channels`
    terms : list of LabelTerm
        In the order of the targets in the data.
    mi_estimator : str
        "plugin", or a name in :data:`sklearn_infoshape.information.BOUNDS`.
    critic_steps : int, default=2
        Critic steps before each encoder step.
    critic_hidden_layer_sizes : sequence of int, default=(64,)
    optimizer_critic : class, default=Adam
        torch's. Takes ``optimizer_critic__...`` parameters; its learning rate is twice that of the
        encoder unless ``optimizer_critic__lr`` says otherwise.
    seed : int, default=0
        Of batches, noise and initial weights.
    runs_foreign_code : bool, default=False
        Whether encoder or optimiser are a user's, and may draw from torch's global generator.
    **kwargs
        What skorch's ``NeuralNet`` takes.
    """

    def __init__(
        self,
        module,
        criterion=NoCriterion,
        *,
        channel,
        terms,
        mi_estimator,
        critic_steps=2,
        critic_hidden_layer_sizes=(64,),
        optimizer=Adam,
        optimizer_critic=Adam,
        seed=0,
        runs_foreign_code=False,
        **kwargs,
    ):
        super().__init__(module, criterion, optimizer=optimizer, **kwargs)
        self.channel = channel
        self.terms = terms
        self.mi_estimator = mi_estimator
        self.critic_steps = critic_steps
        self.critic_hidden_layer_sizes = critic_hidden_layer_sizes
        self.optimizer_critic = optimizer_critic
        self.seed = seed
        self.runs_foreign_code = runs_foreign_code

    # What skorch builds ---------------------------------------------------------------

    def initialize(self):
        """Build encoder, critics and optimisers without moving the global generator."""
        super().initialize()
        self.batch_generator_ = torch.Generator().manual_seed(self.seed)
        self.noise_generator_ = torch.Generator(self.device).manual_seed(self.seed + 1)
        self.foreign_draws_ = LentGenerator(self.seed + 2, self.device)
        self.running_log_means_ = [None] * len(self.terms)
        self.stop_requested_ = False
        return self

    def initialize_module(self):
        """Build the encoder and one critic a label (none for a finite code)."""
        with global_generator(self.seed, self.device):
            super().initialize_module()
            self.critics_ = self._critics()
        return self

    def _critics(self):
        critics: list[nn.Module] = []
        if self.mi_estimator != "plugin":
            width = self.module_.head.out_features
            for term in self.terms:
                if term.frequencies is None:
                    critics.append(AmountCritic(width, self.critic_hidden_layer_sizes))
                else:
                    n_classes = len(term.frequencies)
                    critics.append(mlp(width, self.critic_hidden_layer_sizes, n_classes))
        return nn.ModuleList(critics)

    def initialize_optimizer(self, *args, **kwargs):
        """Build one optimiser for the encoder and one for all critics."""
        with global_generator(self.seed, self.device):
            return self._initialize_both_optimizers()

    def _initialize_both_optimizers(self):
        args, kwargs = self.get_params_for_optimizer("optimizer", self.module_.named_parameters())
        self.optimizer_ = self.optimizer(*args, **kwargs)
        if len(self.critics_):
            args, kwargs = self.get_params_for_optimizer(
                "optimizer_critic", self.critics_.named_parameters()
            )
            kwargs["lr"] = getattr(self, "optimizer_critic__lr", 2 * self.lr)
            self.optimizer_critic_ = self.optimizer_critic(*args, **kwargs)
        return self

    @property
    def _default_callbacks(self):
        kept = [(n, c) for n, c in super()._default_callbacks if n not in ("valid_loss",)]
        lagrangian = PassthroughScoring("train_lagrangian", lower_is_better=False, on_train=True)
        return [*kept, ("train_lagrangian", lagrangian)]

    def get_iterator(self, dataset, training=False):
        """Shuffled batches for training; all held-out rows at once for validation."""
        if training:
            return SlicedBatches(dataset, self.batch_size, self.device, self.batch_generator_)
        return SlicedBatches(dataset, len(dataset), "cpu")

    def notify(self, method_name, **cb_kwargs):
        """Tell callbacks, and remember if one of them asked to stop.

        skorch's callbacks stop a training by raising KeyboardInterrupt; so does a user at
        the keyboard, whose interrupt must not pass for a finished training.
        """
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt:
            self.stop_requested_ = True
            raise

    def fit_loop(self, X, y=None, epochs=None, **fit_params):
        """skorch's loop, and whether a user broke it off."""
        self.interrupted_ = True
        try:
            super().fit_loop(X, y, epochs, **fit_params)
            self.interrupted_ = False
        except KeyboardInterrupt:
            self.interrupted_ = not self.stop_requested_
            raise
        return self

    def _lent(self, draws):
        """Lend torch's global generators to a user's code; ours has generators of its own."""
        return draws.lent() if self.runs_foreign_code else contextlib.nullcontext()

    # What one step does ---------------------------------------------------------------

    def train_step(self, batch, **fit_params):
        """A few steps of the critics, then one of the encoder."""
        with self._lent(self.foreign_draws_):
            lagrangian = self._climb(*batch)
        self.notify(
            "on_grad_computed", named_parameters=list(self.module_.named_parameters()), batch=batch
        )
        with self._lent(self.foreign_draws_):
            self.optimizer_.step()
        self.history.record_batch("train_lagrangian", lagrangian.item() / np.log(2))
        return {"loss": -lagrangian.detach(), "y_pred": None}

    def _climb(self, features, targets):
        """Steps of the critics, and the encoder's gradient, which callbacks may change."""
        self.module_.train()
        if len(self.critics_):
            with torch.no_grad():
                outputs = self.module_(features)
            for _ in range(self.critic_steps):
                self._step_critics(self.channel.observe(outputs, self.noise_generator_), targets)
        # Critics are given no gradient in the encoder's step: they only pass it on.
        self.critics_.requires_grad_(False)
        self.optimizer_.zero_grad(set_to_none=True)
        release = self.channel.observe(self.module_(features), self.noise_generator_)
        lagrangian, _ = self._lagrangian(release, targets)
        (-lagrangian).backward()
        self.critics_.requires_grad_(True)
        return lagrangian

    def validation_step(self, batch, **fit_params):
        """The Lagrangian of the held-out rows, and its two halves, in bits."""
        features, targets = batch
        self.module_.eval()
        # The same draws at each epoch, so that epochs differ by their weights alone.
        draws = LentGenerator(self.seed + 3, self.device)
        with torch.inference_mode(), self._lent(draws):
            outputs = torch.cat(
                [self.module_(part.to(self.device)) for part in features.split(_MOST_PAIRED_ROWS)]
            )
            targets = [target.to(self.device) for target in targets]
            noise = torch.Generator(self.device).manual_seed(self.seed + 3)
            release = self.channel.observe(outputs, noise)
            _, values = self._lagrangian(release, targets)
            # Information is not negative; a bound below zero is a critic that was fooled.
            values = [value.clamp_min(0.0) for value in values]
            lagrangian = self._weighted(values)
        self.history.record("valid_lagrangian", lagrangian.item() / np.log(2))
        for role in ("utility", "leakage"):
            bits = sum(v.item() for v, t in zip(values, self.terms, strict=True) if t.role == role)
            self.history.record(f"valid_{role}_bound", bits / np.log(2))
        return {"loss": -lagrangian, "y_pred": None}

    def _lagrangian(self, release, targets):
        values = [
            self._measure(j, release, target, BOUNDS[self.mi_estimator].value)
            if len(self.critics_)
            else plugin_information(release, target)
            for j, target in enumerate(targets)
        ]
        return self._weighted(values), values

    def _weighted(self, values):
        return sum(term.weight * v for term, v in zip(self.terms, values, strict=True))

    def _measure(self, j, release, target, formula):
        """Apply a bound's formula to the scores of critic ``j`` on the rows with a label."""
        frequencies = self.terms[j].frequencies
        known = ~target[:, 0].isnan() if frequencies is None else target.sum(1) > 0
        if not known.all():
            release, target = release[known], target[known]
        if len(release) < 2:
            return release.new_zeros(())
        if frequencies is None:
            release, target = release[:_MOST_PAIRED_ROWS], target[:_MOST_PAIRED_ROWS]
            scores = self.critics_[j](release, target)
            log_weights = scores.new_full((len(scores),), -np.log(len(scores)))
            return formula(scores.diagonal(), scores, log_weights)
        scores = self.critics_[j](release)
        log_weights = scores.new_tensor(frequencies).log()
        return formula((scores * target).sum(1), scores, log_weights)

    def _step_critics(self, release, targets):
        bound = BOUNDS[self.mi_estimator]
        self.optimizer_critic_.zero_grad(set_to_none=True)
        total = release.new_zeros(())
        for j, target in enumerate(targets):
            total = total - self._measure(j, release, target, self._objective(bound, j))
        total.backward()
        self.optimizer_critic_.step()

    def _objective(self, bound, j):
        """The bound's training objective, with MINE's moving average kept for critic ``j``."""
        if not bound.moving_average:
            return bound.climb

        def objective(joint, marginal, log_weights):
            with torch.no_grad():
                batch = torch.logsumexp(marginal + log_weights, dim=(0, 1)) - np.log(len(marginal))
                old = self.running_log_means_[j]
                rate = _MOVING_AVERAGE_RATE
                self.running_log_means_[j] = (
                    batch
                    if old is None
                    else torch.logaddexp(old + np.log(1 - rate), batch + np.log(rate))
                )
            return bound.climb(joint, marginal, log_weights, self.running_log_means_[j])

        return objective


def keep_best_epoch(patience):
    """The callback that keeps the epoch with the best held-out Lagrangian."""
    return EarlyStopping(
        monitor="valid_lagrangian",
        lower_is_better=False,
        patience=patience,
        threshold=0.0,
        threshold_mode="abs",
        load_best=True,
    )
