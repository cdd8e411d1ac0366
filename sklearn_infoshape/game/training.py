"""One training of an encoder: settings to nets, restarts, and what went wrong, said."""

import copy
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from skorch.helper import predefined_split

from sklearn_infoshape.exceptions import ShapingConvergenceWarning
from sklearn_infoshape.game.net import ShapingNet, keep_best_epoch
from sklearn_infoshape.neural.batches import RowTensors
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.neural.networks import build_encoder
from sklearn_infoshape.neural.randomness import global_generator
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["Training", "train_encoder"]

_STILL_RISING_BITS = 0.01


@dataclass(frozen=True)
class Training:
    """How an encoder is trained; the fields are parameters of the transformer."""

    channel: object
    mi_estimator: str
    terms: list
    n_components: int
    encoder: object
    hidden_layer_sizes: tuple
    max_epochs: int
    batch_size: int | str
    lr: float
    critic_steps: int
    n_init: int
    n_iter_no_change: int | None
    device: str
    verbose: int
    net_params: dict = field(default_factory=dict)

    def continues(self, other):
        """Whether a net that was made by other settings can be trained on by these."""

        def made_by(training):
            return replace(training, channel=None, terms=[], max_epochs=1, n_init=1, verbose=0)

        return made_by(self) == made_by(other)

    def net(self, row_shape, n_rows, seed, held_out=None):
        """An initialised net for rows of a shape."""
        batch_size = self.batch_size
        if batch_size == "auto":
            batch_size = int(np.clip(n_rows // 16, 64, 512))
        with global_generator(seed, resolve_device(self.device)):
            encoder = build_encoder(
                self.encoder, row_shape, self.hidden_layer_sizes, self.n_components
            )
        extra = dict(self.net_params)
        callbacks = [
            ("user", c) if not isinstance(c, tuple) else c
            for c in copy.deepcopy(list(extra.pop("callbacks", None) or []))
        ]
        if held_out is not None:
            patience = self.n_iter_no_change or self.max_epochs
            callbacks.append(("keep_best_epoch", keep_best_epoch(patience)))
        settings = {
            "lr": self.lr,
            "max_epochs": self.max_epochs,
            "batch_size": batch_size,
            "device": resolve_device(self.device),
            "verbose": self.verbose,
            "critic_steps": self.critic_steps,
            "critic_hidden_layer_sizes": self.hidden_layer_sizes or (64,),
            "train_split": None if held_out is None else predefined_split(held_out),
            "seed": seed,
            "runs_foreign_code": self.encoder is not None or bool(self.net_params),
        }
        if not self.verbose:
            settings["callbacks__print_log"] = None
        net = ShapingNet(
            encoder,
            channel=self.channel,
            terms=self.terms,
            mi_estimator=self.mi_estimator,
            callbacks=callbacks,
            **{**settings, **extra},
        )
        return net.initialize()


def train_encoder(training, rows, held_out, row_shape, seed):
    """Train with restarts and keep the best encoder.

    Parameters
    ----------
    training : Training
    rows, held_out : RowTensors
        ``held_out`` may be None: then the last epoch is kept, of the first restart.
    row_shape : tuple of int
    seed : int

    Returns
    -------
    encoder : Encoder
    history : list of dict
        Of the restart that was kept, one entry an epoch.

    Raises
    ------
    ValueError
        If every restart diverged in its first epoch.
    KeyboardInterrupt
        If the user interrupted.
    """
    best = None
    for restart in range(training.n_init if held_out is not None else 1):
        net = training.net(row_shape, len(rows), seed + 10 * restart, held_out)
        net.partial_fit(rows, None)
        raise_if_interrupted(net)
        history = epochs_of(net)
        score = _best_score(history)
        if best is None or score > best[0]:
            best = (score, net, history)
    score, net, history = best
    raise_if_diverged(net, training)
    _warn_of_history(history, training)
    return net.module_, history


def raise_if_diverged(net, training):
    """Weights that are not finite release nothing of use."""
    if not all(torch.isfinite(p).all() for p in net.module_.parameters()):
        raise ValueError(
            "Training diverged: the weights are not finite. Lower lr "
            f"(now {training.lr}), or clip gradients with net_params={{'callbacks': "
            "[skorch.callbacks.GradientNormClipping(1.0)]}."
        )


def raise_if_interrupted(net):
    """skorch swallows an interrupt and calls the half-trained net fitted; we do not."""
    if net.interrupted_:
        raise KeyboardInterrupt


def epochs_of(net):
    """skorch's history without its batches, as plain numbers."""
    return [
        {
            name: entry[name] if isinstance(entry[name], int) else float(entry[name])
            for name in entry
            if name != "batches"
            and not isinstance(entry[name], bool)
            and isinstance(entry[name], int | float | np.number)
        }
        for entry in net.history
    ]


def _best_score(history):
    scores = [epoch.get("valid_lagrangian", 0.0) for epoch in history]
    finite = [score for score in scores if np.isfinite(score)]
    return max(finite, default=-np.inf)


def _warn_of_history(history, training):
    losses = [epoch["train_lagrangian"] for epoch in history]
    if not np.isfinite(losses).all():
        first = int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
        warn(
            f"Training diverged in epoch {first}; the best epoch before it was kept. Lower lr "
            f"(now {training.lr}).",
            ShapingConvergenceWarning,
            stacklevel=2,
        )
        return
    scores = [epoch.get("valid_lagrangian", np.nan) for epoch in history]
    recent = max(1, len(scores) // 5)
    if len(scores) < training.max_epochs or len(scores) < 2 * recent or np.isnan(scores[0]):
        return
    gain = max(scores[-recent:]) - max(scores[:-recent])
    if gain > _STILL_RISING_BITS:
        warn(
            f"max_epochs={training.max_epochs} was reached while the held-out Lagrangian still "
            f"rose (by {gain:.3f} bits in the last {recent} epochs); raise max_epochs or lr.",
            ShapingConvergenceWarning,
            stacklevel=2,
        )


def row_tensors(rows, targets, index=slice(None)):
    """Standardised rows and their targets as float32 tensors."""
    features = torch.from_numpy(rows[index].astype(np.float32))
    return RowTensors(features, [torch.from_numpy(target[index]) for target in targets])
