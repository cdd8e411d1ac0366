"""One multiplier on the paper's task, by the authors' schedule and by ours: time and attackers.

The authors' encoder, critics and schedule are written anew from paper and published settings
(arXiv 2210.15034): 784-50-10 with tanh, Adam 1e-3; before each of 50 encoder steps two critics
(11-100-100-1) are trained from scratch by Adam 1e-4 for 2,000 epochs on MINE's moving average
with ReMINE's penalty (.1, C = 0). A batch there has 5,000 rows, here all of the encoder's rows.
Other than there, test rows are not training rows.

Run: python -m benchmarks.paper_schedule [--encoder-steps 50]
"""

import argparse
import math
import time
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.data import load
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.audit.attackers import attack

ENCODER_ROWS, ATTACKER_ROWS = 3000, 1000  # the other 1,000 are the test's
ENCODER_STEPS, CRITIC_EPOCHS, MEASURED_BATCHES = 50, 2000, 3
PENALTY, MOVING_AVERAGE, TINY = 0.1, 0.01, 1e-6
LOADER_EPOCHS = 20
OURS = {
    "ours, the default": {},
    "ours, posterior='components'": {"posterior": "components"},
    "ours, one stage: no channel, ReMINE": {
        "posterior": None,
        "channel": "deterministic",
        "mi_estimator": "remine",
    },
}


class Critic:
    """A critic of one label with its moving average."""

    def __init__(self, width):
        self.network = nn.Sequential(
            nn.Linear(width + 1, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 1)
        )
        self.running = None

    def loss(self, codes, labels):
        """Minus the Donsker-Varadhan value, plus the penalty, on permuted pairs."""
        permuted = labels[torch.randperm(len(labels))]
        joint = self.network(torch.cat([codes, labels[:, None]], dim=1)).mean()
        scores = self.network(torch.cat([codes, permuted[:, None]], dim=1))[:, 0]
        log_mean = torch.logsumexp(scores, 0) - math.log(len(scores))
        mean = log_mean.exp()
        old = mean.detach() if self.running is None else self.running
        self.running = MOVING_AVERAGE * mean.detach() + (1 - MOVING_AVERAGE) * old
        # The value is the logarithm; its gradient has the moving average as denominator.
        climbed = mean / (self.running + TINY)
        log_mean = log_mean.detach() + climbed - climbed.detach()
        return log_mean - joint + PENALTY * log_mean**2


def authors_schedule(X, y, s, multiplier=1.0):
    """The authors' schedule, step by step.

    Yields
    ------
    callable
        After each step of the encoder: rows to release, by the encoder as it then is.
    """
    encoder = nn.Sequential(nn.Linear(X.shape[1], 50), nn.Tanh(), nn.Linear(50, 10), nn.Tanh())
    rows = torch.as_tensor(X / 255, dtype=torch.float32)
    labels = [torch.as_tensor(label, dtype=torch.float32) for label in (y, s)]
    climb = torch.optim.Adam(encoder.parameters(), lr=1e-3)
    while True:
        codes = encoder(rows)
        losses = []
        for label in labels:
            critic = Critic(codes.shape[1])
            own = torch.optim.Adam(critic.network.parameters(), lr=1e-4)
            for _ in range(CRITIC_EPOCHS):
                own.zero_grad()
                critic.loss(codes.detach(), label).backward()
                own.step()
            losses.append(sum(critic.loss(codes, label) for _ in range(MEASURED_BATCHES)))
        climb.zero_grad()
        ((losses[0] - multiplier * losses[1]) / MEASURED_BATCHES).backward()
        climb.step()
        yield lambda new: encoder(torch.as_tensor(new / 255, dtype=torch.float32)).detach().numpy()


def timed_fits(rows):
    """Each of ours fitted once: its transform and its seconds of processor time."""
    for parameters in OURS.values():
        start = time.process_time()
        shaper = InfoShapeTransformer(1.0, random_state=0, **parameters).fit(*rows)
        yield shaper.transform, time.process_time() - start


def loader_seconds(n_rows, width=10):
    """Seconds an epoch of bringing rows, one by one, through a DataLoader in batches of 5,000."""
    table = TensorDataset(torch.zeros(n_rows, width), torch.zeros(n_rows))
    loader = DataLoader(table, batch_size=5000, shuffle=True)
    start = time.process_time()
    for _ in range(LOADER_EPOCHS):
        for _ in loader:
            pass
    return (time.process_time() - start) / LOADER_EPOCHS


def main():
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--encoder-steps", type=int, default=ENCODER_STEPS, help="fewer: extrapolated"
    )
    n_steps = parser.parse_args().encoder_steps
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    data = load("mnist5k")
    order = np.random.default_rng(0).permutation(len(data.X))
    own, attackers, test = np.split(order, [ENCODER_ROWS, ENCODER_ROWS + ATTACKER_ROWS])
    rows = data.X[own], data.y[own], data.s[own]

    def judged(transform):
        """AUC of the attacker that finds most, of y and of s."""
        Z, Z_test = (transform(data.X[part]) for part in (attackers, test))
        found = (attack(Z, t[attackers], Z_test, t[test]) for t in (data.y, data.s))
        return [max(attack.auc for attack in attacks) for attacks in found]

    print(header())
    print(f"mnist5k, λ = 1; {ENCODER_ROWS} rows to the encoder, {ATTACKER_ROWS} to the attackers,")
    print(f"{len(test)} to the test; one thread, seconds of processor time (ours: medians of three")
    print("fits, at the beginning, middle and end of the authors' run); best attackers' AUC\n")
    print(
        f"{'':37}{'seconds':>10}{'AUC of y':>10}{'AUC of s':>10}{'faster':>9}{'as published':>14}"
    )
    with threadpool_limits(1):
        schedule, authors, ours = authors_schedule(*rows), 0.0, []
        for step in range(n_steps):
            if step in (0, n_steps // 2, n_steps - 1):  # side by side, if the machine gets busy
                ours.append(list(timed_fits(rows)))
            start = time.process_time()
            transform = next(schedule)
            authors += time.process_time() - start
        authors *= ENCODER_STEPS / n_steps
        published = authors + 2 * CRITIC_EPOCHS * ENCODER_STEPS * loader_seconds(ENCODER_ROWS)
        line = "{:37}{:10.1f}{:10.3f}{:10.3f}"
        print(line.format("the authors' schedule", authors, *judged(transform)), flush=True)
        for name, fits in zip(OURS, zip(*ours, strict=True), strict=True):
            transforms, seconds = zip(*fits, strict=True)
            seconds = np.median(seconds)
            print(line.format(name, seconds, *judged(transforms[0])), end="")
            print(f"{authors / seconds:8.0f}x{published / seconds:13.0f}x", flush=True)
    if n_steps < ENCODER_STEPS:
        print(f"\nthe authors' seconds are extrapolated from {n_steps} of {ENCODER_STEPS} steps")
    print("\n'faster' takes the schedule's arithmetic alone, on rows that lie in one tensor. 'as")
    print("published' adds what the published code does before each critic step: its rows come")
    print(f"one by one out of a shuffling DataLoader ({published:.0f} s in all, extrapolated from")
    print(f"{LOADER_EPOCHS} epochs of such a loader).")


if __name__ == "__main__":
    main()
