"""What is known of a release from the rows that made it: its codes described, its bits."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.release.estimates import Estimate

__all__ = ["Description", "codebook_of"]


@dataclass(frozen=True)
class Description:
    """What is known of a release from the rows that made it.

    Attributes
    ----------
    codebook : dict or None
        Of codes: ``codebook_`` of :class:`~sklearn_infoshape.InfoShapeTransformer`.
    utility, leakage : list of Estimate
        In bits, of each column of y and of s; NaN where rows are too few.
    typical : ndarray of shape (K, ...) or None
        Of codes, by :func:`~sklearn_infoshape.release.typical_rows.typical_rows`.
    """

    codebook: dict | None
    utility: list
    leakage: list
    typical: np.ndarray | None = None

    @classmethod
    def of(cls, codebook, terms, estimates, typical=None):
        """Estimates of all terms, by their role."""
        found: dict = {"utility": [], "leakage": []}
        for term, estimate in zip(terms, estimates, strict=True):
            found[term.role].append(Estimate(*estimate))
        return cls(codebook, **found, typical=typical)


def codebook_of(labels, share, tables):
    """Codes described: ``codebook_`` of :class:`~sklearn_infoshape.InfoShapeTransformer`.

    Parameters
    ----------
    labels : Labels
    share : ndarray of shape (K,)
        Of the rows.
    tables : list of ndarray of shape (K, C)
        Rows by code and class, of each label.

    Returns
    -------
    dict
    """
    book: dict = {"share": share}
    book.update(target={}, target_classes={}, sensitive={}, sensitive_classes={})
    for column, term, table in zip(labels.columns, labels.terms, tables, strict=True):
        law = table + np.asarray(term.frequencies)  # one row's worth of the prior
        role = "target" if term.role == "utility" else "sensitive"
        book[role][column.name] = law / law.sum(axis=1, keepdims=True)
        book[f"{role}_classes"][column.name] = column.classes
    book["posterior_shift"] = {
        name: np.abs(law - share @ law).sum(axis=1) / 2 for name, law in book["sensitive"].items()
    }
    return book
