"""ShapingGame: how an encoder is trained against estimators of information."""

from numbers import Integral, Real

from sklearn.base import BaseEstimator

from sklearn_infoshape._compat import Interval, StrOptions
from sklearn_infoshape.information import BOUNDS

__all__ = ["ShapingGame"]


class ShapingGame(BaseEstimator):
    """Settings of the game of encoder against estimators, which skorch trains.

    It is played where there is one stage (``posterior=None``), and where a channel with columns
    shapes posteriors (``channel="gaussian"`` or ``"deterministic"``).

    Parameters
    ----------
    mi_estimator : {"auto", "plugin", "cross_entropy", "remine", "mine", "nwj", "smile", \
            "infonce"}, default="auto"
        How information is measured in training. "plugin" is exact, for codes only; the
        others train a critic for each label, for the other channels. "auto" is "plugin" for
        codes, else "cross_entropy" (for continuous labels as they are, "remine": the paper's).
    hidden_layer_sizes : sequence of int, default=(64,)
        Of the encoder's perceptron, and of the critics.
    lr : float, default=0.002
        Learning rate of the encoder (Adam); critics learn twice as fast.
    max_epochs : int, default=200
        Passes over the rows, at most.
    batch_size : int or "auto", default="auto"
        "auto" is a sixteenth of the rows, at least 64 and at most 512.
    critic_steps : int, default=2
        Steps of the critics before each step of the encoder.
    n_init : int, default=1
        Starts, one after the other; the best is kept.
    validation_fraction : float, default=0.15
        Share of the rows (of persons, with ``fold_columns``) that is held out to choose the
        epoch and to estimate bits. With 0 the last epoch of one start is kept.
    n_iter_no_change : int or None, default=30
        Epochs without a better held-out Lagrangian after which training stops.
    net_params : dict, default=None
        Passed to the skorch net: ``callbacks``, ``optimizer``, ``optimizer__weight_decay``,
        ``optimizer_critic__lr`` and so on.

    Examples
    --------
    The system of the paper:

    >>> from sklearn_infoshape import InfoShapeTransformer, ShapingGame
    >>> shaper = InfoShapeTransformer(
    ...     posterior=None, channel="deterministic", game=ShapingGame(mi_estimator="remine")
    ... )
    >>> shaper.set_params(game__lr=0.001).game.lr
    0.001
    """

    _parameter_constraints = {
        "mi_estimator": [StrOptions({"auto", "plugin", *BOUNDS})],
        "hidden_layer_sizes": ["array-like"],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 2, None, closed="left")],
        "critic_steps": [Interval(Integral, 1, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "n_iter_no_change": [None, Interval(Integral, 1, None, closed="left")],
        "net_params": [None, dict],
    }

    def __init__(
        self,
        mi_estimator="auto",
        *,
        hidden_layer_sizes=(64,),
        lr=0.002,
        max_epochs=200,
        batch_size="auto",
        critic_steps=2,
        n_init=1,
        validation_fraction=0.15,
        n_iter_no_change=30,
        net_params=None,
    ):
        self.mi_estimator = mi_estimator
        self.hidden_layer_sizes = hidden_layer_sizes
        self.lr = lr
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.critic_steps = critic_steps
        self.n_init = n_init
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.net_params = net_params

    def resolve_estimator(self, channel, amounts):
        """What ``mi_estimator`` stands for with a channel and labels.

        Parameters
        ----------
        channel : a channel
            Of the transformer.
        amounts : bool
            Whether a label is continuous, as it is.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If they do not go together.
        """
        allowed, name, kind = channel.estimators, self.mi_estimator, channel.short_name
        if amounts:
            allowed = tuple(own for own in allowed if own in BOUNDS and BOUNDS[own].amounts)
        if not allowed:
            raise ValueError(
                f"channel={kind!r} measures classes; n_bins=None leaves a continuous label as it "
                "is. Set n_bins=8, or channel='gaussian' with "
                "game=ShapingGame(mi_estimator='remine')."
            )
        if name == "auto":
            return allowed[0]
        if name not in allowed:
            reason = (
                " with n_bins=None (a continuous label as it is)"
                if amounts
                else ": the information of a finite code is computed exactly, without a critic"
                if channel.is_code
                else ": only a finite code has a plug-in information"
            )
            raise ValueError(
                f"mi_estimator={name!r} does not go with channel={kind!r}{reason}. "
                f"Use mi_estimator={allowed[0]!r} in ShapingGame, or 'auto'."
            )
        return name
