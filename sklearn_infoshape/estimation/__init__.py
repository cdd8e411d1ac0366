"""How many bits two sets of columns share, and how sure that is."""

from sklearn_infoshape.estimation.estimator import MutualInformationEstimator

__all__ = ["MutualInformationEstimator"]
