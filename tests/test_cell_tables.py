"""The table of cells: chosen where it is better, of ten persons a cell, and read as it was made."""

import itertools
import pickle

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.codes import partition, tables
from sklearn_infoshape.codes.clusters import Cells
from sklearn_infoshape.codes.lagrangian import lagrangian_of_masses
from sklearn_infoshape.codes.moves import SingleMoves
from sklearn_infoshape.codes.objective import Objective
from sklearn_infoshape.codes.partition import LinearPartition, solve_partition
from sklearn_infoshape.codes.tables import CellTable, Holders, NearestCell, better_tables

WIDTHS = [3, 3]


def mixed_posteriors(n, seed=0):
    """Of a mixture of eight components, whose best code mixes rows from far apart."""
    rng = np.random.default_rng(7)
    centres = 2.5 * rng.normal(size=(8, 2))
    laws = [rng.dirichlet(np.full(c, 0.3), size=8) for c in WIDTHS]
    rng = np.random.default_rng(seed)
    X = centres[rng.integers(8, size=n)] + rng.normal(size=(n, 2))
    scores = X @ centres.T - (centres**2).sum(1) / 2
    component = np.exp(scores - scores.max(1, keepdims=True))
    component /= component.sum(1, keepdims=True)
    return [component @ law for law in laws]


def value(codes, posteriors, weights):
    points = np.hstack(posteriors)
    masses = np.stack([np.bincount(codes, c, 16) for c in points.T], axis=1) / len(points)
    return float(lagrangian_of_masses(masses, WIDTHS, np.asarray(weights)))


def tables_of(posteriors, linear, weights=(1.0, -2.0), holders=None, **settings):
    """What replaces a linear partition, if anything."""
    points = np.hstack(posteriors)
    share, prices = np.full(len(points), 1 / len(points)), np.array([weights])
    starts = [[linear.codes]]
    settings = {"n_read": points.shape[1], "seed": 0} | settings
    (found,) = better_tables(
        points, share, WIDTHS, (prices, prices), [linear], starts, holders or Holders(), **settings
    )
    return found


@pytest.fixture
def tables_win(monkeypatch):
    """Tables are taken, whatever they are worth."""
    worth = itertools.cycle([1.0, 0.0])  # of the table, then of the linear partition
    monkeypatch.setattr(tables._Search, "_worth", lambda *_: next(worth))


@pytest.fixture(scope="module")
def poor():
    """A linear partition that anything is better than."""
    coef = np.zeros((16, 6))
    coef[0, 0] = coef[1, 1] = 1.0
    return LinearPartition(coef, np.zeros(16), 0.0)


def test_a_better_table_is_taken_and_holds_on_fresh_rows(poor):
    seen, fresh = mixed_posteriors(3000), mixed_posteriors(3000, seed=1)
    found = tables_of(seen, poor)
    assert isinstance(found, CellTable)
    weights = [1.0, -2.0]
    assert found.lagrangian == pytest.approx(value(found.outputs(seen).argmax(1), seen, weights))
    kept, poorly = (
        value(partition.outputs(fresh).argmax(1), fresh, weights) for partition in (found, poor)
    )
    assert kept > poorly + 0.02


@pytest.mark.whole_search
def test_a_linear_partition_that_is_as_good_is_kept():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=3000)
    y, s = np.column_stack([p, 1 - p, 0 * p]), np.full((3000, 3), 1 / 3)
    settings = {"n_codes": 4, "n_init": 1, "sample_weight": np.ones(3000)}
    (best,) = solve_partition([y, s], [[1.0, -2.0]], **settings)
    assert tables_of([y, s], best) is best


@pytest.mark.parametrize("n", [30, 1900])
def test_few_persons_keep_the_linear_partition(n, poor):
    assert tables_of(mixed_posteriors(n), poor) is poor
    posteriors = [np.repeat(p, 3, axis=0) for p in mixed_posteriors(n)]
    persons = np.repeat(np.arange(n), 3)
    assert tables_of(posteriors, poor, holders=Holders(persons=persons)) is poor


def test_every_cell_is_of_ten_persons():
    points = np.hstack(mixed_posteriors(1500))
    share = np.full(1500, 1 / 1500)
    cells = Cells(points, share, 140, 0, fewest=10)
    assert np.bincount(cells.members, minlength=len(cells.centres)).min() >= 10
    distances = ((points[:, None] - cells.centres) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == cells.members).all()
    persons = points[:, 0].argsort().argsort() // 5  # of near rows: few have a cell of ten rows
    of_persons = Cells(points, share, 140, 0, fewest=10, persons=persons)
    for cell in range(len(of_persons.centres)):
        assert len(set(persons[of_persons.members == cell])) >= 10
    counts = np.full(1500, 10)
    alone = Cells(points, share, 140, 0, fewest=10, counts=counts)
    assert len(alone.centres) > len(cells.centres) > len(of_persons.centres)


def test_persons_are_held_out_whole():
    persons = np.repeat(np.arange(100), 7)
    judging = Holders(persons=persons).held_out(700, np.random.RandomState(0))
    assert judging.sum() == 700 // 4
    assert all(len(set(judging[persons == who])) == 1 for who in range(100))


