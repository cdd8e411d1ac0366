"""Parameters that do nothing in the chosen mode are refused or named; those that count are not."""

import warnings

import pytest
from torch import nn

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    ShapingGame,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.data.parameters import (
    FEATURES_EFFECTS,
    LABEL_EFFECTS,
    SEARCH_EFFECTS,
    SHAPER_EFFECTS,
)
from sklearn_infoshape.exceptions import IneffectiveParameterWarning
from tests.conftest import small_problem

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
)

X, y, s = small_problem(n=120)
CODES = {"posterior": "linear"}
COLUMNS = {"posterior": None, "channel": "gaussian", "game": ShapingGame(max_epochs=2)}
ONE_STAGE = {"posterior": None, "game": ShapingGame(max_epochs=2)}


def game(**settings):
    return ShapingGame(max_epochs=2, **settings)


# What has no effect, as the text names it; where; and where it counts.
REFUSED = {
    "game=ShapingGame(max_epochs=2)": ({**CODES, "game": game()}, ONE_STAGE),
    "game__critic_steps=1": (
        {**ONE_STAGE, "game": game(critic_steps=1)},
        {**COLUMNS, "game": game(critic_steps=1)},
    ),
    "game__n_iter_no_change=3": (
        {**ONE_STAGE, "game": game(n_iter_no_change=3, validation_fraction=0.0)},
        {**ONE_STAGE, "game": game(n_iter_no_change=3)},
    ),
    "game__n_init=2": (
        {**ONE_STAGE, "game": game(n_init=2, validation_fraction=0.0)},
        {**ONE_STAGE, "game": game(n_init=2)},
    ),
    "game__hidden_layer_sizes=[8]": (
        {**ONE_STAGE, "encoder": nn.Flatten, "game": game(hidden_layer_sizes=[8])},
        {**COLUMNS, "encoder": nn.Flatten, "game": game(hidden_layer_sizes=[8])},
    ),
    "channel__n_init=2": (
        {**ONE_STAGE, "channel": CategoricalChannel(n_init=2)},
        {**CODES, "channel": CategoricalChannel(n_init=2)},
    ),
    "n_jobs=2": ({**ONE_STAGE, "n_jobs": 2}, {**CODES, "n_jobs": 1}),
    "memory='cache'": ({**ONE_STAGE, "memory": "cache"}, {**CODES, "memory": "cache"}),
    "device='cuda'": ({**CODES, "device": "cuda"}, {**CODES, "device": "cpu"}),
    "release_key (": (
        {**COLUMNS, "channel": "deterministic", "release_key": b"secret"},
        {**CODES, "release_key": b"secret"},
    ),
    "posterior__n_bins=3 and posterior__random_state=1": (
        {"posterior": PosteriorFeatures("linear", n_bins=3, random_state=1)},
        {"posterior": PosteriorFeatures("linear", folds=2)},
    ),
}


@pytest.fixture(autouse=True)
def _in_a_moment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(annealing, "_FREE_STEPS", 10)
    monkeypatch.setattr(annealing, "_STEPS", 10)


