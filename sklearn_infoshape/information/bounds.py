"""Variational bounds on mutual information, as pure functions of critic scores.

A critic gives each pair (z, l) a score t. Every bound below needs three things of it:

``joint``, shape (n,)
    The score of each row with its own label.
``marginal``, shape (n, m)
    The scores of each row's z with m labels drawn regardless of z.
``log_weights``, shape (m,)
    The logarithms of those labels' weights, which sum to one. For classes the m labels are
    all classes, weighted by their frequencies, so that the expectation over labels is an
    exact sum; for continuous labels they are the labels of a batch, each weighted 1/m.

Values are in nats and lower bounds in expectation, for rows that the critic has not seen; but
those with the logarithm of a mean (Donsker-Varadhan's, hence MINE and ReMINE) are lifted a little
by its noise, and SMILE, which clips, is none.
A new bound is one function and one line in :data:`BOUNDS`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

__all__ = [
    "BOUNDS",
    "Bound",
    "cross_entropy",
    "donsker_varadhan",
    "infonce",
    "mine_objective",
    "nwj",
    "remine_objective",
    "smile",
]


def _log_mean_exp(marginal, log_weights):
    """log E[e^t] over rows and labels: the log-partition function of all pairs."""
    return torch.logsumexp(marginal + log_weights, dim=(-2, -1)) - math.log(marginal.shape[-2])


def donsker_varadhan(joint, marginal, log_weights):
    """``E_joint[t] - log E_marginal[e^t]``.

    Parameters
    ----------
    joint : Tensor of shape (n,)
        Score of each row with its own label.
    marginal : Tensor of shape (n, m)
        Scores of each row with m labels that are drawn regardless of it.
    log_weights : Tensor of shape (m,)
        Logarithms of these labels' weights.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    Monroe Donsker and Srinivasa Varadhan, "Asymptotic evaluation of certain Markov process
    expectations for large time, IV", 1983, as used by Belghazi et al. 2018, eq. 5.

    Examples
    --------
    The best critic, ``log p(l|z)/p(l)``, attains the information; here log 2:

    >>> import torch
    >>> from sklearn_infoshape.information import donsker_varadhan
    >>> scores = torch.tensor([[2.0, 0.0], [0.0, 2.0]]).log()
    >>> value = donsker_varadhan(scores.diagonal(), scores, torch.tensor([0.5, 0.5]).log())
    >>> round(float(value), 6)
    0.693147
    """
    return joint.mean() - _log_mean_exp(marginal, log_weights)


def mine_objective(joint, marginal, log_weights, running_log_mean):
    """What MINE's critic climbs: its gradient has a moving average in the denominator.

    Reported is :func:`donsker_varadhan`; this surrogate's value means nothing.

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.
    running_log_mean : Tensor, scalar
        Logarithm of the moving average of ``E_marginal[e^t]`` over past batches.

    Returns
    -------
    Tensor, scalar

    References
    ----------
    Mohamed Belghazi et al., "Mutual information neural estimation", 2018, section 3.2, eq. 12.
    """
    corrected = (_log_mean_exp(marginal, log_weights) - running_log_mean.detach()).exp()
    return joint.mean() - corrected


def remine_objective(joint, marginal, log_weights, *, penalty=0.1, target=0.0):
    """Donsker-Varadhan minus ``penalty * (log E_marginal[e^t] - target)^2``.

    The penalty keeps the critic's free constant from drifting. It belongs to training;
    reported is :func:`donsker_varadhan` without it.

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.
    penalty : float, default=0.1
        Of the squared distance.
    target : float, default=0.0
        Where the logarithm of the mean is drawn to.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    K. Choi and S. Lee, "Regularized mutual information neural estimation", 2020, eq. 9;
    penalty 0.1 and target 0 as in Esfahanizadeh et al., arXiv 2210.15034.
    """
    log_mean = _log_mean_exp(marginal, log_weights)
    return joint.mean() - log_mean - penalty * (log_mean - target) ** 2


def nwj(joint, marginal, log_weights):
    """``E_joint[t] - E_marginal[e^(t - 1)]``.

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    X. Nguyen, M. Wainwright and M. Jordan, "Estimating divergence functionals and the
    likelihood ratio by convex risk minimization", 2010; Poole et al. 2019, eq. 6.
    """
    return joint.mean() - (_log_mean_exp(marginal, log_weights) - 1.0).exp()


def smile(joint, marginal, log_weights, *, clip=5.0):
    """Donsker-Varadhan with ``e^t`` clipped to ``[e^-clip, e^clip]`` in the second term.

    Clipping tames the variance, and costs the guarantee: the value can exceed the truth.

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.
    clip : float, default=5.0
        Most that a score counts, up or down.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    J. Song and S. Ermon, "Understanding the limitations of variational mutual information
    estimators", 2020, eq. 15 (there tau; 5 is their default).
    """
    return joint.mean() - _log_mean_exp(marginal.clamp(-clip, clip), log_weights)


def infonce(joint, marginal, log_weights):
    """``E[t - log E_labels[e^t]]``: each row against all labels; at most log m.

    With classes (exact sum over classes) there is no cap but H(l).

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    A. van den Oord, Y. Li and O. Vinyals, "Representation learning with contrastive
    predictive coding", 2018, eq. 4; Poole et al. 2019, eq. 10.
    """
    return (joint - torch.logsumexp(marginal + log_weights, dim=-1)).mean()


def cross_entropy(joint, marginal, log_weights):
    """``H(l) - E[-log q(l|z)]`` with the classifier ``q(l|z) ∝ p(l) e^t(z, l)``.

    In this parametrisation, where the critic adds to the log-frequencies of the classes,
    the Barber-Agakov bound and InfoNCE with an exact sum over classes are one formula:
    both are ``E[log q(l|z) / p(l)]``. At most H(l), and of low variance.

    Parameters
    ----------
    joint, marginal, log_weights : Tensor
        As of :func:`donsker_varadhan`.

    Returns
    -------
    Tensor, scalar
        Nats.

    References
    ----------
    D. Barber and F. Agakov, "The IM algorithm: a variational approach to information
    maximization", 2003, eq. 3.

    Examples
    --------
    >>> import torch
    >>> from sklearn_infoshape.information import cross_entropy
    >>> prior = torch.tensor([0.5, 0.5]).log()
    >>> float(cross_entropy(torch.zeros(4), torch.zeros(4, 2), prior))  # knows nothing
    0.0
    """
    return infonce(joint, marginal, log_weights)


@dataclass(frozen=True)
class Bound:
    """One way to measure information with a critic.

    Attributes
    ----------
    value : callable
        ``value(joint, marginal, log_weights)`` in nats: what the encoder sees and what is
        recorded.
    objective : callable or None
        What the critic climbs, where that is not the value itself.
    amounts : bool
        Whether it can measure a continuous label as it is, or classes only.
    moving_average : bool
        Whether the objective wants ``running_log_mean`` as its fourth argument.
    contrastive : bool
        Whether a row's own label must be among those it is compared with; the value is then
        at most log m.
    """

    value: Callable
    objective: Callable | None = None
    amounts: bool = True
    moving_average: bool = False
    contrastive: bool = False

    def climb(self, joint, marginal, log_weights, running_log_mean=None):
        """The critic's training objective, to be maximised.

        Parameters
        ----------
        joint, marginal, log_weights : Tensor
            As of :func:`donsker_varadhan`.
        running_log_mean : Tensor, default=None
            Logarithm of the moving average of ``E_marginal[e^t]``, where it is wanted.

        Returns
        -------
        Tensor, scalar
            Nats, or a surrogate of them.
        """
        if self.objective is None:
            return self.value(joint, marginal, log_weights)
        if self.moving_average:
            return self.objective(joint, marginal, log_weights, running_log_mean)
        return self.objective(joint, marginal, log_weights)


#: What each ``mi_estimator`` of critics climbs and reports.
BOUNDS = {
    "cross_entropy": Bound(cross_entropy, amounts=False),
    "remine": Bound(donsker_varadhan, remine_objective),
    "mine": Bound(donsker_varadhan, mine_objective, moving_average=True),
    "nwj": Bound(nwj),
    "smile": Bound(smile),
    "infonce": Bound(infonce, contrastive=True),
}
