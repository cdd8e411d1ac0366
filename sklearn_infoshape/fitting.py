"""From checked rows and labels to a fitted release: what fit and partial_fit share."""

import copy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_infoshape.codes.objective import (
    code_lagrangian,
    column_posteriors,
    learned_targets,
    solve_codes,
)
from sklearn_infoshape.data.features import check_row_shape
from sklearn_infoshape.data.identities import persons_of
from sklearn_infoshape.data.scaling import affine_map, standardise
from sklearn_infoshape.game.training import (
    Training,
    epochs_of,
    raise_if_diverged,
    raise_if_interrupted,
    row_tensors,
    train_encoder,
)
from sklearn_infoshape.information import BOUNDS
from sklearn_infoshape.posterior.crossfit import Posteriors, fit_posteriors
from sklearn_infoshape.posterior.stored_rows import stored_part
from sklearn_infoshape.release.channels import CHANNELS, CategoricalChannel
from sklearn_infoshape.release.codebook import settle
from sklearn_infoshape.release.release import Release
from sklearn_infoshape.release.running_counts import RunningCounts

__all__ = [
    "StageOne",
    "continued_net",
    "fit_releases",
    "learn_posteriors",
    "partial_fit_release",
]

_FEWEST_HELD_OUT_PERSONS = 10  # with fewer, no rows are held out: they could not choose an epoch
_PARTITION_RESTARTS = 4
_DRAWS_AN_ATOM = 10  # with fewer, what is drawn leaks more than its law says
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule


def _training(settings, labels, channel):
    """The settings of one training, once channel and estimator are known to fit together."""
    amounts = any(term.frequencies is None for term in labels.terms)
    allowed = type(channel).estimators
    if amounts:
        allowed = tuple(name for name in allowed if name in BOUNDS and BOUNDS[name].amounts)
    name = settings.mi_estimator
    if amounts and settings.posterior is not None:
        raise ValueError(
            "n_bins=None leaves a continuous label as it is, of which no posterior is learned. Set "
            "n_bins=8, or posterior=None (one stage) with channel='gaussian'."
        )
    if not allowed:
        raise ValueError(
            f"channel={settings.channel!r} measures classes; n_bins=None leaves a continuous label "
            "as it is. Set n_bins=8, or channel='gaussian' with mi_estimator='remine'."
        )
    if name != "auto" and name not in allowed:
        reason = (
            " with n_bins=None (a continuous label as it is)"
            if amounts
            else ": the information of a finite code is computed exactly, without a critic"
            if settings.channel == "categorical"
            else ": only a finite code has a plug-in information"
        )
        raise ValueError(
            f"mi_estimator={name!r} does not go with channel={settings.channel!r}{reason}. "
            f"Use mi_estimator={allowed[0]!r}, or 'auto'."
        )
    return Training(
        channel=channel,
        mi_estimator=allowed[0] if name == "auto" else name,
        terms=list(labels.terms),
        n_components=settings.n_components,
        # With posteriors the user's module is stage one's trunk, and the game reads these.
        encoder=settings.encoder if settings.posterior is None else None,
        hidden_layer_sizes=tuple(settings.hidden_layer_sizes),
        max_epochs=settings.max_epochs,
        batch_size=settings.batch_size,
        lr=settings.lr,
        critic_steps=settings.critic_steps,
        n_init=1 if settings.n_init == "auto" else settings.n_init,
        n_iter_no_change=settings.n_iter_no_change,
        device=settings.device,
        verbose=settings.verbose,
        net_params=settings.net_params or {},
    )


@dataclass(frozen=True)
class StageOne:
    """What stage one learned of the rows that are fitted on.

    Attributes
    ----------
    fitted : Posteriors
    posteriors : list of ndarray of shape (n, C_j)
        Each row's by models that have not seen it.
    """

    fitted: Posteriors
    posteriors: list


