"""Codes of rows as a table for recipients."""

import numpy as np
import pandas as pd

__all__ = ["add_shape", "released_frame"]


def add_shape(parser):
    """What a release looks like.

    Parameters
    ----------
    parser : argparse.ArgumentParser or argument group
    """
    parser.add_argument(
        "--keep", metavar="COL", nargs="+", default=[], help="ids or task, released as they are"
    )
    parser.add_argument(
        "--integer", action="store_true", help='one column "code" in place of one for each code'
    )
    parser.add_argument(
        "--shuffle", action="store_true", help="rows in random order: order carries information"
    )


def released_frame(model, X, frame, options):
    """Codes of all rows, and the columns that are kept.

    Parameters
    ----------
    model : fitted InfoShapeTransformer
    X : pandas.DataFrame of shape (n, p)
        What it reads.
    frame : pandas.DataFrame of shape (n, q)
        Where the kept columns are.
    options : argparse.Namespace
        With the options of :func:`add_shape`.

    Returns
    -------
    pandas.DataFrame
    """
    Z = np.asarray(model.transform(X))
    if options.integer:
        codes = pd.DataFrame({"code": Z.argmax(axis=1)})
    else:
        codes = pd.DataFrame(Z.astype(np.int8), columns=[f"code_{k}" for k in range(Z.shape[1])])
    for place, column in enumerate(options.keep):
        codes.insert(place, column, frame[column].to_numpy())
    if options.shuffle:
        codes = codes.iloc[np.random.default_rng().permutation(len(codes))]
    codes = codes.reset_index(drop=True)
    codes.attrs = {}
    return codes
