"""How near the best Lagrangian we come: problems whose law, and best code, are known.

Run: python -m benchmarks.optimum
"""

import argparse
import itertools
import tempfile
import time
import warnings

import numpy as np
import torch
from scipy.special import softmax
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from benchmarks.known_laws import (
    FiniteProblem,
    best_lagrangian,
    continuous_problem,
    finite_problem,
    gradient_code,
    lagrangian_bits,
)
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.information import plugin_information

ROWS, CODES = 10_000, 16
PERSONS = 2_000  # fresh ones with each x
MULTIPLIERS = (0.5, 1.0, 2.0, 5.0)

#: values of x, classes of y, classes of s, seed; overlap, strength of y, strength of s
FINITE = [
    ((16, 2, 2, 0), (0.3, 2.0, 2.0)),
    ((24, 2, 2, 1), (0.5, 2.0, 1.5)),
    ((32, 2, 3, 2), (0.5, 2.0, 2.0)),
    ((32, 3, 2, 3), (0.4, 1.5, 1.5)),
    ((40, 3, 3, 4), (0.4, 1.5, 1.5)),
    ((48, 2, 2, 5), (0.7, 2.5, 2.5)),
    ((64, 2, 2, 6), (0.6, 1.5, 1.5)),
    ((64, 3, 3, 7), (0.5, 2.0, 2.0)),
]
#: kind, classes of y, classes of s, seed
CONTINUOUS = [
    ("logistic", 2, 2, 1),
    ("logistic", 4, 3, 1),
    ("bent", 3, 2, 2),
    ("mixture", 2, 3, 3),
    ("mixture", 4, 4, 3),
]
CONTINUOUS_MULTIPLIERS = (0.5, 1.0, 4.0)
CONTINUOUS_ROWS, FRESH_ROWS, PROTOTYPES = 20_000, 100_000, 500
HEAD_STARTS, HEAD_STEPS, HEAD_BATCH = 3, 1500, 2000


def stage_two_codes(seen, multipliers, posteriors=None, weights=None):
    """For each multiplier stage two's hard code and its drawn one, as p(z | row).

    Solved on ``seen`` posteriors, read at ``posteriors`` (None: the same).
    """
    from sklearn_infoshape.codes.partition import solve_partition

    posteriors = seen if posteriors is None else posteriors
    terms = [[1.0, -multiplier] for multiplier in multipliers]
    hard, drawn = (
        solve_partition(seen, terms, sample_weight=weights, n_codes=CODES, hard=is_hard)
        for is_hard in (True, False)
    )
    return [
        (most_probable(h.outputs(posteriors)), softmax(d.outputs(posteriors), axis=1))
        for h, d in zip(hard, drawn, strict=True)
    ]


def most_probable(outputs):
    """The code of the largest output, one-hot."""
    return np.eye(outputs.shape[1])[outputs.argmax(1)]


def realised_bits(problem, rows, multiplier, **parameters):
    """Fit on rows, release each x, and judge that release by the true law."""
    X, y, s = rows
    shaper = InfoShapeTransformer(multiplier, random_state=0, **parameters)
    Z = shaper.fit(X, y, sensitive_features=s).transform(problem.features)
    return lagrangian_bits(Z, problem, multiplier)


def realised_bits_of_persons(problem, rows, multiplier, **parameters):
    """The same where each row is of a person of its own, whose number is a fold column.

    Draws then differ between persons with equal rows: what is judged is the frequency of each
    code among fresh persons with each x.
    """
    X, y, s = rows
    shaper = InfoShapeTransformer(
        multiplier, fold_columns=[X.shape[1]], random_state=0, **parameters
    )
    shaper.fit(np.column_stack([X, np.arange(len(X))]), y, sensitive_features=s)
    m = len(problem.features)
    fresh = np.column_stack(
        [np.repeat(problem.features, PERSONS, axis=0), len(X) + np.arange(m * PERSONS)]
    )
    Z = shaper.transform(fresh).reshape(m, PERSONS, -1).mean(axis=1)
    return lagrangian_bits(Z, problem, multiplier)


def counted_codes(problem, rows, multipliers):
    """Stage two's drawn codes of what counting the rows at each x says, as p(z | x).

    What stage one can hope for: it is told which rows are equal, and leaves none out.
    """
    X, *labels = rows
    value = np.array([np.abs(problem.features - x).sum(axis=1).argmin() for x in X])
    counts = np.bincount(value, minlength=len(problem.features))[:, None]
    posteriors = []
    for label, law in zip(labels, problem.posteriors, strict=True):
        classes = np.eye(law.shape[1])[label]
        seen = np.zeros_like(law)
        np.add.at(seen, value, classes)
        posteriors.append((seen + classes.mean(axis=0)) / (counts + 1))
    codes = stage_two_codes(posteriors, multipliers, weights=counts[:, 0] / len(X))
    return [drawn for _, drawn in codes]