def learn_posteriors(settings, rows, identities, labels, targets, secret):
    """Stage one, which depends on no multiplier.

    Parameters
    ----------
    settings : InfoShapeTransformer
    rows : ndarray of shape (n, ...), dtype float32
    identities : list of bytes
    labels : Labels
    targets : list of ndarray
    secret : Secret

    Returns
    -------
    StageOne, or None where ``posterior=None``.
    """
    _check_leakage(settings, labels)
    _training(settings, labels, CHANNELS[settings.channel](settings.noise_scale))
    if settings.posterior is None:
        return None
    leakage = _leakage(settings, labels)
    fitted, posteriors = fit_posteriors(
        rows,
        identities,
        learned_targets(targets, leakage),
        posterior=settings.posterior,
        n_folds=settings.posterior_folds,
        key=secret.key,
        encoder=settings.encoder,
        device=settings.device,
        seed=secret.seed,
        memory=settings.memory,
        verbose=settings.verbose,
    )
    fitted = replace(fitted, products=leakage == "conditional")
    return StageOne(fitted, fitted.combined(posteriors))


def fit_releases(settings, stage_one, rows, identities, problems, targets, secret):
    """Fit a release for each of several prices, all finite codes on posteriors at once.

    Parameters
    ----------
    settings : InfoShapeTransformer
    stage_one : StageOne or None
        From :func:`learn_posteriors`.
    rows : ndarray of shape (n, ...), dtype float32
    identities : list of bytes
    problems : list of Labels
        That differ in the weights of their terms.
    targets : list of ndarray
    secret : Secret

    Yields
    ------
    dict of str
        The fitted attributes of a transformer, for each problem in turn.
    """
    trainings = [
        _training(settings, labels, CHANNELS[settings.channel](settings.noise_scale))
        for labels in problems
    ]
    persons = persons_of(rows, identities)
    if stage_one is None or settings.channel != "categorical":
        features, climbed, fitted = rows, targets, None
        if stage_one is not None:
            features, fitted = np.hstack(stage_one.posteriors), stage_one.fitted
            climbed = [posterior.astype(np.float32) for posterior in stage_one.posteriors]
        for training, labels in zip(trainings, problems, strict=True):
            yield _play(
                training,
                features,
                identities,
                labels,
                targets,
                climbed,
                fitted,
                secret,
                settings,
                persons,
            )
        return
    features = np.hstack(stage_one.posteriors)
    widths = [target.shape[1] for target in targets]
    leakage = _leakage(settings, problems[0])
    soft = column_posteriors(stage_one.posteriors, widths, leakage)
    solved = _solve(settings, stage_one.posteriors, identities, problems, leakage, secret, persons)
    for training, labels, (partition, hard) in zip(trainings, problems, solved, strict=True):
        release = Release(
            location=np.zeros(features.shape[1]),
            scale=np.ones(features.shape[1]),
            row_shape=features.shape[1:],
            hidden_layer_sizes=(),
            weights={"head.weight": partition.coef, "head.bias": partition.intercept},
            trunk=partition.trunk,
            channel=training.channel,
            posteriors=stage_one.fitted,
            key=secret.key,
            key_is_secret=secret.key_is_secret,
        )
        settled = settle(
            release,
            labels,
            features,
            identities,
            targets,
            slice(None),
            soft=soft,
            hard=hard,
            given=targets[0] if leakage == "conditional" else None,
            persons=persons,
            worth=partial(
                code_lagrangian, labels=labels, posteriors=stage_one.posteriors, leakage=leakage
            ),
        )
        yield {
            **settled,
            "history_": [{"epoch": 1, "train_lagrangian": partition.lagrangian / np.log(2)}],
            "n_iter_": 1,
            "best_epoch_": 1,
        }


def _leakage(settings, labels):
    """The kind of leakage that is priced; without s, there is none to tell apart."""
    return settings.leakage if labels.sensitives else "marginal"


def _check_leakage(settings, labels):
    if _leakage(settings, labels) == "marginal":
        return
    if settings.channel != "categorical" or settings.posterior is None:
        raise ValueError(
            "leakage='conditional' needs a finite code on posteriors: leave channel='categorical' "
            "and posterior='auto' (or another posterior than None), or set leakage='marginal'."
        )
    if len(labels.tasks) != 1:
        raise ValueError(
            f"leakage='conditional' is what Z says of s beyond y, for one column of y; there are "
            f"{len(labels.tasks)}. Combine them into one label, or set leakage='marginal'."
        )


