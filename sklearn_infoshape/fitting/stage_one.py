"""Stage one of a fit: what X says of y and s, which depends on no multiplier."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_infoshape.posterior.crossfit import Posteriors

__all__ = ["StageOne", "learn_posteriors", "number_of_fits"]


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


def number_of_fits(problem):
    """How many classifiers :func:`learn_posteriors` fits."""
    settings = problem.settings
    if settings.posterior is None:
        return 0
    return settings.posterior._n_fits(_labelled(problem), settings.encoder)


def learn_posteriors(problem):
    """Fit the members of stage one.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    StageOne, or None where ``posterior=None``.
    """
    settings, labels, objective = problem.settings, problem.labels, problem.objective
    if settings.posterior is None:
        return None
    (task, *_), sensitives = labels.tasks, labels.sensitives
    names = [column.name for column in labels.columns]
    if objective.is_conditional:
        names[1:] = [f"{task.name} and {column.name}" for column in sensitives]
    fitted, posteriors = settings.posterior._learn(
        _labelled(problem),
        problem.secret,
        encoder=settings.encoder,
        device=settings.device,
        memory=settings.memory,
        n_jobs=settings.n_jobs,
        names=names,
    )
    fitted = replace(fitted, products=objective.is_conditional)
    return StageOne(fitted, fitted.combined(posteriors))


def _labelled(problem):
    """The rows with the labels that stage one learns."""
    return problem.sample.labelled(problem.objective.learned(problem.sample.targets))
