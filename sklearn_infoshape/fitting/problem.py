"""What is asked of a fit: rows and labels, what they weigh, how it is done, and its secret."""

from dataclasses import dataclass, replace

from sklearn_infoshape.codes.objective import Objective
from sklearn_infoshape.data.keys import Secret
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.terms import Labels
from sklearn_infoshape.exceptions import FewRowsWarning
from sklearn_infoshape.fitting.settings import Settings
from sklearn_infoshape.posterior.members import FEW_ROWS
from sklearn_infoshape.release.codebook import FEWEST_JUDGED_PERSONS
from sklearn_infoshape.runtime.own_warnings import warn

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

    def warn_of_few_rows(self):
        """Say what fewer rows (persons) than this is made for mean.

        Warns
        -----
        FewRowsWarning
        """
        n, posterior = self.sample.n_persons or len(self.sample), self.settings.posterior
        needs = []
        if n < FEWEST_JUDGED_PERSONS:
            needs.append(f"{FEWEST_JUDGED_PERSONS} for estimates of bits, which are NaN")
        members = None if posterior is None else posterior.members
        is_auto = isinstance(members, str) and members == "auto" and self.settings.encoder is None
        if n < FEW_ROWS and is_auto:
            needs.append(
                f"{FEW_ROWS} for boosting and networks in posterior='auto', which is 'kernel' and "
                "'linear' here"
            )
        if needs:
            what = "rows" if self.sample.n_persons is None else "persons (fold_columns)"
            warn(f"{n} {what} are few: it takes {', and '.join(needs)}.", FewRowsWarning)

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
