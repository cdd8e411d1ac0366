"""What a reader of an audit has to know of its rows, and of the release that they got."""

from sklearn_infoshape.audit.splits import overlap_share
from sklearn_infoshape.audit.supervised_steps import SUPERVISED
from sklearn_infoshape.exceptions import SupervisedStepWarning, TrainingOverlapWarning
from sklearn_infoshape.runtime.own_warnings import warn

__all__ = ["missing_caveats", "row_caveats"]

_KNOWN_KEY = (
    "The release key came from random_state, so it is no secret: whoever knows that number and "
    "the fitted rows knows every draw and fold. Give release_key, or no random_state, before you "
    "release."
)
_ORDER = (
    "The order of rows and an index carry information too, which no figure counts: deliver rows "
    "shuffled, and without an index."
)
_MEMORIZED = (
    "The release was fitted in one stage (posterior=None) or one fold, and has seen the labels of "
    "the rows it was fitted on: its release of those rows may give them away. This report is of "
    "fresh rows; release no others."
)
_UNCHECKED = (
    "That the audited rows took no part in training cannot be checked without keeping a list of "
    "the training rows, which would itself betray membership; "
)


def row_caveats(facts, X, training_X, *, n_given, n_audited, repeated, has_groups):
    """Of the release and the audited rows; the worst are warned of, too.

    Parameters
    ----------
    facts : ReleaseFacts
    X : array-like, sparse matrix or data frame
        The audited rows.
    training_X : the same kind of table, or None
    n_given, n_audited : int
        Rows.
    repeated : float
        Share of the audited rows that equal an earlier one.
    has_groups : bool

    Returns
    -------
    list of str
    """
    caveats = [_ORDER]
    if facts.has_known_key:
        caveats.append(_KNOWN_KEY)
    if facts.memorizes_labels:
        caveats.append(_MEMORIZED)
    if facts.supervised_steps:
        steps = facts.supervised_steps
        caveats.append(SUPERVISED.format(steps=", ".join(steps), first=steps[0]))
        warn(caveats[-1], SupervisedStepWarning)
    if repeated:
        caveats.append(
            f"{repeated:.1%} of the audited rows repeat an earlier one: equal rows have equal "
            "releases, so they are fewer observations than rows, and seen to be equal."
        )
    if facts.n_releases > 1:
        caveats.append(
            f"{facts.n_releases} releases of the same rows are audited jointly: every figure is "
            "of a recipient who sees all of them."
        )
    if training_X is None:
        caveats.append(_UNCHECKED + "give training_X to test for overlap.")
    else:
        share = overlap_share(X, training_X)
        caveats.append(
            _UNCHECKED + f"of the audited rows, {share:.1%} occur in the given training_X."
        )
        if share:
            warn(
                f"{share:.1%} of the audited rows occur in training_X. Unless they are other "
                "people with equal values, audit rows that took no part in training.",
                TrainingOverlapWarning,
            )
    if n_audited < n_given:
        caveats.append(f"Audited: a random sample of {n_audited} of {n_given} rows.")
    if has_groups:
        caveats.append(
            "Rows of a group (person) were kept together; a certificate has one row a group."
        )
    return caveats


def missing_caveats(targets):
    """What a reader has to know of labels that some rows lack.

    Parameters
    ----------
    targets : list of Target

    Returns
    -------
    list of str
    """
    return [
        f"{target.name} is missing for {1 - target.known.mean():.1%} of the rows: every figure is "
        "of the others, and where it is missing for a reason, may be wrong of all. A certificate "
        "has limits for all rows beside it, whatever is missing."
        for target in targets
        if not target.known.all()
    ]
