"""Erasure of s from vectors: LEACE, SPLINCE and Obliviator, in our own short form.

Each follows a paper's equations, not its code, and yields (strength, transform) as the methods of
:mod:`benchmarks.frontier` do: fitted on X, y and s (classes 0, 1, ...) with a seed.
"""

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional

from benchmarks.peer_methods import components, standardised

__all__ = ["covariance_keeping_erasure", "iterative_kernel_erasure", "least_squares_erasure"]

ERASURE_STEPS = (1, 3, 8)
_WIDE = 200  # columns
_WIDTH = 256  # of the encoder
_FREQUENCIES = {"now": 192, "before": 64, "start": 64}  # half of a kernel's features
_BATCH = 512
_RATE = 2e-3
_GRADIENTS = 60  # of the encoder, in each step
_KEPT_IN_TRAINING = {"y": 2.0, "before": 0.05, "start": 0.01}
_KEPT_IN_PROJECTION = {"y": 2.0, "before": 1.0, "start": 0.2}
_SMALLEST = {"now": 1.5, "before": 1.0, "start": 2.5}  # widths of kernels


def _whitening(X):
    """Scaled rows, a matrix that whitens them, and its pseudo-inverse."""
    scaler = StandardScaler().fit(X)
    rows = scaler.transform(X)
    variances, axes = np.linalg.eigh(rows.T @ rows / len(rows))
    kept = variances > variances[-1] * len(variances) * np.finfo(float).eps
    axes, deviations = axes[:, kept], np.sqrt(variances[kept])
    return scaler, rows @ (axes / deviations), axes / deviations, (axes * deviations).T


def _basis(matrix):
    """An orthonormal basis of what a matrix's columns span."""
    left, strengths, _ = np.linalg.svd(matrix, full_matrices=False)
    return left[:, strengths > 1e-8 * strengths[0]]


def _directions(white, labels):
    """Where rows of unit variance covary with classes: as many as there are, less one."""
    classes = (labels[:, None] == np.unique(labels)).astype(float)
    return _basis(white.T @ (classes - classes.mean(axis=0)) / len(white))


def _less(scaler, erased):
    """A transform that takes a linear map of the scaled rows away from them."""

    def erase(rows):
        rows = scaler.transform(rows)
        return rows - rows @ erased

    return erase


def least_squares_erasure(X, y, s, seed):
    """LEACE: the smallest change of X after which no linear classifier finds s.

    With W the whitening of X and P the projection on the columns of W cov(X, s), a row x
    becomes x - W⁺ P W (x - mean): theorem 4.3 of N. Belrose et al., "LEACE: perfect linear
    concept erasure in closed form", 2023, arXiv 2306.03819.

    Yields
    ------
    (None, callable)
        One release.
    """
    scaler, white, whiten, colour = _whitening(X)
    found = _directions(white, s)
    yield None, _less(scaler, whiten @ found @ found.T @ colour)


def covariance_keeping_erasure(X, y, s, seed):
    """SPLINCE: as LEACE, by the projection that also leaves cov(X, y) as it is.

    Its kernel is that of LEACE, the columns U of W cov(X, s); its range holds those of W cov(X, y)
    and all that is orthogonal to both. With V the part of U that is orthogonal to W cov(X, y), a
    row x becomes x - W⁺ U (V'U)⁻¹ V' W (x - mean): F. Holstege et al., "Preserving task-relevant
    information under linear concept removal", 2025, arXiv 2506.10703.

    Yields
    ------
    (None, callable)
        One release.
    """
    scaler, white, whiten, colour = _whitening(X)
    found, kept = _directions(white, s), _directions(white, y)
    across = _basis(found - kept @ (kept.T @ found))
    # Rows are on the left of their matrices here: the transpose of what is above.
    oblique = across @ np.linalg.solve(found.T @ across, found.T)
    yield None, _less(scaler, whiten @ oblique @ colour)


def _fourier_features(rows, kernel, generator, factor=1.0, n_rows=200):
    """Random features whose products are a Gaussian kernel's values, on average.

    Its width is the median distance between some of the rows, or the smallest allowed.
    """
    some = rows[torch.randperm(len(rows), generator=generator)[:n_rows]]
    width = max(factor * float(torch.pdist(some).median()), _SMALLEST[kernel])
    n_frequencies = _FREQUENCIES[kernel]
    frequencies = torch.randn(rows.shape[1], n_frequencies, generator=generator) / width

    def features(rows):
        angles = rows @ frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=1) / n_frequencies**0.5

    return features


