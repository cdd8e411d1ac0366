"""What a report says in one line, and how it stands to a limit: the rule of ``assert_below``."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

__all__ = ["Finding", "Verdict", "asked_limits", "compare", "contradicted", "unit", "verdict"]

_RANKS = ("certified", "found", "open", "exceeded")
_WORDS = {
    "certified": "certified: kept",
    "found": "kept as far as these attackers find, not certified",
    "open": "neither shown kept nor exceeded",
    "exceeded": "exceeded",
}
_MOST_DIGITS = 9


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
        return self.status in ("certified", "found")


@dataclass(frozen=True)
class Verdict:
    """A report in words.

    Attributes
    ----------
    text : str
        One line.
    base_rate : str
        How often a guess without the release is right, and the best attacker; may be empty.
    is_kept : bool or None
        Whether ``assert_below`` passes with the limits that were asked for; None: none was.
    """

    text: str
    base_rate: str
    is_kept: bool | None

    def __str__(self):
        return f"{self.text} {self.base_rate}".strip()


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
    >>> from sklearn_infoshape.audit.verdict import asked_limits
    >>> asked_limits(max_leakage=0.05)
    {'bits': 0.05}
    """
    asked = {"bits": ("max_leakage", max_leakage), "advantage": ("max_advantage", max_advantage)}
    limits = {}
    for figure, (parameter, limit) in asked.items():
        if limit is None:
            continue
        is_number = isinstance(limit, Real) and not isinstance(limit, bool | np.bool_)
        if not is_number or not 0 <= limit < np.inf:
            raise ValueError(
                f"{parameter}={limit!r} is no finite number of at least 0; give 0.05, say, or None."
            )
        limits[figure] = float(limit)
    return limits


def compare(report, name, figure, limit, require_certificate=False):
    """How one attribute stands to one limit.

    Parameters
    ----------
    report : LeakageReport
    name : str
        A key of ``at_most_by_name``.
    figure : {"bits", "advantage"}
    limit : float
    require_certificate : bool, default=False
        Whether what attackers find does not suffice.

    Returns
    -------
    Finding
    """
    at_most = report.at_most_by_name[name]
    own = {result.name: result for result in report.by_role("sensitive", "joint")}.get(name)
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
    if status in ("certified", "found"):
        return Finding(name, status)
    return Finding(
        name,
        status,
        f"{name}: {how} {decimals(found, limit)} {unit(figure)}, more than {limit}. "
        "Raise privacy_multiplier, use fewer codes, or audit more rows.",
    )


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


def verdict(report, *, max_leakage=None, max_advantage=None):
    """A report in one line, and what it says of limits.

    Parameters
    ----------
    report : LeakageReport
    max_leakage : float or None, default=None
        Bits of every sensitive attribute, alone and jointly, that were to be kept.
    max_advantage : float or None, default=None
        Likewise, accuracy beyond that of always guessing the most frequent class.

    Returns
    -------
    Verdict
        ``is_kept`` where ``report.assert_below(bits=max_leakage, advantage=max_advantage)``
        passes.

    Raises
    ------
    ValueError
        If a limit is no finite number of at least 0.
    """
    limits = asked_limits(max_leakage, max_advantage)
    base_rate = _base_rate(report.headline)
    problem = contradicted(report)
    if problem:
        return Verdict(one_line(problem), base_rate, False if limits else None)
    text = _amounts(report, limits.get("bits"))
    if report.unattacked and report.headline is not None:
        few = ", ".join(
            f"{one_line(name)} (at most {_most(report.at_most_by_name[name], limits.get('bits'))})"
            for name in report.unattacked
        )
        text += f"; not attacked: {few}"
    if not limits:
        return Verdict(f"{text}.", base_rate, None)
    findings = [
        compare(report, name, figure, limit)
        for name in report.at_most_by_name
        for figure, limit in limits.items()
    ]
    worst = max((finding.status for finding in findings), key=_RANKS.index)
    words = _WORDS[worst]
    if len(report.at_most_by_name) > 1 and worst in ("open", "exceeded"):
        names = dict.fromkeys(one_line(f.name) for f in findings if f.status == worst)
        words += f" ({', '.join(names)})"
    text += f"; asked: {_asked(limits, len(report.at_most_by_name))}, {words}."
    return Verdict(text, base_rate, all(finding.is_kept for finding in findings))


def unit(figure):
    """What follows a number of a figure."""
    return "bits" if figure == "bits" else f"of {figure}"


def decimals(value, limit=None, digits=4):
    """A number with as many decimals as show on which side of a limit it is.

    Parameters
    ----------
    value : float
    limit : float or None, default=None
    digits : int, default=4
        The fewest.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn_infoshape.audit.verdict import decimals
    >>> decimals(0.0502, 0.1, 3), decimals(0.0502, 0.05, 3)
    ('0.050', '0.0502')
    """
    while limit is not None and digits < _MOST_DIGITS:
        if (float(f"{value:.{digits}f}") <= limit) == (value <= limit):
            break
        digits += 1
    return f"{value:.{digits}f}"


def one_line(text):
    """Text without what would break a line, a file or a picture: a blank in its place."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def _amounts(report, limit):
    """At least and at most, of the headline attribute."""
    confidence = f"({100 * report.confidence:.4g} % confidence)"
    at_most, own = report.at_most, report.headline
    if own is None:
        return (
            f"{one_line(at_most.name)}: not attacked, as rows are too few; nobody recovers more "
            f"than {_most(at_most, limit)} {confidence}"
        )
    low = f"{decimals(max(0.0, own.bits.low), limit, 3)} bits"
    start = f"{one_line(own.name)}: attackers recover at least {low}"
    whole = f"of {own.entropy:.2f}"
    if at_most.certificate is not None:
        return f"{start}, and nobody more than {_most(at_most, limit)} {confidence} {whole}"
    if at_most.bits is not None:
        return (
            f"{start} {confidence} {whole}, and nobody more than {_most(at_most, limit)} "
            "(capacity of the channel)"
        )
    high = decimals(max(0.0, own.bits.high), limit, 3)
    return (
        f"{start}, these attackers up to {high} {confidence} {whole}; what others recover has no "
        "known limit"
    )


def _most(at_most, limit):
    return "unknown" if at_most.bits is None else f"{decimals(at_most.bits, limit, 3)} bits"


def _asked(limits, n_attributes):
    asked = []
    if "bits" in limits:
        asked.append(f"at most {limits['bits']:g} bits")
    if "advantage" in limits:
        asked.append(f"an advantage of at most {limits['advantage']:g}")
    return " and ".join(asked) + (", of each, alone and jointly" if n_attributes > 1 else "")


def _base_rate(result):
    if result is None or result.base_rate is None:
        return ""
    return (
        f"Always guessing the most frequent class is right in {100 * result.base_rate:.1f} %; the "
        f"best attacker {100 * result.chosen('accuracy').value:.1f} %."
    )
