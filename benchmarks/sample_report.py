"""The audit that the user guide explains line by line, kept in results/sample_report.txt.

Run: python -m benchmarks.sample_report
"""

import argparse
import warnings
from pathlib import Path

from sklearn.model_selection import GroupShuffleSplit

from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, audit_leakage
from sklearn_infoshape.datasets import make_hospital_table

__all__ = ["RESULT", "audit"]

RESULT = Path(__file__).parent / "results" / "sample_report.txt"


def audit(rows=8000, posterior="auto", attackers="default"):
    """Fit on half of the persons of a hospital's table, and audit the others.

    Parameters
    ----------
    rows : int, default=8000
        Stays in the table.
    posterior : str, default="auto"
        As of :class:`~sklearn_infoshape.InfoShapeTransformer`.
    attackers : str or list, default="default"
        As of :func:`~sklearn_infoshape.audit_leakage`.

    Returns
    -------
    LeakageReport
    """
    table, returns, attributes = make_hospital_table(rows, random_state=0)
    persons = table["patient"]
    halves = GroupShuffleSplit(1, test_size=0.5, random_state=0)
    own, new = next(halves.split(table, groups=persons))
    shaper = InfoShapeTransformer(
        privacy_multiplier=3, fold_columns="patient", posterior=posterior, random_state=0
    )
    shaper.fit(table.iloc[own], returns[own], sensitive_features=attributes["sex"].iloc[own])
    return audit_leakage(
        shaper,
        table.iloc[new],
        attributes["sex"].iloc[new],
        returns[new],
        groups=persons.iloc[new],
        attackers=attackers,
        random_state=0,
    )


def main():
    """Write the printed report, under what made it."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    text = f"{header()}{audit()}\n"
    RESULT.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
