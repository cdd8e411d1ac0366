"""A stream of batches: one width, running counts, and refusals that change nothing."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from torch import nn

from sklearn_infoshape import GaussianChannel
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from tests.conftest import CHANNEL_NAMES, cheap, fitted_names, small_problem


def batches(n=320, size=16, seed=0):
    X, y, s = small_problem(n, seed)
    y[:2], s[:2] = [0, 1], [1, 0]
    y[2:4], s[2:4] = [0, 1], [1, 0]
    for start in range(0, n, size):
        part = slice(start, start + size)
        yield X[part], y[part], s[part]


def test_the_first_call_fixes_the_width_and_small_batches_do_not_collapse():
    shaper, X = cheap(lr=0.02), small_problem(200, 5)[0]
    widths, used = set(), []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CollapsedEncoderWarning)
        for rows, y, s in batches():
            shaper.partial_fit(rows, y, s, classes=[0, 1], sensitive_classes=[0, 1])
            Z = shaper.transform(X)
            widths |= {
                Z.shape[1],
                len(shaper.codebook_["share"]),
                len(shaper.get_feature_names_out()),
            }
            used.append((Z.sum(axis=0) > 0).sum())
            assert (Z.sum(axis=1) == 1).all()
    assert widths == {shaper.n_components}
    assert min(used) >= 2
    assert shaper.utility_estimate_bits_ > 0.1


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning")
def test_a_fit_fixes_the_width_too():
    X, y, s = small_problem(400)
    shaper = cheap(max_epochs=10).fit(X, y, s)
    width = shaper.transform(X).shape[1]
    assert 2 <= width < shaper.n_components
    for rows, y, s in batches(64):
        assert shaper.partial_fit(rows, y, s).transform(X).shape[1] == width
        assert len(shaper.codebook_["share"]) == width
    assert shaper._code_counts_.n_rows == 464


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.FewRowsWarning")
def test_a_fit_that_left_one_code_is_named():
    X, y, s = small_problem(16)
    with pytest.warns(CollapsedEncoderWarning, match="nearly"):
        shaper = cheap().fit(X, y, s)
    with pytest.warns(CollapsedEncoderWarning, match="fit left one code.*Begin anew"):
        shaper.partial_fit(X, y, s)


def test_counts_run_over_all_batches():
    X, y, s = small_problem(128)
    shaper = cheap(lr=1e-12)  # the encoder stays as it was drawn
    for start in (0, 64):
        part = slice(start, start + 64)
        shaper.partial_fit(X[part], y[part], s[part])
    counts = shaper._code_counts_
    assert counts.n_rows == 128
    assert counts.asked.sum() == 128
    shown = ~shaper.release_.channel.muted
    np.testing.assert_array_equal(shown, counts.asked >= 128 / 32)
    np.testing.assert_allclose(
        shaper.codebook_["share"], counts.taken * shown / (counts.taken * shown).sum()
    )
    assert np.isfinite([shaper.utility_estimate_bits_, shaper.leakage_standard_error_bits_]).all()
    assert (shaper.transform(X).sum(axis=0)[~shown] == 0).all()


def test_codes_that_few_rows_ask_for_are_given_to_none():
    X, y, s = small_problem(2000)
    shaper = cheap(lr=1e-12).partial_fit(X, y, s)
    Z = shaper.transform(X)
    asked = shaper._code_counts_.asked
    assert (Z.sum(axis=0)[asked < 10] == 0).all()
    assert (shaper.codebook_["share"][asked < 10] == 0).all()
    person = np.repeat(np.arange(5), 400)  # five persons are fewer than ten, whatever their rows
    named = cheap(lr=1e-12, fold_columns=[6]).partial_fit(np.column_stack([X, person]), y, s)
    assert named._code_counts_.asked.max() <= 5


def with_nan(values):
    values = values.astype(float)
    values[3] = np.nan
    return values


REFUSED = {
    "an unseen class": (
        lambda X, y, s: ((X, y + 2 * (X[:, 0] > 0), s), {}),
        "not there at the first",
    ),
    "an unseen class of s": (lambda X, y, s: ((X, y, s + 5), {}), "not there at the first"),
    "NaN in X": (lambda X, y, s: ((with_nan(X), y, s), {}), "SimpleImputer"),
    "NaN in y": (lambda X, y, s: ((X, with_nan(y), s), {}), "every row needs its task label"),
    "a length": (lambda X, y, s: ((X, y[:-1], s), {}), "inconsistent"),
    "another number of columns": (lambda X, y, s: ((X[:, :4], y, s), {}), "4 features.*6 features"),
    "no s": (lambda X, y, s: ((X, y, None), {}), "sensitive_features.*first fit"),
    "two columns of y": (lambda X, y, s: ((X, np.column_stack([y, y]), s), {}), "columns of y"),
    "text": (lambda X, y, s: ((X, np.where(y, "a", "b"), s), {}), ""),
    "other classes": (lambda X, y, s: ((X, y, s), {"classes": [0, 1, 2]}), "the classes stay"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("channel", CHANNEL_NAMES)
@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_batch_changes_nothing(case, channel, problem):
    X, y, s = problem
    change, message = REFUSED[case]
    shaper = cheap(channel=channel, random_state=np.random.RandomState(0)).partial_fit(X, y, s)
    before, net = dict(shaper.__dict__), shaper._net
    weights = copy.deepcopy(net.module_.state_dict())
    stored, drawn = pickle.dumps(shaper), shaper.random_state.get_state()[1].copy()
    arguments, named = change(X, y, s)
    with pytest.raises((ValueError, TypeError), match=message):
        shaper.partial_fit(*arguments, **named)
    assert list(shaper.__dict__) == list(before)
    assert all(shaper.__dict__[name] is value for name, value in before.items())
    assert pickle.dumps(shaper) == stored
    assert (shaper.random_state.get_state()[1] == drawn).all()
    assert all(torch.equal(v, weights[k]) for k, v in net.module_.state_dict().items())
    assert shaper.partial_fit(X, y, s)._net is net


def test_a_first_batch_that_is_refused_leaves_nothing(problem):
    X, y, s = problem
    shaper = cheap()
    with pytest.raises(ValueError, match="every row needs"):
        shaper.partial_fit(X, with_nan(y), s)
    assert fitted_names(shaper) == []


def test_a_training_that_diverges_keeps_the_last_release(problem):
    X, y, s = problem
    shaper = cheap(channel="gaussian").partial_fit(X, y, s)
    Z = shaper.transform(X)
    with pytest.raises(ValueError, match=r"Training diverged.*lr of ShapingGame \(now 1e\+30"):
        shaper.set_params(game__lr=1e30).partial_fit(X, y, s)
    np.testing.assert_array_equal(shaper.transform(X), Z)
    assert np.isfinite(shaper.set_params(game__lr=1e-3).partial_fit(X, y, s).transform(X)).all()


CLASSES = {
    "too many lists": ({"classes": [[0, 1], [0, 1]]}, "one list of classes for each of the 1"),
    "one class": ({"classes": [0]}, "names 1 class"),
    "a number": ({"classes": 2}, "classes is of type int; give a list"),
    "a text": ({"classes": "01"}, "classes is of type str; give a list"),
    "a class is lacking": ({"classes": [1, 2]}, "classes lacks 1 of the classes that y holds"),
    "text for numbers": ({"classes": ["0", "1"]}, "in the type that the labels have"),
    "a missing value": ({"sensitive_classes": [0, 1, None]}, "holds a missing value"),
    "of s, lacking": ({"sensitive_classes": [1, 2]}, "sensitive_classes lacks 1"),
}


@pytest.mark.parametrize("case", CLASSES)
def test_classes_that_cannot_be_are_refused_by_name(case, problem):
    X, y, s = problem
    given, message = CLASSES[case]
    shaper = cheap()
    with pytest.raises(ValueError, match=message):
        shaper.partial_fit(X, y, s, **given)
    assert fitted_names(shaper) == []


def test_classes_of_several_columns(problem):
    X, y, s = problem
    both = np.column_stack([y, s])
    with pytest.raises(ValueError, match="one list of classes for each of the 2 columns of y"):
        cheap().partial_fit(X, both, s, classes=[[0, 1]])
    with pytest.raises(ValueError, match="not all of them lists"):
        cheap().partial_fit(X, both, s, classes=[0, 1])
    shaper = cheap().partial_fit(X, both, s, classes=[[0, 1, 2], None])
    assert [len(c) for c in shaper.classes_] == [3, 2]
    assert shaper.partial_fit(X, both, s, classes=[[2, 1, 0], [0, 1]]).n_iter_ == 2


def test_other_refusals_of_classes(problem):
    X, y, s = problem
    with pytest.raises(ValueError, match="sensitive_classes was given, but no sensitive_features"):
        cheap(on_missing_sensitive="ignore").partial_fit(X, y, sensitive_classes=[0, 1])
    with pytest.raises(ValueError, match="target_kind='continuous' makes bins"):
        cheap(target_kind="continuous").partial_fit(X, y, s, classes=[0, 1])
    with pytest.raises(ValueError, match=r"one class only.*name all of them.*classes="):
        cheap().partial_fit(X, np.zeros(len(X), int), s)


class Trunk(nn.Module):
    """A trunk for images of any size."""

    def __init__(self, width=3):
        super().__init__()
        self.layer = nn.Linear(1, width)

    def forward(self, x):
        return self.layer(x.flatten(1).mean(1, keepdim=True))


CHANGED = {
    "posterior": (
        {"posterior": "linear", "folds": 2},
        {"posterior": None},
        "in two",
    ),
    "channel": ({}, {"channel": "gaussian"}, "channel='gaussian' was set since"),
    "n_components": ({}, {"n_components": 5}, "n_components=5 was set since"),
    "encoder": (
        {},
        {"encoder": Trunk, "game__hidden_layer_sizes": (64,)},
        "encoder=.* was set since",
    ),
    "another encoder": ({"encoder": Trunk(3)}, {"encoder": Trunk(4)}, "encoder=Trunk was set"),
    "hidden_layer_sizes": (
        {},
        {"game__hidden_layer_sizes": (3,)},
        r"hidden_layer_sizes=\(3,\)",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CHANGED)
def test_parameters_that_do_not_go_on_from_a_fit_are_refused(case, problem):
    X, y, s = problem
    at_first, later, message = CHANGED[case]
    shaper = cheap(**at_first).fit(X, y, s)
    Z = shaper.transform(X)
    with pytest.raises(ValueError, match=message):
        shaper.set_params(**later).partial_fit(X, y, s)
    assert not hasattr(shaper, "_net")
    if case != "encoder":
        np.testing.assert_array_equal(shaper.transform(X), Z)
    clone(shaper).partial_fit(X, y, s)


def test_multipliers_and_rates_that_change_take_effect(problem):
    X, y, s = problem
    shaper = cheap(channel="gaussian").partial_fit(X, y, s)
    shaper.set_params(privacy_multiplier=7.0, task_weights=2.0).partial_fit(X, y, s)
    assert [term.weight for term in shaper._net.terms] == [2.0, -7.0]
    net = shaper._net
    shaper.set_params(game__lr=0.5).partial_fit(X, y, s)
    assert shaper._net is not net
    assert shaper._net.optimizer_.param_groups[0]["lr"] == 0.5
    with pytest.raises(ValueError, match="2 entries for 1"):
        shaper.set_params(privacy_multiplier=[1.0, 2.0]).partial_fit(X, y, s)


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CalibrationWarning")
@pytest.mark.parametrize("posterior", [None, "network"])
def test_rows_of_another_shape_are_refused(posterior):
    _, y, s = small_problem(80)
    images = np.random.default_rng(0).normal(size=(80, 4, 4)) + y[:, None, None]
    shaper = cheap(encoder=Trunk, posterior=posterior, folds=2, n_init=1).fit(images, y, s)
    with pytest.raises(ValueError, match=r"rows of shape \(4, 3\).*\(4, 4\)"):
        shaper.transform(images[:, :, :3])
    if posterior is None:
        with pytest.raises(ValueError, match=r"rows of shape \(4, 3\).*\(4, 4\)"):
            shaper.partial_fit(images[:, :, :3], y, s)


def test_a_stream_goes_on_after_a_pickle_and_with_frames(problem):
    X, y, s = problem
    table = pd.DataFrame(X, columns=list("abcdef")).assign(sex=np.where(s, "f", "m"))
    shaper = cheap(sensitive_columns="sex").partial_fit(table, y)
    loaded = pickle.loads(pickle.dumps(shaper)).partial_fit(table, y)
    assert loaded._code_counts_.n_rows == 2 * len(X)
    assert loaded.transform(table).shape == (len(X), 16)
    with pytest.raises(ValueError, match="feature names"):
        loaded.partial_fit(table.rename(columns={"a": "z"}), y)


UNSUITABLE = {
    "no size": ({}, {"game__batch_size": 0}, "'batch_size' parameter"),
    "no noise": (
        {"channel": "gaussian"},
        {"channel": GaussianChannel(noise_scale=-1.0)},
        "'noise_scale' parameter",
    ),
    "leakage": ({}, {"leakage": "conditional"}, "leakage='conditional' needs"),
    "sensitive_columns": ({}, {"sensitive_columns": 0}, "sensitive_columns was set since"),
    "fold_columns": ({}, {"fold_columns": [0]}, "fold_columns was set since"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", UNSUITABLE)
def test_parameters_that_were_set_since_are_checked_as_in_a_fit(case, problem):
    at_first, later, message = UNSUITABLE[case]
    shaper = cheap(**at_first).partial_fit(*problem)
    weights = copy.deepcopy(shaper.release_.weights)
    with pytest.raises(ValueError, match=message):
        shaper.set_params(**later).partial_fit(*problem)
    for name, before in weights.items():
        np.testing.assert_array_equal(shaper.release_.weights[name], before)


@pytest.mark.filterwarnings("ignore")
def test_columns_are_settled_by_the_first_call(problem):
    X, y, s = problem
    table = np.column_stack([X, s, np.arange(len(X)) // 2])
    frame = pd.DataFrame(table, columns=[f"x{j}" for j in range(table.shape[1])])
    shaper = cheap(sensitive_columns=-2, fold_columns=-1).partial_fit(frame, y)
    for data, same in ((frame, f"x{X.shape[1]}"), (frame, X.shape[1]), (table, -2)):
        shaper.set_params(sensitive_columns=same).partial_fit(data, y)
    for name, other in (("sensitive_columns", None), ("sensitive_columns", 0), ("fold_columns", 1)):
        before = getattr(shaper, name)
        with pytest.raises(ValueError, match=f"{name} was set since the first call"):
            shaper.set_params(**{name: other}).partial_fit(frame, y, s)
        shaper.set_params(**{name: before})


def test_the_first_call_refuses_what_a_fit_refuses(problem):
    with pytest.raises(ValueError, match="leakage='conditional' needs a finite code on"):
        cheap(leakage="conditional").partial_fit(*problem)
