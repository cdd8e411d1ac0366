"""Sphinx settings."""

import sys
from pathlib import Path

from numpydoc.xref import DEFAULT_LINKS
from sphinx_gallery.sorting import ExplicitOrder

from sklearn_infoshape import __version__

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "sklearn_infoshape"
author = "The sklearn_infoshape maintainers"
release = __version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "class_pages",
    "markdown_pages",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "examples"]

# API: methods and attributes of classes are on their pages, by _templates and class_pages.
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"  # but for these
numpydoc_xref_aliases = {
    "ndarray": "numpy.ndarray",
    "DataFrame": "pandas.DataFrame",
    "pandas.DataFrame": "pandas.DataFrame",
    "Generator": "numpy.random.Generator",
    "RandomState": "numpy.random.RandomState",
    "Pipeline": "sklearn.pipeline.Pipeline",
    "Tensor": "torch.Tensor",
    "torch.nn.Module": "torch.nn.Module",
    "torch.device": "torch.device",
    "os.PathLike": "os.PathLike",
    "pathlib.Path": "pathlib.Path",
    "joblib.Memory": "joblib.Memory",
    "matplotlib.axes.Axes": "matplotlib.axes.Axes",
    **{
        name: f"sklearn_infoshape.{name}"
        for name in (
            "CategoricalChannel",
            "GaussianChannel",
            "InfoShapeTransformer",
            "InfoShapeTransformerCV",
            "LeakageCertificate",
            "LeakageLedger",
            "LeakageReport",
            "PosteriorFeatures",
            "ShapingGame",
            "ShapingPath",
        )
    },
}
# The defaults name terms of other glossaries, which our inventories do not have.
for _name, _target in DEFAULT_LINKS.items():
    if _target.startswith(":"):
        numpydoc_xref_aliases.setdefault(_name, _name)
# What makes pages is a function, which no environment can keep.
suppress_warnings = ["config.cache"]

# The names that we refer to, in files of our own: a build needs no network.
intersphinx_mapping = {
    name: (address, f"inventories/{name}.txt")
    for name, address in {
        "joblib": "https://joblib.readthedocs.io/en/stable/",
        "matplotlib": "https://matplotlib.org/stable/",
        "numpy": "https://numpy.org/doc/stable/",
        "pandas": "https://pandas.pydata.org/docs/",
        "python": "https://docs.python.org/3/",
        "sklearn": "https://scikit-learn.org/stable/",
        "skorch": "https://skorch.readthedocs.io/en/stable/",
        "torch": "https://docs.pytorch.org/docs/stable/",
    }.items()
}

# Prompts and outputs are not copied.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# sphinx-build -b linkcheck: hosts that answer no program are not asked.
linkcheck_ignore = [r"https://doi\.org/"]
linkcheck_anchors = False
linkcheck_timeout = 15
linkcheck_retries = 2
linkcheck_workers = 2

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

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["wide.css", "gallery.css"]
html_theme_options = {
    "header_links_before_dropdown": 5,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
html_show_sourcelink = False
copyright = author
# A sidebar only where there are pages to go to.
_PAGES = (
    "index",
    "install",
    "getting_started",
    "related",
    "glossary",
    "changelog",
    "theory",
    "benchmarks",
)
html_sidebars = {page: [] for page in _PAGES}
