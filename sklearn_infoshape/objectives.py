"""What a finite code is made to hide: I(Z; s), or what it says of s beyond y, I(Z; s | y).

Both are sums of information of one code with labels. With the product label (y, s),

    I(Z; s | y) = I(Z; (y, s)) - I(Z; y),

so that the conditional Lagrangian weighs y by its own weight plus all multipliers, and each
product label by minus its multiplier. Stage one then learns the product labels, whose law
gives that of y by addition.
"""

from dataclasses import replace

import numpy as np

from sklearn_infoshape.shaping.atoms import AtomTable
from sklearn_infoshape.shaping.partition import LinearPartition, solve_partition

__all__ = ["column_posteriors", "learned_targets", "product_target", "solve_codes"]


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
    >>> from sklearn_infoshape.objectives import product_target
    >>> product_target(np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([[0., 1., 0., 0.],
           [0., 0., 1., 0.]])
    """
    return np.einsum("ic,id->icd", first, second).reshape(len(first), -1)


def learned_targets(targets, leakage):
    """The labels that stage one learns.

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
    return [product_target(targets[0], sensitive) for sensitive in targets[1:]]


def column_posteriors(posteriors, widths, leakage):
    """Class probabilities of each label column, from those that stage one learned.

    Parameters
    ----------
    posteriors : list of ndarray of shape (n, C_j)
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


def solve_codes(problems, posteriors, *, leakage, n_codes, n_init, hard=True, seed=0):
    """The best codes for several prices, as linear functions of what stage one learned.

    Parameters
    ----------
    problems : list of Labels
        That differ in the weights of their terms.
    posteriors : list of ndarray of shape (n, C_j)
    leakage : {"marginal", "conditional"}
    n_codes, n_init : int
    hard : bool, default=True
    seed : int, default=0
        As in :func:`~sklearn_infoshape.shaping.partition.solve_partition`.

    Returns
    -------
    list of LinearPartition or AtomTable
        One for each problem.
    """
    weights = [_weights(labels, leakage) for labels in problems]
    solver = {"n_codes": n_codes, "n_init": n_init, "hard": hard, "seed": seed}
    if leakage == "marginal":
        return solve_partition(posteriors, weights, **solver)
    n_classes = problems[0].columns[0].n_classes
    widths = [column.n_classes for column in problems[0].columns]
    task = column_posteriors(posteriors, widths, leakage)[0]
    return [
        _on_products(partition, n_classes, [p.shape[1] for p in posteriors])
        for partition in solve_partition([task, *posteriors], weights, **solver)
    ]


def _weights(labels, leakage):
    weights = [term.weight for term in labels.terms]
    if leakage == "conditional":
        weights[0] -= sum(weights[1:])
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
