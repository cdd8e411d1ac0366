"""Whether a fitted classifier holds rows of its training: all that its pickle would hold is read.

A list of types that store rows cannot be complete, and wrappers hide them. So the numbers in a
fitted member are compared with the rows that it was fitted on, as they came in and as the steps
of its pipelines passed them on. Numbers meet by chance, too: on coarse grids, or in single
precision. How often is measured with each value of the table moved to its neighbour's place.
"""

import contextlib
import copyreg
import functools
import pickle
import re
from collections import Counter
from collections.abc import Mapping

import numpy as np
import torch
from scipy import sparse

from sklearn_infoshape.posterior.row_order import copies_columns, holds_labels

__all__ = ["stored_part"]

_RARE = 10  # a value or row that so many rows share tells of none of them
_FEWEST = 10  # rare rows, or rare values of one column, in one array
_FEWEST_IN_ALL = 50  # rare values of one column in all arrays: each scaler keeps one or two
_MOST_VALUES = 5_000_000  # of a table that are looked for; columns beyond are left out
_FEWEST_LETTERS = 60  # of a text that is searched for numbers
_NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?")


def stored_part(member, X, y=None, passed_on=()):
    """The part of what was fitted that holds rows, labels or long runs of exact values.

    Parameters
    ----------
    member : classifier or torch.nn.Module
        Fitted on X and y.
    X : ndarray of shape (n, ...)
    y : ndarray of shape (n,) or None, default=None
    passed_on : sequence of ndarray of shape (n, ...), default=()
        The rows as they were brought to it, where nothing within it did so.

    Returns
    -------
    str or None
        Such as ``"KNeighborsClassifier._fit_X"``.
    """
    contents = _contents(member)
    X = np.asarray(X, dtype=np.float64).reshape(len(X), -1)
    tables, binned = _tables(contents, X)
    tables += [_Table(rows.reshape(len(X), -1), exact=False) for rows in passed_on]

    def stores(contents):
        return (
            any(table.is_in(contents) for table in tables)
            or holds_labels([*contents.arrays, *contents.codes], y)
            or copies_columns(contents.arrays, X)
            or (contents.isotonic and any(len(table.rare_rows) >= _FEWEST for table in tables))
            or any(_isolates(p.bin_thresholds_, binned.get(id(p), X)) for p in contents.binned)
        )

    if not stores(contents):
        return None
    return _smallest_part(member, stores, type(member).__name__)


def _smallest_part(part, stores, name, seen=()):
    """Go down to where no part of it is found to store rows by itself."""
    for label, child in _children(part):
        if id(child) not in seen and stores(_contents(child)):
            kind = type(child).__name__
            known = hasattr(child, "get_params") and not kind.startswith("_")
            below = kind if known else f"{name}{label}"
            return _smallest_part(child, stores, below, (*seen, id(part)))
    return name


def _children(part):
    if isinstance(part, Mapping):
        return [("", child) for child in part.values()]
    if isinstance(part, list | tuple):
        return [("", child) for child in part]
    return [(f".{name}", child) for name, child in getattr(part, "__dict__", {}).items()]


class _Nowhere:
    def write(self, data):
        return len(data)


