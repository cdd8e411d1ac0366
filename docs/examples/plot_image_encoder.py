"""
Images, with an encoder of your own
===================================

Stage one's network may be any torch module. Here a small convolution reads
images of discs and squares (y) on striped paper. Which way the stripes lean
is s: a watermark of the site that took the picture. Images are drawn by a
seeded generator.
"""

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np
from torch import nn

from sklearn_infoshape import (
    InfoShapeTransformer,
    LeakageDisplay,
    PartitionDisplay,
    PosteriorFeatures,
    audit_leakage,
)

rng = np.random.default_rng(0)
n, side = 1800, 12
y = rng.integers(2, size=n)  # 1: a square
s = rng.integers(2, size=n)  # 1: stripes lean to the right
rows, columns = np.mgrid[:side, :side]


def drawn(is_square, leans_right):
    """An image of a shape anywhere on striped paper, with noise."""
    middle, radius = rng.uniform(4, 7, size=2), rng.uniform(2.5, 3.5)
    down, across = np.abs(rows - middle[0]), np.abs(columns - middle[1])
    inside = (
        np.maximum(down, across) < 0.88 * radius
        if is_square
        else down**2 + across**2 < radius**2
    )
    stripes = np.sin(
        0.9 * (columns + (1 if leans_right else -1) * rows)
        + rng.uniform(0, 6.3)
    )
    return (
        1.2 * inside
        + 0.5 * stripes
        + rng.normal(scale=0.25, size=(side, side))
    )


images = np.array(
    [drawn(*pair) for pair in zip(y, s, strict=True)], dtype=np.float32
)
own, fresh = slice(0, 900), slice(900, None)


# %%
# The module gets rows in the shape in which they are given, here (n, 12, 12).
# Its output may have any width: the last layer is added by stage one.


class Convolution(nn.Module):
    """Two layers of filters, and the strongest answer of each."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 12, 5),
            nn.ReLU(),
            nn.Conv2d(12, 24, 3),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(2),
        )

    def forward(self, image):
        return self.layers(image[:, None]).flatten(1)


# %%
# With an encoder, stage one is this network alone. Two folds are two networks
# for each label, in place of five: enough for a story.

shaper = InfoShapeTransformer(
    encoder=Convolution,
    posterior=PosteriorFeatures(folds=2),
    random_state=0,
)
shaper.fit(images[own], y[own], sensitive_features=s[own])
PartitionDisplay.from_estimator(shaper, images[fresh])
plt.show()

# %%
# Fresh images by their codes: what they have in common is the shape, and
# stripes lean both ways.

codes = shaper.transform(images[fresh]).argmax(axis=1)
common = np.sort(np.argsort(-np.bincount(codes))[:4])
figure, axes = plt.subplots(
    len(common), 7, figsize=(7, 1.1 * len(common)), layout="constrained"
)
for line, code in zip(axes, common, strict=True):
    for ax, image in zip(
        line, images[fresh][codes == code], strict=False
    ):
        ax.imshow(image, cmap="gray", vmin=-1, vmax=2)
    for ax in line:
        ax.set_xticks([])
        ax.set_yticks([])
    line[0].set_ylabel(
        f"code {code}", rotation=0, ha="right", va="center"
    )
plt.show()

# %%
# Nobody makes more of a finite code than its Bayes rule does. That is the
# attacker here, and the certificate bounds what it can find.

report = audit_leakage(
    shaper, images[fresh], s[fresh], y[fresh], random_state=0
)
LeakageDisplay.from_report(report)
plt.show()

# %%
print(report.verdict())

# %%
# **What this does not promise.** A network that is too weak to see s does not
# hide it: stage two hides what stage one finds. The certificate is what does
# not depend on the network.
