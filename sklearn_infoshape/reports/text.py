"""A report as text of at most 100 columns, and in short as HTML."""

import html
import textwrap

from sklearn_infoshape.reports.meanings import OPEN
from sklearn_infoshape.reports.tables import (
    HEADS,
    NOT_LOOKED_FOR,
    attacker_rows,
    attribute_rows,
    context_rows,
    region_rows,
    scan_rows,
    shift_rows,
    side_rows,
    subgroup_rows,
    utility_rows,
)
from sklearn_infoshape.reports.verdict import verdict
from sklearn_infoshape.reports.wording import one_line, shown

__all__ = ["alarm_words", "as_html", "as_text", "at_most_words"]

_WIDTH = 100
_FIRST = 40
_NAME = 14


def as_text(report, *, max_leakage=None, max_advantage=None, about=None, width=_WIDTH):
    """The report as a verdict, and tables with text around them.

    Parameters
    ----------
    report : LeakageReport
    max_leakage, max_advantage : float or None, default=None
        Limits that the verdict speaks of.
    about : dict of str to str, default=None
        What was audited.
    width : int, default=100
        Columns at which text is wrapped; tables have up to 100.

    Returns
    -------
    str
        Lines of at most 100 columns.
    """
    lines: list[str] = []
    asked = verdict(report, max_leakage=max_leakage, max_advantage=max_advantage)
    for kind, content in _sections(report, asked, about or {}):
        if isinstance(content, str):
            content = one_line(shown(content))
        if kind == "title":
            lines += ["", content, "-" * len(content)]
        elif kind == "heading":
            lines += ["", content, "=" * len(content)]
        elif kind == "table":
            lines += _text_table(*content)
        elif kind == "lines":
            lines += content
        else:
            lines += textwrap.wrap(content, width, subsequent_indent="  ")
    return "\n".join(line[:_WIDTH] for line in lines)


