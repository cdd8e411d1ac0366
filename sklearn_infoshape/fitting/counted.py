"""A finite code settled from counts of parts of the rows, none of which need be at hand.

What :func:`~sklearn_infoshape.release.codebook.settle` asks of all rows at once (is a code rare,
what does it say of each label, is it worth more than one code for all) are sums over rows.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.objective import Worth
from sklearn_infoshape.data.keyed import keyed_uniforms
from sklearn_infoshape.release.code_limits import merged_codes
from sklearn_infoshape.release.codebook import (
    DEVIATIONS,
    FEWEST_JUDGED_PERSONS,
    FEWEST_PERSONS_A_CODE,
    ORDER_DIGITS,
    warn_of_collapse,
)
from sklearn_infoshape.release.description import Description, codebook_of
from sklearn_infoshape.release.estimates import Estimate, table_bits

__all__ = ["CodeCounts", "count_codes", "settle_counts"]


@dataclass(frozen=True)
class CodeCounts:
    """Rows by code, and by code and class; sums of several parts are those of all their rows.

    Attributes
    ----------
    rows : ndarray of shape (K,)
    persons : list of set of float, or None
        Of each code, up to ten of those who take it, as keyed draws; None where each row is of
        a person of its own.
    tables : list of ndarray of shape (K, C_j)
        For each label, rows whose class is known.
    masses : ndarray of shape (K, D)
        Sums of the posteriors of all labels, side by side.
    """

    rows: np.ndarray
    persons: list | None
    tables: list
    masses: np.ndarray

    def __add__(self, other):
        persons = None
        if self.persons is not None:
            persons = [a | b for a, b in zip(self.persons, other.persons, strict=True)]
        tables = [a + b for a, b in zip(self.tables, other.tables, strict=True)]
        return CodeCounts(self.rows + other.rows, persons, tables, self.masses + other.masses)

    @property
    def holders(self):
        """Persons of each code: exact below ten."""
        if self.persons is None:
            return self.rows
        return np.array([len(some) for some in self.persons])


def count_codes(release, features, sample):
    """The counts of a part of the rows, by the codes that live now.

    Parameters
    ----------
    release : Release
        Of a finite code with the hard rule.
    features : ndarray of shape (n, D)
        Posteriors of the rows.
    sample : Sample
        With observed labels; may have no rows.

    Returns
    -------
    CodeCounts
    """
    Z = release.channel.release(release.outputs(features), None)
    persons = None
    if sample.names is not None:
        draws = keyed_uniforms(release.key, b"person", b"", sample.names, 1)[:, 0]
        codes = Z.argmax(axis=1)
        persons = [
            set(np.unique(draws[codes == k])[:FEWEST_PERSONS_A_CODE].tolist())
            for k in range(Z.shape[1])
        ]
    return CodeCounts(
        Z.sum(axis=0), persons, [Z.T @ target for target in sample.targets], Z.T @ features
    )


def settle_counts(release, labels, count):
    """Bury rare codes, order the others, and describe them.

    Parameters
    ----------
    release : Release
        With the hard rule; its channel is changed in place.
    labels : Labels
    count : callable
        From the release as it is to the :class:`CodeCounts` of all rows.

    Returns
    -------
    Description
        Standard errors are over draws of rows, also where persons have several.
    """
    channel = release.channel
    channel.draw, channel.merged, channel.live = None, None, np.arange(release.n_encoder_outputs)
    counts = count(release)
    while len(channel.live) > 1 and counts.holders.min() < FEWEST_PERSONS_A_CODE:
        empty = counts.rows == 0
        # Codes that nobody takes leave nobody to recode, and go all at once.
        buried = np.flatnonzero(empty) if empty.any() else [_rarest(counts)]
        channel.live = np.delete(channel.live, buried)
        counts = count(release)
    widths = [table.shape[1] for table in counts.tables]
    weights = np.array([term.weight for term in labels.terms])
    masses = counts.masses / counts.rows.sum()
    if channel.limits_codes:
        terms = zip(labels.terms, counts.tables, strict=True)
        tables = [table for term, table in terms if term.role == "leakage"]
        worth = Worth([], widths, weights)
        channel.merge(merged_codes(tables, masses, worth.of_masses, channel))
        counts = count(release)
        masses = counts.masses / counts.rows.sum()
    estimates = _estimates(counts.tables)
    if lagrangian_of_masses(masses, widths, weights) < 0 or _is_clearly_worse(weights, estimates):
        channel.live = channel.live[[counts.rows.argmax()]]
        counts = count(release)
        estimates = _estimates(counts.tables)
    order = _canonical_order(counts)
    channel.live = channel.live[order]
    if len(order) < 2:
        warn_of_collapse(channel)
    share = counts.rows[order] / counts.rows.sum()
    codebook = codebook_of(labels, share, [table[order] for table in counts.tables])
    return Description.of(codebook, labels.terms, estimates)


def _rarest(counts):
    return np.lexsort([counts.rows, counts.holders])[0]


def _estimates(tables):
    return [
        table_bits(table)
        if table.sum() >= FEWEST_JUDGED_PERSONS
        else Estimate(float("nan"), float("nan"))
        for table in tables
    ]


def _is_clearly_worse(weights, estimates):
    """Whether observed labels show a Lagrangian below 0, the value of one code for all."""
    values, deviations = np.array(estimates).T
    return weights @ values < -DEVIATIONS * np.sqrt(weights**2 @ deviations**2)


def _canonical_order(counts):
    """As a fit in memory has it: by the mean class of y, then by share, then by s."""
    keys = []
    for table in counts.tables:
        known = np.maximum(table.sum(axis=1), 1e-9)
        keys.append(np.round(table @ np.arange(table.shape[1]) / known, ORDER_DIGITS))
    return np.lexsort([*keys[:0:-1], -counts.rows, keys[0]])
