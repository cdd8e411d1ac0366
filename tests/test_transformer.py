"""InfoShapeTransformer through its public face: labels, channels, columns, state, bad input."""

import copy
import pickle
import re
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import torch
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import FeatureUnion
from skorch.callbacks import Callback, GradientNormClipping, LRScheduler
from torch import nn

from sklearn_infoshape import InfoShapeTransformer, InfoShapeTransformerCV, ShapingGame
from sklearn_infoshape.audit.attackers import attack
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import (
    CollapsedEncoderWarning,
    MissingSensitiveWarning,
    ShapingConvergenceWarning,
    VersionMismatchWarning,
)
from sklearn_infoshape.information import BOUNDS
from tests.conftest import CHANNEL_NAMES, cheap, fitted_names, small_problem

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
    "ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning",
)


class TinyConvolution(nn.Module):
    """A user's trunk for 8 × 8 images."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Dropout(0.2))

    def forward(self, x):
        return self.layers(x.reshape(len(x), 1, 8, 8))


# What it learns -----------------------------------------------------------------------------


@pytest.mark.parametrize(("posterior", "least", "most"), [(None, 0.93, 0.64), ("auto", 0.96, 0.62)])
def test_both_systems_keep_the_task_and_hide_what_could_be_read(posterior, least, most):
    X, y, s = make_shaping_problem()
    raw = attack(X[2000:4000], s[2000:4000], X[4000:], s[4000:], names=["linear"])[0]
    assert raw.auc >= 0.97
    shaper = InfoShapeTransformer(2.0, posterior=posterior, random_state=0).fit(
        X[:2000], y[:2000], s[:2000]
    )
    train, test = shaper.transform(X[2000:4000]), shaper.transform(X[4000:])
    utility = attack(train, y[2000:4000], test, y[4000:])
    leakage = attack(train, s[2000:4000], test, s[4000:])
    assert max(result.auc for result in utility) >= least
    assert max(result.auc for result in leakage) <= most


def test_estimates_are_of_held_out_rows_and_close_to_fresh_ones():
    X, y, s = make_shaping_problem()
    shaper = InfoShapeTransformer(
        0.1, posterior=None, game=ShapingGame(max_epochs=40), random_state=0
    ).fit(X[:3000], y[:3000], s[:3000])
    Z = shaper.transform(X)
    fresh = attack(Z[3000:4500], y[3000:4500], Z[4500:], y[4500:], names=["linear"])[0]
    assert shaper.utility_estimate_bits_ == pytest.approx(fresh.bits, abs=0.08)


@pytest.mark.parametrize("estimator", BOUNDS)
@pytest.mark.parametrize("channel", ["gaussian", "deterministic"])
def test_every_pair_of_channel_and_estimator_trains(channel, estimator, problem):
    X, y, s = problem
    shaper = cheap(
        channel=channel,
        mi_estimator=estimator,
        n_components=3,
        n_bins=None if BOUNDS[estimator].amounts else 8,
    )
    Z = shaper.fit(X, y, s + 0.5 * X[:, 2]).transform(X)
    assert Z.shape == (len(X), 3)
    assert np.isfinite(Z).all()
    assert np.isfinite(shaper.history_[-1]["valid_lagrangian"])


def test_a_positive_multiplier_lowers_leakage_of_a_critic_trained_channel():
    X, y, s = small_problem(n=1200)
    leakage = [
        InfoShapeTransformer(
            m, posterior=None, channel="gaussian", game=ShapingGame(max_epochs=40), random_state=0
        )
        .fit(X, y, s)
        .leakage_estimate_bits_
        for m in (0.0, 2.0)
    ]
    assert leakage[1] < leakage[0] / 3


Y_AND_S = {
    "three classes": lambda y, s, r: (
        r.integers(3, size=len(y)),
        np.array(["a", "b", "c"])[r.integers(3, size=len(y))],
    ),
    "amounts": lambda y, s, r: (y + r.normal(size=len(y)), s + r.normal(size=len(y))),
    "several": lambda y, s, r: (
        np.column_stack([y, 1 - s]),
        pd.DataFrame({"a": s, "b": s + r.normal(size=len(s))}),
    ),
    "some missing": lambda y, s, r: (y, np.where(r.uniform(size=len(s)) < 0.5, s, np.nan)),
    "text with None": lambda y, s, r: (
        y,
        np.array(["m", "f", None], dtype=object)[r.integers(3, size=len(s))],
    ),
    "category": lambda y, s, r: (y, pd.Series(s).map({0: "u", 1: "v"}).astype("category")),
    "polars": lambda y, s, r: (pl.Series(y), pl.DataFrame({"s": s})),
}


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.LabelOverlapWarning")
@pytest.mark.parametrize("channel", CHANNEL_NAMES)
@pytest.mark.parametrize("kind", Y_AND_S)
def test_labels_of_all_kinds(kind, channel):
    X, y, s = small_problem()
    y, s = Y_AND_S[kind](y, s, np.random.default_rng(0))
    shaper = cheap(channel=channel).fit(X, y, s)
    assert np.isfinite(shaper.transform(X)).all()
    if channel == "categorical":
        assert shaper.codebook_["share"].sum() == pytest.approx(1)
        for role in ("target", "sensitive"):
            for table in shaper.codebook_[role].values():
                assert table.sum(1) == pytest.approx(np.ones(len(table)))


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.LabelOverlapWarning")
def test_each_sensitive_column_can_have_its_own_multiplier():
    X, _y, s = small_problem(n=2000)
    other = (X[:, 2] > 0).astype(int)
    both = np.column_stack([s, other])
    X = X + np.column_stack([2 * s, 0 * s, 2 * other, s, s, s])
    kept_second = InfoShapeTransformer(
        [5.0, 0.0], posterior="linear", task_weights=0.5, random_state=0
    )
    kept_second.fit(X, np.column_stack([s, other]), both)
    first, second = kept_second.leakage_estimate_bits_
    assert second > first + 0.3


# Columns and containers --------------------------------------------------------------------


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_sensitive_columns_never_reach_the_encoder(frame):
    X, y, s = small_problem()
    table = frame({**{f"x{j}": X[:, j] for j in range(6)}, "sex": np.where(s, "f", "m")})
    shaper = cheap(sensitive_columns="sex").fit(table, y)
    assert shaper.n_features_in_ == 6
    assert list(shaper.feature_names_in_) == [f"x{j}" for j in range(6)]
    assert list(shaper.sensitive_classes_) == ["f", "m"]
    without = table.drop("sex") if frame is pl.DataFrame else table.drop(columns="sex")
    np.testing.assert_array_equal(shaper.transform(table), shaper.transform(without))
    same = cheap().fit(without, y, np.where(s, "f", "m"))
    np.testing.assert_array_equal(same.transform(without), shaper.transform(table))


def test_positions_name_sensitive_columns_of_arrays_and_frames():
    X, y, s = small_problem()
    table = np.column_stack([s, X])
    shaper = cheap(sensitive_columns=[0]).fit(table, y)
    np.testing.assert_array_equal(shaper.transform(table), shaper.transform(X))
    frame = pd.DataFrame(table, columns=list("sabcdef"))
    shaper = cheap(sensitive_columns=0).fit(frame, y)
    np.testing.assert_array_equal(shaper.transform(frame), shaper.transform(frame[list("abcdef")]))


def test_fold_columns_are_no_features_and_are_needed_to_release():
    X, y, s = small_problem(n=400)
    person = np.repeat(np.arange(100), 4)
    table = np.column_stack([s, X, person])
    shaper = cheap(posterior="linear", sensitive_columns=[0], fold_columns=[7]).fit(table, y)
    assert shaper.n_features_in_ == 6
    without_s = np.delete(table, 0, axis=1)
    np.testing.assert_array_equal(shaper.transform(table), shaper.transform(without_s))
    frame = pd.DataFrame(table, columns=["s", *"abcdef", "person"])
    named = cheap(posterior="linear", sensitive_columns="s", fold_columns="person").fit(frame, y)
    np.testing.assert_array_equal(named.transform(frame), shaper.transform(table))
    with pytest.raises(ValueError, match="fold_columns: X has no column 'person'"):
        named.transform(frame.drop(columns="person"))


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_set_output(container, problem):
    X, y, s = problem
    Z = (
        cheap(channel="gaussian", n_components=2)
        .set_output(transform=container)
        .fit(X, y, s)
        .transform(X)
    )
    assert list(Z.columns) == ["infoshapetransformer0", "infoshapetransformer1"]


@pytest.mark.parametrize("held", ["alone", "columns", "union", "search"])
def test_codes_are_named_as_codes_wherever_the_transformer_stands(held, problem):
    X, y, s = problem
    shaper = cheap(posterior="linear")
    prefix = ""
    if held == "columns":
        composed = ColumnTransformer([("codes", shaper, list(range(6)))])
        prefix = "codes__"
    elif held == "union":
        composed = FeatureUnion([("codes", shaper), ("rest", SelectKBest(k=2))])
        prefix = "codes__"
    elif held == "search":
        composed = InfoShapeTransformerCV(shaper, [0.1, 1.0], max_leakage=0.9, cv=2)
    else:
        composed = shaper
    with sklearn.config_context(enable_metadata_routing=True):
        composed.set_output(transform="pandas")
        Z = composed.fit(X, y, sensitive_features=s).transform(X)
    names = [name for name in composed.get_feature_names_out() if "code_" in name]
    assert names == [f"{prefix}code_{code}" for code in range(len(names))]
    assert list(Z.columns[: len(names)]) == names
    assert (Z[names].sum(axis=1) == 1).all()
    with pytest.raises(ValueError, match="input_features"):
        cheap(posterior="linear").fit(X, y, s).get_feature_names_out(["one"])


@pytest.mark.parametrize("channel", ["categorical", "gaussian"])
def test_a_release_says_in_one_line_what_it_is(channel):
    X, y, s = small_problem(n=600)
    frame = pd.DataFrame({"sex": s, "age": np.arange(len(s)) % 3})
    shaper = cheap(posterior="linear", channel=channel, n_components=4).fit(X, y, frame)
    text = repr(shaper.release_)
    what = "codes?" if channel == "categorical" else "columns"
    bits = r"\d\.\d\d bits"
    told = rf"<Release of \d {what}: y {bits} kept, sex {bits} left, age {bits} left>"
    assert re.fullmatch(told, text)


def test_a_codebook_names_the_classes_of_its_columns():
    X, y, s = small_problem()
    shaper = cheap(posterior="linear", n_components=3)
    shaper.fit(X, np.array(["ill", "well"])[y], s == 1)
    book = shaper.codebook_
    assert list(book["target_classes"]["y"]) == ["ill", "well"]
    assert list(book["sensitive_classes"]["sensitive_features"]) == [False, True]
    codes = shaper.transform(X).argmax(axis=1)
    likeliest = book["target_classes"]["y"][book["target"]["y"].argmax(axis=1)]
    assert (likeliest[codes] == np.array(["ill", "well"])[y]).mean() > 0.8


def test_codes_are_one_hot_and_frequent():
    X, y, s = small_problem(n=600)
    shaper = cheap(max_epochs=30, privacy_multiplier=0.1).fit(X, y, s)
    Z = shaper.transform(X)
    assert set(np.unique(Z)) == {0, 1}
    assert (Z.sum(1) == 1).all()
    assert Z.sum(0).min() >= 10
    np.testing.assert_allclose(shaper.release_proba(X).sum(1), 1)
    np.testing.assert_allclose(shaper.codebook_["share"], Z.mean(0))
    with pytest.raises(AttributeError, match="release_proba"):
        cheap(channel="gaussian").release_proba  # noqa: B018


@pytest.mark.parametrize(
    "template", [TinyConvolution, TinyConvolution()], ids=["class", "instance"]
)
def test_a_users_module_reads_images(template):
    _X, y, s = small_problem(n=120)
    images = np.random.default_rng(0).normal(size=(120, 8, 8)) + y[:, None, None]
    shaper = cheap(encoder=template, channel="gaussian").fit(images, y, s)
    state = torch.get_rng_state()
    Z = shaper.transform(images)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(shaper)).transform(images), Z, atol=1e-12)
    with pytest.raises(ValueError, match="encoder=TinyConvolution cannot read"):
        shaper.fit(images[:, :5], y, s)


# State ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_all_channels():
    """Fitted transformers, with one stage and with two."""
    return {
        f"{channel} {posterior}": cheap(channel=channel, posterior=posterior, folds=2).fit(
            *small_problem()
        )
        for channel in CHANNEL_NAMES
        for posterior in (None, "network")
    }


def test_copies_release_the_same(of_all_channels, problem, tmp_path):
    for shaper in of_all_channels.values():
        Z = shaper.transform(problem[0])
        joblib.dump(shaper, tmp_path / "shaper.joblib")
        for other in (
            copy.deepcopy(shaper),
            pickle.loads(pickle.dumps(shaper)),
            joblib.load(tmp_path / "shaper.joblib"),
        ):
            np.testing.assert_array_equal(other.transform(problem[0]), Z)


def test_another_process_releases_the_same(of_all_channels, problem, tmp_path):
    for name, shaper in of_all_channels.items():
        joblib.dump(shaper, tmp_path / f"{name}.joblib")
    np.save(tmp_path / "X.npy", problem[0])
    program = (
        "import joblib, numpy as np; from pathlib import Path; X = np.load('X.npy')\n"
        "for path in Path().glob('*.joblib'): np.save(path.stem, joblib.load(path).transform(X))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    for name, shaper in of_all_channels.items():
        np.testing.assert_allclose(
            np.load(tmp_path / f"{name}.npy"),
            shaper.transform(problem[0]),
            atol=0 if name.startswith("categorical") else 1e-12,
            err_msg=name,
        )


def test_the_same_seed_gives_the_same_fit_and_no_global_generator_moves(problem):
    X, y, s = problem
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    first, second = (cheap(channel="gaussian").fit(X, y, s) for _ in range(2))
    np.testing.assert_array_equal(first.transform(X), second.transform(X))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
def test_no_row_and_no_label_is_in_the_pickle(channel):
    sizes = []
    for n in (500, 8000):
        X, y, s = small_problem(n=n)
        X[3] = np.pi * np.arange(1, 7)
        s = s + np.random.default_rng(1).normal(size=n)
        shaper = cheap(channel=channel).fit(X, y, s)
        stored = pickle.dumps(shaper)
        sizes.append(len(stored))
        planted = [X[3], (X[3] - X.mean(0)) / X.std(0)]
        planted += [shaper.release_.outputs(X[3:4].astype(np.float32))[0]]
        for row in [*planted, y, s, s[:8]]:
            for kind in (np.float64, np.float32, np.int64, np.int8):
                assert row.astype(kind).tobytes() not in stored
    assert sizes[1] < 1.1 * sizes[0]


def test_loading_another_versions_transformer_warns(problem):
    X, y, s = problem
    shaper = cheap().fit(X, y, s)
    shaper.version_ = "0.0.1"
    with pytest.warns(VersionMismatchWarning, match=r"0\.0\.1"):
        pickle.loads(pickle.dumps(shaper))


def test_partial_fit_keeps_critics_until_the_next_fit(problem):
    X, y, s = problem
    shaper = cheap(channel="gaussian").partial_fit(X, y, s)
    net = shaper._net
    assert shaper.partial_fit(X, y, s)._net is net
    assert shaper.n_iter_ == 2
    assert not hasattr(pickle.loads(pickle.dumps(shaper)), "_net")
    assert not hasattr(shaper.fit(X, y, s), "_net")


def test_partial_fit_goes_on_from_a_fit_and_learns():
    X, y, s = make_shaping_problem(2000)
    shaper = InfoShapeTransformer(
        1.0, posterior=None, game=ShapingGame(max_epochs=1), random_state=0
    ).fit(X, y, s)
    before = shaper.release_.outputs(X.astype(np.float32))
    location = shaper.release_.location
    shaper.partial_fit(X[:64], y[:64], s[:64])
    after = shaper.release_.outputs(X.astype(np.float32))
    assert 0 < np.abs(after - before).max() < 1
    np.testing.assert_array_equal(location, shaper.release_.location)
    for _ in range(30):
        shaper.partial_fit(X, y, s)
    result = attack(
        shaper.transform(X[:1000]), y[:1000], shaper.transform(X[1000:]), y[1000:], names=["linear"]
    )
    assert result[0].auc > 0.9


def test_partial_fit_knows_classes_that_come_later(problem):
    X, y, s = problem
    shaper = cheap().partial_fit(X[:50], y[:50], s[:50], classes=[0, 1, 2])
    y[60:70] = 2
    shaper.partial_fit(X[50:100], y[50:100], s[50:100])
    assert list(shaper.classes_) == [0, 1, 2]
    y[110] = 3
    with pytest.raises(ValueError, match="y has a class that was not there"):
        shaper.partial_fit(X[100:150], y[100:150], s[100:150])


class StopAt(Callback):
    """Raise something in the middle of a training."""

    def __init__(self, error, when="on_batch_end"):
        self.error = error
        self.when = when

    def on_epoch_end(self, net, **kwargs):
        if self.when == "on_epoch_end":
            raise self.error

    def initialize(self):
        return self


class InterruptingModule(nn.Module):
    """A trunk during whose forward pass the user loses patience."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)

    def forward(self, x):
        if len(x) > 1:
            raise KeyboardInterrupt
        return self.layer(x)


