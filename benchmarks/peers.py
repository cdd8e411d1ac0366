"""Frontier area of our default beside published peers, on the same rows and attackers.

Peers from other packages are imported where they are installed (pip install fairlearn aif360, in
an environment of their own); the others are our own short reimplementations. Strengths were
chosen in the peers' favour, by areas of seed 0; Obliviator's is its number of steps
(20 would be worth .015 on digits), its rate and tolerance are the best of seven on digits alone;
fairlearn's prototypes were not tuned.

Run: python -m benchmarks.peers [--sets digits compas] [--seeds 0 1 2] [--resume FILE]
"""

import logging
import warnings

import numpy as np
from sklearn.preprocessing import StandardScaler

from benchmarks import erasure_methods, frontier
from benchmarks.peer_methods import (
    adversarial_representation,
    components,
    fair_tree_code,
    standardised,
    variational_representation,
)

WIDE = 200
STRENGTHS = {
    "correlation": (0.5, 0.9, 1.0),
    "prototypes": (5.0, 50.0, 500.0),
    "fairlearn-hidden": (0.25, 1.0, 4.0),
    "fairlearn-score": (0.25, 1.0, 4.0),
    "fairlearn-prototypes": (5.0, 50.0),
    "laftr": (0.25, 1.0, 4.0),
    "tree": (0.5, 0.7, 0.9),
    "variational": (0.001, 0.01, 0.1),
}


def correlation_remover(X, y, s, seed, strength):
    """Fairlearn's CorrelationRemover: residuals of X after s, of the row's own s.

    The parameters are as in :mod:`benchmarks.peer_methods`, here and below; where the release
    needs s, that is the last column of its rows.
    """
    from fairlearn.preprocessing import CorrelationRemover

    scaler, sensitive = StandardScaler().fit(X), np.eye(int(s.max()) + 1)[:, 1:]
    columns = range(X.shape[1], X.shape[1] + sensitive.shape[1])
    remover = CorrelationRemover(sensitive_feature_ids=list(columns), alpha=strength)

    def table(rows, s):
        return np.column_stack([scaler.transform(rows), sensitive[s]])

    remover.fit(table(X, s))
    return lambda rows: remover.transform(table(rows[:, :-1], rows[:, -1].astype(int)))


def fair_prototypes(X, y, s, seed, strength, n_prototypes=16):
    """AIF360's learned fair representations (LFR): each row as a mixture of prototypes."""
    import pandas as pd
    from aif360.sklearn.preprocessing import LearnedFairRepresentations

    if len(np.unique(s)) > 2 or len(np.unique(y)) > 2:
        raise ValueError("takes two groups and two labels")
    prepare = standardised(X)

    def table(rows, s):
        index = pd.MultiIndex.from_arrays([np.arange(len(rows)), s], names=["row", "s"])
        return pd.DataFrame(prepare(rows), index=index)

    model = LearnedFairRepresentations(
        "s", n_prototypes, fairness_weight=strength, max_iter=300, random_state=seed
    )
    own = table(X, s)
    model.fit(own, pd.Series(y, index=own.index))
    return lambda rows: np.asarray(model.transform(table(rows[:, :-1], rows[:, -1].astype(int))))


def fairlearn_prototypes(X, y, s, seed, strength, n_prototypes=8, n_axes=10, n_rows=1000):
    """Fairlearn's PrototypeRepresentationLearner: LFR that is not told s of released rows.

    It takes gradients by differences, in each coordinate of each prototype: a fit of all rows and
    columns would take days. It gets ten principal components, at most 1,000 rows, 40 iterations.
    """
    from fairlearn.preprocessing import PrototypeRepresentationLearner

    prepare = standardised(X) if X.shape[1] <= WIDE else lambda rows: rows
    axes = components(prepare(X), min(n_axes, X.shape[1]))
    some = np.random.default_rng(seed).permutation(len(X))[:n_rows]
    model = PrototypeRepresentationLearner(
        n_prototypes,
        reconstruct_weight=0.01,
        fairness_weight=strength,
        random_state=seed,
        max_iter=40,
    )
    model.fit(axes(prepare(X[some])), y[some], sensitive_features=s[some])
    return lambda rows: model.transform(axes(prepare(rows)))


