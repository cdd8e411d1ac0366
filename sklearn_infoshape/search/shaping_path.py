"""ShapingPath: fitted transformers along the privacy multiplier, and what each keeps and leaks."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from sklearn_infoshape._optional import needed
from sklearn_infoshape.data.labels import read_labels
from sklearn_infoshape.exceptions import RareClassWarning
from sklearn_infoshape.reports.wording import shown
from sklearn_infoshape.runtime.own_warnings import warn
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.search.evaluation import judge
from sklearn_infoshape.search.path_table import as_html, as_text

__all__ = ["ShapingPath", "checked_confidence", "with_interval"]


@dataclass(frozen=True)
class ShapingPath:
    """Fitted transformers along the privacy multiplier, and what each keeps and leaks.

    ``path[i]`` is the fitted InfoShapeTransformer of the i-th multiplier, ``len(path)`` their
    number. All share the models of stage one.

    Attributes
    ----------
    privacy_multipliers : ndarray of shape (m,) or (m, d)
        One a sensitive column, where there are several columns.
    transformers : tuple of InfoShapeTransformer
    utility_bits : ndarray of shape (m,)
        Bits of y (several columns: weighted and added up): estimates of the transformers,
        with observed labels, on rows whose labels stage one had not seen; see
        ``utility_estimate_bits_`` there. :meth:`evaluate` judges on fresh rows.
    leakage_bits : ndarray of shape (m, d)
        Bits of each sensitive column, likewise.
    utility_interval, leakage_interval : ndarray of shape (m, 2), (m, d, 2)
        At ``confidence``, pointwise, over draws of rows; not over fits.
    raw_bits : ndarray of shape (1 + d,)
        Bits of y and of s that stage one finds in the rows; NaN where ``posterior=None``.
    label_score_bits : ndarray of shape (1 + d,)
        Bits of y and of s in what stage one says of y: the release of a bare score.
    label_floor_bits : ndarray of shape (d,)
        Bits of s that y itself holds, which a release that keeps all of y cannot avoid; 0
        where ``leakage="conditional"``.
    task_entropy_bits : float
        H(y); NaN where there are several columns of y, or weights.
    sensitive_names : list of str
    confidence : float
    """

    privacy_multipliers: np.ndarray
    transformers: tuple
    utility_bits: np.ndarray
    leakage_bits: np.ndarray
    utility_interval: np.ndarray
    leakage_interval: np.ndarray
    raw_bits: np.ndarray
    label_score_bits: np.ndarray
    label_floor_bits: np.ndarray
    task_entropy_bits: float
    sensitive_names: list
    confidence: float

    def __len__(self):
        return len(self.transformers)

    def __getitem__(self, index):
        return self.transformers[index]

    def __repr__(self):
        return f"ShapingPath({len(self)} multipliers of {shown(', '.join(self.sensitive_names))})"

    def __str__(self):
        return as_text(self)

    def _repr_html_(self):
        return as_html(self)

    def to_frame(self):
        """The path as a table, a row a multiplier.

        Returns
        -------
        pandas.DataFrame
            The columns of :meth:`to_dict`, and "codes" (or "columns") of each release.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = needed("pandas", "to_frame", instead="to_dict() has the same figures")
        what, widths = self._widths()
        return pd.DataFrame({**self.to_dict(), what: widths})

    def _widths(self):
        """What releases consist of, and of how many."""
        what = "codes" if self[0].release_.channel.is_code else "columns"
        return what, [member.release_.n_outputs for member in self.transformers]

    def to_dict(self):
        """The path as columns, ready for a data frame.

        Returns
        -------
        dict of str to ndarray of shape (m,)
        """
        return _columns(
            self.privacy_multipliers,
            self.sensitive_names,
            (self.utility_bits, self.utility_interval, self.leakage_bits, self.leakage_interval),
        )

    @leaves_process_unchanged
    def evaluate(self, X, y, sensitive_features=None, *, confidence=None):
        """Judge every release on rows that the path was not fitted on.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,) or (n, d)
            Task labels.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Not needed where ``sensitive_columns`` name it in X.
        confidence : float, default=None
            Of the intervals; None: the path's.

        Returns
        -------
        dict of str to ndarray of shape (m,)
            As :meth:`to_dict`, in bits. Estimates with intervals, without a guarantee. Rows of
            a class that the path was not fitted with are left out, with a warning.
        """
        first = self.transformers[0]
        sample, _ = first._read_rows(X)
        tasks, sensitives = read_labels(
            sample.rows, y, sensitive_features, first.sensitive_values(X), "ignore"
        )
        targets = _seen_targets(first.labels_, tasks, sensitives)
        found = judge(self.transformers, sample.labelled(targets))
        confidence = self.confidence if confidence is None else checked_confidence(confidence)
        figures = (
            *with_interval(found.utility, found.utility_error, confidence),
            *with_interval(found.leakage, found.leakage_error, confidence),
        )
        return _columns(self.privacy_multipliers, self.sensitive_names, figures)


def _columns(multipliers, names, figures):
    utility, utility_interval, leakage, leakage_interval = figures
    columns = {}
    if multipliers.ndim == 1:
        columns["privacy_multiplier"] = multipliers
    else:
        for j, name in enumerate(names):
            columns[f"privacy_multiplier_{name}"] = multipliers[:, j]
    columns["utility_bits"] = utility
    columns["utility_low"], columns["utility_high"] = utility_interval.T
    for j, name in enumerate(names):
        suffix = "" if len(names) == 1 else f"_{name}"
        columns[f"leakage_bits{suffix}"] = leakage[:, j]
        columns[f"leakage_low{suffix}"] = leakage_interval[:, j, 0]
        columns[f"leakage_high{suffix}"] = leakage_interval[:, j, 1]
    return columns


def _seen_targets(labels, tasks, sensitives):
    """Targets of fresh rows, which may show a class that the fit has not seen."""
    for column, (name, values) in zip(labels.columns, tasks + sensitives, strict=False):
        new = ~column.seen(values)
        if new.all():  # most likely coded in another way; "0 bits" would be no answer
            raise ValueError(
                f"{name}: no row has a class that the fit has seen; name classes as then."
            )
        if new.any():
            warn(
                f"{name}: {new.sum()} rows have a class that the fit has not seen, and are left "
                "out. Fit with rows of all classes.",
                RareClassWarning,
            )
    return labels.encode(tasks, sensitives, unseen="missing")


def with_interval(values, errors, confidence):
    """Values and their intervals of shape (..., 2), both clipped at 0."""
    reach = norm.ppf(0.5 + confidence / 2) * errors
    interval = np.stack([values - reach, values + reach], axis=-1)
    return np.maximum(values, 0.0), np.maximum(interval, 0.0)


def checked_confidence(confidence):
    """A confidence as a float; ValueError where it is none."""
    if not (np.ndim(confidence) == 0 and 0 < confidence < 1):
        raise ValueError(f"confidence={confidence!r} is not in (0, 1); give 0.95, say.")
    return float(confidence)
