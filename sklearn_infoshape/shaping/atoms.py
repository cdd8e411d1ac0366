"""The finite code of a few distinct posteriors: a table, free of any shape.

Where X has few distinct rows, so have their posteriors, and each such atom carries mass. A
linear border cannot cut through an atom, nor must the best partition be linear there; but
so few values can be searched one by one, and each can have code probabilities of its own.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import xlogy
from torch import nn

from sklearn_infoshape.information import joint_information

__all__ = ["AtomTable", "NearestAtom", "best_partition", "best_probabilities", "solve_atoms"]

_SMALLEST_GAIN = 1e-12  # nats: a move that gains less is rounding, and could cycle
_MOST_SWEEPS = 50
_KICK_MOVES = 3000  # atoms that are moved in rounds of kicks
_MOST_KICKS = 40
_KEPT = 8  # partitions that are kicked in each round
_CLIMB_STEPS = 1000
_STARTS = 64
_IMPOSSIBLE = -30.0  # the logarithm of no probability, as an encoder's output
_DUST = 1e-3  # probabilities below are how far a search ends inside the simplex


class NearestAtom(nn.Module):
    """Which of some points of posterior space a row is nearest to, one-hot.

    Parameters
    ----------
    atoms : ndarray of shape (m, D)
    """

    def __init__(self, atoms):
        super().__init__()
        self.atoms: torch.Tensor
        self.register_buffer("atoms", torch.from_numpy(np.array(atoms, dtype=np.float64)))

    def forward(self, x):
        """Map points of shape (n, D) to rows of shape (n, m)."""
        nearest = torch.cdist(x, self.atoms.to(x.dtype)).argmin(1)
        return nn.functional.one_hot(nearest, len(self.atoms)).to(x.dtype)


@dataclass(frozen=True)
class AtomTable:
    """Code probabilities of each of a few atoms; other points take those of the nearest.

    Attributes
    ----------
    atoms : ndarray of shape (m, D)
        D is the number of classes of all labels together.
    coef : ndarray of shape (K, m)
        Logarithms of the probabilities.
    lagrangian : float
        In nats, with the posteriors as soft targets, of the law of the codes.
    """

    atoms: np.ndarray
    coef: np.ndarray
    lagrangian: float

    @property
    def n_atoms(self):
        """How many there are."""
        return len(self.atoms)

    @property
    def intercept(self):
        """Zeros: the table says it all."""
        return np.zeros(len(self.coef))

    @property
    def trunk(self):
        """What finds the atom of a row, as a torch module."""
        return NearestAtom(self.atoms)

    def outputs(self, posteriors):
        """Scores whose softmax are the codes' probabilities.

        Parameters
        ----------
        posteriors : list of ndarray of shape (n, C_j)

        Returns
        -------
        ndarray of shape (n, K)
        """
        points = torch.from_numpy(np.hstack(posteriors).astype(np.float64))
        return self.trunk(points).numpy() @ self.coef.T


def solve_atoms(atoms, share, widths, weights, *, n_codes, hard, seed):
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
    n_codes : int
    hard : bool
        Whether each atom has one code, or probabilities of several.
    seed : int

    Returns
    -------
    list of AtomTable
        One for each problem.
    """
    vectors, tables = share[:, None] * atoms, []
    mean = vectors.sum(0)
    for of_labels in weights:
        generator, rng = torch.Generator().manual_seed(seed), np.random.RandomState(seed)
        lanes = best_probabilities(vectors, widths, of_labels, n_codes, _STARTS, generator)
        probabilities = lanes[0]
        moves = _SingleMoves(vectors, widths, of_labels, n_codes)
        if hard:
            codes = best_partition(vectors, widths, of_labels, n_codes, lanes.argmax(-1), rng)
            probabilities = np.eye(n_codes)[codes]
        value = moves.worth(probabilities.T @ vectors).sum() - moves.worth(mean)
        with np.errstate(divide="ignore"):
            coef = np.maximum(np.log(probabilities.T), _IMPOSSIBLE)
        tables.append(AtomTable(atoms, coef, float(value)))
    return tables


