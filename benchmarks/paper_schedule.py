"""One multiplier on the paper's task, by the authors' schedule and by ours: time and attackers.

The authors' encoder, critics and schedule are written anew from paper and published settings
(arXiv 2210.15034): 784-50-10 with tanh, Adam 1e-3; before each of 50 encoder steps two critics
(11-100-100-1) are trained from scratch by Adam 1e-4 for 2,000 epochs on MINE's moving average
with ReMINE's penalty (.1, C = 0). Rows come, as there, one by one out of a shuffling DataLoader
before each step of a critic; what that takes is clocked apart. Unlike there, the encoder has 3,000
rows (there 60,000, a critic's step on 12 batches of them, on a GPU), a step updates the moving
average once, and test rows are not training rows.

Run: python -m benchmarks.paper_schedule [--encoder-steps 50] [--loaded-steps 50]
"""

import argparse
import math
import sys
import textwrap
import time
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.data import load
from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, ShapingGame
from sklearn_infoshape.audit.attackers import attack

ENCODER_ROWS = 3000
ENCODER_STEPS, CRITIC_EPOCHS, MEASURED_BATCHES = 50, 2000, 3
PENALTY, MOVING_AVERAGE, TINY = 0.1, 0.01, 1e-6
BATCH_ROWS = 5000
AS_IN_THE_PAPER = {
    "posterior": None,
    "channel": "deterministic",
    "game": ShapingGame(mi_estimator="remine"),
}
OURS = {
    "ours, the default, λ = 1": (1.0, {}),
    "ours, the default, λ = 4": (4.0, {}),
    "ours, the default, λ = 8": (8.0, {}),
    "ours, one stage: no channel, ReMINE": (1.0, AS_IN_THE_PAPER),
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


class Rows(Dataset):
    """Codes and labels, fetched row by row."""

    def __init__(self, codes, label):
        self.codes, self.label = codes, label

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, index):
        return self.codes[index], self.label[index]


