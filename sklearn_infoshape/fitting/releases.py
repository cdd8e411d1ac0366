"""A fit of checked rows, for one price or for several."""

from sklearn_infoshape.fitting.codes import fit_codes
from sklearn_infoshape.fitting.game import play

__all__ = ["fit_releases"]


def fit_releases(problem, stage_one, priced):
    """Fit a release for each of several prices, all finite codes on posteriors at once.

    Parameters
    ----------
    problem : Problem
    stage_one : StageOne or None
        From :func:`~sklearn_infoshape.fitting.stage_one.learn_posteriors`.
    priced : list of Labels
        That differ in the weights of their terms.

    Yields
    ------
    Fitted
        For each price in turn.
    """
    if problem.settings.is_game:
        for labels in priced:
            yield play(problem, stage_one, labels)
    else:
        yield from fit_codes(problem, stage_one, priced)
