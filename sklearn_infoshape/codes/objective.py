"""What a finite code is made to hide: I(Z; s), or what it says of s beyond y, I(Z; s | y).

Both are sums of information of one code with labels. With the product label (y, s),

    I(Z; s | y) = I(Z; (y, s)) - I(Z; y),

so that the conditional Lagrangian weighs y by its own weight plus all multipliers, and each
product label by minus its multiplier. Stage one then learns y from all rows, and the product
labels from the rows whose s is known; what these say of s given y and the row, times what is
said of y, is a law of the product that gives y's by addition.
"""

from dataclasses import replace

import numpy as np

from sklearn_infoshape.codes.atoms import AtomTable
from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.partition import LinearPartition, solve_partition

__all__ = [
    "code_lagrangian",
    "column_posteriors",
    "learned_targets",
    "product_target",
    "solve_codes",
]

_LEAST_PRICE = 0.01  # of a bit of s in bits of y, at which codes are found; 0 is reported as 0


def product_target(first, second):
    """The product of two labels as one label.

    Parameters
    ----------
    first : ndarray of shape (n, C)
    second : ndarray of shape (n, D)
        One-hot, or zeros where it is missing.

    Returns
    -------
    ndarray of shape (n, C * D)
        Class ``c * D + d``; zeros where either is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.codes.objective import product_target
    >>> product_target(np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([[0., 1., 0., 0.],
           [0., 0., 1., 0.]])
    """
    return np.einsum("ic,id->icd", first, second).reshape(len(first), -1)


def learned_targets(targets, leakage):
    """The labels that stage one learns: where leakage is conditional, y and its products with s.

    Parameters
    ----------
    targets : list of ndarray of shape (n, C_j)
        Of y, then of each column of s; one column of y where ``leakage="conditional"``.
    leakage : {"marginal", "conditional"}

    Returns
    -------
    list of ndarray
    """
    if leakage == "marginal":
        return targets
    products = [product_target(targets[0], sensitive) for sensitive in targets[1:]]
    return [targets[0], *products]


def column_posteriors(posteriors, widths, leakage):
    """Class probabilities of each label column, from those that stage one learned.

    Parameters
    ----------
    posteriors : list of ndarray of shape (n, C_j)
        Of products of y and s where leakage is conditional.
    widths : list of int
        Classes of each column: of y, then of s.
    leakage : {"marginal", "conditional"}

    Returns
    -------
    list of ndarray of shape (n, widths[j])
    """
    if leakage == "marginal":
        return posteriors
    cubes = [p.reshape(len(p), widths[0], -1) for p in posteriors]
    task = np.mean([cube.sum(axis=2) for cube in cubes], axis=0)
    return [task, *(cube.sum(axis=1) for cube in cubes)]


def solve_codes(
    problems, posteriors, *, leakage, n_codes, n_init, n_persons=None, hard=True, seed=0
):
    """The best codes for several prices, as linear functions of what stage one says.

    Where s is free (or nearly so), it is climbed at a small price: among codes that are as
    good as each other, the one that says less of it is taken.

    Parameters
    ----------
    problems : list of Labels
        That differ in the weights of their terms.
    posteriors : list of ndarray of shape (n, C_j)
    leakage : {"marginal", "conditional"}
    n_codes, n_init : int
    n_persons : int, optional
    hard : bool, default=True
    seed : int, default=0
        As in :func:`~sklearn_infoshape.codes.partition.solve_partition`.

    Returns
    -------
    list of LinearPartition or AtomTable
        One for each problem.
    """
    weights = [_weights(labels, leakage) for labels in problems]
    climbed = [_weights(labels, leakage, _LEAST_PRICE) for labels in problems]
    solver = {
        "climbed": climbed,
        "n_persons": n_persons,
        "n_codes": n_codes,
        "n_init": n_init,
        "hard": hard,
        "seed": seed,
    }
    if leakage == "marginal":
        return solve_partition(posteriors, weights, **solver)
    task = _task_of_products(problems[0], posteriors)
    n_classes = task.shape[1]
    return [
        _on_products(partition, n_classes, [p.shape[1] for p in posteriors])
        for partition in solve_partition([task, *posteriors], weights, **solver)
    ]


def code_lagrangian(Z, labels, posteriors, leakage):
    """The Lagrangian of released codes, in nats, by what stage one says of the rows.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    labels : Labels
    posteriors : list of ndarray of shape (n, C_j)
    leakage : {"marginal", "conditional"}

    Returns
    -------
    float
        0 for one code.
    """
    if leakage == "conditional":
        posteriors = [_task_of_products(labels, posteriors), *posteriors]
    masses = Z.T @ np.hstack(posteriors) / len(Z)
    widths = [posterior.shape[1] for posterior in posteriors]
    return float(lagrangian_of_masses(masses, widths, np.array(_weights(labels, leakage))))


def _task_of_products(labels, posteriors):
    widths = [column.n_classes for column in labels.columns]
    return column_posteriors(posteriors, widths, "conditional")[0]


def _weights(labels, leakage, least_price=0.0):
    """The weight of each label that stage two sees; no s is cheaper than the least price."""
    weights = np.array([term.weight for term in labels.terms])
    n_tasks = len(labels.tasks)
    least = least_price * weights[:n_tasks].sum()
    weights[n_tasks:] = np.minimum(weights[n_tasks:], -least)
    if leakage == "conditional":
        weights[0] -= weights[1:].sum()
    return weights


def _on_products(partition, n_classes, widths):
    """Carry the scores of y over to the product labels, of which y is a sum."""
    if isinstance(partition, AtomTable):  # which products an atom has, fixes what it says of y
        return replace(partition, atoms=partition.atoms[:, n_classes:])
    task, products = partition.coef[:, :n_classes], partition.coef[:, n_classes:].copy()
    start = 0
    for width in widths:
        share = np.repeat(task, width // n_classes, axis=1) / len(widths)
        products[:, start : start + width] += share
        start += width
    return LinearPartition(products, partition.intercept, partition.lagrangian)
