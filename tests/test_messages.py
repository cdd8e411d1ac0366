"""What is wrong is said before any training: the parameter, the remedy, and no value of a row."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, cross_validate

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    audit_leakage,
    best_utility_within,
    exceptions,
    infoshape_path,
    lagrangian_scorer,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.fitting import stage_one
from sklearn_infoshape.posterior import features
from tests.conftest import cheap, small_problem

n = 240
X, Y, S = small_problem(n)
FRAME = pd.DataFrame(X, columns=list("abcdef"))
TABLE = FRAME.assign(sex=np.array(["f4711", "m4711"])[S], income=Y)
MIXED = np.array([1, 0] * (n // 2), dtype=object)
MIXED[:20] = "4711"
MANY = np.random.default_rng(0).permutation(n)
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
    "a number for the estimator": (
        lambda: InfoShapeTransformerCV(0.02).fit(X, Y, S),
        ValueError,
        ["'estimator' parameter of InfoShapeTransformerCV", "give max_leakage=0.02 by name"],
    ),
    "multipliers for the estimator": (
        lambda: InfoShapeTransformerCV([0.1, 1.0], max_leakage=1).fit(X, Y, S),
        ValueError,
        ["'estimator' parameter of InfoShapeTransformerCV", "give privacy_multipliers= by name"],
    ),
    "s mixes text and numbers": (
        lambda: shaper().fit(X, Y, MIXED),
        ValueError,
        ["sensitive_features mixes text", ".astype(str)", "pandas.to_numeric"],
    ),
    "a column of y mixes text and numbers": (
        lambda: shaper().fit(X, pd.DataFrame({"pay": MIXED, "b": Y}), S),
        ValueError,
        ["y column 'pay' mixes text", ".astype(str)", "pandas.to_numeric"],
    ),
    "a cache without a seed": (
        lambda: shaper(memory="cache", random_state=None).fit(X, Y, S),
        ValueError,
        ["memory='cache'", "random_state or release_key"],
    ),
    "a cache of features without a seed": (
        lambda: PosteriorFeatures("linear", memory="cache").fit(X, Y, S),
        ValueError,
        ["memory='cache'", "random_state or release_key"],
    ),
    "a truth value for a number": (
        lambda: shaper(n_components=True).fit(X, Y, S),
        ValueError,
        ["'n_components' parameter", "an int in the range [1, inf)"],
    ),
    "one class of y": (
        lambda: shaper().fit(X, np.full(n, "f4711"), S),
        ValueError,
        ["y has one class only", "StratifiedKFold(5, shuffle=True).split(X, y)"],
    ),
    "one class of s": (
        lambda: shaper().fit(X, Y, np.full(n, "f4711")),
        ValueError,
        ["sensitive_features has one class only", "StratifiedKFold(5, shuffle=True).split(X, s)"],
    ),
    "columns of one name": (
        lambda: shaper().fit(FRAME.set_axis(list("aabcde"), axis=1), Y, S),
        ValueError,
        ["2 columns named 'a'", "a name of its own"],
    ),
    "no y": (
        lambda: shaper().fit_transform(X),
        ValueError,
        ["requires y to be passed"],
    ),
    "text for a price": (
        lambda: lagrangian_scorer("a"),
        ValueError,
        ["privacy_multiplier='a'", "a finite number from 0 up"],
    ),
    "a table of prices": (
        lambda: lagrangian_scorer([[1, 2]]),
        ValueError,
        ["privacy_multiplier=[[1, 2]]", "a finite number from 0 up"],
    ),
    "text for a budget": (
        lambda: best_utility_within("a"),
        ValueError,
        ["max_leakage='a'", "one number from 0 up"],
    ),
    "no number of standard errors": (
        lambda: best_utility_within(0.1, n_standard_errors=None),
        ValueError,
        ["n_standard_errors=None", "one number from 0 up"],
    ),
    "a scorer of a predictor": (
        lambda: utility_scorer(DummyClassifier().fit(X, Y), X, Y),
        TypeError,
        ["estimator is, or holds, a DummyClassifier", "a fitted transformer"],
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


LEVELS = pd.DataFrame({"city": [f"c4711-{i % 110}" for i in range(1320)], "b": np.arange(1320) % 7})
FEWER = LEVELS.assign(city=[f"c{i % 100}" for i in range(1320)])

# What is called, the warning, and words of it.
WARNED = {
    "no s": (
        lambda: shaper().fit(X, Y),
        "MissingSensitiveWarning",
        ["this release hides nothing", "sensitive_features=", "on_missing_sensitive='raise'"],
    ),
    "y is s": (
        lambda: shaper().fit(X, np.array(["f4711", "m4711"])[S], S),
        "LabelOverlapWarning",
        ["y and sensitive_features are the same", "nothing can be kept of y that is not s"],
    ),
    "a column of y is the sensitive column": (
        lambda: shaper(sensitive_columns="sex").fit(TABLE[["sex", "a"]], TABLE[["income", "sex"]]),
        "LabelOverlapWarning",
        ["y ('sex') and sensitive_features ('sex') are the same"],
    ),
    "s is still in X": (
        lambda: shaper().fit(TABLE[["sex", "a"]], Y, np.where(np.arange(n) < 9, np.nan, S)),
        "LabelOverlapWarning",
        ["Column 'sex' of X holds the same as sensitive_features", "sensitive_columns"],
    ),
    "s is still in an array": (
        lambda: shaper(fold_columns=0).fit(np.column_stack([MANY, X, S]), Y, S),
        "LabelOverlapWarning",
        ["Column 7 of X holds the same as sensitive_features"],
    ),
    "y is still in X": (
        lambda: infoshape_path(TABLE[["income", "a"]], Y, S, posterior="linear"),
        "LabelOverlapWarning",
        ["Column 'income' of X holds the same as y", "Leave it out of X"],
    ),
    "few rows": (
        lambda: shaper(posterior="auto").fit(X[:30], Y[:30], S[:30]),
        "FewRowsWarning",
        ["30 rows are few", "60 for estimates of bits", "100 for boosting"],
    ),
    "few persons": (
        lambda: shaper(fold_columns=0).fit(np.column_stack([MANY % 50, X]), Y, S),
        "FewRowsWarning",
        ["50 persons (fold_columns) are few", "60 for estimates of bits"],
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
    "y tells s, as it may": lambda: shaper().fit(X, 2 * Y + S, S),
    "a column that nearly is s": lambda: shaper().fit(
        FRAME.assign(s=np.where(np.arange(n) == 99, 1 - S, S)), Y, S
    ),
    "rows enough": lambda: shaper(posterior="auto").fit(X[:100], Y[:100], S[:100]),
    "few levels": lambda: shaper().fit(FEWER, np.arange(1320) % 2, np.arange(1320) // 3 % 2),
}


@pytest.mark.parametrize("case", QUIET)
@pytest.mark.usefixtures("untrained")
def test_nothing_is_said_without_need(case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrainingReached):
            QUIET[case]()


SEARCHES = {
    "one score": lambda: GridSearchCV(
        shaper(), {"privacy_multiplier": [0.1, 1.0]}, scoring=lagrangian_scorer(1.0), cv=2
    ).fit(X, Y, sensitive_features=S),
    "two scores": lambda: GridSearchCV(
        shaper(),
        {"privacy_multiplier": [0.1, 1.0]},
        scoring={"utility": utility_scorer, "leakage": leakage_scorer},
        refit=best_utility_within(0.1),
        cv=2,
    ).fit(X, Y, sensitive_features=S),
    "cross_validate": lambda: cross_validate(
        shaper(), X, Y, scoring=leakage_scorer, cv=2, params={"sensitive_features": S}
    ),
}


@pytest.mark.parametrize("case", SEARCHES)
def test_a_search_without_s_for_its_scorer_fails_at_its_first_score(case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TypeError, match=r"enable_metadata_routing=True.*sensitive_columns"):
            SEARCHES[case]()


@pytest.mark.parametrize(
    "estimator", [shaper(), features_of(), search(cheap(posterior="linear"), [0.1, 1.0])], ids=type
)
def test_fit_transform_takes_s_where_fit_does(estimator):
    rows = X[:120]
    Z = estimator.fit_transform(rows, Y[:120], S[:120])
    np.testing.assert_array_equal(estimator.transform(rows), Z)
    assert estimator.get_feature_names_out().shape == (Z.shape[1],)
