"""The command line: table, picture, a user's own file, plain errors."""

import re

import numpy as np
import pytest

from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer
from sklearn_infoshape.audit.attackers import Attack
from sklearn_infoshape.cli.commands import main
from sklearn_infoshape.cli.tables import read_table
from sklearn_infoshape.cli.text_numbers import read_numbers

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


def test_the_job_on_a_users_table(tmp_path, capsys):
    path = write_table(tmp_path / "people.csv")
    picture = tmp_path / "tradeoff.png"
    arguments = ["--data", str(path), "--task", "paid", "--sensitive", "sex", "--multipliers", "2"]
    assert main([*arguments, "--plot", str(picture)]) == 0
    out, err = capsys.readouterr()
    assert "y: paid, s: sex" in out
    assert "3/3" in err
    assert picture.stat().st_size > 10_000


def quick_job(monkeypatch, path, *options):
    """Run the job on a table; returns the fitted transformers and the classes that are attacked."""
    fitted, asked = [], []

    def shaper(multiplier, **parameters):
        fitted.append(
            InfoShapeTransformer(
                multiplier, posterior="linear", channel=CategoricalChannel(n_init=1), **parameters
            )
        )
        return fitted[-1]

    def attack(Z_train, labels_train, Z_test, labels_test):
        asked.append((labels_train, labels_test))
        return [Attack("none", 0.5, 0.5, 0.0)]

    monkeypatch.setattr("sklearn_infoshape.cli.commands.InfoShapeTransformer", shaper)
    monkeypatch.setattr("sklearn_infoshape.cli.commands.attack", attack)
    arguments = ["--data", str(path), "--task", "paid", "--sensitive", "country"]
    assert main([*arguments, "--multipliers", "1", "--quiet", *options]) == 0
    return fitted, asked


