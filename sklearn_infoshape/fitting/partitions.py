"""fit_partitions: fit on more rows than one machine holds, as partitions of Dask.

Stage one learns from a keyed sample of the rows, which has to fit in memory; stage two sees all
rows. Each partition is asked for its posteriors once, which stay with the workers; few weighted
points of each, and then counts of codes, are all that comes back.
"""

from collections import Counter
from functools import reduce
from numbers import Integral
from operator import add

import numpy as np
from sklearn.utils import check_random_state

from sklearn_infoshape.codes.partition import compress
from sklearn_infoshape.codes.tables import Holders
from sklearn_infoshape.data.columns import resolve_columns
from sklearn_infoshape.data.frames import column_at, values_of
from sklearn_infoshape.data.identities import row_identities
from sklearn_infoshape.data.keyed import keyed_uniforms
from sklearn_infoshape.data.keys import resolve_key
from sklearn_infoshape.data.labels import read_labels
from sklearn_infoshape.data.reading import read_rows, unfitted_copy
from sklearn_infoshape.data.sample import Sample
from sklearn_infoshape.fitting.counted import count_codes, settle_counts
from sklearn_infoshape.fitting.fitted import Fitted
from sklearn_infoshape.fitting.reading import read_problem
from sklearn_infoshape.fitting.stage_one import learn_posteriors, number_of_fits
from sklearn_infoshape.release.channels import new_channel
from sklearn_infoshape.release.release import Release
from sklearn_infoshape.runtime.losses import losses_named
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.runtime.progress import planned

__all__ = ["fit_partitions"]

_FEWEST_DRAWN = 10


@losses_named()
@leaves_process_unchanged
def fit_partitions(transformer, X, y, sensitive_features=None, *, rows_in_memory=100_000):
    """Fit a transformer on the partitions of Dask collections.

    Parameters
    ----------
    transformer : InfoShapeTransformer
        Fitted in place, as its ``fit`` would. Its codes are finite, on posteriors:
        ``channel="categorical"``, a ``posterior``, ``leakage="marginal"``.
    X : dask.array.Array of shape (n, p) or dask.dataframe.DataFrame
        An array's chunks hold whole rows. Persist it, if reading is slow: it is read four times.
    y : dask array or series of n labels
        Task labels.
    sensitive_features : dask array or series of n values, default=None
        With the partitions of X. Classes that the sample lacks count as missing labels.
    rows_in_memory : int, default=100_000
        Rows that stage one learns from, about. They come here, and go to the workers that fit
        members where joblib is told so (``joblib.parallel_config(backend="dask")``).

    Returns
    -------
    InfoShapeTransformer
        The same.

    Raises
    ------
    TypeError, ValueError
        If the input is unsuitable: before training, where the sample shows it.
    LostWorkerError
        If workers die again and again.

    Notes
    -----
    A row is in the sample by a keyed draw of the row (of its person, with ``fold_columns``): for
    one ``release_key`` or ``random_state`` the sample is the same however the rows are
    partitioned. Only rows that are equal in all columns are drawn one by one within their
    partition, so that a value that many share is not left out as a whole. Folds are keyed as
    ever: every row, in the sample or not, is released by models that have not seen it. A code
    that fewer than ten persons take is merged away, whatever partitions their rows are in. The
    rule is hard: no row's code is drawn.

    The workers get the shaper: its models of y and s, and the key.

    ``codebook_`` and estimates of bits are of all rows; standard errors are over draws of rows,
    even where ``fold_columns`` name persons.

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn_infoshape import InfoShapeTransformer, fit_partitions
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = (da.from_array(part, chunks=500) for part in make_shaping_problem(1000))
    >>> shaper = InfoShapeTransformer(posterior="linear", random_state=0)
    >>> shaper = fit_partitions(shaper, X, y, s, rows_in_memory=600)
    >>> round(float(shaper.codebook_["share"].sum()), 6)
    1.0
    """
    import dask

    _check_settings(transformer, rows_in_memory)
    parts = _partitions(X, y, sensitive_features)
    lengths = np.array(dask.compute(*(dask.delayed(_lengths)(*part) for part in parts)))
    _check_lengths(lengths)
    share = min(1.0, rows_in_memory / lengths[:, 0].sum())
    reader = unfitted_copy(transformer)
    shared = dask.delayed(reader, traverse=False)
    key = _sampling_key(reader)
    sampling = (dask.delayed(_draw)(shared, *part, key, share) for part in parts)
    drawn = _sample(dask.compute(*sampling))
    if len(drawn[0]) < _FEWEST_DRAWN:
        raise ValueError(
            f"rows_in_memory={rows_in_memory}: the keyed draw took {len(drawn[0])} rows, too few "
            "to learn from; give more. With fold_columns a person's rows are drawn together or not."
        )
    problem, _, _ = read_problem(reader, *drawn)
    with planned(number_of_fits(problem), reader.verbose):
        stage_one = learn_posteriors(problem)
    shared, fitted = (
        dask.delayed(part, traverse=False, pure=False) for part in (reader, stage_one.fitted)
    )
    labels = dask.delayed(problem.labels, traverse=False)
    posteriors = dask.persist(
        *(dask.delayed(_posteriors)(shared, fitted, labels, *part) for part in parts)
    )
    release, lagrangian = _solve(problem, stage_one, posteriors, int(lengths[:, 0].sum()))

    def count(release):
        now = dask.delayed(release, traverse=False, pure=False)
        counts = dask.compute(*(dask.delayed(_count)(now, part) for part in posteriors))
        return reduce(add, (part for part in counts if part is not None))

    description = settle_counts(release, problem.labels, count)
    history = [{"epoch": 1, "train_lagrangian": lagrangian / np.log(2)}]
    transformer._keep(reader, Fitted(release, problem.labels, description, history, best_epoch=1))
    return transformer


