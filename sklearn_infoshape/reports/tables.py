"""The tables of a report, as heads and rows of text; text and HTML lay them out."""

from sklearn_infoshape.reports.wording import interval, limit_words, short

__all__ = [
    "HEADS",
    "NOT_LOOKED_FOR",
    "SIDE_ROLES",
    "alike",
    "attacker_rows",
    "attribute_rows",
    "certificate_rows",
    "context_rows",
    "region_rows",
    "scan_rows",
    "shift_rows",
    "side_rows",
    "subgroup_rows",
    "task_name",
    "utility_rows",
]

HEADS = {
    "bits": "bits",
    "accuracy": "accuracy",
    "advantage": "advantage",
    "balanced_accuracy": "balanced",
    "auc": "AUC",
    "tpr_at_1_fpr": "TPR@1%",
    "r2": "R²",
    "rank_correlation": "rank corr.",
}
SIDE_ROLES = ("known", "known and release", "beyond known")
#: What the default suite does not look for in columns; a report of columns says so.
NOT_LOOKED_FOR = (
    "parities of several bits or digits of a number, or of signs of more than three columns",
    "keyed hashes and permutations of values that few rows share",
    "waves of more than 8,192 periods, or along combinations of columns",
    "digits to bases other than 2, 3, 5, 7 and 10, or of functions of a column",
    "the order of rows",
)
_UNKNOWN = "–"
_MOST_REGIONS = 5


def attribute_rows(report):
    """One row an attribute: how much there is, and how much of it is found at least and at most.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    head : list of str
    rows : list of list of str
    """
    head = [
        "attribute",
        "at least",
        "at most",
        "estimate",
        f"{100 * report.confidence:.4g} % interval",
        "entropy",
        "base rate",
        "best attacker",
        "p (Holm)",
        "label floor",
    ]
    rows = []
    for own in report.by_role("sensitive", "joint"):
        low, value, high = map(_floored, (own.bits.low, own.bits.value, own.bits.high))
        rows.append(
            [
                own.name,
                low,
                _bits(report.at_most_by_name[own.name].bits),
                value,
                f"{low} to {high}",
                f"{own.entropy:.3f}",
                _share(own.base_rate),
                _share(own.chosen("accuracy").value if "accuracy" in own.best else None),
                _p_cell(report, own),
                _floor(report, own.name),
            ]
        )
    for name in report.unattacked:
        most, unknown = _bits(report.at_most_by_name[name].bits), [_UNKNOWN] * 6
        rows.append([f"{name} (not attacked)", _UNKNOWN, most, *unknown, _floor(report, name)])
    return head, rows


def attacker_rows(result):
    """Figures of attackers, and their intervals; attackers that show the same are one.

    Parameters
    ----------
    result : AttackResult

    Returns
    -------
    shown : list of str
        The figures, in the order of the cells.
    rows : list of (list of str, list of (str, str))
        Names of attackers, and value and interval of each figure; "*" before the value of one
        that calibration rows chose.
    """
    shown = [figure for figure in HEADS if figure in result.best]
    rows = []
    for names in alike(result, shown):
        cells = []
        for figure in shown:
            own = result.figures[names[0]].get(figure)
            star = "*" if result.best[figure] in names else ""
            cells.append(("", "") if own is None else (star + short(own.value, 3), interval(own)))
        rows.append((names, cells))
    return shown, rows


def alike(result, figures):
    """Attackers whose figures are the same as far as they are shown, in lists.

    Parameters
    ----------
    result : AttackResult
    figures : sequence of str

    Returns
    -------
    list of list of str
    """
    groups: dict = {}
    for name, own in result.figures.items():
        shown = [own.get(figure) for figure in figures]
        key = tuple(None if f is None else (short(f.value, 3), interval(f)) for f in shown)
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def context_rows(report, result):
    """What y, raw features and a label score say of one attribute, beside the release.

    Returns
    -------
    list of list of str
        Label, at least, estimate.
    """
    rows = []
    task = task_name(report)
    for role, label in (
        ("raw", "raw features"),
        ("label score", "label score (boosting)"),
        ("given y", f"this release beyond {task}"),
    ):
        for other in report.by_role(role):
            if other.name == result.name:
                rows.append([label, _floored(other.bits.low), _floored(other.bits.value)])
    floor = report.floors.get(result.name)
    if floor is not None:
        rows.insert(0, [f"label floor: {task} itself", "", f"{floor.label_floor:.3f}"])
    return rows


def certificate_rows(at_most):
    """Each figure of a certificate with what it means; none where there is no certificate.

    Parameters
    ----------
    at_most : AtMost

    Returns
    -------
    list of list of str
    """
    own = at_most.certificate
    return [] if own is None else [[words, limit_words(value)] for value, words in own.figures()]


