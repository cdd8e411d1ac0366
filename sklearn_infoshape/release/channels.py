"""What leaves the encoder: a finite code, noisy columns, or (the paper's) bare columns.

A deterministic continuous encoder can satisfy the critic that trains it and still hand the
sensitive attribute to the next attacker: information survives at a finer grain than the
critic looks. A finite code, or noise, destroys that grain.

A new channel is one class, here or in a file beside, and one line in :data:`CHANNELS`.
"""

from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import clone

from sklearn_infoshape._compat import Interval, override
from sklearn_infoshape.release.column_channels import DeterministicChannel, GaussianChannel

__all__ = [
    "CHANNELS",
    "CategoricalChannel",
    "DeterministicChannel",
    "GaussianChannel",
    "new_channel",
]


class CategoricalChannel(DeterministicChannel):
    """One of a finite number of codes, released one-hot.

    After training, :meth:`settle` fixes which codes live and whether a row's code is its
    most probable one (hard) or a keyed draw from its probabilities.

    Parameters
    ----------
    n_init : int, default=4
        Starts from which a code on posteriors is sought, side by side; the best is kept (at the
        default, the folds of a search take half as many). Of the game (``posterior=None``) it is
        ``ShapingGame(n_init=...)``.
    max_posterior_shift : float in (0, 1), default=None
        Most that a single code may say of each sensitive column: the total variation between
        p(s | code) and p(s). A code that may exceed it, by a 95 % upper limit on the observed
        labels of the rows that are fitted on, is merged with the code that costs least of the
        Lagrangian, until none does; one code for all rows always satisfies. Few rows have
        wide limits, and keep few codes.
    max_likelihood_ratio : float above 1, default=None
        The same for the greatest ``p(code | s) / p(code | s')`` of two classes.

    Attributes
    ----------
    live : ndarray of int or None
        Encoder outputs whose codes are in use, in the order of the released columns.
    merged : ndarray of int of shape (m, 2) or None
        Encoder outputs in use, and for each the one of ``live`` whose code it is released as.
    muted : ndarray of bool of shape (n_live,) or None
        Codes that keep their column, and that no row is given.

    Examples
    --------
    >>> from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer
    >>> InfoShapeTransformer(channel=CategoricalChannel(n_init=2)).channel.n_init
    2
    """

    estimators = ("plugin",)
    n_init = 4
    max_posterior_shift = None
    max_likelihood_ratio = None
    live: Any = None
    merged: Any = None
    muted = None
    _parameter_constraints = {
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_posterior_shift": [None, Interval(Real, 0, 1, closed="neither")],
        "max_likelihood_ratio": [None, Interval(Real, 1, None, closed="neither")],
    }

    def __init__(self, n_init=4, max_posterior_shift=None, max_likelihood_ratio=None):
        self.n_init = n_init
        self.max_posterior_shift = max_posterior_shift
        self.max_likelihood_ratio = max_likelihood_ratio

    @property
    @override
    def limits_codes(self):
        return self.max_posterior_shift is not None or self.max_likelihood_ratio is not None

    @property
    def hard(self):
        """Whether the most probable code is released; a hard code takes no draw."""
        return self.draw is None

    @override
    def n_draws(self, n_outputs):
        return 0 if self.hard else 1  # one draw picks a code

    @override
    def observe(self, outputs, generator=None):
        # Exact, so that no draw is needed.
        return torch.softmax(outputs if self.live is None else outputs[:, self.live], dim=-1)

    @override
    def probabilities(self, outputs):
        if self.merged is not None and not self.hard:
            parts, places = self._parts()
            return softmax(outputs[:, parts], axis=1) @ np.eye(len(self.live))[places]
        scores = self.scores(outputs)
        if self.muted is not None:
            scores = np.where(self.muted, -np.inf, scores)
        return softmax(scores, axis=1)

    def scores(self, outputs):
        """Score of each living code: the greatest is the hard rule's.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_components)
            Of the encoder.

        Returns
        -------
        ndarray of shape (n, n_live)
        """
        if self.merged is None:
            return outputs if self.live is None else outputs[:, self.live]
        parts, places = self._parts()
        own = [outputs[:, parts[places == code]].max(axis=1) for code in range(len(self.live))]
        return np.stack(own, axis=1)

    def _parts(self):
        """Encoder outputs in use, and the released column of each."""
        parts, heads = self.merged[np.isin(self.merged[:, 1], self.live)].T
        return parts, (heads[:, None] == self.live).argmax(axis=1)

    def merge(self, groups):
        """Release several codes as one.

        Parameters
        ----------
        groups : ndarray of shape (n_live,), dtype int
            For each living code the position of the first of those that it becomes one with.
        """
        self.merged = np.column_stack([self.live, self.live[groups]])
        self.live = self.live[np.unique(groups)]

    @override
    def release(self, outputs, draws):
        if self.merged is not None and not self.hard:
            # A draw means the code that it meant before the merge, or what that became.
            parts, places = self._parts()
            codes = places[_drawn(softmax(outputs[:, parts], axis=1), draws)]
            return np.eye(len(self.live))[codes]
        probabilities = self.probabilities(outputs)
        codes = probabilities.argmax(axis=1) if self.hard else _drawn(probabilities, draws)
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
        self.draw, self.merged = None if hard else "uniform", None
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


def _drawn(probabilities, draws):
    # The last cumulative sum can be a rounding error below one.
    return (probabilities.cumsum(axis=1)[:, :-1] < draws).sum(axis=1)


CHANNELS = {
    "categorical": CategoricalChannel,
    "gaussian": GaussianChannel,
    "deterministic": DeterministicChannel,
}


def new_channel(channel):
    """The channel of one fit, whose state is its own.

    Parameters
    ----------
    channel : str or channel
        A name in :data:`CHANNELS`, or an instance, which is copied.

    Returns
    -------
    channel
    """
    return CHANNELS[channel]() if isinstance(channel, str) else clone(channel)
