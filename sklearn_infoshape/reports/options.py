"""What a written report is told beside the audit: limits, a path of releases, what was audited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real

import numpy as np

from sklearn_infoshape.reports.limits import asked_limits

__all__ = ["ReportOptions"]

_PATH_ATTRIBUTES = (
    "leakage_bits",
    "utility_bits",
    "raw_bits",
    "label_score_bits",
    "label_floor_bits",
    "sensitive_names",
    "privacy_multipliers",
)


@dataclass(frozen=True)
class ReportOptions:
    """Checked options of a written report; see :meth:`LeakageReport.to_html`.

    Attributes
    ----------
    max_leakage, max_advantage : float or None
    shaping_path : ShapingPath or None
    chosen : int or None
    about : dict of str to str or number
    """

    max_leakage: float | None = None
    max_advantage: float | None = None
    shaping_path: object = None
    chosen: int | None = None
    about: dict = field(default_factory=dict)

    @classmethod
    def of(cls, max_leakage=None, max_advantage=None, shaping_path=None, chosen=None, about=None):
        """Check options.

        Raises
        ------
        ValueError, TypeError
            With the option and what to give instead.
        """
        asked_limits(max_leakage, max_advantage)
        if shaping_path is not None:
            _check_path(shaping_path)
        if chosen is not None:
            chosen = _checked_choice(chosen, shaping_path)
        return cls(max_leakage, max_advantage, shaping_path, chosen, _checked_about(about))

    @property
    def limits(self):
        """What the verdict is asked for."""
        return {"max_leakage": self.max_leakage, "max_advantage": self.max_advantage}


def _check_path(path):
    missing = [name for name in _PATH_ATTRIBUTES if not hasattr(path, name)]
    if missing:
        raise TypeError(
            f"shaping_path is of type {type(path).__name__}, which has no {missing[0]}; pass what "
            "infoshape_path returns, or path_ of an InfoShapeTransformerCV."
        )


def _checked_choice(chosen, path):
    if path is None:
        raise ValueError(f"chosen={chosen!r} names a release of shaping_path; pass shaping_path.")
    n_releases = len(path.utility_bits)
    is_index = isinstance(chosen, Integral) and not isinstance(chosen, bool | np.bool_)
    if not is_index or not 0 <= chosen < n_releases:
        raise ValueError(
            f"chosen={chosen!r} is no index of shaping_path; give 0 to {n_releases - 1}."
        )
    return int(chosen)


def _checked_about(about):
    if about is None:
        return {}
    if not isinstance(about, Mapping):
        raise TypeError(
            f"about is of type {type(about).__name__}; give a dict, {{'file': 'a.csv'}} say."
        )
    for name, value in about.items():
        if not isinstance(name, str) or not isinstance(value, str | Real):
            raise TypeError(
                f"about[{name!r}] is of type {type(value).__name__}; about has text as keys, and "
                "text or numbers as values."
            )
    return dict(about)
