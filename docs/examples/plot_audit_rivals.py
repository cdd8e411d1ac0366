"""
Auditing what others release
============================

``audit_leakage`` judges any function of X. Three popular releases meet the
same attackers here: principal components, an eraser that makes s invisible to
linear models (as LEACE does), and the score of a classifier of y. The rows
are synthetic, y and s binary; s shows in X twice, once linearly and once as a
product of two signs.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier

from sklearn_infoshape import (
    InfoShapeTransformer,
    TradeoffDisplay,
    audit_leakage,
)
from sklearn_infoshape.datasets import make_shaping_problem

X, y, s = make_shaping_problem(6000, random_state=0)
X_own, y_own, s_own = X[:3000], y[:3000], s[:3000]
X_fresh, y_fresh, s_fresh = X[3000:], y[3000:], s[3000:]

# %%
# The eraser in closed form: whiten X, project out the direction in which the
# classes of s differ, and colour it again. Of all linear changes after which
# no linear model finds s, it is the least.


def fit_eraser(X, s):
    """Erase what linear models find of s (Belrose et al. 2023)."""
    centre = X.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(X.T))
    whiten, colour = (
        axes * values**power @ axes.T for power in (-0.5, 0.5)
    )
    direction = whiten @ (X[s == 1].mean(axis=0) - X[s == 0].mean(axis=0))
    direction /= np.linalg.norm(direction)
    erase = colour @ np.outer(direction, direction) @ whiten
    return lambda rows: rows - (rows - centre) @ erase.T


score = HistGradientBoostingClassifier(random_state=0).fit(X_own, y_own)
releases = {
    "PCA, 4 components": PCA(4).fit(X_own).transform,
    "LEACE-like eraser": fit_eraser(X_own, s_own),
    "label score": lambda rows: score.predict_proba(rows)[:, [1]],
    "shaped, λ = 1": InfoShapeTransformer(
        posterior="boosting", random_state=0
    )
    .fit(X_own, y_own, sensitive_features=s_own)
    .transform,
}

# %%
# Each release is attacked by a linear model and by boosting, which learn from
# one part of the fresh rows and are scored on another. (The default has more
# attackers and takes longer.)

reports = {
    name: audit_leakage(
        release,
        X_fresh,
        s_fresh,
        y_fresh,
        attackers=["linear", "boosting"],
        random_state=0,
    )
    for name, release in releases.items()
}
for name, report in reports.items():
    found = report.headline.figures
    bits = ", ".join(
        f"{own} {max(found[own]['bits'].value, 0):.2f}"
        for own in found
        if "bits" in found[own]
    )
    print(f"{name}: bits of s by {bits}")

# %%
# The eraser keeps its promise: the linear attacker finds nothing. Boosting
# finds the product of signs, which was never erased. The label score tells
# little of s and keeps y; its fault is that nothing limits it, neither a
# budget nor a certificate.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
place = np.arange(len(reports))
for shift, attacker in [(-0.2, "linear"), (0.2, "boosting")]:
    found = [
        report.headline.figures.get(attacker, {}).get("bits")
        for report in reports.values()
    ]
    ax.bar(
        place + shift,
        [max(b.value, 0) if b else np.nan for b in found],
        0.4,
        label=attacker,
    )
ax.set_xticks(place, reports)
ax.set_ylabel("bits of s that the attacker recovers")
ax.legend()
plt.show()

# %%
TradeoffDisplay.from_estimators(releases, X_fresh, y_fresh, s_fresh)
plt.show()

# %%
# **What this does not show.** Two attackers stand for all. What neither of
# them represents they do not find, and of columns nobody can say "at most".
