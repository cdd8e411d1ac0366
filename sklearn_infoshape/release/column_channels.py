"""Channels of columns: bare ones (the paper's), which every channel builds on, and noisy ones."""

from numbers import Real

import numpy as np
import torch
from sklearn.base import BaseEstimator

from sklearn_infoshape._compat import Interval, override
from sklearn_infoshape.information import BOUNDS

__all__ = ["DeterministicChannel", "GaussianChannel"]


class DeterministicChannel(BaseEstimator):
    """``Z = tanh(f(x))``: the paper's encoder. No limit on what an attacker may find.

    Attributes
    ----------
    estimators : tuple of str
        The ``mi_estimator`` values that can train it; the first is what "auto" means.
    draw : {None, "uniform", "normal"}
        The keyed draws that a release takes.
    noise_scale : float
        Standard deviation of noise; 0 where the channel adds none.

    Examples
    --------
    >>> from sklearn_infoshape import DeterministicChannel
    >>> DeterministicChannel()
    DeterministicChannel()
    """

    estimators: tuple[str, ...] = tuple(BOUNDS)
    draw: str | None = None
    noise_scale = 0.0
    _parameter_constraints: dict = {}

    @property
    def short_name(self):
        """The name in :data:`CHANNELS`."""
        return type(self).__name__.removesuffix("Channel").lower()

    @property
    def limits_codes(self):
        """Whether there is a limit of what single codes say of s."""
        return False

    @property
    def is_code(self):
        """Whether a release is one of finitely many codes, one-hot."""
        return self.estimators == ("plugin",)

    def observe(self, outputs, generator):
        """What critics see in training: columns with fresh noise, or probabilities of codes.

        Parameters
        ----------
        outputs : Tensor of shape (n, n_components)
            Of the encoder.
        generator : torch.Generator
            Of the training's noise; not used where there is none.

        Returns
        -------
        Tensor of shape (n, n_components), or (n, n_live) of codes
        """
        return torch.tanh(outputs)

    def n_draws(self, n_outputs):
        """How many keyed draws one row takes.

        Parameters
        ----------
        n_outputs : int
            Columns of the encoder.

        Returns
        -------
        int
            0 where nothing is drawn, 1 for a code, one a column for noise.
        """
        return 0

    def capacity_bits(self, n_outputs):
        """Most bits that one release of a row can tell; None where no limit is known.

        Parameters
        ----------
        n_outputs : int
            Columns of the encoder.

        Returns
        -------
        float or None
            Bits.
        """
        return None

    def probabilities(self, outputs):
        """Probability of each living code.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
            Of the encoder.

        Returns
        -------
        ndarray of shape (n, n_live)

        Raises
        ------
        TypeError
            If columns are released, not codes.
        """
        raise TypeError(f"{type(self).__name__} releases columns, not codes.")

    def release(self, outputs, draws):
        """What leaves, from float64 encoder outputs and keyed draws.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
            Of the encoder.
        draws : ndarray of shape (n, n_draws) or None
            Keyed draws, normal for noise and uniform for a code; None where none is taken.

        Returns
        -------
        ndarray of shape (n, n_components), or (n, n_live): codes, one-hot
        """
        return np.tanh(outputs)


class GaussianChannel(DeterministicChannel):
    """``Z = tanh(f(x)) + noise_scale * normal``: fresh noise in training, keyed in a release.

    Parameters
    ----------
    noise_scale : float, default=0.3
        Standard deviation of the noise; the signal lies in [-1, 1].

    Examples
    --------
    >>> from sklearn_infoshape import GaussianChannel, InfoShapeTransformer
    >>> shaper = InfoShapeTransformer(channel=GaussianChannel(noise_scale=0.5))
    >>> shaper.get_params()["channel__noise_scale"]
    0.5
    """

    draw = "normal"
    _parameter_constraints = {"noise_scale": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, noise_scale=0.3):
        self.noise_scale = noise_scale

    @override
    def observe(self, outputs, generator):
        noise = torch.empty_like(outputs).normal_(generator=generator)
        return torch.tanh(outputs) + self.noise_scale * noise

    @override
    def n_draws(self, n_outputs):
        return n_outputs

    @override
    def capacity_bits(self, n_outputs):
        """Shannon's capacity (1948): outputs lie in [-1, 1], so their mean square is at most 1.

        Otherwise as :meth:`DeterministicChannel.capacity_bits`.
        """
        if type(self) is not GaussianChannel:  # a subclass may let out something else
            return None
        return float(n_outputs / 2 * np.log2(1 + 1 / self.noise_scale**2))

    @override
    def release(self, outputs, draws):
        return np.tanh(outputs) + self.noise_scale * draws
