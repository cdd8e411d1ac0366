"""The game on rows (one stage) or on posteriors (two), and the release that it leaves."""

import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_infoshape.data.rare_classes import pool_rare
from sklearn_infoshape.data.scaling import affine_map, standardise
from sklearn_infoshape.fitting.fitted import Fitted
from sklearn_infoshape.game.training import row_tensors, train_encoder
from sklearn_infoshape.posterior.stored_rows import stored_part
from sklearn_infoshape.release.codebook import settle
from sklearn_infoshape.release.release import Release
from sklearn_infoshape.release.running_counts import RunningCounts

__all__ = ["keep", "play"]

_COPIES = 4  # of held-out rows that differ in weight, so that weights are met closely
_FEWEST_HELD_OUT_PERSONS = 10  # with fewer, no rows are held out: they could not choose an epoch


def play(problem, stage_one, labels):
    """Train one encoder against critics, with observed or (on posteriors) soft targets.

    Parameters
    ----------
    problem : Problem
    stage_one : StageOne or None
    labels : Labels
        At the weights of this training.

    Returns
    -------
    Fitted
    """
    settings, sample, secret = problem.settings, problem.sample, problem.secret
    training = settings.training(labels, settings.new_channel())
    features, climbed, posteriors = sample.rows, sample.targets, None
    if stage_one is not None:
        features, posteriors = stage_one.features, stage_one.fitted
        climbed = [posterior.astype(np.float32) for posterior in stage_one.posteriors]
    location, scale = affine_map(features)
    standardised = standardise(features, location, scale)
    kept, held_out = _split(sample, settings.game.validation_fraction, secret.seed)
    # Bounds are means over rows: rows come as often as they count, in place of weighing each bound.
    weights, judged = sample.weights, None
    if held_out is not None:
        judged = row_tensors(standardised, climbed, held_out, weights)
        judged = judged.repeated(_COPIES, secret.seed)
    encoder, history = train_encoder(
        training,
        row_tensors(standardised, climbed, kept, weights),
        judged,
        features.shape[1:],
        secret.seed,
    )
    release = keep(training, encoder, features, location, scale, posteriors, secret)
    best = max(range(len(history)), key=lambda i: history[i].get("valid_lagrangian", i))
    description = settle(release, labels, features, sample, held_out)
    counts = None
    if posteriors is None and release.channel.is_code:
        counts = RunningCounts.none(release.n_outputs, sample.targets)
        counts = counts.add(release, sample, mute=False)
    return Fitted(release, labels, description, history, best + 1, counts)


def keep(training, encoder, features, location, scale, posteriors, secret):
    """The release of a trained encoder.

    Raises
    ------
    ValueError
        If a user's module holds rows.
    """
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
        posteriors=posteriors,
        key=secret.key,
        key_is_secret=secret.key_is_secret,
    )


def _split(sample, fraction, seed):
    """Row numbers to train on and to hold out, in proportion to the classes where it can be.

    All rows of a person are on one side; what is in proportion are then persons, by their first
    row.
    """
    everything, persons = np.arange(len(sample)), sample.persons
    first = everything if persons is None else np.unique(persons, return_index=True)[1]
    n = len(first)
    if round(n * fraction) < _FEWEST_HELD_OUT_PERSONS:
        return everything, None
    strata = np.zeros(n, dtype=int)
    for target in sample.targets:
        finer = np.unique(strata * 64 + target[first].argmax(axis=1), return_inverse=True)[1]
        finer, _ = pool_rare(finer, 2)  # one that is left over joins the most frequent
        finer[finer < 0] = np.bincount(finer[finer >= 0]).argmax() if (finer >= 0).any() else 0
        if finer.max() < n * min(fraction, 1 - fraction) - 1:
            strata = finer
    parts = train_test_split(np.arange(n), test_size=fraction, random_state=seed, stratify=strata)
    if persons is None:
        return parts
    return tuple(np.flatnonzero(np.isin(persons, part)) for part in parts)
