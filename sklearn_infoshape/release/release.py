"""What goes out: the fitted release, a pure function of a row, and all that a fit keeps."""

import copy
import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.utils import gen_batches
from torch import nn

from sklearn_infoshape.data.features import check_row_shape
from sklearn_infoshape.data.keyed import keyed_normals, keyed_uniforms
from sklearn_infoshape.data.keys import ReleaseKey
from sklearn_infoshape.data.scaling import standardise
from sklearn_infoshape.neural.networks import Encoder, mlp
from sklearn_infoshape.neural.randomness import evaluate
from sklearn_infoshape.posterior.crossfit import Posteriors
from sklearn_infoshape.release.channels import DeterministicChannel

__all__ = ["Release"]

_VALUES_PER_SLICE = 2**22
_ROWS_PER_SLICE = 65_536
_DRAWS = {"uniform": keyed_uniforms, "normal": keyed_normals}


@dataclass
class Release:
    """Models of posteriors, affine map, encoder weights, channel and key.

    No rows, labels, critics or optimisers.

    Attributes
    ----------
    location, scale : ndarray
        Of the affine map.
    row_shape : tuple of int
    hidden_layer_sizes : tuple of int
    weights : dict of str to ndarray
        The encoder's, without a user's trunk.
    trunk : torch.nn.Module or None
        The user's trained trunk, on the CPU.
    channel : a channel
    posteriors : Posteriors or None
        Stage one: then the encoder reads what these models say of a row.
    key : ReleaseKey
    key_is_secret : bool
        False where the key came from ``random_state``: whoever knows that, knows the key.
    bits : tuple of (str, float, str)
        Of each label its name, estimated bits in the release, and "kept" or "left"; for people.
    """

    location: np.ndarray
    scale: np.ndarray
    row_shape: tuple
    hidden_layer_sizes: tuple
    weights: dict
    trunk: nn.Module | None
    channel: DeterministicChannel
    posteriors: Posteriors | None
    key: ReleaseKey
    key_is_secret: bool
    bits: tuple = ()

    def __repr__(self):
        what = "codes" if self.channel.is_code else "columns"
        what = what if self.n_outputs != 1 else what.removesuffix("s")
        told = ", ".join(f"{name} {bits:.2f} bits {verb}" for name, bits, verb in self.bits)
        return f"<Release of {self.n_outputs} {what}{': ' if told else ''}{told}>"

    @classmethod
    def from_encoder(cls, encoder, *, user_trunk, **parts):
        """Keep the weights of a trained encoder, on the CPU."""
        trunk = copy.deepcopy(encoder.trunk).cpu().eval() if user_trunk else None
        kept = encoder.head.state_dict(prefix="head.") if user_trunk else encoder.state_dict()
        weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in kept.items()}
        return cls(weights=weights, trunk=trunk, **parts)

    @property
    def n_encoder_outputs(self):
        """What the encoder hands to the channel."""
        return len(self.weights["head.bias"])

    @property
    def n_outputs(self):
        """Columns of the release."""
        live = getattr(self.channel, "live", None)
        return self.n_encoder_outputs if live is None else len(live)

    @property
    def memorizes_labels(self):
        """Whether what releases a row was trained on the row itself."""
        return self.posteriors is None or self.posteriors.n_folds == 1

    def encoder(self):
        """The encoder as a float64 torch module in evaluation mode."""
        with torch.device("meta"):  # weights follow, and no initial draw is wasted on them
            width = self.weights["head.weight"].shape[1]
            trunk = nn.Identity()
            if self.trunk is None:
                trunk = mlp(self.row_shape[0], self.hidden_layer_sizes)
            encoder = Encoder(trunk, width, self.n_encoder_outputs)
        state = {name: torch.from_numpy(array) for name, array in self.weights.items()}
        encoder.load_state_dict(state, assign=True)
        if self.trunk is not None:
            encoder.trunk = copy.deepcopy(self.trunk)
        return encoder.double().eval()

    def fingerprint(self):
        """16 bytes that name this fit: another fit draws other noise."""
        digest = hashlib.blake2b(digest_size=16, person=b"infoshape fit")
        state = self.encoder().state_dict()
        for name in sorted(state):
            digest.update(name.encode())
            digest.update(state[name].numpy().tobytes())
        digest.update(np.asarray(self.location, dtype=np.float64).tobytes())
        digest.update(np.asarray(self.scale, dtype=np.float64).tobytes())
        return digest.digest()

    def features(self, sample):
        """What the encoder reads: the rows, or in two stages their posteriors side by side."""
        if self.posteriors is None:
            check_row_shape(sample.rows, self.row_shape)
            return sample.rows
        return np.hstack(self.posteriors.predict(sample))

    def outputs(self, features):
        """Encoder outputs in float64, in slices of bounded memory.

        Parameters
        ----------
        features : ndarray of shape (n, ...)

        Returns
        -------
        ndarray of shape (n, n_encoder_outputs)
        """
        encoder = self.encoder()
        step = max(1, _VALUES_PER_SLICE // max(1, int(np.prod(self.row_shape))))

        def prepare(part):
            return torch.from_numpy(standardise(part, self.location, self.scale))

        if self.trunk is not None:
            return torch.cat(evaluate(encoder, features, step, prepare)).numpy()
        with torch.inference_mode():
            starts = range(0, len(features), step)
            parts = [encoder(prepare(features[start : start + step])).numpy() for start in starts]
        return np.concatenate(parts)

    def draws(self, kind, sample, n_draws):
        """Keyed draws of rows, "uniform" or "normal", shape (n, n_draws)."""
        return _DRAWS[kind](self.key, b"draw", self.fingerprint(), sample.identities, n_draws)

    def apply_outputs(self, outputs, sample):
        """What the channel lets out, with the keyed draws of the rows."""
        draws = None
        if self.channel.draw is not None:
            n_draws = self.channel.n_draws(outputs.shape[1])
            draws = self.draws(self.channel.draw, sample, n_draws)
        return self.channel.release(outputs, draws)

    def apply(self, sample):
        """The release of raw rows.

        Parameters
        ----------
        sample : Sample

        Returns
        -------
        ndarray of shape (n, n_outputs)
        """
        if len(sample) <= _ROWS_PER_SLICE:
            return self.apply_outputs(self.outputs(self.features(sample)), sample)
        slices = gen_batches(len(sample), _ROWS_PER_SLICE)
        return np.concatenate([self.apply(sample.take(part)) for part in slices])

    def probabilities(self, sample):
        """Probability of each living code, shape (n, n_outputs)."""
        return self.channel.probabilities(self.outputs(self.features(sample)))
