"""The only room that touches scikit-learn's private names.

Everything here may move in a minor release of scikit-learn; when it does, this file is
where it is mended.
"""

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import _param_validation
from sklearn.utils._param_validation import HasMethods, InvalidParameterError, StrOptions

__all__ = ["HasMethods", "Interval", "InvalidParameterError", "StrOptions", "_fit_context"]


class Interval(_param_validation.Interval):
    """scikit-learn's, but for truth values, which are integers to Python and a slip here."""

    def is_satisfied_by(self, val):
        """Whether it is a number of the interval."""
        return not isinstance(val, bool | np.bool_) and super().is_satisfied_by(val)
