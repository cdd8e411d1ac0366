"""Stage one of a fit: what X says of y and s, which depends on no multiplier."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_infoshape.posterior.crossfit import Posteriors

__all__ = ["StageOne", "learn_posteriors"]


@dataclass(frozen=True)
class StageOne:
    """What stage one learned of the rows that are fitted on.

    Attributes
    ----------
    fitted : Posteriors
    posteriors : list of ndarray of shape (n, C_j)
        Each row's by models that have not seen it.
    """

    fitted: Posteriors
    posteriors: list

    @cached_property
    def features(self):
        """The posteriors side by side, shape (n, sum of C_j)."""
        return np.hstack(self.posteriors)


def learn_posteriors(problem):
    """Fit the members of stage one.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    StageOne, or None where ``posterior=None``.
    """
    settings, sample, objective = problem.settings, problem.sample, problem.objective
    if settings.posterior is None:
        return None
    fitted, posteriors = settings.posterior._learn(
        sample.labelled(objective.learned(sample.targets)),
        problem.secret,
        encoder=settings.encoder,
        device=settings.device,
        memory=settings.memory,
        n_jobs=settings.n_jobs,
        verbose=settings.verbose,
    )
    fitted = replace(fitted, products=objective.is_conditional)
    return StageOne(fitted, fitted.combined(posteriors))