def _covariance(a, b):
    return (a - a.mean(dim=0)).T @ (b - b.mean(dim=0)) / len(a)


def _train(encoder, codes, groups, kept, generator):
    """Lower the dependence of an encoder's output on s, and keep that on the rest.

    Dependence is the square root of the kernel's HSIC over a batch, each as a mean of squares.
    """
    optimizer = torch.optim.AdamW(encoder.parameters(), _RATE, weight_decay=0.01)
    for _ in range(_GRADIENTS):
        batch = torch.randperm(len(codes), generator=generator)[:_BATCH]
        output = functional.normalize(encoder(codes[batch]), dim=1)
        output = _fourier_features(output.detach(), "now", generator, factor=1.5)(output)

        def dependence(other, output=output, batch=batch):
            return _covariance(output, other[batch]).square().mean().sqrt()

        loss = dependence(groups)
        for name, other in kept.items():
            loss = loss - _KEPT_IN_TRAINING[name] * dependence(other)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _projection(features, groups, kept, tolerance):
    """Directions of the features that do not covary with s, those most that do with the rest."""
    _, strengths, found = torch.linalg.svd(_covariance(groups, features), full_matrices=False)
    found = found[strengths > max(1e-5 * strengths[0], 2e-7)].T
    free = torch.linalg.qr(found, mode="complete")[0][:, found.shape[1] :]
    total = torch.zeros(free.shape[1], free.shape[1])
    for name, other in kept.items():
        shared = _covariance(other, features) @ free
        shared = shared.T @ shared
        total += _KEPT_IN_PROJECTION[name] * shared / torch.linalg.matrix_norm(shared, 2)
    values, axes = torch.linalg.eigh(total)
    return free @ axes[:, values > tolerance * values[-1]]


def iterative_kernel_erasure(X, y, s, seed, steps=ERASURE_STEPS, tolerance=1e-2):
    """Obliviator: step by step to features in whose kernel s is not found, y as well as can be.

    Each step trains an encoder of the codes so far, by a random kernel's HSIC: low with s, high
    with y, with the codes before it and with X. Then it projects the encoder's Fourier features
    where they do not covary with s and covary most with the rest. R. Akbari et al., "Obliviator
    reveals the cost of nonlinear guardedness in concept erasure", 2026, arXiv 2603.07529, with y
    known; weights and kernels are those of the authors, batches and networks smaller.

    Parameters
    ----------
    X, y, s : ndarray
    seed : int
    steps : sequence of int
        After which of its steps, ascending, it is released: the paper's trade-off.
    tolerance : float, default=1e-2
        Share of the greatest eigenvalue from which on a direction is kept.

    Yields
    ------
    (int, callable)
        Steps, and rows to codes of length 1.
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    prepare = standardised(X) if X.shape[1] <= _WIDE else components(X)

    def numbers(rows):
        return torch.as_tensor(prepare(rows), dtype=torch.float32)

    start = numbers(X)
    groups, labels = (functional.one_hot(torch.as_tensor(labels)).float() for labels in (s, y))
    kept = {"y": labels, "start": _fourier_features(start, "start", generator, factor=1.25)(start)}
    codes, chain = start, []

    def release(n_steps):
        def transform(rows):
            with torch.no_grad():
                codes = numbers(rows)
                for step in chain[:n_steps]:
                    codes = step(codes)
                return codes.numpy()

        return transform

    for number in range(1, max(steps) + 1):
        encoder = nn.Sequential(nn.Linear(codes.shape[1], _WIDTH), nn.SiLU())
        _train(encoder, codes, groups, kept, generator)
        chain.append(_erasing_step(encoder, codes, groups, kept, tolerance, generator))
        with torch.no_grad():
            codes = chain[-1](codes)
        kept["before"] = _fourier_features(codes, "before", generator)(codes)
        if number in steps:
            yield number, release(number)


@torch.no_grad()
def _erasing_step(encoder, codes, groups, kept, tolerance, generator):
    """The encoder, its features, their projection: one function of codes."""
    output = functional.normalize(encoder(codes), dim=1)
    features = _fourier_features(output, "now", generator)
    mapped = features(output)
    mean, axes = mapped.mean(dim=0), _projection(mapped, groups, kept, tolerance)

    def step(codes):
        mapped = features(functional.normalize(encoder(codes), dim=1))
        return functional.normalize((mapped - mean) @ axes, dim=1)

    return step
