"""What is wrong is said before any training: the parameter, the remedy, and no value of a row."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    audit_leakage,
    exceptions,
    infoshape_path,
)
from sklearn_infoshape.fitting import stage_one
from sklearn_infoshape.posterior import features
from tests.conftest import small_problem

n = 240
X, Y, S = small_problem(n)
FRAME = pd.DataFrame(X, columns=list("abcdef"))
TABLE = FRAME.assign(sex=np.array(["f4711", "m4711"])[S], income=Y)
HOLES = np.where(np.arange(n)[:, None] < [0, 0, 3, 0, 0, 0], np.nan, X)


def shaper(**parameters):
    return InfoShapeTransformer(**{"posterior": "linear", "random_state": 0, **parameters})


def features_of(**parameters):
    return PosteriorFeatures("linear", random_state=0, **parameters)


def search(*arguments, **parameters):
    return InfoShapeTransformerCV(*arguments, max_leakage=1, cv=2, **parameters)


class TrainingReached(Exception):
    """All checks are over."""


@pytest.fixture
def untrained(monkeypatch):
    """Nothing is trained: stage one raises."""

    def reached(*_, **__):
        raise TrainingReached

    monkeypatch.setattr(stage_one, "learn_posteriors", reached)
    monkeypatch.setattr("sklearn_infoshape.transformer.learn_posteriors", reached)
    monkeypatch.setattr("sklearn_infoshape.search.path.learn_posteriors", reached)
    monkeypatch.setattr(features, "fit_posteriors", reached)


# What is called, what is raised, and words of the message.
REFUSED = {
    "name of s": (
        lambda: shaper().fit(TABLE, Y, "sex"),
        TypeError,
        ["sensitive_features='sex'", "X['sex']", "sensitive_columns='sex'"],
    ),
    "names of s": (
        lambda: shaper().fit(TABLE, Y, ["sex", "income"]),
        TypeError,
        ["X[['sex', 'income']]", "sensitive_columns=['sex', 'income']"],
    ),
    "name of s in a path": (
        lambda: infoshape_path(TABLE, Y, "sex"),
        TypeError,
        ["sensitive_features='sex'", "X['sex']"],
    ),
    "name of y": (
        lambda: features_of().fit(TABLE, "income"),
        TypeError,
        ["y='income'", "X['income']", "X.drop(columns=['income'])"],
    ),
    "name of s in an audit": (
        lambda: audit_leakage(lambda rows: rows, TABLE, "sex"),
        TypeError,
        ["sensitive_features='sex'", "X['sex']"],
    ),
    "text for s": (
        lambda: shaper().fit(X, Y, "f4711"),
        TypeError,
        ["sensitive_features is text", "one value for each row"],
    ),
    "gaps in an array": (
        lambda: shaper().fit(HOLES, Y, S),
        ValueError,
        ["3 entries are NaN, in column 2 (3)", "SimpleImputer", "data frame"],
    ),
    "gaps behind a sensitive column": (
        lambda: shaper(sensitive_columns=0).fit(np.column_stack([S, HOLES]), Y),
        ValueError,
        ["in column 3 (3)"],
    ),
    "dates with gaps in an array": (
        lambda: shaper().fit(np.array([["2020-01-01", "NaT"]] * n, dtype="datetime64[D]"), Y, S),
        ValueError,
        ["in column 1 (240)", "data frame, of which dates and gaps are read"],
    ),
    "sparse columns": (
        lambda: shaper().fit(sparse.csr_matrix(X), Y, S),
        TypeError,
        [".toarray()", "data frame"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.usefixtures("untrained")
def test_what_is_refused_names_parameter_and_remedy_before_training(case):
    call, kind, words = REFUSED[case]
    with pytest.raises(kind) as refused:
        call()
    for word in words:
        assert word in str(refused.value)
    assert "4711" not in str(refused.value)


MANY = np.random.default_rng(0).permutation(n)
LEVELS = pd.DataFrame({"city": [f"c4711-{i % 110}" for i in range(1320)], "b": np.arange(1320) % 7})
FEWER = LEVELS.assign(city=[f"c{i % 100}" for i in range(1320)])

# What is called, the warning, and words of it.
WARNED = {
    "no s": (
        lambda: shaper().fit(X, Y),
        "MissingSensitiveWarning",
        ["this release hides nothing", "sensitive_features=", "on_missing_sensitive='raise'"],
    ),
    "an id of numbers": (
        lambda: shaper().fit(FRAME.assign(record=MANY + 5000), Y, S),
        "IdentifierColumnWarning",
        ["column 'record'", "X.drop(columns=...)", "fold_columns"],
    ),
    "an id in a mixed table": (
        lambda: shaper().fit(TABLE[["sex", "a"]].assign(record=np.arange(n)), Y, S),
        "IdentifierColumnWarning",
        ["column 'record'", "X.drop(columns=...)"],
    ),
    "many levels": (
        lambda: shaper().fit(LEVELS, np.arange(1320) % 2, np.arange(1320) // 3 % 2),
        "MergedLevelsWarning",
        ["'city' (10 of 110)", "Group such levels"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNED)
@pytest.mark.usefixtures("untrained")
def test_what_is_odd_is_said_once_at_the_callers_line(case):
    call, category, words = WARNED[case]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(TrainingReached):
            call()
    said = [one for one in said if one.category is getattr(exceptions, category)]
    assert [one.filename for one in said] == [__file__]
    for word in words:
        assert word in str(said[0].message)
    assert "4711" not in str(said[0].message)


QUIET = {
    "an array": lambda: shaper().fit(np.column_stack([X, MANY]), Y, S),
    "measured amounts": lambda: shaper().fit(FRAME.assign(salary=MANY * 3), Y, S),
    "half steps": lambda: shaper().fit(FRAME.assign(half=MANY / 2), Y, S),
    "few rows": lambda: features_of().fit(FRAME[:80].assign(k=np.arange(80)), Y[:80], S[:80]),
    "persons": lambda: shaper(fold_columns="who").fit(FRAME.assign(who=MANY), Y, S),
    "few levels": lambda: shaper().fit(FEWER, np.arange(1320) % 2, np.arange(1320) // 3 % 2),
}


@pytest.mark.parametrize("case", QUIET)
@pytest.mark.usefixtures("untrained")
def test_nothing_is_said_without_need(case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrainingReached):
            QUIET[case]()
