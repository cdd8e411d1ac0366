"""LeakageReport: what an audit found, as figures, a table, text, HTML and an assertion."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.exceptions import LeakageExceededError
from sklearn_infoshape.reports.files import deliver, save_report
from sklearn_infoshape.reports.limits import checked_limit, contradicted, contradictions, findings
from sklearn_infoshape.reports.options import ReportOptions
from sklearn_infoshape.reports.page import as_page, need_page
from sklearn_infoshape.reports.several_tests import holm
from sklearn_infoshape.reports.text import as_html, as_text
from sklearn_infoshape.reports.values import as_dict, as_frame, as_json
from sklearn_infoshape.reports.verdict import verdict
from sklearn_infoshape.reports.wording import shown

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
    rare_regions : list of RareRegions
        Of each attacked attribute, where they were looked for.
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
    rare_regions: list | tuple = ()  # of the class, too: pickles of before have none

    def by_role(self, *roles):
        """Answers of some roles.

        Parameters
        ----------
        *roles : str
            Of "sensitive", "joint", "scan", "given y", "raw", "label score", "utility",
            "raw utility", "known", "known and release", "beyond known", "subgroup".

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
        return contradictions(self)

    @property
    def p_values(self):
        """Holm-adjusted p-values of "the release says nothing", by role and name.

        Over all sensitive attributes, alone, jointly, given y and beyond known columns, and
        scanned columns; figures and attackers are inside each. Left out is what too few labels
        can be exchanged for. Subgroups are adjusted among themselves.
        """
        found: dict = {}
        for roles in (("sensitive", "joint", "given y", "beyond known", "scan"), ("subgroup",)):
            tested = [
                a for a in self.by_role(*roles) if a.null is not None and a.null.p_value is not None
            ]
            adjusted = holm([result.null.p_value for result in tested]) if tested else []
            found |= {(a.role, a.name): p for a, p in zip(tested, adjusted, strict=True)}
        return found

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
            If no limit is given, or one is no finite number of at least 0.
        """
        asked = {"bits": bits, "advantage": advantage}
        limits = {name: checked_limit(name, own) for name, own in asked.items() if own is not None}
        if not limits:
            raise ValueError("Give bits=..., advantage=..., or both.")
        problem = contradicted(self)
        if problem:
            raise LeakageExceededError(problem)
        for finding in findings(self, limits, require_certificate):
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
        return as_dict(self)

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
        return as_frame(self)

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
        return deliver(lambda: as_page(self, options), path, overwrite)

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
            Spaces a level; None: one line.
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
        return deliver(lambda: as_json(self, options, indent), path, overwrite)

    def save(self, path, *, overwrite=False, **options):
        """Write the report as what the name of the file says: .html, .json or .txt.

        Parameters
        ----------
        path : str or path-like
            Of the file.
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
        save_report(self, path, overwrite, options)
        return self

    def __str__(self):
        return as_text(self)

    def __repr__(self):
        most = "unknown" if self.at_most.bits is None else f"{self.at_most.bits:.3f}"
        found = f"at least {self.leakage_bits:.3f} bits, at most {most}"
        return f"<LeakageReport of {shown(self.at_most.name)}: {found}>"

    def _repr_html_(self):
        return as_html(self)
