"""Sphinx settings."""

from sklearn_infoshape import __version__

project = "sklearn_infoshape"
author = "The sklearn_infoshape maintainers"
release = __version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
]
autosummary_generate = True
numpydoc_show_class_members = False
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["wide.css"]
# A sidebar only where there are pages to go to.
_PAGES = ("index", "user_guide", "estimation", "clusters", "theory", "benchmarks")
html_sidebars = {page: [] for page in _PAGES}
