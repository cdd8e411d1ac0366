"""What a label column is: classes, or an amount and its bins; and how it is encoded."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_infoshape.data.entries import AMOUNTS, as_dates, as_numbers, kinds_of
from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.weights import weighted_quantiles
from sklearn_infoshape.exceptions import LabelKindWarning, RareClassWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["LabelColumn", "describe_column"]


_MOST_INTEGER_CLASSES = 20


_BIN_EDGE_DIGITS = 3


_BLENDED_SHARE = 0.2  # of rows with whole numbers, from which fractions look like blended classes


@dataclass(frozen=True)
class LabelColumn:
    """What a fit remembers of one label column: no value of any single row.

    Attributes
    ----------
    name : str
        The column's name, for messages and tables.
    kind : {"classes", "bins", "value"}
        Classes as they came, quantile bins of an amount, or the amount itself.
    classes : ndarray of shape (C,) or None
        The classes, or the bins as text; None for ``kind="value"``.
    edges : ndarray of shape (C - 1,) or None
        The inner borders of the bins, rounded so that none is a row's value.
    location, scale : float
        For ``kind="value"``: what is subtracted, and divided by.
    frequencies : ndarray of shape (C,) or None
        The share of each class among the rows with a label.
    """

    name: str
    kind: str
    classes: Any = None
    edges: Any = None
    location: float = 0.0
    scale: float = 1.0
    frequencies: Any = None

    @property
    def n_classes(self):
        """How many classes, or None where the label is an amount."""
        return None if self.classes is None else len(self.classes)

    def seen(self, values):
        """Which labels the description covers.

        Parameters
        ----------
        values : ndarray of shape (n,)

        Returns
        -------
        ndarray of shape (n,), dtype bool
            False for a class that was not there when the column was described, True where the
            label is missing, and for amounts.
        """
        found = np.ones(len(values), dtype=bool)
        known = ~is_missing(values)
        if self.kind != "classes" or not known.any():
            return found
        try:
            observed = _plain(values[known], self.name)
        except ValueError:  # mixed, as no column of a fit is
            return ~known
        found[known] = False
        if kinds_of(observed) <= _comparable(self.classes):
            codes = np.minimum(np.searchsorted(self.classes, observed), self.n_classes - 1)
            found[known] = self.classes[codes] == observed
        return found

    def encode(self, values, unseen="raise"):
        """Labels as targets of a fit.

        Parameters
        ----------
        values : ndarray of shape (n,)
        unseen : {"raise", "missing"}, default="raise"
            What to do with a class that was not there when the column was described: an error,
            or a row as if the label were missing.

        Returns
        -------
        ndarray of shape (n, C), dtype float32
            One-hot rows, zeros where the label is missing. For ``kind="value"`` instead
            shape (n, 1): standardised values, NaN where missing.

        Raises
        ------
        ValueError
            If a class was not there when the column was described, with ``unseen="raise"``.
        """
        missing = is_missing(values)
        if unseen == "missing":
            missing = missing | ~self.seen(values)
        if self.kind == "value":
            column = np.full((len(values), 1), np.nan, dtype=np.float32)
            amounts = self._amounts(values[~missing])
            column[~missing, 0] = (amounts - self.location) / self.scale
            return column
        targets = np.zeros((len(values), self.n_classes), dtype=np.float32)
        targets[np.flatnonzero(~missing), self._codes(values[~missing])] = 1.0
        return targets

    def _amounts(self, observed):
        if not kinds_of(observed) <= AMOUNTS:
            raise ValueError(
                f"{self.name} holds {min(kinds_of(observed))}, but it was an amount at the first "
                "fit; give numbers, or fit anew."
            )
        return as_numbers(observed)

    def _codes(self, observed):
        if self.kind == "bins":
            return np.searchsorted(self.edges, self._amounts(observed), side="right")
        observed = _plain(observed, self.name)
        known = len(observed) == 0 or kinds_of(observed) <= _comparable(self.classes)
        if known:
            codes = np.searchsorted(self.classes, observed)
            codes = np.minimum(codes, self.n_classes - 1)
            known = bool((self.classes[codes] == observed).all())
        if not known:
            raise ValueError(
                f"{self.name} has a class that was not there at the first fit; name all of "
                "them in the first call (classes=, sensitive_classes=), or fit anew."
            )
        return codes


def describe_column(
    name,
    values,
    *,
    parameter,
    kind="auto",
    n_bins=8,
    classes=None,
    single="raise",
    sample_weight=None,
):
    """Decide what a label column is, and remember it.

    Parameters
    ----------
    name : str
    values : ndarray of shape (n,)
    parameter : str
        ``"y"`` or ``"sensitive_features"``, for messages.
    kind : {"auto", "classes", "continuous"}, default="auto"
        "auto": text, booleans and at most 20 distinct integers are classes; fractions are
        continuous; more than 20 distinct integers are taken as continuous, with a warning.
    n_bins : int or None, default=8
        Quantile bins of a continuous column; None keeps the amount itself.
    classes : array-like or None
        Known classes, where the rows at hand may not show all of them.
    single : {"raise", "missing"}, default="raise"
        What to do with classes of a single row, as a fold of a cross-validation may have them:
        an error, or no class of the description, with a warning.
    sample_weight : ndarray of shape (n,), optional
        What each row counts in the shares of classes and the borders of bins; whether a class has
        rows enough is a matter of their number.

    Returns
    -------
    LabelColumn

    Raises
    ------
    ValueError
        If no row has a label, only one class is there, or a class has a single row (with
        ``single="missing"``, if no two other classes are left).
    """
    label = parameter if name == parameter else f"{parameter} column {name!r}"
    known = ~is_missing(values)
    observed, weights = values[known], None if sample_weight is None else sample_weight[known]
    if len(observed) == 0:
        raise ValueError(f"{label} has no observed value; give labels for some rows.")
    observed = _plain(observed, label)
    if kind == "auto":
        kind = _guess_kind(observed, label) if classes is None else "classes"
    if kind == "continuous":
        return _describe_amount(name, label, observed, n_bins, weights)
    found, codes, counts = np.unique(observed, return_inverse=True, return_counts=True)
    if classes is not None:
        return _describe_known(name, label, observed, classes)
    if len(found) < 2:
        short = "y" if parameter == "y" else "s"
        raise ValueError(
            f"{label} has one class only: there is nothing to "
            + ("learn." if parameter == "y" else "hide. Drop this column.")
            + " In a fold of a cross-validation: let folds be stratified by this label, by "
            f"cv=list(StratifiedKFold(5, shuffle=True).split(X, {short})), say."
        )
    alone, shares = counts < 2, counts if weights is None else np.bincount(codes, weights)
    if single == "missing" and alone.any() and (~alone).sum() > 1:
        warn(
            f"{label} has {alone.sum()} classes with 1 row each, which cannot be learned and held "
            "out at once: these rows count as if the label were missing. Merge rare classes, or "
            "use fewer folds or a splitter that stratifies by this label.",
            RareClassWarning,
        )
        found, counts, shares = found[~alone], counts[~alone], shares[~alone]
    if counts.min() < 2:
        raise ValueError(
            f"{label} has a class with 1 row, which cannot be learned and held out at once; "
            "merge rare classes, or remove the row (fractions that a resampler made between "
            "classes have to be rounded)."
        )
    return LabelColumn(name, "classes", classes=found, frequencies=shares / shares.sum())


def _describe_known(name, label, observed, classes):
    """A column whose classes are named beforehand; a first batch may lack some of them."""
    known = np.unique(_plain(np.asarray(classes), label))
    column = LabelColumn(name, "classes", classes=known)
    counts = column.encode(observed).sum(axis=0) + 0.5
    return LabelColumn(name, "classes", classes=known, frequencies=counts / counts.sum())


def _plain(observed, label):
    """Observed labels as numbers, truth values, text or dates, so that they can be sorted."""
    kinds = kinds_of(observed)
    refused = kinds & {"lists", "dicts", "complex numbers"}
    if refused:
        raise ValueError(
            f"{label} holds {min(refused)}; give one label a row, or one column for each."
        )
    if kinds in ({"dates"}, {"durations"}):
        return as_dates(observed)
    if observed.dtype.kind != "O":
        return observed
    if len(kinds) > 1 and kinds != {"numbers", "truth values"}:
        mixed = "text with other values" if "text" in kinds else " and ".join(sorted(kinds))
        remedy = "make them all of one type"
        if "text" in kinds:
            remedy += ": text by .astype(str), or numbers by pandas.to_numeric"
        raise ValueError(f"{label} mixes {mixed}; {remedy}.")
    if kinds == {"text"} or kinds <= {"numbers", "truth values"}:
        plain = np.array(observed.tolist())
        # Decimals and the like stay objects, and so do integers that no machine word holds.
        is_whole = all(isinstance(value, int) for value in observed)
        return plain if plain.dtype.kind != "O" or is_whole else as_numbers(observed)
    try:
        np.sort(observed)
    except TypeError:
        raise ValueError(
            f"{label} holds {min(kinds)}, which have no order; make text or numbers of them."
        ) from None
    return observed


def _comparable(classes):
    """The kinds that labels of known classes may be of."""
    kinds = kinds_of(classes)
    return kinds | {"numbers", "truth values"} if kinds <= {"numbers", "truth values"} else kinds


def _guess_kind(observed, label):
    if observed.dtype.kind in "Mm":
        return "classes" if len(np.unique(observed)) <= _MOST_INTEGER_CLASSES else "continuous"
    if observed.dtype.kind not in "iuf":
        return "classes"
    if observed.dtype.kind == "f" and (observed != np.floor(observed)).any():
        if _look_blended(observed):
            warn(
                f"{label} has few whole numbers in many rows and fractions between them in others, "
                "as where a resampler blended the rows of several classes. It is taken as "
                f"continuous; round it, or set {_kind_parameter(label)} to 'continuous' if it is "
                "an amount.",
                LabelKindWarning,
            )
        return "continuous"
    n_distinct = len(np.unique(observed))
    if n_distinct <= _MOST_INTEGER_CLASSES:
        return "classes"
    warn(
        f"{label} has {n_distinct} distinct integers and is taken as continuous; set "
        f"{_kind_parameter(label)} to 'classes' or 'continuous' to decide it.",
        LabelKindWarning,
    )
    return "continuous"


def _kind_parameter(label):
    return "target_kind" if label.split()[0] == "y" else "sensitive_kind"


def _look_blended(observed):
    """Whether amounts look like classes, of which some rows are weighted means."""
    whole = observed[observed == np.floor(observed)]
    if len(whole) < _BLENDED_SHARE * len(observed):
        return False
    classes = np.unique(whole)
    between = classes[0] <= observed.min() and observed.max() <= classes[-1]
    return between and 2 <= len(classes) <= _MOST_INTEGER_CLASSES


def _describe_amount(name, label, observed, n_bins, weights):
    if not kinds_of(observed) <= AMOUNTS:
        kind = min(kinds_of(observed))
        raise ValueError(f"{label} is {kind} and cannot be continuous; use kind 'classes'.")
    observed = as_numbers(observed)
    if not np.isfinite(observed).all():
        raise ValueError(f"Input {label} contains infinity or a value too large.")
    spread = _spread(observed, weights)
    if spread == 0:
        raise ValueError(f"{label} is constant; there is nothing to learn or hide.")
    if n_bins is None:
        location = float(np.average(observed, weights=weights))
        return LabelColumn(name, "value", location=location, scale=float(spread))
    # Quantiles can be some row's exact value, which must not stay in a fitted transformer.
    # Of rows alike: a heavy one leaves next to no weighted spread, and would be written out.
    digits = _BIN_EDGE_DIGITS - 1 - int(np.floor(np.log10(_spread(observed, None))))
    quantiles = weighted_quantiles(observed, np.arange(1, n_bins) / n_bins, weights)
    edges = np.unique(np.round(quantiles, digits))
    # Bins without rows, at ties, are merged into the one below.
    used_bins = np.unique(np.searchsorted(edges, observed, side="right"))
    edges = edges[used_bins[1:] - 1]
    if len(edges) == 0:
        raise ValueError(
            f"{label} is the same for most rows, so that its {n_bins} quantile bins are one; "
            "raise n_bins, or make classes of it."
        )
    codes = np.searchsorted(edges, observed, side="right")
    borders = ["-inf", *(f"{edge:.6g}" for edge in edges), "inf"]
    bins = np.array([f"[{low}, {high})" for low, high in itertools.pairwise(borders)])
    counts = np.bincount(codes, weights, minlength=len(bins))
    return LabelColumn(name, "bins", classes=bins, edges=edges, frequencies=counts / counts.sum())


def _spread(values, weights):
    """Standard deviation."""
    if weights is None:
        return values.std()
    return np.sqrt(np.average((values - np.average(values, weights=weights)) ** 2, weights=weights))
