"""A report as text of at most 100 columns, and as HTML."""

import html
import textwrap

from sklearn_infoshape.audit.attackers import NOT_LOOKED_FOR

__all__ = ["as_html", "as_text"]

_WIDTH = 100
_HEADS = {
    "bits": "bits",
    "accuracy": "accuracy",
    "advantage": "advantage",
    "balanced_accuracy": "balanced",
    "auc": "AUC",
    "tpr_at_1_fpr": "TPR@1%",
    "r2": "R²",
    "rank_correlation": "rank corr.",
}
_FIRST = 40
_NAME = 14


def as_text(report):
    """The report as a table with text around it.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    str
        Lines of at most 100 columns.
    """
    lines: list[str] = []
    for kind, content in _sections(report):
        if kind == "title":
            lines += ["", content, "-" * len(content)] if lines else [content, "=" * len(content)]
        elif kind == "table":
            lines += _text_table(*content)
        else:
            lines += textwrap.wrap(content, _WIDTH, subsequent_indent="  ")
    return "\n".join(line[:_WIDTH] for line in lines)


def as_html(report):
    """The report as a fragment of HTML.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    str
    """
    parts: list[str] = []
    for kind, content in _sections(report):
        if kind == "title":
            level = "h4" if parts else "h3"
            parts.append(f"<{level}>{html.escape(content)}</{level}>")
        elif kind == "table":
            head, rows = content
            cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
            body = "".join(
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
                for row in rows
            )
            parts.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>")
        else:
            parts.append(f"<p>{html.escape(content)}</p>")
    return '<div class="sklearn-infoshape-report">' + "".join(parts) + "</div>"


def _text_table(head, rows):
    widths = [max(len(row[j]) for row in [head, *rows]) for j in range(len(head))]
    widths[0] = min(widths[0], _FIRST)
    for row in [head, *rows]:
        first = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        rest = "".join(f"  {cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))
        yield f"{first:{widths[0]}}{rest}".rstrip()


def _sections(report):
    """Pairs of kind ("title", "text", "table") and content."""
    release = f"{report.n_codes} codes" if report.n_codes else "columns"
    yield "title", f"Leakage audit: {report.n_rows} rows, a release of {release}"
    for text in report.contradictions:
        yield "text", f"ERROR: {text}"
    for result in report.by_role("sensitive", "joint"):
        yield from _attribute(report, result)
    for name, reason in report.unattacked.items():
        yield "title", f"{name}: not attacked"
        yield "text", f"At least: unknown. {reason}"
        yield "text", _at_most(report.at_most_by_name[name])
    yield from _usefulness(report)
    yield from _scan(report)
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
        test += f" of {result.n_groups} groups"
    found = "At least" if report.n_codes else "Found at least"
    sentence = (
        f"{found}: {max(0.0, bits.low):.3f} bits (lower limit of a {report.confidence:.0%} "
        f"interval). Estimate: {max(0.0, bits.value):.3f}, up to {max(0.0, bits.high):.3f}, "
        f"recovered by {result.best['bits']!r} on {test}."
    )
    if result.null is not None:
        sentence += f" If the release said nothing: {_p_value(report, result)} (Holm)."
    yield "text", sentence
    yield "text", _at_most(report.at_most_by_name[result.name])
    yield "table", _attackers(result)
    yield "text", "(* chosen on calibration rows; only lower limits speak of leakage)"
    if "tpr_at_1_fpr" in result.best:
        yield (
            "text",
            f"TPR@1%: share of class {result.alarm_class} (in sorted order) above a threshold that "
            f"calibration rows place so that, with {report.confidence:.0%} confidence, at most 1 % "
            f"of others are above it; of other test rows, "
            f"{result.chosen('false_alarm_rate').value:.2%} are.",
        )
    yield from _context(report, result)


def _at_most(at_most):
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


def _p_value(report, result):
    p = report.p_values.get((result.role, result.name))
    return "p unknown" if p is None else f"p = {p:.3f}"


def _attackers(result):
    """Two lines an attacker: figures, and their intervals below them."""
    shown = [figure for figure in _HEADS if figure in result.best]
    rows = []
    for attacker, figures in result.figures.items():
        own = [figures.get(figure) for figure in shown]
        chosen = [result.best[figure] == attacker for figure in shown]
        rows.append([attacker[:_NAME], *map(_value, own, chosen)])
        rows.append(["", *map(_interval, own)])
    return ["attacker", *(_HEADS[figure] for figure in shown)], rows


def _value(figure, is_chosen):
    return "" if figure is None else ("*" if is_chosen else "") + _short(figure.value, 3)


def _interval(figure):
    return "" if figure is None else f"{_short(figure.low, 2)}–{_short(figure.high, 2)}"


def _short(number, digits):
    """A number without its leading zero, and without the sign of a zero."""
    text = f"{number:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _context(report, result):
    """Floors and comparisons for one attribute."""
    rows = []
    for role, label in (
        ("raw", "raw features, at least"),
        ("label score", "a label score (boosting), at least"),
        ("given y", "this release beyond y, at least"),
    ):
        for other in report.by_role(role):
            if other.name == result.name:
                bits = other.bits
                rows.append(
                    [
                        label,
                        f"{max(0.0, bits.low):.3f}",
                        f"{max(0.0, bits.value):.3f}",
                    ]
                )
    floor = report.floors.get(result.name)
    if floor is not None:
        rows.insert(0, ["label floor: y itself says", "", f"{floor.label_floor:.3f}"])
    if rows:
        yield "table", ([f"bits of {result.name}", "at least", "estimate"], rows)
    if floor is not None:
        yield (
            "text",
            f"Feasible: with at most L bits of leakage, at most L + "
            f"{floor.task_entropy_given_sensitive:.3f} bits of y (y has {floor.task_entropy:.3f}); "
            f"all of y needs L of at least {floor.label_floor:.3f}.",
        )


def _usefulness(report):
    own, raw = report.by_role("utility"), report.by_role("raw utility")
    if not own:
        return
    best = "the Bayes rule of the code" if report.n_codes else "the better of linear and boosting"
    yield "title", f"Utility: what {best} recovers of y"
    rows = []
    for label, results in (("release", own), ("raw features", raw)):
        for result in results:
            cells = [
                f"{result.chosen(figure).value:.3f}" if figure in result.best else ""
                for figure in ("bits", "accuracy", "balanced_accuracy", "auc")
            ]
            rows.append([f"{label}, {result.name}", *cells])
    yield "table", (["", "bits", "accuracy", "balanced", "AUC"], rows)


def _scan(report):
    results = report.by_role("scan")
    if not (results or report.skipped):
        return
    yield "title", "Scan: what else the release gives away, at least"
    if results:
        ordered = sorted(results, key=lambda a: -a.bits.value)
        rows = [
            [
                a.name,
                f"{max(0.0, a.bits.low):.3f}",
                f"{max(0.0, a.bits.value):.3f}",
                f"{a.entropy:.3f}",
                _p_value(report, a).removeprefix("p = ") if a.null else "",
            ]
            for a in ordered
        ]
        yield "table", (["column", "at least", "estimate", "of", "p (Holm)"], rows)
    for name, reason in report.skipped.items():
        yield "text", f"not attacked: {name} ({reason})"
