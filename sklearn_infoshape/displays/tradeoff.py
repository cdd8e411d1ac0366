"""TradeoffDisplay: utility against leakage, with what is possible and what was chosen."""

import numpy as np

from sklearn_infoshape.audit.release import delivered_rows, numeric_rows
from sklearn_infoshape.audit.targets import fitted_labels, read_classes
from sklearn_infoshape.data.labels import label_columns
from sklearn_infoshape.displays.axes import axes, column_names, shown_name
from sklearn_infoshape.information import entropy_bits
from sklearn_infoshape.release.estimates import column_bits
from sklearn_infoshape.reports.path_points import price_names, with_landmarks
from sklearn_infoshape.reports.plot_style import need_matplotlib
from sklearn_infoshape.reports.plot_tradeoff import draw_tradeoff, padded_errors

__all__ = ["TradeoffDisplay"]

_UNITS = {
    "bits": "bits of {s} in the release",
    "advantage": "advantage in guessing {s}",
    "share": "share of what X says of {s}",
    "maximal_leakage_bits": "maximal leakage of {s}, in bits",
    "parity_gap": "parity gap between classes of {s}",
    "posterior_shift": "shift of {s} by the code that says most",
}


class TradeoffDisplay:
    """Utility against leakage, a point a release.

    Parameters
    ----------
    leakage, utility : array-like of shape (m,)
        Of s (in bits, unless ``unit`` says otherwise) and of y (in bits) in each release.
    names : sequence of str
        Of the releases. Of those that are not shaped, each gets a marker of its own.
    is_shaped : sequence of bool
        Which points belong to one curve, in the order in which they are joined.
    leakage_error, utility_error : array-like of shape (m,), default=None
        Half lengths of bars, NaN for none.
    label_floor : float, default=None
        Leakage of a release that keeps all of y, drawn as a line.
    task_entropy_given_sensitive : float, default=None
        H(y|s) in bits: no release is above ``utility = leakage + H(y|s)``.
    max_leakage : float, default=None
        A budget, drawn as a line.
    chosen : int, default=None
        Which point is marked as the chosen one.
    unit : {"bits", "advantage", "share", "maximal_leakage_bits", "parity_gap", \
            "posterior_shift"}, default="bits"
        Of leakage.
    task_name, sensitive_name : str, default="y", "s"
        What y and s are called.

    Attributes
    ----------
    ax_, figure_ : matplotlib objects
        After :meth:`plot`.

    Examples
    --------
    >>> from sklearn_infoshape.displays import TradeoffDisplay
    >>> display = TradeoffDisplay([0.9, 0.1], [0.9, 0.8], ["raw", "λ = 1"], [False, True])
    """

    def __init__(
        self,
        leakage,
        utility,
        names,
        is_shaped,
        *,
        leakage_error=None,
        utility_error=None,
        label_floor=None,
        task_entropy_given_sensitive=None,
        max_leakage=None,
        chosen=None,
        unit="bits",
        task_name="y",
        sensitive_name="s",
    ):
        self.leakage = np.asarray(leakage, dtype=float)
        self.utility = np.asarray(utility, dtype=float)
        self.names = list(names)
        self.is_shaped = np.asarray(is_shaped, dtype=bool)
        self.leakage_error = padded_errors(leakage_error, len(self.leakage))
        self.utility_error = padded_errors(utility_error, len(self.leakage))
        self.label_floor = label_floor
        self.task_entropy_given_sensitive = task_entropy_given_sensitive
        self.max_leakage = max_leakage
        self.chosen = chosen
        self.unit = unit
        self.task_name, self.sensitive_name = task_name, sensitive_name

    @classmethod
    def from_path(
        cls, path, X=None, y=None, sensitive_features=None, *, column=0, chosen=None, ax=None
    ):
        """Draw a path, with raw features, the label score and the label floor.

        Parameters
        ----------
        path : ShapingPath
            What :func:`infoshape_path` returned.
        X, y, sensitive_features : array-like, default=None
            Fresh rows to judge on; without them, the path's own estimates are drawn.
        column : int, default=0
            Which sensitive column.
        chosen : int, default=None
            A member to mark.
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        TradeoffDisplay
        """
        need_matplotlib()
        figures = path.to_dict() if X is None else path.evaluate(X, y, sensitive_features)
        suffix = "" if len(path.sensitive_names) == 1 else f"_{path.sensitive_names[column]}"
        low, high = (figures[f"leakage_{end}{suffix}"] for end in ("low", "high"))
        leakage, utility, names = with_landmarks(
            path, column, figures[f"leakage_bits{suffix}"], figures["utility_bits"]
        )
        errors = [(high - low) / 2, (figures["utility_high"] - figures["utility_low"]) / 2]
        return cls(
            leakage,
            utility,
            names,
            np.arange(len(names)) < len(path),
            leakage_error=errors[0],
            utility_error=errors[1],
            chosen=chosen,
            **_names(path, column),
            **_limits(path, column),
        ).plot(ax)

    @classmethod
    def from_cv(cls, search, *, column=0, ax=None):
        """Draw the candidates of a budget as they were judged, and the chosen one.

        Parameters
        ----------
        search : InfoShapeTransformerCV
            Fitted. With ``verify="certificate"`` the path's estimates are drawn, and the
            chosen candidate's bar goes to its certified limit.
        column : int, default=0
            Which sensitive column.
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        TradeoffDisplay
            With bars of one standard error over folds.
        """
        need_matplotlib()
        path, results, best = search.path_, search.cv_results_, search.best_index_
        is_certified = search.verify == "certificate"
        unit = "bits" if is_certified else search.leakage_unit
        suffix = "" if len(path.sensitive_names) == 1 else f"_{path.sensitive_names[column]}"
        budget = None
        if search.max_leakage is not None and unit == search.leakage_unit:
            each = np.ravel(search.max_leakage)
            budget = float(each[column if len(each) > 1 else 0])
        if is_certified:
            leakage, utility, utility_error = path.leakage_bits[:, column], path.utility_bits, None
            leakage_error = np.full(len(path), np.nan)
            if unit == search.leakage_unit:
                certified = results[f"certified_leakage{suffix}"][best]
                leakage_error[best] = certified - leakage[best]
        else:
            folds = np.sqrt(search.n_splits_)
            leakage = np.maximum(-results[f"mean_test_leakage{suffix}"], 0.0)
            leakage_error = results[f"std_test_leakage{suffix}"] / folds
            utility = results["mean_test_utility"]
            utility_error = results["std_test_utility"] / folds
        return cls(
            leakage,
            utility,
            price_names(path, column),
            np.ones(len(path)),
            leakage_error=leakage_error,
            utility_error=utility_error,
            max_leakage=budget,
            chosen=best,
            unit=unit,
            **_names(path, column),
            **(_limits(path, column) if unit == "bits" else {}),
        ).plot(ax)

    @classmethod
    def from_estimators(cls, estimators, X, y, sensitive_features, *, ax=None):
        """Attack the releases of several transformers, and the raw features, on fresh rows.

        Parameters
        ----------
        estimators : dict of str to fitted transformer, Pipeline, callable or list of these
            As :func:`~sklearn_infoshape.audit_leakage` takes them.
        X : array-like of shape (n, p)
            Rows that no estimator was fitted on. Raw features are drawn where they are numbers.
        y, sensitive_features : array-like of shape (n,) or (n, d)
            Several columns are attacked jointly.
        ax : matplotlib Axes, default=None
            Where to draw; None: axes of a new figure.

        Returns
        -------
        TradeoffDisplay
            With bars of two standard errors: bits that the better of logistic regression
            and boosting finds, cross-fitted.
        """
        need_matplotlib()
        fitted = list(estimators.values())
        task = _target(y, "y", fitted)
        sensitive = _target(sensitive_features, "sensitive_features", fitted)
        releases = {name: delivered_rows(e, X).numbers for name, e in estimators.items()}
        raw = numeric_rows(X)
        if raw is not None:
            releases["raw features"] = raw
        found = [
            [column_bits(Z, target) for target in (task, sensitive)] for Z in releases.values()
        ]
        utility, leakage = np.array(found).clip(0).transpose(1, 2, 0)
        known = sensitive.sum(axis=1) > 0
        joint = task[known].T @ sensitive[known]
        return cls(
            leakage[0],
            utility[0],
            list(releases),
            np.zeros(len(releases)),
            leakage_error=2 * leakage[1],
            utility_error=2 * utility[1],
            task_entropy_given_sensitive=entropy_bits(joint.ravel())
            - entropy_bits(joint.sum(axis=0)),
            task_name=shown_name([name for name, _ in label_columns(y, "y")], "y"),
            sensitive_name=shown_name(
                [name for name, _ in label_columns(sensitive_features, "sensitive_features")], "s"
            ),
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        self : TradeoffDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        ax = axes(ax)
        draw_tradeoff(
            ax,
            self.leakage,
            self.utility,
            self.names,
            self.is_shaped,
            x_label="leakage: " + _UNITS[self.unit].format(s=self.sensitive_name),
            y_label=f"utility: bits of {self.task_name}",
            leakage_error=self.leakage_error,
            utility_error=self.utility_error,
            label_floor=self.label_floor,
            task_entropy_given_sensitive=self.task_entropy_given_sensitive
            if self.unit == "bits"
            else None,
            max_leakage=self.max_leakage,
            chosen=self.chosen,
            task_name=self.task_name,
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _names(path, column):
    """What y and a sensitive column of a path are called."""
    return {
        "task_name": column_names(path[0].labels_)[0],
        "sensitive_name": shown_name(path.sensitive_names[column : column + 1], "s"),
    }


def _limits(path, column):
    floor = float(path.label_floor_bits[column])
    given = path.task_entropy_bits - floor
    conditional = path[0].leakage == "conditional"
    unknown = conditional or not np.isfinite(given)
    return {
        "label_floor": None if conditional else floor,
        "task_entropy_given_sensitive": None if unknown else given,
    }


def _target(labels, parameter, estimators):
    """One-hot classes, as the first estimator that was fitted with the label has them.

    Of several columns, combinations.
    """
    described = [fitted_labels(estimator, parameter) for estimator in estimators]
    columns = label_columns(labels, parameter)
    fitted = next((d for d in described if d), ())
    table = np.array([read_classes(j, columns, parameter, fitted)[0] for j in range(len(columns))])
    known = table.min(axis=0) >= 0
    classes = np.full(table.shape[1], -1)
    classes[known] = np.unique(table[:, known], axis=1, return_inverse=True)[1].ravel()
    return np.eye(classes.max(initial=0) + 1)[classes] * (classes >= 0)[:, None]
