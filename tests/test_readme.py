"""README: its code runs, and its tables are those of main job and results."""

import re
from pathlib import Path

import pytest

from benchmarks.readme_table import RESULTS, table

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 5
    namespace = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)
    accuracy, best, codes, *report = capsys.readouterr().out.splitlines()
    assert float(accuracy.split()[-1]) > 0.8
    assert "privacy_multiplier" in best
    assert "codes" in codes
    assert any(line.startswith("At most: 0.") for line in report)


def test_the_table_of_the_readme_has_the_rows_of_the_main_job():
    table = re.search(r"<!-- main job: begin -->\n(.*?)<!-- main job: end -->", README, re.DOTALL)
    for name in ("raw features", "label score", "shaped, λ = 0", "shaped, λ = 5"):
        assert name in table.group(1)


def test_the_table_of_areas_is_that_of_the_results():
    assert table(*(file.read_text("utf-8") for file in RESULTS)) in README
