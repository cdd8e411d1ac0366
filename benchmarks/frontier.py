"""Frontier area of our releases, of the paper's design and of rivals, on public data.

Run: python -m benchmarks.frontier [--sets digits compas] [--seeds 0 1 2] [--resume FILE]
"""

import argparse
import json
import sys
import time
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.data import DATA_SETS, load
from benchmarks.erasure_methods import least_squares_erasure
from benchmarks.report import made_of, provenance
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import InfoShapeTransformer, ShapingGame
from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.exceptions import MemorizedLabelsWarning

MULTIPLIERS = (0.25, 1.0, 4.0)
AVERAGED = ("digits", "mnist5k", "adult", "compas", "labsup")
DEFAULT = "default"
DESCRIPTION = __doc__.splitlines()[0]


def label_score(X, y, s, seed):
    """The probabilities of boosting that was taught y, and has never heard of s.

    Yields
    ------
    (None, callable)
        One release.
    """
    # The strongest of six settings on average, four of them slow small trees: on these very
    # test rows, in the baseline's favour.
    classifier = fresh_attackers(["boosting"], seed)["boosting"].fit(X, y)
    first = 1 if len(classifier.classes_) == 2 else 0
    yield None, lambda rows: classifier.predict_proba(rows)[:, first:]


def shaped(**parameters):
    """Our transformer with some parameters, at each multiplier.

    Parameters
    ----------
    **parameters
        Of InfoShapeTransformer.

    Returns
    -------
    callable
        Yields a release for each of ``MULTIPLIERS``.
    """

    def releases(X, y, s, seed):
        for multiplier in MULTIPLIERS:
            shaper = InfoShapeTransformer(multiplier, random_state=seed, **parameters)
            yield multiplier, shaper.fit(X, y, sensitive_features=s).transform

    return releases


# Each takes X, y, s of the encoder's third and a seed; and yields (multiplier, transform).
METHODS = {
    "score": ("label score (boosting)", label_score),
    "leace": ("LEACE", least_squares_erasure),
    "paper": (
        "paper: no channel, ReMINE",
        shaped(posterior=None, channel="deterministic", game=ShapingGame(mi_estimator="remine")),
    ),
    "gaussian-remine": (
        "one stage: gauss., ReMINE",
        shaped(posterior=None, channel="gaussian", game=ShapingGame(mi_estimator="remine")),
    ),
    "gaussian-ce": (
        "one stage: gauss., c.-entr.",
        shaped(posterior=None, channel="gaussian", game=ShapingGame(mi_estimator="cross_entropy")),
    ),
    "categorical": ("one stage: categorical", shaped(posterior=None)),
    DEFAULT: ("two stages (default)", shaped()),
}


@dataclass
class Cell:
    """What came of one method on one data set with one seed.

    Attributes
    ----------
    set, method : str
    seed, rows : int
        ``rows`` as asked for; a set may have fewer.
    multipliers : list of float
        Those of the run, whether or not the method has one.
    raw_bits : list of float
        Of y and of s, recovered from X itself.
    points : list of [float or None, float, float]
        Multiplier (or a rival's own strength), leakage share, utility share.
    area, seconds : float
        The area is nan if the method failed.
    failure : str
        Why it failed, if it did.
    made : dict of str to str
        Date, command and versions of the run; empty in files that did not keep them.
    """

    set: str
    method: str
    seed: int
    rows: int
    multipliers: list
    raw_bits: list
    points: list
    area: float
    seconds: float
    failure: str = ""
    made: dict = field(default_factory=dict)

    @property
    def key(self):
        """What tells this cell from others."""
        return self.set, self.method, self.seed, self.rows, tuple(self.multipliers)


def measure(data, parts, judge, method, releases, seed, rows, made):
    """Fit a method on the first third and judge its releases.

    Parameters
    ----------
    data : DataSet
    parts : tuple of ndarray
        From :func:`benchmarks.scoring.thirds`.
    judge : Judge
    method : str
    releases : callable
        As in ``METHODS``. If it has an attribute ``needs_sensitive``, its transforms get s of
        each row as one more column of X, the last.
    seed, rows : int
    made : dict of str to str
        Date, command and versions of the run.

    Returns
    -------
    Cell
    """
    start, own, failure, points = time.perf_counter(), parts[0], "", []
    if getattr(releases, "needs_sensitive", False):
        judge = replace(judge, X=np.column_stack([judge.X, judge.s]))
    try:
        for multiplier, transform in releases(data.X[own], data.y[own], data.s[own], seed):
            points.append((multiplier, *judge.point(transform)))
    except Exception as error:  # a rival's failure is a result, our own is not
        if method == DEFAULT:
            raise
        failure = f"{type(error).__name__}: {error}"
    return Cell(
        set=data.name,
        method=method,
        seed=seed,
        rows=rows,
        multipliers=list(MULTIPLIERS),
        raw_bits=list(judge.raw_bits),
        points=points,
        area=np.nan if failure else frontier_area(point[1:] for point in points),
        seconds=time.perf_counter() - start,
        failure=failure,
        made=made,
    )


