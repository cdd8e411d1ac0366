"""
A grid search that sees s, by metadata routing
==============================================

λ is a hyperparameter, but accuracy cannot choose it: it does not see leakage
and would take the smallest. Scorers of this package need s at the time of
scoring, and scikit-learn's metadata routing hands it to them, through a
Pipeline and its cross-validation. y is whether a digit is odd, s whether it
is greater than four.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape import (
    InfoShapeTransformer,
    TradeoffDisplay,
    audit_leakage,
    best_utility_within,
    leakage_scorer,
    utility_scorer,
)
from sklearn_infoshape.datasets import load_digits_parity

X, y, s = load_digits_parity()
multipliers = [0.0, 0.5, 2.0, 8.0]

# %%
# Two scorers, bits of y and (minus) bits of s, and a rule: of all candidates
# within the budget of s, the most useful. ``memory`` caches stage one, which
# does not depend on λ, so that each fold pays for it once. The cache holds
# models of y and s: keep it with the data, and delete it.

budget = 0.03
with (
    tempfile.TemporaryDirectory() as cache,
    sklearn.config_context(enable_metadata_routing=True),
):
    search = GridSearchCV(
        make_pipeline(
            StandardScaler(),
            InfoShapeTransformer(
                posterior="components", memory=cache, random_state=0
            ),
        ),
        {"infoshapetransformer__privacy_multiplier": multipliers},
        scoring={"utility": utility_scorer, "leakage": leakage_scorer},
        refit=best_utility_within(budget),
        cv=3,
    )
    search.fit(X[:900], y[:900], sensitive_features=s[:900])
print(search.best_params_)

# %%
# ``cv_results_`` has what every candidate reached on rows that its fit had
# not seen.

results, folds = search.cv_results_, np.sqrt(search.n_splits_)
TradeoffDisplay(
    -results["mean_test_leakage"],
    results["mean_test_utility"],
    [f"λ = {price:g}" for price in multipliers],
    np.ones(len(multipliers), dtype=bool),
    leakage_error=results["std_test_leakage"] / folds,
    utility_error=results["std_test_utility"] / folds,
    max_leakage=budget,
    chosen=search.best_index_,
).plot()
plt.show()

# %%
# The best of several estimates looks better than it is. Rows that the search
# has never seen judge the winner; the Pipeline is audited as it would be
# used, scaling included.

report = audit_leakage(
    search.best_estimator_, X[900:], s[900:], y[900:], random_state=0
)
print(report.verdict(max_leakage=budget))

# %%
# **What this does not promise.** The rule keeps the budget by point
# estimates, without a confidence, and the audit's interval may well reach
# beyond it. For a limit that is certified, see
# :ref:`sphx_glr_gallery_plot_budget_certificate.py`.