def _fairlearn_network(X, y, s, seed, strength, n_steps=1500):
    """Fairlearn's AdversarialFairnessClassifier, fitted, and what prepares its rows.

    On standardised pixels its losses come to nothing in one of the two networks, and it then
    divides by 0; components are in its favour.
    """
    from fairlearn.adversarial import AdversarialFairnessClassifier

    prepare = standardised(X) if X.shape[1] <= WIDE else components(X)
    network = AdversarialFairnessClassifier(
        backend="torch",
        predictor_model=[64, "relu", 8, "relu"],
        adversary_model=[64, "relu"],
        alpha=strength,
        batch_size=128,
        epochs=round(n_steps * 128 / len(X)),
        shuffle=True,
        random_state=seed,
    )
    return network.fit(prepare(X), y, sensitive_features=s), prepare


def fairlearn_hidden_layer(X, y, s, seed, strength):
    """The last hidden layer of fairlearn's adversarially trained network."""
    import torch

    network, prepare = _fairlearn_network(X, y, s, seed, strength)
    layers = network.backendEngine_.predictor_model.layers_

    def release(rows):
        codes = torch.as_tensor(prepare(rows), dtype=torch.float32)
        for layer in layers[:4]:
            codes = layer(codes)
        return codes.detach().numpy()

    return release


def fairlearn_score(X, y, s, seed, strength):
    """The score of that network: what its adversary looks at."""
    network, prepare = _fairlearn_network(X, y, s, seed, strength)
    return lambda rows: network._raw_predict(prepare(rows))


def at_each(strengths, fit, needs_sensitive=False):
    """A peer's releases at each of its strengths.

    Parameters
    ----------
    strengths : sequence of float
    fit : callable
        Of X, y, s, a seed and a strength: returns a transform.
    needs_sensitive : bool, default=False
        Whether the transform wants s of each row, after the columns of X.

    Returns
    -------
    callable
        As in ``benchmarks.frontier.METHODS``.
    """

    def releases(X, y, s, seed):
        for strength in strengths:
            yield strength, fit(X, y, s, seed, strength)

    releases.needs_sensitive = needs_sensitive
    return releases


def peer(name, label, fit, needs_sensitive=False):
    """An entry of ``METHODS``."""
    return {name: (label, at_each(STRENGTHS[name], fit, needs_sensitive))}


METHODS = {
    "leace": frontier.METHODS["leace"],
    "splince": ("SPLINCE, ours", erasure_methods.covariance_keeping_erasure),
    "obliviator": ("Obliviator-style, ours", erasure_methods.iterative_kernel_erasure),
    **peer("correlation", "CorrelationRemover *", correlation_remover, needs_sensitive=True),
    **peer("prototypes", "LFR (aif360) *", fair_prototypes, needs_sensitive=True),
    **peer("fairlearn-hidden", "fairlearn adv., hidden", fairlearn_hidden_layer),
    **peer("fairlearn-score", "fairlearn adv., score", fairlearn_score),
    **peer("fairlearn-prototypes", "fairlearn prototypes", fairlearn_prototypes),
    **peer("laftr", "LAFTR-style, ours", adversarial_representation),
    **peer("tree", "FARE-style tree, ours", fair_tree_code),
    **peer("variational", "CVIB-style, ours", variational_representation),
    frontier.DEFAULT: frontier.METHODS[frontier.DEFAULT],
}


def legend(methods):
    """What stands below a table: strengths of the peers in it, and who was given s."""
    used = {**STRENGTHS, "obliviator": erasure_methods.ERASURE_STEPS}
    lines = [f"{METHODS[name][0]} {used[name]}" for name in methods if name in used]
    text = f"strengths: {'; '.join(lines)}"
    if any(METHODS[name][0].endswith("*") for name in methods):
        text += "\n* was given s of every row that it released"
    return text


def main():
    """Measure what is missing, then print the tables."""
    logging.disable(logging.WARNING)  # of aif360, about packages that nobody asked for
    warnings.simplefilter("ignore")
    frontier.main(METHODS, __doc__.splitlines()[0], legend)


if __name__ == "__main__":
    main()
