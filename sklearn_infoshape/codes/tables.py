"""The finite code of many distinct posteriors as a table: cells of few rows, each with a code.

Where labels have three or more classes, or s is dear, the best partition mixes rows in ways
that no few linear borders reach: the climb of a linear head ends before it. Codes of many
small cells are searched by single moves.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

from sklearn_infoshape.codes.annealing import EQUAL
from sklearn_infoshape.codes.atoms import Table, table_scores
from sklearn_infoshape.codes.clusters import Cells, means, prototypes
from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.moves import SingleMoves

__all__ = ["CellTable", "Holders", "NearestCell", "better_tables"]

_ROWS_A_CELL = 10  # persons: of no fewer is anything kept
_ROWS_A_CENTRE = 11  # as cells are not all alike, some of these are given up
_MOST_CELLS = 2000
_FEWEST_PERSONS = 2000  # with fewer, cells are coarser than linear borders
_CELLS_A_GROUP = 4
_KICKS = {"n_rounds": 4, "n_kept": 4, "n_copies": 2, "most_kicked": 0.15}
_FINE_KICKS = {"n_rounds": 2, "n_kept": 2, "n_copies": 2, "most_kicked": 0.05}
_CLIMBED = 4  # lanes that go on from groups of cells to cells
_HELD_OUT = 4  # one part in so many judges


class NearestCell(nn.Module):
    """The scores of the cell that a row is in: of many cells, by a tree of their centres.

    Parameters
    ----------
    centres : ndarray of shape (m, D)
    scores : ndarray of shape (m, K)
        Of each code, in each cell.
    """

    def __init__(self, centres, scores):
        super().__init__()
        self.centres, self.scores = np.array(centres, np.float64), np.array(scores, np.float64)

    def forward(self, x):
        """Map points of shape (n, D) to scores of shape (n, K)."""
        # Built anew: it takes a millisecond, and does not travel in the pickle.
        nearest = cKDTree(self.centres).query(x.detach().cpu().double().numpy())[1]
        return torch.from_numpy(self.scores[nearest]).to(x)


@dataclass(frozen=True)
class CellTable(Table):
    """The table of cells, each of ten persons or more, that stand for many distinct points."""

    reader = NearestCell


@dataclass(frozen=True)
class Holders:
    """Who the points are of that stage two sees.

    Attributes
    ----------
    persons : ndarray of shape (n,), dtype int, or None
        None: each point is of a person of its own.
    counts : ndarray of shape (n,) or None
        Persons that each point stands for; None: one.
    """

    persons: np.ndarray | None = None
    counts: np.ndarray | None = None

    def number(self, n_points):
        """How many persons there are."""
        if self.persons is not None:
            return len(np.unique(self.persons))
        return n_points if self.counts is None else self.counts.sum()

    def held_out(self, n_points, rng):
        """Which points judge, of shape (n,), dtype bool: persons whole."""
        names = np.arange(n_points) if self.persons is None else self.persons
        _, number = np.unique(names, return_inverse=True)
        part = rng.permutation(number.max() + 1) % _HELD_OUT
        return part[number] == 0


def better_tables(points, share, widths, weights, linear, starts, holders, *, n_read, seed):
    """Tables in place of those linear partitions that they are better than, on held-out rows.

    Parameters
    ----------
    points : ndarray of shape (n, D)
        Posteriors of all labels side by side.
    share : ndarray of shape (n,)
    widths : list of int
        Columns of each label.
    weights : tuple of ndarray of shape (L, J)
        For each problem the weight of each label: those that are climbed, and reported.
    linear : list of LinearPartition
    starts : list of list of (callable or tuple)
        For each problem codes to start from: a function of points, or points and their codes.
    holders : Holders
    n_read : int
        The last columns, which are all that a row's code is read from.
    seed : int

    Returns
    -------
    list of LinearPartition or CellTable
    """
    persons = holders.number(len(points))
    if persons < _FEWEST_PERSONS:
        return linear
    read = points[:, points.shape[1] - n_read :]
    most = int(min(_MOST_CELLS, persons // _ROWS_A_CENTRE, len(points) // 2))
    cells = Cells(
        read,
        share,
        most,
        seed,
        fewest=_ROWS_A_CELL,
        persons=holders.persons,
        counts=holders.counts,
    )
    rng = np.random.RandomState(seed)
    judging = holders.held_out(len(points), rng)
    search = _Search(points, share, widths, cells, judging, seed)
    return [
        search.better(climbed, reported, partition, own_starts, np.random.RandomState(seed))
        for climbed, reported, partition, own_starts in zip(*weights, linear, starts, strict=True)
    ]


class _Search:
    def __init__(self, points, share, widths, cells, judging, seed):
        self.points, self.share, self.widths, self.cells = points, share, widths, cells
        self.judging = judging
        number = len(cells.centres)
        self.atoms = means(points, share, cells.members, number)

        def sums(rows):
            return np.stack(
                [
                    np.bincount(cells.members[rows], share[rows] * column, number)
                    for column in points[rows].T
                ],
                axis=1,
            )

        self.all, self.fitting = sums(slice(None)), sums(~judging)
        weight = self.all[:, : widths[0]].sum(axis=1)
        self.group_centres, _ = prototypes(
            self.atoms, weight, max(1, number // _CELLS_A_GROUP), seed
        )
        self.groups = cKDTree(self.group_centres).query(self.atoms)[1]

    def better(self, climbed, reported, partition, starts, rng):
        """The table, if it is clearly better than a linear partition on the judging rows."""
        n_codes = len(partition.coef)
        codes = self._search(climbed, n_codes, starts, rng)
        rows = self.judging
        # The linear one has seen these rows, and the table was made of fewer: the benefit of any
        # doubt is the linear one's already.
        table, linear = (
            self._worth(climbed, n_codes, own)
            for own in (codes[self.cells.members[rows]], partition.codes(self.points[rows]))
        )
        if table <= linear + EQUAL * abs(linear):
            return partition
        moves = SingleMoves(self.all, self.widths, climbed, n_codes)
        (codes,), _ = moves.climb(codes[None], rng)
        masses = moves.masses(codes[None])[0, :, :-1]
        value = float(lagrangian_of_masses(masses, self.widths, reported))
        return CellTable(self.cells.centres, table_scores(moves, np.eye(n_codes)[codes]), value)

    def _search(self, climbed, n_codes, starts, rng):
        """Codes of the cells, shape (m,), by the fitting rows."""
        number = len(self.group_centres)
        of_groups = np.stack(
            [np.bincount(self.groups, column, number) for column in self.fitting.T], axis=1
        )
        coarse = SingleMoves(of_groups, self.widths, climbed, n_codes)
        codes, values = coarse.climb(
            np.stack([_codes_at(self.group_centres, start) for start in starts]), rng
        )
        codes, values = coarse.kicked(codes, values, rng, **_KICKS)
        best = coarse.distinct_best(values)[:_CLIMBED]
        fine = SingleMoves(self.fitting, self.widths, climbed, n_codes)
        own = np.stack([_codes_at(self.atoms, start) for start in starts[:1]])
        codes, values = fine.climb(np.concatenate([codes[best][:, self.groups], own]), rng)
        codes, values = fine.kicked(codes, values, rng, **_FINE_KICKS)
        return codes[fine.distinct_best(values)[0]]

    def _worth(self, weights, n_codes, codes):
        """The Lagrangian of codes of the judging rows, by these rows alone."""
        rows, share = self.points[self.judging], self.share[self.judging]
        masses = np.stack([np.bincount(codes, share * c, n_codes) for c in rows.T], axis=1)
        return float(lagrangian_of_masses(masses / share.sum(), self.widths, weights))


def _codes_at(points, start):
    """Codes of points: by a function of them, or those of the nearest of other points."""
    if callable(start):
        return start(points)
    others, codes = start
    return codes[cKDTree(others).query(points)[1]]
