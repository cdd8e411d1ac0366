"""The torch modules that score pairs of rows: one score a class, or a copula and what it misses."""

import numpy as np
import torch
from torch import nn

from sklearn_infoshape.estimation.copula import Copula
from sklearn_infoshape.neural.networks import mlp

__all__ = ["ClassCritic", "PairCritic"]

_WIDEST_SCORE = 6.0


class ClassCritic(nn.Module):
    """One score for each class: the expectation over labels is then an exact sum."""

    def __init__(self, n_in, hidden_layer_sizes, frequencies):
        super().__init__()
        self.scores = mlp(n_in, hidden_layer_sizes, len(frequencies))
        self.forget()
        self.register_buffer("log_weights", torch.tensor(frequencies, dtype=torch.float32).log())

    def forget(self):
        """Give all classes a score of nought."""
        with torch.no_grad():
            self.scores[-1].weight.zero_()
            self.scores[-1].bias.zero_()

    def forward(self, z, target, shifts):
        """Scores of own labels, shape (n,); of all labels, (n, C); their log weights, (C,)."""
        scores = self.scores(z)
        return (scores * target).sum(1), scores, self.log_weights


class PairCritic(nn.Module):
    """A score for a pair of rows, on top of what a copula says of it where there is one.

    Parameters
    ----------
    n_z, n_l : int
        Columns of Z and of l.
    hidden_layer_sizes : sequence of int
    copula : Copula or None
        Its log ratio is the starting point, and an input: the network then learns only what
        the copula misses. The rows carry canonical coordinates behind their scores.
    """

    def __init__(self, n_z, n_l, hidden_layer_sizes, copula=None):
        super().__init__()
        self.n_z, self.n_l = n_z, n_l
        self.base = None if copula is None else _CopulaScore(copula)
        width = hidden_layer_sizes[0]
        # The first layer is a sum over Z and l, so that it is computed once a row, not a pair.
        self.of_z = nn.Linear(n_z + 1, width, dtype=torch.float32)
        self.of_l = nn.Linear(n_l + 1, width, bias=False, dtype=torch.float32)
        self.of_base = nn.Linear(2, width, bias=False, dtype=torch.float32)
        self.rest = mlp(width, hidden_layer_sizes[1:], 1)
        self.forget()

    def forget(self):
        """Start from the copula alone (or from a score of nought)."""
        with torch.no_grad():
            self.rest[-1].weight.zero_()
            self.rest[-1].bias.zero_()

    def forward(self, z, label, shifts):
        """Scores of each row with its own label, (n,), and with shifted rows' labels, (n, m)."""
        places = torch.arange(len(label), device=label.device)[:, None]
        places = (places + places.new_tensor([0, *shifts])) % len(label)
        shifted = label[places]
        hidden = self.of_z(_with_length(z[:, : self.n_z]))[:, None]
        hidden = hidden + self.of_l(_with_length(label[:, : self.n_l]))[places]
        base = 0.0
        if self.base is not None:
            base = self.base(z[:, None, self.n_z :], shifted[..., self.n_l :])
            tame = base.clamp(-_WIDEST_SCORE, _WIDEST_SCORE)
            hidden = hidden + self.of_base(
                torch.stack([tame, base.sign() * base.abs().log1p()], -1)
            )
        scores = base + self.rest(nn.functional.silu(hidden)).squeeze(-1)
        log_weights = scores.new_full((len(shifts),), -np.log(len(shifts)))
        return scores[:, 0], scores[:, 1:], log_weights


def _with_length(rows):
    """Rows, and the logarithm of their squared length: what elliptical laws depend on."""
    return torch.cat([rows, (rows**2).sum(-1, keepdim=True).log1p()], -1)


class _CopulaScore(nn.Module):
    """A copula's log ratio of pairs of canonical coordinates, in torch."""

    def __init__(self, copula: Copula):
        super().__init__()
        self.degrees, self.constant = copula.degrees, copula.constant
        r = torch.tensor(copula.correlations, dtype=torch.float32)
        self.register_buffer("r", r)

    def forward(self, a, b):
        r: torch.Tensor = self.r  # type: ignore[assignment]
        k = len(r)
        of_z, of_l = (a**2).sum(-1), (b**2).sum(-1)
        u, v = a[..., :k], b[..., :k]
        joint = of_z + of_l + ((r * r * (u * u + v * v) - 2 * r * u * v) / (1 - r * r)).sum(-1)
        nu, p, q = self.degrees, a.shape[-1], b.shape[-1]
        if np.isinf(nu):
            return self.constant + 0.5 * (of_z + of_l - joint)
        return self.constant + 0.5 * (
            (nu + p) * (of_z / nu).log1p()
            + (nu + q) * (of_l / nu).log1p()
            - (nu + p + q) * (joint / nu).log1p()
        )
