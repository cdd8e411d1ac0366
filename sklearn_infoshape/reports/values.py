"""A report as plain values: a dict, strict JSON, a data frame."""

import json

import numpy as np

from sklearn_infoshape._optional import needed
from sklearn_infoshape.reports.tables import SIDE_ROLES
from sklearn_infoshape.reports.verdict import verdict

__all__ = ["as_dict", "as_frame", "as_json", "strict"]


def as_dict(report):
    """Everything as plain Python values; see :meth:`LeakageReport.to_dict`.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    dict
    """
    p_values = report.p_values
    own = [
        {
            **_attacked(a, p_values),
            "at_most": report.at_most_by_name[a.name].to_dict(),
            "floor": vars(report.floors[a.name]) if a.name in report.floors else None,
        }
        for a in report.by_role("sensitive", "joint")
    ]
    own += [
        {
            "attribute": name,
            "at_least": None,
            "not_attacked": reason,
            "at_most": report.at_most_by_name[name].to_dict(),
            "floor": vars(report.floors[name]) if name in report.floors else None,
        }
        for name, reason in report.unattacked.items()
    ]
    at_least = {"bits": 0.0, "bits_estimate": None, "attribute": None, "p_value": None}
    for found in own:
        if report.headline is not None and found["attribute"] == report.headline.name:
            at_least = {
                **found["at_least"],
                "attribute": found["attribute"],
                "p_value": found["p_value"],
            }
    others = ("given y", "raw", "label score", "utility", "raw utility", "scan", "subgroup")
    values = {
        "at_least": at_least,
        "at_most": {"attribute": report.at_most.name, **report.at_most.to_dict()},
        "attributes": own,
        **{
            role.replace(" ", "_"): [_attacked(a, p_values) for a in report.by_role(role)]
            for role in (*others, *SIDE_ROLES)
        },
        "rare_regions": [scan.to_dict() for scan in report.rare_regions],
        "verdict": str(verdict(report)),
        "contradictions": report.contradictions,
        "skipped": dict(report.skipped),
        "caveats": list(report.caveats),
        "confidence": report.confidence,
        "n_rows": report.n_rows,
        "n_codes": report.n_codes,
        "settings": dict(report.settings),
        "versions": dict(report.versions),
    }
    return strict(values)


def as_json(report, options, indent=2):
    """Strict JSON, the verdict first.

    Parameters
    ----------
    report : LeakageReport
    options : ReportOptions
    indent : int or None, default=2

    Returns
    -------
    str
    """
    words = verdict(report, **options.limits)
    own = {"verdict": str(words), "asked": {**options.limits, "kept": words.is_kept}}
    values = strict({**own, "about": options.about, **as_dict(report), **own})
    return json.dumps(values, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


def as_frame(report):
    """One row for each attacker, attribute and figure; see :meth:`LeakageReport.to_frame`.

    Parameters
    ----------
    report : LeakageReport

    Returns
    -------
    pandas.DataFrame
    """
    pd = needed("pandas", "to_frame")
    return pd.DataFrame(
        [
            {
                "role": result.role,
                "attribute": result.name,
                "attacker": attacker,
                "figure": figure,
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "is_best": result.best[figure] == attacker,
            }
            for result in report.results
            for attacker, figures in result.figures.items()
            for figure, f in figures.items()
        ]
    )


def strict(value):
    """Only what JSON has: numpy's numbers become Python's, what is no number None.

    Parameters
    ----------
    value : object

    Returns
    -------
    dict, list, str, int, float, bool or None
    """
    if isinstance(value, dict):
        return {str(key): strict(own) for key, own in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [strict(own) for own in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _attacked(result, p_values):
    """One result as plain values."""
    at_least = {}
    for figure, attacker in sorted(result.best.items()):
        chosen = result.chosen(figure)
        at_least[figure] = max(0.0, chosen.low) if figure == "bits" else chosen.low
        at_least[f"{figure}_estimate"] = chosen.value
        at_least[f"{figure}_interval"] = chosen.to_list()
        if figure == "bits":
            at_least["attacker"] = attacker
    null = None if result.null is None else vars(result.null)
    return {
        "attribute": result.name,
        "at_least": at_least,
        "p_value": p_values.get((result.role, result.name)),
        "null": null,
        "entropy_bits": result.entropy,
        "base_rate": result.base_rate,
        "n_classes": result.n_classes,
        "n_test": result.n_test,
        "n_groups": result.n_groups,
        "alarm_class": result.alarm_class,
        "attackers": {
            name: {figure: [f.value, f.low, f.high] for figure, f in figures.items()}
            for name, figures in result.figures.items()
        },
    }
