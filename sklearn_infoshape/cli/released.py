"""Codes of rows as a table for recipients."""

import re

import numpy as np

from sklearn_infoshape.cli.model_file import person_columns

__all__ = ["add_shape", "check_shape", "is_code_column", "released_frame"]


def add_shape(parser):
    """What a release looks like.

    Parameters
    ----------
    parser : argparse.ArgumentParser or argument group
    """
    parser.add_argument(
        "--keep",
        metavar="COL",
        nargs="+",
        default=[],
        help="columns of --id and the task, released as they are",
    )
    parser.add_argument(
        "--integer", action="store_true", help='one column "code" in place of one for each code'
    )
    parser.add_argument(
        "--shuffle", action="store_true", help="rows in random order: order carries information"
    )


def check_shape(options, model=None):
    """Refuse, before any work, a shape that a release cannot have.

    Parameters
    ----------
    options : argparse.Namespace
        With the options of :func:`add_shape`.
    model : fitted InfoShapeTransformer or None, default=None
        Where there is one already.

    Raises
    ------
    ValueError
        If a column is kept twice, has the name of one of codes, or is a feature or a sensitive
        attribute of the model; or if columns are to be one code.
    """
    for place, column in enumerate(options.keep):
        if column in options.keep[:place]:
            raise ValueError(f"--keep names {column!r} twice; name it once.")
        if is_code_column(column):
            raise ValueError(
                f"--keep {column!r}: columns of codes have such names; rename it in the table."
            )
    if model is None:
        return
    hidden = {str(column.name) for column in model.labels_.sensitives}
    hidden |= set(map(str, getattr(model, "feature_names_in_", ()))) - set(person_columns(model))
    others = hidden.intersection(options.keep)
    if others:
        raise ValueError(
            f"--keep {min(others)!r}: only ids and the task can go into a release as they are; "
            "features and sensitive attributes would give away what the codes hide."
        )
    if options.integer and not model.release_.channel.is_code:
        raise ValueError("--integer is for codes; the release of this model is columns of numbers.")


def is_code_column(name):
    """Whether a column has the name of one of codes.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    return re.fullmatch(r"code(_\d+)?", str(name)) is not None


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
    import pandas as pd  # only tables need it, and whoever has one has it

    Z = np.asarray(model.transform(X))
    if options.integer:
        codes = pd.DataFrame({"code": Z.argmax(axis=1)})
    else:
        Z = Z.astype(np.int8) if model.release_.channel.is_code else Z
        codes = pd.DataFrame(Z, columns=model.get_feature_names_out())
    for place, column in enumerate(options.keep):
        codes.insert(place, column, frame[column].to_numpy())
    if options.shuffle:
        codes = codes.iloc[np.random.default_rng().permutation(len(codes))]
    codes = codes.reset_index(drop=True)
    codes.attrs = {}
    return codes
