"""Exact information of a finite code: differentiable, weighted, for soft targets.

For a finite code nothing has to be estimated by a network: the joint law of code and
label in a sample is a small table, and its mutual information a formula.
"""

import numpy as np
import torch

__all__ = ["joint_information", "joint_law", "plugin_information", "pointwise_information"]


def joint_law(code_probabilities, targets):
    """The joint law of code and label in a sample.

    ``J[k, c] = mean_i p_k(x_i) targets[i, c]``, over the rows whose label is known.

    Parameters
    ----------
    code_probabilities : Tensor of shape (..., n, K)
        Probability of each code for each row; leading dimensions are independent lanes.
    targets : Tensor of shape (n, C)
        Class probabilities of each row; zeros where the label is not known.

    Returns
    -------
    Tensor of shape (..., K, C)
        Sums to one over its last two dimensions.
    """
    known = targets.sum()
    return code_probabilities.transpose(-1, -2) @ targets / known.clamp_min(1e-12)


def joint_information(joint):
    """Mutual information of a finite joint law, in nats.

    ``I = sum_kc J_kc log(J_kc / (J_k J_c))``, with 0 log 0 = 0.

    Parameters
    ----------
    joint : Tensor of shape (..., K, C)
        Non-negative, summing to one over its last two dimensions.

    Returns
    -------
    Tensor of shape (...)
        Nats.

    Examples
    --------
    >>> import torch
    >>> from sklearn_infoshape.information import joint_information
    >>> round(float(joint_information(torch.eye(2) / 2)), 6)  # log 2
    0.693147
    """
    # Marginals are sums of what is clamped, so that the gradient at an empty cell is finite.
    joint = joint.clamp_min(torch.finfo(joint.dtype).tiny * 1e4)
    by_code = joint.sum(-1, keepdim=True)
    by_class = joint.sum(-2, keepdim=True)
    return (joint * (joint.log() - by_code.log() - by_class.log())).sum((-2, -1))


def pointwise_information(joint):
    """Pointwise information of the cells of finite joint laws, in nats.

    ``log(J_kc / (J_k J_c))``: its mean over the cells of a law is the mutual information.

    Parameters
    ----------
    joint : ndarray of shape (..., K, C)
        Non-negative; a law that does not sum to one is taken for its share of another.

    Returns
    -------
    ndarray of shape (..., K, C)
        Nats; 0 where a cell is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.information import pointwise_information
    >>> np.exp(pointwise_information(np.array([[0.5, 0.0], [0.25, 0.25]]))).round(2)
    array([[1.33, 1.  ],
           [0.67, 2.  ]])
    """
    by_code, by_class = joint.sum(axis=-1, keepdims=True), joint.sum(axis=-2, keepdims=True)
    whole = np.maximum(joint.sum(axis=(-2, -1), keepdims=True), 1e-300)
    expected, used = by_code * by_class / whole, joint > 0
    pointwise = np.zeros_like(joint)
    pointwise[used] = np.log(joint[used] / expected[used])
    return pointwise


def plugin_information(code_probabilities, targets):
    """Plug-in mutual information between a finite code and a label, in nats.

    Exact for the sample; with observed labels biased upwards for the population, by about
    ``(K - 1)(C - 1) / (2 n)`` nats (Miller 1955).

    Parameters
    ----------
    code_probabilities : Tensor of shape (..., n, K)
        Probability of each code, for each row.
    targets : Tensor of shape (n, C)
        One-hot or soft; rows of zeros do not count.

    Returns
    -------
    Tensor of shape (...)
        Nats.

    References
    ----------
    George Miller, "Note on the bias of information estimates", 1955.

    Examples
    --------
    >>> import torch
    >>> from sklearn_infoshape.information import plugin_information
    >>> code = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> label = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    >>> abs(round(float(plugin_information(code, label)), 6))  # independent
    0.0
    """
    return joint_information(joint_law(code_probabilities, targets))
