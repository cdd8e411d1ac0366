"""InfoShape: share data for a task, without what it says of a sensitive attribute."""

from sklearn_infoshape import datasets, exceptions, information
from sklearn_infoshape._version import __version__
from sklearn_infoshape.audit import (
    LeakageCertificate,
    LeakageLedger,
    LeakageReport,
    audit_leakage,
    certify_leakage,
)
from sklearn_infoshape.displays import (
    LeakageDisplay,
    PartitionDisplay,
    TradeoffDisplay,
    TrainingDisplay,
)
from sklearn_infoshape.estimation import MutualInformationEstimator
from sklearn_infoshape.fitting.partitions import fit_partitions
from sklearn_infoshape.game.settings import ShapingGame
from sklearn_infoshape.posterior.features import PosteriorFeatures
from sklearn_infoshape.release.channels import (
    CategoricalChannel,
    DeterministicChannel,
    GaussianChannel,
)
from sklearn_infoshape.scoring.budget_rule import best_utility_within
from sklearn_infoshape.scoring.scorers import lagrangian_scorer, leakage_scorer, utility_scorer
from sklearn_infoshape.search.path import infoshape_path
from sklearn_infoshape.search.search import InfoShapeTransformerCV
from sklearn_infoshape.search.shaping_path import ShapingPath
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = [
    "CategoricalChannel",
    "DeterministicChannel",
    "GaussianChannel",
    "InfoShapeTransformer",
    "InfoShapeTransformerCV",
    "LeakageCertificate",
    "LeakageDisplay",
    "LeakageLedger",
    "LeakageReport",
    "MutualInformationEstimator",
    "PartitionDisplay",
    "PosteriorFeatures",
    "ShapingGame",
    "ShapingPath",
    "TradeoffDisplay",
    "TrainingDisplay",
    "__version__",
    "audit_leakage",
    "best_utility_within",
    "certify_leakage",
    "datasets",
    "exceptions",
    "fit_partitions",
    "information",
    "infoshape_path",
    "lagrangian_scorer",
    "leakage_scorer",
    "utility_scorer",
]
