"""Formulas of information: entropy, exact information of finite codes, variational bounds."""

from sklearn_infoshape.information.bounds import (
    BOUNDS,
    Bound,
    cross_entropy,
    donsker_varadhan,
    infonce,
    mine_objective,
    nwj,
    remine_objective,
    smile,
)
from sklearn_infoshape.information.entropy import entropy_bits
from sklearn_infoshape.information.plugin import (
    joint_information,
    joint_law,
    plugin_information,
    pointwise_information,
)

__all__ = [
    "BOUNDS",
    "Bound",
    "cross_entropy",
    "donsker_varadhan",
    "entropy_bits",
    "infonce",
    "joint_information",
    "joint_law",
    "mine_objective",
    "nwj",
    "plugin_information",
    "pointwise_information",
    "remine_objective",
    "smile",
]
