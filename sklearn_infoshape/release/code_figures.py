"""What a code tells beyond the average, on fresh rows: estimates by rules that were fixed before.

The rule (which class a code stands for, which codes are accepted, which code says most) is what the
codebook has from the rows that were fitted on. Fresh rows then tell, without the upward bias of a
maximum over noisy shares, how much it finds: at least that much.
"""

from itertools import combinations

import numpy as np

from sklearn_infoshape.release.estimates import Estimate

__all__ = ["CODE_FIGURES", "code_figure"]


def code_figure(unit, Z, target, table, *, persons=None, sample_weight=None):
    """One of the figures of codes.

    Parameters
    ----------
    unit : {"maximal_leakage_bits", "parity_gap", "posterior_shift"}
        As of :class:`~sklearn_infoshape.LeakageCertificate`.
    Z : ndarray of shape (n, K)
        One-hot.
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    table : ndarray of shape (K, C)
        Masses of code and class on other rows, which fix the rule.
    persons : ndarray of shape (n,), dtype int, optional
        Who each row is of: errors are over draws of persons with all their rows.
    sample_weight : ndarray of shape (n,), optional

    Returns
    -------
    Estimate
        Not clipped at 0.
    """
    known = target.sum(axis=1) > 0
    weights = np.ones(known.sum()) if sample_weight is None else sample_weight[known]
    codes, classes = Z[known].argmax(axis=1), target[known].argmax(axis=1)
    present = np.unique(classes)
    if len(present) < 2:
        return Estimate(0.0, 0.0)
    given = table / np.maximum(table.sum(axis=0), 1e-300)  # p(code | class)
    value, parts = CODE_FIGURES[unit](codes, classes, weights, given, present, table)
    if persons is not None:
        parts = np.bincount(persons[known], parts)
    return Estimate(value, float(np.sqrt((parts**2).sum())))


def _maximal_leakage(codes, classes, weights, given, present, table):
    """Of the map from codes to the class that has them most: bits of its summed recalls."""
    guesses = present[given[:, present].argmax(axis=1)][codes]
    recalls, parts = zip(
        *(_share(guesses == c, classes == c, weights) for c in present), strict=True
    )
    total = max(sum(recalls), 1e-9)
    return float(np.log2(total)), sum(parts) / (total * np.log(2))


def _parity_gap(codes, classes, weights, given, present, table):
    """Between the pair of classes whose codes differ most."""
    pairs = list(combinations(present, 2))
    gaps = [np.abs(given[:, a] - given[:, b]).sum() for a, b in pairs]
    a, b = pairs[int(np.argmax(gaps))]
    accepted = (given[:, a] > given[:, b])[codes]
    (high, of_high), (low, of_low) = (_share(accepted, classes == c, weights) for c in (a, b))
    return high - low, of_high - of_low


def _posterior_shift(codes, classes, weights, given, present, table):
    """Of the code whose law of the classes is furthest from that of all rows."""
    law, prior = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300), table.sum(axis=0)
    beyond = law - prior / prior.sum()
    found = np.isin(np.arange(len(table)), codes)
    code = int(np.where(found, np.abs(beyond).sum(axis=1), -1.0).argmax())
    event = (beyond[code] > 0)[classes]
    (own, of_own), (all_of_them, of_all) = (
        _share(event, rows, weights) for rows in (codes == code, codes >= 0)
    )
    return own - all_of_them, of_own - of_all


def _share(hits, rows, weights):
    """A weighted share among some rows, and what each row adds to its error."""
    own = weights * rows
    share = float(own @ hits / own.sum())
    return share, own * (hits - share) / own.sum()


CODE_FIGURES = {
    "maximal_leakage_bits": _maximal_leakage,
    "parity_gap": _parity_gap,
    "posterior_shift": _posterior_shift,
}
