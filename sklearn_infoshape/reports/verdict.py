"""What a report says in one line, of itself and of limits."""

from dataclasses import dataclass

from sklearn_infoshape.reports.limits import KEPT, asked_limits, attacked, contradicted, findings
from sklearn_infoshape.reports.wording import decimals, one_line, shown

__all__ = ["Verdict", "verdict"]

_RANKS = ("certified", "found", "open", "exceeded")
_WORDS = {
    "certified": "certified: kept",
    "found": "kept as far as these attackers find, not certified",
    "open": "neither shown kept nor exceeded",
    "exceeded": "exceeded",
}
_MOST_NAMED = 4


@dataclass(frozen=True)
class Verdict:
    """A report in words.

    Attributes
    ----------
    text : str
        One line.
    base_rate : str
        How often a guess without the release is right, and the best attacker; may be empty.
    status : {"certified", "found", "open", "exceeded"} or None
        Of the worst finding (``reports.limits``); None where no limit was asked for.
    """

    text: str
    base_rate: str
    status: str | None

    @property
    def is_kept(self):
        """Whether ``assert_below`` passes with the limits; None where there are none."""
        return None if self.status is None else self.status in KEPT

    def __str__(self):
        return f"{self.text} {self.base_rate}".strip()


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
    n_attributes = len(report.at_most_by_name)
    base_rate = _base_rate(report.headline, n_attributes)
    problem = contradicted(report)
    if problem:
        return Verdict(one_line(shown(problem)), base_rate, "open" if limits else None)
    text = _amounts(report, limits.get("bits"))
    if not limits:
        return Verdict(f"{text}.", base_rate, None)
    found = findings(report, limits)
    worst = max((finding.status for finding in found), key=_RANKS.index)
    words = _WORDS[worst]
    if n_attributes > 1 and worst in ("open", "exceeded"):
        names = dict.fromkeys(f.name for f in found if f.status == worst)
        if len(names) < n_attributes:
            words += f" ({', '.join(_short_name(report, name) for name in names)})"
    text += f"; asked: {_asked(limits, n_attributes)}, {words}."
    return Verdict(text, base_rate, worst)


def _amounts(report, limit):
    """At least and at most, of each attribute; of many, of the headline and of all jointly."""
    names = list(report.at_most_by_name)
    left_out = 0
    if len(names) > _MOST_NAMED:
        joint = [own.name for own in report.by_role("joint")] or names[-1:]
        kept = dict.fromkeys([report.at_most.name, *joint])
        left_out, names = len(names) - len(kept), list(kept)
    confidence = f"({100 * report.confidence:.4g} % confidence)"
    if len(report.at_most_by_name) == 1:
        return _one_amount(report, names[0], limit, confidence)
    parts = [_amount(report, name, limit) for name in names]
    more = f"; {left_out} more in the table" if left_out else ""
    return f"{'; '.join(parts)} {confidence}{more}"


def _one_amount(report, name, limit, confidence):
    """At least and at most, of the only attribute."""
    at_most, own, called = report.at_most_by_name[name], report.headline, one_line(shown(name))
    most = "" if at_most.bits is None else f"{decimals(at_most.bits, limit, 3)} bits"
    if own is None:
        return (
            f"{called}: not attacked, as rows are too few, and nobody recovers more than "
            f"{most or 'unknown'} {confidence}"
        )
    low, high = (decimals(max(0.0, f), limit, 3) for f in (own.bits.low, own.bits.high))
    start, whole = f"{called}: attackers recover at least {low} bits", f"of {own.entropy:.2f}"
    if at_most.bits is None:
        return (
            f"{start}, these attackers up to {high} {confidence} {whole}; what others recover has "
            "no known limit"
        )
    if at_most.certificate is None:  # a capacity holds for sure
        return f"{start} {confidence} {whole}, and nobody more than the channel's {most}"
    return f"{start}, and nobody more than {most} {confidence} {whole}"


def _amount(report, name, limit):
    """At least and at most, of one attribute among several."""
    at_most = report.at_most_by_name[name]
    own = attacked(report, name)
    most = "no upper limit"
    if at_most.bits is not None:
        most = f"at most {decimals(at_most.bits, limit, 3)} bits"
    called = _short_name(report, name)
    if own is None:
        return f"{called}: not attacked, {most}"
    low = decimals(max(0.0, own.bits.low), limit, 3)
    if at_most.bits is None:
        return f"{called}: at least {low} bits of {own.entropy:.2f}, {most}"
    return f"{called}: at least {low} and {most} of {own.entropy:.2f}"


def _short_name(report, name):
    """A name in one line; of all attributes together "jointly"."""
    is_joint = name in [own.name for own in report.by_role("joint")]
    return "jointly" if is_joint else one_line(shown(name))


def _asked(limits, n_attributes):
    asked = []
    if "bits" in limits:
        asked.append(f"at most {limits['bits']:.9g} bits")
    if "advantage" in limits:
        asked.append(f"an advantage of at most {limits['advantage']:.9g}")
    return " and ".join(asked) + (", of each, alone and jointly" if n_attributes > 1 else "")


def _base_rate(result, n_attributes):
    if result is None or result.base_rate is None:
        return ""
    which = f"Of {one_line(shown(result.name))}, always" if n_attributes > 1 else "Always"
    return (
        f"{which} guessing the most frequent class is right in {100 * result.base_rate:.1f} %; the "
        f"best attacker {100 * result.chosen('accuracy').value:.1f} %."
    )
