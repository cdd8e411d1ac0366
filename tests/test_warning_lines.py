"""Warnings point at the line of whoever called this package, and are said once."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    MutualInformationEstimator,
    PosteriorFeatures,
    audit_leakage,
    exceptions,
    infoshape_path,
)
from tests.conftest import cheap, small_problem

X, Y, S = small_problem(n=240)
FRAME = pd.DataFrame(X, columns=list("abcdef"))
ALONE = np.where(np.arange(240) == 7, 2, S)
FEW = np.where(np.arange(240) < 4, "few", "usual")
AUDIT = {"attackers": "linear", "n_permutations": 0, "random_state": 0}


def shaper(**parameters):
    return InfoShapeTransformer(**{"posterior": "linear", "random_state": 0, **parameters})


def search(**parameters):
    return InfoShapeTransformerCV(cheap(posterior="linear", **parameters), [0.1, 10], cv=2)


FITTED = shaper().fit(X, Y, S)


def loaded(path=None):
    old = shaper()
    old.version_ = "0.0.1"
    if path is None:
        return pickle.loads(pickle.dumps(old))
    joblib.dump(old, path)
    return joblib.load(path)


# What is called, and the warning that it gives.
CASES = {
    "fit without s": (lambda: shaper().fit(X, Y), "MissingSensitiveWarning"),
    "fit_transform": (lambda: shaper().fit_transform(X, Y), "MissingSensitiveWarning"),
    "path": (lambda: infoshape_path(X, Y, None, [1, 2], posterior="linear"), None),
    "class of one row": (lambda: shaper().fit(X, Y, ALONE), "RareClassWarning"),
    "path, class of one row": (
        lambda: infoshape_path(X, Y, ALONE, [0.1, 10], posterior="linear", random_state=0),
        "RareClassWarning",
    ),
    "search, class of one row": (
        lambda: search().set_params(max_leakage=5).fit(X, Y, ALONE),
        "RareClassWarning",
    ),
    "search, class of four rows": (
        lambda: search(channel="gaussian").set_params(max_leakage=5).fit(X, FEW, S),
        "RareClassWarning",
    ),
    "features, class of one row": (
        lambda: PosteriorFeatures("linear").fit(X, Y, ALONE),
        "RareClassWarning",
    ),
    "audit, class of one row": (
        lambda: audit_leakage(FITTED, X, ALONE, Y, **AUDIT),
        "RareClassWarning",
    ),
    "audit, rows of training": (
        lambda: audit_leakage(FITTED, X, S, Y, training_X=X, **AUDIT),
        "TrainingOverlapWarning",
    ),
    "amount or class": (lambda: shaper().fit(X, np.arange(240), S), "LabelKindWarning"),
    "idle parameter": (lambda: shaper(n_bins=4).fit(X, Y, S), "IneffectiveParameterWarning"),
    "one stage": (lambda: cheap(channel="gaussian").fit(X, Y, S), "MemorizedLabelsWarning"),
    "partial_fit": (lambda: cheap().partial_fit(X, Y), "MissingSensitiveWarning"),
    "collapse": (
        lambda: shaper(privacy_multiplier=1e4).fit(S[:, None] + 0.1 * X[:, 2:], Y, S),
        "CollapsedEncoderWarning",
    ),
    "diverged": (
        lambda: cheap(channel="gaussian", max_epochs=60, lr=1e-3).fit(X, Y, S),
        "ShapingConvergenceWarning",
    ),
    "persons": (
        lambda: shaper(fold_columns="who").fit(FRAME.assign(who=[None, *"ab" * 119, "c"]), Y, S),
        "UnknownPersonWarning",
    ),
    "digits": (
        lambda: shaper().fit(FRAME.assign(a=1e8 + 99 * X[:, 0]).astype("f4"), Y, S),
        "PrecisionWarning",
    ),
    "copies": (
        lambda: MutualInformationEstimator("copula").fit(np.tile(X, (2, 1)), np.tile(X[:, 0], 2)),
        "RepeatedRowsWarning",
    ),
    "pickle": (loaded, "VersionMismatchWarning"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_warnings_point_at_the_callers_line_and_are_said_once(case):
    call, category = CASES[case]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    ours = [one for one in said if issubclass(one.category, UserWarning)]
    assert {one.filename for one in ours} == {__file__}
    kinds = [one.category.__name__ for one in ours]
    assert category is None or kinds.count(category) == 1
    assert all(hasattr(exceptions, kind) for kind in kinds)


def test_a_warning_of_a_file_that_is_loaded_points_at_the_callers_line(tmp_path):
    with pytest.warns(exceptions.VersionMismatchWarning) as said:
        loaded(tmp_path / "shaper.joblib")
    assert said[0].filename == __file__


@pytest.mark.parametrize("call", ["fit", "search", "audit"])
@pytest.mark.parametrize("role", ["y", "s"])
def test_rare_classes_never_reach_a_metric_that_is_undefined(role, call):
    few = np.where(np.arange(240) < 3, 2, 0)
    y, s = (np.maximum(Y, few), S) if role == "y" else (Y, np.maximum(S, few))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if call == "fit":
            shaper().fit(X, y, s)
        elif call == "search":
            search().set_params(cv=KFold(2), max_leakage=5).fit(X, y, s)
        else:
            audit_leakage(FITTED, X, s, y, **AUDIT)
    assert {one.filename for one in said} <= {__file__}
    assert not any("sklearn.exceptions" in one.category.__module__ for one in said)
