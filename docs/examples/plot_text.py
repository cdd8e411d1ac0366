"""
Letters: the complaint, not the dialect
=======================================

Text becomes vectors (TF-IDF, then an SVD), and vectors are shaped like any
other columns. A shop shares whether a letter is about billing or delivery
(y), and not from which side of the Atlantic its writer comes (s). Letters are
drawn by a seeded generator.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from sklearn_infoshape import (
    InfoShapeTransformer,
    TradeoffDisplay,
    audit_leakage,
)

rng = np.random.default_rng(0)
n = 2400
LISTS = {
    "billing": "invoice charged refund account payment twice price total",
    "delivery": "parcel late courier address box damaged arrived door",
    "british": "colour cheque whilst post flat lorry queue holiday",
    "american": "color check while mail apartment truck line vacation",
    "both": "please dear the shop order week again never letter call help",
}
WORDS = {name: words.split() for name, words in LISTS.items()}
y = rng.choice(["billing", "delivery"], size=n)
is_british = rng.uniform(size=n) < np.where(y == "billing", 0.6, 0.4)
s = np.where(is_british, "british", "american")


def letter(topic, dialect):
    """Words of a topic and a dialect in any order, and one of any list."""
    other = rng.choice(["billing", "delivery", "british", "american"])
    counts = {
        topic: rng.integers(1, 4),
        dialect: rng.integers(0, 4),
        "both": 8,
        other: 1,
    }
    words = [
        word
        for name, k in counts.items()
        for word in rng.choice(WORDS[name], size=k)
    ]
    return " ".join(rng.permutation(words))


letters = np.array([letter(*pair) for pair in zip(y, s, strict=True)])
own, fresh = slice(0, 1200), slice(1200, None)
print(s[0], "on", y[0] + ":", letters[0])

# %%
# ``min_df=10`` keeps words of ten letters and more. The vocabulary stays in
# the fitted pipeline: without this limit it would hold every name that occurs
# once.

to_vectors = make_pipeline(
    TfidfVectorizer(min_df=10), TruncatedSVD(20, random_state=0)
)
vectors = to_vectors.fit(letters[own]).transform(letters)

# %%
# The vectoriser and the SVD have learned from words alone, without y or s,
# and may stand before the shaper. (A step that learns from y may not: it
# would have memorised the labels of its rows.)

shapers = {
    f"codes, λ = {price:g}": InfoShapeTransformer(
        price, posterior=["linear", "components"], random_state=0
    ).fit(vectors[own], y[own], sensitive_features=s[own])
    for price in (0.0, 1.0, 4.0)
}
TradeoffDisplay.from_estimators(
    shapers, vectors[fresh], y[fresh], s[fresh]
)
plt.show()

# %%
# "Raw features" are the vectors, which tell much of the dialect, too. How
# many words of each list are in the letters of a code? Topics separate codes;
# dialects do so as far as they go with topics.

shaper = shapers["codes, λ = 1"]
codes = shaper.transform(vectors[fresh]).argmax(axis=1)
lists = [name for name in WORDS if name != "both"]
counts = np.array(
    [
        [sum(w in WORDS[k] for w in text.split()) for k in lists]
        for text in letters
    ]
)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, values in zip(lists, counts[fresh].T, strict=True):
    means = [values[codes == code].mean() for code in np.unique(codes)]
    ax.plot(
        np.unique(codes), means, "o-" if name in y else "s--", label=name
    )
ax.set_xlabel("code")
ax.set_ylabel("words a letter")
figure.legend(loc="outside lower center", ncols=4)
plt.show()

# %%
report = audit_leakage(
    shaper, vectors[fresh], s[fresh], y[fresh], random_state=0
)
print(report.verdict(max_leakage=0.2))

# %%
# **What this does not promise.** Topic and dialect are not independent here,
# so keeping all of y gives some of s away: the label floor of the report. And
# the letters themselves must stay at home: a code beside its letter hides
# nothing.

print(
    f"label floor: {next(iter(report.floors.values())).label_floor:.3f} bits"
)
