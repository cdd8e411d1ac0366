"""audit_leakage: a release is judged by fresh attackers on fresh rows, and bounded from above."""

import platform

import joblib
import numpy as np
import scipy
import sklearn

from sklearn_infoshape._version import __version__
from sklearn_infoshape.audit.attack import ask
from sklearn_infoshape.audit.attack_spec import AttackSpec, Terms, with_marginals
from sklearn_infoshape.audit.attackers import choose_attackers
from sklearn_infoshape.audit.baselines import (
    conditional_spec,
    context_specs,
    label_floor,
    score_specs,
)
from sklearn_infoshape.audit.inputs import read_inputs
from sklearn_infoshape.audit.permutation import exchange_caveats
from sklearn_infoshape.audit.rare_regions import region_caveats, scan_rare_regions
from sklearn_infoshape.audit.settings import AuditSettings
from sklearn_infoshape.audit.side_information import side_specs
from sklearn_infoshape.audit.subgroups import NO_SUBGROUP, subgroup_specs
from sklearn_infoshape.audit.upper_limits import bound_from_above
from sklearn_infoshape.data.weights import refuse_weights
from sklearn_infoshape.reports.report import LeakageReport
from sklearn_infoshape.runtime.process import leaves_process_unchanged

__all__ = ["audit_leakage"]