def _solve(settings, posteriors, identities, problems, leakage, secret, persons):
    """Stage two, and whether its rule is hard, for each problem.

    A draw can beat every partition only where posteriors have atoms, and only where the rows
    of an atom draw apart: equal rows that nothing tells from each other share one draw.
    """

    def solve(hard):
        return solve_codes(
            problems,
            posteriors,
            leakage=leakage,
            n_codes=settings.n_components,
            n_init=_PARTITION_RESTARTS if settings.n_init == "auto" else settings.n_init,
            n_persons=None if persons is None else persons.max() + 1,
            hard=hard,
            seed=secret.seed,
        )

    partitions = solve(hard=True)
    n_atoms = getattr(partitions[0], "n_atoms", np.inf)
    if len(set(identities)) < _DRAWS_AN_ATOM * n_atoms:
        return [(partition, True) for partition in partitions]
    return [
        (drawn, False)
        if drawn.lagrangian > (1 + _SOFT_ADVANTAGE) * partition.lagrangian
        else (partition, True)
        for partition, drawn in zip(partitions, solve(hard=False), strict=True)
    ]


def _play(
    training, features, identities, labels, targets, climbed, fitted, secret, settings, persons
):
    """The game on rows (one stage) or on posteriors, with observed or soft targets."""
    location, scale = affine_map(features)
    standardised = standardise(features, location, scale)
    kept, held_out = _split(targets, settings.validation_fraction, secret.seed, persons)
    encoder, history = train_encoder(
        training,
        row_tensors(standardised, climbed, kept),
        None if held_out is None else row_tensors(standardised, climbed, held_out),
        features.shape[1:],
        secret.seed,
    )
    release = _keep(training, encoder, features, location, scale, fitted, secret)
    best = max(range(len(history)), key=lambda i: history[i].get("valid_lagrangian", i))
    settled = settle(release, labels, features, identities, targets, held_out, persons=persons)
    if fitted is None and training.channel.estimators == ("plugin",):
        counts = RunningCounts.none(release.n_outputs, targets)
        of_persons = settings.fold_columns is not None
        settled["_code_counts_"] = counts.add(
            release, features, identities, targets, of_persons=of_persons, mute=False
        )
    return {
        **settled,
        "history_": history,
        "n_iter_": len(history),
        "best_epoch_": best + 1,
    }


