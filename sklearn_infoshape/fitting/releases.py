"""A fit of checked rows, for one price or for several."""

from sklearn_infoshape.fitting.codes import fit_codes
from sklearn_infoshape.fitting.game import play
from sklearn_infoshape.fitting.stage_one import number_of_fits
from sklearn_infoshape.runtime.progress import current

__all__ = ["fit_releases", "number_of_steps"]


def number_of_steps(problem, n_prices):
    """Steps of a fit for so many prices, where progress is shown: fits of stage one, and prices.

    Parameters
    ----------
    problem : Problem
    n_prices : int

    Returns
    -------
    int
    """
    return number_of_fits(problem) + n_prices


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
    progress, n_prices = current(), len(priced)
    start = progress.done
    if problem.settings.is_game:
        for number, labels in enumerate(priced, 1):
            progress.tell("game" if n_prices == 1 else f"game {number} of {n_prices}")
            yield play(problem, stage_one, labels)
            progress.reach(start + number)
    else:
        progress.tell("stage two" if n_prices == 1 else f"stage two: {n_prices} multipliers")
        yield from fit_codes(problem, stage_one, priced)
        progress.reach(start + n_prices)
