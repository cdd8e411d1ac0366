"""README and docs: their code runs, their commands exist, their sample is what is printed."""

import re

import pytest

from benchmarks.__main__ import scripts
from benchmarks.sample_report import RESULT, audit
from sklearn_infoshape.audit import attackers, baselines
from sklearn_infoshape.cli.commands import _parser
from sklearn_infoshape.codes import annealing, partition
from sklearn_infoshape.posterior import members

from .documented_code import DOCS, README, blocks, commands, pages

PAGES = pages()
WITH_PYTHON = [page for page in PAGES if blocks(page)]
BENCHMARKS = set(scripts())


def name_of(page):
    return page.relative_to(README.parent).as_posix()


@pytest.fixture
def quick_fits(monkeypatch, quick_attackers):
    """The same code, where nothing else is asked for on one member, with a short search."""
    listed = members._listed

    def one_listed(asked, shape):
        return listed("linear" if asked == "auto" else asked, shape)

    monkeypatch.setattr(members, "_listed", one_listed)
    monkeypatch.setattr(attackers, "_SUITE", ("linear", "boosting"))
    monkeypatch.setattr(baselines, "_CHEAP", ("linear",))
    for module, name, value in (
        (annealing, "_FREE_STEPS", 20),
        (annealing, "_STEPS", 40),
        (partition, "_PROTOTYPES", 100),
        (partition, "_FREE_PROTOTYPES", 50),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_of_a_page_runs(page, quick_fits, tmp_path, monkeypatch, capsys):
    """One session a page; what needs a cluster is compiled here, and run by its own test."""
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for block in blocks(page):
        code = block.compiled()
        if block.needs is None:
            exec(code, namespace)
    if page == README:
        printed = capsys.readouterr().out
        assert float(re.search(r"accuracy on new rows: (\S+)", printed)[1]) > 0.7
        assert "At most: 0." in printed


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_all_code_of_a_page_has_a_language(page):
    """A block without one would be run by nobody."""
    text = page.read_text("utf-8")
    if page.suffix == ".rst":
        assert not re.findall(r"^(?!\s*\.\. ).*::$", text, re.MULTILINE)
        assert len(blocks(page, None)) == len(re.findall(r"^ *\.\. code\S*::", text, re.MULTILINE))
    else:
        text = re.sub(r"<!-- main job: begin -->.*?<!-- main job: end -->", "", text, flags=re.S)
        opening = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
        assert all(opening)
        assert len(blocks(page, None)) == len(opening) + 1  # the main job's


def commands_of_pages():
    return [
        pytest.param(command, id=f"{name_of(page)}: {' '.join(command)[:40]}")
        for page in PAGES
        for block in blocks(page, "sh")
        for command in commands(block)
        if command[0] == "infoshape"
    ]


@pytest.mark.parametrize("command", commands_of_pages())
def test_commands_are_parsed(command):
    options = _parser().parse_args(command[1:])
    assert options.command == command[1]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_benchmarks_that_a_page_names_exist(page):
    named = re.findall(r"python -m benchmarks[ .](\w+)", page.read_text("utf-8"))
    assert set(named) <= BENCHMARKS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_results_that_a_page_names_are_there(page):
    named = re.findall(r"benchmarks/results/\w+\.txt", page.read_text("utf-8"))
    assert all((README.parent / name).is_file() for name in named)


@pytest.mark.filterwarnings("ignore")
def test_the_sample_report_is_of_the_form_that_is_printed(quick_fits):
    """``python -m benchmarks.sample_report`` writes it anew."""
    committed = RESULT.read_text("utf-8").split("\n", 3)[3]
    found = str(audit(rows=1000, posterior="linear"))
    heading = re.compile(r"^(\w[^\n]*)\n[-=]{5,}$", re.MULTILINE)
    headings = [re.sub(r"\d+", "#", title) for title in heading.findall(committed)]
    assert [re.sub(r"\d+", "#", title) for title in heading.findall(found)] == headings
    explained = (DOCS / "guide" / "reports.rst").read_text("utf-8")
    borders = re.findall(r":(?:start-at|end-before): (.+)", explained)
    assert len(borders) > 10
    for border in borders:
        assert border.strip() in committed
        assert border.strip() in found
