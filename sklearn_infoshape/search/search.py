"""InfoShapeTransformerCV: a leakage budget in place of a privacy multiplier."""

import copy
from numbers import Integral, Real

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape._compat import Interval, StrOptions, _fit_context
from sklearn_infoshape.data.splits import calibration_split, cross_validation_splits
from sklearn_infoshape.data.terms import describe_labels
from sklearn_infoshape.effects import BUDGET_EFFECTS, warn_of_no_effect
from sklearn_infoshape.runtime.process import leaves_process_unchanged
from sklearn_infoshape.search.budget import read_budget
from sklearn_infoshape.search.by_certificate import (
    calibration_classes,
    certificate_results,
    certified,
    certify_in_order,
    check_calibration_size,
    constant_member,
    frozen_order,
)
from sklearn_infoshape.search.by_folds import cross_validate_path
from sklearn_infoshape.search.evaluation import LEAKAGE_UNITS
from sklearn_infoshape.search.grid import check_multipliers
from sklearn_infoshape.search.path import fit_path
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = ["InfoShapeTransformerCV"]


def _never(_):
    raise AttributeError("InfoShapeTransformerCV has no partial_fit: it judges whole fits.")


class InfoShapeTransformerCV(InfoShapeTransformer):
    """The release with most utility within a leakage budget.

    Read more in the :ref:`user guide <budget>`.

    Parameters
    ----------
    privacy_multipliers : int or array-like of shape (m,) or (m, d), default=20
        The candidates, or their number; see :func:`infoshape_path`.
    max_leakage : float or sequence of float, default=None
        Most leakage, in ``leakage_unit``; one number for each sensitive column, or for all.
    min_utility : float, default=None
        Least utility, in bits of y (columns weighted by ``task_weights`` and added up).
        Without ``max_leakage``, the release with least leakage that keeps so much is chosen.
    cv : int, cross-validation generator or iterable, default=5
        Folds of ``verify="attackers"``. An int shuffles, in proportion to classes of y and s;
        rows that ``fold_columns`` give one person stay together.
    one_standard_error : bool, default=True
        Whether leakage plus its standard error has to keep within ``max_leakage``, and
        utility less its standard error within ``min_utility``.
    leakage_unit : {"bits", "advantage", "share"}, default="bits"
        Bits; accuracy of the best guess of s beyond its most frequent class; or bits as a
        share of what can be found in the unshaped rows.
    verify : {"attackers", "certificate"}, default="attackers"
        "attackers" judges each candidate on the rows of each fold, then delivers the chosen
        multiplier fitted on all rows: a check, without confidence. "certificate" sets rows
        aside before anything is fitted, tests the candidates on them from the most private
        one on, each at ``1 - confidence``, and delivers the last that passes before the
        first failure as it is, key included.
    confidence : float, default=0.95
        Of the certificate.
    calibration_fraction : float, default=0.3
        Share of the rows (of the persons, with ``fold_columns``) that it sets aside.
    n_jobs : int, default=None
        Folds that are fitted at the same time.
    n_components, channel, posterior, posterior_folds, memory, mi_estimator, noise_scale, \
    encoder, hidden_layer_sizes, leakage, task_weights, n_bins, target_kind, sensitive_kind, \
    sensitive_columns, fold_columns, max_epochs, batch_size, lr, critic_steps, n_init, \
    validation_fraction, n_iter_no_change, on_missing_sensitive, release_key, device, \
    random_state, verbose, net_params
        As in :class:`InfoShapeTransformer`.

    Attributes
    ----------
    privacy_multiplier_ : float or list of float
        Of the delivered release; infinite where only a constant release is within a budget
        of 0.
    best_index_ : int
        Its place in ``path_`` and ``cv_results_``.
    path_ : ShapingPath
        All candidates, fitted on all rows (``verify="certificate"``: on all but the
        calibration part).
    cv_results_ : dict of str to ndarray of shape (m,)
        Ready for a data frame, in scikit-learn's column names: ``mean_test_utility``,
        ``mean_test_leakage`` (with a minus sign, as scikit-learn's scorers have it: greater
        is better; ``mean_test_leakage_NAME`` where there are several columns) and so on. With
        ``verify="certificate"``: ``certified_leakage`` of the candidates that were tested.
    certificate_ : LeakageCertificate, list of them, or None
        Of the delivered release; with ``verify="attackers"`` None.
    n_splits_ : int
        Folds; 0 with ``verify="certificate"``.

    All others are those of the delivered InfoShapeTransformer, ``path_[best_index_]``.

    See Also
    --------
    infoshape_path : The candidates without a choice.
    certify_leakage : What ``verify="certificate"`` tests with.

    Notes
    -----
    Codes are judged by the table of codes and classes, which no attacker on codes can beat;
    columns by fresh attackers. Stage one is fitted once a fold and shared by all candidates
    and all budgets: :meth:`with_budget` chooses anew without fitting.

    Examples
    --------
    >>> from sklearn_infoshape import InfoShapeTransformerCV
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = make_shaping_problem(900)
    >>> search = InfoShapeTransformerCV(
    ...     [0.1, 1, 10], max_leakage=0.1, cv=2, posterior="linear", n_init=1, random_state=0
    ... )
    >>> Z = search.fit(X, y, sensitive_features=s).transform(X)
    >>> bool(search.leakage_estimate_bits_ < 0.1)
    True
    """

    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in InfoShapeTransformer._parameter_constraints.items()
            if name != "privacy_multiplier"
        },
        "privacy_multipliers": [Interval(Integral, 2, None, closed="left"), "array-like"],
        "max_leakage": [None, Interval(Real, 0, None, closed="left"), "array-like"],
        "min_utility": [None, Interval(Real, 0, None, closed="left")],
        "cv": ["cv_object"],
        "one_standard_error": ["boolean"],
        "leakage_unit": [StrOptions(set(LEAKAGE_UNITS))],
        "verify": [StrOptions({"attackers", "certificate"})],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "calibration_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        privacy_multipliers=20,
        *,
        max_leakage=None,
        min_utility=None,
        cv=5,
        one_standard_error=True,
        leakage_unit="bits",
        verify="attackers",
        confidence=0.95,
        calibration_fraction=0.3,
        n_jobs=None,
        n_components=16,
        channel="categorical",
        posterior="auto",
        posterior_folds=5,
        memory=None,
        mi_estimator="auto",
        noise_scale=0.3,
        encoder=None,
        hidden_layer_sizes=(64,),
        leakage="marginal",
        task_weights=None,
        n_bins=8,
        target_kind="auto",
        sensitive_kind="auto",
        sensitive_columns=None,
        fold_columns=None,
        max_epochs=200,
        batch_size="auto",
        lr=0.002,
        critic_steps=2,
        n_init="auto",
        validation_fraction=0.15,
        n_iter_no_change=30,
        on_missing_sensitive="warn",
        release_key=None,
        device="auto",
        random_state=None,
        verbose=0,
        net_params=None,
    ):
        super().__init__(
            n_components=n_components,
            channel=channel,
            posterior=posterior,
            posterior_folds=posterior_folds,
            memory=memory,
            mi_estimator=mi_estimator,
            noise_scale=noise_scale,
            encoder=encoder,
            hidden_layer_sizes=hidden_layer_sizes,
            leakage=leakage,
            task_weights=task_weights,
            n_bins=n_bins,
            target_kind=target_kind,
            sensitive_kind=sensitive_kind,
            sensitive_columns=sensitive_columns,
            fold_columns=fold_columns,
            max_epochs=max_epochs,
            batch_size=batch_size,
            lr=lr,
            critic_steps=critic_steps,
            n_init=n_init,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            on_missing_sensitive=on_missing_sensitive,
            release_key=release_key,
            device=device,
            random_state=random_state,
            verbose=verbose,
            net_params=net_params,
        )
        self.privacy_multipliers = privacy_multipliers
        self.max_leakage = max_leakage
        self.min_utility = min_utility
        self.cv = cv
        self.one_standard_error = one_standard_error
        self.leakage_unit = leakage_unit
        self.verify = verify
        self.confidence = confidence
        self.calibration_fraction = calibration_fraction
        self.n_jobs = n_jobs

    @leaves_process_unchanged
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sensitive_features=None):
        """Fit all candidates, judge them, and keep the best within the budget.

        Parameters
        ----------
        X, y, sensitive_features
            As in :meth:`InfoShapeTransformer.fit`.

        Returns
        -------
        self : InfoShapeTransformerCV

        Raises
        ------
        InfeasibleBudgetError
            If no candidate is within the budget.
        LostWorkerError
            If a worker process died.
        TypeError, ValueError
            If the input is unsuitable. Whatever is raised, an earlier fit stays as it was.
        """
        check_multipliers(self.privacy_multipliers)
        attempt = self._unfitted_copy()
        reader = self._reader()
        rows, identities, tasks, sensitives = reader._read(X, y, sensitive_features, reset=True)
        self._warn_of_memorized_labels()
        attempt._take_reading(reader)
        budget = read_budget(self.max_leakage, self.min_utility, self.leakage_unit, len(sensitives))
        secret = self._secret(rows, identities)
        persons = None
        if self.fold_columns is not None:
            persons = np.unique(identities, return_inverse=True)[1]
        choose = self._choose_by_folds
        if self.verify == "certificate":
            choose = self._choose_by_certificate
        choose(attempt, reader, rows, identities, tasks, sensitives, persons, secret, budget)
        self._become(attempt)
        return self

    @available_if(_never)
    def partial_fit(self, X, y):
        """Not there: whole fits are judged."""

    def with_budget(self, *, max_leakage=None, min_utility=None):
        """The choice for another budget, from the same cross-validation.

        Parameters
        ----------
        max_leakage : float or sequence of float, default=None
        min_utility : float, default=None

        Returns
        -------
        InfoShapeTransformerCV
            A fitted copy, which shares ``path_``.

        Raises
        ------
        InfeasibleBudgetError
            If no candidate is within the budget.
        ValueError
            With ``verify="certificate"``: its promise holds for the budget that was named
            before the calibration rows were seen.
        """
        check_is_fitted(self, "path_")
        if self._verdict_ is None:
            raise ValueError(
                "with_budget: a certificate holds for the budget that was named before its rows "
                "were seen; fit anew with the other budget, on other rows."
            )
        other = copy.copy(self).set_params(max_leakage=max_leakage, min_utility=min_utility)
        names = self.path_.sensitive_names
        budget = read_budget(max_leakage, min_utility, self.leakage_unit, len(names))
        other._deliver(budget)
        return other

    # Choosing --------------------------------------------------------------------------

    def _reader(self):
        names = InfoShapeTransformer._get_param_names()
        return InfoShapeTransformer(**{name: getattr(self, name) for name in names})

    def _choose_by_folds(
        self, attempt, reader, rows, identities, tasks, sensitives, persons, secret, budget
    ):
        labels = describe_labels(reader, tasks, sensitives)
        warn_of_no_effect(self, BUDGET_EFFECTS, labels.sensitives, labels.columns)
        targets = labels.encode(tasks, sensitives, unseen="missing")
        splits = cross_validation_splits(self.cv, rows, labels, targets, persons, secret.seed)
        attempt.path_ = fit_path(
            reader, rows, identities, labels, targets, secret, self.privacy_multipliers
        )
        attempt._verdict_ = cross_validate_path(
            reader,
            splits,
            rows,
            identities,
            labels,
            targets,
            secret,
            attempt.path_.privacy_multipliers,
            unit=self.leakage_unit,
            n_jobs=self.n_jobs,
        )
        attempt.cv_results_ = attempt._verdict_.results
        attempt.n_splits_ = len(splits)
        attempt.certificate_ = None
        attempt._deliver(budget)

    def _deliver(self, budget):
        """Choose from the verdict of the folds, and take over what was chosen."""
        path, verdict = self.path_, self._verdict_
        margin = 1.0 if self.one_standard_error else 0.0
        errors = margin * verdict.utility_error, margin * verdict.leakage_error
        best = budget.choose(
            verdict.utility, errors[0], verdict.leakage, errors[1], self._admitted(budget)
        )
        if best is not None:
            self._take_over(path[best], best)
            return
        if budget.is_zero and budget.min_utility is None and self.channel == "categorical":
            self._take_over(*constant_member(path))
            return
        budget.refuse(
            verdict.utility - errors[0],
            np.maximum(verdict.leakage + errors[1], 0.0),
            path.sensitive_names,
            path.label_floor_bits,
            f"{self.n_splits_} folds" + (", with one standard error" if margin else ""),
        )

    def _admitted(self, budget):
        """Candidates whose own fit on all rows is not seen to exceed the budget, either."""
        if budget.max_leakage is None or budget.unit == "advantage":
            return None
        low = self.path_.leakage_interval[:, :, 0]
        if budget.unit == "share":
            low = low / np.maximum(self.path_.raw_bits[1:], 1e-6)
        return ~(low > budget.max_leakage).any(axis=1)

    def _choose_by_certificate(
        self, attempt, reader, rows, identities, tasks, sensitives, persons, secret, budget
    ):
        self._check_certifiable(budget)
        check_calibration_size(
            len(rows) if persons is None else len(np.unique(persons)), self.calibration_fraction
        )
        rough = describe_labels(reader, tasks, sensitives)
        warn_of_no_effect(self, BUDGET_EFFECTS, rough.sensitives, rough.columns)
        fitting, calibration = calibration_split(
            rough,
            rough.encode(tasks, sensitives, unseen="missing"),
            persons,
            self.calibration_fraction,
            secret.seed,
        )
        # What is learned of the labels, too, is learned without the calibration part.
        own = [[(name, values[fitting]) for name, values in part] for part in (tasks, sensitives)]
        labels = describe_labels(reader, *own)
        columns = [
            calibration_classes(column, values[calibration], self.calibration_fraction)
            for column, (_, values) in zip(labels.sensitives, sensitives, strict=True)
        ]
        path = fit_path(
            reader,
            rows[fitting],
            [identities[i] for i in fitting],
            labels,
            labels.encode(*own, unseen="missing"),
            secret,
            self.privacy_multipliers,
        )
        known_rows, names = rows[calibration], [identities[i] for i in calibration]
        features = path[0].release_.features(known_rows, names)

        def codes(member):
            release = member.release_
            return release.apply_outputs(release.outputs(features), names)

        order = frozen_order(path, budget)
        best, found = certify_in_order(path, order, codes, columns, budget, self.confidence)
        if best is None:
            limits = np.array([certified(c, budget.unit) for c in found.values()])
            how = f"certified with confidence {self.confidence:g} on {len(names)} rows"
            budget.refuse(
                path.utility_bits, limits, path.sensitive_names, path.label_floor_bits, how
            )
        attempt.path_, attempt._verdict_, attempt.n_splits_ = path, None, 0
        attempt.certificate_ = found[best][0] if len(columns) == 1 else found[best]
        attempt.cv_results_ = certificate_results(
            path, found, best, path.sensitive_names, budget.unit
        )
        attempt._take_over(path[best], best)

    def _check_certifiable(self, budget):
        if budget.max_leakage is None or budget.min_utility is not None:
            raise ValueError(
                "verify='certificate' tests max_leakage: give one, and no min_utility (the most "
                "useful release that passes is delivered). Or use verify='attackers'."
            )
        if self.channel != "categorical":
            raise ValueError(
                f"verify='certificate' needs a finite code; channel={self.channel!r} releases "
                "columns. Use channel='categorical', or verify='attackers'."
            )
        if self.leakage != "marginal" or budget.unit == "share":
            raise ValueError(
                "verify='certificate' bounds I(Z; s) in bits, or the advantage: use "
                "leakage='marginal' and leakage_unit='bits' or 'advantage', or verify='attackers'."
            )

    def _take_over(self, member, index):
        for name in member._fitted_names():
            setattr(self, name, getattr(member, name))
        self.best_index_ = int(index)
        self.privacy_multiplier_ = member.privacy_multiplier