def best_probabilities(vectors, widths, weights, n_codes, n_starts, generator):
    """Code probabilities of each atom that climb the Lagrangian, from many starts.

    Parameters
    ----------
    vectors : ndarray of shape (m, D)
        Posteriors of the atoms side by side, times the atoms' shares.
    widths : list of int
        Columns of each label.
    weights : array-like of shape (J,)
        Of each label in the Lagrangian.
    n_codes, n_starts : int
    generator : torch.Generator

    Returns
    -------
    ndarray of shape (n_starts, m, n_codes)
        Best start first.
    """
    points = torch.from_numpy(vectors).float()
    weights = torch.as_tensor(weights, dtype=torch.float32)
    blocks = torch.tensor_split(torch.arange(len(points[0])), np.cumsum(widths)[:-1].tolist())

    def value(probabilities):
        joint = probabilities.mT @ points.to(probabilities.dtype)
        information = [joint_information(joint[..., block]) for block in blocks]
        return torch.stack(information, -1) @ weights.to(joint.dtype)

    shape = (n_starts, len(points), n_codes)
    logits = (0.3 * torch.randn(shape, generator=generator, dtype=points.dtype)).requires_grad_()
    climb = torch.optim.Adam([logits], lr=0.1)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(climb, _CLIMB_STEPS)
    for _ in range(_CLIMB_STEPS):
        climb.zero_grad()
        (-value(logits.softmax(-1)).sum()).backward()
        climb.step()
        decay.step()
    found = logits.detach().double().softmax(-1)
    found = torch.where(found < _DUST, 0.0, found)
    found = found / found.sum(-1, keepdim=True)
    return found[value(found).argsort(descending=True)].numpy()


def best_partition(vectors, widths, weights, n_codes, starts, rng):
    """The best hard code of the atoms: single moves, kicks, and moves again.

    Parameters
    ----------
    vectors, widths, weights, n_codes
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
    >>> from sklearn_infoshape.shaping.atoms import best_partition
    >>> y, s = np.repeat(np.eye(2), 2, axis=0), np.tile(np.eye(2), (2, 1))
    >>> rng = np.random.RandomState(0)
    >>> starts = rng.randint(4, size=(8, 4))
    >>> code = best_partition(np.hstack([y, s]) / 4, [2, 2], [1.0, -1.0], 4, starts, rng)
    >>> bool(code[0] == code[1]), bool(code[2] == code[3]), bool(code[0] == code[2])
    (True, True, False)
    """
    moves = _SingleMoves(vectors, widths, weights, n_codes)
    codes, values = moves.climb(starts, rng)
    for _ in range(int(np.clip(_KICK_MOVES / len(vectors), 5, _MOST_KICKS))):
        # Equal values are one partition, its codes renamed: copies would crowd out others.
        best = np.unique(-values.round(10), return_index=True)[1][:_KEPT]
        copies = np.repeat(codes[best], max(1, len(starts) // _KEPT), axis=0)
        kicked = rng.uniform(size=copies.shape) < rng.uniform(0.02, 0.3, (len(copies), 1))
        kicked_codes = np.where(kicked, rng.randint(n_codes, size=copies.shape), copies)
        climbed, climbed_values = moves.climb(kicked_codes, rng)
        codes = np.concatenate([codes[best], climbed])
        values = np.concatenate([values[best], climbed_values])
    return codes[values.argmax()]


class _SingleMoves:
    """Climbing on partitions by moving one atom at a time, in many lanes.

    The Lagrangian is a constant plus a sum over codes of ``worth(sum of the code's vectors)``:
    a move changes two summands only.
    """

    def __init__(self, vectors, widths, weights, n_codes):
        self.vectors = vectors
        self.n_codes = n_codes
        self.n_first = widths[0]
        self.column_weights = np.repeat(np.asarray(weights, dtype=float), widths)
        self.total_weight = float(np.sum(weights))

    def worth(self, masses):
        """What codes of shape (..., D) add to the Lagrangian, in nats."""
        masses = np.maximum(masses, 0.0)  # differences of sums may be a rounding below zero
        total = masses[..., : self.n_first].sum(-1)
        return xlogy(masses, masses) @ self.column_weights - self.total_weight * xlogy(total, total)

    def climb(self, codes, rng):
        """Partitions at which no single move gains, and their values: (R, m) and (R,)."""
        codes, lanes = codes.copy(), np.arange(len(codes))
        masses = np.eye(self.n_codes)[codes].transpose(0, 2, 1) @ self.vectors
        for _ in range(_MOST_SWEEPS):
            moved = False
            for atom in rng.permutation(len(self.vectors)):
                own, vector = codes[:, atom], self.vectors[atom]
                masses[lanes, own] -= vector
                gain = self.worth(masses + vector) - self.worth(masses)
                new = gain.argmax(1)
                better = gain[lanes, new] > gain[lanes, own] + _SMALLEST_GAIN
                codes[:, atom] = np.where(better, new, own)
                masses[lanes, codes[:, atom]] += vector
                moved |= better.any()
            if not moved:
                break
        return codes, self.worth(masses).sum(1)
