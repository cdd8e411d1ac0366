"""The network member: perceptrons of several folds, trained side by side."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklearn_infoshape.neural.optimizer import Adam, AdamW
from sklearn_infoshape.posterior.network import NetworkMember
from sklearn_infoshape.posterior.perceptron import Perceptron, fit_perceptrons

SETTINGS = {"width": 16, "dropout": 0.2, "max_epochs": 3, "lr": 0.01, "device": "cpu"}


def sets(n_rows, n_columns=3):
    """Features and codes of sets with so many rows."""
    rng = np.random.default_rng(0)
    features = [rng.normal(size=(n, n_columns)).astype(np.float32) for n in n_rows]
    return features, [(rows[:, 0] > 0).astype(int) for rows in features]


def test_each_network_is_trained_as_if_it_were_alone():
    features, codes = sets([300, 300, 300])
    beside = fit_perceptrons(features, codes, 2, **SETTINGS)
    for number, layers in enumerate(beside):
        (alone,) = fit_perceptrons([features[number]], [codes[number]], 2, **SETTINGS)
        for (weight, bias), (own_weight, own_bias) in zip(layers, alone, strict=True):
            np.testing.assert_allclose(weight, own_weight, atol=2e-4)
            np.testing.assert_allclose(bias, own_bias, atol=2e-4)


def test_the_rows_of_one_network_never_reach_another():
    features, codes = sets([200, 200])
    before = fit_perceptrons(features, codes, 2, **SETTINGS)[0]
    after = fit_perceptrons(
        [features[0], features[1] * 1e3], [codes[0], 1 - codes[1]], 2, **SETTINGS
    )
    for old, new in zip(before, after[0], strict=True):
        assert all((a == b).all() for a, b in zip(old, new, strict=True))


def test_sets_may_differ_in_rows_and_columns():
    features, codes = sets([300, 40, 7])
    features[1] = features[1][:, :1]
    layers = fit_perceptrons(features, codes, 2, **SETTINGS)
    assert [weights[0][0].shape for weights in layers] == [(3, 16), (1, 16), (3, 16)]
    assert all(np.isfinite(part).all() for own in layers for layer in own for part in layer)


def test_a_part_without_a_class_says_nothing_of_it():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 2)).astype(np.float32)
    labels = np.array(["a", "b", "c"])[np.r_[np.arange(300) % 3, np.arange(100) % 2]]
    parts = [np.arange(300), np.arange(300, 400)]
    every, two = Perceptron(StandardScaler(), max_epochs=2).fit_folds(rows, labels, parts)
    assert every.classes_.tolist() == ["a", "b", "c"]
    assert two.classes_.tolist() == ["a", "b"]
    np.testing.assert_allclose(two.predict_proba(rows).sum(axis=1), 1)
    assert set(two.predict(rows)) <= {"a", "b"}


def test_what_rows_cannot_teach_is_no_error():
    rows = np.full((30, 2), np.nan, dtype=np.float32)
    (layers,) = fit_perceptrons([rows], [np.arange(30) % 2], 2, **SETTINGS)
    assert len(layers) == 3


def test_an_interaction_is_learned_by_all_folds():
    X = np.random.default_rng(0).normal(size=(1200, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    parts = [np.arange(1000)[np.arange(1000) % 3 != fold] for fold in range(3)]
    for model in Perceptron(StandardScaler()).fit_folds(X, y, parts):
        assert (model.predict(X[1000:]) == y[1000:]).mean() > 0.85


@pytest.mark.parametrize(("theirs", "ours"), [(torch.optim.Adam, Adam), (torch.optim.AdamW, AdamW)])
def test_our_optimisers_are_torchs(theirs, ours):
    weights = []
    for optimizer in (theirs, ours):
        layer = nn.Linear(3, 2)
        with torch.no_grad():
            layer.weight.fill_(0.5)
            layer.bias.fill_(-0.5)
        steps = optimizer(layer.parameters(), lr=0.1, weight_decay=0.1)
        for _ in range(5):
            steps.zero_grad()
            layer(torch.arange(6.0).reshape(2, 3)).square().sum().backward()
            steps.step()
        weights.append(torch.cat([layer.weight.detach().flatten(), layer.bias.detach()]))
    assert torch.equal(*weights)


def test_no_fit_imports_torchs_compiler():
    code = (
        "import sys; from sklearn_infoshape import InfoShapeTransformer as T, ShapingGame; "
        "from sklearn_infoshape.datasets import make_shaping_problem as make; "
        "X, y, s = make(100); T(posterior='network', random_state=0).fit(X, y, s); "
        "T(posterior=None, channel='gaussian', game=ShapingGame(max_epochs=1)).fit(X, y, s); "
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


class Interrupted(nn.Module):
    """A trunk of a user who presses Ctrl-C at some step."""

    steps = 0

    def forward(self, x):
        """Pass rows on."""
        Interrupted.steps += x.requires_grad or self.training
        if Interrupted.steps > 20:
            raise KeyboardInterrupt
        return x


def test_an_interrupt_ends_the_fit():
    features, codes = sets([300])
    with pytest.raises(KeyboardInterrupt):
        NetworkMember(Interrupted(), device="cpu").fit(features[0], codes[0])
