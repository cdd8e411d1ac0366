"""``partial_fit``: one more epoch of the one-stage game, on the rows of a batch."""

import copy
from dataclasses import replace

import numpy as np

from sklearn_infoshape.data.features import check_row_shape
from sklearn_infoshape.data.scaling import affine_map, standardise
from sklearn_infoshape.fitting.fitted import Fitted
from sklearn_infoshape.fitting.game import keep
from sklearn_infoshape.game.training import (
    epochs_of,
    raise_if_diverged,
    raise_if_interrupted,
    row_tensors,
)
from sklearn_infoshape.release.codebook import settle
from sklearn_infoshape.release.running_counts import RunningCounts

__all__ = ["continued_net", "partial_fit_release"]


def continued_net(problem, release, net):
    """The net that the next step trains: the last call's, or one that starts where it ended.

    Parameters
    ----------
    problem : Problem
        Of the batch.
    release : Release or None
        What earlier calls made: its channel and weights are taken up.
    net : ShapingNet or None
        Of the last call; None begins critics and optimisers afresh, and so does a change of
        the parameters that made them.

    Returns
    -------
    ShapingNet

    Raises
    ------
    ValueError
        If the parameters do not go on from the release; nothing is changed.
    """
    settings, sample = problem.settings, problem.sample
    channel = settings.new_channel()
    if release is None:
        if channel.is_code:
            channel.live = np.arange(settings.n_components)
    else:
        _check_continues(settings, release, sample.rows)
        channel = copy.copy(release.channel).set_params(**channel.get_params())
    training = settings.training(problem.labels, channel)
    if net is None or not training.continues(net.training):
        net = training.net(sample.rows.shape[1:], len(sample), problem.secret.seed)
        if release is not None:
            try:
                net.module_.load_state_dict(release.encoder().state_dict())
            except RuntimeError:
                raise ValueError(
                    _changed_since("encoder", type(settings.encoder).__name__)
                ) from None
    net.training, net.channel, net.terms = training, channel, training.terms
    return net


def partial_fit_release(problem, release, net, counts):
    """One more epoch of the one-stage game.

    Parameters
    ----------
    problem : Problem
        Of the batch.
    release : Release or None
        What earlier calls made: its affine map is taken up.
    net : ShapingNet
        From :func:`continued_net`; is trained in place.
    counts : RunningCounts or None
        Of a finite code, in earlier calls.

    Returns
    -------
    Fitted
    """
    sample, labels, rows = problem.sample, problem.labels, problem.sample.rows
    location, scale = affine_map(rows) if release is None else (release.location, release.scale)
    net.partial_fit(row_tensors(standardise(rows, location, scale), sample.targets), None, epochs=1)
    raise_if_interrupted(net)
    raise_if_diverged(net)
    training = replace(net.training, channel=copy.copy(net.channel))
    release = keep(training, net.module_, rows, location, scale, None, problem.secret)
    history = epochs_of(net)
    if not release.channel.is_code:
        description = settle(release, labels, rows, sample, None)
        return Fitted(release, labels, description, history, len(history))
    if counts is None:
        counts = RunningCounts.none(release.n_outputs, sample.targets)
    counts = counts.add(release, sample)
    description = counts.describe(release, labels)
    return Fitted(release, labels, description, history, len(history), counts)


def _check_continues(settings, release, rows):
    if release.posteriors is not None:
        raise ValueError(
            "partial_fit goes on from a fit in one stage, but this transformer was fitted in two: "
            "posterior was not None then. Call fit with posterior=None, or partial_fit of "
            "sklearn.base.clone(transformer)."
        )
    own = settings.encoder is not None
    hidden = tuple(settings.game.hidden_layer_sizes)
    for name, value, changed in (
        (
            "channel",
            repr(settings.channel.short_name),
            type(release.channel) is not type(settings.channel),
        ),
        (
            "n_components",
            settings.n_components,
            settings.n_components != release.n_encoder_outputs,
        ),
        ("encoder", "...", own != (release.trunk is not None)),
        (
            "game__hidden_layer_sizes",
            hidden,
            not own and hidden != tuple(release.hidden_layer_sizes),
        ),
    ):
        if changed:
            raise ValueError(_changed_since(name, value))
    check_row_shape(rows, release.row_shape)


def _changed_since(name, value):
    return (
        f"partial_fit goes on from the encoder that was fitted, but {name}={value} was set since, "
        f"which it does not fit. Set {name} back, or begin anew: fit, or partial_fit of "
        "sklearn.base.clone(transformer)."
    )
