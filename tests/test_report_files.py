"""Reports as files: whole, in themselves, and without anything that a name could smuggle in."""

import json
import os
import re
import stat
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sklearn_infoshape import audit_leakage

EVIL = """<script>alert(1)</script> "x" 'y' $\\bad{$ & --> ]]> <!-- \n\x00"""
ABOUT = {"file": "a.csv", "rows": 1000, "task": "returns", "created": "2026-01-31"}
VOID = {"meta", "br", "link", "img", "input", "hr"}


def audited(names=("sex", "age"), attackers="code", **options):
    rng = np.random.default_rng(0)
    s = pd.DataFrame({name: rng.integers(2, size=600) for name in names})
    y = pd.Series(rng.integers(2, size=600), name="returns")
    codes = np.eye(3)[rng.integers(3, size=600)]
    settings = {"n_permutations": 19, "random_state": 0, "context": False, **options}
    return audit_leakage(lambda rows: rows, codes, s, y, attackers=attackers, **settings)


@pytest.fixture(scope="module")
def report():
    return audited()


@pytest.fixture(scope="module")
def evil():
    one, two = LogisticRegression(C=0.5), LogisticRegression(C=0.5)
    scan = pd.DataFrame({EVIL: np.arange(600) % 2, f"{EVIL}2": [[1]] * 600})
    return audited((EVIL,), {EVIL: one, "other": two}, scan=scan)


def path_of(names=("sex",), m=4):
    bits = np.linspace(0.01, 0.2, m)
    return SimpleNamespace(
        leakage_bits=np.column_stack([bits] * len(names)),
        utility_bits=np.sqrt(bits),
        raw_bits=np.full(1 + len(names), 0.8),
        label_score_bits=np.full(1 + len(names), np.nan),
        label_floor_bits=np.full(len(names), 0.05),
        sensitive_names=list(names),
        privacy_multipliers=np.linspace(8, 0.1, m),
    )


