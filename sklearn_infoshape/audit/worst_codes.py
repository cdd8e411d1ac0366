"""Beyond the average: what the single code that tells most says of a class, with upper limits.

Each limit is of one of two kinds. Of a rule that is fixed, though unknown (the best map from codes
to classes, the best set of codes), the hits in a table are no more than those of the table's own
best rule, so that the limit for one rule holds for the best. Of single cells there are as many
Clopper-Pearson limits as cells, each with its share of the error probability.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sklearn_infoshape._optional import needed
from sklearn_infoshape.audit.shares import lower_share, upper_share

__all__ = ["SHIFTS", "CodeLimits", "code_limits", "shifted_records", "worst_limits"]

SHIFTS = (0.05, 0.1, 0.2, 0.3)  # of p(s), for which records are counted

_MOST_COMPARED = 64  # classes whose pairs are looked at one by one


@dataclass(frozen=True, eq=False, repr=False)
class CodeLimits:
    """What each code says of a sensitive attribute, one entry a code that occurs in the rows.

    All limits hold together, with the certificate's confidence.

    Attributes
    ----------
    codes : ndarray of shape (K,), dtype int
        Their numbers.
    n_rows : ndarray of shape (K,), dtype int
        Rows (or groups) with the code; the smallest is the k of k-anonymity.
    n_classes : ndarray of shape (K,), dtype int
        Classes among them; the smallest is the l of (distinct) l-diversity.
    posterior, posterior_low, posterior_high : ndarray of shape (K, C)
        p(s | code): shares in the rows, and limits.
    pointwise_bits, pointwise_bits_high : ndarray of shape (K,)
        Pointwise maximal leakage [1]_, ``max over s of log2 p(s | code)/p(s)``, in bits: as
        the shares have it, and at most. Infinite where a class may be arbitrarily rare.
    total_variation, total_variation_high : ndarray of shape (K,)
        Between p(s | code) and p(s), in [0, 1]; the greatest is the t of t-closeness.
    likelihood_ratio_high : ndarray of shape (K,)
        At most, ``p(code | s) / p(code | s')`` of two classes. Infinite where a class may never
        have the code, or may be arbitrarily rare.

    Notes
    -----
    Where the channel p(code | s) is known, and the law of s alone is estimated, [2]_ bounds
    pointwise leakage by a ball around the observed law. Here both are estimated from rows, so
    that each cell has limits of its own.

    References
    ----------
    .. [1] S. Saeidian, G. Cervia, T. Oechtering and M. Skoglund, "Pointwise maximal leakage",
       IEEE Transactions on Information Theory 69, 2023.
    .. [2] "Privacy mechanism design based on empirical distributions", arXiv 2509.22428, 2025.
    """

    codes: np.ndarray
    n_rows: np.ndarray
    n_classes: np.ndarray
    posterior: np.ndarray
    posterior_low: np.ndarray
    posterior_high: np.ndarray
    pointwise_bits: np.ndarray
    pointwise_bits_high: np.ndarray
    total_variation: np.ndarray
    total_variation_high: np.ndarray
    likelihood_ratio_high: np.ndarray

    def __len__(self):
        return len(self.codes)

    def __repr__(self):
        return (
            f"<CodeLimits of {len(self)} codes: at least {self.n_rows.min()} rows each, pointwise "
            f"leakage at most {self.pointwise_bits_high.max():.3f} bits>"
        )

    def to_dict(self):
        """Lists of plain Python values, by the names of the attributes.

        Returns
        -------
        dict of str to list
        """
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    def to_frame(self):
        """A row a code.

        Returns
        -------
        pandas.DataFrame
            Of posteriors "p(s=c)", "... low" and "... high" for each class, by number.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = needed("pandas", "to_frame")
        columns: dict = {}
        for name, values in vars(self).items():
            if values.ndim == 1:
                columns[name] = values
                continue
            end = name.removeprefix("posterior").replace("_", " ")
            columns |= {f"p(s={c}){end}": values[:, c] for c in range(values.shape[1])}
        return pd.DataFrame(columns).set_index("codes").rename_axis("code")


def code_limits(counts, missing, error, *, by_class=None, n_codes=None):
    """Limits of each code that occurs, which hold together.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
        Rows of each code and class.
    missing : ndarray of shape (K,)
        Rows of each code whose class is missing; the limits hold whatever it is.
    error : float
        That one of them fails.
    by_class : ndarray of shape (C,), optional
        Rows of each class, where ``counts`` are not all rows, or have some several times.
    n_codes : int, optional
        Among how many codes the error is shared; None: those that occur.

    Returns
    -------
    CodeLimits
    """
    occurs = counts.sum(axis=1) + missing > 0
    counts, missing = counts[occurs], missing[occurs]
    n_classes = counts.shape[1]
    n_codes = len(counts) if n_codes is None else n_codes
    by_class = counts.sum(axis=0) if by_class is None else by_class
    n = by_class.sum() + missing.sum()
    by_code = counts.sum(axis=1) + missing
    each = error / 3  # posteriors, shares of classes, distances
    of_code, cells = by_code[:, None], 2 * n_codes * n_classes
    low = lower_share(counts, of_code, each / cells)
    high = upper_share(counts + missing[:, None], of_code, each / cells)
    rarest = lower_share(by_class, n, each / (2 * n_classes))
    most_frequent = upper_share(by_class + missing.sum(), n, each / (2 * n_classes))
    known = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    posterior, shares = counts / known, by_class / max(by_class.sum(), 1)
    distance = np.maximum(posterior - shares, 0).sum(axis=1)
    # What the missing may add to a share; and Hoeffding's reach, of the code's rows and of all.
    reach = np.sqrt(np.log(2 * n_codes / each) / 2) * (1 / np.sqrt(by_code) + 1 / np.sqrt(n))
    reach += missing / by_code + missing.sum() / n
    furthest = distance + reach
    if n_classes <= 3:  # each event is a class or its complement: the limits of shares hold, too
        own = np.maximum(high - rarest, most_frequent - low).max(axis=1)
        furthest = np.minimum(furthest, np.maximum(own, distance))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(posterior > 0, posterior / shares, 0.0).max(axis=1)
        most = (high / rarest).max(axis=1)
        bits, bits_high = np.log2(found), np.log2(most)
    return CodeLimits(
        codes=np.flatnonzero(occurs),
        n_rows=by_code.astype(int),
        n_classes=(counts > 0).sum(axis=1),
        posterior=posterior,
        posterior_low=low,
        posterior_high=high,
        pointwise_bits=np.maximum(bits, 0.0),
        pointwise_bits_high=bits_high,
        total_variation=distance,
        total_variation_high=np.minimum(furthest, 1.0),
        likelihood_ratio_high=_likelihood_ratios(low, high, rarest, most_frequent),
    )


def shifted_records(counts, missing, error):
    """How many records have a code that shifts p(s) by more than so much, for each of ``SHIFTS``.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
    missing : ndarray of shape (K,)
        As of :func:`code_limits`.
    error : float
        That one of the upper limits fails.

    Returns
    -------
    tuple of (float, float, float)
        Shift in total variation; share of the records whose code exceeds it as observed; and at
        most. The codes that exceed it are fixed, though unknown: with half of the error all of
        them are among those whose limits do, and a share of these records bounds theirs.
    """
    own = code_limits(counts, missing, error / 2)
    n, each = own.n_rows.sum(), error / (2 * len(SHIFTS))
    return tuple(
        (
            shift,
            float(own.n_rows[own.total_variation > shift].sum() / n),
            upper_share(own.n_rows[own.total_variation_high > shift].sum(), n, each),
        )
        for shift in SHIFTS
    )


def worst_limits(counts, missing, error, balanced_accuracy, most_codes=None):
    """Upper limits of what any rule, or the worst code, makes of a code; each by itself.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
    missing : ndarray of shape (K,)
        As of :func:`code_limits`.
    error : float
        Of each limit.
    balanced_accuracy : callable
        From counts of shape (K, c), the number of missing rows and an error probability to the
        limit of the best map's balanced accuracy.
    most_codes : int or None, default=None
        How many codes there can be, where that is known.

    Returns
    -------
    dict of str to float
        "maximal_leakage_bits" and "parity_gap".
    """
    n_classes = counts.shape[1]
    recalls = n_classes * balanced_accuracy(counts, missing.sum(), error)
    most = min(n_classes, np.inf if most_codes is None else most_codes)
    return {
        "maximal_leakage_bits": float(np.log2(np.clip(recalls, 1.0, most))),
        "parity_gap": _parity_gap(counts, missing.sum(), error, balanced_accuracy),
    }


def _parity_gap(counts, n_missing, error, balanced_accuracy):
    """Total variation between codes of two classes, the greatest of all pairs."""
    n_classes = counts.shape[1]
    if n_classes > _MOST_COMPARED:
        return 1.0
    pairs = list(combinations(range(n_classes), 2))
    found = [
        2 * balanced_accuracy(counts[:, pair], n_missing, error / len(pairs)) - 1 for pair in pairs
    ]
    return float(max(found, default=0.0))


def _likelihood_ratios(low, high, shares_low, shares_high):
    """max of p(z | s) / p(z | s') for each code, by what codes say of s and how frequent it is."""
    n_classes = low.shape[1]
    found = np.ones(len(low))
    for c in range(n_classes):
        for rival in set(range(n_classes)) - {c}:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = high[:, c] / low[:, rival] * shares_high[rival] / shares_low[c]
            found = np.fmax(found, ratio)
    return found
