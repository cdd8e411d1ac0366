"""The torch modules: encoder, critics, and the user's own network as a trunk."""

import copy
import itertools

import torch
from torch import nn

__all__ = ["AmountCritic", "Encoder", "build_encoder", "mlp"]

_EMBEDDING_WIDTH = 32


def mlp(n_in, hidden_layer_sizes, n_out=None):
    """A multi-layer perceptron with SiLU activations.

    Parameters
    ----------
    n_in : int
    hidden_layer_sizes : sequence of int
    n_out : int or None
        Width of a last layer without activation; None leaves that layer away.

    Returns
    -------
    torch.nn.Sequential
    """
    layers = []
    for width_in, width_out in itertools.pairwise([n_in, *hidden_layer_sizes]):
        layers += [_linear(width_in, width_out), nn.SiLU()]
    if n_out is not None:
        layers.append(_linear(hidden_layer_sizes[-1] if hidden_layer_sizes else n_in, n_out))
    return nn.Sequential(*layers)


def _linear(n_in, n_out):
    """Rows come in single precision, whatever torch's default in this process is."""
    return nn.Linear(n_in, n_out, dtype=torch.float32)


class Encoder(nn.Module):
    """A trunk that reads features, and a linear head that speaks to the channel.

    Parameters
    ----------
    trunk : torch.nn.Module
        Any output shape; it is flattened.
    width : int
        Width of the flattened output of the trunk.
    n_outputs : int
        What the channel asks for.
    """

    def __init__(self, trunk, width, n_outputs):
        super().__init__()
        self.trunk = trunk
        self.head = _linear(width, n_outputs)

    def forward(self, x):
        """Map rows of shape (n, ...) to channel inputs of shape (n, n_outputs)."""
        return self.head(self.trunk(x).flatten(1))


class AmountCritic(nn.Module):
    """A separable critic for continuous labels: all pairs for the price of one product.

    Parameters
    ----------
    n_in : int
        Width of the release.
    hidden_layer_sizes : sequence of int
    """

    def __init__(self, n_in, hidden_layer_sizes):
        super().__init__()
        self.of_release = mlp(n_in, hidden_layer_sizes, _EMBEDDING_WIDTH)
        self.of_label = mlp(1, hidden_layer_sizes, _EMBEDDING_WIDTH)

    def forward(self, z, label):
        """Scores of every z with every label, shape (n, n)."""
        return self.of_release(z) @ self.of_label(label).T / _EMBEDDING_WIDTH**0.5


def build_encoder(template, row_shape, hidden_layer_sizes, n_outputs):
    """A fresh encoder for rows of a shape.

    Parameters
    ----------
    template : torch.nn.Module, a class of it, or None
        The user's trunk: a class is called without arguments, an instance is copied. None
        builds a perceptron.
    row_shape : tuple of int
        Shape of one row of X.
    hidden_layer_sizes : sequence of int
        Of the perceptron.
    n_outputs : int

    Returns
    -------
    Encoder

    Raises
    ------
    ValueError
        If the user's module cannot read a row of this shape.
    """
    if template is None:
        n_in = row_shape[0]
        width = hidden_layer_sizes[-1] if hidden_layer_sizes else n_in
        return Encoder(mlp(n_in, hidden_layer_sizes), width, n_outputs)
    trunk = template() if isinstance(template, type) else copy.deepcopy(template)
    trunk = trunk.cpu().float()
    row = torch.zeros(1, *row_shape, dtype=torch.float32)
    try:
        with torch.no_grad():
            width = trunk.eval()(row).flatten(1).shape[1]
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"encoder={type(trunk).__name__} cannot read a row of shape {row_shape}: "
            f"{type(error).__name__}. It must map a float tensor of shape "
            f"{('n', *row_shape)} to one of shape (n, ...)."
        ) from error
    return Encoder(trunk, width, n_outputs)
