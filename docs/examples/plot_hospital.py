"""
A hospital's table, as it is
============================

A hospital wants to share which patients will be back within 30 days (y),
without giving away their sex or origin (two columns of s). The table has
text, categories, dates and gaps, and some patients have several stays. It is
drawn by a seeded generator; nobody in it exists.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from sklearn_infoshape import (
    InfoShapeTransformer,
    LeakageDisplay,
    audit_leakage,
)
from sklearn_infoshape.datasets import make_hospital_table

table, y, s = make_hospital_table(3000)
print(table.drop(columns="patient").iloc[0].to_string())

# %%
# Stays of one patient belong together: either all of them are fitted on, or
# all are audited.

own, fresh = next(
    GroupShuffleSplit(1, test_size=0.4, random_state=0).split(
        table, groups=table["patient"]
    )
)

# %%
# The frame is read without a step before. ``fold_columns`` says what names a
# person: it is no feature, and a model that releases a stay has seen no other
# stay of this patient.

shaper = InfoShapeTransformer(fold_columns="patient", random_state=0)
shaper.fit(table.iloc[own], y.iloc[own], sensitive_features=s.iloc[own])

# %%
# The codebook is what somebody learns who gets the release: for each code its
# share of the stays, and the classes of y and of s among them.

book = shaper.codebook_
readmitted = book["target"]["readmitted"][
    :, list(shaper.classes_).index("yes")
]
women = book["sensitive"]["sex"][
    :, list(book["sensitive_classes"]["sex"]).index("f")
]
here = book["sensitive"]["origin"][
    :, list(book["sensitive_classes"]["origin"]).index("here")
]

figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
position = np.arange(len(readmitted))
ax.bar(position, readmitted, color="0.8", label="y: readmitted")
ax.plot(position, women, "o", color="tab:red", label="s: women")
ax.plot(position, here, "s", color="tab:blue", label='s: origin "here"')
ax.set_xticks(position, [f"{share:.0%}" for share in book["share"]])
ax.set_xlabel("codes, with their share of the stays")
ax.set_ylabel("share within the code")
ax.set_ylim(0, 1)
figure.legend(loc="outside lower center", ncols=3)
plt.show()

# %%
# Bars rise from code to code, and the dots stay level. Whether they do so for
# other patients, only an audit on fresh ones tells. ``groups`` makes every
# figure one of persons.

report = audit_leakage(
    shaper,
    table.iloc[fresh],
    s.iloc[fresh],
    y.iloc[fresh],
    groups=table["patient"].iloc[fresh],
    random_state=0,
)
figure, axes = plt.subplots(
    2, 1, figsize=(7, 6), sharex=True, layout="constrained"
)
for ax, attribute in zip(axes, ["sex", "origin"], strict=True):
    LeakageDisplay.from_report(report, attribute, ax=ax)
    ax.tick_params(labelbottom=True)
plt.show()

# %%
print(report.verdict(max_leakage=0.1))

# %%
# **What this does not show.** Sex and origin are hidden because they were
# named. What nobody named, such as age or insurance, may be told by the codes
# as well as before: ``scan=`` of ``audit_leakage`` looks for it.
