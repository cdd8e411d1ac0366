"""How a benchmark scores releases: fresh attackers, shares of the raw rows' bits, one area.

Rows are split into thirds: for the encoder, for the attackers' training, for the test. What
attackers recover from a release, as a share of what they recover from X itself, is a point
(share of s, share of y); a method is scored by the area under its points' frontier.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sklearn_infoshape.audit.attackers import attack
from sklearn_infoshape.information.hull import upper_hull

__all__ = ["Judge", "frontier_area", "recovered_share", "share_hull", "thirds"]


def thirds(n_rows, random_state=0):
    """Split rows into three random parts of equal size.

    Parameters
    ----------
    n_rows : int
    random_state : int, default=0

    Returns
    -------
    tuple of three ndarray
        Row numbers for the encoder, for the attackers, for the test.

    Examples
    --------
    >>> from benchmarks.scoring import thirds
    >>> [len(part) for part in thirds(10)]
    [4, 3, 3]
    >>> sorted(int(row) for part in thirds(10) for row in part) == list(range(10))
    True
    """
    return tuple(np.array_split(np.random.default_rng(random_state).permutation(n_rows), 3))


def recovered_share(bits, raw_bits):
    """Bits recovered from a release as a share of the bits recovered from the raw rows.

    Parameters
    ----------
    bits : float
    raw_bits : float

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If nothing is recovered from the raw rows: then there is no trade-off to score.

    Examples
    --------
    >>> from benchmarks.scoring import recovered_share
    >>> recovered_share(0.25, 0.5), recovered_share(-0.1, 0.5), recovered_share(0.6, 0.5)
    (0.5, 0.0, 1.0)
    """
    if raw_bits <= 0:
        raise ValueError("Attackers recover nothing from the raw rows; give them more rows.")
    return min(max(bits / raw_bits, 0.0), 1.0)


def share_hull(points):
    """Corners of the least concave curve above some points, (0, 0) and (1, 1).

    Between two corners lies what a coin between the two releases attains. The curve never
    falls: it is concave, and at leakage 1 it has reached 1, which no share exceeds.

    Parameters
    ----------
    points : iterable of (float, float)
        (leakage share, utility share), each in [0, 1].

    Returns
    -------
    list of (float, float)
        From leakage 0 to leakage 1.

    Raises
    ------
    ValueError
        If a share is outside of [0, 1].

    Examples
    --------
    >>> from benchmarks.scoring import share_hull
    >>> share_hull([(0.25, 0.75), (0.5, 0.5)])
    [(0.0, 0.0), (0.25, 0.75), (1.0, 1.0)]
    >>> share_hull([(0.0, 0.5), (0.5, 0.7)])
    [(0.0, 0.5), (1.0, 1.0)]
    """
    points = list(points)
    for leakage, utility in points:
        if not (0 <= leakage <= 1 and 0 <= utility <= 1):
            raise ValueError(f"({leakage}, {utility}) is no pair of shares in [0, 1].")
    return upper_hull([(0.0, 0.0), *points, (1.0, 1.0)])


def frontier_area(points):
    """Area under the frontier of some releases: .5 is a coin flip's, 1 is perfect.

    Parameters
    ----------
    points : iterable of (float, float)
        (leakage share, utility share), each in [0, 1].

    Returns
    -------
    float
        From .5, which "release all or nothing, by a coin" attains, to 1.

    Examples
    --------
    >>> from benchmarks.scoring import frontier_area
    >>> frontier_area([(0.3, 0.3)]), frontier_area([(0.0, 1.0)])
    (0.5, 1.0)

    Half of the utility for nothing: a triangle of one half times one half is cut off.

    >>> frontier_area([(0.0, 0.5)])
    0.75

    More leakage with less utility costs nothing, as nobody needs to choose it.

    >>> frontier_area([(0.0, 0.5), (0.6, 0.1)])
    0.75
    """
    corners = pairwise(share_hull(points))
    return sum((x2 - x1) * (u1 + u2) / 2 for (x1, u1), (x2, u2) in corners)


@dataclass(frozen=True)
class Judge:
    """Scores releases of rows that their encoder has not seen.

    Attributes
    ----------
    X, y, s : ndarray
        All rows of a data set.
    attackers, test : ndarray of int
        Row numbers: where attackers are trained, and where they are scored.
    random_state : int
        Of the attackers.
    raw_bits : tuple of (float, float)
        Bits of y and of s that the attackers recover from X itself.
    """

    X: np.ndarray
    y: np.ndarray
    s: np.ndarray
    attackers: np.ndarray
    test: np.ndarray
    random_state: int
    raw_bits: tuple[float, float]

    @classmethod
    def of(cls, X, y, s, attackers, test, random_state=0):
        """A judge who has looked at the raw rows.

        Parameters
        ----------
        X, y, s, attackers, test, random_state
            As the attributes.

        Returns
        -------
        Judge
        """
        blank = cls(X, y, s, attackers, test, random_state, (np.nan, np.nan))
        raw_bits = blank.bits(lambda rows: rows)
        return cls(X, y, s, attackers, test, random_state, raw_bits)

    def bits(self, transform):
        """Bits of y and of s that the best attacker on each recovers from a release.

        Parameters
        ----------
        transform : callable
            Rows of X to rows of the release.

        Returns
        -------
        tuple of (float, float)
            Negative where all attackers do worse than the prior.
        """
        Z_train, Z_test = (
            np.asarray(transform(self.X[rows]), dtype=float) for rows in (self.attackers, self.test)
        )
        return tuple(
            attack(
                Z_train,
                labels[self.attackers],
                Z_test,
                labels[self.test],
                random_state=self.random_state,
            )[0].bits
            for labels in (self.y, self.s)
        )

    def point(self, transform):
        """Leakage share and utility share of a release.

        Parameters
        ----------
        transform : callable
            Rows of X to rows of the release.

        Returns
        -------
        tuple of (float, float)
        """
        utility, leakage = map(recovered_share, self.bits(transform), self.raw_bits)
        return leakage, utility
