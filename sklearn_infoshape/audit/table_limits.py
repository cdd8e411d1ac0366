"""Upper limits of what a table of codes and classes tells: the arithmetic of certificates.

:func:`~sklearn_infoshape.certify_leakage` has the reasons. Here is what becomes of rows whose class
is missing, which may be of any class, and of classes that no row shows.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr, rel_entr

from sklearn_infoshape.audit.shares import lower_share, upper_share
from sklearn_infoshape.audit.worst_codes import code_limits, worst_limits
from sklearn_infoshape.information import pointwise_information

__all__ = ["balanced_accuracy_limit", "least_limits", "rows_needed", "table_limits"]

_MOST_ROWS = 10**9
_RAREST = 1e-250
_SHARE_OF_INFORMATION = 0.8  # of the error probability; the rest pays for the class shares
_SHARE_OF_UNKNOWN = 0.1  # for how many rows there are of unseen classes, and of missing ones


def table_limits(counts, missing, error, most_codes=None):
    """Upper limits of what average and guesses tell: accuracy, advantage, bits and so on.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
        Rows of each code and class; a column of zeros is a class that no row shows.
    missing : ndarray of shape (K,)
        Rows of each code whose class is missing. The limits hold whatever it is.
    error : float
        Of each limit.
    most_codes : int or None, default=None
        How many codes there can be, where that is known.

    Returns
    -------
    dict of str to float
    """
    n_missing, by_class = missing.sum(), counts.sum(axis=0)
    n, n_classes = counts.sum() + n_missing, counts.shape[1]
    # Whatever the missing classes are, the best map hits no more of them than there are.
    hits = counts.max(axis=1).sum() + n_missing
    shares = [lower_share(count, n, error / (2 * n_classes)) for count in by_class]
    most = min(n_classes, np.inf if most_codes is None else most_codes)
    bits = _all_information(counts, missing, error, most) / np.log(2)
    right, most_frequent = upper_share(hits, n, error / 2), max(shares)
    return {
        "accuracy": upper_share(hits, n, error),
        "balanced_accuracy": balanced_accuracy_limit(counts, n_missing, error),
        "advantage": float(max(0.0, right - most_frequent)),
        "min_entropy_leakage_bits": _ratio_bits(right, most_frequent, most),
        "bits": float(min(bits, np.log2(most))),
    }


def _ratio_bits(right, most_frequent, most):
    """How many times more often a guess is right, in bits; a class has some share at least."""
    with np.errstate(divide="ignore"):
        return float(np.clip(np.log2(right / most_frequent), 0.0, np.log2(most)))


def least_limits(by_class, error):
    """What no certificate of two codes or more can be below, however little they tell.

    Parameters
    ----------
    by_class : ndarray of shape (C,)
        Rows of each class.
    error : float

    Returns
    -------
    dict of str to float
        As :func:`table_limits` and :func:`~sklearn_infoshape.audit.worst_codes.worst_limits`, of
        two codes that are independent of the class; and "posterior_shift", of a code of all rows
        (codes of fewer rows have wider limits).
    """
    by_class = np.asarray(by_class, dtype=float)
    halves, missing = np.tile(by_class / 2, (2, 1)), np.zeros(2)
    per_code = code_limits(by_class[None], np.zeros(1), error, n_codes=2)
    return {
        **table_limits(halves, missing, error, 2),
        **worst_limits(halves, missing, error, balanced_accuracy_limit, 2),
        "posterior_shift": float(per_code.total_variation_high.max()),
    }


def rows_needed(by_class, error, figure, limit):
    """Rows with these shares of classes from which a certificate can be as low as a limit.

    Parameters
    ----------
    by_class : ndarray of shape (C,)
    error : float
    figure : str
        Of :func:`least_limits`.
    limit : float

    Returns
    -------
    int or None
        None: more than a billion.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.table_limits import least_limits, rows_needed
    >>> needed = rows_needed(np.array([50, 50]), 0.05, "bits", 0.05)
    >>> bool(least_limits(np.array([needed, needed]) / 2, 0.05)["bits"] <= 0.05)
    True
    """
    n = by_class.sum()

    def suffices(rows):
        return least_limits(by_class * (rows / n), error)[figure] <= limit

    few, many = 0, int(n)
    while not suffices(many):
        few, many = many, 2 * many
        if many > _MOST_ROWS:
            return None
    while many - few > max(1, many // 100):  # of such a number two digits are enough
        middle = (few + many) // 2
        few, many = (few, middle) if suffices(middle) else (middle, many)
    return many


def balanced_accuracy_limit(counts, n_missing, error):
    """Upper limit of the best map's balanced accuracy.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
    n_missing : float
        Rows whose class is missing.
    error : float

    Returns
    -------
    float
        In [0, 1].
    """
    by_class = counts.sum(axis=0)
    seen = by_class > 0
    own = by_class[seen]
    # A class may have all rows whose class is missing, and its recall grows with each hit; of a
    # class that no row shows nothing is known.
    recalls = (counts[:, seen] / (own + n_missing)).max(axis=1, initial=0).sum()
    recalls += (n_missing / (own + n_missing)).sum() + (~seen).sum()
    slack = np.sqrt(np.log(1 / error) / 2 * (1 / own).sum())
    return float(min(1.0, (recalls + slack) / len(by_class)))


def _all_information(counts, missing, error, most):
    """Nats, with what missing and unseen classes may add.

    Missing is a class of its own, ``I(Z; s) <= I(Z; s or missing) + P(missing) ln C``; unseen
    classes are taken for a seen one, which costs ``h(p) + p ln(their number)`` at most.
    """
    n, seen = counts.sum() + missing.sum(), counts.sum(axis=0) > 0
    table, added = counts[:, seen], 0.0
    unknown = _SHARE_OF_UNKNOWN * error
    if missing.any():
        table = np.column_stack([table, missing])
        added += upper_share(missing.sum(), n, unknown) * np.log(most)
        error -= unknown
    if not seen.all():
        rare = min(0.5, 1 - unknown ** (1 / n))
        added += entr(rare) + entr(1 - rare) + rare * np.log((~seen).sum())
        error -= unknown
    return _information(table, error) + added


def _information(counts, error):
    """Upper limit in nats; infinite where a class may be arbitrarily rare."""
    n, n_classes = counts.sum(), counts.shape[1]
    if n_classes < 2:
        return 0.0
    joint = counts / n
    plugin = (joint * pointwise_information(joint)).sum()
    kappa = (n_classes - 1) * np.log(2 * (n_classes - 1) / ((1 - _SHARE_OF_INFORMATION) * error))
    kappa /= n
    smallest = _smallest_share(joint.sum(axis=0).min(), kappa)
    if smallest <= 0:
        return np.inf
    step = np.log(1 / (_SHARE_OF_INFORMATION * error)) / n
    return _greatest_mean(plugin + kappa, -np.log(smallest), step)


def _greatest_mean(observed, most, step):
    """The greatest mean of a density i with i <= most, E e^-i = 1, given its sample mean.

    The worst law has two values, ``most`` and a low one, the latter with probability q.
    """

    def low_value(q):
        return -np.log((1 - (1 - q) * np.exp(-most)) / q)

    def mean(q):
        return (1 - q) * most + q * low_value(q)

    def excess(q):
        share = (most - observed) / (most - low_value(q))
        return rel_entr(share, q) + rel_entr(1 - share, 1 - q) - step

    if observed >= most:
        return most
    at_observed = brentq(lambda q: mean(q) - observed, _RAREST, 1.0) if observed > 0 else 1.0
    if excess(_RAREST) <= 0:
        return most
    return float(mean(brentq(excess, _RAREST, at_observed)))


def _smallest_share(share, kappa):
    """The least p with binary relative entropy kl(share, p) at most kappa."""
    if share <= 0:
        return 0.0

    def excess(p):
        return rel_entr(share, p) + rel_entr(1 - share, 1 - p) - kappa

    # Here share·ln(share/p) alone exceeds kappa by more than the other term can take away.
    low = share * np.exp(-(kappa + np.log(2)) / share)
    if low <= 0 or excess(low) <= 0:
        return 0.0
    return float(brentq(excess, low, share, xtol=1e-15))