class Loader:
    """Brings rows as the published code does, and clocks it: one by one, shuffled, collated."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self, codes, label):
        """All rows once, as an epoch brings them."""
        start = time.process_time()
        (batch,) = DataLoader(Rows(codes, label), batch_size=BATCH_ROWS, shuffle=True)
        self.seconds += time.process_time() - start
        return batch


def in_one_tensor(codes, label):
    """All rows as they lie."""
    return codes, torch.as_tensor(label)


def authors_schedule(X, y, s, bring, multiplier=1.0):
    """The authors' schedule, step by step.

    Parameters
    ----------
    X, y, s : ndarray
    bring : list of callable
        For each step of the encoder, what brings its critics their rows before each of theirs.
    multiplier : float, default=1.0

    Yields
    ------
    callable
        After each step of the encoder: rows to release, by the encoder as it then is.
    """
    encoder = nn.Sequential(nn.Linear(X.shape[1], 50), nn.Tanh(), nn.Linear(50, 10), nn.Tanh())
    rows = torch.as_tensor(X / 255, dtype=torch.float32)
    # The published labels of the task lie in numpy, the sensitive ones in torch.
    labels = y.astype(np.float64), torch.as_tensor(s, dtype=torch.float64)
    climb = torch.optim.Adam(encoder.parameters(), lr=1e-3)
    for brought in bring:
        codes = encoder(rows)
        losses = []
        for label in labels:
            critic = Critic(codes.shape[1])
            own = torch.optim.Adam(critic.network.parameters(), lr=1e-4)
            for _ in range(CRITIC_EPOCHS):
                batch, batch_label = brought(codes.detach(), label)
                own.zero_grad()
                critic.loss(batch, batch_label.float()).backward()
                own.step()
            label = torch.as_tensor(label).float()
            losses.append(sum(critic.loss(codes, label) for _ in range(MEASURED_BATCHES)))
        climb.zero_grad()
        ((losses[0] - multiplier * losses[1]) / MEASURED_BATCHES).backward()
        climb.step()
        yield lambda new: encoder(torch.as_tensor(new / 255, dtype=torch.float32)).detach().numpy()


def timed_fits(rows):
    """Each of ours fitted once: its transform and its seconds of processor time."""
    for multiplier, parameters in OURS.values():
        start = time.process_time()
        shaper = InfoShapeTransformer(multiplier, device="cpu", random_state=0, **parameters)
        shaper.fit(*rows)
        yield shaper.transform, time.process_time() - start


def main():
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--encoder-steps", type=int, default=ENCODER_STEPS, help="fewer: extrapolated"
    )
    parser.add_argument(
        "--loaded-steps", type=int, default=ENCODER_STEPS, help="of them, by the loader; at least 1"
    )
    options = parser.parse_args()
    n_steps, n_loaded = options.encoder_steps, min(options.encoder_steps, options.loaded_steps)
    if n_loaded < 1:
        parser.error("both want at least 1 step.")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    data = load("mnist5k")
    order = np.random.default_rng(0).permutation(len(data.X))
    own, fresh = np.split(order, [ENCODER_ROWS])
    halves = np.split(fresh, 2)
    rows = data.X[own], data.y[own], data.s[own]

    def judged(transform):
        """AUC of the attacker that finds most, of y and of s; mean of two swapped halves."""
        codes = [transform(data.X[half]) for half in halves]
        for labels in ([t[half] for half in halves] for t in (data.y, data.s)):
            both = [attack(codes[i], labels[i], codes[j], labels[j]) for i, j in ((0, 1), (1, 0))]
            yield np.mean([max(attack.auc for attack in attacks) for attacks in both])

    print(header())
    print(f"mnist5k, λ = 1 where not said otherwise; {ENCODER_ROWS} rows to the encoder, halves of")
    print(f"{len(fresh)} others to the attackers and to the test, then the other way round; one")
    print(
        "thread, seconds of processor time (ours: medians of three fits, at the beginning, middle"
    )
    print("and end of the authors' run); best attackers' AUC\n")
    print(f"{'':56}{'times as fast as':>27}")
    print(
        f"{'':36}{'seconds':>10}{'AUC of y':>10}{'AUC of s':>10}{'schedule':>10}{'arithmetic':>12}"
    )
    with threadpool_limits(1):
        loader, seconds, ours = Loader(), 0.0, []
        # Loaded steps lie evenly among the others.
        loaded = [step * n_loaded % n_steps < n_loaded for step in range(n_steps)]
        bring = [loader if through else in_one_tensor for through in loaded]
        schedule = authors_schedule(*rows, bring)
        for step in range(n_steps):
            if step in (0, n_steps // 2, n_steps - 1):  # side by side, if the machine gets busy
                ours.append(list(timed_fits(rows)))
            start = time.process_time()
            transform = next(schedule)
            seconds += time.process_time() - start
            say(f"step {step + 1} of {n_steps}: {seconds:.0f} s, of them {loader.seconds:.0f} s to")
            say(f"load; our last fits {[round(fit) for _, fit in ours[-1]]} s")
        arithmetic = (seconds - loader.seconds) * ENCODER_STEPS / n_steps
        published = arithmetic + loader.seconds * ENCODER_STEPS / n_loaded
        line = "{:36}{:10.1f}{:10.3f}{:10.3f}"
        print(line.format("the authors' schedule", published, *judged(transform)))
        print(f"{'  its arithmetic alone':36}{arithmetic:10.1f}", flush=True)
        for name, fits in zip(OURS, zip(*ours, strict=True), strict=True):
            transforms, own_seconds = zip(*fits, strict=True)
            own_seconds = np.median(own_seconds)
            print(line.format(name, own_seconds, *judged(transforms[0])), end="")
            print(f"{published / own_seconds:10.0f}{arithmetic / own_seconds:12.0f}", flush=True)
    print()
    print(
        textwrap.fill(
            "In the schedule each step of a critic takes its rows, one by one, out of a shuffling "
            "DataLoader, as in the published code; its arithmetic is what is left if they lay in "
            f"one tensor. The loader was clocked in {n_loaded} steps of the encoder, all else in "
            f"{n_steps}; seconds are for {ENCODER_STEPS}, AUCs after {n_steps}. One seed: the "
            "standard error of an AUC of s is near .013, and another attacker may find more.",
            width=90,
        )
    )


def say(text):
    """Print to stderr how far the run has come."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
