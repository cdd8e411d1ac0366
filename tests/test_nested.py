"""Settings within settings, searches within Pipelines: what holds what, and what is delivered."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_infoshape import (
    CategoricalChannel,
    GaussianChannel,
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PartitionDisplay,
    PosteriorFeatures,
    ShapingGame,
    audit_leakage,
    infoshape_path,
    lagrangian_scorer,
    utility_scorer,
)
from sklearn_infoshape.audit.release import fitted_shaper, release_facts
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.exceptions import (
    IneffectiveParameterWarning,
    MemorizedLabelsWarning,
    MissingSensitiveWarning,
)
from tests.conftest import small_problem

X, y, s = small_problem(n=240)
GAME = ShapingGame(max_epochs=2, hidden_layer_sizes=(8,))
QUICK = {"attackers": "code", "n_permutations": 0, "context": False, "random_state": 0}


@pytest.fixture(autouse=True)
def shortest_search(monkeypatch, quick_attackers):
    """What is tested here does not depend on how long stage two searches."""
    monkeypatch.setattr(annealing, "_FREE_STEPS", 10)
    monkeypatch.setattr(annealing, "_STEPS", 30)


def linear(**settings):
    return InfoShapeTransformer(posterior="linear", random_state=0, **settings)


def search(estimator=None, **settings):
    estimator = linear() if estimator is None else estimator
    return InfoShapeTransformerCV(estimator, [0.1, 2.0], max_leakage=1.0, cv=2, **settings)


# What is judged is what is delivered ------------------------------------------------------------


class TwoColumns(InfoShapeTransformerCV):
    """Delivers less than the release that it chose."""

    def transform(self, X):
        return super().transform(X)[:, :2]


class HasSteps(TransformerMixin, BaseEstimator):
    """Has an attribute like a Pipeline's, that is none."""

    def __init__(self, steps=3):
        self.steps = steps

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X


@pytest.mark.filterwarnings("ignore")
def test_audits_and_scorers_judge_what_transform_delivers():
    own = TwoColumns(linear(), [0.1, 2.0], max_leakage=1.0, cv=2).fit(X, y, s)
    codes = len(np.unique(own.transform(X), axis=0))
    assert audit_leakage(own, X, s, **QUICK).n_codes == codes <= 3
    idle = Pipeline([("nothing", "passthrough")])
    for first in (idle, HasSteps()):
        pipeline = Pipeline([("first", first), ("shape", linear())])
        pipeline.fit(X, y, shape__sensitive_features=s)
        assert np.isfinite(utility_scorer(pipeline, X, y))
        assert audit_leakage(pipeline, X, s, **QUICK).n_codes > 1


@pytest.mark.filterwarnings("ignore")
def test_searches_of_any_kind_are_judged_and_drawn():
    chosen = search().fit(X, y, s)
    grid = GridSearchCV(
        make_pipeline(linear(), LogisticRegression()), {"infoshapetransformer__n_components": [4]}
    )
    with sklearn.config_context(enable_metadata_routing=True):
        grid.fit(X, y, sensitive_features=s)
    for held in (chosen, grid, make_pipeline(chosen)):
        assert audit_leakage(held, X, s, **QUICK).n_codes >= 2
        assert fitted_shaper(held).codebook_ is not None
    pytest.importorskip("matplotlib")
    PartitionDisplay.from_estimator(chosen, X)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        PartitionDisplay.from_estimator(search(), X)


class Louder(GaussianChannel):
    """Lets out a signal beyond [-1, 1], of which no capacity is known."""

    def release(self, outputs, draws):
        return 100 * np.tanh(outputs) + self.noise_scale * draws


@pytest.mark.filterwarnings("ignore")
def test_a_capacity_is_claimed_of_our_channel_alone():
    def facts(channel):
        shaper = linear(channel=channel, n_components=1, release_key=b"k", game=GAME)
        return release_facts(shaper.fit(X, y, s))

    assert facts(GaussianChannel(0.5)).capacity_bits == pytest.approx(np.log2(5) / 2)
    assert facts(Louder(0.5)).capacity_bits is None


# Subclasses of a user -----------------------------------------------------------------------------


class Own(InfoShapeTransformer):
    """As a user may extend it."""


class OwnGame(ShapingGame):
    """As a user may extend it."""


class WithoutRestarts(CategoricalChannel):
    """A finite code with parameters of its own."""

    def __init__(self, temperature=1.0):
        self.temperature = temperature


@pytest.mark.filterwarnings("ignore")
def test_subclasses_are_checked_and_copied_as_ours():
    with pytest.raises(ValueError, match="Set, but without any effect here: game="):
        Own(posterior="linear", game=ShapingGame(lr=0.5)).fit(X, y, s)
    with pytest.raises(ValueError, match="privacy_multipliers"):
        search(Own(7.0, posterior="linear")).fit(X, y, s)
    shaper = InfoShapeTransformer(posterior=None, game=OwnGame(max_epochs=3), random_state=0)
    net = shaper.partial_fit(X, y, s)._net
    shaper.set_params(game__lr=0.5).partial_fit(X, y, s)
    assert shaper._net is not net
    assert shaper._net.lr == 0.5
    assert linear(channel=WithoutRestarts()).fit(X, y, s).codebook_ is not None
    assert search(linear(channel=WithoutRestarts())).fit(X, y, s).n_splits_ == 2


