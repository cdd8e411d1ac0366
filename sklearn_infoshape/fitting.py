"""From checked rows and labels to a fitted release: what fit and partial_fit share."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_memory

from sklearn_infoshape.information import BOUNDS
from sklearn_infoshape.inputs import describe_columns, one_each
from sklearn_infoshape.keyed import ReleaseKey
from sklearn_infoshape.posterior.crossfit import fit_posteriors
from sklearn_infoshape.release import Release, standardise
from sklearn_infoshape.settling import settle
from sklearn_infoshape.shaping.channels import CHANNELS
from sklearn_infoshape.shaping.game import LabelTerm
from sklearn_infoshape.shaping.partition import solve_partition
from sklearn_infoshape.shaping.training import (
    Training,
    epochs_of,
    raise_if_interrupted,
    row_tensors,
    train_encoder,
)

__all__ = ["Labels", "Secret", "describe_labels", "fit_release", "partial_fit_release"]

_FEWEST_HELD_OUT_ROWS = 10  # with fewer, no rows are held out: they could not choose an epoch
_PARTITION_RESTARTS = 4
_DRAWS_AN_ATOM = 10  # with fewer, what is drawn leaks more than its law says
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule


@dataclass(frozen=True)
class Labels:
    """All label columns of a problem, and the terms that they are in the Lagrangian."""

    tasks: tuple
    sensitives: tuple
    terms: tuple

    @property
    def columns(self):
        """Task labels first, then sensitive attributes."""
        return self.tasks + self.sensitives

    def encode(self, tasks, sensitives):
        """Targets of all columns, in the order of the terms."""
        values = [v for _, v in tasks] + [v for _, v in sensitives]
        if len(values) != len(self.columns):
            raise ValueError(
                f"Expected {len(self.tasks)} columns of y and {len(self.sensitives)} of "
                f"sensitive_features, as at the first fit; got {len(tasks)} and {len(sensitives)}."
            )
        return [column.encode(v) for column, v in zip(self.columns, values, strict=True)]


def describe_labels(settings, tasks, sensitives, classes=None, sensitive_classes=None):
    """Decide what each label column is and what it weighs.

    Parameters
    ----------
    settings : InfoShapeTransformer
        Its parameters are read.
    tasks, sensitives : list of (str, ndarray of shape (n,))
    classes, sensitive_classes : array-like, list of array-like, or None
        Known classes, of one column or of each.

    Returns
    -------
    Labels

    Raises
    ------
    ValueError
        If a column cannot be used, or there is not one weight, multiplier or kind a column.
    """
    described = [
        describe_columns(
            columns, parameter=parameter, kind=kind, n_bins=settings.n_bins, classes=known
        )
        for parameter, columns, kind, known in (
            ("y", tasks, settings.target_kind, classes),
            ("sensitive_features", sensitives, settings.sensitive_kind, sensitive_classes),
        )
    ]
    task_weights = settings.task_weights if settings.task_weights is not None else 1.0
    weights = one_each(task_weights, len(tasks), "task_weights")
    multipliers = one_each(settings.privacy_multiplier, len(sensitives), "privacy_multiplier")
    for name, numbers in (("task_weights", weights), ("privacy_multiplier", multipliers)):
        if any(not np.isfinite(number) or number < 0 for number in numbers):
            raise ValueError(f"{name} must be finite and not negative, got {list(numbers)}.")
    roles = [("utility", w) for w in weights] + [("leakage", -m) for m in multipliers]
    terms = tuple(
        LabelTerm(role, float(weight), None if c.frequencies is None else tuple(c.frequencies))
        for (role, weight), c in zip(roles, described[0] + described[1], strict=True)
    )
    return Labels(described[0], described[1], terms)


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
class Secret:
    """What is random or hidden in a fit.

    Attributes
    ----------
    seed : int
    key : ReleaseKey
    key_is_secret : bool
        False where the key came from ``random_state``.
    """

    seed: int
    key: ReleaseKey
    key_is_secret: bool


def fit_release(settings, rows, identities, labels, targets, secret):
    """Fit a release, in two stages or in one.

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
    dict of str
        The fitted attributes of the transformer.
    """
    training = _training(settings, labels, CHANNELS[settings.channel](settings.noise_scale))
    if settings.posterior is None:
        return _play(training, rows, identities, labels, targets, targets, None, secret, settings)
    # A cache holds models of the data, and goes by the values of all arguments.
    learn = check_memory(settings.memory).cache(fit_posteriors)
    fitted, posteriors = learn(
        rows,
        identities,
        targets,
        posterior=settings.posterior,
        n_folds=settings.posterior_folds,
        key=secret.key,
        encoder=settings.encoder,
        device=settings.device,
        seed=secret.seed,
    )
    features = np.hstack(posteriors)
    if settings.channel != "categorical":
        soft = [posterior.astype(np.float32) for posterior in posteriors]
        return _play(
            training, features, identities, labels, targets, soft, fitted, secret, settings
        )
    partition, hard = _solve(settings, posteriors, identities, labels, secret)
    release = Release(
        location=np.zeros(features.shape[1]),
        scale=np.ones(features.shape[1]),
        row_shape=features.shape[1:],
        hidden_layer_sizes=(),
        weights={"head.weight": partition.coef, "head.bias": partition.intercept},
        trunk=partition.trunk,
        channel=training.channel,
        posteriors=fitted,
        key=secret.key,
        key_is_secret=secret.key_is_secret,
    )
    return {
        **settle(
            release, labels, features, identities, targets, slice(None), soft=posteriors, hard=hard
        ),
        "history_": [{"epoch": 1, "train_lagrangian": partition.lagrangian / np.log(2)}],
        "n_iter_": 1,
        "best_epoch_": 1,
    }


def _solve(settings, posteriors, identities, labels, secret):
    """Stage two, and whether its rule is hard.

    A draw can beat every partition only where posteriors have atoms, and only where the rows
    of an atom draw apart: equal rows that nothing tells from each other share one draw.
    """

    def solve(hard):
        return solve_partition(
            posteriors,
            [[term.weight for term in labels.terms]],
            n_codes=settings.n_components,
            n_init=_PARTITION_RESTARTS if settings.n_init == "auto" else settings.n_init,
            hard=hard,
            seed=secret.seed,
        )[0]

    partition = solve(hard=True)
    n_atoms = getattr(partition, "n_atoms", np.inf)
    if len(set(identities)) < _DRAWS_AN_ATOM * n_atoms:
        return partition, True
    drawn = solve(hard=False)
    if drawn.lagrangian > (1 + _SOFT_ADVANTAGE) * partition.lagrangian:
        return drawn, False
    return partition, True


def _play(training, features, identities, labels, targets, climbed, fitted, secret, settings):
    """The game on rows (one stage) or on posteriors, with observed or soft targets."""
    location, scale = _affine_map(features)
    standardised = standardise(features, location, scale)
    kept, held_out = _split(targets, settings.validation_fraction, secret.seed)
    encoder, history = train_encoder(
        training,
        row_tensors(standardised, climbed, kept),
        None if held_out is None else row_tensors(standardised, climbed, held_out),
        features.shape[1:],
        secret.seed,
    )
    release = _keep(training, encoder, features, location, scale, fitted, secret)
    best = max(range(len(history)), key=lambda i: history[i].get("valid_lagrangian", i))
    return {
        **settle(release, labels, features, identities, targets, held_out),
        "history_": history,
        "n_iter_": len(history),
        "best_epoch_": best + 1,
    }


def partial_fit_release(settings, release, net, rows, identities, labels, targets, secret):
    """One more epoch of the one-stage game; the net is kept for the next call.

    Parameters
    ----------
    release : Release or None
        What an earlier fit made: its affine map and weights are taken up.
    net : ShapingNet or None
        Of the last call; None begins critics and optimisers afresh.
    settings, rows, identities, labels, targets, secret
        As in :func:`fit_release`.

    Returns
    -------
    attributes : dict of str
    net : ShapingNet
    """
    training = _training(settings, labels, CHANNELS[settings.channel](settings.noise_scale))
    location, scale = _affine_map(rows) if release is None else (release.location, release.scale)
    if net is None:
        net = training.net(rows.shape[1:], len(rows), secret.seed)
        if release is not None:
            net.module_.load_state_dict(release.encoder().state_dict())
    net.partial_fit(row_tensors(standardise(rows, location, scale), targets), None, epochs=1)
    raise_if_interrupted(net)
    release = _keep(training, net.module_, rows, location, scale, None, secret)
    history = epochs_of(net)
    attributes = {"history_": history, "n_iter_": len(history), "best_epoch_": len(history)}
    return {**settle(release, labels, rows, identities, targets, None), **attributes}, net


def _keep(training, encoder, features, location, scale, fitted, secret):
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


def _affine_map(rows):
    """Mean and deviation of each column; of all pixels at once where rows have a shape."""
    axis = 0 if rows.ndim == 2 else None
    location = rows.mean(axis=axis, dtype=np.float64)
    scale = rows.std(axis=axis, dtype=np.float64)
    return location, np.where(scale > 0, scale, 1.0)


def _split(targets, fraction, seed):
    """Row numbers to train on and to hold out, in proportion to the classes where it can be."""
    n = len(targets[0])
    everything = np.arange(n)
    if round(n * fraction) < _FEWEST_HELD_OUT_ROWS:
        return everything, None
    strata = np.zeros(n, dtype=int)
    for target in targets:
        finer = np.unique(strata * 64 + target.argmax(axis=1), return_inverse=True)[1]
        if np.bincount(finer).min() >= 2 and finer.max() < n * min(fraction, 1 - fraction) - 1:
            strata = finer
    return train_test_split(everything, test_size=fraction, random_state=seed, stratify=strata)
