"""Docstrings of public names, own or inherited: no parameter, result or summary is missing."""

import dataclasses
import inspect
from importlib import import_module

import pytest

import sklearn_infoshape
from sklearn_infoshape import audit, datasets, exceptions, information
from sklearn_infoshape.scoring import budget_rule, scorers

validate = pytest.importorskip("numpydoc.validate").validate

PACKAGE = "sklearn_infoshape"
MODULES = (sklearn_infoshape, audit, datasets, exceptions, information, budget_rule, scorers)
# No docstring, no summary, parameters that are missing, unknown, in another order, without a type
# or a description, results that are missing.
ERRORS = {"GL08", "SS01", "PR01", "PR02", "PR03", "PR04", "PR07", "RT01", "YD01"}
# What the package makes, and users read: documented by attributes, not by what makes them.
MADE = {"InfeasibleBudgetError"}
KINDS = (property, classmethod, staticmethod)


def public_names():
    names = set()
    for module in MODULES:
        for name in getattr(module, "__all__", vars(module)):
            value = getattr(module, name)
            if name.startswith("_") or inspect.ismodule(value) or isinstance(value, dict):
                continue
            if not getattr(value, "__module__", PACKAGE).startswith(PACKAGE):
                continue
            full = f"{module.__name__}.{name}"
            names.add(full)
            if inspect.isclass(value):
                names |= {f"{full}.{member}" for member in own_members(value)}
    return sorted(names)


def own_members(cls):
    """Methods and properties that this package writes."""
    for name in dir(cls):
        if name.startswith("_"):
            continue
        base = next(base for base in cls.__mro__ if name in vars(base))
        value = vars(base)[name]
        if not base.__module__.startswith(PACKAGE) or inspect.isclass(value):
            continue
        if callable(value) or isinstance(value, KINDS) or hasattr(value, "check"):  # available_if
            yield name


def is_made(name):
    """Whether a class is made by the package alone."""
    module, _, own = name.rpartition(".")
    try:
        value = getattr(import_module(module), own)
    except ImportError:  # a method
        return False
    return own in MADE or dataclasses.is_dataclass(value)


def overridden(name):
    """A method or property, and the one of this package that it overrides."""
    module, _, own = name.rpartition(".")
    module, _, cls = module.rpartition(".")
    cls = getattr(import_module(module), cls) if module else None
    if not inspect.isclass(cls):
        return None, None
    ours = [b for b in cls.__mro__ if own in vars(b) and b.__module__.startswith(PACKAGE)]
    found = [vars(base)[own] for base in ours]
    return found[0], found[1] if len(found) > 1 else None


def with_inherited(member, base):
    """What users read of an override: its own docstring, and the sections that it refers to."""
    text = inspect.getdoc(base)
    if not member.__doc__:
        return text
    own = inspect.cleandoc(member.__doc__)
    above = getattr(base, "fget", base).__qualname__
    refers = f":meth:`{above}`" in own and "-----" not in own
    return own + text[text.index("\n\n") :] if refers and "\n\n" in text else own


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", public_names())
def test_nothing_is_missing(name, monkeypatch):
    member, base = overridden(name)
    if base is not None:
        monkeypatch.setattr(member, "__doc__", with_inherited(member, base))
    allowed = {"PR01"} if is_made(name) else set()
    errors = [(code, text) for code, text in validate(name)["errors"] if code in ERRORS - allowed]
    assert not errors


@pytest.mark.parametrize("name", [name for name in public_names() if is_made(name)])
def test_what_the_package_makes_says_what_it_has(name):
    module, _, own = name.rpartition(".")
    cls = getattr(import_module(module), own)
    if dataclasses.is_dataclass(cls):
        text = inspect.getdoc(cls)
        listed = {
            one.strip()
            for line in text.split("Attributes\n")[1].splitlines()
            if " : " in line and not line.startswith(" ")
            for one in line.split(" : ")[0].split(",")
        }
        assert {field.name for field in dataclasses.fields(cls)} <= listed


def test_overrides_inherit_their_contract():
    """help(), IDEs and the site read inspect.getdoc, which looks at the classes above."""
    channel, above = sklearn_infoshape.GaussianChannel, sklearn_infoshape.DeterministicChannel
    assert not channel.observe.__doc__
    assert inspect.getdoc(channel.observe) == inspect.getdoc(above.observe)
    assert not sklearn_infoshape.CategoricalChannel.limits_codes.__doc__
    assert inspect.getdoc(sklearn_infoshape.CategoricalChannel.limits_codes)
    capacity, base = overridden(f"{PACKAGE}.GaussianChannel.capacity_bits")
    assert "Returns" not in capacity.__doc__
    assert "Returns\n-------" in with_inherited(capacity, base)


def test_an_override_of_its_own_contract_needs_all_sections():
    class Base:
        def ask(self, question):
            """Ask.

            Parameters
            ----------
            question : str
                Any.
            """

    class Short(Base):
        def ask(self, question):
            """Ask twice; see :meth:`{}`."""

    class Alone(Base):
        def ask(self, question):
            """Ask twice."""

    Short.ask.__doc__ = Short.ask.__doc__.format(Base.ask.__qualname__)
    assert "question : str" in with_inherited(Short.ask, Base.ask)
    assert "question" not in with_inherited(Alone.ask, Base.ask)
