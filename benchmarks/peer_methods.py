"""Our own short reimplementations of published fair representations, for `benchmarks.peers`.

Each function fits on X, y, s (classes 0, 1, ...) with a seed and the strength of its wish for
privacy, and returns a function of rows of X. They follow a paper's objective, not its code.
"""

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional

__all__ = [
    "adversarial_representation",
    "components",
    "fair_tree_code",
    "standardised",
    "variational_representation",
]

_WIDTH = 64  # of hidden layers
_COMPONENTS = 8  # of a representation
_BATCH = 128
_LONGEST = 5.0  # deviations


def standardised(X):
    """A function that standardises rows as those of X are, within five deviations.

    A level of a category that X has once is many deviations away in another row: networks and
    distances do better without such numbers.

    Parameters
    ----------
    X : ndarray of shape (n, p)

    Returns
    -------
    callable
    """
    scaler = StandardScaler().fit(X)
    return lambda rows: np.clip(scaler.transform(rows), -_LONGEST, _LONGEST)


def components(X, n_components=60):
    """A function that gives rows' principal components, divided by one number.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    n_components : int, default=60

    Returns
    -------
    callable
    """
    axes = PCA(n_components, svd_solver="randomized", random_state=0).fit(X)
    scale = axes.transform(X).std(axis=0).max() / 3
    return lambda rows: axes.transform(rows) / scale


def _perceptron(n_in, n_out):
    return nn.Sequential(nn.Linear(n_in, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, n_out))


def _numbers(array):
    return torch.as_tensor(array, dtype=torch.float32)


def _batches(n_rows, n_steps, seed):
    """Row numbers of each step: all rows in a new order, then again."""
    generator, done = torch.Generator().manual_seed(seed), 0
    while True:
        for batch in torch.randperm(n_rows, generator=generator).split(_BATCH):
            if done == n_steps:
                return
            done += 1
            yield batch


def adversarial_representation(X, y, s, seed, strength, n_steps=1500):
    """LAFTR-style: an encoder that helps a classifier of y and hinders an adversary on s.

    D. Madras et al., "Learning adversarially fair and transferable representations", 2018, arXiv
    1802.06309, for demographic parity: the adversary's loss is its mean absolute error in each
    group, averaged over groups; with several groups, one less the probability of the true one.

    Parameters
    ----------
    X, y, s : ndarray
    seed : int
    strength : float
        Weight of the adversary's loss, the paper's gamma.
    n_steps : int, default=1500
        Of the encoder; the adversary makes twice as many.

    Returns
    -------
    callable
        Rows to eight columns.
    """
    torch.manual_seed(seed)
    prepare = standardised(X)
    rows, labels, groups = _numbers(prepare(X)), torch.as_tensor(y), torch.as_tensor(s)
    encoder = _perceptron(X.shape[1], _COMPONENTS)
    classifier = _perceptron(_COMPONENTS, int(y.max()) + 1)
    adversary = _perceptron(_COMPONENTS, int(s.max()) + 1)
    weights = _numbers(len(s) / (np.bincount(s).clip(1) * len(np.unique(s))))

    def error(codes, batch):
        truth = adversary(codes).softmax(dim=1).gather(1, groups[batch, None])[:, 0]
        return (weights[groups[batch]] * (1 - truth)).mean()

    ours = torch.optim.AdamW([*encoder.parameters(), *classifier.parameters()], 1e-3)
    theirs = torch.optim.AdamW(adversary.parameters(), 2e-3)
    for batch in _batches(len(rows), n_steps, seed):
        codes = encoder(rows[batch])
        for _ in range(2):
            theirs.zero_grad()
            error(codes.detach(), batch).backward()
            theirs.step()
        ours.zero_grad()
        loss = functional.cross_entropy(classifier(codes), labels[batch])
        (loss - strength * error(codes, batch)).backward()
        ours.step()
    return lambda new: encoder(_numbers(prepare(new))).detach().numpy()