def shift_rows(at_most):
    """Shares of records whose code shifts p(s) by more than so much.

    Parameters
    ----------
    at_most : AtMost

    Returns
    -------
    head : list of str
    rows : list of list of str
        Empty where there is no certificate.
    """
    own = () if at_most.certificate is None else at_most.certificate.shifted
    head = ["records whose code shifts p(s) by over", *(f"{shift:g}" for shift, _, _ in own)]
    if not own:
        return head, []
    return head, [
        ["share, as audited", *(f"{100 * share:.1f} %" for _, share, _ in own)],
        ["at most", *(f"{100 * most:.1f} %" for _, _, most in own)],
    ]


def side_rows(report, result):
    """What known columns say of one attribute, alone and with the release; none without any.

    Returns
    -------
    head : list of str
    rows : list of list of str
    """
    head = [f"bits of {result.name}", "at least", "estimate", "interval", "p (Holm)"]
    labels = ("raw features", "known columns alone", "known columns and release", "beyond known")
    rows = []
    for role, label in zip(("raw", *SIDE_ROLES), labels, strict=True):
        for other in report.by_role(role):
            if other.name == result.name:
                bits = other.bits
                low, value, high = map(_floored, (bits.low, bits.value, bits.high))
                rows.append([label, low, value, f"{low} to {high}", _p_cell(report, other)])
    return head, rows if report.by_role("beyond known") else []


def utility_rows(report):
    """What the release is good for, beside raw features; none where nobody gave y.

    Returns
    -------
    head : list of str
    rows : list of list of str
    """
    roles = (("release", "utility"), ("raw features", "raw utility"))
    found = [(label, result) for label, role in roles for result in report.by_role(role)]
    figures = ["bits", "accuracy", "balanced_accuracy", "auc"]
    if any("r2" in result.best for _, result in found):
        figures.append("r2")  # of amounts
    rows = []
    for label, result in found:
        cells = [
            f"{result.chosen(figure).value:.3f}" if figure in result.best else ""
            for figure in figures
        ]
        rows.append([f"{label}, {result.name}", *cells])
    return ["", *(HEADS[figure] for figure in figures)], rows


def scan_rows(report):
    """Columns that nobody named, those first of which most is found.

    Returns
    -------
    head : list of str
    rows : list of list of str
    """
    scanned = sorted(report.by_role("scan"), key=lambda own: -own.bits.value)
    rows = [[own.name, *_recovered(report, own)] for own in scanned]
    return ["column", "at least", "estimate", "of", "p (Holm)"], rows


def subgroup_rows(report):
    """Subgroups of which most is given away, as attackers' own rows ranked them.

    Returns
    -------
    head : list of str
    rows : list of list of str
    """
    names = [own.name for own in report.by_role("sensitive", "joint")]
    rows = []
    for own in report.by_role("subgroup"):
        name = max((n for n in names if own.name.startswith(f"{n} where ")), key=len)
        cell = own.name.removeprefix(f"{name} where ")
        rows.append([cell, name, f"{own.n_test}", *_recovered(report, own)])
    return ["subgroup", "attribute", "test rows", "at least", "estimate", "of", "p (Holm)"], rows


def region_rows(report):
    """Rare regions of the release where s is far from its share: a sentence and some rows each.

    Returns
    -------
    sentences : list of str
        One an attribute.
    head : list of str
    rows : list of list of str
        Significant regions.
    """
    sentences, rows = [], []
    for scan in report.rare_regions:
        sentence = f"{scan.name}: no region has rows enough to be tested."
        if scan.regions:
            sentence = (
                f"{scan.name}: in {scan.n_significant} of {len(scan.regions)} tested regions "
                f"({scan.share:.1%} of {scan.n_test} test rows) a class is more frequent than in "
                f"all rows; least p = {scan.regions[0].p_value:.2g} (Fisher's exact test, Holm)."
            )
        sentences.append(sentence)
        rows += [
            [
                f"{scan.name}: {own.region}",
                f"{own.n_tested}",
                f"{own.alarm_class}",
                f"{own.class_share:.3f}",
                f"{own.class_share_low:.3f}",
                f"{own.prior_share:.3f}",
                f"{own.p_value:.2g}",
            ]
            for own in scan.significant[:_MOST_REGIONS]
        ]
    head = ["region", "test rows", "class", "its share", "at least", "in all rows", "p (Holm)"]
    return sentences, head, rows


def task_name(report):
    """What y is called; "y" where nobody gave it, or a name."""
    return " & ".join(own.name for own in report.by_role("utility")) or "y"


def _recovered(report, own):
    """Bits at least, estimate, entropy, p."""
    bits = own.bits
    cells = [_floored(bits.low), _floored(bits.value), f"{own.entropy:.3f}"]
    return [*cells, _p_cell(report, own)]


def _floored(bits):
    return f"{max(0.0, bits):.3f}"


def _p_cell(report, result):
    p = report.p_values.get((result.role, result.name))
    return _UNKNOWN if p is None else f"{p:.3f}"


def _share(share):
    return _UNKNOWN if share is None else f"{100 * share:.1f} %"


def _bits(bits):
    return "unknown" if bits is None else f"{bits:.3f}"


def _floor(report, name):
    floor = report.floors.get(name)
    return _UNKNOWN if floor is None else f"{floor.label_floor:.3f}"
