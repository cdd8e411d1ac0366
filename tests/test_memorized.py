"""Settings that memorise labels: what they give away, and who says so."""

import warnings

import numpy as np
import pytest

from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    PosteriorFeatures,
    audit_leakage,
    infoshape_path,
)
from sklearn_infoshape.codes import annealing
from sklearn_infoshape.exceptions import MemorizedLabelsWarning
from sklearn_infoshape.release.estimates import code_bits
from tests.conftest import budget_search, cheap, nested, small_problem

SETTINGS = {
    "one stage": {"posterior": None, "max_epochs": 2},
    "one fold": {"posterior": "linear", "folds": 1, "n_init": 1},
}


@pytest.fixture
def short_stage_two(monkeypatch):
    monkeypatch.setattr(annealing, "_FREE_STEPS", 5)
    monkeypatch.setattr(annealing, "_STEPS", 5)


def raised(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w for w in caught if issubclass(w.category, MemorizedLabelsWarning)]


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
def test_one_stage_memorises_labels_that_were_drawn_by_chance():
    rng = np.random.default_rng(0)
    X, (y, s) = rng.normal(size=(600, 80)), rng.integers(2, size=(2, 600))
    found = {}
    for posterior in (None, "linear"):
        settings = {"posterior": posterior, "max_epochs": 60, "n_iter_no_change": None}
        shaper = InfoShapeTransformer(0.0, **nested(**settings), random_state=0).fit(
            X[:300], y[:300], s[:300]
        )
        found[posterior] = [
            code_bits(shaper.transform(X[part]), np.eye(2)[y[part]]).value
            for part in (slice(300), slice(300, 600))
        ]
    assert found[None][0] > 0.15
    assert max(found[None][1], *found["linear"]) < 0.05


@pytest.mark.parametrize("kind", SETTINGS)
def test_whoever_fits_is_warned_once_in_his_own_name(kind, short_stage_two):
    X, y, s = small_problem(80)
    settings = nested(**SETTINGS[kind], random_state=0)
    shaper = InfoShapeTransformer(**settings)
    calls = [
        lambda: shaper.fit(X, y, s),
        lambda: shaper.fit_transform(X, y, sensitive_features=s),
        lambda: infoshape_path(X, y, s, [0.1, 1.0], **settings),
        lambda: budget_search([0.1, 1.0], **settings, max_leakage=1.0, cv=2).fit(X, y, s),
    ]
    for call in calls:
        caught = raised(call)
        assert len(caught) == 1
        assert "posterior=" in str(caught[0].message)
    assert raised(calls[0])[0].filename == __file__
    assert raised(calls[2])[0].filename == __file__


def test_posterior_features_of_one_fold_warn():
    X, y, s = small_problem(80)
    (caught,) = raised(lambda: PosteriorFeatures("linear", folds=1).fit(X, y, s))
    assert caught.filename == __file__
    assert not raised(lambda: PosteriorFeatures("linear").fit(X, y, s))


def test_a_stream_warns_at_its_first_call_only():
    X, y, s = small_problem(80)
    shaper = cheap()
    assert len(raised(lambda: shaper.partial_fit(X, y, s))) == 1
    assert not raised(lambda: shaper.partial_fit(X, y, s))


def test_keyed_folds_do_not_warn_and_the_audit_tells_them_apart(short_stage_two):
    X, y, s = small_problem(240)
    keyed = InfoShapeTransformer(
        posterior=PosteriorFeatures("linear", folds=2),
        channel=CategoricalChannel(n_init=1),
        random_state=0,
    )
    assert not raised(lambda: keyed.fit(X, y, s))
    for shaper, memorises in ((keyed, False), (cheap(), True)):
        shaper.fit(X, y, s)
        report = audit_leakage(
            shaper, X, s, attackers=["code"], n_permutations=0, context=False, random_state=0
        )
        assert any("posterior=None" in caveat for caveat in report.caveats) == memorises
