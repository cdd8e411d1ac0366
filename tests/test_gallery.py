"""The gallery: its files are whole and in order; the docs' build runs what is named plot_*."""

import ast
import importlib
import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
ORDER = (EXAMPLES / "order.txt").read_text("utf-8").split()


def test_the_order_names_every_example_once():
    assert sorted(ORDER) == sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", ORDER)
def test_examples_are_whole(name):
    text = (EXAMPLES / name).read_text("utf-8")
    tree = ast.parse(text, name)
    title, rule, *story = ast.get_docstring(tree).splitlines()
    assert set(rule) == {"="}
    assert len(rule) == len(title)
    told = " ".join([*story, *re.findall(r"(?m)^# (.*)", text)])
    assert re.search(r"\by\b", told)
    assert re.search(r"\bs\b", told)
    assert "**What this does not" in told
    assert "plt.show()" in text
    # Figures stand in what the code prints; prose would keep those of an earlier version.
    assert not re.search(r"\.\d", told)


@pytest.mark.parametrize("name", ORDER)
def test_examples_import_what_there_is(name):
    for node in ast.walk(ast.parse((EXAMPLES / name).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sklearn_infoshape"):
            module = importlib.import_module(node.module)
            assert [own.name for own in node.names if not hasattr(module, own.name)] == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_cluster_releases_what_one_process_does(monkeypatch, capsys, one_worker):
    pytest.importorskip("dask.array")
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: None)
    runpy.run_path(str(EXAMPLES / "dask_cluster.py"), run_name="__main__")
    plt.close("all")
    assert "as in one process: True" in capsys.readouterr().out