def _check_settings(transformer, rows_in_memory):
    if not hasattr(transformer, "_read_rows"):
        raise TypeError(
            f"transformer is of type {type(transformer).__name__}; give an InfoShapeTransformer, "
            "with the privacy_multiplier that a search found."
        )
    if isinstance(rows_in_memory, bool) or not isinstance(rows_in_memory, Integral):
        raise TypeError(f"rows_in_memory must be an integer, got {rows_in_memory!r}.")
    if rows_in_memory < 100:
        raise ValueError(
            f"rows_in_memory={rows_in_memory} is too few to learn from; give 100 at least."
        )
    transformer._validate_params()
    if transformer.posterior is None or transformer.channel != "categorical":
        channel = getattr(transformer.channel, "short_name", transformer.channel)
        if transformer.posterior is None or channel != "categorical":
            raise ValueError(
                "fit_partitions fits finite codes on posteriors: leave posterior='auto' (or "
                "another than None) and channel='categorical', or fit on fewer rows with fit."
            )
    if new_channel(transformer.channel).limits_codes and transformer.fold_columns is not None:
        raise ValueError(
            "fit_partitions counts rows, not persons, and limits of single codes need these: leave "
            "max_posterior_shift and max_likelihood_ratio of the channel None, or fit with fit."
        )
    if transformer.leakage != "marginal":
        raise ValueError(
            f"leakage={transformer.leakage!r} is for fit, on rows in memory; set "
            "leakage='marginal'."
        )


def _partitions(X, y, sensitive_features):
    """Delayed (X, y, s) of each partition."""
    columns: list = []
    for name, collection in (("X", X), ("y", y), ("sensitive_features", sensitive_features)):
        if collection is None:
            columns.append(None)
            continue
        if not hasattr(collection, "to_delayed"):
            raise TypeError(
                f"{name} is of type {type(collection).__name__}; give a Dask array, frame or "
                "series, or fit rows in memory with fit."
            )
        blocks = getattr(collection, "numblocks", (0,))
        if any(number > 1 for number in blocks[1:]):
            raise ValueError(
                f"{name} has {blocks[1]} chunks across its columns; give it one, by "
                f"{name}.rechunk({{1: -1}})."
            )
        columns.append(np.ravel(collection.to_delayed()).tolist())
    numbers = {len(parts) for parts in columns if parts is not None}
    if len(numbers) > 1:
        raise ValueError(
            f"X, y and sensitive_features have {sorted(numbers)} partitions; give them the same, "
            "by rechunk or repartition."
        )
    if columns[2] is None:
        columns[2] = [None] * len(columns[0])
    return list(zip(*columns, strict=True))


def _lengths(X, y, s):
    return [len(X), len(y), len(X) if s is None else len(s)]


def _check_lengths(lengths):
    unequal = np.flatnonzero((lengths != lengths[:, :1]).any(axis=1))
    if len(unequal):
        raise ValueError(
            f"Partition {unequal[0]} has {lengths[unequal[0], 0]} rows of X, "
            f"{lengths[unequal[0], 1]} of y and {lengths[unequal[0], 2]} of sensitive_features; "
            "give them the same partitions, by rechunk or repartition."
        )
    if not lengths.any():
        raise ValueError("X has no rows in any of its partitions; give some.")


# The sample -------------------------------------------------------------------------------


def _sampling_key(reader):
    state = reader.random_state
    secret = reader.release_key is not None or state is None
    return resolve_key(reader.release_key, None if secret else check_random_state(state), b"sample")


