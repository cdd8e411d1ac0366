"""Splits that we draw: rare classes are in all parts, persons in one, certificates untouched."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_infoshape import audit_leakage
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.data.splits import certificate_split, cross_validation_splits, deal
from sklearn_infoshape.estimation.pairs import Forms
from sklearn_infoshape.fitting.game import _split

SHARES = (0.5, 0.15, 0.35)


def rare(n=360, n_rare=10, seed=0):
    """A class that few have, and that a column shows; and a common label."""
    rng = np.random.default_rng(seed)
    s = np.zeros(n, dtype=int)
    s[rng.choice(n, n_rare, replace=False)] = 1
    y = rng.integers(2, size=n)
    return np.column_stack([rng.normal(size=(n, 2)), s]), y, s


def sample_of(*labels, persons=None):
    targets = [np.eye(label.max() + 1)[label] for label in labels]
    names = None if persons is None else [b"%d" % who for who in persons]
    rows = np.arange(len(labels[0]), dtype=float)[:, None]
    columns = [SimpleNamespace(name=name) for name in "ys"[: len(labels)]]
    return Sample(rows, names, targets), SimpleNamespace(columns=columns, tasks=columns[:1])


@given(st.integers(0, 10**6), st.integers(100, 400), st.integers(9, 30), st.booleans())
def test_each_class_has_its_share_of_each_part(seed, n, n_rare, with_groups):
    _, y, s = rare(n, n_rare, seed)
    groups = np.random.default_rng(seed).permutation(n) if with_groups else None
    part = deal([y, s, y], SHARES, np.random.default_rng(seed), groups)
    for label in (s, y, np.zeros(n, dtype=int)):
        for value in np.unique(label):
            own = np.bincount(part[label == value], minlength=3)
            expected = np.array(SHARES) * (label == value).sum()
            assert np.abs(own - expected).max() < (1 if label is s else 6)
    assert (np.bincount(part[s == 1], minlength=3) >= [5, 1, 2]).all()


def test_persons_are_dealt_whole_and_by_the_rarest_class_that_they_have():
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(120), 3)
    s = (who < 12).astype(int) * (np.arange(360) % 3 == 1)  # one row of each of twelve persons
    part = deal([s], SHARES, rng, who)
    assert all(len(set(part[who == person])) == 1 for person in range(120))
    assert np.abs(np.bincount(part[s == 1], minlength=3) - 12 * np.array(SHARES)).max() < 1
    assert np.abs(np.bincount(part) - 360 * np.array(SHARES)).max() <= 6


def test_who_is_in_which_part_is_random():
    _, _, s = rare(100, 10)
    parts = [deal([s], SHARES, np.random.default_rng(seed)) for seed in range(400)]
    shares = np.mean(np.array(parts) == 0, axis=0)
    assert np.abs(shares - 0.5).max() < 0.12


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_an_audit_finds_a_rare_attribute_that_a_column_shows(first, grouped):
    X, _, s = rare()
    other = np.arange(360) % 3
    columns = np.column_stack([s, other] if first else [other, s])
    groups = np.arange(360) // 2 if grouped else None
    report = audit_leakage(
        lambda rows: rows, X, columns, attackers="linear", context=False, groups=groups
    )
    name = f"sensitive_features[{int(not first)}]"
    (found,) = [result for result in report.by_role("sensitive") if result.name == name]
    assert found.figures["linear"]["auc"].value > 0.95
    assert found.figures["linear"]["bits"].value > 0.02


def test_an_audit_says_why_it_cannot_attack_four_rows():
    X, _, s = rare(n_rare=4)
    told = "second most frequent class has 4 rows.* two classes need 5 rows each"
    with pytest.raises(ValueError, match=told):
        audit_leakage(lambda rows: rows, X, s, attackers="linear", context=False)
    both = np.column_stack([np.arange(360) % 2, s])
    report = audit_leakage(lambda rows: rows, X, both, attackers="linear", context=False)
    assert "has 4 rows" in report.unattacked["sensitive_features[1]"]


@pytest.mark.parametrize("persons", [None, np.arange(360) // 2])
def test_rare_rows_are_in_different_folds(persons):
    _, y, s = rare(n_rare=4)
    if persons is not None:
        s = np.isin(np.arange(360), [0, 100, 200, 300]).astype(int)
    sample, labels = sample_of(y, s, persons=persons)
    for seed in range(5):
        splits = cross_validation_splits(4, sample, labels, seed)
        assert [s[test].sum() for _, test in splits] == [1, 1, 1, 1]
        assert sorted(np.concatenate([test for _, test in splits])) == list(range(360))
        if persons is not None:
            assert not any(set(persons[a]) & set(persons[b]) for a, b in splits)


def test_certificate_rows_are_drawn_without_regard_to_classes():
    _, y, s = rare(n_rare=180)
    (sample, labels), (other, _) = sample_of(y, s), sample_of(1 - y, np.roll(s, 1))
    for seed in range(3):
        own, others = (certificate_split(part, labels, 0.3, seed) for part in (sample, other))
        np.testing.assert_array_equal(own[1], others[1])


def test_one_row_of_a_class_does_not_keep_others_from_their_shares():
    labels = np.r_[np.zeros(300, dtype=int), np.ones(6, dtype=int), 2]
    sample, _ = sample_of(labels)
    for seed in range(5):
        _, held_out = _split(sample, 0.34, seed)
        assert (labels[held_out] == 1).sum() == 2
    forms = Forms(sample.rows, sample.rows, sample.rows, sample.rows, sample.targets)
    for _, test in forms.splits(3, 0, sample.targets[0]):
        assert (labels[test] == 1).sum() == 2
