"""What skorch's loop costs: our net against a plain torch loop that does the same steps.

Run: python -m benchmarks.training_loop
"""

import argparse
import statistics
import time

import torch
from torch import nn

from benchmarks.report import header
from sklearn_infoshape import ShapingGame
from sklearn_infoshape.data.terms import LabelTerm
from sklearn_infoshape.game.training import Training
from sklearn_infoshape.information import BOUNDS, plugin_information
from sklearn_infoshape.neural.batches import RowTensors
from sklearn_infoshape.release.channels import CHANNELS

ROWS, COLUMNS, BATCH, EPOCHS, REPEATS = 10_000, 50, 256, 4, 5
TERMS = [LabelTerm("utility", 1.0, (0.5, 0.5)), LabelTerm("leakage", -1.0, (0.5, 0.5))]


def make_net(channel, mi_estimator):
    """Our net, as the transformer would build it."""
    training = Training(
        game=ShapingGame(lr=1e-3, max_epochs=EPOCHS, batch_size=BATCH),
        channel=CHANNELS[channel](),
        mi_estimator=mi_estimator,
        terms=TERMS,
        n_components=16,
        encoder=None,
        device="cpu",
        verbose=0,
    )
    return training.net((COLUMNS,), ROWS, seed=0)


def plain_loop(net, rows, mi_estimator):
    """The same encoder, critics, optimisers and steps, written out."""
    encoder, critics, channel = net.module_, net.critics_, net.channel
    generator, noise = torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)
    climb_encoder = torch.optim.Adam(encoder.parameters(), lr=1e-3)
    climb_critics = torch.optim.Adam(critics.parameters(), lr=2e-3) if len(critics) else None
    prior = torch.tensor([0.5, 0.5]).log()

    def measure(critic, release, target, formula):
        scores = critic(release)
        return formula((scores * target).sum(1), scores, prior)

    n_batches = round(ROWS / BATCH)
    for _ in range(EPOCHS):
        order = torch.randperm(ROWS, generator=generator)
        for index in order.tensor_split(n_batches):
            x, targets = rows[index]
            if climb_critics:
                bound = BOUNDS[mi_estimator]
                with torch.no_grad():
                    outputs = encoder(x)
                for _ in range(2):
                    climb_critics.zero_grad(set_to_none=True)
                    z = channel.observe(outputs, noise)
                    pairs = zip(critics, targets, strict=True)
                    (-sum(measure(c, z, t, bound.climb) for c, t in pairs)).backward()
                    climb_critics.step()
            critics.requires_grad_(False)
            climb_encoder.zero_grad(set_to_none=True)
            z = channel.observe(encoder(x), noise)
            if climb_critics:
                formula = BOUNDS[mi_estimator].value
                pairs = zip(critics, targets, strict=True)
                values = [measure(c, z, t, formula) for c, t in pairs]
            else:
                values = [plugin_information(z, target) for target in targets]
            loss = -sum(t.weight * v for t, v in zip(TERMS, values, strict=True))
            loss.backward()
            loss.item()
            critics.requires_grad_(True)
            climb_encoder.step()


def main():
    """Print one line a configuration."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    labels = [nn.functional.one_hot(torch.arange(ROWS) % 2).float() for _ in range(2)]
    rows = RowTensors(torch.randn(ROWS, COLUMNS, generator=generator), labels)
    print(header())
    print(f"{ROWS} rows × {COLUMNS} columns, batches of {BATCH}, {EPOCHS} epochs, one thread;")
    print(f"seconds, medians of {REPEATS} runs of each, in turn\n")
    print(f"{'channel, estimator':32}{'plain torch':>12}{'skorch':>10}{'ratio':>8}")
    for channel, mi_estimator in [
        ("categorical", "plugin"),
        ("gaussian", "cross_entropy"),
        ("deterministic", "remine"),
    ]:
        seconds = {"plain": [], "skorch": []}
        for _ in range(REPEATS + 1):  # the first round warms up
            net = make_net(channel, mi_estimator)
            start = time.perf_counter()
            plain_loop(net, rows, mi_estimator)
            seconds["plain"].append(time.perf_counter() - start)
            net = make_net(channel, mi_estimator)
            start = time.perf_counter()
            net.partial_fit(rows, None)
            seconds["skorch"].append(time.perf_counter() - start)
        plain, skorch = (statistics.median(s[1:]) for s in seconds.values())
        name = f"{channel}, {mi_estimator}"
        print(f"{name:32}{plain:12.3f}{skorch:10.3f}{skorch / plain:8.2f}")


if __name__ == "__main__":
    main()