def finite_table():
    """Print one line a finite problem and multiplier, and the shares in all."""
    print(
        f"""Finite problems; {ROWS} rows where rows are drawn. Bits of the best Lagrangian by two
searches over p(z|x), and what is reached of it, in %: by the best partition (no coin); by
stage two alone on the true posteriors, hard, and drawn (by its law); drawn, from what counting
the rows at each x says; by the transformer that is told which rows are of which person
(fold_columns), so that persons with equal rows draw apart: by the frequencies of {PERSONS} fresh
persons with each x; and, where equal rows must have equal codes, so that no coin is to be had, by
the default and by its one-stage form.
"""
    )
    print(
        f"{'values, classes':18}{'lambda':>7}{'alternating':>12}{'gradient':>10}{'differ %':>9}"
        f"{'seconds':>8}{'partition':>11}{'two: hard':>11}{'drawn':>7}{'counted':>9}{'persons':>9}"
        f"{'no coin':>9}{'one stage':>11}"
    )
    line = "{:11.1f}{:11.1f}{:7.1f}{:9.1f}{:9.1f}{:9.1f}{:11.1f}"
    shares = []
    for sizes, (overlap, of_task, of_sensitive) in FINITE:
        problem = finite_problem(
            *sizes, overlap=overlap, task_strength=of_task, sensitive_strength=of_sensitive
        )
        rows = problem.sample(ROWS, seed=0)
        alone = stage_two_codes(problem.posteriors, MULTIPLIERS, weights=problem.value_weights)
        counted = counted_codes(problem, rows, MULTIPLIERS)
        with tempfile.TemporaryDirectory() as memory:  # stage one serves all multipliers
            for multiplier, codes, of_counts in zip(MULTIPLIERS, alone, counted, strict=True):
                start = time.perf_counter()
                best = best_lagrangian(problem, multiplier, CODES)
                seconds = time.perf_counter() - start
                reached = [
                    best.hard_bits,
                    *(lagrangian_bits(code, problem, multiplier) for code in (*codes, of_counts)),
                    realised_bits_of_persons(problem, rows, multiplier, memory=memory),
                    realised_bits(problem, rows, multiplier, memory=memory),
                    realised_bits(problem, rows, multiplier, posterior=None),
                ]
                shares.append([100 * bits / best.bits for bits in reached])
                differ = 100 * (best.alternating_bits / best.gradient_bits - 1)
                name = "{} x, y {}, s {}".format(*sizes)
                print(f"{name:18}{multiplier:7.1f}{best.alternating_bits:12.4f}", end="")
                print(f"{best.gradient_bits:10.4f}{differ:+9.2f}{seconds:8.1f}", end="")
                print(line.format(*shares[-1]), flush=True)
    shares = np.array(shares)
    of_partition = 100 * shares / shares[:, :1]
    for name, values in (
        ("mean share of the best", shares.mean(0)),
        ("worst", shares.min(0)),
        ("mean share of the best partition", of_partition.mean(0)),
        ("worst", of_partition.min(0)),
    ):
        print(f"{name:64}" + line.format(*values))


class Heads:
    """Heads from posteriors to codes, trained by Adam on the soft Lagrangian, as lanes.

    A lane is a multiplier and a start. ``hidden`` units of one layer, or None: linear.
    """

    def __init__(self, posteriors, multipliers, hidden, seed=0):
        points = np.hstack(posteriors)
        self.mean, self.deviation = points.mean(0), points.std(0)
        self.multipliers = multipliers
        n_lanes = len(multipliers) * HEAD_STARTS
        widths = [points.shape[1], *([hidden] if hidden else []), CODES]
        generator = torch.Generator().manual_seed(seed)
        self.layers = []
        for n_in, n_out in itertools.pairwise(widths):
            weight = torch.randn(n_lanes, n_in, n_out, generator=generator) / n_in**0.5
            self.layers += [
                weight.requires_grad_(),
                torch.zeros(n_lanes, 1, n_out).requires_grad_(),
            ]
        self._train(posteriors, generator)
        self.chosen = [values.argmax(0) for values in self._values(posteriors)]

    def scores(self, posteriors, lanes=slice(None)):
        """Logits of codes, shape (lanes, n, CODES)."""
        points = (np.hstack(posteriors) - self.mean) / self.deviation
        values = torch.as_tensor(points, dtype=torch.float32)
        for depth in range(0, len(self.layers), 2):
            values = torch.nn.functional.silu(values) if depth else values
            values = values @ self.layers[depth][lanes] + self.layers[depth + 1][lanes]
        return values

    def bits(self, posteriors):
        """For each multiplier, hard and soft bits of the starts that are best on their rows."""
        for values, lanes in zip(self._values(posteriors), self.chosen, strict=True):
            yield [values[lane, rule] for rule, lane in enumerate(lanes)]

    def _train(self, posteriors, generator):
        targets = [torch.as_tensor(p, dtype=torch.float32) for p in posteriors]
        price = torch.tensor(self.multipliers).repeat_interleave(HEAD_STARTS)
        climb = torch.optim.Adam(self.layers, lr=0.02)
        decay = torch.optim.lr_scheduler.CosineAnnealingLR(climb, HEAD_STEPS)
        for _ in range(HEAD_STEPS):
            batch = torch.randint(len(targets[0]), (HEAD_BATCH,), generator=generator)
            code = self.scores([p[batch] for p in posteriors]).softmax(-1)
            task, sensitive = (plugin_information(code, target[batch]) for target in targets)
            climb.zero_grad()
            (price * sensitive - task).sum().backward()
            climb.step()
            decay.step()

    def _values(self, posteriors):
        """For each multiplier its starts by rules (hard, soft), in bits."""
        law = law_of_rows(posteriors)
        for i, multiplier in enumerate(self.multipliers):
            with torch.no_grad():
                scores = self.scores(posteriors, slice(i * HEAD_STARTS, (i + 1) * HEAD_STARTS))
            pairs = [(most_probable(lane.numpy()), lane.softmax(-1)) for lane in scores]
            yield np.array([[lagrangian_bits(c, law, multiplier) for c in pair] for pair in pairs])


