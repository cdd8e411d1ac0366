"""What a path of 20 multipliers costs beside separate fits, and whether it is as good.

Time: adult, all rows, one thread; three separate fits are measured, and 20 extrapolated from
their mean. Area: adult, at most 8,000 rows in thirds, the same multipliers.

Run: python -m benchmarks.path_cost
"""

import argparse
import time
import warnings

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.data import load
from benchmarks.report import header
from benchmarks.scoring import Judge, frontier_area, thirds
from sklearn_infoshape import InfoShapeTransformer, infoshape_path

MULTIPLIERS = np.geomspace(0.04, 40, 20)
SEPARATE = (3, 10, 16)
SEEDS = (0, 1, 2)


def timed(fit):
    """What a fit returns, and the seconds of processor that it took."""
    start = time.process_time()
    return fit(), time.process_time() - start


def main():
    """Print times and areas."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(header())
    with threadpool_limits(1):
        data = load("adult")
        rows = data.X, data.y, data.s
        print(f"adult, {len(data.X)} rows, one thread; seconds of processor time")
        _, path = timed(lambda: infoshape_path(*rows, MULTIPLIERS, random_state=0))
        print(f"path of {len(MULTIPLIERS)} multipliers      {path:8.1f}", flush=True)
        alone = []
        for i in SEPARATE:
            shaper = InfoShapeTransformer(MULTIPLIERS[i], random_state=0)
            alone.append(timed(lambda shaper=shaper: shaper.fit(*rows))[1])
            print(f"separate fit, λ = {MULTIPLIERS[i]:6.3f}   {alone[-1]:8.1f}", flush=True)
        twenty = len(MULTIPLIERS) * np.mean(alone)
        print(f"20 separate fits, extrapolated {twenty:6.1f}; path / that {path / twenty:.3f}")
        print("\nadult, 8000 rows; frontier area at the three separate multipliers")
        print(f"{'seed':>4}{'path':>10}{'separate':>10}{'difference':>12}{'equal codes':>13}")
        for seed in SEEDS:
            part = load("adult", 8000, seed)
            own, *others = thirds(len(part.X), seed)
            judge = Judge.of(part.X, part.y, part.s, *others, seed)
            rows = part.X[own], part.y[own], part.s[own]
            members = infoshape_path(*rows, MULTIPLIERS, random_state=seed)
            together = [members[i] for i in SEPARATE]
            fitted = [
                InfoShapeTransformer(MULTIPLIERS[i], random_state=seed).fit(*rows) for i in SEPARATE
            ]
            areas = [
                frontier_area(judge.point(t.transform) for t in each) for each in (together, fitted)
            ]
            equal = np.mean(
                [
                    (a.transform(part.X).argmax(1) == b.transform(part.X).argmax(1)).mean()
                    for a, b in zip(together, fitted, strict=True)
                ]
            )
            print(
                f"{seed:4d}{areas[0]:10.4f}{areas[1]:10.4f}{areas[0] - areas[1]:12.4f}"
                f"{equal:13.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
