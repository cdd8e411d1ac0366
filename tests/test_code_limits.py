"""Limits of what a single code says of s: kept on fresh rows, and nothing changed without them."""

import pickle

import numpy as np
import pandas as pd
import pytest

from benchmarks.known_laws import continuous_problem
from sklearn_infoshape import (
    CategoricalChannel,
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    infoshape_path,
)
from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.release.code_figures import code_figure
from sklearn_infoshape.release.code_limits import merged_codes
from sklearn_infoshape.release.estimates import code_advantage
from tests.conftest import small_problem

PROBLEM = continuous_problem("bent", 0)


def limited(multiplier=0.2, n_components=6, **limits):
    channel = CategoricalChannel(n_init=1, **limits)
    return InfoShapeTransformer(
        multiplier, posterior="linear", n_components=n_components, channel=channel, random_state=0
    )


def worst(shaper):
    """Shift and likelihood ratio of the worst code, of the law."""
    X = PROBLEM.sample(20_000, 9)[0]
    law, Z = PROBLEM.posteriors(X)[1], shaper.transform(X)
    given, prior = Z.T @ law / Z.sum(axis=0)[:, None], law.mean(axis=0)
    ratio = (given / prior).max(axis=1) / (given / prior).min(axis=1)
    return np.abs(given - prior).sum(axis=1).max() / 2, ratio.max()


@pytest.mark.parametrize(
    ("name", "limit", "which"), [("max_posterior_shift", 0.15, 0), ("max_likelihood_ratio", 2.0, 1)]
)
def test_delivered_codes_keep_within_the_limit_on_the_law(name, limit, which):
    rows = PROBLEM.sample(3000, 1)
    assert worst(limited().fit(*rows))[which] > limit
    shaper = limited(**{name: limit}).fit(*rows)
    assert worst(shaper)[which] <= limit
    assert shaper.release_.n_outputs > 1
    X = rows[0]
    Z = shaper.transform(X)
    np.testing.assert_allclose(shaper.codebook_["share"], Z.mean(axis=0))
    np.testing.assert_array_equal(shaper.release_proba(X).argmax(axis=1), Z.argmax(axis=1))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(shaper)).transform(X), Z)
    assert (np.diff(shaper.codebook_["target"]["y"][:, 1]) >= -1e-3).all()


def test_codes_are_those_of_before_where_no_limit_is_set_or_reached():
    rows = PROBLEM.sample(1500, 1)
    plain, loose = limited().fit(*rows), limited(max_posterior_shift=0.99).fit(*rows)
    np.testing.assert_array_equal(plain.transform(rows[0]), loose.transform(rows[0]))
    for name, weights in plain.release_.weights.items():
        np.testing.assert_array_equal(weights, loose.release_.weights[name])
    assert plain.release_.channel.merged is None


def test_the_codebook_tells_how_far_each_code_shifts_s():
    rows = PROBLEM.sample(1000, 1)
    shaper = limited().fit(*rows)
    book = shaper.codebook_
    (law,), (shift,) = book["sensitive"].values(), book["posterior_shift"].values()
    np.testing.assert_allclose(shift, np.abs(law[:, 1] - book["share"] @ law[:, 1]))
    np.testing.assert_allclose(shaper.codebook_frame()["shift of sensitive_features"], shift)
    del book["posterior_shift"]  # as in pickles of before
    assert len(shaper.codebook_frame()) == len(book["share"])


def test_each_sensitive_column_is_limited_and_so_is_a_path():
    X, y, s = PROBLEM.sample(1200, 1)
    other = (X[:, 0] + 0.3 * np.random.default_rng(0).normal(size=len(X)) > 0).astype(int)
    frame = pd.DataFrame({"s": s, "other": other})
    channel = CategoricalChannel(1, max_posterior_shift=0.2)
    path = infoshape_path(
        X, y, frame, [0.1, 3.0], posterior="linear", channel=channel, n_components=3, random_state=0
    )
    for member in path:
        Z = member.transform(X)
        for column in (s, other):
            law = Z.T @ column / Z.sum(axis=0)
            assert np.abs(law - column.mean()).max() < 0.2
    alone = InfoShapeTransformer(
        3.0, posterior="linear", channel=channel, n_components=3, random_state=0
    ).fit(X, y, frame)
    np.testing.assert_array_equal(alone.transform(X), path[1].transform(X))


def test_few_rows_keep_one_code_and_the_warning_names_the_limit():
    with pytest.warns(CollapsedEncoderWarning, match="max_posterior_shift"):
        shaper = limited(max_posterior_shift=0.02).fit(*PROBLEM.sample(300, 1))
    assert shaper.release_.n_outputs == 1


@pytest.mark.parametrize("weighted", [False, True])
def test_persons_and_weights_count_as_what_they_tell(weighted):
    X, y, s = PROBLEM.sample(1000, 1)
    if weighted:
        weight, fold = np.r_[np.full(100, 1e3), np.ones(900)], None
    else:
        X, y, s = (np.repeat(part[:100], 10, axis=0) for part in (X, y, s))
        X, weight, fold = np.column_stack([X, np.repeat(np.arange(100), 10)]), None, [4]
    shaper = limited(max_posterior_shift=0.15).set_params(fold_columns=fold)
    with pytest.warns(CollapsedEncoderWarning, match="max_posterior_shift"):
        shaper.fit(X, y, s, sample_weight=weight)  # a hundred tell too little


