"""What the templates of API pages ask of a class: its own members, and those of scikit-learn."""

import inspect
from importlib import import_module

_PACKAGE = "sklearn_infoshape"


def _class(fullname):
    module, _, name = fullname.rpartition(".")
    return getattr(import_module(module), name)


def _public(fullname):
    """Public members of a class, each with the class that defines it."""
    own = _class(fullname)
    for name in dir(own):
        if not name.startswith("_") or name == "__call__":
            for base in own.__mro__:
                if name in vars(base):
                    yield name, vars(base)[name], base
                    break


def own_methods(fullname):
    """Methods that this package writes."""
    return [
        name
        for name, value, base in _public(fullname)
        if base.__module__.startswith(_PACKAGE)
        and not isinstance(value, property)
        and (callable(value) or isinstance(value, classmethod | staticmethod) or _guarded(value))
    ]


def own_properties(fullname):
    """Properties that this package writes, and that its docstring does not list already."""
    said = inspect.getdoc(_class(fullname)) or ""
    return [
        name
        for name, value, base in _public(fullname)
        if base.__module__.startswith(_PACKAGE)
        and isinstance(value, property)
        and f"\n{name} : " not in said
    ]


def inherited_methods(fullname):
    """Methods that scikit-learn writes, but for those that its metadata routing makes."""
    return [
        name
        for name, value, base in _public(fullname)
        if base.__module__.startswith("sklearn.") and (inspect.isfunction(value) or _guarded(value))
    ]


def _guarded(value):
    """Whether it is a method that exists in some modes only (``available_if``)."""
    return type(value).__name__ == "_AvailableIfDescriptor"


def setup(app):
    """Give the functions to the templates of autosummary."""
    app.setup_extension("sphinx.ext.autosummary")
    app.config.autosummary_context.update(
        own_methods=own_methods,
        own_properties=own_properties,
        inherited_methods=inherited_methods,
    )
    return {"parallel_read_safe": True}
