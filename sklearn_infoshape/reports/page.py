"""A report as one page of HTML that needs nothing else: words, tables and pictures."""

import datetime
import re
from importlib import resources

from sklearn_infoshape._optional import needed
from sklearn_infoshape.reports.meanings import (
    OPEN,
    attacker_meanings,
    attribute_meanings,
    context_meanings,
    rows_used,
)
from sklearn_infoshape.reports.options import ReportOptions
from sklearn_infoshape.reports.path_points import tradeoff_pictures
from sklearn_infoshape.reports.plot_attackers import AttackedAttribute, draw_attackers, n_lines
from sklearn_infoshape.reports.plot_style import need_matplotlib, svg
from sklearn_infoshape.reports.tables import (
    HEADS,
    NOT_LOOKED_FOR,
    alike,
    attacker_rows,
    attribute_rows,
    certificate_rows,
    context_rows,
    region_rows,
    scan_rows,
    shift_rows,
    side_rows,
    subgroup_rows,
    task_name,
    utility_rows,
)
from sklearn_infoshape.reports.text import alarm_words, at_most_words
from sklearn_infoshape.reports.verdict import verdict
from sklearn_infoshape.reports.wording import one_line, shown

__all__ = ["as_page", "need_page"]

_INCHES = 4.3
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")
_SILENT = (
    "Only the named attributes were judged; others may be in the release.",
    "It speaks of one release a row. Several releases of the same people add up: audit them "
    "together.",
    "Recipients are taken to see released rows, and to have no way to query the model.",
    "Estimates, and the upper ends of attackers' intervals, are no limits on what others find; "
    'only "at most" is.',
    "It is no differential privacy, and does not say whether somebody was in the data.",
)


def need_page():
    """Refuse before any work where a page cannot be made.

    Raises
    ------
    ImportError
        If jinja2 or matplotlib is not installed.
    """
    need_matplotlib("report")
    needed("jinja2", "An HTML report")


