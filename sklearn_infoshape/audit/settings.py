"""The options of an audit, as they travel through it."""

from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any

import numpy as np

from sklearn_infoshape.audit.certificate import FEWEST_ROWS
from sklearn_infoshape.audit.splits import seed_of

__all__ = ["AuditSettings"]


@dataclass(frozen=True)
class AuditSettings:
    """Options of :func:`~sklearn_infoshape.audit_leakage`, under its names.

    Attributes
    ----------
    seed : int
        Drawn from ``random_state``.
    n_resamples : int
        Of bootstraps.
    """

    attackers: object = "default"
    certificate: bool = True
    confidence: float = 0.95
    groups: object = None
    split: object = None
    sample_size: int | None = 20_000
    scan: object = None
    known: object = None
    subgroups: object = None
    rare_regions: bool = True
    training_X: object = None
    training_groups: object = None
    sensitive_kind: object = "auto"
    n_bins: int = 8
    n_permutations: int = 999
    context: bool = True
    random_state: Any = None
    n_jobs: int | None = None
    verbose: int = 0
    seed: int = 0
    n_resamples: int = 1000

    @classmethod
    def of(cls, **options):
        """The settings that these options are, checked.

        Raises
        ------
        ValueError
            With the option, its value and what to give instead.
        """
        settings = cls(**options, seed=seed_of(options["random_state"]))
        settings._check()
        return settings

    def __repr__(self):
        """Without tables of rows."""
        numbers = [f.name for f in fields(self) if isinstance(getattr(self, f.name), Real)]
        return f"AuditSettings({', '.join(f'{n}={getattr(self, n)!r}' for n in numbers)})"

    def _check(self):
        if not (isinstance(self.confidence, Real) and 0 < float(self.confidence) < 1):
            raise ValueError(f"confidence={self.confidence!r} is not in (0, 1); give 0.95, say.")
        for name in ("certificate", "context", "rare_regions"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise ValueError(f"{name}={getattr(self, name)!r} is neither True nor False.")
        for name, least in (("n_permutations", 0), ("n_bins", 2), ("sample_size", FEWEST_ROWS)):
            value = getattr(self, name)
            if name == "sample_size" and value is None:
                continue
            if not isinstance(value, Integral) or value < least:
                raise ValueError(f"{name}={value!r} must be an integer of at least {least}.")

    def shown(self):
        """What a report says of them, as plain numbers and text."""
        seeded = isinstance(self.random_state, Integral)
        return {
            "certificate": bool(self.certificate),
            "rare_regions": bool(self.rare_regions),
            "sample_size": self.sample_size,
            "n_bins": self.n_bins,
            "n_permutations": self.n_permutations,
            "n_resamples": self.n_resamples,
            "random_state": int(self.random_state) if seeded else None,
        }
