"""
Hiding an amount
================

s need not be a class. A bank shares whether a loan is paid back (y), and
income (s, an amount) shall not show. People are drawn by a seeded generator:
income is in their rent, their car and their district, and it helps to pay
back.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

from sklearn_infoshape import (
    InfoShapeTransformer,
    TradeoffDisplay,
    audit_leakage,
)

rng = np.random.default_rng(0)
n = 3000
income = rng.lognormal(mean=3.4, sigma=0.5, size=n)  # thousands
care = rng.normal(size=n)  # who pays in time
standing = np.log(income) - 3.4
features = {
    "rent": 600 + 12 * income + rng.normal(scale=150, size=n),
    "car": standing + rng.normal(scale=0.3, size=n),
    "district": np.round(2 * standing + rng.normal(size=n)),
    "reminders": care + rng.normal(scale=0.4, size=n),
    "overdraft": care + 0.5 * standing + rng.normal(scale=0.6, size=n),
    "noise": rng.normal(size=n),
}
X = np.column_stack(list(features.values()))
y = care + 0.6 * standing + rng.logistic(scale=0.3, size=n) > 0
s = income
own, fresh = slice(0, 1500), slice(1500, None)

# %%
# Fractions are read as an amount, and shaping looks at ``n_bins`` quantile
# bins of it. A small multiplier keeps what is useful; a large one hides what
# y itself would tell as well.

shapers = {
    f"λ = {price:g}": InfoShapeTransformer(
        price, posterior=["boosting", "linear"], n_bins=8, random_state=0
    ).fit(X[own], y[own], sensitive_features=s[own])
    for price in (0.1, 3.0)
}

# %%
# Incomes of fresh people, code by code. The width of a box is the code's
# share.

figure, axes = plt.subplots(
    1, 2, figsize=(8.5, 4.2), sharey=True, layout="constrained"
)
for ax, (name, shaper) in zip(axes, shapers.items(), strict=True):
    codes = shaper.transform(X[fresh]).argmax(axis=1)
    present = np.unique(codes)
    incomes = [s[fresh][codes == code] for code in present]
    widths = [0.15 + 2 * len(group) / len(codes) for group in incomes]
    ax.boxplot(incomes, widths=np.minimum(widths, 0.9), showfliers=False)
    ax.axhline(np.median(s), color="tab:red", ls=":", lw=1.2)
    ax.set_title(name)
    ax.set_xticklabels(
        [f"{y[fresh][codes == code].mean():.0%}" for code in present]
    )
    ax.set_xlabel("codes, by the share that pays back (y)")
axes[0].set_ylabel("income in thousands (s)")
plt.show()

# %%
# On the left, boxes climb with the code: who is likely to pay back is likely
# to be rich. On the right they stay about the dotted median of all.
#
# The audit says how many bits of the bins an attacker recovers. Codes are
# ordered by y, so their rank correlation with income is a second look at the
# same boxes.

for name, shaper in shapers.items():
    report = audit_leakage(
        shaper, X[fresh], s[fresh], y[fresh], random_state=0
    )
    print(f"{name}: {report.verdict()}")
    codes = shaper.transform(X[fresh]).argmax(axis=1)
    correlation = spearmanr(codes, s[fresh]).statistic
    print(f"rank correlation of code and income: {correlation:.2f}\n")

# %%
TradeoffDisplay.from_estimators(shapers, X[fresh], y[fresh], s[fresh])
plt.show()

# %%
# Both releases are far from the raw features. Some hundredths of a bit are
# little, and yet a shift that the eye sees: look at boxes before you call an
# average small.
#
# **What this does not show.** Bins are blind within: two incomes of one bin
# count as the same. A release of few codes has little room to tell them
# apart, columns have more of it; there ``n_bins=None`` trains against a
# critic of the amount itself.