def test_a_failed_or_interrupted_refit_leaves_the_earlier_fit(problem):
    X, y, s = problem
    shaper = cheap().fit(X, y, s)
    Z = shaper.transform(X)
    with pytest.raises(ValueError, match="NaN"):
        shaper.fit(np.where(X > 3, np.nan, X)[:, :4], y, s)
    shaper.set_params(encoder=InterruptingModule, game=ShapingGame(max_epochs=4))
    with pytest.raises(KeyboardInterrupt):
        shaper.fit(X, y, s)
    callbacks = [StopAt(RuntimeError("no"), "on_epoch_end")]
    shaper.set_params(encoder=None, game__net_params={"callbacks": callbacks})
    with pytest.raises(RuntimeError, match="no"):
        shaper.fit(X, y, s)
    np.testing.assert_array_equal(shaper.transform(X), Z)


def test_net_params_reach_skorch(problem):
    X, y, s = problem
    callbacks = [("clip", GradientNormClipping(1.0)), LRScheduler("StepLR", step_size=2)]
    parameters = {
        "callbacks": callbacks,
        "optimizer": torch.optim.AdamW,
        "optimizer__weight_decay": 0.1,
    }
    cheap(net_params=parameters).fit(X, y, s)
    with pytest.raises(ValueError, match="no_such_setting"):
        cheap(net_params={"no_such_setting": 1}).fit(X, y, s)
    stopped = cheap(net_params={"callbacks": [StopAt(KeyboardInterrupt(), "on_epoch_end")]})
    assert stopped.fit(X, y, s).n_iter_ == 1  # skorch's way of stopping early


