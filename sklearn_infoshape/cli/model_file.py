"""Fitted transformers in files, as commands write and read them."""

import joblib
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape.search.search import InfoShapeTransformerCV

__all__ = ["column_kinds", "keep_kinds", "load_model", "person_columns", "save_model"]

_KINDS = ("number", "boolean", "category", "date")  # of encodings that a file can hold


def save_model(model, file):
    """Write a fitted transformer.

    Parameters
    ----------
    model : InfoShapeTransformer
    file : path or file object
        Holds models of y and s and the release key: guard it as you guard the data.
    """
    joblib.dump(model, file)


def load_model(path):
    """Read a fitted transformer; a search gives the release that it delivers.

    Parameters
    ----------
    path : str or os.PathLike
        Of a file that you trust: unpickling runs whatever code it names.

    Returns
    -------
    InfoShapeTransformer

    Raises
    ------
    ValueError
        If the file holds no fitted transformer.
    OSError
        If it cannot be read.
    """
    try:
        model = joblib.load(path)
    except OSError:
        raise
    except Exception as error:  # whatever a damaged pickle raises
        raise ValueError(
            f"{path} holds no model that can be loaded ({type(error).__name__}); give the file "
            "that `infoshape fit --model` or joblib.dump wrote."
        ) from None
    if isinstance(model, InfoShapeTransformerCV):
        model = getattr(model, "best_estimator_", model)
    try:
        check_is_fitted(model, "release_")
    except (NotFittedError, TypeError):
        raise ValueError(
            f"{path} holds a {type(model).__name__}; give a fitted InfoShapeTransformer, as "
            "`infoshape fit --model` or joblib.dump writes it."
        ) from None
    return model


def keep_kinds(model, kinds):
    """Keep, in the model, how the columns of its file were read.

    Parameters
    ----------
    model : fitted InfoShapeTransformer
    kinds : dict of str to str
        From :func:`~sklearn_infoshape.cli.table_files.kinds_of_frame`.
    """
    names = {*map(str, model.feature_names_in_), *person_columns(model)}
    model.column_kinds_ = {name: kind for name, kind in kinds.items() if name in names}


def column_kinds(model):
    """What each column was when it was fitted, for the reader of further files.

    Parameters
    ----------
    model : fitted InfoShapeTransformer

    Returns
    -------
    dict of str to str
        "number", "category", "date", or "text" of a column that says whose a row is.

    Raises
    ------
    ValueError
        If it was fitted on an array, whose columns have no names.
    """
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        raise ValueError(
            "The model was fitted on an array: its columns have no names to be found by in a "
            "file. Fit it on a data frame, or by `infoshape fit`."
        )
    reader = model.table_reader_
    if reader is None:
        kinds = dict.fromkeys(map(str, names), "number")
    else:
        kinds = {
            str(label): encoding.kind
            for label, encoding in zip(reader.labels, reader.encodings, strict=True)
            if encoding.kind in _KINDS
        }
    kept = getattr(model, "column_kinds_", {})
    return {**kinds, **dict.fromkeys(person_columns(model), "text"), **kept}


def person_columns(model):
    """Names of the columns that say whose a row is.

    Parameters
    ----------
    model : fitted InfoShapeTransformer

    Returns
    -------
    list of str
    """
    roles = model.column_roles_
    return [str(roles.labels[position]) for position in roles.persons]