def measure_all(options, known, methods):
    """All cells that the options ask for, in the order of seeds, sets and methods.

    Parameters
    ----------
    options : argparse.Namespace
    known : dict of tuple to Cell
        Cells of an earlier run, by their keys; taken as they are.
    methods : dict of str to (str, callable)
        As ``METHODS``.

    Yields
    ------
    (Cell, bool)
        The cell, and whether it is new.
    """
    made = provenance()  # of the start: a checkout may move on below a run that has read it
    for seed in options.seeds:
        for name in options.sets:
            judge = None
            for method in options.methods:
                key = (name, method, seed, options.rows, MULTIPLIERS)
                if key in known:
                    yield known[key], False
                    continue
                if judge is None:
                    start = time.perf_counter()
                    data = load(name, options.rows, seed)
                    parts = thirds(len(data.X), seed)
                    judge = Judge.of(data.X, data.y, data.s, *parts[1:], seed)
                    say(name, seed, "raw rows", judge.raw_bits, time.perf_counter() - start)
                releases = methods[method][1]
                cell = measure(data, parts, judge, method, releases, seed, options.rows, made)
                what = f"{method} {cell.failure}".strip()
                say(name, seed, what, cell.area, cell.seconds, cell.points)
                yield cell, True


def say(name, seed, what, values, seconds, points=()):
    """Print to stderr what has just been finished.

    Parameters
    ----------
    name, seed, what
        Data set, seed and method.
    values : float or tuple of float
        An area, or bits of y and of s.
    seconds : float
    points : sequence of (float or None, float, float)
    """
    lines = f"{name} seed {seed} {what}: {np.round(values, 3)} ({seconds:.1f} s)"
    for multiplier, leakage, utility in points:
        price = "" if multiplier is None else f"at {multiplier:g}: "
        lines += f"\n    {price}leakage share {leakage:.3f}, utility share {utility:.3f}"
    print(lines, file=sys.stderr, flush=True)


def tables(cells, options, methods):
    """What the rows hold, the areas, and by how much the default exceeds them.

    Parameters
    ----------
    cells : list of Cell
    options : argparse.Namespace
    methods : dict of str to (str, callable)

    Returns
    -------
    str
    """
    found = {(cell.method, cell.set, cell.seed): cell for cell in cells}
    areas = {
        method: {
            name: np.array([found[method, name, seed].area for seed in options.seeds])
            for name in options.sets
        }
        for method in options.methods
    }
    averaged = [name for name in AVERAGED if name in options.sets]
    for by_set in areas.values():
        if len(averaged) > 1:
            by_set["mean"] = np.mean([by_set[name] for name in averaged], axis=0)
    lines = ["bits that attackers recover from the raw rows, of y and of s, means over seeds:"]
    for name in options.sets:
        raw = [found[options.methods[0], name, seed].raw_bits for seed in options.seeds]
        lines.append(f"  {name:26}" + "".join(f"{bits:8.3f}" for bits in np.mean(raw, axis=0)))
    lines += ["", "frontier area: mean, ± standard deviation over seeds", *_grid(areas, methods)]
    if len(averaged) > 1:
        lines += [f"(mean: of {', '.join(averaged)})"]
    others = [method for method in areas if method != DEFAULT]
    if DEFAULT in areas and others:
        own = areas[DEFAULT]
        excess = {m: {name: own[name] - areas[m][name] for name in own} for m in others}
        lines += ["", "default minus each, paired by seed: mean, ± standard deviation"]
        lines += _grid(excess, methods)
    failures = {(c.method, c.set, c.failure) for c in cells if c.failure}
    lines += [f"– {methods[m][0]} on {name}: {why}" for m, name, why in sorted(failures)]
    return "\n".join(lines)


def _grid(values, methods):
    columns = next(iter(values.values()))
    yield f"{'':28}" + "".join(f"{name:>12}" for name in columns)
    for method, by_set in values.items():
        yield f"{methods[method][0]:28}" + "".join(f"{_spread(v):>12}" for v in by_set.values())


def _spread(values):
    """Mean and standard deviation of numbers below 1, without the leading zeros."""
    if np.isnan(values).any():
        return "–"
    deviation = f" ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{deviation}".replace("0.", ".")


def parse_options(methods, description):
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=description)
    classes = [name for name in DATA_SETS if name != "k401"]  # whose s is an amount
    parser.add_argument("--sets", nargs="+", choices=classes, default=classes)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=15_000, help="at most, of each set")
    parser.add_argument("--methods", nargs="+", choices=methods, default=list(methods))
    parser.add_argument("--save", type=Path, help="new file for each finished cell (JSON lines)")
    parser.add_argument("--resume", type=Path, help="such a file: what it lacks is added to it")
    options = parser.parse_args()
    if options.save and options.resume:
        parser.error("give --save or --resume: the latter saves, too.")
    if options.save and options.save.exists():
        parser.error(f"{options.save} exists; continue it by --resume, or name another.")
    return options


def main(methods=METHODS, description=DESCRIPTION, legend=None):
    """Measure what is missing, then print the tables.

    Parameters
    ----------
    methods : dict of str to (str, callable)
        As ``METHODS``; another script may bring its own.
    description : str
        Of the command.
    legend : callable, optional
        Of the names of the methods shown: what is printed below the tables.
    """
    options = parse_options(methods, description)
    file, known = options.save or options.resume, {}
    if options.resume and options.resume.exists():
        for line in options.resume.read_text("utf-8").splitlines():
            cell = Cell(**json.loads(line))
            known[cell.key] = cell
    # One core a run: two of them can go side by side, and timings do not depend on it.
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # of attackers on raw pixels
    warnings.simplefilter("ignore", MemorizedLabelsWarning)  # fresh rows are released
    cells = []
    with threadpool_limits(1):
        for cell, new in measure_all(options, known, methods):
            cells.append(cell)
            if new and file and not cell.failure:
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(vars(cell)) + "\n")
    print(made_of((methods[cell.method][0], cell.made) for cell in cells))
    print(f"\nat most {options.rows} rows a set, λ in {MULTIPLIERS}, seeds {options.seeds}")
    print(tables(cells, options, methods))
    if legend:
        print(f"\n{legend(options.methods)}")


if __name__ == "__main__":
    main()
