"""What people read in codes: a typical row of each, a table, what they say of s, probabilities."""

from typing import Any

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape.release.channels import new_channel
from sklearn_infoshape.release.typical_rows import code_numbers, codes_as_frame, original_rows
from sklearn_infoshape.runtime.process import leaves_process_unchanged

__all__ = ["CodeReaderMixin", "releases_codes"]


def releases_codes(transformer):
    """True where a transformer releases codes, for ``available_if``; else an AttributeError."""
    if not new_channel(transformer.channel).is_code:
        raise AttributeError(
            "release_proba, inverse_transform, codebook_frame and record_risk exist for "
            "channel='categorical' only."
        )
    return True


class CodeReaderMixin:
    """Methods of a fitted transformer that read its own codes; there for codes alone."""

    release_: Any
    codebook_: Any
    _typical_rows_: Any
    _read_rows: Any

    @available_if(releases_codes)
    @leaves_process_unchanged
    def release_proba(self, X):
        """Probability of each code, for study: not what is released, audited or certified.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_codes)
        """
        return self.release_.probabilities(self._read_rows(X)[0])

    @available_if(releases_codes)
    def inverse_transform(self, Z):
        """A typical row for each code: a function of the code, which tells nothing more.

        Parameters
        ----------
        Z : array-like of shape (n, n_codes)
            Codes, one-hot, as :meth:`transform` returns them.

        Returns
        -------
        pandas.DataFrame, or ndarray of shape (n, p)
            In the columns that were fitted, without sensitive and fold columns; a frame where
            these have names and pandas is installed. Numbers are about the median of the code's
            rows, categories the most frequent level, each from ten rows (persons) and more and no
            row's own value; missing where there are fewer.

        Raises
        ------
        ValueError
            If Z are no codes of this release, or ``partial_fit`` or ``fit_partitions`` made it.
        """
        check_is_fitted(self, "release_")
        codes = code_numbers(Z, self.release_.n_outputs)
        if self._typical_rows_ is None:
            raise ValueError(
                "Typical rows are known after fit; partial_fit and fit_partitions, one of which "
                "made this release, keep none."
            )
        return original_rows(self, self._typical_rows_[codes])

    @available_if(releases_codes)
    def codebook_frame(self):
        """The codes as a table for people: shares, what each says of y and s, a typical row.

        Returns
        -------
        pandas.DataFrame
            A row a code: "share"; ``p(y=1)`` and so on for each class of each column of y and
            of s, given the code; and, as "typical ..." columns, what :meth:`inverse_transform`
            gives.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        check_is_fitted(self, "release_")
        return codes_as_frame(self, self._typical_rows_)

    @available_if(releases_codes)
    def record_risk(self, Z):
        """What the code of each released row says of s: p(s | code), as ``codebook_`` has it.

        Estimates from the rows that were fitted on; a certificate has limits (``per_code``).

        Parameters
        ----------
        Z : array-like of shape (n, n_codes)
            Codes, one-hot, as :meth:`transform` returns them.

        Returns
        -------
        ndarray of shape (n, C), or list of these
            Columns as ``sensitive_classes_``; a list where there are several columns of s.

        Raises
        ------
        ValueError
            If Z are no codes of this release, or no s was given.
        """
        check_is_fitted(self, "release_")
        codes = code_numbers(Z, self.release_.n_outputs)
        found = [law[codes] for law in self.codebook_["sensitive"].values()]
        if not found:
            raise ValueError("record_risk: no s was fitted with; give sensitive_features to fit.")
        return found[0] if len(found) == 1 else found
