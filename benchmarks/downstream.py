"""Do the two measures tell what happens downstream? Rank correlations over 30 releases.

Five sets, six multipliers: a path is fitted on one third of the rows, and estimates utility and
leakage there. Of its 40 multipliers six are taken whose estimates lie far apart, as many make the
same release. Fresh models are trained on the releases of the second third and judged on the last,
and the other way round: the advantage is the best one's accuracy above that of the most common
class, or its balanced accuracy above that of a guess. All are means over both ways and some seeds
of split and path, as test rows of one seed are too few to tell releases apart that differ little.

Run: python -m benchmarks.downstream [--picture docs/pictures/downstream.png]
"""

import argparse
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.metrics import balanced_accuracy_score
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.report import header
from benchmarks.scoring import thirds
from sklearn_infoshape import infoshape_path
from sklearn_infoshape.audit.attackers import fresh_attackers

SETS = ("digits", "mnist5k", "adult", "compas", "labsup")
MULTIPLIERS = np.geomspace(0.005, 500, 40)
N_TAKEN = 6
SEEDS = (0, 1, 2)
ROLES = ("utility", "leakage")


def advantages(Z, labels, Z_test, labels_test):
    """How far the best of the fresh models gets above the prior: accuracy, balanced accuracy."""
    frequencies = np.bincount(labels) / len(labels)
    usual = np.mean(labels_test == frequencies.argmax())
    found = []
    for model in fresh_attackers().values():
        probabilities = model.fit(Z, labels).predict_proba(Z_test)
        likely = probabilities.argmax(axis=1)
        telling = (probabilities / frequencies).argmax(axis=1)
        balanced = balanced_accuracy_score(labels_test, telling)
        found.append((np.mean(likely == labels_test) - usual, balanced - 1 / len(frequencies)))
    return np.max(found, axis=0)


def releases(name):
    """For each seed and multiplier (utility bits, leakage bits), the advantages on y and on s.

    Returns
    -------
    multipliers : ndarray of shape (m,)
    bits : ndarray of shape (n_seeds, 2, m)
    found : ndarray of shape (n_seeds, 2, m, 2)
    """
    data = load(name)
    splits = [thirds(len(data.X), seed) for seed in SEEDS]
    paths = [
        infoshape_path(data.X[own], data.y[own], data.s[own], MULTIPLIERS, random_state=seed)
        for seed, (own, _, _) in zip(SEEDS, splits, strict=True)
    ]
    bits = np.array([(path.utility_bits, path.leakage_bits[:, 0]) for path in paths])
    taken = far_apart(bits.mean(axis=0).T)
    found = np.zeros((len(SEEDS), 2, len(taken), 2))
    for of_seed, path, (_, *halves) in zip(found, paths, splits, strict=True):
        for i, member in enumerate(taken):
            Z = path[member].transform(data.X)
            for j, label in enumerate((data.y, data.s)):
                for train, test in (halves, halves[::-1]):
                    of_seed[j, i] += advantages(Z[train], label[train], Z[test], label[test]) / 2
    return paths[0].privacy_multipliers[taken], bits[..., taken], found


def correlations(bits, found):
    """Spearman's, of bits (2, m) and both advantages (2, m, 2): y, y balanced, s, s balanced."""
    return [spearmanr(bits[j], found[j][:, kind]).statistic for j in range(2) for kind in range(2)]


def far_apart(bits):
    """Releases one by one, each the farthest from those before, from the one that leaks most.

    Parameters
    ----------
    bits : ndarray of shape (m, 2)
        Of y and of s; either is measured by its own range.

    Returns
    -------
    list of int
    """
    points = bits / np.ptp(bits, axis=0)
    taken = [int(bits[:, 1].argmax())]
    while len(taken) < N_TAKEN:
        distances = np.linalg.norm(points[:, None] - points[taken], axis=2)
        taken.append(int(distances.min(axis=1).argmax()))
    return sorted(taken)


def print_correlations(table):
    """A line for each set, and their mean."""
    for name, values in zip((*SETS, "mean"), (*table, np.mean(table, axis=0)), strict=True):
        print(f"{name:10}" + "".join(f"{value:14.3f}" for value in values))


def draw(found, file):
    """A panel for utility and one for leakage: bits across, advantage of accuracy up."""
    mpl.use("Agg")
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for j, (axis, role) in enumerate(zip(axes, ROLES, strict=True)):
        for name, (_, bits, advantage) in found.items():
            order = np.argsort(bits[j])
            axis.plot(bits[j][order], advantage[j][order, 1], "o-", label=name, lw=1, ms=4)
        axis.set_xlabel(f"{role} of the release, estimated (bits)")
        axis.set_ylabel(f"balanced accuracy on {'ys'[j]} above a guess")
        axis.set_title(role)
    axes[0].legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130, facecolor="white", metadata={"Software": None})
    plt.close(figure)


def main():
    """Print releases, then correlations; save the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, help="file for the picture, such as x.png")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    print("advantage: accuracy above the prior's, and balanced accuracy above a guess\n")
    print(f"{'':10}{'λ':>8}{'bits of y':>11}{'accuracy':>10}{'balanced':>10}", end="")
    print(f"{'bits of s':>11}{'accuracy':>10}{'balanced':>10}")
    found, of_means, of_seeds = {}, [], []
    with threadpool_limits(1):
        for name in SETS:
            multipliers, bits, advantage = releases(name)
            each = [correlations(*seed) for seed in zip(bits, advantage, strict=True)]
            bits, advantage = bits.mean(axis=0), advantage.mean(axis=0)
            of_means.append(correlations(bits, advantage))
            of_seeds.append(np.mean(each, axis=0))
            found[name] = multipliers, bits, advantage
            for i, multiplier in enumerate(multipliers):
                print(f"{name:10}{multiplier:8.3f}", end="")
                for j in range(2):
                    print("{:11.4f}{:10.3f}{:10.3f}".format(bits[j, i], *advantage[j, i]), end="")
                print(flush=True)
    print("\nrank correlation (Spearman) of bits and advantage, within each set")
    print(f"{'':10}{'y, accuracy':>14}{'y, balanced':>14}{'s, accuracy':>14}{'s, balanced':>14}")
    print_correlations(of_means)
    print("\nthe same, each seed's releases by themselves, means over seeds")
    print_correlations(of_seeds)
    if options.picture:
        draw(found, options.picture)


if __name__ == "__main__":
    main()
