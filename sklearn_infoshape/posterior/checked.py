"""A user's classifiers: which are refused, and what they keep of the rows."""

from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.decomposition import KernelPCA
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.impute import KNNImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import (
    KernelDensity,
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.preprocessing import QuantileTransformer
from sklearn.semi_supervised import LabelPropagation, LabelSpreading
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from sklearn_infoshape.posterior.stored_rows import stored_part
from sklearn_infoshape.posterior.weighted_fit import fit_weighted, takes_weights

__all__ = []


_STORES_ROWS = (
    KNeighborsClassifier,
    RadiusNeighborsClassifier,
    GaussianProcessClassifier,
    GaussianProcessRegressor,
    NearestNeighbors,
    KNeighborsRegressor,
    RadiusNeighborsRegressor,
    KNeighborsTransformer,
    KNNImputer,
    KernelDensity,
    KernelPCA,
    KernelRidge,
    LabelPropagation,
    LabelSpreading,
    Nystroem,
    QuantileTransformer,
    SVC,
    NuSVC,
    SVR,
    NuSVR,
    OneClassSVM,
)


class _Examined(BaseEstimator):
    """A user's classifier, whose fit is delivered if it holds no rows."""

    def __init__(self, classifier):
        self.classifier = classifier

    def fit(self, X, y, sample_weight=None):
        """The fitted classifier itself.

        Raises
        ------
        ValueError
            If it holds rows, naming the part.
        """
        fitted = fit_weighted(clone(self.classifier), X, y, sample_weight)
        part = stored_part(fitted, X, y)
        if part is not None:
            raise ValueError(_kept_by(part))
        return fitted


def _kept_by(part):
    if part.startswith("HistGradientBoosting"):
        return (
            f"posterior: {part} keeps exact values of the rows as thresholds, which a release must "
            "not hold; put sklearn_infoshape.posterior.binning.CoarseBins() before it in a "
            "Pipeline, or use 'boosting', which does so."
        )
    return (
        f"posterior: {part} keeps the rows it was fitted on, their values or their labels, which a "
        "release must not hold; use 'kernel' or 'boosting' instead."
    )


def _checked(classifier, seed, weighted=False):
    if not is_classifier(classifier) or not hasattr(classifier, "predict_proba"):
        raise ValueError(
            f"posterior={type(classifier).__name__}: members must be classifiers with "
            "predict_proba; sklearn.calibration.CalibratedClassifierCV gives one to others."
        )
    if weighted and not takes_weights(classifier):
        raise ValueError(
            f"posterior={type(classifier).__name__}: its fit takes no sample_weight, so that rows "
            "would all count alike there. Use a classifier whose fit does, or 'auto' or another "
            "name of a member; or leave sample_weight away."
        )
    parts = [classifier, *classifier.get_params(deep=True).values()]
    storing = next((part for part in parts if isinstance(part, _STORES_ROWS)), None)
    if storing is not None:
        raise ValueError(_kept_by(type(storing).__name__))
    return _Examined(_seeded(classifier, seed))


def _seeded(classifier, seed):
    """A copy in which every part that would draw from a global generator draws from the seed."""
    classifier = clone(classifier)
    unseeded = [
        name
        for name, value in classifier.get_params(deep=True).items()
        if value is None and name.rpartition("__")[2] == "random_state"
    ]
    classifier.set_params(**dict.fromkeys(unseeded, seed))
    for value in classifier.get_params(deep=True).values():  # splitters have no get_params
        if getattr(value, "random_state", seed) is None and getattr(value, "shuffle", True):
            value.random_state = seed
    return classifier