def test_no_single_move_improves_what_the_climb_ends_at():
    vectors = np.hstack(mixed_posteriors(60)) / 60
    weights, rng = np.array([1.0, -2.0]), np.random.RandomState(0)
    moves = SingleMoves(vectors, WIDTHS, weights, 4)
    starts = rng.randint(4, size=(3, 60))
    codes, values = moves.climb(starts, rng)

    def of(own):
        masses = np.stack([np.bincount(own, v, 4) for v in vectors.T], axis=1)
        return lagrangian_of_masses(masses, WIDTHS, weights)

    constant = values[0] - of(codes[0])
    for own, found in zip(codes, values, strict=True):
        assert found == pytest.approx(of(own) + constant)
        for point in range(60):
            for code in range(4):
                moved = own.copy()
                moved[point] = code
                assert of(moved) < of(own) + 1e-9


def test_a_table_is_what_it_would_be_alone(tables_win):
    posteriors, prices = mixed_posteriors(2200), [[1.0, -0.5], [1.0, -3.0]]
    together = solve_partition(posteriors, prices, n_codes=5, n_init=1)
    for price, found in zip(prices, together, strict=True):
        (alone,) = solve_partition(posteriors, [price], n_codes=5, n_init=1)
        assert isinstance(alone, CellTable)
        assert (alone.scores == found.scores).all()


def test_centres_are_means_of_ten_persons_however_they_are_weighed():
    points = np.hstack(mixed_posteriors(1500))
    share = np.where(np.arange(1500) % 50, 1e-6, 1.0)
    cells = Cells(points, share / share.sum(), 100, 0, fewest=10)
    distances = ((points[::50, None] - cells.centres) ** 2).sum(axis=2)
    assert distances.min() > 1e-6
    persons = np.where(np.arange(1500) < 300, 0, np.arange(1500))  # one of 300 rows
    persons = np.unique(persons, return_inverse=True)[1]
    cells = Cells(points, np.full(1500, 1 / 1500), 60, 0, fewest=10, persons=persons)
    assert np.bincount(cells.members[persons > 0], minlength=len(cells.centres)).min() >= 9


def test_tables_do_not_depend_on_threads_or_on_batches(poor):
    posteriors = mixed_posteriors(2500)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(tables_of(posteriors, poor))
    assert (found[0].points == found[1].points).all()
    assert (found[0].scores == found[1].scores).all()
    whole = found[0].outputs(posteriors)
    parts = [found[0].outputs([p[i : i + 300] for p in posteriors]) for i in range(0, 2500, 300)]
    assert (whole == np.concatenate(parts)).all()
    again = pickle.loads(pickle.dumps(found[0].trunk))
    assert (again(torch.from_numpy(np.hstack(posteriors))).numpy() == whole).all()


def test_products_alone_are_read_where_leakage_is_conditional(monkeypatch, tables_win):
    y, s = mixed_posteriors(2400)
    joint = np.einsum("ic,id->icd", y, s).reshape(len(y), -1)
    objective = Objective("conditional", (3, 3), 1)
    monkeypatch.setattr(Objective, "_weights", lambda *_: np.array([3.0, -2.0]))
    kept = []
    original = partition.better_tables
    monkeypatch.setattr(
        partition, "better_tables", lambda *a, **k: kept.append(k["n_read"]) or original(*a, **k)
    )
    (found,) = objective.solve([None], [joint], n_codes=4, n_init=1)
    assert kept == [9]
    assert isinstance(found, CellTable)
    assert found.points.shape[1] == 9
    assert found.outputs([joint]).shape == (2400, 4)


def test_weighted_rows_have_no_table_unless_it_is_said_whose_they_are(monkeypatch):
    called = []
    monkeypatch.setattr(partition, "better_tables", lambda *a, **_: called.append(1) or a[4])
    posteriors = mixed_posteriors(700)
    solve_partition(posteriors, [[1.0, -1.0]], n_codes=3, n_init=1, sample_weight=np.ones(700))
    assert not called
    counts = np.ones(700)
    solve_partition(
        posteriors,
        [[1.0, -1.0]],
        n_codes=3,
        n_init=1,
        sample_weight=counts,
        holders=Holders(counts=counts),
    )
    assert called


def test_a_fit_delivers_a_table_and_keeps_its_promises(monkeypatch, tables_win):
    monkeypatch.setattr(tables, "_FEWEST_PERSONS", 500)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(900, 3))
    y = (X[:, 0] + 0.5 * rng.normal(size=900) > 0).astype(int)
    s = (X[:, 1] + X[:, 0] + 0.5 * rng.normal(size=900) > 0).astype(int)
    shaper = InfoShapeTransformer(posterior="linear", random_state=0).fit(X, y, s)
    assert isinstance(shaper.release_.trunk, NearestCell)
    Z = shaper.transform(X)
    again = pickle.loads(pickle.dumps(shaper))
    assert (again.transform(X) == Z).all()
    assert (np.concatenate([shaper.transform(row[None]) for row in X[:20]]) == Z[:20]).all()
    assert Z.sum(axis=0).min() >= 10
    assert np.allclose(Z.mean(axis=0), shaper.codebook_["share"])
