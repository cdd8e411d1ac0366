"""scikit-learn's own checks, those that it does not run by itself, routing, and grid search."""

import numpy as np
import pytest
import sklearn
import sklearn.utils.estimator_checks as checks
from joblib import parallel_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape import (
    InfoShapeTransformer,
    PosteriorFeatures,
    lagrangian_scorer,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.codes import annealing, atoms
from sklearn_infoshape.posterior import members, perceptron
from tests.conftest import CHANNEL_NAMES, EXPECTED_TO_FAIL, cheap, small_problem

pytestmark = pytest.mark.filterwarnings("ignore")

OUTSIDE_CHECK_ESTIMATOR = [
    "check_dataframe_column_names_consistency",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_inplace_ensure_writeable",
    "check_param_validation",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_supervised_y_no_nan",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
]


def checked(channel):
    return cheap(channel=channel, on_missing_sensitive="ignore", random_state=None)


ONE_STAGE = [checked(channel) for channel in CHANNEL_NAMES]
TWO_STAGES = [
    InfoShapeTransformer(
        posterior=PosteriorFeatures(posterior, folds=2), on_missing_sensitive="ignore"
    )
    # "auto" is "kernel" and "linear" on the few rows of these checks.
    for posterior in ("auto", "boosting", "network", "components", [LogisticRegression(), "linear"])
]
ON_POSTERIORS = [checked("gaussian").set_params(posterior="linear")]
FEATURES = [PosteriorFeatures("linear", folds=2), PosteriorFeatures(folds=2)]


@pytest.fixture
def shortest_training(monkeypatch):
    """The contract does not depend on how long each stage trains, and it is fitted 80 times."""
    monkeypatch.setattr(members, "HistGradientBoostingClassifier", three_trees)
    monkeypatch.setattr(perceptron, "_FEWEST_STEPS", 10)
    monkeypatch.setattr(annealing, "_FREE_STEPS", 10)
    monkeypatch.setattr(annealing, "_STEPS", 10)
    monkeypatch.setattr(atoms, "_CLIMB_STEPS", 10)


def three_trees(max_iter, **parameters):
    return HistGradientBoostingClassifier(max_iter=3, **parameters)


@pytest.mark.parametrize(
    "estimator",
    ONE_STAGE + TWO_STAGES + ON_POSTERIORS + FEATURES,
    ids=lambda e: f"{getattr(e, 'channel', 'features')}-{getattr(e, 'posterior', None)}",
)
def test_check_estimator_with_nothing_unexpected_failing(estimator, shortest_training):
    results = checks.check_estimator(
        estimator, expected_failed_checks=EXPECTED_TO_FAIL, on_fail=None, on_skip=None
    )
    assert len(results) >= 45
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] != "passed"}
    assert set(failed) <= set(EXPECTED_TO_FAIL), failed


@pytest.mark.parametrize("estimator", [*ONE_STAGE, TWO_STAGES[0]], ids=[*CHANNEL_NAMES, "auto"])
@pytest.mark.parametrize("name", OUTSIDE_CHECK_ESTIMATOR)
def test_checks_that_check_estimator_leaves_out(name, estimator, shortest_training):
    getattr(checks, name)("InfoShapeTransformer", estimator)


@pytest.mark.parametrize(
    "estimator", [cheap(), StandardScaler()], ids=["ours", "one that needs no s"]
)
def test_sensitive_features_travel_through_compositions_with_routing(estimator):
    X, y, s = small_problem()
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = Pipeline(
            [("first", estimator), ("shape", cheap()), ("last", LogisticRegression())]
        )
        assert pipeline.fit(X, y, sensitive_features=s).score(X, y) > 0.4
        columns = ColumnTransformer([("shape", cheap(), [0, 1, 2])])
        assert len(columns.fit_transform(X, y, sensitive_features=s)) == len(X)
        union = FeatureUnion([("shape", cheap()), ("again", cheap(n_components=2))])
        assert len(union.fit_transform(X, y, sensitive_features=s)) == len(X)
        scores = cross_validate(
            cheap(),
            X,
            y,
            params={"sensitive_features": s},
            scoring={"utility": utility_scorer, "leakage": leakage_scorer},
        )
        assert np.isfinite(scores["test_utility"]).all()
        assert (scores["test_leakage"] <= 0).all()


def search(X, y, s, *, routing, columns, posterior, **settings):
    shaper = cheap(sensitive_columns=columns, posterior=posterior, folds=2)
    pipeline = Pipeline([("shape", shaper), ("model", LogisticRegression())])
    grid = {"shape__privacy_multiplier": [0.0, 3.0]}
    with sklearn.config_context(enable_metadata_routing=routing):
        found = GridSearchCV(
            pipeline, grid, scoring=lagrangian_scorer(1.0), cv=2, error_score="raise", **settings
        )
        found.fit(X, y, **({"sensitive_features": s} if columns is None else {}))
    return found


@pytest.mark.whole_search  # worker processes know no shorter one
@pytest.mark.parametrize(("routing", "posterior"), [(True, None), (False, "network")])
def test_grid_search_gives_the_same_scores_whatever_runs_it(routing, posterior):
    X, y, s = small_problem(100)
    columns = None if routing else [6]
    if not routing:
        X = np.column_stack([X, s])
    alone = search(X, y, s, routing=routing, columns=columns, posterior=posterior)
    scores = alone.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    for backend in ("loky", "threading"):
        with parallel_config(backend=backend, n_jobs=2):
            other = search(X, y, s, routing=routing, columns=columns, posterior=posterior)
        for name in ("split0_test_score", "split1_test_score"):
            np.testing.assert_array_equal(other.cv_results_[name], alone.cv_results_[name])


def test_step_parameters_work_without_routing():
    X, y, s = small_problem()
    pipeline = Pipeline([("shape", cheap()), ("model", LogisticRegression())])
    pipeline.fit(X, y, shape__sensitive_features=s)
    assert "sensitive_features" in pipeline["shape"].labels_.sensitives[0].name


def test_clone_keeps_parameters_and_requests():
    with sklearn.config_context(enable_metadata_routing=True):
        shaper = cheap(release_key=b"k", privacy_multiplier=[1.0, 2.0])
        shaper.set_fit_request(sensitive_features="group")
        copy = clone(shaper)
        assert repr(copy.get_params()) == repr(shaper.get_params())
        requests = copy.get_metadata_routing().fit.requests
        assert requests == {"sensitive_features": "group", "sample_weight": None}
