"""What the project says of itself: versions and requirements that stand in several files agree."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from sklearn_infoshape import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NOT_INSTALLED = {"ray", "joblibspark", "pyspark"}  # in CI


def pins(name):
    found = re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    return {package.lower(): version for package, version in found}


def requirements(*without):
    extras = PROJECT["optional-dependencies"]
    lists = [PROJECT["dependencies"], *(extras[name] for name in extras if name not in without)]
    found = [Requirement(one) for requirements in lists for one in requirements]
    return [one for one in found if one.name not in {PROJECT["name"], *NOT_INSTALLED}]


def test_the_floors_are_those_that_ci_runs_on():
    lowest = pins("constraints-minimum.txt")
    for one in requirements("test", "docs"):
        if one.name != "torch":  # constraints-minimum.txt says why
            (floor,) = (part.version for part in one.specifier)
            assert re.sub(r"(\.0)+$", "", lowest[one.name]) == floor, one.name


def test_the_pins_are_within_the_ranges():
    tools = pins("constraints.txt")
    for one in requirements():
        assert one.specifier.contains(tools[one.name.lower()]), one.name


def test_the_citation_names_this_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in text
    assert f"\nlicense: {PROJECT['license']}\n" in text
