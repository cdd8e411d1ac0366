"""What is asked of a fit: rows and labels, what they weigh, how it is done, and its secret."""

from dataclasses import dataclass, replace

from sklearn_infoshape.codes.objective import Objective
from sklearn_infoshape.data.keys import Secret
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.terms import Labels
from sklearn_infoshape.fitting.settings import Settings

__all__ = ["Problem"]


@dataclass(frozen=True)
class Problem:
    """A checked fit, of which nothing has been trained yet.

    Attributes
    ----------
    settings : Settings
    sample : Sample
    labels : Labels
        Whose terms have the weights of one multiplier.
    objective : Objective
    secret : Secret
    """

    settings: Settings
    sample: Sample
    labels: Labels
    objective: Objective
    secret: Secret

    @classmethod
    def of(cls, settings, sample, labels, secret):
        """The problem of these settings, once it is known that labels suit them.

        Raises
        ------
        ValueError
            If channel, estimator or objective cannot measure such labels.
        """
        settings.check_labels(labels)
        return cls(settings, sample, labels, Objective.of(settings.leakage, labels), secret)

    def take(self, index):
        """The same problem on some of the rows.

        Parameters
        ----------
        index : ndarray of int

        Returns
        -------
        Problem
        """
        return replace(self, sample=self.sample.take(index))
