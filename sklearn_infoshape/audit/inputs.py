"""What an audit works on: checked and sampled rows, their release, labels, parts and caveats."""

from dataclasses import dataclass, field

import numpy as np

from sklearn_infoshape.audit.caveats import missing_caveats, row_caveats
from sklearn_infoshape.audit.cells import Cell, read_cells
from sklearn_infoshape.audit.certificate import FEWEST_ROWS
from sklearn_infoshape.audit.codes import find_codes
from sklearn_infoshape.audit.named_columns import named_columns
from sklearn_infoshape.audit.release import (
    ReleaseFacts,
    delivered_rows,
    is_plain,
    raw_features,
    release_facts,
    without_roles,
)
from sklearn_infoshape.audit.side_information import Known, known_caveats, read_known
from sklearn_infoshape.audit.splits import (
    Parts,
    deal_rows,
    group_numbers,
    parts_of_split,
    repeated_share,
    sample_rows,
)
from sklearn_infoshape.audit.targets import (
    Target,
    fitted_labels,
    joint_target,
    read_scan,
    read_targets,
)
from sklearn_infoshape.data.frames import column_labels, take_rows
from sklearn_infoshape.data.labels import label_columns, refuse_names
from sklearn_infoshape.data.persons import shared_persons
from sklearn_infoshape.data.scaling import within_range
from sklearn_infoshape.exceptions import LabelKindWarning, RareClassWarning
from sklearn_infoshape.runtime.own_warnings import unsaid

__all__ = ["AuditInputs", "read_inputs"]

_FEWEST_TO_LEARN = 5  # rows of each of two classes
_FEWEST_TO_JUDGE = 2


@dataclass(frozen=True)
class AuditInputs:
    """All that an audit looks at; rows are those of the sample.

    Attributes
    ----------
    Z : ndarray of shape (n, k)
    numbers : ndarray of shape (n, p) or None
        X itself, where it is numbers.
    codes : ndarray of shape (n,) or None
    most_codes : int or None
        How many codes there can be, where their shape tells.
    targets, joint, scanned, tasks : list of Target
    task : Target or None
        All columns of y as one.
    groups : ndarray of shape (n,) or None
    parts : Parts
    facts : ReleaseFacts
    repeats : bool
        Whether some rows of X are equal.
    carries_index : bool
        Whether the release has the index of X, and that more than counts rows.
    caveats : list of str
    skipped : dict of str to str
    unattacked : dict of str to str
        Sensitive attributes with too few rows for attackers, and why.
    known : Known or None
        Columns of X that attackers have already.
    cells : list of Cell
        Among which the worst subgroups are looked for.
    """

    Z: np.ndarray
    numbers: np.ndarray | None
    codes: np.ndarray | None
    most_codes: int | None
    targets: list[Target]
    joint: list[Target]
    scanned: list[Target]
    tasks: list[Target]
    task: Target | None
    groups: np.ndarray | None
    parts: Parts
    facts: ReleaseFacts
    repeats: bool
    carries_index: bool
    caveats: list[str]
    skipped: dict[str, str]
    unattacked: dict[str, str]
    known: Known | None = None
    cells: list[Cell] = field(default_factory=list)

    @property
    def is_code(self):
        """Whether the release takes few values."""
        return self.codes is not None

    @property
    def all_targets(self):
        """Sensitive columns alone and jointly."""
        return [*self.targets, *self.joint]

    @property
    def attacked(self):
        """Those of them that attackers can be trained and scored on."""
        return [target for target in self.all_targets if target.name not in self.unattacked]


def read_inputs(release, X, sensitive_features, y, settings, rng):
    """Check what came in, take a sample, deal its rows, and release them.

    Parameters
    ----------
    release, X, sensitive_features, y
        As in :func:`~sklearn_infoshape.audit_leakage`.
    settings : AuditSettings
    rng : numpy.random.Generator

    Returns
    -------
    AuditInputs

    Raises
    ------
    ValueError, TypeError
        With the parameter, what is wrong with it, and the remedy.
    """
    n_rows = _check_tables(X, sensitive_features, y, settings)
    known_at = named_columns(settings.known, X, "known")
    cells_at = named_columns(settings.subgroups, X, "subgroups", may_be_auto=True)
    groups = _group_numbers(settings.groups, settings.training_groups, n_rows)
    split, n_bins = settings.split, settings.n_bins
    rows = sample_rows(n_rows, None if split is not None else settings.sample_size, groups, rng)
    if groups is not None:
        groups = np.unique(groups[rows], return_inverse=True)[1].ravel()
    sensitive = _take(sensitive_features, rows)
    fitted = fitted_labels(release, "sensitive_features")
    options = {"kind": settings.sensitive_kind, "n_bins": n_bins, "fitted": fitted}
    targets = read_targets(sensitive, "sensitive_features", **options)
    if split is None:
        labels = [*targets, *_read_tasks(release, y, rows, n_bins)]
        parts = deal_rows([label.classes for label in labels], groups, rng)
    else:
        parts = parts_of_split(np.asarray(split)[rows], groups)
    with unsaid(LabelKindWarning, RareClassWarning):  # said already, or below
        # Neither calibration nor test rows place the borders of bins.
        options["border_rows"] = parts.train
        targets = read_targets(sensitive, "sensitive_features", **options)
    joint = [joint_target(targets, parts.train)] if len(targets) > 1 else []
    unattacked = {}
    for target in [*targets, *joint]:
        try:
            _check_target(target, parts)
        except ValueError as reason:
            unattacked[target.name] = str(reason)
    tasks = []
    if y is not None:
        tasks = _read_tasks(release, y, rows, n_bins, border_rows=parts.train)
        for task in tasks:
            _check_target(task, parts)
    scanned, skipped = _scanned(settings, rows, parts)
    sampled = take_rows(X, rows)
    known, known_notes = read_known(sampled, known_at)
    cells = []
    if settings.subgroups is not None:
        features = without_roles(release, sampled) if cells_at is None else sampled
        cells = read_cells(features, cells_at, parts.train, groups)
    delivered = delivered_rows(release, sampled)
    carries_index = not is_plain(getattr(X, "index", None) if delivered.index is not None else None)
    facts = release_facts(release)
    codes = find_codes(delivered)
    if len(unattacked) == len(targets) + len(joint) and (codes is None or not settings.certificate):
        raise ValueError(next(iter(unattacked.values())))
    repeated = repeated_share(sampled)
    numbers, notes = raw_features(without_roles(release, sampled))
    caveats = row_caveats(
        facts,
        sampled,
        settings.training_X,
        n_given=n_rows,
        n_audited=len(rows),
        repeated=repeated,
        has_groups=groups is not None,
    )
    if numbers is None:
        caveats.append("X is not all finite numbers, so that its own leakage was not measured.")
    caveats += [f"Of raw features: {note}" for note in notes]
    caveats += known_caveats(known, known_notes)
    return AuditInputs(
        Z=within_range(delivered.numbers),
        numbers=numbers,
        codes=codes,
        most_codes=delivered.numbers.shape[1] if delivered.is_one_hot else None,
        targets=targets,
        joint=joint,
        scanned=scanned,
        tasks=tasks,
        task=joint_target(tasks, parts.train) if len(tasks) > 1 else next(iter(tasks), None),
        groups=groups,
        parts=parts,
        facts=facts,
        repeats=repeated > 0,
        carries_index=carries_index,
        caveats=caveats + missing_caveats([*targets, *joint]),
        skipped=skipped,
        unattacked=unattacked,
        known=known,
        cells=cells,
    )


