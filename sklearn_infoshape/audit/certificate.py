"""Certificates: what nobody who sees one code of a fresh row can exceed."""

from dataclasses import dataclass, field, fields

import numpy as np

from sklearn_infoshape.audit.table_limits import balanced_accuracy_limit, table_limits
from sklearn_infoshape.audit.worst_codes import (
    CodeLimits,
    code_limits,
    shifted_records,
    worst_limits,
)
from sklearn_infoshape.reports.wording import limit_words

__all__ = ["FEWEST_ROWS", "LeakageCertificate", "certify_counts"]

FEWEST_ROWS = 100

PROMISE = (
    "No attacker who sees one code of a fresh row, with no side information on the row, exceeds "
    "this with confidence {confidence:g}; a population average, not per person or code; the code "
    "fixed before the rows were seen. A release key that came from random_state is no secret: "
    "whoever knows that number and the fitted rows knows every draw and fold."
)

_MEANINGS = {
    "bits": "bits of s in a code, on average (mutual information)",
    "advantage": "share of right guesses of s beyond always guessing its most frequent class",
    "parity_gap": "gap between classes of s in the share that a rule on codes accepts (parity gap)",
    "maximal_leakage_bits": "log2 of how many times as often any guess about s is right "
    "(maximal leakage)",
    "min_entropy_leakage_bits": "the same of guesses of s itself (min-entropy leakage)",
    "pointwise_bits": "log2 of how many times as likely one code makes a class (pointwise leakage)",
    "posterior_shift": "distance of one code's p(s | code) from p(s), 0 to 1 (total variation)",
    "likelihood_ratio": "times as likely is one code with a class of s as with another "
    "(likelihood ratio)",
}