class Reader(HTMLParser):
    """Tags that are open, all attributes, and text, of a page that must be in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.attributes, self.words, self.tags = [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError("a comment")

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_a_page_needs_nothing_else(report):
    page = report.to_html(
        max_leakage=0.2, max_advantage=0.5, shaping_path=path_of(("sex", "age")), about=ABOUT
    )
    read = Reader(page)
    assert page.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(read.tags)
    assert read.tags.count("svg") == 3
    for _, name, value in read.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "srcset")
        if "href" in name:
            assert value.startswith("#")
    assert not re.search(r"@import|url\((?!#)", page)
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for used in re.findall(r"url\(#([^)]+)\)", page):
        assert used in ids
    for words in (
        report.verdict(max_leakage=0.2, max_advantage=0.5).split(". ")[0],
        "certified: kept",
        "a.csv",
        "2026-01-31",
        "600 audited rows",
        "not say",
        "differential privacy",
        "random_state",
        "scikit-learn",
        "base rate",
        "bits of returns",
        "how often always guessing the most frequent class is right",
        "accuracy averaged over classes",
        "p(s | code): in rows of one code",
        "the table as it is, without the attribute",
    ):
        assert words in read.text


def test_equal_reports_are_equal_bytes_whatever_pyplot_is_set_to(report):
    options = {"shaping_path": path_of(), "chosen": 2, "about": ABOUT}
    first = report.to_html(**options)
    before = dict(mpl.rcParams)
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "red"}):
        figures = plt.get_fignums()
        assert report.to_html(**options) == first
        assert plt.get_fignums() == figures
        assert mpl.rcParams["font.size"] == 30
    assert dict(mpl.rcParams) == before
    assert "chosen: λ = 2.7" in Reader(first).text


def test_names_are_text_wherever_they_stand(evil):
    about = {EVIL: EVIL, "task": EVIL, "sensitive": EVIL}
    page = evil.to_html(max_leakage=1.0, shaping_path=path_of((EVIL,)), chosen=0, about=about)
    read = Reader(page)
    assert "script" not in read.tags
    assert "<script" not in page
    assert read.text.count("<script>alert(1)</script>") > 12
    assert "\x00" not in page
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert "&lt;script" in drawn
    short = evil._repr_html_()
    assert "<script" not in short
    assert "&lt;script&gt;" in short
    assert "\n" not in str(evil).splitlines()[0]
    assert json.loads(evil.to_json(about=about))["about"][EVIL] == EVIL


def test_attackers_that_find_the_same_share_a_line(evil):
    text = str(evil)
    assert "other show the same" in text
    assert max(map(len, text.splitlines())) <= 100
    rows = [line for line in text.splitlines() if "(+1)" in line]
    assert len(rows) == 1
    assert "Always guessing the most frequent class:" in text


def test_the_short_form_is_a_verdict_and_a_row_an_attribute(report):
    read = Reader(report._repr_html_())
    assert read.tags.count("tr") == 1 + 3
    assert read.text.startswith(" ".join(report.verdict().split(". ")[0].split()))


def test_files_are_whole_and_not_replaced_unasked(report, tmp_path, monkeypatch):
    for suffix in (".html", ".json", ".txt"):
        file = tmp_path / f"audit{suffix}"
        assert report.save(file, max_leakage=0.9, about=ABOUT) is report
        first = file.read_bytes()
        with pytest.raises(FileExistsError, match="overwrite=True"):
            report.save(file)
        assert file.read_bytes() == first
        report.save(str(file), overwrite=True, about={"model": "m"})
        assert file.read_bytes() != first
        assert b"a.csv" in first
        assert b"certified: kept" in first
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~mask
    assert sorted(os.listdir(tmp_path)) == ["audit.html", "audit.json", "audit.txt"]

    replace = os.replace

    def fails(source, target):
        if str(source).endswith(".part"):
            raise OSError("disk full")
        replace(source, target)

    before = file.read_bytes()
    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        report.save(file, overwrite=True)
    assert file.read_bytes() == before
    assert len(os.listdir(tmp_path)) == 3


def test_json_is_strict_and_has_the_verdict(report, tmp_path):
    found = json.loads(report.to_json(max_leakage=0.9, about=ABOUT))
    assert found["verdict"] == report.verdict(max_leakage=0.9)
    assert found["asked"] == {"max_leakage": 0.9, "max_advantage": None, "kept": True}
    assert found["about"]["rows"] == 1000
    assert set(report.to_dict()) < set(found)
    assert report.to_json(indent=None).count("\n") == 1
    assert report.to_json(tmp_path / "a.json") is None
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["asked"]["kept"] is None


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("a.md", {}, ValueError, ".html, .json and .txt"),
        ("a", {}, ValueError, ".html, .json and .txt"),
        (3, {}, TypeError, "path is of type int"),
        ("no/a.html", {}, FileNotFoundError, "make it"),
        ("a.json", {"chosen": 1}, ValueError, "chosen is drawn in .html only"),
        ("a.txt", {"shaping_path": path_of()}, ValueError, "shaping_path is drawn in .html only"),
        ("a.html", {"shaping_path": {}}, TypeError, "shaping_path is of type dict"),
        ("a.html", {"chosen": 1}, ValueError, "pass shaping_path"),
        ("a.html", {"shaping_path": path_of(), "chosen": 4}, ValueError, "give 0 to 3"),
        ("a.html", {"shaping_path": path_of(), "chosen": -1}, ValueError, "give 0 to 3"),
        ("a.html", {"max_leakage": -1}, ValueError, "max_leakage=-1"),
        ("a.txt", {"about": "hospital"}, TypeError, "about is of type str"),
        ("a.json", {"about": {"rows": [1]}}, TypeError, "'rows'"),
        ("a.json", {"wanted": 1}, TypeError, "wanted"),
        ("a.txt", {"wanted": 1}, TypeError, "wanted"),
    ],
)
def test_misuse_is_told_and_leaves_nothing(
    report, tmp_path, monkeypatch, name, options, error, message
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=re.escape(message)):
        report.save(name, **options)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_what_is_not_installed_is_named_before_any_work(report, tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_infoshape\[report\]'"):
        report.to_html(tmp_path / "a.html", max_leakage="not even a number")
    report.save(tmp_path / "a.json")
    assert "<table>" in report._repr_html_()


def test_a_report_without_attackers_is_a_page():
    s = (np.arange(1000) % 250 == 0).astype(int)
    codes = np.eye(4)[np.random.default_rng(0).integers(4, size=1000)]
    found = audit_leakage(
        lambda rows: rows, codes, s, attackers="code", context=False, random_state=0
    )
    read = Reader(found.to_html(max_leakage=0.1))
    assert "not attacked, as rows are too few" in read.text
    assert read.tags.count("svg") == 0