def continued_net(settings, release, net, rows, labels, secret):
    """The net that the next step trains: the last call's, or one that starts where it ended.

    Parameters
    ----------
    settings, rows, labels, secret
        As in :func:`fit_releases`.
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
    _check_leakage(settings, labels)
    if release is None:
        channel = CHANNELS[settings.channel](settings.noise_scale)
        if isinstance(channel, CategoricalChannel):
            channel.live = np.arange(settings.n_components)
    else:
        _check_continues(settings, release, rows)
        channel = copy.copy(release.channel)
        channel.noise_scale = settings.noise_scale
    training = _training(settings, labels, channel)
    if net is None or not training.continues(net.training):
        net = training.net(rows.shape[1:], len(rows), secret.seed)
        if release is not None:
            try:
                net.module_.load_state_dict(release.encoder().state_dict())
            except RuntimeError:
                raise ValueError(
                    _changed_since("encoder", type(settings.encoder).__name__)
                ) from None
    net.training, net.channel, net.terms = training, channel, training.terms
    return net


def _check_continues(settings, release, rows):
    if release.posteriors is not None:
        raise ValueError(
            "partial_fit goes on from a fit in one stage, but this transformer was fitted in two: "
            "posterior was not None then. Call fit with posterior=None, or partial_fit of "
            "sklearn.base.clone(transformer)."
        )
    own = settings.encoder is not None
    hidden = tuple(settings.hidden_layer_sizes)
    for name, changed in (
        ("channel", type(release.channel) is not CHANNELS[settings.channel]),
        ("n_components", settings.n_components != release.n_encoder_outputs),
        ("encoder", own != (release.trunk is not None)),
        ("hidden_layer_sizes", not own and hidden != tuple(release.hidden_layer_sizes)),
    ):
        if changed:
            value = getattr(settings, name)
            raise ValueError(_changed_since(name, repr(value) if name != "encoder" else "..."))
    check_row_shape(rows, release.row_shape)


def _changed_since(name, value):
    return (
        f"partial_fit goes on from the encoder that was fitted, but {name}={value} was set since, "
        f"which it does not fit. Set {name} back, or begin anew: fit, or partial_fit of "
        "sklearn.base.clone(transformer)."
    )


def partial_fit_release(settings, release, net, counts, rows, identities, labels, targets, secret):
    """One more epoch of the one-stage game.

    Parameters
    ----------
    release : Release or None
        What earlier calls made: its affine map is taken up.
    net : ShapingNet
        From :func:`continued_net`; is trained in place.
    counts : RunningCounts or None
        Of a finite code, in earlier calls.
    settings, rows, identities, labels, targets, secret
        As in :func:`fit_releases`.

    Returns
    -------
    dict of str
        The fitted attributes.
    """
    location, scale = affine_map(rows) if release is None else (release.location, release.scale)
    net.partial_fit(row_tensors(standardise(rows, location, scale), targets), None, epochs=1)
    raise_if_interrupted(net)
    raise_if_diverged(net, net.training)
    training = replace(net.training, channel=copy.copy(net.channel))
    release = _keep(training, net.module_, rows, location, scale, None, secret)
    history = epochs_of(net)
    attributes = {"history_": history, "n_iter_": len(history), "best_epoch_": len(history)}
    if training.channel.estimators != ("plugin",):
        persons = persons_of(rows, identities)
        settled = settle(release, labels, rows, identities, targets, None, persons=persons)
        return {**settled, **attributes}
    if counts is None:
        counts = RunningCounts.none(release.n_outputs, targets)
    of_persons = settings.fold_columns is not None
    counts = counts.add(release, rows, identities, targets, of_persons=of_persons)
    return {
        "release_": release,
        "labels_": labels,
        "_code_counts_": counts,
        **counts.attributes(release, labels),
        **attributes,
    }


def _keep(training, encoder, features, location, scale, fitted, secret):
    if training.encoder is not None:
        passed_on = [standardise(features, location, scale)]
        part = stored_part(encoder.trunk, features, passed_on=passed_on)
        if part is not None:
            raise ValueError(
                f"encoder: {part} keeps rows that it was trained on, which a release must not hold."
            )
    return Release.from_encoder(
        encoder,
        user_trunk=training.encoder is not None,
        location=location,
        scale=scale,
        row_shape=features.shape[1:],
        hidden_layer_sizes=training.hidden_layer_sizes,
        channel=training.channel,
        posteriors=fitted,
        key=secret.key,
        key_is_secret=secret.key_is_secret,
    )


def _split(targets, fraction, seed, persons=None):
    """Row numbers to train on and to hold out, in proportion to the classes where it can be.

    All rows of a person are on one side; what is in proportion are then persons, by their first
    row.
    """
    everything = np.arange(len(targets[0]))
    first = everything if persons is None else np.unique(persons, return_index=True)[1]
    n = len(first)
    if round(n * fraction) < _FEWEST_HELD_OUT_PERSONS:
        return everything, None
    strata = np.zeros(n, dtype=int)
    for target in targets:
        finer = np.unique(strata * 64 + target[first].argmax(axis=1), return_inverse=True)[1]
        if np.bincount(finer).min() >= 2 and finer.max() < n * min(fraction, 1 - fraction) - 1:
            strata = finer
    parts = train_test_split(np.arange(n), test_size=fraction, random_state=seed, stratify=strata)
    if persons is None:
        return parts
    return tuple(np.flatnonzero(np.isin(persons, part)) for part in parts)
