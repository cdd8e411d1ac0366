"""How rows are split, where we draw: in proportion to classes, but for a certificate."""

from numbers import Integral

import numpy as np
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
    train_test_split,
)

from sklearn_infoshape.data.rare_classes import pool_rare
from sklearn_infoshape.data.sample import observed_classes

__all__ = ["certificate_split", "cross_validation_splits", "deal"]

_GOLDEN = (np.sqrt(5) - 1) / 2
_BEFORE = 0.4  # of a row's place: of nine rows of a class five are in the first half


def deal(labels, shares, rng, groups=None):
    """Deal rows, or whole groups of rows, to parts, in proportion to the classes of all labels.

    Each class of the label with the rarest one has its share of each part, rounded; those of
    other labels have nearly so.

    Parameters
    ----------
    labels : list of ndarray of shape (n,), dtype int
        Classes; below 0 where the label is missing.
    shares : sequence of float
        Of the rows, for each part; they add up to 1.
    rng : numpy.random.Generator
    groups : ndarray of shape (n,), dtype int, optional
        Whole numbers from 0 up without gaps. A group counts as of the rarest class that it has.

    Returns
    -------
    ndarray of shape (n,), dtype int
        The part of each row.

    Examples
    --------
    Four rows among 360:

    >>> import numpy as np
    >>> from sklearn_infoshape.data.splits import deal
    >>> s = np.arange(360) // 356
    >>> part = deal([s], (0.5, 0.25, 0.25), np.random.default_rng(0))
    >>> np.bincount(part).tolist(), np.bincount(part[s == 1]).tolist()
    ([180, 90, 90], [2, 1, 1])
    """
    groups = np.arange(len(labels[0])) if groups is None else groups
    sizes = np.bincount(groups)
    kept = sorted((_rarest_of_groups(classes, groups) for classes in labels), key=lambda k: k[1])
    order = rng.permutation(len(sizes))
    order = order[np.lexsort([classes[order] for classes, _ in reversed(kept)])]
    # Neighbours in this order are dealt far from each other, and so are rows of one class.
    spread = np.empty(len(sizes))
    spread[order] = (np.arange(len(sizes)) * _GOLDEN + rng.uniform()) % 1
    bounds, part = np.cumsum(shares)[:-1], np.empty(len(sizes), dtype=int)
    for value in np.unique(kept[0][0]):
        own = np.flatnonzero(kept[0][0] == value)
        own = own[np.argsort(spread[own])]
        place = (np.cumsum(sizes[own]) - (1 - _BEFORE) * sizes[own]) / sizes[own].sum()
        part[own] = np.searchsorted(bounds, place, side="right")
    return part[groups]


def _rarest_of_groups(classes, groups):
    """The rarest class of each group, and how many groups the rarest of all has."""
    classes = np.maximum(classes, -1) + 1  # 0: missing
    pairs = np.unique(np.column_stack([groups, classes]), axis=0)
    counts = np.bincount(pairs[:, 1]).astype(float)
    counts[0] = np.inf
    pairs = pairs[np.argsort(counts[pairs[:, 1]], kind="stable")]
    own = pairs[np.unique(pairs[:, 0], return_index=True)[1], 1]
    return own, counts[counts > 0].min()


def cross_validation_splits(cv, sample, labels, seed):
    """Training and test rows of each fold.

    Parameters
    ----------
    cv : int, splitter or iterable
        An int shuffles, in proportion to the classes of y and s as far as rows allow, rare ones
        to as many folds as they have rows, and keeps rows of one person together.
    sample : Sample
    labels : Labels
    seed : int

    Returns
    -------
    list of (ndarray of int, ndarray of int)

    Raises
    ------
    ValueError
        If a part of a split has one class only of a label that is learned or judged there.
    """
    targets, persons, n = sample.targets, sample.persons, len(sample)
    task = targets[0].argmax(axis=1) if targets[0].shape[1] > 1 else np.zeros(n, dtype=int)
    if isinstance(cv, Integral):
        strata = _strata(targets, cv)
        rare = [(target.sum(axis=0) > 0) & (target.sum(axis=0) < cv) for target in targets]
        if any(few.any() for few in rare):
            return _dealt_folds(cv, sample, labels, seed)
        if persons is not None:
            splitter = StratifiedGroupKFold(cv, shuffle=True, random_state=seed)
        elif np.bincount(strata).min() >= cv:
            splitter = StratifiedKFold(cv, shuffle=True, random_state=seed)
        else:
            splitter = KFold(cv, shuffle=True, random_state=seed)
        splits = list(splitter.split(np.zeros(n), strata, persons))
    else:
        splits = list(check_cv(cv, task, classifier=True).split(sample.rows, task, persons))
    for number, parts in enumerate(splits):
        _check_classes(number, parts, labels, targets)
    return splits


def _dealt_folds(cv, sample, labels, seed):
    """Folds where a class has fewer rows than there are folds: no two of them in one fold."""
    targets = sample.targets
    classes = [observed_classes(target) for target in targets if target.shape[1] > 1]
    fold = deal(classes, np.full(cv, 1 / cv), np.random.default_rng(seed), sample.persons)
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(cv)]
    for number, parts in enumerate(splits):
        _check_classes(number, parts, labels, targets)
    return splits


def certificate_split(sample, labels, fraction, seed):
    """Rows to fit on, and a random part of the persons, one row each, for a certificate.

    Drawn without regard to y and s: a certificate counts rows that are independent of each other
    and of the fit, and in proportion to its classes they would not be.

    Parameters
    ----------
    sample : Sample
    labels : Labels
    fraction : float
    seed : int

    Returns
    -------
    fitting, certificate : ndarray of int
    """
    targets, persons = sample.targets, sample.persons
    everything = np.arange(len(sample))
    if persons is None:
        parts = train_test_split(everything, test_size=fraction, random_state=seed)
    else:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
        parts = next(splitter.split(everything, groups=persons))
        shuffled = np.random.RandomState(seed).permutation(parts[1])
        parts = parts[0], shuffled[np.unique(persons[shuffled], return_index=True)[1]]
    _check_classes(0, parts, labels, targets)
    return tuple(np.sort(part) for part in parts)


def _strata(targets, fewest):
    """Classes of the label columns, as fine as leaves each stratum ``fewest`` rows.

    Combinations with fewer rows are one stratum, or join the largest if they are too few together.
    """
    strata = np.zeros(len(targets[0]), dtype=int)
    for target in targets:
        finer = strata * target.shape[1] + target.argmax(axis=1)
        finer, _ = pool_rare(np.unique(finer, return_inverse=True)[1].ravel(), fewest)
        if (finer < 0).all():
            continue
        finer[finer < 0] = np.bincount(finer[finer >= 0]).argmax()
        strata = finer
    return strata


def _check_classes(number, parts, labels, targets):
    for j, (column, target) in enumerate(zip(labels.columns, targets, strict=True)):
        if target.shape[1] == 1:
            continue
        for name, part in zip(("training", "test"), parts, strict=True):
            if name == "test" and j < len(labels.tasks):
                continue  # utility of one class is 0; leakage of one class would be no news
            if (target[part].sum(axis=0) > 0).sum() < 2:
                raise ValueError(
                    f"Split {number + 1}: its {name} part has one class only of {column.name}, of "
                    "which nothing can be learned or judged there. Use "
                    "StratifiedKFold(5, shuffle=True) or an integer as cv, fewer splits, or more "
                    "rows."
                )
