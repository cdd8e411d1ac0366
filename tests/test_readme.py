"""README's tables are those of main job and results."""

import numpy as np
import pytest

from benchmarks.main_job import COLUMNS, RESULT, figures
from benchmarks.pictures import draw_problem
from benchmarks.readme_table import README, between_marks, blocks
from sklearn_infoshape.cli.commands import main

TEXT = README.read_text("utf-8")
# Between two machines, other instructions and another order of sums move single rows to other
# codes: a dozen of the 419 test rows, and what that does to AUC and bits.
TOLERANCES = {"accuracy": 0.03, "AUC": 0.03, "bits": 0.05, "least": 0.05, "most": 0.05}


@pytest.mark.parametrize("name", ["main job", "frontier"])
def test_the_tables_of_the_readme_are_those_of_the_results(name):
    """``python -m benchmarks.readme_table`` writes them."""
    assert between_marks(TEXT, name)[1] == blocks()[name]


def test_the_picture_is_of_the_table(tmp_path):
    """``python -m benchmarks.pictures --quick`` draws it."""
    draw_problem(tmp_path)
    files = tmp_path / "problem.png", README.parent / "docs" / "pictures" / "problem.png"
    drawn, kept = (file.read_bytes().split(b"Description\0")[1].split(b" bits") for file in files)
    assert drawn[:4] == kept[:4]


def test_the_table_of_the_main_job_is_whole():
    table = figures(RESULT.read_text("utf-8"))
    shaped = [f"shaped, λ = {multiplier}" for multiplier in ("0", "0.5", "1", "2", "5")]
    assert list(table) == ["always guess", "raw features", "label score", *shaped]
    for name, row in table.items():
        has_limit = name not in ("raw features", "label score")
        assert np.isfinite(list(row.values())).sum() == len(COLUMNS) - (not has_limit)


@pytest.mark.slow
@pytest.mark.whole_search
def test_the_main_job_prints_the_committed_table(capsys):
    """``python -m benchmarks.main_job`` writes it anew."""
    assert main(["--quiet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    committed, found = figures(RESULT.read_text("utf-8")), figures(out)
    assert list(found) == list(committed)
    for name, row in committed.items():
        for column, expected in row.items():
            tolerance = TOLERANCES[column.split()[-1]]
            assert found[name][column] == pytest.approx(expected, abs=tolerance, nan_ok=True), (
                name,
                column,
            )
    # What the job is there to show: y stays, s goes.
    assert found["raw features"]["s at least"] > 0.6
    for name, row in found.items():
        if name.startswith("shaped"):
            assert row["y bits"] > 0.7
            assert row["s bits"] < 0.1
            assert row["s at most"] < 0.2
