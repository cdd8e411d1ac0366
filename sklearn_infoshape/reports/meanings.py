"""What the figures and words of a report mean, a line each."""

from sklearn_infoshape.reports.tables import HEADS

__all__ = ["OPEN", "attacker_meanings", "attribute_meanings", "context_meanings", "rows_used"]

#: What to do where a limit is neither shown kept nor exceeded.
OPEN = (
    "Neither shown kept nor exceeded: attackers did not find more than was asked, but more is not "
    "ruled out. More audited rows, fewer codes or a larger privacy multiplier narrow that down."
)
_FIGURES = {
    "bits": "what is learned of the attribute, on average; an answer to a yes-or-no question of "
    "even odds is 1 bit",
    "accuracy": "share of test rows that are guessed right",
    "advantage": "accuracy less that of always guessing the most frequent class",
    "balanced_accuracy": "accuracy averaged over classes, so that rare ones count as much",
    "auc": "how often a row of a class is ranked above another row; .5 is chance, 1 is always",
    "tpr_at_1_fpr": "share of a class that is recognised where at most 1 % of other rows are "
    "falsely accused",
    "r2": "share of an amount's variance that is predicted",
    "rank_correlation": "how well the order of amounts is predicted; 0 is not at all, 1 is wholly",
}
_ATTACKERS = {
    "code": "the best guess for each code, which is all that can be made of it",
    "linear": "logistic or ridge regression",
    "boosting": "boosted trees: interactions, bands",
    "mlp": "a neural network: smooth functions of many columns",
    "neighbours": "the most similar rows",
    "low digits": "marks in the digits of a column",
}
_ROWS = {
    "train": "train attackers",
    "calibration": "choose among them",
    "test": "test them",
}


def attribute_meanings(report, task):
    """What the columns of the first table mean.

    Parameters
    ----------
    report : LeakageReport
    task : str
        What y is called.

    Returns
    -------
    list of (str, str)
    """
    confidence = f"{100 * report.confidence:.4g} %"
    meanings = [
        ("bits", _FIGURES["bits"]),
        ("at least", "the lower limit of what fresh attackers recovered from rows new to them"),
        (
            "at most",
            "nobody recovers more from one code of a fresh row, whatever the attack, where there "
            "is such a limit",
        ),
        ("estimate", "what the best attacker recovered, without a margin for chance"),
        ("interval", f"what it recovers on very many rows is in it, with {confidence} confidence"),
        ("entropy", "bits of the attribute in all: who learns so many is always right"),
        ("base rate", "how often always guessing the most frequent class is right"),
        ("best attacker", "how often the attacker that guesses best is right"),
        (
            "p (Holm)",
            "how probable such a finding is if the release says nothing, corrected for several "
            "tests (Holm's method)",
        ),
    ]
    if report.floors:
        meanings.append(
            (
                "label floor",
                f"what {task} itself says; a release that keeps all of {task} leaks at least this",
            )
        )
    return meanings


def attacker_meanings(results):
    """What figures and names of attackers mean, of those that are shown; bits are told before.

    Parameters
    ----------
    results : sequence of AttackResult

    Returns
    -------
    list of (str, str)
    """
    figures = [f for f in HEADS if f != "bits" and any(f in own.best for own in results)]
    names = [n for n in _ATTACKERS if any(n in result.figures for result in results)]
    return [
        *((name, _ATTACKERS[name]) for name in names),
        *((HEADS[figure], _FIGURES[figure]) for figure in figures),
        ("*", "the attacker chosen for this figure, on other rows than those that test it"),
    ]


def context_meanings(task):
    """What a release is compared with.

    Parameters
    ----------
    task : str
        What y is called.

    Returns
    -------
    list of (str, str)
    """
    return [
        ("raw features", "the table as it is, without the attribute"),
        ("label score", f"a model's probability of {task}, published in place of codes"),
        (f"beyond {task}", f"what the release adds for somebody who knows {task} already"),
    ]


def rows_used(parts):
    """What audited rows were used for.

    Parameters
    ----------
    parts : dict of str to int
        As in the settings of a report.

    Returns
    -------
    str
    """
    return ", ".join(f"{n} {_ROWS.get(name, name)}" for name, n in parts.items())
