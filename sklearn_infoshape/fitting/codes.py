"""Stage two where a finite code ends the encoder: a partition of the posteriors."""

from functools import partial

import numpy as np

from sklearn_infoshape.fitting.fitted import Fitted
from sklearn_infoshape.release.codebook import settle
from sklearn_infoshape.release.release import Release

__all__ = ["fit_codes"]

_DRAWS_AN_ATOM = 10  # with fewer, what is drawn leaks more than its law says
_SOFT_ADVANTAGE = 0.01  # of the Lagrangian: what a draw must gain over the hard rule


def fit_codes(problem, stage_one, priced):
    """The codes for several prices, solved side by side.

    Parameters
    ----------
    problem : Problem
    stage_one : StageOne
    priced : list of Labels
        That differ in the weights of their terms.

    Yields
    ------
    Fitted
    """
    features, posteriors = stage_one.features, stage_one.posteriors
    sample, objective, secret = problem.sample, problem.objective, problem.secret
    soft, given = objective.of_columns(posteriors), objective.given(sample.targets)
    solved = _solve(problem, posteriors, priced)
    for labels, (partition, hard) in zip(priced, solved, strict=True):
        release = Release(
            location=np.zeros(features.shape[1]),
            scale=np.ones(features.shape[1]),
            row_shape=features.shape[1:],
            hidden_layer_sizes=(),
            weights={"head.weight": partition.coef, "head.bias": partition.intercept},
            trunk=partition.trunk,
            channel=problem.settings.new_channel(),
            posteriors=stage_one.fitted,
            key=secret.key,
            key_is_secret=secret.key_is_secret,
        )
        description = settle(
            release,
            labels,
            features,
            sample,
            slice(None),
            soft=soft,
            hard=hard,
            given=given,
            worth=partial(
                objective.lagrangian,
                labels=labels,
                posteriors=posteriors,
                sample_weight=sample.weights,
            ),
        )
        history = [{"epoch": 1, "train_lagrangian": partition.lagrangian / np.log(2)}]
        yield Fitted(release, labels, description, history, best_epoch=1)


def _solve(problem, posteriors, priced):
    """The partition for each price, and whether its rule is hard.

    A draw can beat every partition only where posteriors have atoms, and only where the rows
    of an atom draw apart: equal rows that nothing tells from each other share one draw.
    """
    settings, sample = problem.settings, problem.sample
    solve = partial(
        problem.objective.solve,
        priced,
        posteriors,
        n_codes=settings.n_components,
        n_init=settings.channel.n_init,
        n_persons=sample.n_persons or len(sample),
        sample_weight=sample.weights,
        seed=problem.secret.seed,
    )
    partitions = solve(hard=True)
    n_atoms = getattr(partitions[0], "n_atoms", np.inf)
    if np.isinf(n_atoms) or len(set(sample.identities)) < _DRAWS_AN_ATOM * n_atoms:
        return [(partition, True) for partition in partitions]
    return [
        (drawn, False)
        if drawn.lagrangian > (1 + _SOFT_ADVANTAGE) * partition.lagrangian
        else (partition, True)
        for partition, drawn in zip(partitions, solve(hard=False), strict=True)
    ]
