"""What leaves the encoder: a finite code, noisy columns, or (the paper's) bare columns.

A deterministic continuous encoder can satisfy the critic that trains it and still hand the
sensitive attribute to the next attacker: information survives at a finer grain than the
critic looks. A finite code, or noise, destroys that grain.

A new channel is one class here and one line in :data:`CHANNELS`.
"""

import numpy as np
import torch
from scipy.special import softmax

from sklearn_infoshape.information import BOUNDS

__all__ = ["CHANNELS", "CategoricalChannel", "DeterministicChannel", "GaussianChannel"]


class DeterministicChannel:
    """``Z = tanh(f(x))``: the paper's encoder. No limit on what an attacker may find.

    Attributes
    ----------
    estimators : tuple of str
        The ``mi_estimator`` values that can train it; the first is what "auto" means.
    draw : {None, "uniform", "normal"}
        The keyed draws that a release takes.

    Parameters
    ----------
    noise_scale : float, default=0.0
        Standard deviation of noise, where the channel adds any.
    """

    estimators: tuple[str, ...] = tuple(BOUNDS)
    draw: str | None = None

    def __init__(self, noise_scale=0.0):
        self.noise_scale = noise_scale

    def observe(self, outputs, generator):
        """What critics see in training.

        Parameters
        ----------
        outputs : Tensor of shape (n, n_components)
            Of the encoder.
        generator : torch.Generator
            Of the training's noise.

        Returns
        -------
        Tensor of shape (n, n_components)
        """
        return torch.tanh(outputs)

    def n_draws(self, n_outputs):
        """How many keyed draws one row takes."""
        return 0

    def probabilities(self, outputs):
        """Codes alone have probabilities."""
        raise TypeError(f"{type(self).__name__} releases columns, not codes.")

    def release(self, outputs, draws):
        """What leaves, from float64 encoder outputs and keyed draws.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
        draws : ndarray of shape (n, n_draws) or None

        Returns
        -------
        ndarray of shape (n, n_components)
        """
        return np.tanh(outputs)


class GaussianChannel(DeterministicChannel):
    """``Z = tanh(f(x)) + noise_scale * normal``: fresh noise in training, keyed in a release.

    The signal lies in [-1, 1].
    """

    draw = "normal"

    def observe(self, outputs, generator):
        """Squashed outputs plus fresh noise; see the base class."""
        noise = torch.empty_like(outputs).normal_(generator=generator)
        return torch.tanh(outputs) + self.noise_scale * noise

    def n_draws(self, n_outputs):
        """One normal draw a column."""
        return n_outputs

    def release(self, outputs, draws):
        """Squashed outputs plus the row's own noise; see the base class."""
        return np.tanh(outputs) + self.noise_scale * draws


class CategoricalChannel(DeterministicChannel):
    """One of a finite number of codes, released one-hot.

    After training, :meth:`settle` fixes which codes live and whether a row's code is its
    most probable one (hard) or a keyed draw from its probabilities.

    Attributes
    ----------
    live : ndarray of int or None
        Encoder outputs whose codes are in use, in the order of the released columns.
    muted : ndarray of bool of shape (n_live,) or None
        Codes that keep their column, and that no row is given.
    """

    estimators = ("plugin",)
    muted = None

    def __init__(self, noise_scale=0.0):
        super().__init__(noise_scale)
        self.live = None

    @property
    def hard(self):
        """Whether the most probable code is released; a hard code takes no draw."""
        return self.draw is None

    def n_draws(self, n_outputs):
        """One uniform draw picks a code."""
        return 0 if self.hard else 1

    def observe(self, outputs, generator=None):
        """Probability of each living code, shape (n, K): exact, so that no draw is needed."""
        return torch.softmax(outputs if self.live is None else outputs[:, self.live], dim=-1)

    def probabilities(self, outputs):
        """Probability of each living code.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)

        Returns
        -------
        ndarray of shape (n, n_live)
        """
        scores = outputs if self.live is None else outputs[:, self.live]
        if self.muted is not None:
            scores = np.where(self.muted, -np.inf, scores)
        return softmax(scores, axis=1)

    def release(self, outputs, draws):
        """One-hot rows over the living codes.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
        draws : ndarray of shape (n, 1) or None
            Uniform draws, where the code is not hard.

        Returns
        -------
        ndarray of shape (n, n_live)
        """
        probabilities = self.probabilities(outputs)
        if self.hard:
            codes = probabilities.argmax(axis=1)
        else:
            # The last cumulative sum can be a rounding error below one.
            codes = (probabilities.cumsum(axis=1)[:, :-1] < draws).sum(axis=1)
        return np.eye(probabilities.shape[1])[codes]

    def settle(self, outputs, *, hard, fewest, draws=None, persons=None, order=None):
        """Fix the rule, and bury codes that few take: none may point to a handful of people.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
            Of the rows that were fitted on.
        hard : bool
            Whether the most probable code is released, or a draw.
        fewest : int
            A code that fewer persons take is merged into the others.
        draws : ndarray of shape (n, 1), optional
            The rows' uniform draws, where the rule is not hard.
        persons : ndarray of shape (n,), dtype int, optional
            Who each row is of; None: each row is of a person of its own.
        order : ndarray of int, optional
            Of the encoder's outputs, in which codes are released.
        """
        self.draw = None if hard else "uniform"
        self.live = np.arange(outputs.shape[1]) if order is None else order
        while len(self.live) > 1:
            codes = self.release(outputs, draws).argmax(axis=1)
            if persons is not None:  # each person once a code
                codes = np.unique(np.column_stack([persons, codes]), axis=0)[:, 1]
            counts = np.bincount(codes, minlength=len(self.live))
            rarest = counts.argmin()
            if counts[rarest] >= fewest:
                break
            self.live = np.delete(self.live, rarest)


CHANNELS = {
    "categorical": CategoricalChannel,
    "gaussian": GaussianChannel,
    "deterministic": DeterministicChannel,
}