def test_atoms_and_draws_are_merged_as_they_are_released():
    outputs = np.log(np.random.default_rng(0).dirichlet(np.ones(4), size=400))
    draws = np.random.default_rng(1).uniform(size=(400, 1))
    for hard in (False, True):
        channel = CategoricalChannel()
        channel.settle(outputs, hard=hard, fewest=10, draws=draws, order=np.array([2, 0, 3, 1]))
        before, proba = channel.release(outputs, draws), channel.probabilities(outputs)
        channel.merge(np.array([0, 1, 0, 3]))
        after = channel.release(outputs, draws)
        merged = np.column_stack([before[:, 0] + before[:, 2], before[:, 1], before[:, 3]])
        np.testing.assert_array_equal(after, merged)
        if not hard:
            own = np.column_stack([proba[:, 0] + proba[:, 2], proba[:, 1], proba[:, 3]])
            np.testing.assert_allclose(channel.probabilities(outputs), own)
        channel.live = channel.live[[2, 0, 1]]
        np.testing.assert_array_equal(channel.release(outputs, draws), merged[:, [2, 0, 1]])


def test_a_code_of_which_nobody_is_known_is_merged():
    channel = CategoricalChannel(max_posterior_shift=0.5)
    tables = [np.array([[500.0, 500.0], [500.0, 500.0], [0.0, 0.0]])]
    masses = np.array([[0.3, 0.1, 0.2, 0.2], [0.1, 0.3, 0.2, 0.2], [0.05, 0.15, 0.1, 0.1]])
    groups = merged_codes(tables, masses, lambda m: -m[..., 0].max(axis=-1), channel)
    assert groups.tolist() == [0, 1, 1]


def test_limits_are_refused_where_they_cannot_be_kept():
    X, y, s = small_problem()
    channel = CategoricalChannel(max_posterior_shift=0.1)
    with pytest.raises(ValueError, match=r"channel__max_posterior_shift=0.1 \(counts for codes on"):
        InfoShapeTransformer(posterior=None, channel=channel).partial_fit(X, y, s)
    with pytest.raises(ValueError, match="there is none: give sensitive_features"):
        InfoShapeTransformer(channel=channel, on_missing_sensitive="ignore").fit(X, y)
    with pytest.raises(ValueError, match="max_posterior_shift"):
        InfoShapeTransformer(channel="gaussian").set_params(channel__max_posterior_shift=0.1)
    for limits in ({"max_posterior_shift": 1.0}, {"max_likelihood_ratio": 1.0}):
        with pytest.raises(ValueError, match=next(iter(limits))):
            limited(**limits).fit(X, y, s)


@pytest.mark.parametrize("unit", ["maximal_leakage_bits", "parity_gap", "posterior_shift"])
@pytest.mark.parametrize("verify", ["attackers", "certificate"])
def test_a_budget_in_figures_of_codes(unit, verify):
    X, y, s = PROBLEM.sample(1000, 1)
    search = InfoShapeTransformerCV(
        limited(1.0, 3), [0.1, 10.0], max_leakage=0.4, leakage_unit=unit, verify=verify
    )
    search.set_params(**({"cv": 2} if verify == "attackers" else {}))
    search.fit(X, y, s)
    if verify == "certificate":
        assert getattr(search.certificate_, unit) <= 0.4
    else:
        assert -search.cv_results_["mean_test_leakage"][search.best_index_] <= 0.4


def test_columns_have_no_figures_of_codes():
    X, y, s = small_problem()
    shaper = InfoShapeTransformer(posterior="linear", channel="gaussian")
    search = InfoShapeTransformerCV(shaper, [1, 10], max_leakage=0.1, leakage_unit="parity_gap")
    with pytest.raises(ValueError, match="releases columns, of which attackers find"):
        search.fit(X, y, s)


@pytest.mark.parametrize(
    ("unit", "truth"),
    [("maximal_leakage_bits", np.log2(1.8)), ("parity_gap", 0.8), ("posterior_shift", 0.4)],
)
def test_figures_of_codes_on_a_closed_form(unit, truth):
    rng = np.random.default_rng(0)
    law = np.array([[0.45, 0.05], [0.05, 0.45]])
    found = []
    for _ in range(40):
        cells = rng.choice(4, size=1000, p=law.ravel())
        Z, target = np.eye(2)[cells // 2], np.eye(2)[cells % 2]
        found.append(code_figure(unit, Z, target, law))
    values, errors = np.array(found).T
    assert values.mean() == pytest.approx(truth, abs=0.01)
    assert values.std() == pytest.approx(errors.mean(), rel=0.35)


@pytest.mark.parametrize(
    "unit", ["maximal_leakage_bits", "parity_gap", "posterior_shift", "advantage"]
)
def test_errors_of_figures_are_over_draws_of_persons(unit):
    rng = np.random.default_rng(0)
    law = np.array([[0.45, 0.05], [0.05, 0.45]])
    cells = rng.choice(4, size=400, p=law.ravel())
    Z, target = np.eye(2)[cells // 2], np.eye(2)[cells % 2]

    def error(Z, target, **options):
        if unit == "advantage":
            return code_advantage(Z, target, law, **options).deviation
        return code_figure(unit, Z, target, law, **options).deviation

    ten_times = np.repeat(np.arange(400), 10)
    of_persons = error(Z[ten_times], target[ten_times], persons=ten_times)
    assert of_persons == pytest.approx(error(Z, target), rel=0.01)
    assert of_persons == pytest.approx(
        np.sqrt(10) * error(Z[ten_times], target[ten_times]), rel=0.01
    )
