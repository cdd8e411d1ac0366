"""What a fit is given, read and checked before any work starts: as a problem."""

from dataclasses import replace

from sklearn_infoshape.data.features import feature_names
from sklearn_infoshape.data.keys import Secret
from sklearn_infoshape.data.overlap import warn_of_overlap
from sklearn_infoshape.data.parameters import warn_of_no_effect
from sklearn_infoshape.data.reading import read_training, take_reading
from sklearn_infoshape.data.tables import check_categories
from sklearn_infoshape.data.terms import describe_labels, labels_of_batch, weighed
from sklearn_infoshape.fitting.problem import Problem
from sklearn_infoshape.fitting.settings import Settings

__all__ = ["read_batch", "read_problem"]


def read_problem(transformer, X, y, sensitive_features, sample_weight=None):
    """Read what ``fit`` is given.

    Parameters
    ----------
    transformer : InfoShapeTransformer
        Unfitted; gets what is read of the columns of X.
    X, y, sensitive_features, sample_weight
        As of its ``fit``.

    Returns
    -------
    problem : Problem
    tasks, sensitives : list of (str, ndarray of shape (n,))
        The labels as they were read.

    Raises
    ------
    TypeError, ValueError
        If the input, or a parameter, is unsuitable.
    """
    settings = Settings.of(transformer)
    sample, tasks, sensitives = _read(transformer, X, y, sensitive_features, sample_weight)
    settings.warn_of_memorized_labels()
    labels = describe_labels(transformer, tasks, sensitives, sample_weight=sample.weights)
    labels = weighed(labels, transformer)
    warn_of_no_effect(transformer, labels)
    sample = sample.labelled(labels.encode(tasks, sensitives, unseen="missing"))
    problem = Problem.of(settings, sample, labels, _secret(transformer, sample))
    problem.warn_of_few_rows()
    warn_of_overlap(sample, labels, feature_names(transformer, sample))
    return problem, tasks, sensitives


def read_batch(transformer, reader, X, y, sensitive_features, classes, sensitive_classes):
    """Read what ``partial_fit`` is given.

    Parameters
    ----------
    transformer : InfoShapeTransformer
        With what earlier calls fixed, if there were any; it is left as it is.
    reader : InfoShapeTransformer
        Its unfitted copy; gets what is read of the columns of X.
    X, y, sensitive_features, classes, sensitive_classes
        As of its ``partial_fit``.

    Returns
    -------
    Problem
        Of the batch, with classes and key of the first call.

    Raises
    ------
    TypeError, ValueError
        If the input, or a parameter that was set since the last call, is unsuitable.
    """
    release = getattr(transformer, "release_", None)
    if release is not None:
        roles = transformer.column_roles_
        roles.check_continues(X, transformer.sensitive_columns, transformer.fold_columns)
        take_reading(reader, transformer)
    settings = Settings.of(reader)
    sample, tasks, sensitives = _read(reader, X, y, sensitive_features, reset=release is None)
    if release is not None:
        check_categories(transformer.categorical_features, X, roles, transformer.table_reader_)
    earlier = None if release is None else transformer.labels_
    labels = labels_of_batch(transformer, earlier, tasks, sensitives, classes, sensitive_classes)
    if release is None:
        settings.warn_of_memorized_labels()
        warn_of_no_effect(transformer, labels)
    unseen = "missing" if release is None else "raise"
    sample = sample.labelled(labels.encode(tasks, sensitives, unseen=unseen))
    secret = _secret(transformer, sample)
    if release is not None:
        secret = replace(secret, key=release.key, key_is_secret=release.key_is_secret)
    return Problem.of(settings, sample, labels, secret)


def _read(transformer, X, y, sensitive_features, sample_weight=None, *, reset=True):
    return read_training(
        transformer,
        X,
        y,
        sensitive_features,
        sample_weight=sample_weight,
        sensitive_columns=transformer.sensitive_columns,
        fold_columns=transformer.fold_columns,
        categorical_features=transformer.categorical_features,
        on_missing_sensitive=transformer.on_missing_sensitive,
        allow_nd=transformer.encoder is not None,
        reset=reset,
    )


def _secret(transformer, sample):
    return Secret.of(transformer.release_key, transformer.random_state, sample)
