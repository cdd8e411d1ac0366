"""Side information: columns of X that an attacker has already, and what a release says beyond."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_infoshape.audit.attack_spec import AttackSpec
from sklearn_infoshape.audit.attackers import choose_attackers, fresh_attackers
from sklearn_infoshape.audit.delivered import numbered
from sklearn_infoshape.audit.release import raw_features
from sklearn_infoshape.audit.resampling import resample_release
from sklearn_infoshape.audit.splits import row_names
from sklearn_infoshape.data.frames import column_labels, take_columns

__all__ = [
    "Known",
    "known_caveats",
    "read_known",
    "resampled_rows",
    "side_specs",
]

_STRONG = ("linear", "boosting")  # always among the attackers, so that none is a straw man
_MOST_STRATA = 256
_ROWS_PER_STRATUM = 10


@dataclass(frozen=True)
class Known:
    """Columns of X that are known beforehand, of the audited rows.

    Attributes
    ----------
    names : list of str
    numbers : ndarray of shape (n, q)
    strata : ndarray of shape (n,) or None
        Rows with the same values, as whole numbers from 0 up; None where there are more than 256
        kinds of them, or fewer than ten rows a kind.
    """

    names: list[str]
    numbers: np.ndarray
    strata: np.ndarray | None


def read_known(X, positions):
    """The known columns of rows.

    Parameters
    ----------
    X : array-like, sparse matrix or data frame of n rows
    positions : tuple of int

    Returns
    -------
    Known or None
        None where there are no positions.
    notes : list of str
        Of what could not be read of them.

    Raises
    ------
    ValueError
        If they cannot be read as numbers, categories or dates.
    """
    if not positions:
        return None, []
    labels = column_labels(X)
    names = [f"x{p}" if labels is None else str(labels[p]) for p in positions]
    table = X if labels is not None or hasattr(X, "toarray") else np.asarray(X)
    table = take_columns(table, list(positions))
    numbers, notes = raw_features(table)
    if numbers is None:
        raise ValueError(
            f"known: {', '.join(map(repr, names))} cannot be read as finite numbers, dates or "
            "categories with ten rows each; name other columns, or turn them into such first."
        )
    (rows,) = row_names(table)
    strata = numbered(rows)
    are_few = _are_few(strata.max() + 1, len(rows))
    return Known(names, numbers, strata if are_few else None), notes


def known_caveats(known, notes):
    """What a reader has to know of figures beyond what is known.

    Parameters
    ----------
    known : Known or None
    notes : list of str
        Of :func:`read_known`.

    Returns
    -------
    list of str
    """
    if known is None:
        return []
    return [
        f"Known beforehand: {', '.join(known.names)}. What the release says beyond that is the "
        "difference between attackers with and without the release, the best of one suite each. "
        "Where another attacker could do more with the known columns alone, it is too great.",
        *(f"Of known columns: {note}" for note in notes),
    ]


def side_specs(inputs, attackers, *, confidence, seed):
    """Attacks with what is known alone, and with the release beside it, by the same suite.

    Parameters
    ----------
    inputs : AuditInputs
    attackers : as in :func:`~sklearn_infoshape.audit_leakage`
    confidence : float
    seed : int

    Returns
    -------
    list of AttackSpec
        Two a target.
    """
    known, Z = inputs.known, inputs.Z
    suite = choose_attackers(attackers, is_code=False, random_state=seed)[0]
    suite = {**fresh_attackers(_STRONG, seed), **suite}
    with_code = {**suite, **fresh_attackers(("code",), seed)}
    both = np.hstack([known.numbers, Z])
    is_finite = known.strata is not None
    alone = with_code if is_finite else suite
    is_table = is_finite and inputs.is_code and _are_few(len(np.unique(both, axis=0)), len(both))
    drawn = resample_release(
        known.numbers, Z, inputs.codes, inputs.parts, inputs.groups, seed, is_finite=is_finite
    )
    place = np.zeros(len(Z), dtype=int)
    fresh = np.r_[inputs.parts.calibration, inputs.parts.test]
    place[fresh] = np.arange(len(fresh))
    specs = []
    for target in inputs.attacked:
        first = AttackSpec("known", known.numbers, target, alone, {}, confidence=confidence)
        specs += [
            first,
            replace(
                first,
                role="known and release",
                Z=both,
                classifiers=with_code if is_table else suite,
                given=first,
                drawn=drawn,
                place=place,
                exchange=known.strata,
            ),
        ]
    return specs


def _are_few(n_kinds, n_rows):
    return n_kinds <= min(_MOST_STRATA, n_rows // _ROWS_PER_STRATUM)


def resampled_rows(spec, rows):
    """Rows to be guessed, and after them the same with releases drawn given what is known.

    Parameters
    ----------
    spec : AttackSpec
    rows : ndarray of int

    Returns
    -------
    ndarray of shape (m, k)
        m is the number of rows, or, with draws, one more than their number times as many.
    """
    if spec.drawn is None:
        return spec.Z[rows]
    known = spec.given.Z[rows]
    drawn = [np.hstack([known, own[spec.place[rows]]]) for own in spec.drawn]
    return np.vstack([spec.Z[rows], *drawn])
