"""Certificates: what nobody who sees one code of a fresh row can exceed."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import rel_entr
from scipy.stats import beta

from sklearn_infoshape.audit.codes import as_codes
from sklearn_infoshape.information.labels import is_missing, label_columns

__all__ = ["FEWEST_ROWS", "LeakageCertificate", "certify_counts", "certify_leakage"]

FEWEST_ROWS = 100
_RAREST = 1e-250
_SHARE_OF_INFORMATION = 0.8  # of the error probability; the rest pays for the class shares

PROMISE = (
    "No attacker who sees one code of a fresh row, with no side information on x, exceeds this "
    "with confidence {confidence:g}; a population average, not per person or code; the code fixed "
    "before the rows were seen. A release key that came from random_state is no secret: whoever "
    "knows that number and the fitted rows knows every draw and fold."
)


@dataclass(frozen=True)
class LeakageCertificate:
    """Upper limits of what a finite code tells of a sensitive attribute: at most so much.

    Each figure holds with the confidence by itself; all four together hold with an error
    probability of at most four times 1 - confidence.

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
    confidence : float
    n_rows, n_codes, n_classes : int
        Rows, codes that occur in them, and classes of s.
    """

    accuracy: float
    balanced_accuracy: float
    advantage: float
    bits: float
    confidence: float
    n_rows: int
    n_codes: int
    n_classes: int

    @property
    def promise(self):
        """What the certificate says, in words."""
        return PROMISE.format(confidence=self.confidence)

    def to_dict(self):
        """The figures, and what they promise, as plain Python values.

        Returns
        -------
        dict
        """
        return {**asdict(self), "promise": self.promise}

    def __str__(self):
        return (
            f"at most {self.bits:.3f} bits, accuracy {self.accuracy:.3f}, balanced accuracy "
            f"{self.balanced_accuracy:.3f}, advantage {self.advantage:.3f}\n"
            f"({self.n_rows} rows, {self.n_codes} codes, {self.n_classes} classes)\n{self.promise}"
        )


def certify_leakage(codes, sensitive_features, confidence=0.95):
    """Bound from above what a finite code tells of a sensitive attribute.

    The rows must be a random sample that entered neither the fit of the code nor any choice
    between codes (a choice of multiplier, say), one row a person. Nothing is assumed of the
    attacker, except that he sees the code of a row and nothing else of that row.

    Parameters
    ----------
    codes : array-like of shape (n,) or (n, K)
        What was released, integers or one-hot rows. Soft codes (probabilities) are refused.
    sensitive_features : array-like of shape (n,) or (n, d)
        Classes; several columns are certified jointly. Rows where one is missing are left
        out. A class that no row shows is not certified.
    confidence : float, default=0.95
        In (0, 1); the probability with which each figure holds.

    Returns
    -------
    LeakageCertificate

    Raises
    ------
    ValueError
        If codes are soft, s is constant or continuous, rows do not match, are fewer than
        100, or ``confidence`` is not in (0, 1).

    Notes
    -----
    With δ = 1 - confidence, n rows, and the table of codes and classes in them:

    *Accuracy.* The best map from codes to classes is fixed, though unknown; its hits are
    binomial, and at most those of the best map in the table. So the Clopper-Pearson limit
    [1]_ of the latter bounds the former, whatever the number of codes and classes.

    *Balanced accuracy.* The table's maximum plus ``sqrt(ln(1/δ)/2 · Σ_c 1/n_c) / C``:
    Hoeffding's inequality [2]_ for the best map's hits, given the numbers n_c of rows a class.

    *Advantage.* The accuracy's limit at δ/2, less the greatest of the lower Clopper-Pearson
    limits of the classes' shares at δ/(2C) each.

    *Bits.* The information density ``i = ln p(s|z)/p(s)`` is at most B and ``E e^-i ≤ 1``. Among
    the laws with these properties and mean I, ``E e^-θi`` is greatest, for each θ in (0, 1), for
    the one with two values, B and ``-c`` (``α + βu - γ ln u - u^θ ≥ 0`` with ``u = e^-i`` touches 0
    there and nowhere else [3]_). So by Chernoff's method [4]_, with q the probability of -c:
    ``kl((B - m)/(B + c), q) ≤ ln(1/.8δ)/n``, where m is the sample mean of i. That is at most
    Î + κ: Î of the table, and ``κ = (C-1) ln(2(C-1)/.2δ)/n`` for the relative entropy of the class
    shares [5]_, which also gives ``e^-B``, the smallest share within κ of the table's. The
    certificate is the greatest I = (1-q)B - qc that is left. It is never above, and for much
    information well below, ``(√(aL/n) + √(Î + κ + aL/n))²`` with ``a = B²/(2(B - 1 + e^-B))``
    and ``L = ln(1/.8δ)``.

    References
    ----------
    .. [1] C. Clopper and E. Pearson, "The use of confidence or fiducial limits illustrated in
       the case of the binomial", Biometrika 26, 1934.
    .. [2] W. Hoeffding, "Probability inequalities for sums of bounded random variables",
       Journal of the American Statistical Association 58, 1963.
    .. [3] S. Karlin and W. Studden, "Tchebycheff systems: with applications in analysis and
       statistics", 1966 (moment problems with given expectations).
    .. [4] H. Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis based on
       the sum of observations", Annals of Mathematical Statistics 23, 1952.
    .. [5] J. Mardia, J. Jiao, E. Tánczos, R. Nowak and T. Weissman, "Concentration
       inequalities for the empirical distribution of discrete distributions: beyond the
       method of types", Information and Inference 9, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape import certify_leakage
    >>> rng = np.random.default_rng(0)
    >>> certificate = certify_leakage(rng.integers(8, size=5000), rng.integers(2, size=5000))
    >>> bool(certificate.bits < 0.02), bool(certificate.accuracy < 0.55)
    (True, True)
    """
    if not (np.ndim(confidence) == 0 and 0 < confidence < 1):
        raise ValueError(f"confidence={confidence!r} is not in (0, 1); give 0.95, say.")
    numbers, most_codes = as_codes(codes)
    classes, known = _classes(sensitive_features)
    if len(known) != len(numbers):
        raise ValueError(
            f"sensitive_features has {len(known)} rows, codes have {len(numbers)}; give one row "
            "of it for each code."
        )
    if known.sum() < FEWEST_ROWS:
        raise ValueError(
            f"sensitive_features is known for {int(known.sum())} rows; a certificate needs at "
            f"least {FEWEST_ROWS} fresh ones."
        )
    found = len(np.unique(classes[known], axis=0))
    if found < 2:
        raise ValueError(
            "sensitive_features is constant: there is nothing to hide, and nothing to certify."
        )
    if found > max(20, known.sum() // 10):
        raise ValueError(
            f"sensitive_features has {found} distinct values in {int(known.sum())} rows: a "
            "certificate is about classes. Bin amounts first, with borders that were fixed "
            "before these rows were seen."
        )
    numbers = np.unique(numbers[known], return_inverse=True)[1]
    which = np.unique(classes[known], axis=0, return_inverse=True)[1].ravel()
    counts = np.zeros((numbers.max() + 1, found))
    np.add.at(counts, (numbers, which), 1)
    return certify_counts(counts, confidence, most_codes)


def _classes(sensitive_features):
    """Classes of all columns as integers, shape (n, d), and which rows have all of them."""
    columns = label_columns(sensitive_features, "sensitive_features")
    known = ~np.any([is_missing(values) for _, values in columns], axis=0)
    numbers = np.zeros((len(known), len(columns)), dtype=np.int64)
    for j, (_, values) in enumerate(columns):
        observed = values[known]
        if observed.dtype.kind == "O":
            observed = observed.astype(str)
        numbers[known, j] = np.unique(observed, return_inverse=True)[1]
    return numbers, known


def certify_counts(counts, confidence=0.95, most_codes=None):
    """The certificate of a table of counts; see :func:`certify_leakage`.

    Parameters
    ----------
    counts : ndarray of shape (K, C)
        Rows of each code and class. A class without rows makes the figures vacuous.
    confidence : float, default=0.95
    most_codes : int or None, default=None
        How many codes there can be, where that is known.

    Returns
    -------
    LeakageCertificate
    """
    error = 1 - confidence
    n, n_classes = counts.sum(), counts.shape[1]
    by_class = counts.sum(axis=0)
    hits = counts.max(axis=1).sum()
    shares = [_lower_share(count, n, error / (2 * n_classes)) for count in by_class]
    bits = min(_information(counts, error) / np.log(2), np.log2(n_classes))
    if most_codes is not None:
        bits = min(bits, np.log2(most_codes))
    return LeakageCertificate(
        accuracy=_upper_share(hits, n, error),
        balanced_accuracy=_balanced_accuracy(counts, error),
        advantage=float(max(0.0, _upper_share(hits, n, error / 2) - max(shares))),
        bits=float(bits),
        confidence=float(confidence),
        n_rows=int(n),
        n_codes=int((counts.sum(axis=1) > 0).sum()),
        n_classes=int(n_classes),
    )


def _upper_share(count, n, error):
    return 1.0 if count >= n else float(beta.ppf(1 - error, count + 1, n - count))


def _lower_share(count, n, error):
    return 0.0 if count <= 0 else float(beta.ppf(error, count, n - count + 1))


def _balanced_accuracy(counts, error):
    by_class = counts.sum(axis=0)
    if (by_class == 0).any():
        return 1.0
    slack = np.sqrt(np.log(1 / error) / 2 * (1 / by_class).sum())
    return float(min(1.0, ((counts / by_class).max(axis=1).sum() + slack) / len(by_class)))


def _information(counts, error):
    """Upper limit in nats; infinite where a class may be arbitrarily rare."""
    n, n_classes = counts.sum(), counts.shape[1]
    joint = counts / n
    plugin = rel_entr(joint, np.outer(joint.sum(axis=1), joint.sum(axis=0))).sum()
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
