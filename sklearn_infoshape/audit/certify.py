"""Rows of codes and labels to certificates: read, counted, one row a person."""

from dataclasses import replace

import numpy as np

from sklearn_infoshape.audit.certificate import FEWEST_ROWS, certify_counts
from sklearn_infoshape.audit.codes import as_codes
from sklearn_infoshape.audit.splits import group_numbers, row_of_each, seed_of
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.labels import label_columns
from sklearn_infoshape.data.weights import refuse_weights

__all__ = ["certify_leakage", "certify_rows"]

_MOST_DECLARED = 1000


def certify_leakage(
    codes,
    sensitive_features,
    confidence=0.95,
    *,
    groups=None,
    sensitive_classes=None,
    random_state=0,
    sample_weight=None,
):
    """Bound from above what a finite code tells of a sensitive attribute.

    The rows must be a random sample that entered neither the fit of the code nor any choice
    between codes (a choice of multiplier, say), one row a person. Nothing is assumed of the
    attacker, except that he sees the code of a row and nothing else of that row.

    Parameters
    ----------
    codes : array-like of shape (n,) or (n, K), or list of these
        What was released, integers or one-hot rows, read as recipients get them: equal are
        equal bytes. Soft codes (probabilities) are refused. A list of m releases of the same
        rows, among which one will be chosen, is certified together: each with an error
        probability of (1 - confidence)/m.
    sensitive_features : array-like of shape (n,) or (n, d)
        Classes; several columns are certified jointly. Rows where one is missing are left out
        of the figures, and may be anything in those of ``all_rows``. A class that neither a row
        shows nor anybody declares is not certified.
    confidence : float, default=0.95
        In (0, 1); the probability with which each figure holds.
    groups : array-like of shape (n,), default=None
        Who a row belongs to; one row of each, drawn at random, counts.
    sensitive_classes : sequence, default=None
        All classes of s, those included that no row may show; of several columns a list of
        such sequences. A pandas column of categories declares its own.
    random_state : int, RandomState or Generator instance, or None, default=0
        Draws the rows of groups.
    sample_weight : None
        Refused, with what to do in its place: the limits hold for rows that are drawn alike.

    Returns
    -------
    LeakageCertificate, or list of these for a list of codes

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

    *Missing and unseen.* For all rows, those without s count as hits, as rows of each class, and
    as a class of their own with ``P(missing) log C`` on top; a declared class that no row shows has
    a recall of 1, and as many rows as n rows can overlook.

    *Balanced accuracy.* The table's maximum plus ``sqrt(ln(1/δ)/2 · Σ_c 1/n_c) / C``:
    Hoeffding's inequality [2]_ for the best map's hits, given the numbers n_c of rows a class.

    *Advantage.* The accuracy's limit at δ/2, less the greatest of the lower Clopper-Pearson
    limits of the classes' shares at δ/(2C) each.

    *Maximal leakage, parity gap.* The first is log2 of C times the balanced accuracy of the best
    map, the second twice the balanced accuracy of two classes less 1 (δ shared by all pairs); so
    their limits are balanced accuracy's. *Min-entropy leakage*: log2 of the accuracy's limit at
    δ/2 by the greatest lower limit of a class's share. *Per code*: a third of δ each for
    Clopper-Pearson limits of p(s | code), one for each code and class, of p(s), and for
    Hoeffding's limits of the best set of classes; pointwise leakage and
    likelihood ratios follow from the first two.

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
    refuse_weights(sample_weight, "a certificate")
    if not (np.ndim(confidence) == 0 and 0 < confidence < 1):
        raise ValueError(f"confidence={confidence!r} is not in (0, 1); give 0.95, say.")
    classes, n_classes = _classes(sensitive_features, sensitive_classes)
    if _are_several(codes, len(classes)):
        each = 1 - (1 - confidence) / len(codes)
        options = {"groups": groups, "sensitive_classes": sensitive_classes}
        options["random_state"] = random_state
        return [certify_leakage(one, sensitive_features, each, **options) for one in codes]
    numbers, most_codes = as_codes(codes)
    if len(classes) != len(numbers):
        raise ValueError(
            f"sensitive_features has {len(classes)} rows, codes have {len(numbers)}; give one row "
            "of it for each code."
        )
    if groups is not None:
        groups = group_numbers(groups, len(numbers))
    known = classes >= 0
    n_known = int(known.sum()) if groups is None else len(np.unique(groups[known]))
    if n_known < FEWEST_ROWS:
        raise ValueError(
            f"sensitive_features is known for {n_known} {'rows' if groups is None else 'groups'}; "
            f"a certificate needs at least {FEWEST_ROWS} fresh ones."
        )
    found = len(np.unique(classes[known]))
    if n_classes < 2:
        raise ValueError(
            "sensitive_features is constant: there is nothing to hide, and nothing to certify."
        )
    if found > max(20, n_known // 10):
        raise ValueError(
            f"sensitive_features has {found} distinct values in {n_known} rows: a "
            "certificate is about classes. Bin amounts first, with borders that were fixed "
            "before these rows were seen."
        )
    rng = np.random.default_rng(seed_of(random_state))
    return certify_rows(numbers, classes, n_classes, confidence, groups, rng, most_codes)


def certify_rows(codes, classes, n_classes, confidence, groups=None, rng=None, most_codes=None):
    """The certificate of rows; see :func:`certify_leakage`.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Whole numbers from 0 up.
    classes : ndarray of shape (n,)
        -1 where the class is missing.
    n_classes : int
        Declared; some may have no rows.
    confidence : float
    groups : ndarray of shape (n,) or None, default=None
        Whole numbers; a row of each counts, drawn at random.
    rng : numpy.random.Generator or None, default=None
        Draws them.
    most_codes : int or None, default=None
        How many codes there can be, where that is known.

    Returns
    -------
    LeakageCertificate
    """

    def table(rows):
        rows = row_of_each(rows, groups, rng)
        counts = np.zeros((codes.max() + 1, n_classes + 1))
        np.add.at(counts, (codes[rows], classes[rows]), 1)  # the missing come last
        return counts

    known = np.flatnonzero(classes >= 0)
    certificate = certify_counts(table(known)[:, :-1], confidence, most_codes)
    if len(known) == len(codes):
        return certificate
    counts = table(np.arange(len(codes)))
    everybody = certify_counts(counts[:, :-1], confidence, most_codes, counts[:, -1])
    return replace(certificate, n_missing=everybody.n_missing, all_rows=everybody)


def _are_several(codes, n_rows):
    """Whether several releases of the same rows came."""
    if not isinstance(codes, list | tuple) or len(codes) in (0, n_rows):
        return False
    shapes = [
        np.shape(one) if isinstance(one, list | tuple) else getattr(one, "shape", ())
        for one in codes
    ]
    return {shape[0] if len(shape) else 0 for shape in shapes} == {n_rows}


def _classes(sensitive_features, declared):
    """Classes of all columns together as integers, -1 where one is missing, and their number."""
    columns = label_columns(sensitive_features, "sensitive_features")
    known = ~np.any([is_missing(values) for _, values in columns], axis=0)
    if declared is not None and len(columns) > 1 and len(declared) != len(columns):
        raise ValueError(
            f"sensitive_classes has {len(declared)} entries; of several columns give the classes "
            f"of each, a list of {len(columns)} lists."
        )
    numbers, n_classes = np.full(len(known), -1), 1
    numbers[known] = 0
    all_declared = True
    for j, (name, values) in enumerate(columns):
        observed = values[known]
        if observed.dtype.kind == "O":
            observed = observed.astype(str)
        levels = _declared_levels(sensitive_features, j, declared, len(columns))
        all_declared &= levels is not None
        found, which = np.unique(observed, return_inverse=True)
        if levels is not None:
            levels = np.unique(
                np.asarray(levels).astype(found.dtype.type) if len(found) else levels
            )
            if not np.isin(found, levels).all():
                raise ValueError(
                    f"{name} has classes that sensitive_classes does not name; declare all."
                )
            which = np.searchsorted(levels, found)[which.ravel()]
            found = levels
        numbers[known] = numbers[known] * len(found) + which.ravel()
        n_classes *= len(found)
    if not all_declared or n_classes > _MOST_DECLARED:  # combinations that no row shows are none
        found, which = np.unique(numbers[known], return_inverse=True)
        numbers[known], n_classes = which.ravel(), len(found)
    return numbers, n_classes


def _declared_levels(labels, number, declared, n_columns):
    """Classes that were named, or that a categorical column declares; else None."""
    if declared is not None:
        return declared if n_columns == 1 else declared[number]
    if n_columns > 1 or not hasattr(labels, "iloc"):
        return None
    column = labels.iloc[:, 0] if hasattr(labels, "columns") else labels
    return getattr(column.dtype, "categories", None)