class _Contents(pickle.Pickler):
    """Gathers the numbers that a pickle would hold, compiled and nested parts included."""

    def __init__(self):
        super().__init__(_Nowhere(), protocol=5)
        self.arrays, self.codes, self.floats = [], [], []
        self.stepwise, self.binned, self.isotonic = [], [], []

    def persistent_id(self, part):
        """Take a part, and say whether it is done with."""
        try:
            return self._take_part(part)
        except Exception:  # one part that cannot be read must not hide those behind it
            return None

    def _take_part(self, part):
        if type(part) is float:
            self.floats.append(part)
            return None
        if isinstance(part, np.ndarray):
            return self._take(part)
        if isinstance(part, torch.Tensor):
            part = part.detach().cpu()
            return self._take((part.float() if part.is_floating_point() else part).numpy())
        if sparse.issparse(part):
            return self._take(part.toarray() if part.shape[0] * part.shape[1] < 1e7 else part.data)
        if isinstance(part, bytes | bytearray | pickle.PickleBuffer):
            return self._take_bytes(bytes(part))
        if isinstance(part, dict):
            for half in (list(part), list(part.values())):
                self._take_sequence(half)
            return None
        if isinstance(part, list | tuple | set | frozenset):
            return self._take_sequence(list(part))
        if isinstance(part, str):
            return self._take_text([part]) if len(part) >= _FEWEST_LETTERS else None
        if isinstance(part, type):
            return None
        if hasattr(part, "steps") or hasattr(part, "_scaled"):
            self.stepwise.append(part)
        elif hasattr(part, "bin_thresholds_"):
            self.binned.append(part)
        elif len(getattr(part, "X_thresholds_", ())) >= _FEWEST:
            self.isotonic.append(part)
        return None

    def reducer_override(self, part):
        """What cannot be pickled holds nothing that a pickle could."""
        if isinstance(part, type) or type(part) in copyreg.dispatch_table:
            return NotImplemented if "<" not in getattr(part, "__qualname__", "") else (str, ())
        try:
            return part.__reduce_ex__(5)
        except Exception:
            return str, ()

    def _take(self, array):
        if array.dtype.names:
            fields = [array[name] for name in array.dtype.names]
            for field in fields:
                self._take(field)
            if array.ndim == 1 and all(field.dtype.kind in "fiub" for field in fields):
                self._take(np.column_stack(fields))
        elif array.dtype.kind == "c":
            self._take(array.real)
            self._take(array.imag)
        elif array.dtype.kind in "US":
            self._take_text(array.astype(str).ravel().tolist())
        elif array.dtype.kind in "fiub" and array.size >= _FEWEST:
            self.arrays.append(array)
            if array.dtype.kind in "iu":  # may be the bytes of other numbers
                self._take_bytes(array.tobytes())
        return None if array.dtype.hasobject else True

    def _take_bytes(self, data):
        self.codes.append(np.frombuffer(data, dtype=np.uint8))
        if data.isascii():
            self._take_text([data.decode()])
        for kind in ("<f4", ">f4", "<f8", ">f8"):
            width = int(kind[2])
            for start in range(width):
                end = start + (len(data) - start) // width * width
                if end - start >= _FEWEST * width:
                    self.arrays.append(np.frombuffer(data[start:end], dtype=kind))
        return True

    def _take_text(self, items):
        self.codes.append(np.unique(items, return_inverse=True)[1])
        numbers = [float(number) for item in items for number in _NUMBER.findall(item)]
        if len(numbers) >= _FEWEST:
            self.arrays.append(np.array(numbers))
        return None

    def _take_sequence(self, items):
        if len(items) < _FEWEST:
            return None
        if all(isinstance(item, bytes) for item in items):
            return self._take_bytes(b"".join(items))
        if all(isinstance(item, str) for item in items):
            return self._take_text(items)
        rows: dict = {}
        for item in items:
            if isinstance(item, float | int | np.number):
                rows.setdefault(None, []).append(item)
            elif isinstance(item, list | tuple) or getattr(item, "ndim", 0) == 1:
                rows.setdefault(len(item), []).append(item)
        for some in rows.values():
            with contextlib.suppress(TypeError, ValueError):  # no numbers
                self._take(np.array(some, dtype=np.float64))
        # What was taken as a whole need not be looked into, which takes its time.
        return True if None in rows and len(rows[None]) == len(items) else None


def _contents(part):
    contents = _Contents()
    with contextlib.suppress(Exception):  # what was gathered until then is judged
        contents.dump(part)
    return contents


def _tables(contents, X):
    """The rows as they came in and as pipelines passed them on, and those that were binned."""
    tables, binned = [_Table(X, exact=True)], {}
    for part in contents.stepwise:
        if hasattr(part, "_scaled"):  # a network behind its own affine map
            tables.append(_Table(part._scaled(X.reshape(-1, *part.row_shape_)), exact=False))
            continue
        passed = _passed_on(part, X)
        tables += [_Table(rows, exact=False, made_by=steps) for rows, steps in passed]
        if passed:
            last = _contents(part.steps[-1][1])
            binned.update({id(mapper): passed[-1][0] for mapper in last.binned})
    return tables, binned


def _isolates(thresholds, rows):
    """Whether between borders of a column lie fewer rows than may tell of themselves."""
    rows = rows.reshape(len(rows), -1)
    if len(thresholds) != rows.shape[1]:
        return False
    for column, borders in zip(rows.T, thresholds, strict=True):
        held = np.bincount(np.searchsorted(borders, column))
        if ((held > 0) & (held < _RARE)).sum() >= _FEWEST:
            return True
    return False


