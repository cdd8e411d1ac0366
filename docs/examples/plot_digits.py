"""
Odd or even, without showing whether above four
===============================================

The task of the InfoShape paper, in small: share handwritten digits so that
others can learn whether a digit is odd (y), and cannot see whether it is
greater than four (s). We shape once with the defaults and once by the paper's
design, and ask fresh attackers about both.
"""

import warnings

import matplotlib.pyplot as plt

from sklearn_infoshape import (
    InfoShapeTransformer,
    LeakageDisplay,
    PartitionDisplay,
    ShapingGame,
    audit_leakage,
)
from sklearn_infoshape.datasets import load_digits_parity
from sklearn_infoshape.exceptions import MemorizedLabelsWarning

X, y, s = load_digits_parity()
X_own, y_own, s_own = X[:900], y[:900], s[:900]  # fitted on
X_fresh, y_fresh, s_fresh = X[900:], y[900:], s[900:]  # audited

# %%
# By default, stage one learns what an image says of y and of s, and stage two
# cuts the plane of these two probabilities into cells. A release is the
# number of a row's cell, and nothing else.

shaper = InfoShapeTransformer(random_state=0).fit(
    X_own, y_own, sensitive_features=s_own
)
PartitionDisplay.from_estimator(shaper, X_fresh)
plt.show()

# %%
# Cells lie beside each other from top to bottom, where y changes, and run
# from left to right, where s changes: who knows the cell knows little of
# where in it a row is.
#
# The paper trains an encoder against a critic, in one stage, and releases
# bare columns. Such an encoder sees the labels of the rows that it is fitted
# on and may memorise them, of which ``fit`` warns. We release other rows
# only, so the warning may be silenced.

warnings.simplefilter("ignore", MemorizedLabelsWarning)
paper = InfoShapeTransformer(
    posterior=None,
    channel="deterministic",
    game=ShapingGame(mi_estimator="remine", max_epochs=30),
    random_state=0,
)
paper.fit(X_own, y_own, sensitive_features=s_own)
seen = paper.history_[-1]["valid_leakage_bound"]
print(f"bits of s, as the paper's critic sees them: {seen:.2f}")

# %%
# Fresh attackers learn s from one half of the fresh rows and guess it on
# others.

reports = {
    name: audit_leakage(
        release, X_fresh, s_fresh, y_fresh, random_state=0
    )
    for name, release in {
        "codes": shaper,
        "paper's columns": paper,
    }.items()
}
figure, axes = plt.subplots(
    2, 1, figsize=(7, 7.5), sharex=True, layout="constrained"
)
for ax, (name, report) in zip(axes, reports.items(), strict=True):
    LeakageDisplay.from_report(report, ax=ax)
    ax.set_title(name)
    ax.tick_params(labelbottom=True)
plt.show()

# %%
for name, report in reports.items():
    print(f"{name}: {report.verdict()}\n")

# %%
# The critic that trained the encoder was satisfied, and other attackers find
# what it overlooked. That is why no value of a training critic counts as a
# measure of leakage here.
#
# **What this does not show.** The paper trains on many more images, and for
# longer. And of columns an audit only says what these attackers found: an
# upper limit exists for codes alone.
