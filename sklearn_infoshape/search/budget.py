"""Which multiplier of a path keeps within a budget: the choice, and what is said without one."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from sklearn_infoshape.data.terms import one_each
from sklearn_infoshape.exceptions import InfeasibleBudgetError, UnresolvedBudgetWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["Budget", "read_budget"]


@dataclass(frozen=True)
class Budget:
    """What a release may leak, and what it has to keep.

    Attributes
    ----------
    max_leakage : ndarray of shape (d,) or None
        Of each sensitive column, in ``unit``.
    min_utility : float or None
        Bits.
    unit : str
    """

    max_leakage: np.ndarray | None
    min_utility: float | None
    unit: str

    def within(self, leakage, error):
        """Which candidates are judged to leak no more than allowed.

        Parameters
        ----------
        leakage, error : ndarray of shape (m, d)
            Means and standard errors (zeros: no margin is kept).

        Returns
        -------
        inside, resolved : ndarray of shape (m,), dtype bool
            ``resolved`` where mean plus error keeps within the budget. A budget below two
            standard errors cannot be told from nothing with a margin: there, a mean of at
            most one error, and of at most the budget, is inside, too.
        """
        if self.max_leakage is None:
            everything = np.ones(len(leakage), dtype=bool)
            return everything, everything
        resolved = (leakage + error <= self.max_leakage).all(axis=1)
        lenient = np.maximum(self.max_leakage - error, np.minimum(error, self.max_leakage))
        return (leakage <= lenient).all(axis=1), resolved

    def choose(self, utility, utility_error, leakage, leakage_error, admitted=None):
        """The candidate with most utility within the leakage, or with least leakage.

        Parameters
        ----------
        utility, utility_error : ndarray of shape (m,)
        leakage, leakage_error : ndarray of shape (m, d)
        admitted : ndarray of shape (m,), dtype bool, optional
            Candidates that may be chosen at all.

        Returns
        -------
        int or None
            None where no candidate keeps within the budget.
        """
        inside, resolved = self.within(leakage, leakage_error)
        # What could not be judged is never chosen.
        inside = inside & np.isfinite(utility) & np.isfinite(leakage).all(axis=1)
        if admitted is not None:
            inside = inside & admitted
        if self.min_utility is not None:
            inside = inside & (utility - utility_error >= self.min_utility)
        if not inside.any():
            return None
        value = (
            utility
            if self.min_utility is None or self.max_leakage is not None
            else -leakage.sum(axis=1)
        )
        best = int(np.flatnonzero(inside)[np.argmax(value[inside])])
        if not resolved[best]:
            warn(
                f"max_leakage={_text(self.max_leakage)} ({self.unit}) is less than what these rows "
                f"can tell from nothing (standard error {_text(leakage_error[best])}): the chosen "
                "release is within the budget as far as can be seen, without a margin. More rows "
                "would tell.",
                UnresolvedBudgetWarning,
            )
        return best

    @property
    def is_zero(self):
        """Whether nothing at all of some column may leak."""
        return self.max_leakage is not None and bool((self.max_leakage == 0).any())

    def refuse(self, utility, leakage, names, floor, how):
        """Raise what there is to say where no candidate is within the budget.

        Parameters
        ----------
        utility : ndarray of shape (m,)
        leakage : ndarray of shape (m, d)
            Both with their margins.
        names : list of str
            Of the sensitive columns.
        floor : ndarray of shape (d,)
            Label floor in bits.
        how : str
            How candidates were judged.

        Raises
        ------
        InfeasibleBudgetError
        """
        judged = np.isfinite(leakage).all(axis=1)
        asked, smallest = [], leakage[judged].min(axis=0, initial=np.inf)
        greatest = utility[np.isfinite(utility)].max(initial=0.0)
        if self.max_leakage is not None:
            asked.append(f"max_leakage={_text(self.max_leakage)} ({self.unit})")
        if self.min_utility is not None:
            asked.append(f"min_utility={self.min_utility:g} bits")
        reached = ", ".join(
            f"{name} {value:.4g}" for name, value in zip(names, smallest, strict=True)
        )
        message = (
            f"No release is within {' and '.join(asked)} ({how}). Smallest leakage reached "
            f"({self.unit}): {reached or 'none, as there is no s'}; greatest utility: "
            f"{greatest:.4g} bits. y itself holds {_text(floor)} bits of s (the label floor: "
            "what a release that keeps all of y leaks). Allow more leakage or ask for less "
            "utility, give larger privacy_multipliers, or fit on more rows."
        )
        raise InfeasibleBudgetError(message, smallest, float(greatest), floor)


def read_budget(max_leakage, min_utility, unit, n_sensitive):
    """Check a budget.

    Parameters
    ----------
    max_leakage : float, sequence of float, or None
    min_utility : float or None
    unit : str
    n_sensitive : int

    Returns
    -------
    Budget

    Raises
    ------
    ValueError
        If there is s but no budget, or not a number from 0 up for each sensitive column.
    """
    if max_leakage is None and min_utility is None and n_sensitive:
        raise ValueError(
            "Without max_leakage and min_utility there is nothing to choose by: give "
            "max_leakage=0.05, say, in bits; or a multiplier to InfoShapeTransformer."
        )
    limits = None
    if max_leakage is not None and n_sensitive:
        each = one_each(max_leakage, n_sensitive, "max_leakage")
        if any(not (isinstance(v, Real) and 0 <= float(v) < np.inf) for v in each):
            raise ValueError(
                f"max_leakage={max_leakage!r}: give a number from 0 up, for all sensitive columns "
                "or for each."
            )
        limits = np.array(each, dtype=np.float64)
    return Budget(limits, min_utility, unit)


def _text(values):
    return ", ".join(f"{value:.4g}" for value in np.atleast_1d(values)) or "no"