def write_countries(path, countries):
    rng = np.random.default_rng(0)
    lines = ["pay,place,paid,country"]
    for country in countries:
        paid = rng.integers(2)
        lines.append(
            f"{paid + rng.normal():.2f},{rng.normal():.2f},{['no', 'yes'][paid]},{country}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("options", [(), ("--sensitive-kind", "classes")])
def test_text_or_codes_of_many_levels_stay_classes(options, tmp_path, monkeypatch, capsys):
    name = "{}" if options else "c{:02d}"
    countries = [name.format(i % 25) for i in np.random.default_rng(1).permutation(750)]
    path = write_countries(tmp_path / "people.csv", countries)
    (shaper,), asked = quick_job(monkeypatch, path, *options)
    assert len(shaper.sensitive_classes_) == 25
    assert all(len(np.unique(labels)) == 25 for labels in asked[1])
    assert "s: 25 classes" in capsys.readouterr().out


def test_rare_levels_are_one_class_or_left_out_and_it_is_said(tmp_path, monkeypatch, capsys):
    common = ["north", "south"] * 140
    path = write_countries(tmp_path / "many.csv", [*common, *(f"c{i}" for i in range(40))])
    (shaper,), asked = quick_job(monkeypatch, path)
    assert set(shaper.sensitive_classes_) == {"(rare)", "north", "south"}
    assert all(len(np.unique(labels)) == 3 for labels in asked[1])
    assert (
        "s: 40 classes with fewer than 5 rows in a third are one class" in capsys.readouterr().out
    )
    path = write_countries(tmp_path / "few.csv", [*common, "c1", "c2", "c3", "", "n/a"])
    (shaper,), asked = quick_job(monkeypatch, path)
    assert set(shaper.sensitive_classes_) == {"north", "south"}
    out = capsys.readouterr().out
    assert "are left out" in out
    assert "missing in 5 rows" in out


GAPS = ["", "n/a", "N/A", "-", "--", ".", "unknown", "#N/A", "refused"]
WRITINGS = {
    "plain": lambda v: f"{v:.2f}",
    "thousands by comma": lambda v: f"{v:,.2f}",
    "thousands by comma, whole": lambda v: f"{v:,.0f}",
    "thousands by space": lambda v: f"{v:,.1f}".replace(",", " "),
    "thousands by no-break space": lambda v: f"{v:,.1f}".replace(",", "\u00a0"),
    "thousands by apostrophe": lambda v: f"{v:,.1f}".replace(",", "'"),
    "decimal comma": lambda v: f"{v:.2f}".replace(".", ","),
    "decimal comma, thousands by point": lambda v: f"{v:_.2f}".replace(".", ",").replace("_", "."),
    "decimal comma, thousands by space": lambda v: f"{v:_.2f}".replace(".", ",").replace("_", " "),
    "exponent": lambda v: f"{v:.5e}",
    "currency": lambda v: f"${v:,.0f}",
    "percent": lambda v: f"{v:.1f} %",
    "another minus": lambda v: f"{v:.2f}".replace("-", "\u2212"),
}


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("writing", WRITINGS)
def test_numbers_stay_numbers_however_they_and_gaps_are_written(writing, gap):
    amounts = np.random.default_rng(0).normal(50_000, 30_000, size=200)
    amounts[:3] = 0.25, 12.5, 999.0
    if "whole" in writing or writing == "currency":
        amounts = np.round(amounts)
    texts = [gap if i % 50 == 7 else WRITINGS[writing](v) for i, v in enumerate(amounts)]
    found = read_numbers(texts)
    expected = np.where(np.arange(200) % 50 == 7, np.nan, amounts)
    np.testing.assert_allclose(found.values, expected, atol=0.051, rtol=1e-5)
    assert found.gap_codes == ({gap: 4} if gap else {})
    assert found.is_inferred == (gap == "refused")


@pytest.mark.parametrize(
    "texts",
    [
        ["3,14", "1,250,000"],  # a decimal comma, and commas that are none
        ["50,000", "1,250", "999", "3,5"],  # mostly thousands: 3,5 is a slip, or all are decimals
        ["12.05.2020", "1.5"],
        ["1,2,3", "2"],
        ["45%", "0.45"],
        ["$5", "€5"],
        ["1", "2", "3", "A", "B"],  # levels
        ["red", "green"],
        ["5more", "2", "3", "4"],
        ["1\n2", "3"],
    ],
)
def test_what_is_no_column_of_numbers_is_not_guessed(texts):
    assert read_numbers(texts * 10) is None


def test_decimal_commas_never_become_thousands():
    for texts, values in (
        (["3,14", "2,71", "1,5"], [3.14, 2.71, 1.5]),
        (["0,512", "1,234", "12,500"], [0.512, 1.234, 12.5]),
        (["1,125", "2,5", "7,25", "3"], [1.125, 2.5, 7.25, 3]),
    ):
        np.testing.assert_array_equal(read_numbers(texts).values, values)


def test_the_reading_of_a_table_is_reported(tmp_path, monkeypatch, capsys):
    path = tmp_path / "people.csv"
    rng = np.random.default_rng(0)
    lines = ["salary,rate,visits,odd,paid,country"]
    for i in range(300):
        paid = rng.integers(2)
        salary = "refused" if i % 60 == 0 else f'"{50_000 + 9_000 * paid + 900 * i:,}"'
        odd = f"{i}.05.2020" if i % 9 == 0 else i
        lines.append(
            f'{salary},"{rng.normal():.2f}",{"-" if i % 40 == 0 else i % 7},{odd},'
            f"{'no' if paid else 'yes'},{'ab'[rng.integers(2)]}"
        )
    path.write_text("\n".join(lines) + "\n")
    reports = []
    X, _, _ = read_table(path, "paid", "country", reports.append)
    assert X.shape == (300, 4 + 20)  # one more for who refused; the odd one is text
    np.testing.assert_array_equal(np.flatnonzero(X[:, 1]), np.arange(0, 300, 60))
    quick_job(monkeypatch, path)
    out = capsys.readouterr().out
    for line in (
        "salary: numbers; thousands separated by ','; gaps: 'refused' (5)",
        "visits: numbers; gaps: '-' (8)",
        "odd: text, though most entries look like numbers",
    ):
        assert line in out
        assert any(line in report for report in reports)
    assert "rate: " not in out


def test_a_label_with_few_numbers_keeps_a_code_as_a_class(tmp_path):
    path = write_countries(tmp_path / "codes.csv", ["1", "2", "3", "x"] * 40)
    s = read_table(path, "paid", "country")[2]
    assert set(s) == {"1", "2", "3", "x"}
    path = write_countries(tmp_path / "amounts.csv", [*map(str, range(100)), *["x"] * 30])
    s = read_table(path, "paid", "country")[2]
    assert s.dtype == float
    assert np.isnan(s).sum() == 30


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
        ("a,a,c\n1,2,3\n", ("a", "c"), "2 columns 'a'"),
        ("a,b,c\n1,2,\n3,4,\n", ("a", "b"), "are empty"),
        ("a,b,c\n1,2,\x003\xff", ("a", "b"), "UTF-8"),
    ],
)
def test_a_bad_table_is_a_plain_error(text, columns, message, tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_bytes(text.encode("latin-1"))
    assert main(["--data", str(path), "--task", columns[0], "--sensitive", columns[1]]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("n_rows", "sex", "message"),
    [
        (12, "fm", "12 rows have a task label; give at least 75"),
        (90, ["f", "m", "", ""], "known for 1[0-9] rows of a third .* at least 25"),
        (90, [f"p{i}" for i in range(45)], "s has 45 classes, of which 0 have at least 5 rows"),
    ],
)
def test_too_few_rows_are_said_before_any_work(n_rows, sex, message, tmp_path, capsys):
    path = tmp_path / "few.csv"
    lines = [f"{i},{'yn'[i % 7 < 3]},{sex[i % len(sex)]}" for i in range(n_rows)]
    path.write_text("\n".join(["a,y,s", *lines]))
    assert main(["--data", str(path), "--task", "y", "--sensitive", "s", "--quiet"]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_bad_options(tmp_path, capsys):
    assert main(["--data", str(tmp_path / "none.csv"), "--task", "a", "--sensitive", "b"]) == 2
    for arguments in (["--data", "x.csv"], ["--task", "y"], ["--multipliers", "-1"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
