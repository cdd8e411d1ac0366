"""A task from whose features s can nearly be read: what four fresh attackers find in releases.

Run: python -m benchmarks.readable_sensitive
"""

import argparse
import warnings

from benchmarks.report import header
from sklearn_infoshape import InfoShapeTransformer, ShapingGame
from sklearn_infoshape.audit.attackers import attack
from sklearn_infoshape.datasets import make_shaping_problem

MULTIPLIER = 2.0
CONFIGURATIONS = {
    "two stages (default)": {},
    "one stage, categorical": {"posterior": None},
    "one stage, gaussian": {"posterior": None, "channel": "gaussian"},
    "the paper's: deterministic, ReMINE": {
        "posterior": None,
        "channel": "deterministic",
        "game": ShapingGame(mi_estimator="remine"),
    },
}


def main():
    """Print AUC of the best model of y, and of each attacker on s."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    X, y, s = make_shaping_problem()
    part = len(X) // 3
    fit, train, test = slice(0, part), slice(part, 2 * part), slice(2 * part, None)
    print(header())
    print(
        f"make_shaping_problem(): {len(X)} rows in thirds; λ = {MULTIPLIER:g}; AUC on test rows\n"
    )
    names = ("linear", "boosting", "mlp", "neighbours")
    print(f"{'':36}{'y, best':>9}  s: " + "".join(f"{name:>12}" for name in names))
    rows = {"raw features": X}
    for name, parameters in CONFIGURATIONS.items():
        shaper = InfoShapeTransformer(MULTIPLIER, random_state=0, **parameters)
        rows[name] = shaper.fit(X[fit], y[fit], s[fit]).transform(X)
    for name, Z in rows.items():
        utility = max(a.auc for a in attack(Z[train], y[train], Z[test], y[test]))
        leakage = {a.name: a.auc for a in attack(Z[train], s[train], Z[test], s[test])}
        cells = "".join(f"{leakage[attacker]:12.3f}" for attacker in names)
        print(f"{name:36}{utility:9.3f}     {cells}")


if __name__ == "__main__":
    main()