def test_what_alters_no_net_keeps_critics():
    shaper = InfoShapeTransformer(posterior=None, game=ShapingGame(max_epochs=2), random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = shaper.partial_fit(X, y, s)._net
        same = {"mi_estimator": "plugin", "validation_fraction": 0.5, "net_params": {}}
        shaper.set_params(**{f"game__{name}": value for name, value in same.items()})
        assert shaper.partial_fit(X, y, s)._net is net


def test_a_nested_parameter_without_its_holder_is_refused_by_name():
    for name, value, remedy in (
        ("game__lr", 0.1, "game=None has .* game=ShapingGame"),
        ("channel__noise_scale", 0.1, "channel='categorical' has .*GaussianChannel"),
        ("posterior__folds", 3, "posterior='auto' has .*PosteriorFeatures"),
    ):
        with pytest.raises(ValueError, match=f"{name} cannot be set: {remedy}"):
            InfoShapeTransformer().set_params(**{name: value})
        with pytest.raises(ValueError, match=f"{name} cannot be set"):
            search(InfoShapeTransformer()).set_params(**{f"estimator__{name}": value})
    both = InfoShapeTransformer().set_params(game__lr=0.1, game=ShapingGame(max_epochs=3))
    assert (both.game.lr, both.game.max_epochs) == (0.1, 3)
    own = InfoShapeTransformer(posterior=LogisticRegression()).set_params(posterior__C=0.5)
    assert own.posterior.C == 0.5
    with pytest.raises(ValueError, match="Invalid parameter 'nothing'"):
        own.set_params(nothing__folds=3)


# Copies -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_another_budget_shares_no_parameters():
    found = search().fit(X, y, s)
    other = found.with_budget(max_leakage=0.9).set_params(estimator__n_components=3)
    assert (found.estimator.n_components, other.estimator.n_components) == (16, 3)


@pytest.mark.filterwarnings("ignore")
def test_a_search_gives_the_containers_that_it_is_told():
    found = search().fit(pd.DataFrame(X, columns=list("abcdef")), y, s)
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(found.transform(X), pd.DataFrame)
        found.set_output(transform="default")
        assert isinstance(found.transform(X), np.ndarray)
    assert isinstance(found.set_output(transform="pandas").transform(X), pd.DataFrame)


def test_some_of_the_rows_by_place_or_by_mask():
    sample = Sample(np.arange(3.0)[:, None], [b"a", b"b", b"c"], (np.eye(3),))
    for index in ([0, 2], np.array([True, False, True])):
        part = sample.take(index)
        assert part.names == [b"a", b"c"]
        assert part.rows.ravel().tolist() == [0.0, 2.0]
        np.testing.assert_array_equal(part.targets[0], np.eye(3)[[0, 2]])


def test_a_key_alone_counts_as_the_seed():
    settings = {"posterior": None, "channel": "deterministic", "release_key": b"k", "game": GAME}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second = (
            InfoShapeTransformer(**settings).fit(X, y, s).transform(X) for _ in range(2)
        )
    np.testing.assert_array_equal(first, second)


# Warnings name the user's line --------------------------------------------------------------------


def calls(**settings):
    shaper = InfoShapeTransformer(on_missing_sensitive="warn", random_state=0, **settings)
    yield lambda: shaper.fit(X, y)
    yield lambda: infoshape_path(X, y, None, 2, random_state=0, **settings)
    yield lambda: InfoShapeTransformerCV(shaper, 2, max_leakage=1.0, cv=2).fit(X, y)
    if settings["posterior"] is None:
        yield lambda: clone(shaper).partial_fit(X, y)


@pytest.mark.parametrize(
    ("category", "settings"),
    [
        (MissingSensitiveWarning, {"posterior": "linear"}),
        (MissingSensitiveWarning, {"posterior": None, "game": GAME}),
        (IneffectiveParameterWarning, {"posterior": "linear", "n_bins": 5}),
        (IneffectiveParameterWarning, {"posterior": None, "game": GAME, "n_bins": 5}),
        (MemorizedLabelsWarning, {"posterior": None, "game": GAME}),
    ],
)
def test_warnings_come_once_from_the_line_of_whoever_calls(category, settings):
    for number, call in enumerate(calls(**settings)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        own = [w for w in caught if w.category is category]
        assert [w.filename for w in own] == [__file__], number


def test_features_warn_from_the_line_of_whoever_calls():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        PosteriorFeatures("linear", folds=1, n_bins=5, random_state=0).fit(X, y, s)
    own = [w for w in caught if w.category in (MemorizedLabelsWarning, IneffectiveParameterWarning)]
    assert [w.filename for w in own] == [__file__] * 2


def test_conditional_leakage_without_s_is_named_and_no_error():
    shaper = InfoShapeTransformer(
        posterior=None, game=GAME, leakage="conditional", on_missing_sensitive="ignore"
    )
    with pytest.warns(IneffectiveParameterWarning, match="leakage"):
        shaper.fit(X, y)


def test_scores_of_a_grid_over_nested_names():
    grid = GridSearchCV(
        InfoShapeTransformer(
            posterior=PosteriorFeatures("linear", folds=2),
            channel=GaussianChannel(),
            game=GAME,
            random_state=0,
        ),
        {"posterior__folds": [2, 3], "channel__noise_scale": [0.2, 0.6], "game__lr": [0.01]},
        scoring=lagrangian_scorer(1.0),
        cv=2,
        error_score="raise",
    )
    with warnings.catch_warnings(), sklearn.config_context(enable_metadata_routing=True):
        warnings.simplefilter("ignore")
        grid.fit(X, y, sensitive_features=s)
    assert grid.best_estimator_.release_.posteriors.n_folds == grid.best_params_["posterior__folds"]
