"""Problems whose law is known: finite ones with their best Lagrangian, and continuous ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from sklearn_infoshape.information import plugin_information

__all__ = [
    "FiniteProblem",
    "best_lagrangian",
    "continuous_problem",
    "finite_problem",
    "gradient_code",
    "lagrangian_bits",
]

_SMALLEST_GAIN = 1e-12  # nats: a move that gains less is rounding, and could cycle


@dataclass(frozen=True)
class FiniteProblem:
    """A law of (x, y, s) with m values of x; y and s are independent given x."""

    value_weights: np.ndarray  # p(x), shape (m,)
    posteriors: list  # p(y | x) and p(s | x), shapes (m, C_y) and (m, C_s)
    features: np.ndarray  # the row that a learner sees in place of x, shape (m, d)

    def sample(self, n_rows, seed):
        """Draw X of shape (n_rows, d), and classes y and s of shape (n_rows,)."""
        rng = np.random.default_rng(seed)
        value = rng.choice(len(self.value_weights), size=n_rows, p=self.value_weights)
        y, s = (_draw_classes(rng, posterior[value]) for posterior in self.posteriors)
        return self.features[value], y, s


@dataclass(frozen=True)
class ContinuousProblem:
    """A law of (x, y, s) with x in R^d, whose posteriors are known at every x."""

    draw_features: Callable  # (generator, n) -> X of shape (n, d)
    posteriors: Callable  # X -> [p(y | x), p(s | x)]

    def sample(self, n_rows, seed):
        """Draw X of shape (n_rows, d), and classes y and s of shape (n_rows,)."""
        rng = np.random.default_rng(seed)
        X = self.draw_features(rng, n_rows)
        y, s = (_draw_classes(rng, posterior) for posterior in self.posteriors(X))
        return X, y, s


@dataclass(frozen=True)
class BestLagrangian:
    """The best Lagrangian that was found, in bits, and what each search found."""

    bits: float  # the larger of the next two
    alternating_bits: float
    gradient_bits: float
    hard_bits: float  # of the best partition; as x has atoms, a coin can beat every partition
    code: np.ndarray  # p(z | x) that attains ``bits``, shape (m, K)


def finite_problem(
    n_values,
    n_task_classes,
    n_sensitive_classes,
    seed,
    *,
    task_strength=2.5,
    sensitive_strength=2.5,
    overlap=0.5,
    n_features=6,
):
    """Draw a finite problem.

    Each x has normal logits for y and for s, some shared, so that what tells y tells s.

    Parameters
    ----------
    n_values, n_task_classes, n_sensitive_classes : int
    seed : int
    task_strength, sensitive_strength : float
        Standard deviation of the logits: how much x says of the label.
    overlap : float
        Correlation of the logits of s with those of y, class by class; in [0, 1].
    n_features : int
        Columns of the random rows that stand for x.

    Returns
    -------
    FiniteProblem
    """
    rng = np.random.default_rng(seed)
    value_weights = rng.dirichlet(np.full(n_values, 5.0))
    task = rng.normal(size=(n_values, n_task_classes))
    own = rng.normal(size=(n_values, n_sensitive_classes))
    shared = task[:, np.arange(n_sensitive_classes) % n_task_classes]
    sensitive = overlap * shared + np.sqrt(1 - overlap**2) * own
    return FiniteProblem(
        value_weights,
        [_softmax(task_strength * task), _softmax(sensitive_strength * sensitive)],
        rng.normal(size=(n_values, n_features)),
    )


def continuous_problem(kind, seed, *, n_task_classes=2, n_sensitive_classes=2):
    """Draw a problem with a continuous x and posteriors in closed form.

    Parameters
    ----------
    kind : {"logistic", "bent", "mixture"}
        "logistic": softmax of linear scores of a normal x. "bent": of scores that bend with
        x. "mixture": x from a Gaussian mixture, each component with its own law of y and of
        s; posteriors by Bayes.
    seed : int
    n_task_classes, n_sensitive_classes : int

    Returns
    -------
    ContinuousProblem
    """
    rng = np.random.default_rng(seed)
    sizes = (n_task_classes, n_sensitive_classes)
    if kind == "mixture":
        return _mixture(rng, sizes, n_components=24, n_features=3)
    n_features = {"logistic": 3, "bent": 4}[kind]
    directions = [rng.normal(size=(n_features, size)) for size in sizes]
    # What tells y tells s, in part: hiding s has a price.
    directions[1] += directions[0][:, np.arange(sizes[1]) % sizes[0]]

    def posteriors(X):
        if kind == "bent":
            X = X + 1.5 * np.sin(2 * np.roll(X, 1, axis=1))
        return [_softmax(1.5 * X @ direction) for direction in directions]

    return ContinuousProblem(lambda g, n: g.normal(size=(n, n_features)), posteriors)


def _mixture(rng, sizes, n_components, n_features):
    centres = 2.5 * rng.normal(size=(n_components, n_features))
    shares = rng.dirichlet(np.full(n_components, 5.0))
    laws = [_softmax(2.5 * rng.normal(size=(n_components, size))) for size in sizes]

    def draw(generator, n):
        component = generator.choice(n_components, size=n, p=shares)
        return centres[component] + generator.normal(size=(n, n_features))

    def posteriors(X):
        # The squared norm of x is common to all components, and cancels.
        scores = X @ centres.T - (centres**2).sum(1) / 2 + np.log(shares)
        component = _softmax(scores)
        return [component @ law for law in laws]

    return ContinuousProblem(draw, posteriors)


def lagrangian_bits(p_code_given_x, problem, privacy_multiplier):
    """I(Z; y) - privacy_multiplier * I(Z; s) of a code under the problem's law, in bits.

    Parameters
    ----------
    p_code_given_x : array-like of shape (m, K)
    problem : FiniteProblem
    privacy_multiplier : float

    Returns
    -------
    float
    """
    code = torch.as_tensor(np.asarray(p_code_given_x, dtype=np.float64))
    return float(_lagrangian_nats(code, problem, privacy_multiplier)) / np.log(2)


def best_lagrangian(problem, privacy_multiplier, n_codes=16, seed=0):
    """The best Lagrangian over all p(z | x), as far as two unlike searches can tell.

    Returns
    -------
    BestLagrangian
    """
    lanes = _alternating_codes(problem, privacy_multiplier, n_codes, seed)
    hard = _best_partition(problem, privacy_multiplier, lanes.argmax(-1), n_codes, seed)
    alternating = _best_lane(lanes, problem, privacy_multiplier)
    climbed = gradient_code(problem, privacy_multiplier, n_codes, seed)
    codes = [alternating, hard, climbed]
    bits = [lagrangian_bits(code, problem, privacy_multiplier) for code in codes]
    return BestLagrangian(
        bits=max(bits),
        alternating_bits=max(bits[:2]),
        gradient_bits=bits[2],
        hard_bits=bits[1],
        code=codes[int(np.argmax(bits))],
    )


def _alternating_codes(problem, privacy_multiplier, n_codes=16, seed=0, n_starts=192, n_steps=1500):
    """Method A: each x moves towards the code that suits it best, and the codes follow.

    ``g_k(x) = sum_c p(y=c|x) log(p(y=c|k)/p(y=c)) - lambda sum_c p(s=c|x) log(...)`` is what
    code k is worth to x. Full assignment to the best k cycles for a positive multiplier;
    ``p(k|x) *= exp(step g_k(x))`` with steps that shrink settles, and leaves coins where two
    codes tie. One p(z | x) a start: shape (n_starts, m, n_codes).
    """
    rng = torch.Generator().manual_seed(seed)
    weights, posteriors = _tensors(problem, torch.float32)
    priors = [(weights * p).sum(0) for p in posteriors]
    start = -torch.rand(n_starts, len(weights), n_codes, generator=rng).log()
    partition = torch.randint(n_codes, start.shape[:2], generator=rng)
    start = 0.2 * start / start.sum(-1, keepdim=True)
    log_code = (start + 0.8 * torch.nn.functional.one_hot(partition, n_codes)).log()
    # Weak posteriors differ little, and so do their g_k: steps are in units of what x says.
    known = sum(
        weight * (weights * p * (p / prior).log()).sum()
        for weight, p, prior in zip((1, privacy_multiplier), posteriors, priors, strict=True)
    )
    # Long steps find the better codes, too long ones cycle: each lane has its own.
    sizes = torch.tensor([1.0, 2.0, 3.0, 4.0]).repeat(n_starts)[:n_starts, None, None] / known
    for step in range(n_steps):
        masses = (weights * log_code.softmax(-1)).mT
        share = masses.sum(-1, keepdim=True) + 1e-12
        task, sensitive = (
            p @ ((masses @ p + 1e-12 * prior) / (share * prior)).log().mT
            for p, prior in zip(posteriors, priors, strict=True)
        )
        gain = (
            sizes
            * (1 + np.cos(np.pi * step / n_steps))
            / 2
            * (task - privacy_multiplier * sensitive)
        )
        # A code that is lost to x altogether could not come back.
        log_code = (log_code + gain).log_softmax(-1).clamp_min(-12)
    return _without_dust(log_code.softmax(-1))


def gradient_code(problem, privacy_multiplier, n_codes=16, seed=0, n_starts=128, n_steps=1600):
    """Method B: Adam on free logits, many starts as lanes; the best p(z | x), (m, n_codes)."""
    rng = torch.Generator().manual_seed(seed)
    weights, posteriors = _tensors(problem, torch.float32)
    targets = [weights * p for p in posteriors]
    logits = (0.3 * torch.randn(n_starts, len(weights), n_codes, generator=rng)).requires_grad_()
    climb = torch.optim.Adam([logits], lr=0.1)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(climb, n_steps)
    for _ in range(n_steps):
        climb.zero_grad()
        task, sensitive = (plugin_information(logits.softmax(-1), t) for t in targets)
        (privacy_multiplier * sensitive - task).sum().backward()
        climb.step()
        decay.step()
    return _best_lane(_without_dust(logits.detach().softmax(-1)), problem, privacy_multiplier)


def _best_partition(problem, privacy_multiplier, starts, n_codes=16, seed=0, n_kicks=40):
    """The best hard code: single moves from partitions, given and random; kicks; moves again."""
    moves = _SingleMoves(problem, privacy_multiplier, n_codes)
    rng = torch.Generator().manual_seed(seed)
    codes = torch.cat([starts, torch.randint(n_codes, starts.shape, generator=rng)])
    codes, values = moves.climb(codes)
    for _ in range(n_kicks):
        # Equal values are one partition, its codes renamed: copies of it would crowd out others.
        order = values.argsort(descending=True)
        best = order[values[order].diff(prepend=values[:1] + 9).abs() > 1e-9][:32]
        copies = codes[best].repeat(4, 1)
        rates = 0.02 + 0.28 * torch.rand(len(copies), 1, generator=rng)
        kicked = torch.rand(copies.shape, generator=rng) < rates
        random_codes = torch.randint(n_codes, copies.shape, generator=rng)
        climbed, climbed_values = moves.climb(torch.where(kicked, random_codes, copies))
        codes, values = torch.cat([codes[best], climbed]), torch.cat([values[best], climbed_values])
    best = codes[values.argmax()]
    return torch.nn.functional.one_hot(best, n_codes).double().numpy()


class _SingleMoves:
    """Climbing on partitions by the best move of one value of x, many lanes at once.

    The Lagrangian is a constant plus a sum over codes of ``worth(sum of v_i in the code)``,
    where v_i stacks p(x_i) p(y|x_i) and p(x_i) p(s|x_i): a move changes two summands only.
    """

    def __init__(self, problem, privacy_multiplier, n_codes):
        weights, posteriors = _tensors(problem, torch.float64)
        self.n_codes, self.multiplier = n_codes, privacy_multiplier
        self.vectors = weights * torch.cat(posteriors, 1)  # (m, C_y + C_s)
        self.n_task = posteriors[0].shape[1]

    def worth(self, masses):
        # Differences of sums may be a rounding below zero.
        masses = masses.clamp_min(0)
        terms = masses.xlogy(masses)
        task, sensitive = terms[..., : self.n_task].sum(-1), terms[..., self.n_task :].sum(-1)
        total = masses[..., : self.n_task].sum(-1)
        return task - self.multiplier * sensitive + (self.multiplier - 1) * total.xlogy(total)

    def climb(self, codes):
        codes, lanes = codes.clone(), torch.arange(len(codes))
        masses = torch.nn.functional.one_hot(codes, self.n_codes).double().mT @ self.vectors
        worth = self.worth(masses)  # (R, K)
        joined = self.worth(masses[:, None] + self.vectors[:, None])  # (R, m, K)
        while True:
            own = masses.gather(1, codes[..., None].expand(-1, -1, masses.shape[-1]))
            leaving = self.worth(own - self.vectors) - worth.gather(1, codes)
            gain = leaving[..., None] + joined - worth[:, None]
            gain.scatter_(2, codes[..., None], 0.0)
            best, move = gain.flatten(1).max(1)
            moving = lanes[best > _SMALLEST_GAIN]
            if not len(moving):
                return codes, worth.sum(1)
            value, new = move[moving] // self.n_codes, move[moving] % self.n_codes
            old = codes[moving, value]
            codes[moving, value] = new
            masses[moving, old] -= self.vectors[value]
            masses[moving, new] += self.vectors[value]
            for k in (old, new):
                worth[moving, k] = self.worth(masses[moving, k])
                joined[moving, :, k] = self.worth(masses[moving, k][:, None] + self.vectors)


def _tensors(problem, dtype):
    weights = torch.as_tensor(problem.value_weights, dtype=dtype)[:, None]
    return weights, [torch.as_tensor(p, dtype=dtype) for p in problem.posteriors]


def _without_dust(code):
    # Searches end a hair inside the simplex; the hair costs up to .05 % of the Lagrangian.
    code = torch.where(code < 1e-3, 0.0, code.double())
    return code / code.sum(-1, keepdim=True)


def _best_lane(codes, problem, privacy_multiplier):
    return codes[_lagrangian_nats(codes, problem, privacy_multiplier).argmax()].numpy()


def _lagrangian_nats(codes, problem, privacy_multiplier):
    weights, posteriors = _tensors(problem, codes.dtype)
    task, sensitive = (plugin_information(codes, weights * p) for p in posteriors)
    return task - privacy_multiplier * sensitive


def _draw_classes(rng, posteriors):
    cumulated = posteriors.cumsum(1)
    # Scaled by the last sum, which rounding may leave a little below one.
    return (rng.uniform(size=(len(posteriors), 1)) * cumulated[:, -1:] > cumulated).sum(1)


def _softmax(scores):
    scores = np.exp(scores - scores.max(1, keepdims=True))
    return scores / scores.sum(1, keepdims=True)
