"""Rival methods under one audit: bits of s at least and at most, and what is left of y.

A third of the rows fits each method, the others are audited: same rows, same splits, same
attackers. Rivals from other packages are imported where they are installed (pip install
fairlearn concept-erasure aif360, in an environment of their own).

Run: python -m benchmarks.audit_peers [--sets adult compas] [--rows 15000]
"""

import argparse
import logging
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.data import DATA_SETS, load
from benchmarks.erasure_methods import least_squares_erasure
from benchmarks.report import header
from benchmarks.scoring import thirds
from sklearn_infoshape import InfoShapeTransformer, ShapingGame, audit_leakage

# Each fits on X, y, s and returns a function of rows and their s: CorrelationRemover and LFR
# want s at transform. The others do not look at it.


def raw(X, y, s, seed):
    """The rows as they are."""
    return lambda rows, s: rows


def principal_components(X, y, s, seed):
    """Ten principal components."""
    pipeline = make_pipeline(StandardScaler(), PCA(10, random_state=seed)).fit(X)
    return lambda rows, s: pipeline.transform(rows)


def noise(X, y, s, seed):
    """Standardised rows with normal noise of three standard deviations."""
    scaler = StandardScaler().fit(X)
    return lambda rows, s: (
        scaler.transform(rows) + np.random.default_rng(seed).normal(scale=3, size=rows.shape)
    )


def leace(X, y, s, seed):
    """LEACE, by its authors' package."""
    from concept_erasure import LeaceEraser

    scaler = StandardScaler().fit(X)
    eraser = LeaceEraser.fit(torch.from_numpy(scaler.transform(X)), torch.from_numpy(s))
    return lambda rows, s: eraser(torch.from_numpy(scaler.transform(rows))).numpy()


def own_leace(X, y, s, seed):
    """LEACE's closed form in benchmarks.frontier: no other package needed."""
    _, erase = next(least_squares_erasure(X, y, s, seed))
    return lambda rows, s: erase(rows)


def correlation_remover(X, y, s, seed):
    """Fairlearn's: residuals of X after s, which it needs of every row to release."""
    from fairlearn.preprocessing import CorrelationRemover

    scaler = StandardScaler().fit(X)
    remover = CorrelationRemover(sensitive_feature_ids=[X.shape[1]])
    remover.fit(np.column_stack([scaler.transform(X), s]))
    return lambda rows, s: remover.transform(np.column_stack([scaler.transform(rows), s]))


def fair_representations(X, y, s, seed):
    """AIF360's learned fair representations (LFR); it needs s of every row, too."""
    import pandas as pd
    from aif360.sklearn.preprocessing import LearnedFairRepresentations

    scaler = StandardScaler().fit(X)

    def frame(rows, s):
        index = pd.MultiIndex.from_arrays([np.arange(len(rows)), s], names=["row", "s"])
        return pd.DataFrame(scaler.transform(rows), index=index)

    table = frame(X, s)
    model = LearnedFairRepresentations("s", n_prototypes=10, max_iter=200, random_state=seed)
    model.fit(table, pd.Series(y, index=table.index))
    return lambda rows, s: np.asarray(model.transform(frame(rows, s)))


def shaped(**parameters):
    """Our transformer, with some parameters."""

    def fit(X, y, s, seed):
        shaper = InfoShapeTransformer(random_state=seed, **parameters).fit(X, y, s)
        return lambda rows, s: shaper.transform(rows)

    return fit


PEERS = {
    "raw features": raw,
    "PCA, 10 components": principal_components,
    "additive noise, 3 deviations": noise,
    "LEACE (concept-erasure)": leace,
    "LEACE (closed form, here)": own_leace,
    "CorrelationRemover (fairlearn)": correlation_remover,
    "LFR (aif360)": fair_representations,
    "paper: no channel, ReMINE, λ = 1": shaped(
        posterior=None, channel="deterministic", game=ShapingGame(mi_estimator="remine")
    ),
    "ours, default, λ = 0.25": shaped(privacy_multiplier=0.25),
    "ours, default, λ = 1": shaped(privacy_multiplier=1.0),
    "ours, default, λ = 4": shaped(privacy_multiplier=4.0),
}


def usual_columns(X, fewest=20):
    """Which columns differ from their most frequent value in so many rows at least."""
    counts = [np.unique(column, return_counts=True)[1].max() for column in X.T]
    return len(X) - np.array(counts) >= fewest


def line(name, data, parts, seed):
    """One line of the table: a method, fitted and audited."""
    own, rest = parts[0], np.concatenate(parts[1:])
    start = time.perf_counter()
    try:
        release = PEERS[name](data.X[own], data.y[own], data.s[own], seed)
        rows = np.column_stack([data.X, data.s])
        report = audit_leakage(
            lambda table: release(table[:, :-1], table[:, -1].astype(int)),
            rows[rest],
            data.s[rest],
            data.y[rest],
            attackers=["default", "linear"],
            context=False,
            random_state=seed,
        )
    except ImportError as error:
        return f"{name:33} not installed ({error.name})"
    except Exception as error:  # a rival's failure is a result
        return f"{name:33} failed: {type(error).__name__}"
    print(f"{data.name}, {name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    answer = report.headline
    bits, linear = answer.bits, answer.figures["linear"]["bits"].value
    most = "none" if report.at_most.bits is None else f"{report.at_most.bits:.3f}"
    (utility,) = report.by_role("utility")
    return (
        f"{name:33}{max(0, linear):8.3f}{max(0, bits.value):8.3f}  "
        f"{max(0, bits.low):.3f}–{max(0, bits.high):.3f}{most:>9}  {answer.best['bits']:11}"
        f"{utility.bits.value:8.3f}{utility.chosen('auc').value:7.3f}"
    )


def main():
    """Print a table a data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=DATA_SETS, default=["adult", "compas"])
    parser.add_argument("--rows", type=int, default=15_000, help="at most, of each set")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)  # of aif360, about packages that nobody asked for
    torch.set_num_threads(1)
    print(header())
    with threadpool_limits(1):
        for name in options.sets:
            data = load(name, options.rows, options.seed)
            parts = thirds(len(data.X), options.seed)
            # Where a column is (nearly) constant in the rows of the fit, LEACE leaves a faint copy
            # of its direction of s in it, which fresh attackers read: left out for all.
            data = replace(data, X=data.X[:, usual_columns(data.X[parts[0]])])
            print(f"{name}: {data.X.shape[0]} × {data.X.shape[1]}, a third of the rows to fit")
            print(f"{data.source}\n")
            print(
                f"{'':33}{'bits of s, at least':^34}{'at':>5}  {'':11}{'bits of y':>8}\n"
                f"{'release':33}{'linear':>8}{'best':>8}  {'interval':11}{'most':>9}  "
                f"{'best is':11}{'at least':>8}{'AUC':>7}"
            )
            for peer in PEERS:
                print(line(peer, data, parts, options.seed), flush=True)
            print()
    print("at most: certificate of a finite code, confidence 95 %; none: no such limit is known")


if __name__ == "__main__":
    main()
