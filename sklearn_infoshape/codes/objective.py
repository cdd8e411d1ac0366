"""What a finite code is made to hide: I(Z; s), or what it says of s beyond y, I(Z; s | y).

Both are sums of information of one code with labels. With the product label (y, s),

    I(Z; s | y) = I(Z; (y, s)) - I(Z; y),

so that the conditional Lagrangian weighs y by its own weight plus all multipliers, and each
product label by minus its multiplier. Stage one then learns y from all rows, and the product
labels from the rows whose s is known; what these say of s given y and the row, times what is
said of y, is a law of the product that gives y's by addition.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.codes.atoms import Table
from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.partition import LinearPartition, solve_partition

__all__ = ["Objective", "Worth", "product_target"]

_LEAST_PRICE = 0.05  # of a bit of s in bits of y, at which codes are found; 0 is reported as 0


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


@dataclass(frozen=True)
class Objective:
    """Which information is priced, and all that follows for stage one and stage two.

    Attributes
    ----------
    leakage : {"marginal", "conditional"}
        Conditional: of one column of y.
    widths : tuple of int
        Classes of each label column: of y, then of s.
    n_tasks : int
        Columns of y.
    """

    leakage: str
    widths: tuple
    n_tasks: int

    @classmethod
    def of(cls, leakage, labels):
        """The objective of a fit; without s, there is nothing to tell apart.

        Parameters
        ----------
        leakage : {"marginal", "conditional"}
            The parameter.
        labels : Labels

        Returns
        -------
        Objective

        Raises
        ------
        ValueError
            If leakage is conditional on several columns of y.
        """
        if not labels.sensitives:
            leakage = "marginal"
        if leakage == "conditional" and len(labels.tasks) != 1:
            raise ValueError(
                "leakage='conditional' is what Z says of s beyond y, for one column of y; there "
                f"are {len(labels.tasks)}. Combine them into one label, or set leakage='marginal'."
            )
        widths = tuple(column.n_classes for column in labels.columns)
        return cls(leakage, widths, len(labels.tasks))

    @property
    def is_conditional(self):
        """Whether what y itself says of s is free."""
        return self.leakage == "conditional"

    def learned(self, targets):
        """The labels that stage one learns: of conditional leakage, y and its products with s.

        Parameters
        ----------
        targets : sequence of ndarray of shape (n, C_j)
            Of y, then of each column of s.

        Returns
        -------
        list of ndarray
        """
        if not self.is_conditional:
            return list(targets)
        return [targets[0], *(product_target(targets[0], other) for other in targets[1:])]

    def given(self, targets):
        """The label beyond which leakage counts; None where all of it counts."""
        return targets[0] if self.is_conditional else None

    def of_columns(self, posteriors):
        """Class probabilities of each label column, from those that stage one learned.

        Parameters
        ----------
        posteriors : list of ndarray of shape (n, C_j)
            Of products of y and s where leakage is conditional.

        Returns
        -------
        list of ndarray of shape (n, widths[j])
        """
        if not self.is_conditional:
            return posteriors
        cubes = [p.reshape(len(p), self.widths[0], -1) for p in posteriors]
        task = np.mean([cube.sum(axis=2) for cube in cubes], axis=0)
        return [task, *(cube.sum(axis=1) for cube in cubes)]

    def solve(
        self,
        problems,
        posteriors,
        *,
        n_codes,
        n_init,
        n_persons=None,
        sample_weight=None,
        holders=None,
        hard=True,
        seed=0,
    ):
        """The best codes for several prices, as functions of what stage one says.

        Where s is free (or nearly so), it is climbed at a small price: among codes that are as
        good as each other, the one that says less of it is taken.

        Parameters
        ----------
        problems : list of Labels
            That differ in the weights of their terms.
        posteriors : list of ndarray of shape (n, C_j)
        n_codes, n_init : int
        n_persons : int, optional
        sample_weight : ndarray of shape (n,), optional
        holders : Holders, optional
        hard : bool, default=True
        seed : int, default=0
            As in :func:`~sklearn_infoshape.codes.partition.solve_partition`.

        Returns
        -------
        list of LinearPartition or Table
            One for each problem.
        """
        solver = {
            "climbed": [self._weights(labels, _LEAST_PRICE) for labels in problems],
            "n_persons": n_persons,
            "sample_weight": sample_weight,
            "holders": holders,
            "n_read": sum(posterior.shape[1] for posterior in posteriors),
            "n_codes": n_codes,
            "n_init": n_init,
            "hard": hard,
            "seed": seed,
        }
        weights = [self._weights(labels) for labels in problems]
        solved = solve_partition(self._of_terms(posteriors), weights, **solver)
        if not self.is_conditional:
            return solved
        widths = [p.shape[1] for p in posteriors]
        return [_on_products(partition, self.widths[0], widths) for partition in solved]

    def worth(self, labels, posteriors, sample_weight=None):
        """What released codes are worth, by what stage one says of the rows.

        Parameters
        ----------
        labels : Labels
        posteriors : list of ndarray of shape (n, C_j)
        sample_weight : ndarray of shape (n,), optional

        Returns
        -------
        Worth
        """
        terms = self._of_terms(posteriors)
        widths = [term.shape[1] for term in terms]
        weights = np.array(self._weights(labels))
        return Worth(terms, widths, weights, sample_weight, self.is_conditional)

    def _of_terms(self, posteriors):
        """What the Lagrangian weighs: the posteriors; of products, after that of y alone."""
        if not self.is_conditional:
            return posteriors
        return [self.of_columns(posteriors)[0], *posteriors]

    def _weights(self, labels, least_price=0.0):
        """The weight of each term that stage two sees; no s is cheaper than the least price."""
        weights = np.array([term.weight for term in labels.terms])
        least = least_price * weights[: self.n_tasks].sum()
        weights[self.n_tasks :] = np.minimum(weights[self.n_tasks :], -least)
        if self.is_conditional:
            weights[0] -= weights[1:].sum()
        return weights


@dataclass(frozen=True)
class Worth:
    """The Lagrangian of released codes, in nats; that of one code for all is 0.

    Attributes
    ----------
    terms : list of ndarray of shape (n, C_j)
        What stage one says of the rows; empty where masses alone are known.
    widths : list of int
        Classes of each term.
    weights : ndarray of shape (J,)
    sample_weight : ndarray of shape (n,) or None
    is_conditional : bool
        Whether the terms are y, and its products with columns of s.
    """

    terms: list
    widths: list
    weights: np.ndarray
    sample_weight: np.ndarray | None = None
    is_conditional: bool = False

    def masses(self, Z):
        """Masses of code and class, shape (K, D), of one-hot codes of shape (n, K)."""
        if self.sample_weight is None:
            return Z.T @ np.hstack(self.terms) / len(Z)
        return (Z.T * self.sample_weight) @ np.hstack(self.terms) / self.sample_weight.sum()

    def of_masses(self, masses):
        """The Lagrangian from masses of shape (..., K, D), shape (...)."""
        return lagrangian_of_masses(masses, self.widths, self.weights)

    def __call__(self, Z):
        """The Lagrangian of one-hot codes of shape (n, K), as a float."""
        return float(self.of_masses(self.masses(Z)))

    def hidden_bits(self, Z, n):
        """What fresh rows show of each column beyond these rows, for which the codes were chosen.

        Stage two makes the mean m of each class's posterior in a code what it wants in these rows;
        in fresh ones it varies by chance. With V the variance of the posterior within a code, that
        adds ``B = sum V / m / 2n`` nats to their information. And the bias that is taken from bits
        of observed labels counts a label's whole variance, m (1 - m), of which V is no chance here:
        another B.

        Parameters
        ----------
        Z : ndarray of shape (n, K)
            One-hot.
        n : float
            Persons, in effect.

        Returns
        -------
        ndarray of shape (J,)
            Bits of y, then of each column of s (given y, where that is the objective): 2 B.
        """
        share = np.ones(len(Z)) if self.sample_weight is None else self.sample_weight
        by_code = (Z.T * share) / share.sum()
        found = np.array([_spread(by_code, term) for term in self.terms]) / (n * np.log(2))
        if self.is_conditional:
            found[1:] -= found[0]
        return found


def _spread(by_code, posterior):
    """The sum of V / m over codes and classes, less that of all rows as one code."""

    def summed(masses, squares):
        size = np.maximum(masses.sum(axis=1, keepdims=True), 1e-300)
        mean = masses / size
        return ((squares / size - mean**2).clip(0) / np.maximum(mean, 1e-12)).sum()

    of_codes = by_code @ posterior, by_code @ posterior**2
    return summed(*of_codes) - summed(*(part.sum(axis=0, keepdims=True) for part in of_codes))


def _on_products(partition, n_classes, widths):
    """Carry the scores of y over to the product labels, of which y is a sum."""
    if isinstance(partition, Table):
        return partition.read_last(sum(widths))
    task, products = partition.coef[:, :n_classes], partition.coef[:, n_classes:].copy()
    start = 0
    for width in widths:
        share = np.repeat(task, width // n_classes, axis=1) / len(widths)
        products[:, start : start + width] += share
        start += width
    return LinearPartition(products, partition.intercept, partition.lagrangian)
