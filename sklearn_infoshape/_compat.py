"""The only room that touches scikit-learn's private names, and what Python 3.11 lacks.

Everything of scikit-learn here may move in a minor release; when it does, this file is where it
is mended.
"""

import sys
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import _param_validation
from sklearn.utils._param_validation import HasMethods, InvalidParameterError, StrOptions

if TYPE_CHECKING:
    from typing_extensions import override  # mypy's own: nobody has to install it
elif sys.version_info >= (3, 12):
    from typing import override
else:

    def override(method):
        """``typing.override``: the docstring is that of the method which it overrides."""
        method.__override__ = True
        return method


__all__ = [
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "StrOptions",
    "_fit_context",
    "override",
]


class Interval(_param_validation.Interval):
    """scikit-learn's, but for truth values, which are integers to Python and a slip here."""

    def is_satisfied_by(self, val):
        """Whether it is a number of the interval."""
        return not isinstance(val, bool | np.bool_) and super().is_satisfied_by(val)