def _passed_on(pipeline, rows):
    """What each step gave, and the steps until then."""
    found, steps = [], []
    for _, step in pipeline.steps[:-1]:
        if step in (None, "passthrough"):
            continue
        try:
            rows = step.transform(rows)
            table = rows.toarray() if sparse.issparse(rows) else np.asarray(rows, np.float64)
        except Exception:  # a part that is not fitted, or reads something else
            break
        steps.append(step)
        if table.ndim == 2:
            found.append((table, list(steps)))
    return found


class _Table:
    """Rows that are looked for, among numbers of single precision where they were computed.

    A list of what a step may give, such as codes of categories, says nothing of the rows.
    """

    def __init__(self, rows, *, exact, made_by=()):
        made = _contents(made_by).arrays if made_by else ()
        self.may_be_given = {id(array) for array in made if array.ndim == 1}
        self.dtype = np.float64 if exact else np.float32
        self.rows = rows.astype(self.dtype)
        found = []
        for j in range(min(rows.shape[1], max(1, _MOST_VALUES // max(1, len(rows))))):
            distinct, counts = np.unique(self.rows[:, j], return_counts=True)
            rare = counts < _RARE
            gap = np.diff(distinct).min() if len(distinct) > 1 else 1.0
            found.append((distinct[rare], np.full(rare.sum(), j), np.full(rare.sum(), gap)))
        values, columns, gaps = map(np.concatenate, zip(*found, strict=True))
        single = values.astype(np.float32)
        self.sought = [_sorted(values, columns)]
        for sign in (1, -1):
            moved = (single + sign * gaps).astype(np.float32)
            still = moved == single  # a gap too small for so large a value
            moved[still] = np.nextafter(single[still], np.float32(sign * np.inf))
            self.sought.append(_sorted(moved.astype(self.dtype), columns))
        self.n_columns = rows.shape[1]

    def is_in(self, contents):
        """Whether an array, or all of them together, hold rare rows or values of this table."""
        union = [np.zeros(len(values), dtype=bool) for values, _ in self.sought]
        arrays = [array for array in contents.arrays if id(array) not in self.may_be_given]
        arrays.append(np.array(contents.floats))
        for array in arrays:
            if array.ndim == 2 and any(map(self._holds_rare_rows, (array, array.T))):
                return True
            if array.dtype.kind not in "fiu" or not array.size:
                continue
            found = self._found(array)
            if self._exceeds(found, _FEWEST):
                return True
            union = [one | other for one, other in zip(union, found, strict=True)]
        return self._exceeds(union, _FEWEST_IN_ALL)

    def _found(self, array):
        """Which of the values are in an array; and of those moved up, and down."""
        with np.errstate(all="ignore"):  # bytes may be any number
            values = np.unique(array.astype(self.dtype))
        found = []
        for sought, _ in self.sought:
            hit = np.zeros(len(sought), dtype=bool)
            if len(sought):
                place = np.minimum(np.searchsorted(sought, values), len(sought) - 1)
                hit[place[sought[place] == values]] = True
            found.append(hit)
        return found

    def _exceeds(self, found, fewest):
        """Whether a column's values are found more often than their neighbours, by chance."""
        true, up, down = (
            np.bincount(columns[hit], minlength=self.n_columns)
            for (_, columns), hit in zip(self.sought, found, strict=True)
        )
        by_chance = np.maximum(up, down)
        return bool((true - by_chance >= fewest + 4 * np.sqrt(by_chance)).any())

    @functools.cached_property
    def rare_rows(self):
        """Names of those rows that few others equal."""
        counts = Counter(row.tobytes() for row in np.ascontiguousarray(self.rows))
        return {name for name, count in counts.items() if count < _RARE}

    def _holds_rare_rows(self, array):
        if array.shape[1] != self.n_columns or self.n_columns < 2:
            return False
        names = {row.tobytes() for row in np.ascontiguousarray(array.astype(self.dtype))}
        return len(names & self.rare_rows) >= _FEWEST


def _sorted(values, columns):
    values, first = np.unique(values, return_index=True)
    return values, columns[first]
