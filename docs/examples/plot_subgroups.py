"""
Several sensitive columns, and the people whom an average forgets
=================================================================

A release can be silent on average and speak in every clinic. Here two clinics
share whether a therapy worked (y). A marker in the blood is higher in men in
the first clinic, and lower in men in the second, which is sent other cases.
Sex is s.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_infoshape import InfoShapeTransformer, audit_leakage

rng = np.random.default_rng(0)
n = 6000
clinic = rng.choice(["harbour", "hill"], size=n)
man = rng.integers(2, size=n)
sign = np.where(clinic == "harbour", 1, -1) * (2 * man - 1)
marker = 0.9 * sign + rng.normal(size=n)
X = pd.DataFrame(
    {"clinic": clinic, "marker": marker, "dose": rng.normal(size=n)}
)
y = (marker + 0.7 * X["dose"] + rng.logistic(scale=0.4, size=n) > 0).map(
    {True: "worked", False: "not"}
)
sex = pd.Series(np.where(man, "m", "f"), name="sex")
own, fresh = slice(0, 3000), slice(3000, None)

# %%
# We name sex and shape for it. An audit with ``subgroups`` also attacks
# within the levels of a column.


def attacked(shaper):
    """What attackers recover of sex, of all people and clinic by clinic."""
    return audit_leakage(
        shaper,
        X[fresh],
        sex[fresh],
        y[fresh],
        subgroups=["clinic"],
        random_state=0,
    )


settings = {"posterior": ["boosting", "linear"], "random_state": 0}
on_average = InfoShapeTransformer(2.0, **settings)
on_average.fit(X[own], y[own], sensitive_features=sex[own])
report = attacked(on_average)
print(report.verdict())
for cell in report.by_role("subgroup"):
    print(f"{cell.name}: at least {cell.bits.low:.3f} bits")

# %%
# Of all people the codes say nothing of sex: the clinics cancel out. Whoever
# knows the clinic, and most people know where somebody was treated, turns the
# same codes into a guess.
#
# A second sensitive column mends it: the combination of sex and clinic. Each
# column has a price of its own.

both = pd.DataFrame(
    {"sex": sex, "sex and clinic": sex + ", " + X["clinic"]}
)
within = InfoShapeTransformer([2.0, 4.0], **settings)
within.fit(X[own], y[own], sensitive_features=both[own])
report_within = attacked(within)

# %%
figure, axes = plt.subplots(
    2, 1, figsize=(7, 5), sharex=True, layout="constrained"
)
for ax, title, found in [
    (axes[0], "s: sex", report),
    (axes[1], "s: sex, and sex and clinic together", report_within),
]:
    rows = [
        ("all people", found.headline),
        *((c.name, c) for c in found.by_role("subgroup")),
    ]
    for place, (_, answer) in enumerate(rows):
        bits = answer.bits
        ax.plot(
            [bits.low, bits.high], [place, place], lw=3, color="tab:blue"
        )
        ax.plot(bits.value, place, "o", color="tab:blue")
    ax.set_yticks(range(len(rows)), [name for name, _ in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_title(title)
    ax.axvline(0, color="0.6", lw=1)
axes[1].set_xlabel(
    "bits of sex that attackers recover, with a 95 % interval"
)
plt.show()

# %%
# What it costs is utility: where the marker tells sex, and nearly all that is
# known of y is the marker, there is little left to share.

for name, shaper in {
    "sex": on_average,
    "sex, and sex and clinic": within,
}.items():
    print(f"s: {name}: {shaper.utility_estimate_bits_:.3f} bits of y")

# %%
# **What this does not show.** Only the clinic was looked at.
# ``subgroups="auto"`` looks at all features and pairs of them, but a group
# that no column describes is found by nobody.