def law_of_rows(posteriors, weights=None):
    """The law under which each row is a value of x, equally likely unless weighted."""
    n = len(posteriors[0])
    weights = np.full(n, 1 / n) if weights is None else weights
    return FiniteProblem(weights, posteriors, np.arange(n)[:, None])


def prototypes_of(posteriors):
    """The law of k-means prototypes of the posteriors: what they lose of it is little."""
    points = np.hstack(posteriors)
    clusters = KMeans(PROTOTYPES, n_init=1, max_iter=30, random_state=0).fit(points)
    weights = np.bincount(clusters.labels_, minlength=PROTOTYPES) / len(points)
    split = posteriors[0].shape[1]
    centres = clusters.cluster_centers_
    return law_of_rows([centres[:, :split], centres[:, split:]], weights)


def continuous_table():
    """Print one line a continuous problem and multiplier."""
    print(
        f"""
Continuous problems, posteriors known: bits of the Lagrangian on {FRESH_ROWS} fresh rows of codes
made from the posteriors of {CONTINUOUS_ROWS} rows: the most probable code, or one drawn. Heads:
the best of {HEAD_STARTS} starts on the rows that trained them. The last column is no rival: free
p(z|x) of {PROTOTYPES} k-means prototypes, its value on the prototypes themselves.
"""
    )
    print(
        f"{'kind, classes':22}{'lambda':>7}{'two: hard':>11}{'drawn':>8}{'MLP: hard':>12}"
        f"{'drawn':>8}{'linear: hard':>14}{'drawn':>8}{'prototypes':>12}"
    )
    line = "{:11.4f}{:8.4f}{:12.4f}{:8.4f}{:14.4f}{:8.4f}{:12.4f}"
    totals = []
    for kind, n_task, n_sensitive, seed in CONTINUOUS:
        problem = continuous_problem(
            kind, seed, n_task_classes=n_task, n_sensitive_classes=n_sensitive
        )
        seen = problem.posteriors(problem.sample(CONTINUOUS_ROWS, seed=0)[0])
        fresh = problem.posteriors(problem.sample(FRESH_ROWS, seed=1)[0])
        law, prototypes = law_of_rows(fresh), prototypes_of(seen)
        alone = stage_two_codes(seen, CONTINUOUS_MULTIPLIERS, fresh)
        mlp, linear = (Heads(seen, CONTINUOUS_MULTIPLIERS, h).bits(fresh) for h in (64, None))
        for multiplier, codes, *heads in zip(
            CONTINUOUS_MULTIPLIERS, alone, mlp, linear, strict=True
        ):
            ours = [lagrangian_bits(code, law, multiplier) for code in codes]
            free = gradient_code(prototypes, multiplier, CODES, n_starts=8, n_steps=800)
            values = [*ours, *heads[0], *heads[1], lagrangian_bits(free, prototypes, multiplier)]
            totals.append(values)
            name = f"{kind}, y {n_task}, s {n_sensitive}"
            print(f"{name:22}{multiplier:7.1f}" + line.format(*values), flush=True)
    print(f"{'mean':29}" + line.format(*np.mean(totals, 0)))


def main():
    """Print both tables, on one core."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of fits that could have gone on: the table judges them
    print(header())
    with threadpool_limits(1):
        finite_table()
        continuous_table()


if __name__ == "__main__":
    main()
