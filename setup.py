"""What pip needs to know; settings of tools are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
version = re.search(
    r'__version__ = "(.+)"', (here / "sklearn_infoshape" / "_version.py").read_text("utf-8")
).group(1)

extras = {
    "plot": ["matplotlib>=3.8"],
    "report": ["jinja2>=3.1", "matplotlib>=3.8"],
    "test": [
        "dask[dataframe,distributed]>=2024.5",
        "hypothesis>=6.100",
        "import-linter>=2.0",
        "jinja2>=3.1",
        "matplotlib>=3.8",
        "mypy>=1.10",
        "pandas>=2.2",
        "polars>=1.0",
        "pyarrow>=14",
        "pytest>=8.0",
        "pytest-timeout>=2.3",
        "pytest-xdist>=3.5",
        "ruff>=0.6",
    ],
    "docs": ["numpydoc>=1.7", "sphinx>=7.3", "pydata-sphinx-theme>=0.15"],
    "onnx": ["onnx>=1.16", "onnxruntime>=1.18", "onnxscript>=0.1"],
    "table": ["pandas>=2.2", "pyarrow>=14"],
    "dask": ["dask[dataframe,distributed]>=2024.5"],
    "ray": ["ray[data]>=2.9", "pandas>=2.2"],
    "spark": ["joblibspark>=0.6", "pyspark>=3.5", "pandas>=2.2", "pyarrow>=14"],
}
extras["all"] = sorted({requirement for group in extras.values() for requirement in group})

setup(
    name="sklearn_infoshape",
    version=version,
    description="Share data for a task without what it says of a sensitive attribute: "
    "InfoShape as a scikit-learn transformer.",
    long_description=(here / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    python_requires=">=3.11",
    packages=find_packages(include=["sklearn_infoshape", "sklearn_infoshape.*"]),
    package_data={"sklearn_infoshape": ["py.typed", "reports/templates/*.j2"]},
    install_requires=[
        "joblib>=1.3",
        "numpy>=1.26",
        "scikit-learn>=1.6",
        "scipy>=1.11",
        "tqdm>=4.60",
        "skorch>=1.1",
        "torch>=2.4",
    ],
    extras_require=extras,
    entry_points={"console_scripts": ["infoshape = sklearn_infoshape.cli.commands:main"]},
    classifiers=[
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
