"""What every table carries on top: command, versions, machine, date."""

import datetime
import os
import platform
import sys

import numpy
import sklearn
import skorch
import torch

from sklearn_infoshape import __version__

__all__ = ["header"]


def header():
    """Lines that say what made a table.

    Returns
    -------
    str
    """
    module = sys.modules["__main__"].__spec__
    command = " ".join(["python -m", module.name if module else sys.argv[0], *sys.argv[1:]])
    versions = (
        f"sklearn_infoshape {__version__}, python {platform.python_version()}, "
        f"torch {torch.__version__}, scikit-learn {sklearn.__version__}, "
        f"skorch {skorch.__version__}, numpy {numpy.__version__}"
    )
    cores = os.cpu_count()
    return f"# {command}\n# {versions}\n# {cores} cores; {datetime.date.today().isoformat()}\n"
