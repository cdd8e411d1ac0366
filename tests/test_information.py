"""Bounds and plug-in against closed forms; labels against what they should become."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sklearn_infoshape.data.frames import is_missing
from sklearn_infoshape.data.label_column import describe_column
from sklearn_infoshape.data.labels import label_columns
from sklearn_infoshape.exceptions import LabelKindWarning
from sklearn_infoshape.information import (
    BOUNDS,
    donsker_varadhan,
    entropy_bits,
    joint_information,
    mine_objective,
    nwj,
    plugin_information,
    remine_objective,
    smile,
)

JOINT = np.array([[0.2, 0.05, 0.05], [0.1, 0.3, 0.3]])


def information_of(joint):
    by_code, by_class = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    ratio = np.where(joint > 0, joint / (by_code * by_class), 1.0)
    return float((joint * np.log(ratio)).sum())


def scores_of_the_best_critic(joint, shift=0.0, slope=1.0):
    """One row for each cell of 1,000, and log p(l|z)/p(l) as the critic's scores."""
    z, label = (
        np.repeat(i, (1000 * joint).round().astype(int).ravel())
        for i in np.indices(joint.shape).reshape(2, -1)
    )
    ratio = np.log(joint / joint.sum(0) / joint.sum(1, keepdims=True))
    scores = torch.tensor(slope * ratio[z] + shift)
    log_weights = torch.tensor(np.log(joint.sum(0)))
    return scores[torch.arange(len(z)), torch.tensor(label)], scores, log_weights


def test_plugin_is_the_information_of_a_finite_law():
    assert joint_information(torch.tensor(JOINT)).item() == pytest.approx(information_of(JOINT))
    assert joint_information(torch.eye(4, dtype=torch.float64) / 4).item() == pytest.approx(
        math.log(4)
    )
    independent = torch.tensor([0.3, 0.7]).outer(torch.tensor([0.2, 0.5, 0.3]))
    assert joint_information(independent).item() == pytest.approx(0, abs=1e-6)


def test_plugin_ignores_rows_without_a_label():
    codes = torch.softmax(torch.randn(50, 4, generator=torch.Generator().manual_seed(0)), 1)
    targets = torch.eye(2).repeat(25, 1)
    targets[30:] = 0
    assert torch.allclose(
        plugin_information(codes, targets), plugin_information(codes[:30], targets[:30])
    )


def test_plugin_works_on_lanes():
    codes = torch.softmax(torch.randn(3, 50, 4, generator=torch.Generator().manual_seed(0)), -1)
    targets = torch.eye(2).repeat(25, 1)
    lanes = plugin_information(codes, targets)
    alone = torch.stack([plugin_information(lane, targets) for lane in codes])
    assert torch.allclose(lanes, alone)


def test_gradient_of_the_plugin_against_finite_differences():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.softmax(torch.randn(6, 2, generator=generator, dtype=torch.float64), 1)
    assert torch.autograd.gradcheck(
        lambda free: plugin_information(torch.softmax(free, 1), targets), (logits,)
    )


@given(
    arrays(np.float64, (12, 4), elements=st.floats(-8, 8)),
    st.permutations(range(12)),
    st.permutations(range(4)),
)
def test_plugin_is_bounded_and_does_not_mind_order(logits, rows, codes):
    p = torch.softmax(torch.tensor(logits), 1)
    targets = torch.eye(3, dtype=torch.float64).repeat(4, 1)
    value = plugin_information(p, targets).item()
    assert -1e-9 <= value <= math.log(3) + 1e-9
    assert plugin_information(p[:, codes], targets).item() == pytest.approx(value, abs=1e-9)
    assert plugin_information(p[list(rows)], targets[list(rows)]).item() == pytest.approx(
        value, abs=1e-9
    )


@pytest.mark.parametrize("name", BOUNDS)
def test_every_bound_attains_a_finite_law_with_the_best_critic(name):
    shift = 1.0 if name == "nwj" else 0.0  # its best critic is one above the others'
    value = BOUNDS[name].value(*scores_of_the_best_critic(JOINT, shift=shift))
    assert value.item() == pytest.approx(information_of(JOINT), abs=1e-9)


@pytest.mark.parametrize("name", BOUNDS)
@given(slope=st.floats(-2, 2), shift=st.floats(-2, 2))
def test_no_bound_exceeds_the_truth_or_the_entropy(name, slope, shift):
    value = BOUNDS[name].value(*scores_of_the_best_critic(JOINT, shift, slope)).item()
    assert value <= information_of(JOINT) + 1e-9
    assert value <= entropy_bits(JOINT.sum(0)) * math.log(2)


