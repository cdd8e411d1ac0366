"""Batches sliced from tensors: no per-row collate, no worker, no global generator.

A torch DataLoader touches torch's global generator at each pass and collates row by row,
which here costs three times the training step itself.
"""

import torch
from torch.utils.data import Dataset

__all__ = ["RowTensors", "SlicedBatches"]


class RowTensors(Dataset):
    """Features and targets of the same rows, as a data set that skorch accepts.

    Parameters
    ----------
    features : Tensor of shape (n, ...)
    targets : list of Tensor of shape (n, ...)
        One for each label.
    weights : Tensor of shape (n,), dtype float64, optional
        How often each row comes in an epoch, relative to others; None: once.
    """

    def __init__(self, features, targets, weights=None):
        self.features = features
        self.targets = targets
        self.weights = weights

    def drawn(self, n_draws, generator):
        """Numbers of rows, each as often as its share of the weight has it, up to one more.

        Systematic sampling: one draw, then equal steps through the weights that are laid end to
        end. Sums over these rows are right in the mean, and vary less than those of free draws.

        Parameters
        ----------
        n_draws : int
        generator : torch.Generator
            On the CPU.

        Returns
        -------
        Tensor of shape (n_draws,), dtype int64
        """
        ends = self.weights.cumsum(0)
        first = torch.rand(1, dtype=torch.float64, generator=generator)
        places = (torch.arange(n_draws, dtype=torch.float64) + first) / n_draws * ends[-1]
        return torch.searchsorted(ends, places, right=True).clamp_max(len(self) - 1)

    def repeated(self, times, seed):
        """Rows of one weight that stand for these, ``times`` as many; these, if all count alike.

        Parameters
        ----------
        times, seed : int

        Returns
        -------
        RowTensors
        """
        if self.weights is None:
            return self
        generator = torch.Generator().manual_seed(seed)
        return RowTensors(*self[self.drawn(times * len(self), generator)])

    def __len__(self):
        return len(self.features)

    def __getitem__(self, index):
        return self.features[index], [target[index] for target in self.targets]


class SlicedBatches:
    """An iterator over batches of a :class:`RowTensors`, shuffled when it is given a generator.

    Parameters
    ----------
    rows : RowTensors
    batch_size : int
        The rows that do not fill a last batch are spread over the batches of the epoch.
    device : str or torch.device
        Where batches are delivered.
    generator : torch.Generator or None
        On the CPU; None keeps the order, and takes each row once.
    """

    def __init__(self, rows, batch_size, device, generator=None):
        self.rows = rows
        self.n_batches = max(1, round(len(rows) / batch_size))
        self.device = device
        self.generator = generator

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        n = len(self.rows)
        order = None if self.generator is None else torch.randperm(n, generator=self.generator)
        if order is not None and self.rows.weights is not None:
            order = self.rows.drawn(n, self.generator)[order]
        for b in range(self.n_batches):
            part = slice(b * n // self.n_batches, (b + 1) * n // self.n_batches)
            features, targets = self.rows[part if order is None else order[part]]
            yield features.to(self.device), [target.to(self.device) for target in targets]
