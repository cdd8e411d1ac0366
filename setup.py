"""For tools that ask for it: pyproject.toml has all that pip needs to know."""

from setuptools import setup

setup()