def normal_pairs(correlation, n=3000):
    """Scores of log p(z, l)/p(z)p(l) for a bivariate normal, on all pairs."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=n)
    label = correlation * z + math.sqrt(1 - correlation**2) * rng.normal(size=n)
    variance = 1 - correlation**2
    pairs = -0.5 * math.log(variance) - (
        correlation**2 * (z[:, None] ** 2 + label**2) - 2 * correlation * z[:, None] * label
    ) / (2 * variance)
    scores = torch.tensor(pairs)
    return scores.diagonal(), scores, torch.full((n,), -math.log(n), dtype=torch.float64)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("name", [name for name, bound in BOUNDS.items() if bound.amounts])
def test_bounds_on_bivariate_normals(name, correlation):
    joint, marginal, log_weights = normal_pairs(correlation)
    shift = 1.0 if name == "nwj" else 0.0
    value = BOUNDS[name].value(joint + shift, marginal + shift, log_weights).item()
    assert value == pytest.approx(-0.5 * math.log(1 - correlation**2), abs=0.06)


def test_remine_penalty_is_in_the_objective_and_not_in_the_value():
    joint, marginal, log_weights = scores_of_the_best_critic(JOINT, shift=2.0)
    value = donsker_varadhan(joint, marginal, log_weights).item()
    assert value == pytest.approx(information_of(JOINT))  # a shift changes nothing
    assert remine_objective(joint, marginal, log_weights).item() == pytest.approx(
        value - 0.1 * 2.0**2
    )
    assert BOUNDS["remine"].value is donsker_varadhan


def test_mine_gradient_equals_donsker_varadhan_when_the_average_is_the_batch():
    joint, marginal, log_weights = scores_of_the_best_critic(JOINT)
    gradients = []
    for formula in ("dv", "mine"):
        scale = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
        scaled = (scale * joint, scale * marginal, log_weights)
        log_mean = torch.logsumexp(scaled[1] + log_weights, (0, 1)) - math.log(len(joint))
        value = donsker_varadhan(*scaled) if formula == "dv" else mine_objective(*scaled, log_mean)
        value.backward()
        gradients.append(scale.grad.item())
    assert gradients[0] == pytest.approx(gradients[1])


def test_smile_clips_the_marginal_term_alone():
    joint, marginal, log_weights = (
        torch.zeros(2),
        torch.full((2, 2), 50.0),
        torch.full((2,), -math.log(2)),
    )
    assert smile(joint, marginal, log_weights).item() == pytest.approx(-5.0)
    assert nwj(joint, torch.ones(2, 2), log_weights).item() == pytest.approx(-1.0)


# Labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0, 1, 1, 0]),
        [0, 1, 1, 0],
        pd.Series(["b", "a", "a", "b"], index=[9, 8, 7, 6]),
        pd.Series(["b", "a", "a", "b"], dtype="category"),
        pl.Series(["b", "a", "a", "b"]),
        torch.tensor([0, 1, 1, 0]),
        np.array([True, False, False, True]),
        np.array(["x", "w", "w", "x"], dtype=object),
    ],
)
def test_labels_of_any_container_become_one_hot_by_position(labels):
    ((name, values),) = label_columns(labels, "y")
    targets = describe_column(name, values, parameter="y").encode(values)
    np.testing.assert_array_equal(targets[0], targets[3])
    np.testing.assert_array_equal(targets[1], targets[2])
    assert targets.sum(1).tolist() == [1, 1, 1, 1]


def test_data_frames_become_one_column_each():
    frame = {"sex": ["f", "m"], "age": [30.5, 41.5]}
    for container in (pd.DataFrame(frame), pl.DataFrame(frame)):
        assert [name for name, _ in label_columns(container, "s")] == ["sex", "age"]
    assert len(label_columns(np.zeros((5, 3)), "s")) == 3


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA])
def test_missing_labels_are_rows_of_zeros(nothing):
    values = np.array(["a", nothing, "b", "a", "b"], dtype=object)
    assert is_missing(values).tolist() == [False, True, False, False, False]
    targets = describe_column("s", values, parameter="sensitive_features").encode(values)
    assert targets.sum(1).tolist() == [1, 0, 1, 1, 1]


def test_amounts_become_quantile_bins_without_remembering_a_value():
    values = np.random.default_rng(0).lognormal(size=1000)
    column = describe_column("income", values, parameter="y")
    assert column.kind == "bins"
    assert column.n_classes == 8
    assert column.frequencies == pytest.approx(np.full(8, 1 / 8), abs=0.02)
    assert not np.isin(column.edges, values).any()


def test_many_ties_make_fewer_bins_and_none_is_empty():
    values = np.concatenate([np.zeros(700), np.random.default_rng(0).uniform(1, 2, 300)])
    column = describe_column("capital gain", values, parameter="y")
    assert column.frequencies.min() > 0
    assert column.encode(values).sum(0).min() > 0


def test_many_integers_are_continuous_with_a_warning():
    values = np.arange(100)
    with pytest.warns(LabelKindWarning, match="target_kind"):
        assert describe_column("y", values, parameter="y").kind == "bins"
    twice = np.repeat(values, 2)
    assert describe_column("y", twice, parameter="y", kind="classes").n_classes == 100


def test_entropy():
    assert entropy_bits([1, 0]) == 0
    assert entropy_bits([1, 1, 1, 1]) == 2
