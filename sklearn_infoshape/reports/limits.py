"""How a report stands to limits: the rule of ``assert_below``."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from sklearn_infoshape.reports.wording import decimals, unit

__all__ = [
    "KEPT",
    "Finding",
    "asked_limits",
    "attacked",
    "checked_limit",
    "contradicted",
    "contradictions",
    "findings",
]

KEPT = ("certified", "found")


@dataclass(frozen=True)
class Finding:
    """How one attribute stands to one limit.

    Attributes
    ----------
    name : str
        Of the attribute.
    status : {"certified", "found", "open", "exceeded"}
        Below the limit by a certificate, or as far as attackers found; shown neither way; above.
    message : str
        What an assertion says; empty where the limit is kept.
    """

    name: str
    status: str
    message: str = ""

    @property
    def is_kept(self):
        """Whether the limit counts as kept."""
        return self.status in KEPT


def asked_limits(max_leakage=None, max_advantage=None):
    """Limits by figure, checked.

    Parameters
    ----------
    max_leakage, max_advantage : float or None, default=None
        In bits; in shares of right guesses.

    Returns
    -------
    dict of str to float
        Of "bits" and "advantage" those that were asked for.

    Raises
    ------
    ValueError
        If a limit is no finite number of at least 0.

    Examples
    --------
    >>> from sklearn_infoshape.reports.limits import asked_limits
    >>> asked_limits(max_leakage=0.05)
    {'bits': 0.05}
    """
    asked = {"bits": ("max_leakage", max_leakage), "advantage": ("max_advantage", max_advantage)}
    limits = {}
    for figure, (parameter, limit) in asked.items():
        if limit is not None:
            limits[figure] = checked_limit(parameter, limit)
    return limits


def checked_limit(parameter, limit):
    """A limit as a float.

    Parameters
    ----------
    parameter : str
        For messages.
    limit : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is no finite number of at least 0.
    """
    is_number = isinstance(limit, Real) and not isinstance(limit, bool | np.bool_)
    if not is_number or not 0 <= limit < np.inf:
        raise ValueError(
            f"{parameter}={limit!r} is no finite number of at least 0; give 0.05, say."
        )
    return float(limit)


def findings(report, limits, require_certificate=False):
    """How each attribute stands to each limit.

    Parameters
    ----------
    report : LeakageReport
    limits : dict of str to float
        As of :func:`asked_limits`.
    require_certificate : bool, default=False
        Whether what attackers find does not suffice.

    Returns
    -------
    list of Finding
    """
    return [
        _compare(report, name, figure, limit, require_certificate)
        for name in report.at_most_by_name
        for figure, limit in limits.items()
    ]


def _compare(report, name, figure, limit, require_certificate):
    """How one attribute stands to one limit."""
    at_most = report.at_most_by_name[name]
    own = attacked(report, name)
    certified = getattr(at_most, figure)
    low = -np.inf if own is None else own.chosen(figure).low
    status = "exceeded"
    if not low <= limit:
        found, how = low, "attackers recover at least"
    elif certified is not None:
        found, how = certified, "the certificate allows up to"
        status = "certified" if found <= limit else "open"
    elif require_certificate or own is None:
        why = at_most.text.removeprefix("none: ")
        if at_most.bits is not None:
            why = f"{at_most.text} It limits bits alone."
        return Finding(name, "open", f"{name} has no certificate: {why}")
    else:
        found, how = own.chosen(figure).high, "attackers may recover up to"
        status = "found" if found <= limit else "open"
    if status in KEPT:
        return Finding(name, status)
    return Finding(
        name,
        status,
        f"{name}: {how} {decimals(found, limit)} {unit(figure)}, more than {limit}. "
        "Raise privacy_multiplier, use fewer codes, or audit more rows.",
    )


def attacked(report, name):
    """What attackers recovered of an attribute, alone or jointly; None where nobody attacked it.

    Parameters
    ----------
    report : LeakageReport
    name : str

    Returns
    -------
    AttackResult or None
    """
    return next((own for own in report.by_role("sensitive", "joint") if own.name == name), None)


def contradictions(report):
    """Lower limits above upper ones; see :attr:`LeakageReport.contradictions`.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    list of str
    """
    found = []
    for result in report.by_role("sensitive", "joint"):
        at_most = report.at_most_by_name[result.name]
        for figure in ("bits", "accuracy", "balanced_accuracy", "advantage"):
            low, high = result.chosen(figure), getattr(at_most.certificate, figure, None)
            high = at_most.bits if figure == "bits" else high
            if low is not None and high is not None and low.low > high:
                found.append(
                    f"{result.name}: at least {low.low:.4f} and at most {high:.4f} "
                    f"{unit(figure)} cannot both be true."
                )
    return found


def contradicted(report):
    """What a report that contradicts itself says of any limit; empty where it does not.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    str
    """
    if not report.contradictions:
        return ""
    return (
        f"The report contradicts itself, and passes nothing: {report.contradictions[0]} "
        "Audit other fresh rows."
    )
