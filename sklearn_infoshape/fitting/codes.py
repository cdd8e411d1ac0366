"""Stage two where a finite code ends the encoder: a partition of the posteriors."""

from dataclasses import replace
from functools import partial

import numpy as np

from sklearn_infoshape.codes.tables import Holders
from sklearn_infoshape.fitting.fitted import Fitted
from sklearn_infoshape.release.codebook import settle, worth_within_limits
from sklearn_infoshape.release.release import Release

__all__ = ["fit_codes"]

_DRAWS_AN_ATOM = 10  # with fewer, what is drawn leaks more than its law says
_SOFT_ADVANTAGE = 0.0025  # of the Lagrangian: what a draw must gain over the hard rule
_RAISED = (3.0, 10.0, 30.0)  # times the price of s, where codes say more than they may
_LEAST_RAISED = 0.1  # of a bit of s in bits of y, from which prices are raised


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
    sample, objective = problem.sample, problem.objective
    soft, given = objective.of_columns(posteriors), objective.given(sample.targets)
    solved = _solve(problem, posteriors, priced)
    for labels, solution in zip(priced, solved, strict=True):
        worth = objective.worth(labels, posteriors, sample.weights)
        if problem.settings.channel.limits_codes:
            solution = _within_limits(problem, stage_one, labels, solution, worth)
        partition, hard = solution
        release = _release(problem, stage_one, partition)
        description = settle(
            release,
            labels,
            features,
            sample,
            slice(None),
            soft=soft,
            hard=hard,
            given=given,
            worth=worth,
            # Few values of X: each is coded by itself, and what chance adds is what the rows show.
            chosen=not hasattr(partition, "n_atoms"),
        )
        history = [{"epoch": 1, "train_lagrangian": partition.lagrangian / np.log(2)}]
        yield Fitted(release, labels, description, history, best_epoch=1)


def _release(problem, stage_one, partition):
    """A partition as a release that is not settled yet."""
    width = stage_one.features.shape[1]
    return Release(
        location=np.zeros(width),
        scale=np.ones(width),
        row_shape=(width,),
        hidden_layer_sizes=(),
        weights={"head.weight": partition.coef, "head.bias": partition.intercept},
        trunk=partition.trunk,
        channel=problem.settings.new_channel(),
        posteriors=stage_one.fitted,
        key=problem.secret.key,
        key_is_secret=problem.secret.key_is_secret,
    )


def _within_limits(problem, stage_one, labels, solution, worth):
    """The partition, and its rule, that is worth most once its codes are within their limits.

    Codes for a higher price of s say less of it each, and less of them is merged.
    """

    def merged(solution):
        release = _release(problem, stage_one, solution[0])
        found = stage_one.features, problem.sample, solution[1], worth
        return worth_within_limits(release, labels, *found)

    n_merged, value = merged(solution)
    if not n_merged:
        return solution
    raised = _solve(problem, stage_one.posteriors, [_raised(labels, by) for by in _RAISED])
    values = [value, *(merged(other)[1] for other in raised)]
    return [solution, *raised][int(np.argmax(values))]


def _raised(labels, factor):
    """The same labels with a higher price of s."""
    least = _LEAST_RAISED * sum(term.weight for term in labels.terms if term.role == "utility")
    terms = (
        term if term.role == "utility" else replace(term, weight=factor * min(term.weight, -least))
        for term in labels.terms
    )
    return replace(labels, terms=tuple(terms))


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
        holders=Holders(persons=sample.persons),
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