@dataclass(frozen=True)
class LeakageCertificate:
    """Upper limits of what a finite code tells of a sensitive attribute: at most so much.

    Each figure holds with the confidence by itself; several of them together with an error
    probability of at most as many times 1 - confidence.

    Attributes
    ----------
    accuracy : float
        Of the best guess of s from the code, in [0, 1].
    balanced_accuracy : float
        Its average over classes, in [0, 1].
    advantage : float
        Accuracy beyond that of the best constant guess, in [0, 1].
    bits : float
        Mutual information of code and s, in bits.
    maximal_leakage_bits : float
        Maximal leakage [1]_, ``log2 of the sum over codes of max p(code | s)``: whatever an
        attacker wants to know of s, and whatever the shares of its classes, the code makes his
        best guess right at most ``2 ** maximal_leakage_bits`` times as often (the multiplicative
        Bayes capacity [2]_).
    min_entropy_leakage_bits : float
        The same of guessing s itself, with its classes' shares as they are.
    parity_gap : float
        Between two classes of s, in the share of rows that any rule on the code accepts
        (demographic parity; total variation of the codes), in [0, 1].
    likelihood_ratio : float
        The greatest ``p(code | s) / p(code | s')``, of any code that occurs in the rows and two
        classes: exp of the epsilon of local differential privacy in s. Infinite where rows are
        too few for a limit.
    per_code : CodeLimits
        What each code says of s, with limits that hold together.
    confidence : float
    n_rows, n_codes, n_classes : int
        Rows (or groups), codes that occur in them, and classes of s.
    n_unseen : int
        Declared classes that no row shows.
    shifted : tuple of (float, float, float)
        Shifts of p(s) by a code (total variation), for each the share of rows whose code shifts
        it by more, as observed and at most.
    n_missing : int
        Rows (or groups) whose s is missing; the figures are of the others.
    all_rows : LeakageCertificate or None
        The figures of all rows, whatever s is where it is missing; None where it is nowhere.

    References
    ----------
    .. [1] I. Issa, A. Wagner and S. Kamath, "An operational approach to information leakage",
       IEEE Transactions on Information Theory 66, 2020.
    .. [2] Mário Alvim et al., "The science of quantitative information flow", 2020.
    """

    accuracy: float
    balanced_accuracy: float
    advantage: float
    bits: float
    maximal_leakage_bits: float
    min_entropy_leakage_bits: float
    parity_gap: float
    likelihood_ratio: float
    per_code: CodeLimits = field(compare=False)
    confidence: float
    n_rows: int
    n_codes: int
    n_classes: int
    n_unseen: int = 0
    shifted: tuple = field(default=(), compare=False)
    n_missing: int = field(default=0, compare=False)
    all_rows: "LeakageCertificate | None" = field(default=None, compare=False)

    @property
    def posterior_shift(self):
        """At most, total variation between p(s | code) and p(s) of the code that says most."""
        return float(self.per_code.total_variation_high.max())

    @property
    def promise(self):
        """What the certificate says, in words."""
        words = PROMISE.format(confidence=self.confidence)
        if self.n_unseen:
            words += f" {self.n_unseen} of the classes have no row here."
        if self.all_rows is not None:
            own = self.all_rows
            words += (
                f" It is of rows whose s is known: of all rows, {self.n_missing / own.n_rows:.1%} "
                f"have none, and whatever it is there, at most {own.bits:.3f} bits, accuracy "
                f"{own.accuracy:.3f}, balanced accuracy {own.balanced_accuracy:.3f}, advantage "
                f"{own.advantage:.3f}."
            )
        return words

    def to_dict(self):
        """The figures, and what they promise, as plain Python values.

        Returns
        -------
        dict
        """
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        own["per_code"] = self.per_code.to_dict()
        own["shifted"] = [
            {"more_than": shift, "share": share, "at_most": most}
            for shift, share, most in self.shifted
        ]
        own["all_rows"] = None if self.all_rows is None else self.all_rows.to_dict()
        return {**own, "promise": self.promise}

    def to_lines(self):
        """Every figure with what it means, a line each.

        Returns
        -------
        list of str
        """
        return [f"{limit_words(value):>8}  {words}" for value, words in self.figures()]

    def figures(self):
        """Every figure and what it means.

        Returns
        -------
        list of (float, str)
        """
        own = {**vars(self), "posterior_shift": self.posterior_shift}
        own["pointwise_bits"] = float(self.per_code.pointwise_bits_high.max())
        return [(own[name], words) for name, words in _MEANINGS.items()]

    def __str__(self):
        return (
            f"at most {self.bits:.3f} bits, accuracy {self.accuracy:.3f}, balanced accuracy "
            f"{self.balanced_accuracy:.3f}, advantage {self.advantage:.3f}\n"
            f"({self.n_rows} rows, {self.n_codes} codes, {self.n_classes} classes)\n{self.promise}"
            "\nAt most:\n" + "\n".join(self.to_lines())
        )


def certify_counts(counts, confidence=0.95, most_codes=None, missing=None):
    """The certificate of a table of counts; see :func:`certify_leakage`.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
        Rows of each code and class. A class without rows gets what its count allows: a recall
        of 1, and no more rows than n can overlook.
    confidence : float, default=0.95
    most_codes : int or None, default=None
        How many codes there can be, where that is known.
    missing : ndarray of shape (K,) or None, default=None
        Rows of each code whose class is missing; the limits hold whatever it is.

    Returns
    -------
    LeakageCertificate
    """
    missing = np.zeros(len(counts)) if missing is None else missing
    by_class = counts.sum(axis=0)
    error = 1 - confidence
    per_code = code_limits(counts, missing, error)
    return LeakageCertificate(
        **table_limits(counts, missing, error, most_codes),
        **worst_limits(counts, missing, error, balanced_accuracy_limit, most_codes),
        likelihood_ratio=float(per_code.likelihood_ratio_high.max()),
        per_code=per_code,
        confidence=float(confidence),
        n_rows=int(by_class.sum() + missing.sum()),
        n_codes=int((counts.sum(axis=1) + missing > 0).sum()),
        n_classes=len(by_class),
        n_unseen=int((by_class == 0).sum()),
        shifted=shifted_records(counts, missing, error),
        n_missing=int(missing.sum()),
    )
