"""Rare regions of a release where s is far from its prior: what a mean over all rows hides.

Regions are chosen on the attackers' training and calibration rows, each with the class that stands
out there, and tested on test rows, a row a person: under independence of release and s the rows
of a class in a region are hypergeometric, which makes the test exact (Fisher). Holm's adjustment
is over all regions and attributes; lower limits of shares are Clopper and Pearson's, all at once.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlogy
from scipy.stats import hypergeom

from sklearn_infoshape.audit.region_candidates import (
    FEWEST_SEARCHED,
    code_partitions,
    column_partitions,
    tree_partitions,
)
from sklearn_infoshape.audit.shares import lower_share
from sklearn_infoshape.audit.splits import row_of_each
from sklearn_infoshape.reports.several_tests import holm
from sklearn_infoshape.runtime.process import plain_sklearn

__all__ = ["RareRegion", "RareRegions", "region_caveats", "scan_rare_regions"]

_MOST_SHARE = 0.1
_MOST_REGIONS = 20
_STANDS_OUT = 2.0  # nats of a likelihood ratio, from which rare values are put together
_FEWEST_TOGETHER = 3


@dataclass(frozen=True)
class RareRegion:
    """A region of the release, and the class that stands out there.

    Attributes
    ----------
    region : str
    alarm_class : int
        In sorted order; chosen on other rows than the tested ones.
    n_searched, n_tested : int
        Rows (persons) in the region, of those it was chosen on and of the test.
    n_hits : int
        Of the tested, those of the class.
    class_share, class_share_low : float
        Of the class among the tested, and its lower limit (of all regions together).
    prior_share : float
        Of the class in all test rows.
    p_value : float
        Holm-adjusted, of "the release says nothing of s".
    """

    region: str
    alarm_class: int
    n_searched: int
    n_tested: int
    n_hits: int
    class_share: float
    class_share_low: float
    prior_share: float
    p_value: float


@dataclass(frozen=True)
class RareRegions:
    """The scan of one attribute.

    Attributes
    ----------
    name : str
    regions : list of RareRegion
        Candidates, those first that have the least p-value.
    n_test : int
        Tested rows (persons).
    n_significant : int
    share : float
        Of the tested rows, those in significant regions.
    """

    name: str
    regions: list[RareRegion]
    n_test: int
    n_significant: int
    share: float

    @property
    def significant(self):
        """Regions where s is significantly more often one class than elsewhere."""
        return self.regions[: self.n_significant]

    def to_dict(self):
        """Plain Python values.

        Returns
        -------
        dict
        """
        return {
            "attribute": self.name,
            "n_candidates": len(self.regions),
            "n_significant": self.n_significant,
            "share_of_rows": self.share,
            "n_test": self.n_test,
            "regions": [dict(vars(region)) for region in self.regions],
        }


@plain_sklearn()
def scan_rare_regions(inputs, settings):
    """Look for rare regions, and test them.

    Parameters
    ----------
    inputs : AuditInputs
    settings : AuditSettings

    Returns
    -------
    list of RareRegions
        One an attacked attribute.
    """
    rng = np.random.default_rng(settings.seed)
    parts = inputs.parts
    search = np.r_[parts.train, parts.calibration]
    if inputs.is_code:
        shared = code_partitions(inputs.codes, _code_names(inputs))
    else:
        shared = column_partitions(inputs.Z, search, settings.seed)
    chosen, tested = [], []
    for target in inputs.attacked:
        rows, test = (
            row_of_each(part[target.known[part]], inputs.groups, rng)
            for part in (search, parts.test)
        )
        partitions = shared
        if not inputs.is_code:
            partitions = shared + tree_partitions(inputs.Z, target.classes, rows, settings.seed)
        chosen.append(_candidates(partitions, target, rows))
        tested.append(test)
    n_regions = sum(map(len, chosen))
    error = (1 - settings.confidence) / (2 * max(1, n_regions))
    scans = [
        _tested(target, own, test, error)
        for target, own, test in zip(inputs.attacked, chosen, tested, strict=True)
    ]
    adjusted = iter(holm([region.p_value for scan in scans for region, _ in scan]))
    found = []
    for target, scan, test in zip(inputs.attacked, scans, tested, strict=True):
        own = [(replace(region, p_value=next(adjusted)), inside) for region, inside in scan]
        own.sort(key=lambda pair: (pair[0].p_value, -pair[0].class_share_low))
        n_significant = sum(region.p_value <= 1 - settings.confidence for region, _ in own)
        inside = np.zeros(len(test), dtype=bool)
        for _, rows in own[:n_significant]:
            inside |= rows
        regions = [region for region, _ in own]
        share = float(inside.mean())
        found.append(RareRegions(target.name, regions, len(test), n_significant, share))
    return found


def region_caveats(scans):
    """What a reader has to know where rare regions give s away.

    Parameters
    ----------
    scans : list of RareRegions

    Returns
    -------
    list of str
    """
    return [
        f"{scan.name}: in {scan.n_significant} of {len(scan.regions)} tested regions of the "
        f"release ({scan.share:.1%} of the rows) a class is more frequent than in all rows, in one "
        f"of them {max(region.class_share_low for region in scan.significant):.0%} of the rows at "
        "least. A mean over all rows hides what these rows give away."
        for scan in scans
        if scan.n_significant
    ]


def _code_names(inputs):
    first = np.unique(inputs.codes, return_index=True)[1]
    if inputs.most_codes is None:
        return [f"code {rank}" for rank in range(len(first))]
    return [f"code {place}" for place in inputs.Z[first].argmax(axis=1)]


def _candidates(partitions, target, rows):
    """Regions where a class stands out among some rows, at most 20, each as its name and rows.

    Returns
    -------
    list of (str, int, int, ndarray of shape (n,), dtype bool)
        Name, class, how many of the rows are inside, and which rows of all are.
    """
    classes, n_classes = target.classes[rows], target.n_classes
    shares = np.bincount(classes, minlength=n_classes) / len(rows)
    found = []
    for called, partition, together in partitions:
        own = partition[rows]
        table = np.zeros((partition.max() + 1, n_classes))
        np.add.at(table, (own[own >= 0], classes[own >= 0]), 1)
        gains = _gains(table, shares)
        sizes = table.sum(axis=1)
        rare = sizes <= _MOST_SHARE * len(rows)
        for region in np.flatnonzero(rare & (sizes >= FEWEST_SEARCHED)):
            c = int(gains[region].argmax())
            name = called(int(region))
            found.append((gains[region, c], name, c, int(sizes[region]), (partition, [region])))
        if together:
            found += _together(table, gains, sizes, rare, partition, together, shares, len(rows))
    found.sort(key=lambda candidate: -candidate[0])
    kept: list = []
    for _, name, c, size, (partition, regions) in found:
        inside = np.isin(partition, regions)
        if not any(c == other[1] and (inside == other[3]).all() for other in kept):
            kept.append((name, c, size, inside))
        if len(kept) == _MOST_REGIONS:
            break
    return kept


def _together(table, gains, sizes, rare, partition, name, shares, n_rows):
    """Rare values that say the same, as one region a class."""
    found = []
    for c in range(len(shares)):
        alike = np.flatnonzero(
            rare
            & (sizes >= _FEWEST_TOGETHER)
            & (sizes <= _MOST_SHARE / 10 * n_rows)
            & (gains[:, c] > _STANDS_OUT)
        )
        size = int(sizes[alike].sum())
        if len(alike) > 1 and FEWEST_SEARCHED <= size <= _MOST_SHARE * n_rows:
            gain = _gains(table[alike].sum(axis=0, keepdims=True), shares)[0, c]
            found.append((gain, name, c, size, (partition, alike)))
    return found


def _gains(table, shares):
    """Log likelihood ratios, in nats, of a class being more frequent in a region than overall."""
    sizes = np.maximum(table.sum(axis=1, keepdims=True), 1)
    own = table / sizes
    rest = xlogy(1 - own, np.maximum(1 - own, 1e-300) / np.maximum(1 - shares, 1e-12))
    gains = sizes * (xlogy(own, np.maximum(own, 1e-300) / np.maximum(shares, 1e-12)) + rest)
    return np.where(own > shares, gains, 0.0)


def _tested(target, candidates, test, error):
    """Candidates on test rows: regions with unadjusted p-values, and the rows inside."""
    classes, found = target.classes[test], []
    counts = np.bincount(classes, minlength=target.n_classes)
    for name, c, n_searched, everywhere in candidates:
        inside = everywhere[test]
        n, hits = int(inside.sum()), int((classes[inside] == c).sum())
        region = RareRegion(
            region=name,
            alarm_class=c,
            n_searched=n_searched,
            n_tested=n,
            n_hits=hits,
            class_share=hits / max(1, n),
            class_share_low=float(lower_share(hits, n, error)) if n else 0.0,
            prior_share=float(counts[c] / len(test)),
            p_value=float(hypergeom.sf(hits - 1, len(test), counts[c], n)),
        )
        found.append((region, inside))
    return found
