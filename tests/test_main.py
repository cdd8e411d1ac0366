"""The command line: table, picture, a user's own file, plain errors."""

import numpy as np
import pytest

from sklearn_infoshape.__main__ import main
from sklearn_infoshape.tables import read_table

pytestmark = pytest.mark.filterwarnings("ignore")


def write_table(path, n=300):
    rng = np.random.default_rng(0)
    sex, paid = rng.integers(2, size=n), rng.integers(2, size=n)
    lines = ["age,town,hours,sex,paid"]
    for i in range(n):
        age = "" if i % 50 == 0 else f"{20 + 30 * paid[i] + rng.normal():.1f}"
        town = "north" if (sex[i] + (rng.uniform() < 0.1)) % 2 else "south"
        sensitive = "" if i % 40 == 0 else "fm"[sex[i]]
        lines.append(
            f"{age},{town},{40 + rng.normal():.2f},{sensitive},{'yes' if paid[i] else 'no'}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.slow
def test_the_job_on_digits(capsys):
    assert main(["--multipliers", "1", "--quiet"]) == 0
    out, err = capsys.readouterr()
    rows = {line[:24].strip(): line[24:].split() for line in out.splitlines()}
    assert set(rows) >= {"raw features", "label score", "shaped, λ = 1"}
    shaped = [float(v) for v in rows["shaped, λ = 1"]]
    raw = [float(v) for v in rows["raw features"]]
    assert shaped[1] > 0.93
    assert shaped[4] < 0.65 < 0.95 < raw[4]
    assert err == ""


def test_the_job_on_a_users_table(tmp_path, capsys):
    path = write_table(tmp_path / "people.csv")
    picture = tmp_path / "tradeoff.png"
    arguments = ["--data", str(path), "--task", "paid", "--sensitive", "sex", "--multipliers", "2"]
    assert main([*arguments, "--plot", str(picture)]) == 0
    out, err = capsys.readouterr()
    assert "y: paid, s: sex" in out
    assert "3/3" in err
    assert picture.stat().st_size > 10_000


def test_tables_are_read(tmp_path):
    X, y, s = read_table(write_table(tmp_path / "people.csv"), "paid", "sex")
    assert X.shape == (300, 4)  # age, hours, and a column for each of two towns
    assert np.isfinite(X).all()
    assert set(y) == {"yes", "no"}
    assert sum(value is None for value in s) == 8


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a,b,c\n1,2,3\n", ("x", "b"), "no column 'x'"),
        ("a,b,c\n1,2\n", ("a", "b"), "Row 2"),
        ("a,b\n1,2\n", ("a", "b"), "no column besides"),
        ("a,b,c\n", ("a", "b"), "no rows"),
        ("a,b,c\n1,2,3\n", ("a", "a"), "same column"),
    ],
)
def test_a_bad_table_is_a_plain_error(text, columns, message, tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert main(["--data", str(path), "--task", columns[0], "--sensitive", columns[1]]) == 2
    assert message in capsys.readouterr().err


def test_bad_options(tmp_path, capsys):
    assert main(["--data", str(tmp_path / "none.csv"), "--task", "a", "--sensitive", "b"]) == 2
    for arguments in (["--data", "x.csv"], ["--task", "y"], ["--multipliers", "-1"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
