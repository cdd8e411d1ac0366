"""Parameters that do nothing in the chosen mode are named, and those that count are not."""

import warnings

import numpy as np
import pytest
from torch import nn

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    infoshape_path,
)
from sklearn_infoshape.codes import partition
from sklearn_infoshape.effects import BUDGET_EFFECTS, FEATURES_EFFECTS, SHAPER_EFFECTS
from sklearn_infoshape.exceptions import IneffectiveParameterWarning
from tests.conftest import small_problem

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
)

X, y, s = small_problem(n=120)
CODES = {"posterior": "linear"}
COLUMNS = {"posterior": None, "channel": "gaussian", "max_epochs": 2}
ONE_STAGE = {"posterior": None, "max_epochs": 2}
# A value that is not the default, the modes in which it does nothing, one in which it counts.
VALUES = {
    "lr": (1e9, [CODES], None),
    "max_epochs": (1, [CODES], ONE_STAGE),
    "batch_size": (64, [CODES], ONE_STAGE),
    "critic_steps": (1, [CODES, ONE_STAGE], COLUMNS),
    "net_params": ({"no_such_parameter": 1}, [CODES], None),
    "validation_fraction": (0.3, [CODES], ONE_STAGE),
    "n_iter_no_change": (3, [CODES, {**ONE_STAGE, "validation_fraction": 0.0}], ONE_STAGE),
    "n_init": (2, [{**ONE_STAGE, "validation_fraction": 0.0}], CODES),
    "hidden_layer_sizes": ([8], [CODES, {**ONE_STAGE, "encoder": nn.Flatten}], ONE_STAGE),
    "noise_scale": (0.5, [CODES, {**COLUMNS, "channel": "deterministic"}], COLUMNS),
    "posterior_folds": (2, [ONE_STAGE, COLUMNS], CODES),
    "memory": ("cache", [ONE_STAGE], None),
    "device": ("cpu", [CODES], ONE_STAGE),
    "n_bins": (4, [CODES, ONE_STAGE], None),
    "release_key": (b"secret", [{**COLUMNS, "channel": "deterministic"}], CODES),
}


@pytest.fixture(autouse=True)
def _in_a_moment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(partition, "_FREE_STEPS", 10)
    monkeypatch.setattr(partition, "_ANNEALING_STEPS", 10)


def warned(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    own = [w for w in caught if w.category is IneffectiveParameterWarning]
    assert len(own) <= 1  # once a call, however many fits it makes
    return str(own[0].message).split("Leave what")[0] if own else ""


@pytest.mark.parametrize("name", VALUES)
def test_what_has_no_effect_is_named_and_what_has_one_is_not(name):
    value, idle, counting = VALUES[name]
    for mode in idle:
        shaper = InfoShapeTransformer(**{**mode, name: value, "random_state": 0})
        message = warned(lambda shaper=shaper: shaper.fit(X, y, s))
        assert f"{name} (count" in message
        assert "secret" not in message
        for other in mode:
            assert f"{other} (count" not in message
    if counting is not None:
        shaper = InfoShapeTransformer(**{**counting, name: value, "random_state": 0})
        assert warned(lambda: shaper.fit(X, y, s)) == ""


def test_many_are_named_at_once_and_defaults_never():
    settings = {
        name: VALUES[name][0] for name in ("lr", "max_epochs", "net_params", "critic_steps")
    }
    message = warned(lambda: InfoShapeTransformer(**CODES, **settings, random_state=0).fit(X, y, s))
    assert "lr and max_epochs and net_params (count in the game" in message
    assert "critic_steps (counts for critics" in message
    for mode in (CODES, ONE_STAGE, COLUMNS):
        assert warned(lambda mode=mode: InfoShapeTransformer(**mode).fit(X, y, s)) == ""
    same = {"hidden_layer_sizes": [64], "net_params": {}, "n_init": "auto", "lr": 0.002}
    assert warned(lambda: InfoShapeTransformer(**CODES, **same).fit(X, y, s)) == ""


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.MissingSensitiveWarning")
@pytest.mark.parametrize("name", ["privacy_multiplier", "leakage", "sensitive_kind"])
def test_what_needs_a_sensitive_attribute_is_named_without_one(name):
    value = {"privacy_multiplier": 5.0, "leakage": "conditional", "sensitive_kind": "classes"}[name]
    shaper = InfoShapeTransformer(**CODES, **{name: value}, random_state=0)
    assert f"{name} (counts where there is a sensitive" in warned(lambda: shaper.fit(X, y))
    assert warned(lambda: shaper.fit(X, y, s)) == ""


def test_paths_budgets_and_features_name_theirs():
    quick = {**CODES, "random_state": 0}
    message = warned(lambda: infoshape_path(X, y, s, [0.1, 1.0], lr=1.0, **quick))
    assert "lr (counts in the game" in message
    for verify, idle in (
        ("attackers", {"confidence": 0.9, "calibration_fraction": 0.4}),
        ("certificate", {"cv": 3, "one_standard_error": False, "n_jobs": 1}),
    ):
        search = InfoShapeTransformerCV(
            [0.1, 1.0], max_leakage=5.0, verify=verify, max_epochs=3, **idle, **quick
        )
        many = [np.concatenate([part] * 3) for part in (X, y, s)]
        message = warned(lambda search=search, many=many: search.fit(*many))
        assert f"{' and '.join(idle)} (count with verify=" in message
        assert "max_epochs (counts in the game" in message
    features = PosteriorFeatures("linear", device="cpu", folds=1, release_key=b"k", n_bins=3)
    message = warned(lambda: features.fit(X, y))
    assert all(f"{name} (counts" in message for name in ("device", "release_key", "n_bins"))
    assert warned(lambda: PosteriorFeatures("linear", folds=2).fit(X, y, s)) == ""


def test_the_tables_name_parameters_that_exist():
    for estimator, effects in (
        (InfoShapeTransformer, SHAPER_EFFECTS),
        (InfoShapeTransformerCV, BUDGET_EFFECTS),
        (PosteriorFeatures, FEATURES_EFFECTS),
    ):
        names = {name for effect in effects for name in effect.parameters}
        assert names - set(estimator().get_params()) <= {"privacy_multiplier"}


def test_a_stream_names_what_has_no_effect_at_its_first_call():
    for name, value in (("posterior_folds", 7), ("noise_scale", 2.0), ("n_bins", 5)):
        shaper = InfoShapeTransformer(posterior=None, random_state=0, **{name: value})
        assert f"{name} (count" in warned(lambda shaper=shaper: shaper.partial_fit(X, y, s))
        assert warned(lambda shaper=shaper: shaper.partial_fit(X, y, s)) == ""