@leaves_process_unchanged(plain_outputs=False)
def audit_leakage(
    release,
    X,
    sensitive_features,
    y=None,
    *,
    attackers="default",
    certificate=True,
    confidence=0.95,
    groups=None,
    split=None,
    sample_size=20_000,
    scan=None,
    known=None,
    subgroups=None,
    rare_regions=True,
    training_X=None,
    training_groups=None,
    sensitive_kind="auto",
    n_bins=8,
    n_permutations=999,
    context=True,
    random_state=None,
    n_jobs=None,
    verbose=0,
    sample_weight=None,
):
    """Judge what a release says of a sensitive attribute: at least so much, at most so much.

    Fresh attackers are trained on one part of the rows, calibrated on a second and scored on
    a third. What the best of them recovers is *at least* what the release gives away. For
    finite codes a certificate says what it gives away *at most*.

    Parameters
    ----------
    release : fitted transformer, fitted Pipeline, callable, or list of these
        Of a Pipeline that ends in a predictor, everything before that. A callable takes X and
        returns a row for each row. A list is audited jointly: recipients who see several
        releases of the same rows.
    X : array-like of shape (n, p)
        Rows that took part neither in training nor in any choice between releases; at least 100.
    sensitive_features : array-like of shape (n,) or (n, d)
        Classes or amounts. Several columns are attacked alone and jointly. Rows where it is
        missing are left out.
    y : array-like of shape (n,) or (n, d), default=None
        Task labels, for floors, conditional leakage, and the utility of the release.
    attackers : "default", str, estimator, dict of str to estimator, or sequence of these, \
            default="default"
        "default" is "linear", "boosting", "mlp", "neighbours" and "low digits"; for finite codes
        "code" alone, the Bayes rule of the code, which nobody can beat. Own classifiers and
        regressors get a StandardScaler in front; add them as ``["default", MyClassifier()]``.
    certificate : bool, default=True
        Whether to bound from above where that is possible.
    confidence : float, default=0.95
        Of each interval (two-sided; of several attributes, together) and of each certificate.
    groups : array-like of shape (n,), default=None
        Who a row belongs to. Rows of one group stay in one part, count as one in every figure,
        are resampled and permuted together, and give one row to the certificate.
    split : array-like of shape (n,), default=None
        "train", "calibration" or "test" for each row (the attackers' parts, all of them fresh
        for the release); missing entries leave a row out. None: drawn, 50, 15 and 35 %.
    sample_size : int or None, default=20_000
        How many rows are audited at most; None: all.
    scan : DataFrame or array-like of shape (n, d), default=None
        Other columns, which nobody named: which of them does the release give away?
    known : label, int, sequence of these, or mask, default=None
        Columns of X that an attacker has already, named as ``sensitive_columns`` are: what does
        the release say of s beyond them? Such an audit takes some four times as long.
    subgroups : None, "auto", label, int, sequence of these, or mask, default=None
        Columns of X whose levels, alone and in pairs, make cells of rows: in which of them does the
        release say most of s? "auto" takes all features. Cells have at least 100 rows (persons).
    rare_regions : bool, default=True
        Whether to look for rare codes, values and regions of the release where s is far from its
        share in all rows.
    training_X : array-like of shape (m, p), default=None
        The rows of training, to count how many audited rows are among them.
    training_groups : array-like of shape (m,), default=None
        Who the rows of training belong to; needs ``groups``.
    sensitive_kind : {"auto", "classes", "continuous"}, default="auto"
        What sensitive columns are. "auto" takes what a transformer of ours was fitted with; of
        other labels text, booleans and at most 20 distinct integers as classes.
    n_bins : int, default=8
        Quantile bins of an amount, whose borders the attackers' training rows place. With 8, a
        column that a transformer of ours was fitted with keeps the bins of that fit.
    n_permutations : int, default=999
        Of the null; 0: no p-values.
    context : bool, default=True
        Whether to measure, beside the release, what X itself and a label score give away, and
        what X is good for.
    random_state : int, RandomState or Generator instance, or None, default=None
        Of sampling, split, attackers and resampling.
    n_jobs : int or None, default=None
        Attackers in parallel (joblib).
    verbose : int, default=0
        1 shows a progress bar on standard error, on a terminal and in a notebook; 2 writes a line
        a step there where it is neither.
    sample_weight : None
        Refused, with what to do in its place: the limits hold for rows that are drawn alike.

    Returns
    -------
    LeakageReport

    Raises
    ------
    ValueError
        If s is constant, or can neither be attacked nor certified, X has no column that
        ``known`` or ``subgroups`` names, rows are fewer than 100,
        groups straddle parts or have been trained on, or lengths differ: before any attacker is
        trained. What can only be certified, or only be attacked, is.
    TypeError
        If release or attackers are of a kind that cannot be used.

    Warns
    -----
    TrainingOverlapWarning
        If audited rows are among ``training_X``.

    See Also
    --------
    certify_leakage : The certificate alone, of codes at hand.

    Notes
    -----
    Recovered bits are H(s) less the cross-entropy of held-out predictions, a lower bound of
    mutual information for any attacker [1]_. Temperature, thresholds and the choice of the best
    attacker come from the calibration rows; entropy and majority class from the test rows.
    Predictions are mixed with 1 % of the prior. With ``groups`` every figure, and the certificate,
    speaks of a person's row: rows weigh one over the rows of their group. Limits are
    Clopper-Pearson's for shares, else Bayesian bootstraps of groups with the worst row that
    there can be beside them [2]_; "at least" is the lower limit. Those of several attributes hold
    together (Bonferroni). "TPR at 1 % FPR" has a threshold that exceeds 1 % of false alarms with a
    probability of 1 - confidence only (a tolerance limit on calibration rows), and is left out
    where there are too few of them. p-values come from test labels permuted among groups of as
    many rows with frozen attackers, the maximum over attackers inside the statistic [3]_,
    Holm-adjusted over attributes and scanned columns.

    With ``known``, one suite attacks with these columns alone, and with these and the release;
    calibration rows choose the best of each, and "beyond known" is the mean difference of their
    log losses on the same test rows, I(Z; s | known) for attackers as good as can be. A difference
    of two lower bounds is none itself: a poor attacker on the known columns makes it too great.
    So each attacker with the release also guesses without, on average over releases drawn given
    the known columns [4]_. Against that guess, were the draws of the true law, the difference would
    be a lower bound for any attacker (relative entropy is jointly convex); they are a model's. The
    best of those with the release may be the best without it, so that nothing may be found. Of
    few known values p-values come from labels permuted among rows that share them; of others
    there is none, and the interval alone speaks.

    ``subgroups`` are ranked on the attackers' rows; the five cells of an attribute that come first
    are attacked like all rows, on test rows, with limits that hold together (Bonferroni) and
    p-values of their own (Holm). Rare regions (of at most 10 % of the rows: codes, repeated values,
    narrow bins, leaves, clusters) are chosen on the attackers' rows, each with the class that
    stands out; test rows, one a person, decide by Fisher's exact test, Holm-adjusted over the
    candidates.

    References
    ----------
    .. [1] D. Barber and F. Agakov, "The IM algorithm: a variational approach to information
       maximization", 2003.
    .. [2] N. Gaffke, "Three test statistics for a nonparametric one-sided hypothesis on the
       mean of a nonnegative variable", Mathematical Methods of Statistics 14, 2005.
    .. [3] Peter Westfall and S. Young, "Resampling-based multiple testing", 1993.
    .. [4] E. Candès, Y. Fan, L. Janson and J. Lv, "Panning for gold: model-X knockoffs for
       high dimensional controlled variable selection", Journal of the Royal Statistical
       Society B 80, 2018 (conditional randomisation).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape import audit_leakage
    >>> rng = np.random.default_rng(0)
    >>> s = rng.integers(2, size=4000)
    >>> X = np.where(rng.uniform(size=4000) < 0.1, 1 - s, s)[:, None]  # one in ten is wrong
    >>> report = audit_leakage(lambda rows: rows, X, s, attackers="code", random_state=0)
    >>> bool(0.4 < report.leakage_bits < 0.531 < report.at_most.bits)  # the truth is .531
    True
    """
    refuse_weights(sample_weight, "an audit")
    settings = AuditSettings.of(
        attackers=attackers,
        certificate=certificate,
        confidence=confidence,
        groups=groups,
        split=split,
        sample_size=sample_size,
        scan=scan,
        known=known,
        subgroups=subgroups,
        rare_regions=rare_regions,
        training_X=training_X,
        training_groups=training_groups,
        sensitive_kind=sensitive_kind,
        n_bins=n_bins,
        n_permutations=n_permutations,
        context=context,
        random_state=random_state,
        n_jobs=n_jobs,
        verbose=verbose,
    )
    rng = np.random.default_rng(settings.seed)
    inputs = read_inputs(release, X, sensitive_features, y, settings, rng)
    suite = choose_attackers(attackers, is_code=inputs.is_code, random_state=settings.seed)
    specs, floors = _attack_specs(inputs, suite, settings)
    terms = Terms(inputs.parts, inputs.groups, settings)
    results = with_marginals(ask(specs, terms))
    caveats = list(inputs.caveats)
    failed = sorted({name for result in results for name in result.failed})
    if failed:
        caveats.append(f"Could not be trained for some target: {', '.join(failed)}.")
    caveats += exchange_caveats(results)
    if inputs.cells and not any(spec.role == "subgroup" for spec in specs):
        caveats.append(NO_SUBGROUP)
    regions = scan_rare_regions(inputs, settings) if rare_regions else []
    caveats += region_caveats(regions)
    return LeakageReport(
        results=results,
        at_most_by_name={
            target.name: bound_from_above(inputs, target, settings, rng)
            for target in inputs.all_targets
        },
        floors=floors,
        caveats=caveats,
        skipped=inputs.skipped,
        unattacked=inputs.unattacked,
        confidence=confidence,
        n_rows=len(inputs.Z),
        n_codes=None if inputs.codes is None else int(inputs.codes.max()) + 1,
        settings={
            "attackers": sorted(suite[0]),
            "regressors": sorted(suite[1]),
            **settings.shown(),
            **({} if inputs.known is None else {"known": inputs.known.names}),
            "rows": {
                part: len(getattr(inputs.parts, part)) for part in ("train", "calibration", "test")
            },
        },
        versions={
            "sklearn_infoshape": __version__,
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "joblib": joblib.__version__,
        },
        rare_regions=regions,
    )