def warned(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    own = [w for w in caught if w.category is IneffectiveParameterWarning]
    assert len(own) <= 1  # once a call, however many fits it makes
    return str(own[0].message).split("Leave what")[0] if own else ""


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_effect_is_refused_before_training_and_what_has_one_is_not(text):
    idle, counting = REFUSED[text]
    shaper = InfoShapeTransformer(**{"random_state": 0, **idle})
    for call in (
        lambda: shaper.fit(X, y, s),
        lambda: infoshape_path(X, y, s, 2, **{"random_state": 0, **idle}),
        lambda: InfoShapeTransformerCV(shaper, 2, max_leakage=1.0).fit(X, y, s),
    ):
        with pytest.raises(ValueError, match="without any effect here") as error:
            call()
        assert text in str(error.value)
        assert "(count" in str(error.value)
        assert "secret" not in str(error.value)
    assert not hasattr(shaper, "n_features_in_")
    assert (
        warned(lambda: InfoShapeTransformer(**{"random_state": 0, **counting}).fit(X, y, s)) == ""
    )


def test_many_are_named_at_once_and_defaults_never():
    settings = {"memory": "cache", "game": game(critic_steps=1, n_init=3, validation_fraction=0)}
    with pytest.raises(ValueError, match=r"memory=.*; game__n_init=3 .*; game__critic_steps=1"):
        InfoShapeTransformer(posterior=None, **settings).fit(X, y, s)
    for mode in (CODES, ONE_STAGE, COLUMNS):
        assert warned(lambda mode=mode: InfoShapeTransformer(**mode).fit(X, y, s)) == ""
    same = game(hidden_layer_sizes=[64], net_params={}, n_init=1, critic_steps=2)
    assert warned(lambda: InfoShapeTransformer(posterior=None, game=same).fit(X, y, s)) == ""


def test_classes_make_bins_useless_which_depends_on_the_data():
    shaper = InfoShapeTransformer(**CODES, n_bins=4, random_state=0)
    assert "n_bins (counts where y or s" in warned(lambda: shaper.fit(X, y, s))
    assert warned(lambda: shaper.fit(X, X[:, 0], s)) == ""


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.MissingSensitiveWarning")
@pytest.mark.parametrize("name", ["privacy_multiplier", "leakage", "sensitive_kind"])
def test_what_needs_a_sensitive_attribute_is_named_without_one(name):
    value = {"privacy_multiplier": 5.0, "leakage": "conditional", "sensitive_kind": "classes"}[name]
    shaper = InfoShapeTransformer(**CODES, **{name: value}, random_state=0)
    assert f"{name} (counts where there is a sensitive" in warned(lambda: shaper.fit(X, y))
    assert warned(lambda: shaper.fit(X, y, s)) == ""


def test_budgets_and_features_refuse_theirs():
    quick = InfoShapeTransformer(**CODES, random_state=0)
    for verify, idle in (
        ("attackers", {"confidence": 0.9, "calibration_fraction": 0.4}),
        ("certificate", {"cv": 3, "one_standard_error": False, "n_jobs": 1}),
    ):
        search = InfoShapeTransformerCV(quick, [0.1, 1.0], max_leakage=5.0, verify=verify, **idle)
        with pytest.raises(ValueError, match=r"count with verify=") as error:
            search.fit(X, y, s)
        assert all(name in str(error.value) for name in idle)
    priced = InfoShapeTransformer(3.0, **CODES)
    with pytest.raises(
        ValueError, match=r"estimator__privacy_multiplier=3.0 .*privacy_multipliers"
    ):
        InfoShapeTransformerCV(priced, max_leakage=1.0).fit(X, y, s)
    features = PosteriorFeatures(
        "linear", device="cuda", folds=1, release_key=b"secret", random_state=0
    )
    with pytest.raises(
        ValueError, match=r"device='cuda' \(counts .*; release_key \(counts"
    ) as error:
        features.fit(X, y)
    assert "secret" not in str(error.value)
    message = warned(lambda: PosteriorFeatures("linear", folds=2, n_bins=3).fit(X, y))
    assert "n_bins (counts" in message
    assert warned(lambda: PosteriorFeatures("linear", folds=2).fit(X, y, s)) == ""


def test_the_tables_name_parameters_that_exist():
    shaper = InfoShapeTransformer(
        posterior=PosteriorFeatures(), channel=CategoricalChannel(), game=ShapingGame()
    )
    for estimator, effects in (
        (shaper, SHAPER_EFFECTS + LABEL_EFFECTS),
        (InfoShapeTransformerCV(InfoShapeTransformer()), SEARCH_EFFECTS),
        (PosteriorFeatures(), FEATURES_EFFECTS),
    ):
        names = {name for effect in effects for name in effect.parameters}
        assert names <= set(estimator.get_params())


def test_a_stream_refuses_and_names_what_has_no_effect():
    shaper = InfoShapeTransformer(posterior=None, random_state=0, memory="cache")
    with pytest.raises(ValueError, match="memory='cache'"):
        shaper.partial_fit(X, y, s)
    shaper = InfoShapeTransformer(posterior=None, random_state=0, n_bins=5)
    assert "n_bins (count" in warned(lambda: shaper.partial_fit(X, y, s))
    assert warned(lambda: shaper.partial_fit(X, y, s)) == ""


def test_a_setting_of_one_copy_is_not_one_of_another():
    path = infoshape_path(X, y, s, [0.1, 1.0], **ONE_STAGE, random_state=0)
    path[0].set_params(game__max_epochs=7)
    assert path[1].game.max_epochs == ONE_STAGE["game"].max_epochs == 2
