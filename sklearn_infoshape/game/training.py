"""One training of an encoder: settings to nets, restarts, and what went wrong, said."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from skorch.helper import predefined_split

from sklearn_infoshape.exceptions import ShapingConvergenceWarning
from sklearn_infoshape.game.net import ShapingNet, keep_best_epoch
from sklearn_infoshape.game.settings import ShapingGame
from sklearn_infoshape.neural.batches import RowTensors
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.neural.networks import build_encoder
from sklearn_infoshape.neural.randomness import global_generator
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["Training", "train_encoder"]

_STILL_RISING_BITS = 0.01


@dataclass(frozen=True)
class Training:
    """How one encoder is trained.

    Attributes
    ----------
    game : ShapingGame
    channel : a channel
    mi_estimator : str
        The game's, where "auto" is settled.
    terms : list of LabelTerm
    n_components : int
    encoder : torch.nn.Module, class of it, or None
        The user's.
    device : str or torch.device
    verbose : int
    """

    game: ShapingGame
    channel: object
    mi_estimator: str
    terms: list
    n_components: int
    encoder: object
    device: object
    verbose: int

    @property
    def hidden_layer_sizes(self):
        """Of the encoder's perceptron and the critics."""
        return tuple(self.game.hidden_layer_sizes)

    def continues(self, other):
        """Whether a net that was made by other settings can be trained on by these."""

        def made_by(training):
            game = training.game.get_params()
            for name in ("mi_estimator", "max_epochs", "n_init", "validation_fraction"):
                del game[name]
            game["hidden_layer_sizes"] = training.hidden_layer_sizes
            game["net_params"] = game["net_params"] or {}
            made = training.mi_estimator, training.n_components, training.encoder, training.device
            return game, made

        return made_by(self) == made_by(other)

    def net(self, row_shape, n_rows, seed, held_out=None):
        """An initialised net for rows of a shape."""
        game, batch_size = self.game, self.game.batch_size
        if batch_size == "auto":
            batch_size = int(np.clip(n_rows // 16, 64, 512))
        with global_generator(seed, resolve_device(self.device)):
            encoder = build_encoder(
                self.encoder, row_shape, self.hidden_layer_sizes, self.n_components
            )
        extra = dict(game.net_params or {})
        callbacks = [
            ("user", c) if not isinstance(c, tuple) else c
            for c in copy.deepcopy(list(extra.pop("callbacks", None) or []))
        ]
        if held_out is not None:
            patience = game.n_iter_no_change or game.max_epochs
            callbacks.append(("keep_best_epoch", keep_best_epoch(patience)))
        settings = {
            "lr": game.lr,
            "max_epochs": game.max_epochs,
            "batch_size": batch_size,
            "device": resolve_device(self.device),
            "verbose": self.verbose,
            "critic_steps": game.critic_steps,
            "critic_hidden_layer_sizes": self.hidden_layer_sizes or (64,),
            "train_split": None if held_out is None else predefined_split(held_out),
            "seed": seed,
            "runs_foreign_code": self.encoder is not None or bool(game.net_params),
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
    for restart in range(training.game.n_init if held_out is not None else 1):
        net = training.net(row_shape, len(rows), seed + 10 * restart, held_out)
        net.partial_fit(rows, None)
        raise_if_interrupted(net)
        history = epochs_of(net)
        score = _best_score(history)
        if best is None or score > best[0]:
            best = (score, net, history)
    score, net, history = best
    raise_if_diverged(net)
    _warn_of_history(history, training)
    return net.module_, history


def raise_if_diverged(net):
    """Weights that are not finite release nothing of use."""
    if not all(torch.isfinite(p).all() for p in net.module_.parameters()):
        raise ValueError(
            "Training diverged: the weights are not finite. Lower lr of "
            f"ShapingGame (now {net.lr}), or clip gradients with net_params={{'callbacks': "
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
            f"of ShapingGame (now {training.game.lr}).",
            ShapingConvergenceWarning,
        )
        return
    scores = [epoch.get("valid_lagrangian", np.nan) for epoch in history]
    recent = max(1, len(scores) // 5)
    if len(scores) < training.game.max_epochs or len(scores) < 2 * recent or np.isnan(scores[0]):
        return
    gain = max(scores[-recent:]) - max(scores[:-recent])
    if gain > _STILL_RISING_BITS:
        warn(
            f"max_epochs={training.game.max_epochs} was reached while the held-out Lagrangian "
            f"still rose (by {gain:.3f} bits in the last {recent} epochs); raise max_epochs "
            "or lr of ShapingGame.",
            ShapingConvergenceWarning,
        )


def row_tensors(rows, targets, index=slice(None), weights=None):
    """Standardised rows and their targets as float32 tensors; weights, where there are some."""
    features = torch.from_numpy(rows[index].astype(np.float32))
    weights = None if weights is None else torch.from_numpy(weights[index])
    return RowTensors(features, [torch.from_numpy(target[index]) for target in targets], weights)
