"""How rows are split to judge a path: folds of a cross-validation, or a part for a certificate."""

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

__all__ = ["certificate_split", "cross_validation_splits"]


def cross_validation_splits(cv, sample, labels, seed):
    """Training and test rows of each fold.

    Parameters
    ----------
    cv : int, splitter or iterable
        An int shuffles, in proportion to the classes of y and s as far as rows allow, and
        keeps rows of one person together.
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


def certificate_split(sample, labels, fraction, seed):
    """Rows to fit on, and a random part of the persons, one row each, for a certificate.

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
        strata = _strata(targets, max(2, int(np.ceil(1 / min(fraction, 1 - fraction)))))
        parts = train_test_split(everything, test_size=fraction, random_state=seed, stratify=strata)
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
