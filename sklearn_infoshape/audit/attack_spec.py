"""What attackers are to find, what they found, and the terms that hold for all of them."""

from dataclasses import dataclass, field, replace

import numpy as np

from sklearn_infoshape.audit.intervals import Figure
from sklearn_infoshape.audit.permutation import Null
from sklearn_infoshape.audit.settings import AuditSettings
from sklearn_infoshape.audit.splits import Parts
from sklearn_infoshape.audit.targets import Target

__all__ = ["AttackResult", "AttackSpec", "Terms", "with_marginals"]


@dataclass(frozen=True)
class AttackSpec:
    """What is attacked: what do attackers recover of a target from a table of rows.

    Attributes
    ----------
    role : str
        "sensitive", "joint", "scan", "given y", "raw", "label score", "utility", "raw utility",
        "known", "known and release" or "subgroup".
    Z : ndarray of shape (n, k)
    target : Target
        Of the same rows.
    classifiers, regressors : dict of str to estimator
    strata : ndarray of shape (n,) or None
        What is known beforehand (y, for leakage beyond y), as whole numbers; None: nothing.
    n_permutations : int
        0: no null.
    confidence : float or None
        Of its intervals, where those of several are to hold together; None: that of the terms.
    given : AttackSpec or None
        The attack with what is known alone, which this one is compared with; it comes just
        before, and its columns are the first of Z.
    drawn : ndarray of shape (m, n_fresh, k) or None
        Releases in place of calibration and test rows' own, drawn given what is known of them.
    place : ndarray of shape (n,) or None
        Where among these a row's are.
    exchange : ndarray of shape (n,) or None
        Within which rows labels may be exchanged under the null; None: there is none.
    """

    role: str
    Z: np.ndarray
    target: Target
    classifiers: dict
    regressors: dict
    strata: np.ndarray | None = None
    n_permutations: int = 0
    confidence: float | None = None
    given: "AttackSpec | None" = None
    drawn: np.ndarray | None = None
    place: np.ndarray | None = None
    exchange: np.ndarray | None = None


@dataclass(frozen=True)
class AttackResult:
    """What attackers recovered.

    Attributes
    ----------
    role, name : str
        Of the spec, and of its target; "beyond known" is the difference of two.
    figures : dict of str to dict of str to Figure
        For each attacker and figure, on test rows.
    best : dict of str to str
        For each figure the attacker that was best on the calibration rows.
    null : Null or None
    entropy : float
        Bits of the target in the test rows (given the strata, where there are any).
    calibration_bits : float
        Of the best attacker, on calibration rows; for choices that must not see the test.
    n_classes, n_test, n_groups : int
        Test rows, and the groups that they belong to.
    alarm_class : int or None
        The class, in sorted order, of which "tpr_at_1_fpr" speaks; it was chosen on calibration
        rows. None where they are too few for a threshold.
    failed : dict of str to str
        Attackers that could not be trained, and the kind of error.
    """

    role: str
    name: str
    figures: dict[str, dict[str, Figure]]
    best: dict[str, str]
    null: Null | None
    entropy: float
    calibration_bits: float
    n_classes: int
    n_test: int
    n_groups: int
    alarm_class: int | None = None
    failed: dict = field(default_factory=dict)

    def chosen(self, figure):
        """A figure of the attacker that the calibration rows chose for it.

        Parameters
        ----------
        figure : str
            As in ``figures``: "bits", "accuracy" and so on.

        Returns
        -------
        Figure or None
            None if it is missing.
        """
        name = self.best.get(figure)
        return None if name is None else self.figures[name][figure]

    @property
    def bits(self):
        """Bits recovered by the best attacker."""
        return self.chosen("bits")

    @property
    def base_rate(self):
        """How often the most frequent class is right on test rows; None where nobody guessed."""
        for own in self.figures.values():
            if "accuracy" in own and "advantage" in own:
                return min(1.0, max(0.0, own["accuracy"].value - own["advantage"].value))
        return None


@dataclass(frozen=True)
class Terms:
    """What holds for all attacks.

    Attributes
    ----------
    parts : Parts
    groups : ndarray of shape (n,) or None
    settings : AuditSettings
    """

    parts: Parts
    groups: np.ndarray | None
    settings: AuditSettings = field(default_factory=AuditSettings)


def with_marginals(results):
    """What is known of one attribute is known of several: the joint result counts it.

    Parameters
    ----------
    results : list of AttackResult
        Whose limits hold together.

    Returns
    -------
    list of AttackResult
        Where the lower limit of one attribute's bits is above that of the joint result, the
        latter gets it, as of an attacker on that attribute alone.
    """
    single = [result for result in results if result.role == "sensitive"]
    counted = []
    for result in results:
        if result.role == "joint" and single:
            most = max(single, key=lambda own: own.bits.low)
            if most.bits.low > result.bits.low:
                name = f"{most.name} alone"
                result = replace(
                    result,
                    figures={**result.figures, name: {"bits": most.bits}},
                    best={**result.best, "bits": name},
                    calibration_bits=max(result.calibration_bits, most.calibration_bits),
                )
        counted.append(result)
    return counted