def _attack_specs(inputs, suite, settings):
    """All that is asked of the rows, and what y and s say of each other."""
    # Limits of several attributes hold together, so that the greatest of them is one as well.
    together = 1 - (1 - settings.confidence) / max(1, len(inputs.attacked))
    n_permutations, seed = settings.n_permutations, settings.seed
    specs = [
        AttackSpec(role, inputs.Z, target, suite[0], suite[1], None, n_permutations, together)
        for role, targets in (("sensitive", inputs.targets), ("joint", inputs.joint))
        for target in targets
        if target.name not in inputs.unattacked
    ]
    quick = ["code"] if inputs.is_code else ["linear", "boosting"]
    quick = choose_attackers(quick, is_code=inputs.is_code, random_state=seed)
    specs += [
        AttackSpec("scan", inputs.Z, target, quick[0], quick[1], None, n_permutations)
        for target in inputs.scanned
    ]
    if inputs.known is not None:
        specs += side_specs(inputs, settings.attackers, confidence=together, seed=seed)
    if inputs.cells:
        specs += subgroup_specs(inputs, settings)
    floors = {}
    if inputs.task is not None:
        for target in inputs.all_targets:
            floors[target.name] = label_floor(inputs.task, target, inputs.groups)
            if target.name in inputs.unattacked:
                continue
            specs.append(
                conditional_spec(
                    inputs.Z,
                    target,
                    inputs.task,
                    is_code=inputs.is_code,
                    n_permutations=n_permutations,
                    seed=seed,
                )
            )
    specs += context_specs(
        inputs.Z,
        inputs.numbers if settings.context else None,
        inputs.attacked,
        inputs.tasks,
        is_code=inputs.is_code,
        seed=seed,
    )
    if settings.context and inputs.task is not None and inputs.numbers is not None:
        specs += score_specs(inputs.numbers, inputs.attacked, inputs.task, inputs.parts, seed)
    return specs, floors
