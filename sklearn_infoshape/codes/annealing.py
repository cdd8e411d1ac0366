"""The climb of linear heads from posteriors to codes: free codes first, then heads that sharpen."""

import numpy as np

from sklearn_infoshape.codes.lagrangian import VALUE_DIGITS, ascend, softmax_codes

__all__ = ["EQUAL", "anneal", "free_climb", "smooth_starts"]

_FREE_STEPS = 400
_STEPS = 1200
_RATE = 0.002
_STEPS_A_LOOK = 150  # at what the most probable codes are worth
# How far a hard code's inverse temperature rises: where s is dear a soft code mixes rows that a
# hard one has to tell apart by sharp borders; but a head that sharpens early stops climbing early.
_RISES = (1000.0, 30.0)
EQUAL = 0.001  # of the Lagrangian: codes that differ by less are as good as each other


def smooth_starts(problem, n_init, n_codes, seed):
    """Logits of all restarts, smooth in posterior space: neighbours begin in one cell."""
    rng = np.random.RandomState(seed)
    logits = 2.0 * rng.normal(size=(n_init, n_codes, len(problem.points)))
    direction = rng.normal(size=(n_init, n_codes, problem.points.shape[1]))
    return 0.1 * logits + 2.0 * problem.spread_scores(direction, np.zeros((n_init, n_codes)))


def free_climb(problem, logits):
    """Codes that are free at each point: stationary heads, and the most probable, (lanes, P)."""
    logits = logits.copy()
    ascend(
        [logits], lambda _: [problem.gradient(softmax_codes(logits.copy()))], _FREE_STEPS, rate=0.1
    )
    probabilities = softmax_codes(logits)
    return *problem.stationary_head(probabilities), probabilities.argmax(axis=1)


def anneal(problem, coef, intercept, restarts, hard):
    """Heads fine-tuned as they sharpen.

    Parameters
    ----------
    problem : WeightedPoints
    coef : ndarray of shape (lanes, K, D)
    intercept : ndarray of shape (lanes, K)
    restarts : ndarray of shape (lanes,), dtype int
        Which restart each lane is of its problem: by turns they sharpen much or little.
    hard : bool
        Whether the inverse temperature rises until the most probable code is as good as the
        probabilities; of each lane that head is kept whose most probable codes were best.

    Returns
    -------
    coef : ndarray of shape (lanes, K, D)
    intercept : ndarray of shape (lanes, K)
    """
    coef, intercept = problem.centred(coef, intercept)
    rise = _sharpest_useful(problem, coef, intercept)
    last_rises = np.take(_RISES, restarts, mode="wrap") if hard else np.ones(len(coef))
    # Lanes start with coefficients of one size, whatever their multipliers and posteriors.
    size = np.abs(coef).max(axis=(1, 2)).clip(1e-6)
    coef, intercept = coef / size[:, None, None], intercept / size[:, None]
    best = _BestHeads(coef, intercept)

    def gradients(progress):
        sharpness = (size * rise * last_rises**progress)[:, None, None]
        scores = problem.spread_scores(coef, intercept)
        if hard and round(progress * _STEPS) % _STEPS_A_LOOK == 0:
            best.look(problem, scores, coef, intercept)
        scores *= sharpness
        slope = problem.gradient(softmax_codes(scores))
        slope *= sharpness
        return problem.spread_gradient(slope)

    ascend([coef, intercept], gradients, _STEPS, rate=_RATE)
    if hard:
        best.look(problem, problem.spread_scores(coef, intercept), coef, intercept)
        coef, intercept = best.coef, best.intercept
    final = size * rise * last_rises
    return problem.uncentred(final[:, None, None] * coef, final[:, None] * intercept)


class _BestHeads:
    """Of each lane the last head whose most probable codes are as good as any looked at.

    The last one is the sharpest, of the fewest codes: what early ones tell more of y, where s is
    nearly free, is less than chance, and says much of s.
    """

    def __init__(self, coef, intercept):
        self.coef, self.intercept = coef.copy(), intercept.copy()
        self.values = np.full(len(coef), -np.inf)

    def look(self, problem, scores, coef, intercept):
        codes = np.zeros_like(scores)
        np.put_along_axis(codes, scores.argmax(axis=1)[:, None], 1.0, axis=1)
        values = problem.lagrangian(codes)
        good = values >= self.values - EQUAL * np.abs(self.values)
        self.values = np.maximum(self.values, values)
        self.coef[good], self.intercept[good] = coef[good], intercept[good]


def _sharpest_useful(problem, coef, intercept):
    """The inverse temperature, of a coarse grid, at which each lane's head is best.

    Weak posteriors differ little, and so do their scores: at too low an inverse temperature
    all codes would be one, and would stay one.
    """
    grid = 10.0 * 4.0 ** np.arange(8)
    scores = problem.spread_scores(coef, intercept)
    values = np.stack([problem.lagrangian(softmax_codes(t * scores)) for t in grid])
    return grid[values.round(VALUE_DIGITS).argmax(axis=0)]
