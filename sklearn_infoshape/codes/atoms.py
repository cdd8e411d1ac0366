"""The finite code of a few distinct posteriors: a table, free of any shape.

Where X has few distinct rows, so have their posteriors, and each such atom carries mass. A
linear border cannot cut through an atom, nor must the best partition be linear there; but
so few values can be searched one by one, and each can have code probabilities of its own.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from sklearn_infoshape.codes.lagrangian import (
    VALUE_DIGITS,
    WeightedPoints,
    ascend,
    lagrangian_of_masses,
    lane_slices,
    softmax_codes,
)
from sklearn_infoshape.codes.moves import SingleMoves

__all__ = [
    "AtomTable",
    "NearestAtom",
    "Table",
    "best_partition",
    "best_probabilities",
    "solve_atoms",
    "table_scores",
]

_KICK_MOVES = 3000  # atoms that are moved in rounds of kicks
_MOST_KICKS = 40
_KEPT = 8  # partitions that are kicked in each round
_CLIMB_STEPS = 1000  # shared by the starts and the rounds that go on from the best of them
_STARTS = 64
_ROUNDS = 2
_COPIES = 4  # of each of the best, in a round
_RARE = 1e-4  # the probability from which a code that is never taken may come back
_IMPOSSIBLE = -30.0  # the logarithm of no probability, as an encoder's output
_RESERVE = 10.0  # how far below the next best one a code stands that would do instead
_DISTANCES_A_SLICE = 2**18
_DUST = 1e-3  # probabilities below are how far a search ends inside the simplex


class NearestAtom(nn.Module):
    """The scores of the point of posterior space that a row is nearest to, of a few points.

    Parameters
    ----------
    atoms : ndarray of shape (m, D)
    scores : ndarray of shape (m, K)
        Of each code, at each of the points.
    """

    def __init__(self, atoms, scores):
        super().__init__()
        # Arrays, no buffers: skops reads no tensors back.
        self.atoms, self.scores = np.array(atoms, np.float64), np.array(scores, np.float64)

    def forward(self, x):
        """Map points of shape (n, D) to scores of shape (n, K), in slices of bounded memory."""
        step = max(1, _DISTANCES_A_SLICE // len(self.atoms))
        atoms, scores = (torch.from_numpy(part).to(x) for part in (self.atoms, self.scores))
        # Filled in place: small results between large freed ones would keep their memory apart.
        nearest = torch.empty(len(x), dtype=torch.int64, device=x.device)
        for part, found in zip(x.split(step), nearest.split(step), strict=True):
            # By differences, not by products: whatever stands beside a row, its distances are
            # the same to the last digit.
            distances = torch.cdist(part, atoms, compute_mode="donot_use_mm_for_euclid_dist")
            torch.argmin(distances, 1, out=found)
        return scores[nearest]


@dataclass(frozen=True)
class Table:
    """Code probabilities of each of a number of points; others take those of the nearest.

    Attributes
    ----------
    points : ndarray of shape (m, D)
        D is the number of classes of all labels together.
    scores : ndarray of shape (m, K)
        Logarithms of the probabilities. Codes that a point never takes stand far below, in
        the order in which they would do instead.
    lagrangian : float
        In nats, with the posteriors as soft targets, of the law of the codes.
    """

    points: np.ndarray
    scores: np.ndarray
    lagrangian: float
    reader: ClassVar[type[nn.Module]]

    @property
    def coef(self):
        """The identity: the trunk gives the scores as they are."""
        return np.eye(self.scores.shape[1])

    @property
    def intercept(self):
        """Zeros: the table says it all."""
        return np.zeros(self.scores.shape[1])

    @property
    def trunk(self):
        """What finds the point of a row, and its scores, as a torch module."""
        return self.reader(self.points, self.scores)

    def outputs(self, posteriors):
        """Scores whose softmax are the codes' probabilities.

        Parameters
        ----------
        posteriors : list of ndarray of shape (n, C_j)

        Returns
        -------
        ndarray of shape (n, K)
        """
        rows = torch.from_numpy(np.hstack(posteriors).astype(np.float64))
        return self.trunk(rows).numpy()

    def read_last(self, n_columns):
        """The same, read from the last columns alone, which imply the others."""
        return replace(self, points=self.points[:, -n_columns:])


@dataclass(frozen=True)
class AtomTable(Table):
    """The table of all points that there are: each carries mass."""

    reader = NearestAtom

    @property
    def n_atoms(self):
        """How many there are."""
        return len(self.points)


def solve_atoms(atoms, share, widths, weights, *, climbed=None, n_codes, hard, seed):
    """The best table for each problem.

    Parameters
    ----------
    atoms : ndarray of shape (m, D)
        Posteriors of all labels side by side.
    share : ndarray of shape (m,)
        Of the rows that each atom stands for.
    widths : list of int
        Columns of each label.
    weights : ndarray of shape (L, J)
        For each problem the weight of each label in the Lagrangian.
    climbed : ndarray of shape (L, J), optional
        The weights that are climbed, where they are not those that are reported.
    n_codes : int
    hard : bool
        Whether each atom has one code, or probabilities of several.
    seed : int

    Returns
    -------
    list of AtomTable
        One for each problem.
    """
    climbed, vectors, tables = weights if climbed is None else climbed, share[:, None] * atoms, []
    for of_labels, reported in zip(climbed, weights, strict=True):
        rng = np.random.RandomState(seed)
        lanes = best_probabilities(
            atoms, share, widths, of_labels, n_codes, _STARTS, rng, n_rounds=0 if hard else _ROUNDS
        )
        if hard:
            codes = best_partition(vectors, widths, of_labels, n_codes, lanes.argmax(-1), rng)
            probabilities = np.eye(n_codes)[codes]
        else:
            probabilities = lanes[0]
        masses = probabilities.T @ vectors
        if lagrangian_of_masses(masses, widths, of_labels) < 0:  # then one code for all is better
            probabilities = np.eye(n_codes)[np.zeros(len(atoms), dtype=int)]
            masses = probabilities.T @ vectors
        scores = table_scores(SingleMoves(vectors, widths, of_labels, n_codes), probabilities)
        tables.append(
            AtomTable(atoms, scores, float(lagrangian_of_masses(masses, widths, reported)))
        )
    return tables


def table_scores(moves, probabilities):
    """Logarithms of probabilities, shape (m, K), and what stands in for those that are 0.

    An atom whose code is given up goes where all of that code does best: codes that are merged
    whole say no more of anything than they did apart.
    """
    masses = probabilities.T @ moves.vectors
    worth = moves.worth(masses)
    loss = worth[:, None] + worth - moves.worth(masses[:, None] + masses)
    used = masses[:, -1] > 0
    loss = np.where(used, loss, np.inf)
    ranks = loss.argsort(axis=1, kind="stable").argsort(axis=1)
    below = ranks[probabilities.argmax(axis=1)]
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities)
    return np.where(logs > _IMPOSSIBLE, logs, _IMPOSSIBLE - _RESERVE * below)


def best_probabilities(atoms, share, widths, weights, n_codes, n_starts, rng, n_rounds=_ROUNDS):
    """Code probabilities of each atom that climb the Lagrangian, from many starts.

    Parameters
    ----------
    atoms : ndarray of shape (m, D)
        Posteriors of all labels side by side.
    share : ndarray of shape (m,)
    widths : list of int
        Columns of each label.
    weights : array-like of shape (J,)
        Of each label in the Lagrangian.
    n_codes, n_starts : int
    rng : numpy.random.RandomState
    n_rounds : int, default=2
        How often the best are disturbed and climb again.

    Returns
    -------
    ndarray of shape (n_starts, m, n_codes)
        Best first.
    """
    steps = _CLIMB_STEPS / (1 + n_rounds / 2)  # half as many lanes climb again
    logits = 0.3 * rng.normal(size=(n_starts, n_codes, len(atoms)))
    found, values = _climbed(atoms, share, widths, weights, logits, int(steps))
    for _ in range(n_rounds):
        disturbed = np.log(np.maximum(np.repeat(found[:_KEPT], _COPIES, axis=0), _RARE))
        disturbed += rng.normal(size=disturbed.shape)
        again, worth = _climbed(atoms, share, widths, weights, disturbed, int(steps))
        found, values = np.concatenate([found, again]), np.concatenate([values, worth])
        order = np.argsort(-values, kind="stable")[:n_starts]
        found, values = found[order], values[order]
    return found.transpose(0, 2, 1)


def _climbed(atoms, share, widths, weights, logits, n_steps):
    """Probabilities, shape (lanes, K, m), that logits climb to, best first; and their values."""
    lanes = np.tile(np.asarray(weights, dtype=float), (len(logits), 1))
    for part in lane_slices(len(logits), logits[0].size):
        problem, own = WeightedPoints(atoms, share, widths, lanes[part]), logits[part]
        _climb(problem, own, n_steps)
    found = softmax_codes(logits)
    found = np.where(found < _DUST, 0.0, found)
    found /= found.sum(axis=1, keepdims=True)
    values = WeightedPoints(atoms, share, widths, lanes).lagrangian(found).round(VALUE_DIGITS)
    order = np.argsort(-values, kind="stable")
    return found[order], values[order]


def _climb(problem, logits, n_steps):
    """Change logits of shape (lanes, K, m) in place."""
    ascend([logits], lambda _: [problem.gradient(softmax_codes(logits.copy()))], n_steps, rate=0.1)


def best_partition(vectors, widths, weights, n_codes, starts, rng):
    """The best hard code of the atoms: single moves, kicks, and moves again.

    Parameters
    ----------
    vectors : ndarray of shape (m, D)
        Posteriors of the atoms side by side, times the atoms' shares.
    widths, weights, n_codes
        As in :func:`best_probabilities`.
    starts : ndarray of shape (R, m), dtype int
        A code for each atom.
    rng : numpy.random.RandomState

    Returns
    -------
    ndarray of shape (m,), dtype int

    Examples
    --------
    Four atoms that tell y and s exactly: those of one y share a code.

    >>> import numpy as np
    >>> from sklearn_infoshape.codes.atoms import best_partition
    >>> y, s = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    >>> rng = np.random.RandomState(0)
    >>> starts = rng.randint(4, size=(8, 4))
    >>> code = best_partition(np.hstack([y, s]) / 4, [2, 2], [1.0, -1.0], 4, starts, rng)
    >>> bool(code[0] == code[1]), bool(code[2] == code[3]), bool(code[0] == code[2])
    (True, True, False)
    """
    moves = SingleMoves(vectors, widths, weights, n_codes)
    # One code for all is among the starts: what is found is not worse.
    starts = np.concatenate([starts, np.zeros((1, len(vectors)), dtype=int)])
    codes, values = moves.climb(starts, rng)
    n_rounds = int(np.clip(_KICK_MOVES / len(vectors), 5, _MOST_KICKS))
    codes, values = moves.kicked(
        codes,
        values,
        rng,
        n_rounds=n_rounds,
        n_kept=_KEPT,
        n_copies=max(1, len(starts) // _KEPT),
        most_kicked=0.3,
    )
    return codes[moves.distinct_best(values)[0]]
