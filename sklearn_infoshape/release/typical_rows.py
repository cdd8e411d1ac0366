"""Codes told by what rows they stand for: a typical row of each, from ten rows and more."""

import numpy as np

from sklearn_infoshape._optional import needed
from sklearn_infoshape.data.typical import FEWEST, typical_numbers

__all__ = ["code_numbers", "codes_as_frame", "original_rows", "typical_rows"]


def typical_rows(Z, sample):
    """A typical row of each code, as the rows of a sample are: it says no more than the code.

    Parameters
    ----------
    Z : ndarray of shape (n, K)
        One-hot.
    sample : Sample
        That has these codes.

    Returns
    -------
    ndarray of shape (K, ...)
        By :func:`~sklearn_infoshape.data.typical.typical_numbers`; of a category the most
        frequent level that ten rows (persons) of the code have, zeros throughout where none is
        as frequent as gaps. NaN where fewer are known, or gaps are most. Rows are typical by
        how many they are, whatever their weights.
    """
    rows = sample.rows.reshape(len(sample), -1)
    codes = Z.argmax(axis=1)
    found = np.full((Z.shape[1], rows.shape[1]), np.nan)
    for code in range(Z.shape[1]):
        own = np.flatnonzero(codes == code)
        if sample.persons is not None:  # one row of each person
            own = own[np.unique(sample.persons[own], return_index=True)[1]]
        if sample.blocks is None:
            found[code] = typical_numbers(rows[own])
        elif len(own):
            found[code] = _typical_of_blocks(rows[own], sample.blocks)
    return found.reshape(len(found), *sample.rows.shape[1:])


def _typical_of_blocks(rows, blocks):
    typical, start = np.full(rows.shape[1], np.nan), 0
    for kind, width, has_gaps in blocks:
        block = rows[:, start : start + width]
        own = typical[start : start + width]
        start += width
        if kind == "category":
            counts = block.sum(axis=0)
            n_levels = width - has_gaps
            own[:] = 0
            if n_levels:
                best = int(counts[:n_levels].argmax())
                own[best] = counts[best] >= max(FEWEST, counts[-1] * has_gaps)
            continue
        known = block[block[:, -1] == 0] if has_gaps else block
        if not has_gaps and len(known) < 2 * FEWEST - 1:
            continue  # up to nine gaps make no column of their own, and were filled
        if 2 * len(known) >= len(block):
            own[: width - has_gaps] = typical_numbers(known[:, : width - has_gaps])
    return typical


def code_numbers(Z, n_codes):
    """The number of each row's code.

    Parameters
    ----------
    Z : array-like or data frame of shape (n, K)
        One-hot, as it was released.
    n_codes : int

    Returns
    -------
    ndarray of shape (n,), dtype int

    Raises
    ------
    ValueError
        If these are no codes of this release.
    """
    codes = np.asarray(Z)
    if codes.ndim != 2 or codes.shape[1] != n_codes:
        raise ValueError(
            f"Z has the shape {codes.shape}; give codes as transform returns them, one-hot in "
            f"{n_codes} columns."
        )
    if not (np.isin(codes, (0, 1)).all() and (codes.sum(axis=1) == 1).all()):
        raise ValueError(
            "Z is not one-hot: give codes as transform returns them, with a single 1 in each row."
        )
    return codes.argmax(axis=1)


def original_rows(estimator, typical):
    """Typical rows in the columns that were fitted.

    Parameters
    ----------
    estimator : fitted estimator
        With what it learned of columns.
    typical : ndarray of shape (m, ...)
        Some of :func:`typical_rows`.

    Returns
    -------
    pandas.DataFrame, or ndarray of shape (m, ...)
        A frame where columns have names and pandas is there; of objects where a table is mixed
        and it is not.
    """
    shift, reader = estimator.column_shift_, estimator.table_reader_
    rows = typical if shift is None else typical * shift.unit + shift.offset
    labels = getattr(estimator, "feature_names_in_", None)
    columns = None
    if reader is not None:
        labels, decoded = reader.labels, reader.decode(rows)
        columns = list(zip(*decoded, strict=True)) or [()] * len(labels)
        rows = np.empty((len(decoded), len(labels)), dtype=object)
        for position, values in enumerate(columns):
            rows[:, position] = values
    if labels is None:
        return rows
    try:
        import pandas as pd
    except ImportError:
        return rows
    if columns is None:
        return pd.DataFrame(rows, columns=labels)
    frame = pd.DataFrame(
        {label: list(values) for label, values in zip(labels, columns, strict=True)}
    )
    return frame[list(labels)]


def codes_as_frame(estimator, typical):
    """Codes in a table: shares, laws of y and of s, typical rows.

    Parameters
    ----------
    estimator : fitted InfoShapeTransformer
    typical : ndarray of shape (K, ...), or None

    Returns
    -------
    pandas.DataFrame
        A row a code.

    Raises
    ------
    ImportError
        If pandas is not there.
    """
    pd = needed("pandas", "codebook_frame", instead="codebook_ has the same figures")
    codebook, labels = estimator.codebook_, estimator.labels_
    columns = {"share": codebook["share"]}
    for role, described in (("target", labels.tasks), ("sensitive", labels.sensitives)):
        for column in described:
            for c, name in enumerate(column.classes):
                columns[f"p({column.name}={name})"] = codebook[role][column.name][:, c]
    for name, shift in codebook.get("posterior_shift", {}).items():  # not in pickles of before
        columns[f"shift of {name}"] = shift
    frame = pd.DataFrame(columns)
    if typical is not None and typical.ndim == 2:
        rows = original_rows(estimator, typical)
        rows = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows).add_prefix("x")
        frame = pd.concat([frame, rows.rename(columns="typical {}".format)], axis=1)
    return frame.rename_axis("code")
