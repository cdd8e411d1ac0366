"""From checked rows and labels to a fitted release: what fit and partial_fit share."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.model_selection import train_test_split

from sklearn_infoshape.audit.attackers import cross_fitted_bits
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.information import BOUNDS, plugin_information
from sklearn_infoshape.information.labels import describe_column
from sklearn_infoshape.release import Release, standardise
from sklearn_infoshape.shaping.channels import CHANNELS
from sklearn_infoshape.shaping.game import LabelTerm
from sklearn_infoshape.shaping.training import (
    Training,
    epochs_of,
    raise_if_interrupted,
    row_tensors,
    train_encoder,
)

__all__ = ["Labels", "describe_labels", "fit_release", "partial_fit_release"]

_FEWEST_HELD_OUT_ROWS = 10  # with fewer, no rows are held out: they could not choose an epoch
_FEWEST_JUDGED_ROWS = 60  # with fewer, an estimate would be noise, and is NaN
_FEWEST_ROWS_A_CODE = 10
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
    described = []
    for parameter, columns, kind, known in (
        ("y", tasks, settings.target_kind, classes),
        ("sensitive_features", sensitives, settings.sensitive_kind, sensitive_classes),
    ):
        kinds = _one_each(
            kind, len(columns), f"{'target' if parameter == 'y' else 'sensitive'}_kind"
        )
        known = (
            [known] if len(columns) == 1 else known if known is not None else [None] * len(columns)
        )
        described.append(
            tuple(
                describe_column(
                    name, values, parameter=parameter, kind=k, n_bins=settings.n_bins, classes=c
                )
                for (name, values), k, c in zip(columns, kinds, known, strict=True)
            )
        )
    task_weights = settings.task_weights if settings.task_weights is not None else 1.0
    weights = _one_each(task_weights, len(tasks), "task_weights")
    multipliers = _one_each(settings.privacy_multiplier, len(sensitives), "privacy_multiplier")
    for name, numbers in (("task_weights", weights), ("privacy_multiplier", multipliers)):
        if any(not np.isfinite(number) or number < 0 for number in numbers):
            raise ValueError(f"{name} must be finite and not negative, got {list(numbers)}.")
    roles = [("utility", w) for w in weights] + [("leakage", -m) for m in multipliers]
    terms = tuple(
        LabelTerm(role, float(weight), None if c.frequencies is None else tuple(c.frequencies))
        for (role, weight), c in zip(roles, described[0] + described[1], strict=True)
    )
    return Labels(described[0], described[1], terms)


def _one_each(value, n_columns, parameter):
    if isinstance(value, str) or np.ndim(value) == 0:
        return [value] * n_columns
    if len(value) != n_columns:
        raise ValueError(
            f"{parameter} has {len(value)} entries for {n_columns} columns; give one for each "
            "column, or a single one for all."
        )
    return list(value)


def _training(settings, labels, channel):
    """The settings of one training, once channel and estimator are known to fit together."""
    amounts = any(term.frequencies is None for term in labels.terms)
    allowed = type(channel).estimators
    if amounts:
        allowed = tuple(name for name in allowed if name in BOUNDS and BOUNDS[name].amounts)
    name = settings.mi_estimator
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
        encoder=settings.encoder,
        hidden_layer_sizes=tuple(settings.hidden_layer_sizes),
        max_epochs=settings.max_epochs,
        batch_size=settings.batch_size,
        lr=settings.lr,
        critic_steps=settings.critic_steps,
        n_init=settings.n_init,
        n_iter_no_change=settings.n_iter_no_change,
        device=settings.device,
        verbose=settings.verbose,
        net_params=settings.net_params or {},
    )


def fit_release(settings, rows, labels, targets, *, seed, key, key_is_secret):
    """Train an encoder and settle its release.

    Parameters
    ----------
    settings : InfoShapeTransformer
    rows : ndarray of shape (n, ...), dtype float32
    labels : Labels
    targets : list of ndarray
    seed : int
    key : ReleaseKey
    key_is_secret : bool

    Returns
    -------
    dict of str
        The fitted attributes of the transformer.
    """
    channel = CHANNELS[settings.channel](settings.noise_scale)
    training = _training(settings, labels, channel)
    location, scale = _affine_map(rows)
    standardised = standardise(rows, location, scale)
    kept, held_out = _split(targets, settings.validation_fraction, seed)
    encoder, history = train_encoder(
        training,
        row_tensors(standardised, targets, kept),
        None if held_out is None else row_tensors(standardised, targets, held_out),
        rows.shape[1:],
        seed,
    )
    release = Release.from_encoder(
        encoder,
        user_trunk=settings.encoder is not None,
        location=location,
        scale=scale,
        row_shape=rows.shape[1:],
        hidden_layer_sizes=training.hidden_layer_sizes,
        channel=channel,
        key=key,
        key_is_secret=key_is_secret,
    )
    best = max(range(len(history)), key=lambda i: history[i].get("valid_lagrangian", i))
    return {
        **_settle(release, labels, rows, targets, held_out),
        "history_": history,
        "n_iter_": len(history),
        "best_epoch_": best + 1,
    }


def partial_fit_release(settings, release, net, rows, labels, targets, *, seed, key, key_is_secret):
    """One more epoch over some rows; the net is kept for the next call.

    Parameters
    ----------
    release : Release or None
        What an earlier fit made: its affine map and weights are taken up.
    net : ShapingNet or None
        Of the last call; None begins critics and optimisers afresh.
    settings, rows, labels, targets, seed, key, key_is_secret
        As in :func:`fit_release`.

    Returns
    -------
    attributes : dict of str
    net : ShapingNet
    """
    channel = CHANNELS[settings.channel](settings.noise_scale)
    training = _training(settings, labels, channel)
    location, scale = _affine_map(rows) if release is None else (release.location, release.scale)
    if net is None:
        net = training.net(rows.shape[1:], len(rows), seed)
        if release is not None:
            net.module_.load_state_dict(release.encoder().state_dict())
    net.partial_fit(row_tensors(standardise(rows, location, scale), targets), None, epochs=1)
    raise_if_interrupted(net)
    release = Release.from_encoder(
        net.module_,
        user_trunk=settings.encoder is not None,
        location=location,
        scale=scale,
        row_shape=rows.shape[1:],
        hidden_layer_sizes=training.hidden_layer_sizes,
        channel=channel,
        key=key,
        key_is_secret=key_is_secret,
    )
    history = epochs_of(net)
    attributes = {"history_": history, "n_iter_": len(history), "best_epoch_": len(history)}
    return {**_settle(release, labels, rows, targets, None), **attributes}, net


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


def _settle(release, labels, rows, targets, held_out):
    """Fix the rule of a finite code, and measure what is released."""
    judged = slice(None) if held_out is None else held_out
    judged_targets = [target[judged] for target in targets]
    codebook = None
    if release.channel.estimators == ("plugin",):
        _choose_rule(release, labels, rows, targets, judged)
        codebook = _codebook(release, labels, rows, targets)
    _warn_of_collapse(release, rows)
    estimates: dict[str, object] = {"utility": np.nan, "leakage": np.nan}
    if held_out is not None and len(held_out) >= _FEWEST_JUDGED_ROWS:
        Z = release.apply(rows[held_out])
        bits = [_held_out_bits(release, Z, target) for target in judged_targets]
        for role in estimates:
            of_role = [b for b, t in zip(bits, labels.terms, strict=True) if t.role == role]
            estimates[role] = of_role[0] if len(of_role) == 1 else np.array(of_role)
    return {
        "release_": release,
        "labels_": labels,
        "codebook_": codebook,
        "utility_estimate_bits_": estimates["utility"],
        "leakage_estimate_bits_": estimates["leakage"],
    }


def _choose_rule(release, labels, rows, targets, judged):
    """The most probable code, unless a keyed draw is clearly better on the judged rows."""
    outputs = release.outputs(rows)
    values = {}
    for hard in (False, True):
        release.channel.settle(outputs, hard=hard, fewest_rows=_FEWEST_ROWS_A_CODE)
        Z = torch.from_numpy(release.apply(rows[judged]))
        values[hard] = sum(
            term.weight * plugin_information(Z, torch.from_numpy(target[judged]).double()).item()
            for term, target in zip(labels.terms, targets, strict=True)
        )
    if values[False] > values[True] + _SOFT_ADVANTAGE * abs(values[True]):
        release.channel.settle(outputs, hard=False, fewest_rows=_FEWEST_ROWS_A_CODE)


def _codebook(release, labels, rows, targets):
    Z = release.apply(rows)
    codebook = {"share": Z.mean(axis=0), "target": {}, "sensitive": {}}
    for column, term, target in zip(labels.columns, labels.terms, targets, strict=True):
        counts = Z.T @ target + np.asarray(term.frequencies)  # one row's worth of the prior
        role = "target" if term.role == "utility" else "sensitive"
        codebook[role][column.name] = counts / counts.sum(axis=1, keepdims=True)
    return codebook


def _held_out_bits(release, Z, target):
    """Bits of a label in held-out rows: an estimate with observed labels, not an audit."""
    if target.shape[1] == 1:  # an amount: eight quantile bins of it
        known = ~np.isnan(target[:, 0])
        edges = np.quantile(target[known, 0], np.arange(1, 8) / 8)
        classes = np.searchsorted(edges, target[known, 0])
    else:
        known = target.sum(axis=1) > 0
        classes = target[known].argmax(axis=1)
    Z = Z[known]
    if release.channel.estimators != ("plugin",):
        return cross_fitted_bits(Z, classes)
    one_hot = torch.from_numpy(target[known]).double()
    bits = plugin_information(torch.from_numpy(Z), one_hot).item() / np.log(2)
    freedom = ((Z.sum(axis=0) > 0).sum() - 1) * (len(np.unique(classes)) - 1)
    return max(0.0, bits - freedom / (2 * len(Z) * np.log(2)))


def _warn_of_collapse(release, rows):
    if release.channel.estimators == ("plugin",):
        collapsed = (release.apply(rows).sum(axis=0) > 0).sum() < 2
    else:
        signal = np.tanh(release.outputs(rows)).std(axis=0).max()
        collapsed = signal < max(1e-3, 0.1 * release.channel.noise_scale)
    if collapsed:
        warnings.warn(
            "The release is (nearly) the same for every row: it hides everything and tells "
            "nothing. If that is not what the data allow at best, lower privacy_multiplier, raise "
            "n_init or max_epochs, or try another random_state.",
            CollapsedEncoderWarning,
            stacklevel=2,
        )