@leaves_process_unchanged
def _draw(reader, X, y, s, key, share):
    """Rows of a partition that stage one learns from, and the draws that chose them."""
    if len(X) == 0:
        return None
    draws = keyed_uniforms(key, b"sample", b"", _drawn_names(reader, X), 1)[:, 0]
    kept = np.flatnonzero(draws < share)
    parts = [None if part is None else _rows(part, kept) for part in (X, y, s)]
    return (*parts, draws[kept])


def _drawn_names(reader, X):
    """What is drawn as one: a person, or a row; of equal rows, each."""
    roles = resolve_columns(X, reader.sensitive_columns, reader.fold_columns)
    rest, _, persons = roles.split(X)
    if persons is not None:
        return row_identities(np.empty((len(X), 0)), persons)
    # By kind, not by what a partition happens to hold: a row has one name in all of them.
    dtypes = rest.dtypes if hasattr(rest, "dtypes") else [rest.dtype]
    if all(getattr(dtype, "kind", "O") in "biuf" for dtype in dtypes):
        names = row_identities(np.asarray(rest, dtype=np.float64))
    else:
        columns = [(str(p), values_of(column_at(rest, p))) for p in range(rest.shape[1])]
        names = row_identities(np.empty((len(X), 0)), columns)
    seen: Counter = Counter()
    numbered = []
    for name in names:
        numbered.append(name + seen[name].to_bytes(8, "little"))
        seen[name] += 1
    return numbered


def _rows(part, index):
    return part.iloc[index] if hasattr(part, "iloc") else part[index]


def _sample(drawn):
    """What partitions gave, in the order of the draws: no matter how the rows were parted."""
    *columns, draws = zip(*(part for part in drawn if part is not None), strict=True)
    order = np.argsort(np.concatenate(draws), kind="stable")
    whole: list = []
    for parts in columns:
        if parts[0] is None:
            whole.append(None)
        elif hasattr(parts[0], "iloc"):
            import pandas as pd

            table = pd.concat(parts, ignore_index=True)
            if table.ndim == 2:  # categories that differ between parts come as what they hold
                for p, name in enumerate(table.columns):
                    if any(isinstance(part.dtypes.iloc[p], pd.CategoricalDtype) for part in parts):
                        table[name] = table[name].astype("category")
            whole.append(table.iloc[order])
        else:
            whole.append(np.concatenate(parts)[order])
    return whole


# All rows ---------------------------------------------------------------------------------


@leaves_process_unchanged
def _posteriors(reader, fitted, labels, X, y, s):
    """What stage one says of a partition's rows, and their labels; the rows are not kept."""
    if len(X) == 0:
        return None
    sample, _ = read_rows(reader, X, allow_nd=reader.encoder is not None)
    taken = reader.column_roles_.split(X)[1]
    tasks, sensitives = read_labels(sample.rows, y, s, taken, "ignore")
    features = np.hstack(fitted.predict(sample))
    targets = tuple(labels.encode(tasks, sensitives, unseen="missing"))
    return features, Sample(np.empty((len(X), 0), np.float32), sample.names, targets)


@leaves_process_unchanged
def _compressed(part, widths, seed):
    if part is None:
        return None
    return compress(np.split(part[0], np.cumsum(widths)[:-1], axis=1), seed)


@leaves_process_unchanged
def _count(release, part):
    return None if part is None else count_codes(release, *part)


def _solve(problem, stage_one, posteriors, n_rows):
    """The code of weighted points that stand for all partitions, as a release that is not settled.

    Returns
    -------
    release : Release
    lagrangian : float
        In nats.
    """
    import dask

    settings, secret, widths = problem.settings, problem.secret, stage_one.fitted.widths
    calls = (dask.delayed(_compressed)(part, widths, secret.seed) for part in posteriors)
    found = [part for part in dask.compute(*calls) if part is not None]
    points = [np.concatenate(columns) for columns in zip(*(p for p, _ in found), strict=True)]
    counts = np.concatenate([counts for _, counts in found])
    named = problem.sample.persons is not None  # points do not tell whose rows they stand for
    (partition,) = problem.objective.solve(
        [problem.labels],
        points,
        n_codes=settings.n_components,
        n_init=settings.channel.n_init,
        sample_weight=counts,
        n_persons=problem.sample.n_persons or n_rows,
        holders=None if named else Holders(counts=counts),
        seed=secret.seed,
    )
    release = Release(
        location=np.zeros(sum(widths)),
        scale=np.ones(sum(widths)),
        row_shape=(sum(widths),),
        hidden_layer_sizes=(),
        weights={"head.weight": partition.coef, "head.bias": partition.intercept},
        trunk=partition.trunk,
        channel=settings.new_channel(),
        posteriors=stage_one.fitted,
        key=secret.key,
        key_is_secret=secret.key_is_secret,
    )
    return release, partition.lagrangian
