"""Posteriors under keyed folds: every row, old or new, by a model that has not seen it.

The fold of a row is a keyed hash of the row itself, and the models of a fold are trained
on the rows of all other folds. So a training row and a fresh row are treated alike, copies
of a row share a fold, and no list of training rows is kept. Of a row's own label this holds for
what is said of the row itself: what is said of its neighbours comes from models that saw it.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.data.keyed import keyed_uniforms
from sklearn_infoshape.neural.randomness import lent_to
from sklearn_infoshape.posterior.cache import FitRequest, cached
from sklearn_infoshape.posterior.fold_fits import fit_folds, rounds_of_folds
from sklearn_infoshape.posterior.members import choose_members, is_small, member_names
from sklearn_infoshape.posterior.pool import fewest_members, fit_pool, pool
from sklearn_infoshape.posterior.scaled_columns import is_wide
from sklearn_infoshape.runtime.progress import current, short
from sklearn_infoshape.runtime.threads import more_threads

__all__ = ["Posteriors", "fit_posteriors", "keyed_folds", "number_of_folds", "numbers_of_fits"]

_SHARED = 30  # a value that so many rows share tells of none of them
_FEWEST_TO_CHOOSE = 200  # rows of a fold by which members are chosen


def number_of_folds(sample, members, encoder=None):
    """How many folds are best where none are asked for.

    Parameters
    ----------
    sample : Sample
    members, encoder
        As of :func:`fit_posteriors`.

    Returns
    -------
    int
        10 of few rows, which then teach nine tenths of themselves to quick members; 5 of more, and
        of members that are named, whose time is not ours to double.
    """
    is_default = encoder is None and isinstance(members, str) and members == "auto"
    return 10 if is_default and is_small((len(sample.rows), _width(sample))) else 5


def _width(sample):
    return int(np.prod(sample.rows.shape[1:]))


def keyed_folds(key, identities, n_folds):
    """Fold of each row: a pseudo-random function of what identifies it.

    Parameters
    ----------
    key : bytes
    identities : sequence of bytes
        One a row: the row itself, or its fold columns.
    n_folds : int

    Returns
    -------
    ndarray of shape (n,), dtype int
    """
    return (keyed_uniforms(key, b"fold", b"", identities, 1)[:, 0] * n_folds).astype(int)


@dataclass
class Posteriors:
    """Fitted models of labels, a list of members for each label and fold, and their pools.

    Attributes
    ----------
    models : list of list of list
        ``models[label][fold][member]``.
    priors : list of ndarray of shape (C,)
    pools : list of (weights, bias)
    key : bytes
    n_folds : int
    products : bool
        Whether all labels but the first are products of it with another, learned from fewer
        rows: what is said of the first is then the first model's.
    """

    models: list
    priors: list
    pools: list
    key: bytes
    n_folds: int
    products: bool = False

    @property
    def widths(self):
        """Classes of each label that :meth:`predict` tells of."""
        return [len(prior) for prior in self.priors[int(self.products) :]]

    def predict(self, sample):
        """Class probabilities of each label, each row by the models of its own fold.

        Parameters
        ----------
        sample : Sample

        Returns
        -------
        list of ndarray of shape (n, C_j)
            Without the first label where ``products``: the others hold it.
        """
        folds = keyed_folds(self.key, sample.identities, self.n_folds)
        found = [
            pool(_by_fold(models, sample.rows, folds, prior), *weights)
            for models, prior, weights in zip(self.models, self.priors, self.pools, strict=True)
        ]
        return self.combined(found)

    def combined(self, posteriors):
        """What all models say together, from what they say of each label.

        The rows that teach a product are those where both labels are known, and may not be like
        the others: of them is taken what the second label is, given row and first label.

        Parameters
        ----------
        posteriors : list of ndarray of shape (n, C_j)

        Returns
        -------
        list of ndarray of shape (n, C_j)
        """
        if not self.products:
            return posteriors
        task, combined = posteriors[0][:, :, None], []
        for product in posteriors[1:]:
            cube = product.reshape(len(product), task.shape[1], -1)
            given_task = cube / np.maximum(cube.sum(axis=2, keepdims=True), 1e-300)
            combined.append((task * given_task).reshape(product.shape))
        return combined


def fit_posteriors(
    sample,
    *,
    members,
    n_folds,
    key,
    encoder,
    device,
    seed,
    memory=None,
    n_jobs=None,
    names=None,
):
    """Fit members for each label and fold, and pool their predictions of unseen rows.

    Parameters
    ----------
    sample : Sample
        Its targets are learned; rows of zeros are not trained on. Its weights count in all that is
        fitted, not in which fold a row is of.
    members, encoder, device
        As in :func:`~sklearn_infoshape.posterior.members.choose_members`.
    n_folds : int
        1 gives no cross-fitting.
    key : bytes
    seed : int
    memory : str, os.PathLike, joblib.Memory or None, default=None
        Where the fits of each label are kept, by :mod:`~sklearn_infoshape.posterior.cache`.
    n_jobs : int, default=None
        Members and folds of a label that are fitted at the same time; what they find does not
        depend on it.
    names : list of str, optional
        What the labels are called where progress is shown.

    Returns
    -------
    fitted : Posteriors
    posteriors : list of ndarray of shape (n, C_j)
        Of the rows at hand; the same as ``fitted.predict(sample)``.
    """
    folds = keyed_folds(key, sample.identities, n_folds)
    shared = sample.holders() >= _SHARED  # so many share the values that they tell of none
    names = names or [f"label {number}" for number, _ in enumerate(sample.targets, 1)]
    fits = numbers_of_fits(sample, members, n_folds, encoder)
    found, progress = [], current()
    for target, name, n_fits in zip(sample.targets, names, fits, strict=True):
        request = FitRequest(
            rows=sample.rows,
            blocks=sample.blocks,
            folds=folds,
            shared=shared,
            target=target,
            sample_weight=sample.weights,
            members=members,
            n_folds=n_folds,
            encoder=encoder,
            device=device,
            seed=seed,
        )
        end = progress.done + n_fits
        shown = {"title": f"stage one, {short(name)}", "n_jobs": n_jobs}
        found.append(cached(memory, fit_label, request, **shown))
        progress.reach(end)  # also where a cache had it
    models, priors, pools, posteriors = (list(part) for part in zip(*found, strict=True))
    return Posteriors(models, priors, pools, key, n_folds), posteriors


def numbers_of_fits(sample, members, n_folds, encoder):
    """How many classifiers :func:`fit_posteriors` fits for each label, which takes the same.

    Returns
    -------
    list of int
    """
    shapes = [(int((target.sum(axis=1) > 0).sum()), _width(sample)) for target in sample.targets]
    names = [member_names(members, shape, encoder) for shape in shapes]
    return [n_folds * len(listed) + 2 * listed.count("boosting") for listed in names]


def fit_label(digest, request, title, n_jobs):
    """Members of each fold for one label, and their pool.

    Parameters
    ----------
    digest : str or None
        Names the request, for a cache.
    request : FitRequest
    title : str
        Where progress is shown.
    n_jobs : int

    Returns
    -------
    models : list of list
        ``models[fold][member]``.
    prior : ndarray of shape (C,)
    weights : tuple of ndarray
        Of the pool.
    posterior : ndarray of shape (n, C)
    """
    rows, target, folds = request.rows, request.target, request.folds
    sample_weight = request.sample_weight
    mass = target if sample_weight is None else target * sample_weight[:, None]
    names, n_folds = request.members, request.n_folds
    known = target.sum(axis=1) > 0
    prior = (mass.sum(axis=0) + 1) / (mass.sum() + mass.shape[1])
    shape = (int(known.sum()), int(np.prod(rows.shape[1:])))
    members = choose_members(
        names,
        shape,
        int(target.sum(axis=0).min()),
        encoder=request.encoder,
        device=request.device,
        seed=request.seed,
        weighted=sample_weight is not None,
        blocks=request.blocks,
    )
    outside = [known & ((folds != f) | request.shared | (n_folds == 1)) for f in range(n_folds)]
    told = [f"{title}: {name}" for name in member_names(names, shape, request.encoder)]
    models, options = [], {"seed": request.seed, "n_jobs": n_jobs, "sample_weight": sample_weight}
    # On wide tables one member is often as good as all, whose fits take their time.
    own = known & (folds == 0)
    if names == "auto" and n_folds > 1 and is_wide(shape) and own.sum() >= _FEWEST_TO_CHOOSE:
        (first,) = fit_folds(members, rows, target, outside[:1], told=told, **options)
        predictions = _by_fold([first], rows[own], folds[own], prior)
        chosen = fewest_members(predictions, mass[own])
        current().advance((n_folds - 1) * (len(members) - len(chosen)))  # are not fitted
        members, models = [members[m] for m in chosen], [[first[m] for m in chosen]]
        told = [told[m] for m in chosen]
        rounds = None
    else:
        arguments = (members, rows, target, folds, n_folds, request.shared)
        rounds = rounds_of_folds(*arguments, told=told, **options)
    left = outside[len(models) :]
    models += fit_folds(members, rows, target, left, told=told, rounds=rounds, **options)
    predictions = _by_fold(models, rows, folds, prior)
    weights = fit_pool(predictions, mass)
    return models, prior, weights, pool(predictions, *weights)


def _by_fold(models, rows, folds, prior):
    """Predictions of each member, shape (n, C) each, every row by its own fold's model."""
    n_members = len(models[0])
    predictions = [np.empty((len(rows), len(prior))) for _ in range(n_members)]
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        X = rows[own].astype(np.float64)
        for m in range(n_members):
            predictions[m][own] = _over_all_classes(models[fold][m], X, prior)
    return predictions


def _over_all_classes(model, X, prior):
    """A model's probabilities, with the prior's share for classes that it never saw."""
    classes = np.asarray(model.classes_, dtype=int)
    probabilities = np.tile(prior, (len(X), 1))
    if len(classes):
        share = prior[classes].sum()
        # A pass over torch's batches draws, also to predict.
        with lent_to(model), more_threads(len(X)):
            probabilities[:, classes] = share * model.predict_proba(X)
    return probabilities
