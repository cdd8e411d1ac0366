"""LeakageReport: what an audit found, as figures, a table, text, HTML and an assertion."""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

import numpy as np

from sklearn_infoshape.audit.permutation import holm
from sklearn_infoshape.audit.files import check_target, write_whole
from sklearn_infoshape.audit.options import ReportOptions
from sklearn_infoshape.audit.page import as_page, need_page
from sklearn_infoshape.audit.rendering import as_html, as_text
from sklearn_infoshape.audit.verdict import compare, contradicted, unit, verdict
from sklearn_infoshape.exceptions import LeakageExceededError

__all__ = ["LeakageReport"]


@dataclass(frozen=True, repr=False)
class LeakageReport:
    """What a release says of a sensitive attribute: at least so much, at most so much.

    Attributes
    ----------
    results : list of AttackResult
        What attackers recovered, a spec each (see ``role``).
    at_most_by_name : dict of str to AtMost
        For each sensitive attribute, and for all of them jointly.
    floors : dict of str to Floor
        What y and s say of each other, where y was given.
    caveats : list of str
        What a reader has to know.
    skipped : dict of str to str
        Columns of the scan that were not attacked, and why.
    unattacked : dict of str to str
        Sensitive attributes with too few rows for attackers, and why; they may be certified.
    confidence : float
        Of intervals and certificates.
    n_rows : int
        Audited rows.
    n_codes : int or None
        Where the release is a finite code.
    settings, versions : dict
        For the record.
    """

    results: list
    at_most_by_name: dict
    floors: dict
    caveats: list
    skipped: dict
    unattacked: dict
    confidence: float
    n_rows: int
    n_codes: int | None
    settings: dict
    versions: dict

    def by_role(self, *roles):
        """Answers of some roles.

        Parameters
        ----------
        *roles : str
            Of "sensitive", "joint", "scan", "given y", "raw", "label score", "utility",
            "raw utility".

        Returns
        -------
        list of AttackResult
        """
        return [result for result in self.results if result.role in roles]

    @property
    def headline(self):
        """The sensitive attribute, alone or joint, of which calibration rows gave most away.

        None where none could be attacked.
        """
        results = self.by_role("sensitive", "joint")
        return max(results, key=lambda a: a.calibration_bits, default=None)

    @property
    def leakage_bits(self):
        """At least so many bits, with the report's confidence, not below 0.

        The lower limit of what the best attacker recovers of the headline attribute; see
        ``estimate_bits`` for the figure that it is a limit of.
        """
        return 0.0 if self.headline is None else max(0.0, self.headline.bits.low)

    @property
    def estimate_bits(self):
        """What the best attacker recovered on test rows, in bits, not below 0.

        An estimate: where the attacker is as good as can be, above the truth every second time.
        """
        return 0.0 if self.headline is None else max(0.0, self.headline.bits.value)

    @property
    def at_most(self):
        """AtMost of the headline attribute; where none was attacked, of that with most bits."""
        if self.headline is not None:
            return self.at_most_by_name[self.headline.name]
        return max(
            self.at_most_by_name.values(), key=lambda a: np.inf if a.bits is None else a.bits
        )

    @property
    def contradictions(self):
        """Figures whose lower limit exceeds the upper limit, in words; of a sound audit, none.

        Both limits speak of the same rows. One of them failed then (each may, with a probability
        of 1 - confidence), or the rows are no random sample of what the release was fixed for.
        """
        found = []
        for result in self.by_role("sensitive", "joint"):
            at_most = self.at_most_by_name[result.name]
            for figure in ("bits", "accuracy", "balanced_accuracy", "advantage"):
                low = result.chosen(figure)
                high = getattr(at_most.certificate, figure, None)
                high = at_most.bits if figure == "bits" else high
                if low is not None and high is not None and low.low > high:
                    found.append(
                        f"{result.name}: at least {low.low:.4f} and at most {high:.4f} "
                        f"{unit(figure)} cannot both be true."
                    )
        return found

    @property
    def p_values(self):
        """Holm-adjusted p-values of "the release says nothing", by role and name.

        Over all sensitive attributes, alone, jointly and given y, and scanned columns; figures
        and attackers are inside each. Left out is what too few labels can be exchanged for.
        """
        tested = [
            a
            for a in self.by_role("sensitive", "joint", "given y", "scan")
            if a.null is not None and a.null.p_value is not None
        ]
        adjusted = holm([result.null.p_value for result in tested]) if tested else []
        return {(a.role, a.name): p for a, p in zip(tested, adjusted, strict=True)}

    def assert_below(self, bits=None, advantage=None, *, require_certificate=False):
        """Raise unless the release stays below a limit; for continuous integration.

        Where there is a certificate, it must be below the limit: that is a guarantee.
        Otherwise the upper end of the best attacker's interval must be: that is what these
        attackers find, and no bound on others. Of all sensitive attributes, alone and jointly.
        A report that contradicts itself passes nothing.

        Parameters
        ----------
        bits, advantage : float, default=None
            Limits, at least one of them.
        require_certificate : bool, default=False
            Whether to fail where an attribute has no certificate.

        Returns
        -------
        self : LeakageReport

        Raises
        ------
        LeakageExceededError
            An AssertionError that names attribute, figure and limit.
        ValueError
            If no limit is given.
        """
        limits = {"bits": bits, "advantage": advantage}
        limits = {figure: limit for figure, limit in limits.items() if limit is not None}
        if not limits:
            raise ValueError("Give bits=..., advantage=..., or both.")
        problem = contradicted(self)
        if problem:
            raise LeakageExceededError(problem)
        for name in self.at_most_by_name:
            for figure, limit in limits.items():
                finding = compare(self, name, figure, limit, require_certificate)
                if not finding.is_kept:
                    raise LeakageExceededError(finding.message)
        return self

    def to_dict(self):
        """Everything as plain Python values, ready for JSON.

        Returns
        -------
        dict
            "at_least" and "at_most" are those of the headline attribute; "attributes" has all.
            Under "at_least" a figure is its lower limit; "bits_estimate" and "bits_interval" have
            what attackers recovered on test rows, and both limits.
        """
        p_values = self.p_values
        own = [
            {
                **_answer(a, p_values),
                "at_most": self.at_most_by_name[a.name].to_dict(),
                "floor": vars(self.floors[a.name]) if a.name in self.floors else None,
            }
            for a in self.by_role("sensitive", "joint")
        ]
        own += [
            {
                "attribute": name,
                "at_least": None,
                "not_attacked": reason,
                "at_most": self.at_most_by_name[name].to_dict(),
                "floor": vars(self.floors[name]) if name in self.floors else None,
            }
            for name, reason in self.unattacked.items()
        ]
        at_least = {"bits": 0.0, "bits_estimate": None, "attribute": None, "p_value": None}
        for found in own:
            if self.headline is not None and found["attribute"] == self.headline.name:
                at_least = {
                    **found["at_least"],
                    "attribute": found["attribute"],
                    "p_value": found["p_value"],
                }
        others = ("given y", "raw", "label score", "utility", "raw utility", "scan")
        report = {
            "at_least": at_least,
            "at_most": {"attribute": self.at_most.name, **self.at_most.to_dict()},
            "attributes": own,
            **{
                role.replace(" ", "_"): [_answer(a, p_values) for a in self.by_role(role)]
                for role in others
            },
            "verdict": str(verdict(self)),
            "contradictions": self.contradictions,
            "skipped": dict(self.skipped),
            "caveats": list(self.caveats),
            "confidence": self.confidence,
            "n_rows": self.n_rows,
            "n_codes": self.n_codes,
            "settings": dict(self.settings),
            "versions": dict(self.versions),
        }
        return _strict(report)

    def to_frame(self):
        """One row for each attacker, attribute and figure.

        Returns
        -------
        pandas.DataFrame
            Columns role, attribute, attacker, figure, value, low, high, is_best.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("to_frame needs pandas: pip install pandas.") from None
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
                for result in self.results
                for attacker, figures in result.figures.items()
                for figure, f in figures.items()
            ]
        )

    def verdict(self, *, max_leakage=None, max_advantage=None):
        """The report in one line, and whether limits are kept.

        Parameters
        ----------
        max_leakage : float, default=None
            Bits of each sensitive attribute, alone and jointly, that were to be kept.
        max_advantage : float, default=None
            Likewise, accuracy beyond that of always guessing the most frequent class.

        Returns
        -------
        str
            It says "kept" where ``assert_below(bits=max_leakage, advantage=max_advantage)`` passes.

        Raises
        ------
        ValueError
            If a limit is no finite number of at least 0.
        """
        return str(verdict(self, max_leakage=max_leakage, max_advantage=max_advantage))

    def to_html(
        self,
        path=None,
        *,
        max_leakage=None,
        max_advantage=None,
        shaping_path=None,
        chosen=None,
        about=None,
        overwrite=False,
    ):
        """The report as one page that needs nothing else: no scripts, nothing from elsewhere.

        Parameters
        ----------
        path : str or path-like, default=None
            File to write; None: the text is returned.
        max_leakage, max_advantage : float, default=None
            Limits that the verdict speaks of, as in :meth:`verdict`.
        shaping_path : ShapingPath, default=None
            Releases among which one was chosen, to be drawn.
        chosen : int, default=None
            Which of them was.
        about : dict of str to str or number, default=None
            What was audited, to be shown: "file", "rows", "task", "sensitive", "model", say.
            "created" is the date; without, today.
        overwrite : bool, default=False
            Whether a file that is there may be replaced.

        Returns
        -------
        str or None

        Raises
        ------
        ImportError
            If jinja2 or matplotlib is not installed.
        FileExistsError
            If the file is there, and ``overwrite`` is False.
        ValueError, TypeError
            If an option is none that can be shown.
        """
        need_page()
        options = ReportOptions.of(max_leakage, max_advantage, shaping_path, chosen, about)
        return _deliver(lambda: as_page(self, options), path, overwrite)

    def to_json(
        self,
        path=None,
        indent=2,
        *,
        max_leakage=None,
        max_advantage=None,
        about=None,
        overwrite=False,
    ):
        """The report as strict JSON: :meth:`to_dict`, with limits and what was audited.

        Parameters
        ----------
        path : str or path-like, default=None
            File to write; None: the text is returned.
        indent : int or None, default=2
        max_leakage, max_advantage : float, default=None
            Limits that "verdict" speaks of; "asked" has them, and whether they are kept.
        about : dict of str to str or number, default=None
            What was audited.
        overwrite : bool, default=False
            Whether a file that is there may be replaced.

        Returns
        -------
        str or None

        Raises
        ------
        FileExistsError
            If the file is there, and ``overwrite`` is False.
        ValueError, TypeError
            If an option is none that can be shown.
        """
        options = ReportOptions.of(max_leakage, max_advantage, None, None, about)
        return _deliver(lambda: self._json(options, indent), path, overwrite)

    def _json(self, options, indent):
        words = verdict(self, **options.limits)
        asked = {**options.limits, "kept": words.is_kept}
        own = {"verdict": str(words), "asked": asked, "about": _strict(options.about)}
        found = {**own, **self.to_dict(), "verdict": str(words)}
        return json.dumps(found, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path, *, overwrite=False, **options):
        """Write the report as what the name of the file says: .html, .json or .txt.

        Parameters
        ----------
        path : str or path-like
        overwrite : bool, default=False
            Whether a file that is there may be replaced.
        **options
            Those of :meth:`to_html`; .json and .txt take max_leakage, max_advantage and about.

        Returns
        -------
        self : LeakageReport

        Raises
        ------
        ValueError
            If the name ends in another way, or an option has no place in such a file.
        FileExistsError
            If the file is there, and ``overwrite`` is False.
        ImportError
            For .html, if jinja2 or matplotlib is not installed.
        """
        suffix = PurePath(path).suffix.lower()
        if suffix not in (".html", ".json", ".txt"):
            raise ValueError(
                f"path={str(path)!r} ends in none of .html, .json and .txt; name such a file."
            )
        if suffix == ".html":
            self.to_html(path, overwrite=overwrite, **options)
            return self
        for name in ("shaping_path", "chosen"):
            if options.pop(name, None) is not None:
                raise ValueError(f"{name} is drawn in .html only; leave it out, or save that.")
        if suffix == ".json":
            self.to_json(path, overwrite=overwrite, **options)
        else:
            checked = ReportOptions.of(**options)
            text = partial(as_text, self, **checked.limits, about=checked.about)
            _deliver(lambda: text() + "\n", path, overwrite)
        return self

    def __str__(self):
        return as_text(self)

    def __repr__(self):
        most = "unknown" if self.at_most.bits is None else f"{self.at_most.bits:.3f}"
        return (
            f"<LeakageReport of {self.at_most.name}: at least {self.leakage_bits:.3f} bits, "
            f"at most {most}>"
        )

    def _repr_html_(self):
        return as_html(self)


def _deliver(make, path, overwrite):
    """The text that is made, or a file of it; what cannot be written is refused before."""
    if path is None:
        return make()
    check_target(path, overwrite)
    return write_whole(path, make(), overwrite)


def _strict(value):
    """Only what JSON has: numpy's numbers become Python's, what is no number None."""
    if isinstance(value, dict):
        return {str(key): _strict(own) for key, own in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [_strict(own) for own in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _answer(result, p_values):
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
