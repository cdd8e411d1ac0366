"""
A leakage budget, kept with a certificate
=========================================

Nobody knows which multiplier λ they want. How many bits of s may leave is
easier to say. Here a search delivers the most useful release whose leakage is
*certified* to be within the budget. The rows are synthetic: y and s are
binary, agree a little more often than not, and s shows in X twice, once in a
way that no linear model sees.
"""

import matplotlib.pyplot as plt

from sklearn_infoshape import (
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    TradeoffDisplay,
)
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import InfeasibleBudgetError

X, y, s = make_shaping_problem(6000, random_state=0)

# %%
# ``verify="certificate"`` sets rows aside before anything is fitted.
# Candidates for ten multipliers are fitted on the rest, frozen, and tested on
# those rows from the most private one on, each at a confidence of 95 %. The
# last that passes before the first failure is delivered as it is.

budget = 0.05  # bits of s
search = InfoShapeTransformerCV(
    InfoShapeTransformer(posterior="boosting", random_state=0),
    privacy_multipliers=10,
    max_leakage=budget,
    verify="certificate",
)
search.fit(X, y, sensitive_features=s)
print(f"λ = {search.privacy_multiplier_:.3g}")
print(search.certificate_)

# %%
# The picture shows all candidates as they were estimated where they were
# fitted. The bar of the chosen one goes up to its certified limit, and the
# dashed line is the budget.

TradeoffDisplay.from_cv(search)
plt.show()

# %%
# The limit lies above the estimate, and that is the price of the confidence.
# With fewer rows the price is higher: the same release has looser limits.

results = search.cv_results_
tested = results["certified_leakage"] > 0
figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.plot(
    search.path_.privacy_multipliers,
    search.path_.leakage_bits[:, 0],
    "o-",
    label="estimate",
)
ax.plot(
    search.path_.privacy_multipliers[tested],
    results["certified_leakage"][tested],
    "s--",
    label="certified: at most",
)
ax.axhline(budget, color="tab:red", ls=":", label="budget")
ax.set_xscale("log")
ax.set_xlabel("privacy multiplier λ")
ax.set_ylabel("bits of s")
ax.legend()
plt.show()

# %%
# A budget that cannot be kept is refused, and the message says what would
# help.

try:
    InfoShapeTransformerCV(
        InfoShapeTransformer(posterior="linear", random_state=0),
        [1.0, 10.0],
        max_leakage=0.001,
        verify="certificate",
    ).fit(X[:1000], y[:1000], sensitive_features=s[:1000])
except InfeasibleBudgetError as error:
    print(error)

# %%
# **What this does not promise.** The certificate is an average over people,
# and of one code of somebody's row, seen by somebody who knows nothing else
# of it. It holds for the object that was tested: a refit voids it.