def _read_tasks(release, y, rows, n_bins, **borders):
    if y is None:
        return []
    options = {"n_bins": n_bins, "fitted": fitted_labels(release, "y")}
    return read_targets(_take(y, rows), "y", **options, **borders)


def _take(labels, rows):
    """Some rows of labels; what cannot be sliced is left to the reader of labels to refuse."""
    return labels if isinstance(labels, dict) else take_rows(labels, rows)


def _check_tables(X, sensitive_features, y, settings):
    """How many rows there are, once it is known that all tables have as many."""
    tables = {"X": X, "sensitive_features": sensitive_features, "y": y, "scan": settings.scan}
    for name, table in tables.items():
        column_labels(table, name)  # which a lazy frame has, but no rows
    n_rows = _row_count(X)
    del tables["X"]
    for name in ("sensitive_features", "y"):
        refuse_names(tables[name], X, name)
    for name, table in {**tables, "groups": settings.groups, "split": settings.split}.items():
        required = name == "sensitive_features" or table is not None
        if required and (isinstance(table, str) or not hasattr(table, "__len__")):
            raise ValueError(
                f"{name} is of type {type(table).__name__}, which has no rows; give one of it for "
                "each row of X."
            )
        if table is not None and not isinstance(table, dict) and _length(table) != n_rows:
            raise ValueError(
                f"{name} has {_length(table)} rows, X has {n_rows}; give one of it for each row."
            )
    return n_rows


def _scanned(settings, rows, parts):
    """The scanned columns that attackers can be trained on, and why others are left out."""
    if settings.scan is None:
        return [], {}
    found, skipped = read_scan(_take(settings.scan, rows), settings.n_bins)
    scanned = []
    for target in found:
        try:
            _check_target(target, parts)
            scanned.append(target)
        except ValueError:
            skipped[target.name] = "too few rows in its classes"
    return scanned, skipped


def _row_count(X):
    n_rows = _length(X)
    if n_rows < FEWEST_ROWS:
        raise ValueError(
            f"X has {n_rows} rows; an audit needs at least {FEWEST_ROWS} rows that took no part in "
            "training (with fewer, what attackers find or miss is chance)."
        )
    return n_rows


def _length(table):
    return table.shape[0] if hasattr(table, "shape") else len(table)


def _group_numbers(groups, training_groups, n_rows):
    """Groups as whole numbers from 0 up; none of them may have been trained on."""
    if groups is None:
        if training_groups is not None:
            raise ValueError("training_groups needs groups: who the audited rows belong to.")
        return None
    numbers = group_numbers(groups, n_rows)
    if training_groups is not None:
        trained = label_columns(training_groups, "training_groups")
        straddling = shared_persons(label_columns(groups, "groups"), trained)
        if straddling:
            raise ValueError(
                f"groups straddle: {straddling} of them have rows in training and in the "
                "audit. Audit rows of people whom training has not seen."
            )
    return numbers


def _check_target(target, parts):
    known = int(target.known.sum())
    if known < FEWEST_ROWS:
        raise ValueError(
            f"{target.name} is known for {known} rows; an audit needs at least {FEWEST_ROWS}."
        )
    second = np.sort(np.bincount(target.classes[target.known], minlength=2))[-2]
    for part, needed in ((parts.train, _FEWEST_TO_LEARN), (parts.test, _FEWEST_TO_JUDGE)):
        counts = np.bincount(target.classes[part][target.known[part]], minlength=2)
        if (counts >= needed).sum() < 2:
            raise ValueError(
                f"{target.name} is (nearly) constant: its second most frequent class has {second} "
                f"rows. Attackers learn from about half of the rows, where two classes need "
                f"{_FEWEST_TO_LEARN} rows each, and are judged on a third, where they need "
                f"{_FEWEST_TO_JUDGE}. Give more rows, or merge rare classes."
            )
