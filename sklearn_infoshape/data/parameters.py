"""Which parameter counts in which mode: what is set and does nothing is refused, or named.

What depends on other parameters is an error before any work starts. What depends on the data (on
labels that are all classes, say) is a warning: the same settings may serve other data.
"""

import inspect
import reprlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.exceptions import IneffectiveParameterWarning, MemorizedLabelsWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = [
    "FEATURES_EFFECTS",
    "LABEL_EFFECTS",
    "SEARCH_EFFECTS",
    "SHAPER_EFFECTS",
    "Effect",
    "is_ours",
    "is_seeded",
    "refuse_nested_of_nothing",
    "refuse_no_effect",
    "warn_of_memorized_labels",
    "warn_of_no_effect",
]


@dataclass(frozen=True)
class Effect:
    """When parameters count.

    Attributes
    ----------
    parameters : tuple of str
        Of a nested object as ``game__lr``.
    counts : callable
        From settings (of :data:`LABEL_EFFECTS`: from labels) to bool.
    where : str
        The same in words: "counts ...".
    """

    parameters: tuple[str, ...]
    counts: Callable
    where: str


def _uses_device(settings, members):
    """Whether something trains on a device; on the CPU all the rest does anyhow."""
    names = members if isinstance(members, list | tuple) else [members]
    has_network = any(isinstance(name, str) and name in ("auto", "network") for name in names)
    return has_network or str(settings.device) == "cpu"


def is_seeded(settings):
    """Whether fits of the same rows are the same, so that a cache can serve them."""
    return settings.random_state is not None or settings.release_key is not None


_CACHED = "with random_state or release_key, without which each fit is another"
_GAME = "in the game of encoder against critics: posterior=None, or channel='gaussian' or "
_GAME += "'deterministic'"
_NETWORK = "where a network is trained: by the members 'auto' and 'network'"

SHAPER_EFFECTS = (
    Effect(("game",), lambda p: p.is_game, _GAME),
    Effect(
        ("memory", "n_jobs"),
        lambda p: p.posterior is not None,
        "in stage one, which posterior=None leaves out",
    ),
    Effect(("memory",), lambda p: p.is_seeded, _CACHED),
    Effect(
        ("channel__n_init",),
        lambda p: not p.is_game,
        "for codes on posteriors; of the game it is game=ShapingGame(n_init=...)",
    ),
    Effect(
        ("channel__max_posterior_shift", "channel__max_likelihood_ratio"),
        lambda p: not p.is_game,
        "for codes on posteriors: leave posterior='auto' (or another than None), whose codes are "
        "judged by labels that they have not seen",
    ),
    Effect(
        ("game__n_iter_no_change", "game__n_init"),
        lambda p: p.game.validation_fraction > 0,
        "with game__validation_fraction above 0",
    ),
    Effect(
        ("game__hidden_layer_sizes",),
        # A user's encoder takes the place of the perceptron, and codes need no critics.
        lambda p: not p.channel.is_code or p.encoder is None,
        "for our perceptron, without encoder, and for critics: channel='gaussian' or "
        "'deterministic'",
    ),
    Effect(
        ("game__critic_steps",),
        lambda p: not p.channel.is_code,
        "for critics: channel='gaussian' or 'deterministic'",
    ),
    Effect(
        ("device",),
        lambda p: p.is_game or _uses_device(p, p.posterior.members),
        f"{_NETWORK}; and {_GAME}",
    ),
    Effect(
        ("release_key",),
        lambda p: (
            p.has_folds or p.channel.is_code or p.channel.draw is not None or p.random_state is None
        ),
        "where rows are dealt to folds or draw: a posterior with folds above 1, or another channel "
        "than 'deterministic'; and as the seed, without random_state",
    ),
    Effect(
        (
            "posterior__fold_columns",
            "posterior__categorical_features",
            "posterior__n_bins",
            "posterior__target_kind",
            "posterior__sensitive_kind",
            "posterior__memory",
            "posterior__n_jobs",
            "posterior__release_key",
            "posterior__device",
            "posterior__random_state",
        ),
        lambda p: False,
        "where PosteriorFeatures is fitted by itself; here set the parameter of the same name of "
        "InfoShapeTransformer",
    ),
)

SEARCH_EFFECTS = (
    Effect(
        ("cv", "one_standard_error", "n_jobs"),
        lambda p: p.verify == "attackers",
        "with verify='attackers'",
    ),
    Effect(
        ("confidence", "calibration_fraction"),
        lambda p: p.verify == "certificate",
        "with verify='certificate'",
    ),
    Effect(
        ("estimator__privacy_multiplier",),
        lambda p: False,
        "in an estimator by itself; here set privacy_multipliers",
    ),
)