def as_page(report, options=None):
    """The report as a page.

    Parameters
    ----------
    report : LeakageReport
    options : ReportOptions, default=None

    Returns
    -------
    str

    Raises
    ------
    ImportError
        If jinja2 or matplotlib is not installed.
    """
    need_page()
    import jinja2
    from markupsafe import Markup

    options = ReportOptions() if options is None else options
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda own: own if isinstance(own, Markup) else one_line(shown(own)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = resources.files("sklearn_infoshape.reports") / "templates"
    template = environment.from_string((folder / "report.html.j2").read_text("utf-8"))
    words = verdict(report, **options.limits)
    tradeoffs = tradeoff_pictures(options, _task(report, options))
    content = template.render(
        **_content(report, options, words),
        attackers_picture=Markup(_attackers_picture(report, options)),
        tradeoffs=[Markup(picture) for picture in tradeoffs],
    )
    return content + "\n"


def _attacked(report, result):
    """One attribute as its picture shows it; attackers that find the same are one row."""
    floor = report.floors.get(result.name)
    rows = []
    for names in alike(result, ["bits"]):
        bits = result.figures[names[0]].get("bits")
        if bits is not None:
            is_best = result.best["bits"] in names
            rows.append((shown(", ".join(names)), bits.value, bits.low, bits.high, is_best))
    return AttackedAttribute(
        "all jointly" if result.role == "joint" else shown(result.name),
        rows,
        at_most=report.at_most_by_name[result.name].bits,
        label_floor=None if floor is None else floor.label_floor,
        null_limit=None if result.null is None else result.null.bits_limit,
    )


def _attackers_picture(report, options):
    attributes = [_attacked(report, result) for result in report.by_role("sensitive", "joint")]
    if not attributes:
        return ""
    single = report.by_role("sensitive")
    names = shown(single[0].name) if len(attributes) == len(single) == 1 else "each attribute"
    task = _task(report, options)
    return svg(
        lambda ax: draw_attackers(
            ax, attributes, f"bits of {names} recovered from the release", task
        ),
        (_INCHES, 1.9 + 0.24 * n_lines(attributes, _INCHES)),
        "attackers",
        "What each attacker recovers, with intervals and limits",
    )


def _content(report, options, words):
    """All that the template shows beside pictures, as text."""
    about = dict(options.about)
    created = about.pop("created", None) or datetime.date.today().isoformat()
    told: set = set()
    attacked = report.by_role("sensitive", "joint")
    single = [own.name for own in report.by_role("sensitive")]
    single += [name for name in report.unattacked if name not in single and " & " not in name]
    status = "open" if report.contradictions else words.status or ""
    return {
        "title": one_line(f"Leakage audit: {about.get('sensitive') or ', '.join(single)}"),
        "subtitle": f"{created}. {report.n_rows} audited rows, a release of {_release(report)}.",
        "status": status,
        "verdict": words,
        "facts": _facts(report, about),
        "attributes": attribute_rows(report),
        "open": OPEN if words.status == "open" and not report.contradictions else "",
        "attribute_meanings": attribute_meanings(report, _task(report, options)),
        "attacker_meanings": attacker_meanings(attacked),
        "context_meanings": context_meanings(task_name(report)) if report.floors else [],
        "known": ", ".join(map(str, report.settings.get("known") or ())),
        "task": _task(report, options),
        "confidence": f"{100 * report.confidence:.4g} %",
        "chosen_words": _chosen_words(options),
        "details": [_details(report, own, told) for own in attacked],
        "unattacked": [
            (name, reason, _limits(report.at_most_by_name[name]))
            for name, reason in report.unattacked.items()
        ],
        "utility": utility_rows(report),
        "scan": scan_rows(report),
        "skipped": report.skipped,
        "subgroups": subgroup_rows(report),
        "regions": region_rows(report),
        "silent": [*_SILENT, *_not_looked_for(report)],
        "caveats": [*report.contradictions, *report.caveats],
        "settings": [(name, _plain(value)) for name, value in report.settings.items()],
        "versions": ", ".join(f"{name} {value}" for name, value in report.versions.items()),
    }


def _task(report, options):
    """What y is called."""
    return str(options.about.get("task") or task_name(report))


def _release(report):
    return f"{report.n_codes} codes" if report.n_codes else "columns"


def _facts(report, about):
    """What was audited, in the caller's words, and how many rows."""
    parts = report.settings.get("rows", {})
    facts = list(about.items())
    facts.append(("audited rows", f"{report.n_rows}" + (f" ({rows_used(parts)})" if parts else "")))
    facts.append(("release", _release(report)))
    return facts


def _details(report, result, told):
    """Of one attribute; words on its limit that were told before are not told again."""
    at_most = report.at_most_by_name[result.name]
    limit = at_most_words(at_most)
    if at_most.bits is not None:
        sentences = _SENTENCE_END.split(at_most.text)
        new = " ".join(sentence for sentence in sentences if sentence not in told)
        limit = limit.removesuffix(at_most.text) + new
        told.update(sentences)
    shown, rows = attacker_rows(result)
    alarm = alarm_words(report, result)
    jointly = ", jointly" if result.role == "joint" else ""
    return {
        "name": f"{result.name}{jointly}: {result.n_classes} classes, {result.n_test} test rows",
        "head": [HEADS[figure] for figure in shown],
        "rows": [(", ".join(names), cells) for names, cells in rows],
        "alarm": alarm,
        "limits": {**_limits(at_most), "words": limit},
        "context_head": [f"bits of {result.name}", "at least", "estimate"],
        "context": context_rows(report, result),
        "side": side_rows(report, result),
    }


def _limits(at_most):
    """Upper limits of one attribute: words, figures with what they mean, records by shift."""
    return {
        "words": at_most_words(at_most),
        "figures": certificate_rows(at_most),
        "shifts": shift_rows(at_most),
    }


def _not_looked_for(report):
    if report.n_codes:
        return []
    return ["The default attackers do not look for: " + "; ".join(NOT_LOOKED_FOR) + "."]


def _chosen_words(options):
    if options.chosen is None:
        return ""
    multiplier = options.shaping_path.privacy_multipliers[options.chosen]
    try:
        text = ", ".join(f"{value:.3g}" for value in multiplier) + " (one an attribute)"
    except TypeError:
        text = f"{multiplier:.3g}"
    return f"The release with λ = {text} was chosen."


def _plain(value):
    if isinstance(value, dict):
        return ", ".join(f"{key} {own}" for key, own in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
