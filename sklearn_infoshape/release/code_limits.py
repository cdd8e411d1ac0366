"""Codes kept within what a single one may say of s: merged until none may exceed it."""

import numpy as np

from sklearn_infoshape.audit.worst_codes import code_limits
from sklearn_infoshape.data.weights import effective_number

__all__ = ["merged_codes", "sensitive_table"]

_ERROR = 0.05  # that the true figure of one of the codes exceeds its limit


def sensitive_table(Z, target, sample):
    """Rows by code and class, as many as tell as much: persons, or rows of equal weight.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    target : ndarray of shape (n, C)
        One-hot; rows of zeros do not count.
    sample : Sample

    Returns
    -------
    ndarray of shape (K, C)
    """
    table, known = sample.weighed(Z).T @ target, target.sum(axis=1) > 0
    if sample.persons is None and sample.weights is None:
        return table
    weights = np.ones(len(Z)) if sample.weights is None else sample.weights
    persons = None if sample.persons is None else sample.persons[known]
    return table * (effective_number(weights[known], persons) / max(table.sum(), 1e-300))


def merged_codes(tables, masses, worth, channel):
    """Which codes become one, so that none exceeds the limits of a channel.

    The code that exceeds them most is merged with another, again and again: either with the one
    that costs least, or with the one that costs least of those that bring it within the limits;
    of the two the better is taken.

    Parameters
    ----------
    tables : list of ndarray of shape (K, C_j)
        For each sensitive column, rows by code and class.
    masses : ndarray of shape (K, D)
        Of code and class, by what stage one says of the rows.
    worth : callable
        From masses of shape (..., K, D) to Lagrangians of shape (...).
    channel : CategoricalChannel
        Whose limits these are.

    Returns
    -------
    ndarray of shape (K,), dtype int
        For each code the position of the first of those that it becomes one with.
    """
    found = [_merge(tables, masses, worth, channel, ahead) for ahead in (False, True)]
    return max(found, key=lambda pair: pair[1])[0]


def _merge(tables, masses, worth, channel, ahead):
    """Groups of codes, and the Lagrangian of the merged code."""
    n_formed = 2 * len(masses) - 1  # codes that are looked at: the first ones, and unions
    by_class = [table.sum(axis=0) for table in tables]

    def excess_of(parts):
        return _excess(parts, by_class, n_formed, channel)

    groups, live = np.arange(len(masses)), np.arange(len(masses))
    excess = excess_of(tables)
    while len(live) > 1 and excess.max() > 1:
        worst = int(excess.argmax())
        others = np.delete(np.arange(len(live)), worst)
        unions = [table[others] + table[worst] for table in tables]
        merged = np.repeat(masses[None, others], len(others), axis=0)
        merged[np.arange(len(others)), np.arange(len(others))] += masses[worst]
        values, own = worth(merged), excess_of(unions)
        if ahead and (own <= 1).any():
            values = np.where(own <= 1, values, -np.inf)
        best = int(values.argmax())
        masses = merged[best]
        tables = [table[others] for table in tables]
        for table, union in zip(tables, unions, strict=True):
            table[best] = union[best]
        excess = excess[others]
        excess[best] = own[best]
        pair = live[[worst, others[best]]]
        groups[np.isin(groups, pair)] = pair.min()
        live = live[others]
        live[best] = pair.min()
    return groups, float(worth(masses))


def _excess(tables, by_class, n_formed, channel):
    """How far each code may be beyond the limits, the greatest of all columns: above 1, too far.

    Codes of which no row's class is known may say anything.
    """
    shift, ratio = channel.max_posterior_shift, channel.max_likelihood_ratio
    found = np.zeros(len(tables[0]))
    for table, own in zip(tables, by_class, strict=True):
        excess = np.full(len(table), np.inf)
        if own.sum() > 0:
            limits = code_limits(
                table, np.zeros(len(table)), _ERROR, by_class=own, n_codes=n_formed
            )
            of_codes = np.zeros(len(limits.codes))
            if shift is not None:
                of_codes = limits.total_variation_high / shift
            if ratio is not None:
                of_ratios = np.log(limits.likelihood_ratio_high) / np.log(ratio)
                of_codes = np.maximum(of_codes, of_ratios)
            excess[limits.codes] = of_codes
        found = np.maximum(found, excess)
    return found
