"""How much too little (or too much) the rows say that a partition was chosen on.

Stage two looks at the posteriors of all rows for a code that seems to say little of s. In these
rows the means of the posteriors in each code are as the partition wants them, in fresh rows they
are so but for chance: fresh rows show more of s, the more so the dearer s is. Partitions of parts
of the rows tell by how much, each judged on its own rows and on those left out.
"""

import numpy as np

from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.release.estimates import Estimate
from sklearn_infoshape.runtime.progress import shown_progress

__all__ = ["corrected", "optimism"]

_FOLDS = 3
_FEWEST_PERSONS = 60  # a fold needs, as estimates do
_MOST_PERSONS = 20_000  # with more, the difference is less than .001 bits


def optimism(problem, posteriors, priced, partitions):
    """What fresh rows show of each label beyond what the rows of the partitions do.

    Parameters
    ----------
    problem : Problem
    posteriors : list of ndarray of shape (n, C_j)
    priced : list of Labels
    partitions : list of LinearPartition or Table
        Those of all rows, one for each price.

    Returns
    -------
    list of list of Estimate, or None
        For each price and term the difference in bits, with its standard error; None where there
        are too few persons for it, or so many that it does not matter.

    Notes
    -----
    Posteriors stand for labels here, since labels would only add their noise. With V the variance
    of a class's posterior within a code, and m its mean, the plug-in information of posteriors is
    too large by ``B = sum V / m / 2n`` where a code is fixed. The bias that is taken from observed
    labels counts the whole variance of a label, m (1 - m), as chance. Where the code was chosen
    on the rows, V is none: another B is missing. And the partition was chosen: what that hides is
    measured on parts of the rows, of which it is inversely proportional to the number.
    """
    sample = problem.sample
    persons = np.arange(len(sample)) if sample.persons is None else sample.persons
    n_persons = int(persons.max()) + 1
    if not _FOLDS * _FEWEST_PERSONS <= n_persons <= _MOST_PERSONS:
        return None
    weights = np.ones(len(sample)) if sample.weights is None else sample.weights
    settings, terms = problem.settings, problem.objective.terms(posteriors)

    def bits(partition, rows):
        codes = partition.outputs([p[rows] for p in posteriors]).argmax(axis=1)
        size = np.bincount(persons[rows], weights[rows])
        n = size.sum() ** 2 / (size**2).sum()
        share = weights[rows] / weights[rows].sum()
        found = [_bits_and_bias(codes, term[rows], share, n) for term in terms]
        return problem.objective.of_terms(np.array(found)).T

    fold = np.random.RandomState(problem.secret.seed).permutation(n_persons)[persons] % _FOLDS
    hidden = []
    for left_out in range(_FOLDS):
        unseen, seen = fold == left_out, fold != left_out
        with shown_progress(disable=True):
            of_part = problem.objective.solve(
                priced,
                [p[seen] for p in posteriors],
                n_codes=settings.n_components,
                n_init=1,
                n_persons=len(np.unique(persons[seen])),
                sample_weight=weights[seen],
                seed=problem.secret.seed,
            )
        on_unseen, on_seen = (np.array([bits(p, r) for p in of_part]) for r in (unseen, seen))
        hidden.append(on_unseen[:, 0] - on_unseen[:, 1] - on_seen[:, 0])
    everywhere = np.ones(len(sample), dtype=bool)
    bias = np.array([bits(partition, everywhere)[1] for partition in partitions])
    of_all = (_FOLDS - 1) / _FOLDS
    values = bias + of_all * np.mean(hidden, axis=0)
    deviations = of_all * np.std(hidden, axis=0, ddof=1) / np.sqrt(_FOLDS)
    return [
        [Estimate(float(v), float(d)) for v, d in zip(*of_price, strict=True)]
        for of_price in zip(values, deviations, strict=True)
    ]


def corrected(estimates, differences, n):
    """Estimates as rows that chose nothing would give them.

    Parameters
    ----------
    estimates, differences : list of Estimate
    n : float
        Rows (persons) behind the estimates. That of information I varies by 2 I / n, in nats,
        more than one of none does.

    Returns
    -------
    list of Estimate
    """
    found = []
    for own, other in zip(estimates, differences, strict=True):
        more = 2 * max(0.0, other.value) / (n * np.log(2))
        deviation = np.sqrt(own.deviation**2 + other.deviation**2 + more)
        found.append(Estimate(own.value + other.value, float(deviation)))
    return found


def _bits_and_bias(codes, posterior, share, n):
    """Plug-in information of posteriors, and what chance adds to that of a fixed code, in bits."""
    masses, squares = (
        np.stack([np.bincount(codes, share * column) for column in columns.T], axis=1)
        for columns in (posterior, posterior**2)
    )
    information = lagrangian_of_masses(masses, [posterior.shape[1]], np.ones(1))
    bias = _spread(masses, squares) - _spread(masses.sum(axis=0), squares.sum(axis=0))
    return float(information) / np.log(2), bias / (2 * n * np.log(2))


def _spread(masses, squares):
    """The sum of V / m over codes and classes, from masses of shape (..., C)."""
    size = np.maximum(masses.sum(axis=-1, keepdims=True), 1e-300)
    mean = masses / size
    return float(((squares / size - mean**2) / np.maximum(mean, 1e-12)).sum())
