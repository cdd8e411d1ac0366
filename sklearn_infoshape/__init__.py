"""InfoShape: share data for a task, without what it says of a sensitive attribute."""

from sklearn_infoshape import datasets, exceptions, information
from sklearn_infoshape._version import __version__
from sklearn_infoshape.audit.audit import audit_leakage
from sklearn_infoshape.audit.certificate import LeakageCertificate, certify_leakage
from sklearn_infoshape.audit.report import LeakageReport
from sklearn_infoshape.audit.scorers import lagrangian_scorer, leakage_scorer, utility_scorer
from sklearn_infoshape.cross_validation import InfoShapeTransformerCV
from sklearn_infoshape.path import ShapingPath, infoshape_path
from sklearn_infoshape.posterior.features import PosteriorFeatures
from sklearn_infoshape.transformer import InfoShapeTransformer

__all__ = [
    "InfoShapeTransformer",
    "InfoShapeTransformerCV",
    "LeakageCertificate",
    "LeakageReport",
    "PosteriorFeatures",
    "ShapingPath",
    "__version__",
    "audit_leakage",
    "certify_leakage",
    "datasets",
    "exceptions",
    "information",
    "infoshape_path",
    "lagrangian_scorer",
    "leakage_scorer",
    "utility_scorer",
]
