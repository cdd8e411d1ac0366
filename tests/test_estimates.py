"""Estimates of bits and advantage: unbiased, and off by as much as they say."""

import numpy as np
import pytest

from sklearn_infoshape.release.estimates import (
    code_advantage,
    code_bits,
    column_advantage,
    column_bits,
    predicted_bits,
)

pytestmark = pytest.mark.whole_estimates


def draws(joint, n, repetitions, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(repetitions):
        cells = rng.choice(joint.size, size=n, p=joint.ravel())
        index = np.unravel_index(cells, joint.shape)
        yield [np.eye(m)[i] for m, i in zip(joint.shape, index, strict=True)]


def information(joint):
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return float((joint * np.log2(joint / independent)).sum())


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.5, 4.0])  # at 4, cells with hardly a row
def test_bits_are_unbiased_and_intervals_hold(strength):
    rng = np.random.default_rng(1)
    joint = np.exp(strength * rng.normal(size=(6, 3)))
    joint = joint / joint.sum() if strength else np.full((6, 3), 1 / 18)
    truth = information(joint)
    found = [code_bits(Z, target) for Z, target in draws(joint, 800, 300)]
    values, deviations = np.array(found).T
    assert values.mean() == pytest.approx(truth, abs=3.5 * values.std() / np.sqrt(300))
    covered = np.mean(np.abs(values - truth) < 1.96 * deviations)
    # Where the code says nothing, large values come with large deviations: more are covered.
    assert covered > 0.91
    if strength:
        assert covered < 0.99


def test_bits_given_a_second_label_are_unbiased():
    law = np.random.default_rng(2).dirichlet(np.ones(12)).reshape(3, 2, 2)
    truth = sum(law[..., g].sum() * information(law[..., g] / law[..., g].sum()) for g in range(2))
    found = np.array([code_bits(Z, t, g) for Z, t, g in draws(law, 1000, 300)])
    assert found[:, 0].mean() == pytest.approx(truth, abs=3.5 * found[:, 0].std() / np.sqrt(300))
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.15)


def test_missing_labels_do_not_count():
    code = np.eye(2)[np.arange(400) % 2]
    target = np.where(np.arange(400)[:, None] < 200, code, 0.0)
    assert code_bits(code, target) == code_bits(code[:200], target[:200])
    assert column_bits(code, target) == column_bits(code[:200], target[:200])


def test_columns_and_codes_agree_where_the_code_is_all():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=6000)
    code = np.where(rng.uniform(size=6000) < 0.2, 1 - label, label)
    Z, target = np.eye(2)[code], np.eye(2)[label]
    exact, attacked = code_bits(Z, target), column_bits(Z, target)
    assert attacked.value == pytest.approx(exact.value, abs=0.01)
    assert attacked.deviation == pytest.approx(exact.deviation, rel=0.2)
    by_table = code_advantage(Z, target, np.array([[0.8, 0.2], [0.2, 0.8]]))
    assert by_table.value == pytest.approx(0.3, abs=0.03)
    assert column_advantage(Z, target).value == pytest.approx(by_table.value, abs=0.005)


def test_one_class_tells_nothing_and_rare_classes_are_pooled_or_left_out():
    Z = np.random.default_rng(0).normal(size=(50, 2))
    one = np.tile([1.0, 0.0], (50, 1))
    assert column_bits(Z, one).value == pytest.approx(0, abs=1e-9)
    few = np.eye(2)[(np.arange(50) == 0).astype(int)]
    assert column_bits(Z, few).value == pytest.approx(0, abs=1e-9)
    classes = np.r_[np.arange(46) % 2, 2, 2, 3, 4]  # two, one and one rows of three classes
    pooled = np.eye(3)[np.minimum(classes, 2)]
    assert column_bits(Z, np.eye(5)[classes]) == column_bits(Z, pooled)
    for figure in (column_bits, column_advantage):
        assert figure(Z[-3:], np.eye(5)[classes[-3:]]).value == pytest.approx(0, abs=1e-9)
    assert predicted_bits(np.full((50, 2), 0.5), few).value < 0
