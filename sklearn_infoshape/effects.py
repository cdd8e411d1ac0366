"""Which parameter counts in which mode: what was set and does nothing is named."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.exceptions import IneffectiveParameterWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["BUDGET_EFFECTS", "FEATURES_EFFECTS", "SHAPER_EFFECTS", "Effect", "warn_of_no_effect"]


@dataclass(frozen=True)
class Effect:
    """When parameters count.

    Attributes
    ----------
    parameters : tuple of str
    counts : callable
        From (settings, labels) to bool; of ``labels``, see :func:`warn_of_no_effect`.
    where : str
        The same in words: "counts ...".
    """

    parameters: tuple[str, ...]
    counts: Callable
    where: str


def _is_game(settings):
    return settings.posterior is None or settings.channel != "categorical"


def _has_folds(posterior, n_folds):
    return posterior is not None and n_folds > 1


def _has_network(members):
    names = members if isinstance(members, list | tuple) else [members]
    return any(isinstance(name, str) and name in ("auto", "network") for name in names)


def _is_sensitive(settings, labels):
    return any(role == "sensitive" for role, _ in labels)


def _has_amounts(settings, labels):
    return any(kind != "classes" for _, kind in labels)


_GAME = "in the game: posterior=None, or channel='gaussian' or 'deterministic'"
_NETWORK = "where a network is trained: by the members 'auto' and 'network'"
_LABELS = (
    Effect(("sensitive_kind",), _is_sensitive, "where there is a sensitive attribute"),
    Effect(("n_bins",), _has_amounts, "where y or s is continuous; here all are classes"),
)

SHAPER_EFFECTS = (
    Effect(
        ("posterior_folds", "memory"),
        lambda p, _: p.posterior is not None,
        "in stage one, which posterior=None leaves out",
    ),
    Effect(
        ("lr", "max_epochs", "batch_size", "validation_fraction", "net_params"),
        lambda p, _: _is_game(p),
        _GAME,
    ),
    Effect(
        ("n_iter_no_change",),
        lambda p, _: _is_game(p) and p.validation_fraction > 0,
        _GAME + ", with validation_fraction above 0",
    ),
    Effect(
        ("n_init",),
        lambda p, _: not _is_game(p) or p.validation_fraction > 0,
        "for codes on posteriors, and in the game with validation_fraction above 0",
    ),
    Effect(
        ("hidden_layer_sizes",),
        # A user's encoder takes the place of the perceptron, and codes need no critics.
        lambda p, _: p.channel != "categorical" or (p.posterior is None and p.encoder is None),
        "for our perceptron and critics, in the game: posterior=None without encoder, or "
        "channel='gaussian' or 'deterministic'",
    ),
    Effect(
        ("critic_steps",),
        lambda p, _: p.channel != "categorical",
        "for critics: channel='gaussian' or 'deterministic'",
    ),
    Effect(("noise_scale",), lambda p, _: p.channel == "gaussian", "with channel='gaussian'"),
    Effect(
        ("device",),
        lambda p, _: _is_game(p) or _has_network(p.posterior),
        _NETWORK + ", and " + _GAME,
    ),
    Effect(
        ("release_key",),
        lambda p, _: _has_folds(p.posterior, p.posterior_folds) or p.channel != "deterministic",
        "where rows are dealt to folds or draw: a posterior with posterior_folds above 1, or "
        "another channel than 'deterministic'",
    ),
    Effect(
        ("privacy_multiplier", "leakage"), _is_sensitive, "where there is a sensitive attribute"
    ),
    *_LABELS,
)

BUDGET_EFFECTS = (
    Effect(
        ("cv", "one_standard_error", "n_jobs"),
        lambda p, _: p.verify == "attackers",
        "with verify='attackers'",
    ),
    Effect(
        ("confidence", "calibration_fraction"),
        lambda p, _: p.verify == "certificate",
        "with verify='certificate'",
    ),
    *SHAPER_EFFECTS,
)

FEATURES_EFFECTS = (
    Effect(("device",), lambda p, _: _has_network(p.members), _NETWORK),
    Effect(("release_key",), lambda p, _: _has_folds(p.members, p.folds), "with folds above 1"),
    *_LABELS,
)


def warn_of_no_effect(settings, effects, sensitives, columns):
    """Name parameters that differ from their defaults and do nothing in the chosen mode.

    Parameters
    ----------
    settings : estimator
    effects : tuple of Effect
        The table of its class.
    sensitives : sequence of LabelColumn
    columns : sequence of LabelColumn
        All of them.

    Warns
    -----
    IneffectiveParameterWarning
        Names of parameters and where they count, no values: one may be the release key.
    """
    labels = [("task", column.kind) for column in columns]
    labels += [("sensitive", column.kind) for column in sensitives]
    defaults = inspect.signature(type(settings).__init__).parameters
    idle = []
    for effect in effects:
        names = [
            name
            for name in effect.parameters
            if name in defaults and _differs(getattr(settings, name), defaults[name].default)
        ]
        if names and not effect.counts(settings, labels):
            verb = "counts" if len(names) == 1 else "count"
            idle.append(f"{' and '.join(names)} ({verb} {effect.where})")
    if idle:
        warn(
            f"Set, but without any effect here: {'; '.join(idle)}. Leave what has no effect at its "
            "default, or choose the mode in which it counts.",
            IneffectiveParameterWarning,
            stacklevel=4,
        )


def _differs(value, default):
    if value is None or default is None:
        return value is not default and not (isinstance(value, dict) and not value)
    if isinstance(default, int) and np.iterable(value):
        return True  # folds, say, as a ragged list of splits, which has no number of dimensions
    if np.ndim(value) or np.ndim(default):
        return np.ndim(value) != np.ndim(default) or list(value) != list(default)
    return bool(value != default)