FEATURES_EFFECTS = (
    Effect(("memory",), is_seeded, _CACHED),
    Effect(("device",), lambda p: _uses_device(p, p.members), _NETWORK),
    Effect(
        ("release_key",),
        lambda p: p.folds != 1 or p.random_state is None,
        "with folds above 1; and as the seed, without random_state",
    ),
)

LABEL_EFFECTS = (
    Effect(
        ("privacy_multiplier", "leakage", "sensitive_kind"),
        lambda labels: bool(labels.sensitives),
        "where there is a sensitive attribute",
    ),
    Effect(
        ("n_bins",),
        lambda labels: any(column.kind != "classes" for column in labels.columns),
        "where y or s is continuous; here all are classes",
    ),
)


def refuse_no_effect(estimator, effects, settings=None):
    """Refuse parameters that differ from their defaults and do nothing in the chosen mode.

    Parameters
    ----------
    estimator : estimator
        Whose parameters are looked at.
    effects : tuple of Effect
        The table of its class.
    settings : object, optional
        What ``Effect.counts`` is asked of; None means the estimator.

    Raises
    ------
    ValueError
        With parameters, values (but a key's) and where they count.
    """
    idle = _idle(estimator, effects, estimator if settings is None else settings, shown=True)
    if idle:
        raise ValueError(
            f"Set, but without any effect here: {'; '.join(idle)}. Leave what has no effect at its "
            "default, or choose the mode in which it counts."
        )


def refuse_nested_of_nothing(estimator, params, holders):
    """Refuse to set ``channel__n_init``, say, where ``channel`` is a name or None.

    Parameters
    ----------
    estimator : estimator
    params : dict
        What is to be set, by name.
    holders : dict of str to str
        Parameters that may have parameters of their own, and what they have to be for that.

    Raises
    ------
    ValueError
    """
    for name in params:
        holder, _, nested = name.partition("__")
        value = params.get(holder, getattr(estimator, holder, None))
        if nested and holder in holders and not hasattr(value, "set_params"):
            raise ValueError(
                f"{name} cannot be set: {holder}={reprlib.repr(value)} has no parameters of "
                f"its own. Give {holder}={holders[holder]} first, or in the same call."
            )


def is_ours(value):
    """Whether an object is of a class of this package, or of one that a user made of it."""
    package = __name__.partition(".")[0]
    return any(kind.__module__.partition(".")[0] == package for kind in type(value).__mro__)


def warn_of_no_effect(estimator, labels):
    """Name parameters that differ from their defaults and do nothing for these labels.

    Parameters
    ----------
    estimator : estimator
    labels : Labels

    Warns
    -----
    IneffectiveParameterWarning
    """
    idle = _idle(estimator, LABEL_EFFECTS, labels)
    if idle:
        warn(
            f"Set, but without any effect here: {'; '.join(idle)}. Leave what has no effect at its "
            "default.",
            IneffectiveParameterWarning,
        )


def _idle(estimator, effects, asked, shown=False):
    idle = []
    for effect in effects:
        names = [name for name in effect.parameters if _is_set(estimator, name)]
        if names and not effect.counts(asked):
            verb = "counts" if len(names) == 1 else "count"
            texts = [_text(estimator, name) if shown else name for name in names]
            idle.append(f"{' and '.join(texts)} ({verb} {effect.where})")
    return idle


def _holder(estimator, name):
    """The object that has a parameter, and the parameter's own name; None for foreign objects."""
    nested, _, own = name.rpartition("__")
    holder = getattr(estimator, nested, None) if nested else estimator
    if holder is None or not is_ours(holder) or own not in holder.get_params(deep=False):
        return None, own
    return holder, own


def _is_set(estimator, name):
    holder, own = _holder(estimator, name)
    if holder is None:
        return False
    default = inspect.signature(type(holder).__init__).parameters[own].default
    return _differs(getattr(holder, own), default)


def _text(estimator, name):
    holder, own = _holder(estimator, name)
    return name if own == "release_key" else f"{name}={reprlib.repr(getattr(holder, own))}"


def _differs(value, default):
    if value is None or default is None:
        return value is not default and not (isinstance(value, dict) and not value)
    if isinstance(default, int) and np.iterable(value):
        return True  # folds, say, as a ragged list of splits, which has no number of dimensions
    if np.ndim(value) or np.ndim(default):
        return np.ndim(value) != np.ndim(default) or list(value) != list(default)
    return bool(value != default)


def warn_of_memorized_labels(cause, remedy):
    """Warn that the rows that are fitted on should not be released.

    Parameters
    ----------
    cause, remedy : str
        Parameters with their values.
    """
    warn(
        f"With {cause}, the model that releases a row has seen the row's own label, and may give "
        "it away: release no row that is fitted on here (fit_transform does), nor judge by them. "
        f"Fresh rows are not concerned. To release these rows, set {remedy}.",
        MemorizedLabelsWarning,
    )
