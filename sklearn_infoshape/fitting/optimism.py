"""How much too little (or too much) the rows say that a partition was chosen on.

Stage two looks at the posteriors of all rows for a code that seems to say little of s, and the
labels of other rows made these posteriors: the rows that it is chosen on show less of s than
fresh rows do, the more so the dearer s is. Partitions of parts of the rows tell by how much: each
is judged on its own rows and on those left out.
"""

import numpy as np

from sklearn_infoshape.release.codebook import observed_bits
from sklearn_infoshape.release.estimates import Estimate
from sklearn_infoshape.runtime.progress import shown_progress

__all__ = ["corrected", "optimism"]

_FOLDS = 3
_FEWEST_PERSONS = 60  # a fold needs, as estimates do
_MOST_PERSONS = 20_000  # with more, the difference is less than .001 bits


def optimism(problem, posteriors, priced):
    """What rows left out show of each label less what the rows of the partition do.

    Parameters
    ----------
    problem : Problem
    posteriors : list of ndarray of shape (n, C_j)
    priced : list of Labels

    Returns
    -------
    list of list of Estimate, or None
        For each price and term the difference in bits, with the standard error of what was left
        out; None where there are too few persons for it, or so many that it does not matter.
    """
    sample, settings = problem.sample, problem.settings
    persons = np.arange(len(sample)) if sample.persons is None else sample.persons
    n_persons = int(persons.max()) + 1
    if not _FOLDS * _FEWEST_PERSONS <= n_persons <= _MOST_PERSONS:
        return None
    rng = np.random.RandomState(problem.secret.seed)
    fold = (rng.permutation(n_persons) % _FOLDS)[persons]
    given = problem.objective.given(sample.targets)
    differences, errors = [], []
    for left_out in range(_FOLDS):
        unseen = np.flatnonzero(fold == left_out)
        seen = np.flatnonzero(fold != left_out)
        weights = np.ones(len(seen)) if sample.weights is None else sample.weights[seen]
        with shown_progress(disable=True):
            partitions = problem.objective.solve(
                priced,
                [p[seen] for p in posteriors],
                n_codes=settings.n_components,
                n_init=1,
                n_persons=len(np.unique(persons[seen])),
                sample_weight=weights,
                seed=problem.secret.seed,
            )
        bits = [
            [
                _bits(labels, partition, [p[rows] for p in posteriors], sample, rows, given)
                for rows in (unseen, seen)
            ]
            for labels, partition in zip(priced, partitions, strict=True)
        ]
        values = np.array(bits)  # prices, unseen and seen, terms, value and deviation
        differences.append(values[:, 0, :, 0] - values[:, 1, :, 0])
        errors.append(values[:, 0, :, 1])
    deviations = np.sqrt((np.array(errors) ** 2).sum(axis=0)) / _FOLDS
    means = np.mean(differences, axis=0)
    return [
        [Estimate(float(m), float(d)) for m, d in zip(*pair, strict=True)]
        for pair in zip(means, deviations, strict=True)
    ]


def corrected(estimates, differences):
    """Estimates as rows that chose nothing would give them.

    Parameters
    ----------
    estimates, differences : list of Estimate

    Returns
    -------
    list of Estimate
    """
    return [
        Estimate(own.value + other.value, max(own.deviation, other.deviation))
        for own, other in zip(estimates, differences, strict=True)
    ]


def _bits(labels, partition, posteriors, sample, rows, given):
    outputs = partition.outputs(posteriors)
    Z = np.eye(outputs.shape[1])[outputs.argmax(axis=1)]
    return [
        observed_bits(
            True,
            Z,
            target[rows],
            given[rows] if given is not None and term.role == "leakage" else None,
            None if sample.persons is None else sample.persons[rows],
            None if sample.weights is None else sample.weights[rows],
        )
        for term, target in zip(labels.terms, sample.targets, strict=True)
    ]
