"""The parameters of a transformer, resolved and checked against each other."""

from dataclasses import dataclass, fields

from sklearn.base import clone

from sklearn_infoshape.data.parameters import (
    SHAPER_EFFECTS,
    is_seeded,
    refuse_no_effect,
    warn_of_memorized_labels,
)
from sklearn_infoshape.game.settings import ShapingGame
from sklearn_infoshape.game.training import Training
from sklearn_infoshape.neural.device import resolve_device
from sklearn_infoshape.posterior.features import PosteriorFeatures
from sklearn_infoshape.release.channels import DeterministicChannel, new_channel

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How a transformer is fitted; strings and None are resolved to what they stand for.

    Attributes
    ----------
    posterior : PosteriorFeatures or None
        None where there is one stage.
    channel : a channel
        Its parameters; see :meth:`new_channel`.
    game : ShapingGame
    is_seeded : bool
        Whether ``random_state`` or ``release_key`` is set.
    n_components, encoder, leakage, memory, n_jobs, device, random_state, verbose
        As of the transformer.
    """

    posterior: PosteriorFeatures | None
    channel: DeterministicChannel
    game: ShapingGame
    is_seeded: bool
    n_components: int
    encoder: object
    leakage: str
    memory: object
    n_jobs: int | None
    device: object
    random_state: object
    verbose: int

    @classmethod
    def of(cls, transformer):
        """The settings of a transformer.

        Parameters
        ----------
        transformer : InfoShapeTransformer

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If a nested parameter is out of range, one has no effect in the chosen mode, or torch
            does not have the device.
        """
        posterior = transformer.posterior
        if posterior is not None and not isinstance(posterior, PosteriorFeatures):
            posterior = PosteriorFeatures(posterior)
        game = ShapingGame() if transformer.game is None else transformer.game
        channel = new_channel(transformer.channel)
        for part in (posterior, game, channel):
            if part is not None:
                part._validate_params()
        resolved = ("posterior", "channel", "game", "is_seeded")
        names = [field.name for field in fields(cls) if field.name not in resolved]
        same = {name: getattr(transformer, name) for name in names}
        settings = cls(
            posterior=posterior,
            channel=channel,
            game=game,
            is_seeded=is_seeded(transformer),
            **same,
        )
        refuse_no_effect(transformer, SHAPER_EFFECTS, settings)
        resolve_device(settings.device)
        return settings

    @property
    def is_game(self):
        """Whether encoder and critics play, in place of solving for a code."""
        return self.posterior is None or not self.channel.is_code

    @property
    def has_folds(self):
        """Whether rows are released by models that have not seen them."""
        return self.posterior is not None and self.posterior.folds != 1

    def new_channel(self):
        """A channel for one release, with a state of its own."""
        return clone(self.channel)

    def warn_of_memorized_labels(self):
        """Say where each row is released by models that have seen its own label.

        Warns
        -----
        MemorizedLabelsWarning
        """
        if self.posterior is None:
            warn_of_memorized_labels("posterior=None", "posterior='auto'")
        elif self.posterior.folds == 1:
            warn_of_memorized_labels("posterior=PosteriorFeatures(folds=1)", "folds=5")

    def check_labels(self, labels):
        """Refuse labels that the game, channel or estimator cannot measure, before training.

        Raises
        ------
        ValueError
        """
        if self.leakage == "conditional" and labels.sensitives and self.is_game:
            raise ValueError(
                "leakage='conditional' needs a finite code on posteriors: leave "
                "channel='categorical' and posterior='auto' (or another posterior than None), or "
                "set leakage='marginal'."
            )
        if not self.is_game:
            self._refuse_amounts(labels)
            if self.channel.limits_codes and not labels.sensitives:
                raise ValueError(
                    "max_posterior_shift and max_likelihood_ratio of the channel limit what codes "
                    "say of s, but there is none: give sensitive_features (or sensitive_columns), "
                    "or leave them None."
                )
        else:
            self.training(labels, self.channel)

    def training(self, labels, channel):
        """How an encoder is trained, once channel and estimator are known to fit together.

        Parameters
        ----------
        labels : Labels
        channel : a channel
            That is trained.

        Returns
        -------
        Training
        """
        self._refuse_amounts(labels)
        mi_estimator = self.game.resolve_estimator(self.channel, _are_amounts(labels))
        return Training(
            game=self.game,
            channel=channel,
            mi_estimator=mi_estimator,
            terms=list(labels.terms),
            n_components=self.n_components,
            # With posteriors the user's module is stage one's trunk, and the game reads these.
            encoder=self.encoder if self.posterior is None else None,
            device=self.device,
            verbose=self.verbose,
        )

    def _refuse_amounts(self, labels):
        if _are_amounts(labels) and self.posterior is not None:
            raise ValueError(
                "n_bins=None leaves a continuous label as it is, of which no posterior is learned. "
                "Set n_bins=8, or posterior=None (one stage) with channel='gaussian'."
            )


def _are_amounts(labels):
    return any(term.frequencies is None for term in labels.terms)