def test_callbacks_of_the_user_are_not_kept(problem):
    X, y, s = problem
    shaper = cheap(net_params={"callbacks": [StopAt(None, "never")]}).fit(X, y, s)
    kept = [name for name in vars(shaper) if name.endswith("_") or name.startswith("_")]
    assert [name for name in kept if "net" in name or "callback" in name] == []


# Warnings ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.LabelOverlapWarning")
def test_collapse_is_said(problem):
    X, y, _s = problem
    with pytest.warns(CollapsedEncoderWarning, match="privacy_multiplier"):
        cheap(privacy_multiplier=100.0, max_epochs=150).fit(X, y, y)


def test_divergence_is_said_or_refused(problem):
    X, y, s = problem
    with pytest.raises(ValueError, match="diverged"):
        cheap(lr=1e30, channel="gaussian", net_params={"optimizer": torch.optim.SGD}).fit(X, y, s)


def test_a_training_that_ends_too_early_is_said():
    X, y, s = small_problem(n=2000)
    with pytest.warns(ShapingConvergenceWarning, match="max_epochs=10"):
        cheap(max_epochs=10, lr=1e-3).fit(X, y, s)


def test_missing_sensitive_features(problem):
    X, y, _s = problem
    with pytest.warns(MissingSensitiveWarning, match="sensitive_features"):
        cheap().fit(X, y)
    with pytest.raises(ValueError, match="sensitive_features"):
        cheap(on_missing_sensitive="raise").fit(X, y)