def as_html(report):
    """The report in short, as a fragment of HTML: its verdict, and a row an attribute.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    str
    """
    words = verdict(report)
    head, rows = attribute_rows(report)
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(shown(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        '<div class="sklearn-infoshape-report">'
        f"<p><strong>{html.escape(words.text)}</strong><br>{html.escape(words.base_rate)}</p>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _text_table(head, rows):
    head, *rows = [[one_line(shown(cell)) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[j]) for row in [head, *rows]) for j in range(len(head))]
    widths[0] = min(widths[0], _FIRST)
    for row in [head, *rows]:
        first = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        rest = "".join(f"  {cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))
        yield f"{first:{widths[0]}}{rest}".rstrip()


def _sections(report, asked, about):
    """Pairs of kind ("heading", "title", "text", "table", "lines") and content."""
    yield "text", asked.text
    if asked.base_rate:
        yield "text", asked.base_rate
    if asked.status == "open" and not report.contradictions:
        yield "text", OPEN
    release = f"{report.n_codes} codes" if report.n_codes else "columns"
    yield "heading", f"Leakage audit: {report.n_rows} rows, a release of {release}"
    for name, value in about.items():
        yield "text", f"{name}: {value}"
    for text in report.contradictions:
        yield "text", f"ERROR: {text}"
    for result in report.by_role("sensitive", "joint"):
        yield from _attribute(report, result)
    for name, reason in report.unattacked.items():
        yield "title", f"{name}: not attacked"
        yield "text", f"At least: unknown. {reason}"
        yield from _at_most(report.at_most_by_name[name])
    yield from _usefulness(report)
    yield from _scan(report)
    yield from _where(report)
    if not report.n_codes:
        yield "title", "Not looked for"
        yield (
            "text",
            "Of columns nobody can say more than that so much was found at least. The default "
            "attackers do not look for: " + "; ".join(NOT_LOOKED_FOR) + ".",
        )
    yield "title", "To bear in mind"
    for caveat in report.caveats:
        yield "text", f"- {caveat}"
    made = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield "text", f"{made}; random_state {report.settings['random_state']}"


def _attribute(report, result):
    jointly = ", jointly" if result.role == "joint" else ""
    yield "title", f"{result.name}{jointly}: {result.n_classes} classes, {result.entropy:.3f} bits"
    bits = result.bits
    test = f"{result.n_test} test rows"
    if result.n_groups < result.n_test:
        test += f" of {result.n_groups} groups (persons)"
    found = "At least" if report.n_codes else "Found at least"
    sentence = (
        f"{found}: {max(0.0, bits.low):.3f} bits (lower limit of a {report.confidence:.0%} "
        f"interval). Estimate: {max(0.0, bits.value):.3f}, up to {max(0.0, bits.high):.3f}, "
        f"recovered by {result.best['bits']!r} on {test}."
    )
    if result.null is not None:
        p = report.p_values.get((result.role, result.name))
        chance = "p unknown" if p is None else f"p = {p:.3f}"
        sentence += f" Chance of that if the release says nothing: {chance} (Holm)."
    yield "text", sentence
    yield from _at_most(report.at_most_by_name[result.name])
    table, same = _attackers(result)
    yield "table", table
    yield "text", "(* chosen on calibration rows; only lower limits speak of leakage)"
    for first, others in same:
        yield "text", f"(+{len(others)}: {', '.join(others)} show the same as {first})"
    if result.base_rate is not None:
        yield (
            "text",
            f"Always guessing the most frequent class: {100 * result.base_rate:.1f} % right; the "
            f"best attacker: {100 * result.chosen('accuracy').value:.1f} %.",
        )
    alarm = alarm_words(report, result)
    if alarm:
        yield "text", alarm
    yield from _context(report, result)


def alarm_words(report, result):
    """What the share of recognised rows at few false alarms is; nothing where it is unknown.

    Parameters
    ----------
    report : LeakageReport
    result : AttackResult

    Returns
    -------
    str
    """
    if "tpr_at_1_fpr" not in result.best:
        return ""
    return (
        f"TPR@1%: share of class {result.alarm_class} (in sorted order) above a threshold that "
        f"calibration rows place so that, with {report.confidence:.0%} confidence, at most 1 % "
        f"of others are above it; of other test rows, "
        f"{result.chosen('false_alarm_rate').value:.2%} are."
    )


def at_most_words(at_most):
    """The upper limit of one attribute, or why there is none.

    Parameters
    ----------
    at_most : AtMost

    Returns
    -------
    str
    """
    if at_most.bits is None:
        return f"At most: {at_most.text}"
    if at_most.certificate is None:
        return f"At most: {at_most.bits:.3f} bits. {at_most.text}"
    own = at_most.certificate
    return (
        f"At most: {own.bits:.3f} bits, accuracy {own.accuracy:.3f}, balanced accuracy "
        f"{own.balanced_accuracy:.3f}, advantage {own.advantage:.3f} ({own.n_rows} rows). "
        f"{at_most.text}"
    )


def _at_most(at_most):
    yield "text", at_most_words(at_most)
    if at_most.certificate is not None:
        yield "lines", [*at_most.certificate.to_lines(), ""]
        yield "table", shift_rows(at_most)
        yield "text", ""


def _attackers(result):
    """Two lines an attacker, figures and their intervals; and who shows the same as another."""
    shown, found = attacker_rows(result)
    rows, same = [], []
    for (first, *others), cells in found:
        more = f" (+{len(others)})" if others else ""
        rows.append([first[: _NAME - len(more)] + more, *(value for value, _ in cells)])
        rows.append(["", *(limits for _, limits in cells)])
        if others:
            same.append((first, others))
    return (["attacker", *(HEADS[figure] for figure in shown)], rows), same


def _context(report, result):
    """Floors and comparisons for one attribute."""
    rows, floor = context_rows(report, result), report.floors.get(result.name)
    if rows:
        yield "table", ([f"bits of {result.name}", "at least", "estimate"], rows)
    head, rows = side_rows(report, result)
    if rows:
        yield "text", f"Known beforehand: {', '.join(report.settings['known'])}."
        yield "table", (head, rows)
    if floor is not None:
        yield (
            "text",
            f"Feasible: with at most L bits of leakage, at most L + "
            f"{floor.task_entropy_given_sensitive:.3f} bits of y (y has {floor.task_entropy:.3f}); "
            f"all of y needs L of at least {floor.label_floor:.3f}.",
        )


def _usefulness(report):
    head, rows = utility_rows(report)
    if not rows:
        return
    cheap = "the better of linear and boosting"
    best = "the Bayes rule of the code" if report.n_codes else cheap
    yield "title", f"Utility: what {best} recovers of y"
    if report.n_codes and HEADS["r2"] in head:
        yield "text", f"{HEADS['r2']}: {cheap}."
    yield "table", (head, rows)


def _scan(report):
    head, rows = scan_rows(report)
    if not (rows or report.skipped):
        return
    yield "title", "Scan: what else the release gives away, at least"
    if rows:
        yield "table", (head, rows)
    for name, reason in report.skipped.items():
        yield "text", f"not attacked: {name} ({reason})"


def _where(report):
    """Subgroups of rows and regions of the release where more is given away than elsewhere."""
    head, rows = subgroup_rows(report)
    if rows:
        yield "title", "Worst subgroups: what is recovered within them"
        yield "table", (head, rows)
        yield "text", "(searched on the attackers' rows, confirmed on test rows; limits together)"
    sentences, head, rows = region_rows(report)
    if sentences:
        yield "title", "Rare regions of the release, of at most 10 % of the rows each"
    for sentence in sentences:
        yield "text", sentence
    if rows:
        yield "table", (head, rows)
        yield "text", "(class: in sorted order; its share among test rows, one a person)"