def variational_representation(X, y, s, seed, strength, n_steps=1500):
    """CVIB-style: a noisy code, cheap to describe, that need not tell s again.

    I(Z; s) <= I(Z; X) - I(Z; X | s) is at most the divergence of q(z | x) from its prior less
    what z tells a decoder of x that is given s: D. Moyer et al., "Invariant representations
    without adversarial training", 2018, arXiv 1805.09458; L-MIFR (J. Song et al., "Learning
    controllable fair representations", 2019, arXiv 1812.04218) bounds I(Z; s) by the first term.
    The loss is cross-entropy of y plus strength times (divergence + squared error of x / 2).

    Parameters
    ----------
    X, y, s : ndarray
    seed : int
    strength : float
    n_steps : int, default=1500

    Returns
    -------
    callable
        Rows to eight columns, drawn from q(z | x): what the bound speaks of.
    """
    torch.manual_seed(seed)
    prepare = standardised(X)
    rows, labels = _numbers(prepare(X)), torch.as_tensor(y)
    groups = functional.one_hot(torch.as_tensor(s)).float()
    encoder = _perceptron(X.shape[1], 2 * _COMPONENTS)
    classifier = _perceptron(_COMPONENTS, int(y.max()) + 1)
    decoder = _perceptron(_COMPONENTS + groups.shape[1], X.shape[1])

    def draw(inputs, generator=None):
        mean, log_deviation = encoder(inputs).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        divergence = ((2 * log_deviation).exp() + mean**2 - 1) / 2 - log_deviation
        return mean + log_deviation.exp() * noise, divergence.sum(dim=1).mean()

    networks = nn.ModuleList([encoder, classifier, decoder])
    optimizer = torch.optim.AdamW(networks.parameters(), 1e-3)
    for batch in _batches(len(rows), n_steps, seed):
        codes, divergence = draw(rows[batch])
        told = decoder(torch.cat([codes, groups[batch]], dim=1))
        missed = ((told - rows[batch]) ** 2).sum(dim=1).mean() / 2
        loss = functional.cross_entropy(classifier(codes), labels[batch])
        optimizer.zero_grad()
        (loss + strength * (divergence + missed)).backward()
        optimizer.step()

    def release(new):
        generator = torch.Generator().manual_seed(seed)
        return draw(_numbers(prepare(new)), generator)[0].detach().numpy()

    return release


def fair_tree_code(X, y, s, seed, strength, n_leaves=32, fewest=20):
    """FARE-style: the leaf of a tree that grows where it learns of y and not of s.

    N. Jovanović et al., "FARE: provably fair representation learning with practical certificates",
    2023, arXiv 2210.07213. A split is to lower (1 - gamma) Gini(y) + gamma (max - Gini(s)) most,
    weighted by rows; the best of all leaves is split first, until none is worth it.

    Parameters
    ----------
    X, y, s : ndarray
    seed : int
        Not used: a tree has no chance in it.
    strength : float
        gamma, in [0, 1).
    n_leaves : int, default=32
    fewest : int, default=20
        Rows of a leaf.

    Returns
    -------
    callable
        Rows to one column a leaf, 1 in the row's own.
    """
    targets = [
        (np.eye(int(labels.max()) + 1)[labels], weight)
        for labels, weight in ((y, 1 - strength), (s, -strength))
    ]

    def cost(counts):
        total = counts.sum(axis=-1)
        return total - (counts**2).sum(axis=-1) / np.maximum(total, 1)

    def best_split(members):
        """How much the best split of some rows gains, its column and its threshold."""
        order = np.argsort(X[members], axis=0, kind="stable")
        values, gain = np.take_along_axis(X[members], order, axis=0), 0.0
        for classes, weight in targets:
            left = np.cumsum(classes[members][order], axis=0)[:-1]
            whole = classes[members].sum(axis=0)
            gain = gain + weight * (cost(whole) - cost(left) - cost(whole - left))
        below = np.arange(1, len(members))[:, None]
        allowed = (values[1:] > values[:-1]) & (np.minimum(below, len(members) - below) >= fewest)
        gain = np.where(allowed, gain, -np.inf)
        if not gain.size or gain.max() <= 1e-9:
            return 0.0, None, None
        place, column = np.unravel_index(gain.argmax(), gain.shape)
        return gain.max(), column, values[place : place + 2, column].mean()

    leaves, splits = {0: np.arange(len(X))}, []
    offers = {0: best_split(leaves[0])}
    while len(leaves) < n_leaves:
        leaf = max(offers, key=lambda number: offers[number][0])
        _, column, threshold = offers[leaf]
        if column is None:
            break
        members, new = leaves[leaf], len(leaves)
        right = X[members, column] > threshold
        splits.append((leaf, column, threshold))
        leaves[leaf], leaves[new] = members[~right], members[right]
        offers[leaf], offers[new] = best_split(leaves[leaf]), best_split(leaves[new])

    def release(rows):
        code = np.zeros(len(rows), dtype=int)
        # In the order of growth: the right half of a leaf has the next free number.
        for new, (leaf, column, threshold) in enumerate(splits, start=1):
            code[(code == leaf) & (rows[:, column] > threshold)] = new
        return np.eye(len(leaves))[code]

    return release
