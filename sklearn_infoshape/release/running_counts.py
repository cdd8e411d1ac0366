"""What the batches of ``partial_fit`` have shown of a finite code so far: counts, no rows."""

from dataclasses import dataclass, field

import numpy as np

from sklearn_infoshape.data.weights import effective_number
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.release.description import Description, codebook_of
from sklearn_infoshape.release.estimates import table_bits
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["RunningCounts"]

_FEWEST_ROWS_A_CODE = 10
_FEWEST_JUDGED_ROWS = 60  # with fewer, an estimate would be noise, and is NaN


@dataclass
class RunningCounts:
    """Rows by code, and by code and class, each coded by the encoder of its time.

    Attributes
    ----------
    asked : ndarray of shape (K,)
        Rows (persons of a batch, where ``fold_columns`` name them) of which a code would be
        the most probable one, were all codes released.
    taken : ndarray of shape (K,)
        Rows that were released by a code, by their weight in a fit that was given weights.
    tables : list of ndarray of shape (K, C)
        For each label, of ``taken``, those whose class is known.
    n_rows : int
    """

    asked: np.ndarray
    taken: np.ndarray
    tables: list = field(default_factory=list)
    n_rows: int = 0

    @classmethod
    def none(cls, n_codes, targets):
        """Nothing seen yet."""
        tables = [np.zeros((n_codes, target.shape[1])) for target in targets]
        return cls(np.zeros(n_codes), np.zeros(n_codes), tables)

    def add(self, release, sample, *, mute=True):
        """These counts and those of a batch.

        Parameters
        ----------
        release : Release
            Of a finite code.
        sample : Sample
            Several rows of one person are asked once. Rows that differ in weight count as many
            as their effective number.
        mute : bool, default=True
            Whether codes that too few rows asked for are muted in the release's channel. They
            keep their columns, so that the width stays.

        Returns
        -------
        RunningCounts
        """
        outputs = release.outputs(sample.rows)
        channel = release.channel
        channel.muted = None
        wanted = channel.probabilities(outputs).argmax(axis=1)
        if sample.persons is not None:
            wanted = np.unique(np.column_stack([sample.persons, wanted]), axis=0)[:, 1]
        asked = self.asked + np.bincount(wanted, minlength=len(self.asked))
        if mute:
            channel.muted = asked < _fewest(asked)
        Z = release.apply_outputs(outputs, sample)
        if sample.weights is not None:
            Z = sample.weighed(Z) * (effective_number(sample.weights) / sample.weights.sum())
        return RunningCounts(
            asked,
            self.taken + Z.sum(axis=0),
            [table + Z.T @ t for table, t in zip(self.tables, sample.targets, strict=True)],
            self.n_rows + len(Z),
        )

    def describe(self, release, labels):
        """Codebook and estimates, as those of a fit; of the rows that were trained on.

        Returns
        -------
        Description
        """
        self._warn_of_collapse()
        shown = ~release.channel.muted
        taken, tables = self.taken * shown, [table * shown[:, None] for table in self.tables]
        codebook = codebook_of(labels, taken / max(1.0, taken.sum()), tables)
        estimates = [
            table_bits(table) if table.sum() >= _FEWEST_JUDGED_ROWS else (np.nan, np.nan)
            for table in tables
        ]
        return Description.of(codebook, labels.terms, estimates)

    def _warn_of_collapse(self):
        if len(self.taken) == 1:
            warn(
                "The fit left one code, and partial_fit keeps its width: no row will ever tell "
                "anything. Begin anew, with more rows or a lower privacy_multiplier, or with "
                "partial_fit of sklearn.base.clone(transformer).",
                CollapsedEncoderWarning,
            )
        elif self.n_rows >= _FEWEST_JUDGED_ROWS and (self.taken > 0).sum() < 2:
            warn(
                "All rows so far have the same code: it hides everything and tells nothing. If "
                "that is not what the data allow at best, lower privacy_multiplier, or try another "
                "random_state.",
                CollapsedEncoderWarning,
            )


def _fewest(asked):
    """Rows that a code needs to be released: ten, or half of an even share while there are few."""
    return min(_FEWEST_ROWS_A_CODE, asked.sum() / (2 * len(asked)), asked.max())
