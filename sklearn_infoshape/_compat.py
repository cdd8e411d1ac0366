"""The only room that touches scikit-learn's private names.

Everything here may move in a minor release of scikit-learn; when it does, this file is
where it is mended.
"""

from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

__all__ = ["HasMethods", "Interval", "StrOptions", "_fit_context"]
