"""Columns of X that an option of an audit names."""

import numpy as np

from sklearn_infoshape.data.columns import column_positions
from sklearn_infoshape.data.frames import column_labels

__all__ = ["named_columns"]


def named_columns(named, X, parameter, *, may_be_auto=False):
    """Where the columns are that an option names.

    Parameters
    ----------
    named : label, int, sequence of these, mask, or None
    X : array-like of shape (n, p)
    parameter : str
        For messages.
    may_be_auto : bool, default=False
        Whether "auto" leaves the choice to whoever reads the columns.

    Returns
    -------
    tuple of int, or None
        Empty for None; None for "auto".

    Raises
    ------
    ValueError
        If X has no such column, no columns at all, or none is named.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.audit.named_columns import named_columns
    >>> named_columns([0, -1], np.zeros((5, 3)), "known")
    (0, 2)
    """
    if named is None:
        return ()
    shape = X.shape if hasattr(X, "shape") else np.shape(X)
    if len(shape) != 2:
        raise ValueError(
            f"{parameter} names columns of X, which has {len(shape)} dimension(s); give X as a "
            f"table, or {parameter}=None."
        )
    if may_be_auto and isinstance(named, str) and named == "auto":
        return None
    positions = column_positions(named, column_labels(X), shape[1], parameter)
    if not positions:
        auto = "'auto' or " if may_be_auto else ""
        raise ValueError(
            f"{parameter} names no column of X; name some, or give {parameter}={auto}None."
        )
    return positions
