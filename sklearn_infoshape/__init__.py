"""InfoShape: share data for a task, without what it says of a sensitive attribute."""

from sklearn_infoshape import datasets, exceptions, information
from sklearn_infoshape._version import __version__
from sklearn_infoshape.audit.scorers import lagrangian_scorer, leakage_scorer, utility_scorer
from sklearn_infoshape.estimation import MutualInformationEstimator
from sklearn_infoshape.posterior.features import PosteriorFeatures
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = [
    "InfoShapeTransformer",
    "MutualInformationEstimator",
    "PosteriorFeatures",
    "__version__",
    "datasets",
    "exceptions",
    "information",
    "lagrangian_scorer",
    "leakage_scorer",
    "utility_scorer",
]
