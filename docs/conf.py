"""Sphinx settings."""

from pathlib import Path

from sphinx_gallery.sorting import ExplicitOrder

from sklearn_infoshape import __version__

project = "sklearn_infoshape"
author = "The sklearn_infoshape maintainers"
release = __version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
autosummary_generate = True
numpydoc_show_class_members = False
exclude_patterns = ["_build", "examples"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["wide.css", "gallery.css"]
# A sidebar only where there are pages to go to.
_PAGES = ("index", "user_guide", "estimation", "clusters", "theory", "benchmarks")
html_sidebars = {page: [] for page in _PAGES}
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "within_subsection_order": ExplicitOrder(
        (Path(__file__).parent / "examples" / "order.txt").read_text("utf-8").split()
    ),
    "filename_pattern": r"/plot_\w+\.py$",  # others are shown and not run
    "abort_on_example_error": True,
    "remove_config_comments": True,
    "capture_repr": (),  # what an example shows, it prints or draws
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("sklearn_infoshape",),
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 10**6,  # seconds: times are those of whatever machine built it
    "show_signature": False,
}