# Bad input --------------------------------------------------------------------------------


def with_nan(values, row=3):
    values = values.astype(float)
    values[row] = np.nan
    return values


BAD = {
    "length of y": (lambda X, y, s: (X, y[:-1], s), {}, "inconsistent"),
    "length of s": (lambda X, y, s: (X, y, s[:-1]), {}, "sensitive_features has 239 rows"),
    "NaN in X": (lambda X, y, s: (with_nan(X), y, s), {}, "SimpleImputer"),
    "NaN in y": (lambda X, y, s: (X, with_nan(y), s), {}, "every row needs its task label"),
    "s missing everywhere": (lambda X, y, s: (X, y, s * np.nan), {}, "no observed value"),
    "infinite s": (lambda X, y, s: (X, y, s / 0.0), {}, "infinity"),
    "no y": (lambda X, y, s: (X, None, s), {}, "requires y"),
    "one class of y": (lambda X, y, s: (X, 0 * y, s), {}, "y has one class only"),
    "one class of s": (lambda X, y, s: (X, y, 0 * s), {}, "nothing to hide"),
    "one row": (lambda X, y, s: (X[:1], y[:1], s[:1]), {}, "minimum of 2"),
    "a class of one row": (
        lambda X, y, s: (X, y, np.where(np.arange(240) == 5, 1, 0)),
        {},
        "merge rare classes",
    ),
    "constant columns": (lambda X, y, s: (0 * X, y, s), {}, "constant"),
    "text in X": (lambda X, y, s: (np.full(X.shape, "blue"), y, s), {}, "OneHotEncoder"),
    "text in a frame": (
        lambda X, y, s: (pd.DataFrame({"a": X[:, 0], "b": [f"x{i}" for i in y.cumsum()]}), y, s),
        {},
        "column 'b'",
    ),
    "text among objects": (
        lambda X, y, s: (np.full(X.shape, "blue", dtype=object), y, s),
        {},
        "OneHotEncoder",
    ),
    "sparse X": (lambda X, y, s: (sparse.csr_array(X), y, s), {}, "TruncatedSVD"),
    "dict as s": (lambda X, y, s: (X, y, {"s": s}), {}, "is a dict"),
    "mixed types": (
        lambda X, y, s: (X, y, np.array(["a", 1] * 120, dtype=object)),
        {},
        "mixes text",
    ),
    "y of three dimensions": (
        lambda X, y, s: (X, y.reshape(-1, 1, 1), s),
        {},
        "must have the shape",
    ),
    "both ways of s": (lambda X, y, s: (X, y, s), {"sensitive_columns": [0]}, "use one of the two"),
    "names in an array": (lambda X, y, s: (X, y, None), {"sensitive_columns": "sex"}, "set_output"),
    "unknown name": (
        lambda X, y, s: (pd.DataFrame(X), y, None),
        {"sensitive_columns": "sex"},
        "no column 'sex'",
    ),
    "unknown position": (
        lambda X, y, s: (X, y, None),
        {"sensitive_columns": [9]},
        "6 columns only",
    ),
    "negative multiplier": (
        lambda X, y, s: (X, y, s),
        {"privacy_multiplier": -1.0},
        "privacy_multiplier",
    ),
    "multiplier NaN": (
        lambda X, y, s: (X, y, s),
        {"privacy_multiplier": np.nan},
        "privacy_multiplier",
    ),
    "a negative of many": (
        lambda X, y, s: (X, y, s),
        {"privacy_multiplier": [-1.0]},
        "not negative",
    ),
    "too many multipliers": (
        lambda X, y, s: (X, y, s),
        {"privacy_multiplier": [1.0, 2.0]},
        "2 entries for 1",
    ),
    "critic for a code": (
        lambda X, y, s: (X, y, s),
        {"game": ShapingGame(mi_estimator="remine")},
        "Use mi_estimator='plugin'",
    ),
    "plugin for columns": (
        lambda X, y, s: (X, y, s),
        {"channel": "gaussian", "game": ShapingGame(mi_estimator="plugin")},
        "Use mi_estimator='cross_entropy'",
    ),
    "classifier for amounts": (
        lambda X, y, s: (X, y + 0.1 * X[:, 0], s),
        {"channel": "gaussian", "n_bins": None, "game": ShapingGame(mi_estimator="cross_entropy")},
        "Use mi_estimator='remine'",
    ),
    "amounts for a code": (lambda X, y, s: (X, y + 0.1 * X[:, 0], s), {"n_bins": None}, "n_bins=8"),
    "text as amount": (
        lambda X, y, s: (X, np.where(y, "b", "a"), s),
        {"target_kind": "continuous"},
        "cannot be continuous",
    ),
    "unknown channel": (lambda X, y, s: (X, y, s), {"channel": "laplace"}, "channel"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_bad_input_is_refused_by_name_before_training(case, problem, monkeypatch):
    change, parameters, message = BAD[case]
    monkeypatch.setattr("skorch.NeuralNet.initialize", lambda self: pytest.fail("training began"))
    shaper = cheap(**parameters)
    with pytest.raises((ValueError, TypeError), match=message) as error:
        shaper.fit(*change(*problem))
    assert "blue" not in str(error.value)  # data are never quoted
    assert fitted_names(shaper) == []


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_transform_refuses_what_was_not_fitted(problem):
    X, y, s = problem
    with pytest.raises(Exception, match="not fitted"):
        cheap().transform(X)
    shaper = cheap().fit(pd.DataFrame(X, columns=list("abcdef")), y, s)
    with pytest.raises(ValueError, match="6 features"):
        shaper.transform(X[:, :4])
    with pytest.raises(ValueError, match="feature names"):
        shaper.transform(pd.DataFrame(X, columns=list("abcdeg")))


@pytest.mark.gpu
@pytest.mark.parametrize("posterior", ["network", None])
@pytest.mark.parametrize("channel", CHANNEL_NAMES)
def test_what_a_gpu_trained_is_released_by_a_cpu(channel, posterior):
    X, y, s = make_shaping_problem(2000)
    shaper = InfoShapeTransformer(
        1.0, channel=channel, posterior=posterior, device="cuda", random_state=0
    ).fit(X, y, s)
    loaded = pickle.loads(pickle.dumps(shaper))
    np.testing.assert_array_equal(loaded.transform(X), shaper.transform(X))
    assert b"cuda" not in pickle.dumps(shaper.set_params(device="cpu"))
