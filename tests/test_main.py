"""``infoshape demo``: one audit of several releases, a user's own file, plain errors."""

import re
from collections import Counter

import numpy as np
import pytest

from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer
from sklearn_infoshape.cli.commands import main
from sklearn_infoshape.cli.number_ways import plain_text
from sklearn_infoshape.cli.text_numbers import GAPS_OF_AMOUNTS, read_written_numbers

pytestmark = pytest.mark.filterwarnings("ignore")


def write_table(path, n=600):
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
    arguments = ["demo", "--data", str(path), "--task", "paid", "--sensitive", "sex"]
    assert main([*arguments, "--multipliers", "2", "--plot", str(picture)]) == 0
    out, _ = capsys.readouterr()
    assert "y: paid, s: sex" in out
    assert picture.stat().st_size > 10_000
    rows = {line[:17].strip(): line[17:].split() for line in out.splitlines()[-4:]}
    assert list(rows) == ["always guess", "raw features", "label score", "shaped, λ = 2"]
    raw, shaped, guess = rows["raw features"], rows["shaped, λ = 2"], rows["always guess"]
    assert float(raw[3]) > 0.2 > float(shaped[3])  # bits of s
    assert float(raw[5]) < float(raw[3])  # at least
    assert (raw[6], guess[1], guess[4]) == ("-", "0.000", "0.500")
    assert float(shaped[5]) <= float(shaped[3]) <= float(shaped[6])
    assert all(len(line) <= 80 for line in out.splitlines()[2:])


def quick_job(monkeypatch, path, *options):
    """Run the job on a table; returns the fitted transformers and the labels that are audited."""
    fitted, asked = [], []

    def shaper(multiplier, **parameters):
        fitted.append(
            InfoShapeTransformer(
                multiplier, posterior="linear", channel=CategoricalChannel(n_init=1), **parameters
            )
        )
        return fitted[-1]

    def audit(release, X, s, y, **_):
        asked.append((y, s))
        raise KeyboardInterrupt

    monkeypatch.setattr("sklearn_infoshape.cli.demo.InfoShapeTransformer", shaper)
    monkeypatch.setattr("sklearn_infoshape.cli.demo.audit_leakage", audit)
    arguments = ["--data", str(path), "--task", "paid", "--sensitive", "country"]
    main([*arguments, "--multipliers", "1", *options])
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
def test_text_or_codes_of_many_levels_stay_classes(options, tmp_path, monkeypatch):
    name = "{}" if options else "c{:02d}"
    countries = [name.format(i % 25) for i in np.random.default_rng(1).permutation(2000)]
    path = write_countries(tmp_path / "people.csv", countries)
    (shaper,), asked = quick_job(monkeypatch, path, *options)
    assert len(shaper.sensitive_classes_) == 25
    assert all(len(set(s)) == 25 for _, s in asked)


def test_levels_that_the_encoder_has_once_or_never_count_as_missing(tmp_path, monkeypatch, capsys):
    rare = [*(f"c{i}" for i in range(30)), "", "n/a"]
    path = write_countries(tmp_path / "many.csv", ["north", "south"] * 140 + rare)
    (shaper,), ((_, s),) = quick_job(monkeypatch, path)
    assert set(shaper.sensitive_classes_) == {"north", "south"}
    assert len({*s} - {None}) == 2
    err = capsys.readouterr().err
    assert "classes with 1 row each" in err
    assert "missing in 32 rows" in err


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


def read_numbers(texts):
    """What read_written_numbers makes of entries, and the numbers of the rows."""
    texts = [plain_text(text) for text in texts]
    found = read_written_numbers(Counter(t for t in texts if t.lower() not in GAPS_OF_AMOUNTS))
    return found, found and [found.values.get(text, np.nan) for text in texts]


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("writing", WRITINGS)
def test_numbers_stay_numbers_however_they_and_gaps_are_written(writing, gap):
    amounts = np.random.default_rng(0).normal(50_000, 30_000, size=200)
    amounts[:3] = 0.25, 12.5, 999.0
    if "whole" in writing or writing == "currency":
        amounts = np.round(amounts)
    texts = [gap if i % 50 == 7 else WRITINGS[writing](v) for i, v in enumerate(amounts)]
    found, values = read_numbers(texts)
    expected = np.where(np.arange(200) % 50 == 7, np.nan, amounts)
    np.testing.assert_allclose(values, expected, atol=0.051, rtol=1e-5)
    assert found.codes == (("refused",) if gap == "refused" else ())


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
    assert read_numbers(texts * 10)[0] is None


def test_decimal_commas_never_become_thousands():
    for texts, expected in (
        (["3,14", "2,71", "1,5"], [3.14, 2.71, 1.5]),
        (["0,512", "1,234", "12,500"], [0.512, 1.234, 12.5]),
        (["1,125", "2,5", "7,25", "3"], [1.125, 2.5, 7.25, 3]),
    ):
        np.testing.assert_array_equal(read_numbers(texts)[1], expected)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a,b,c\n1,2,3\n", ("x", "b"), "no column 'x'"),
        ("a,b\n1,2\n", ("a", "b"), "no column besides"),
        ("a,b,c\n1,2,3\n", ("a", "a"), "give it one role"),
        ("a,b,c\n1,2,3\n", ("a", "b"), "1 rows have a task label; give at least 200"),
    ],
)
def test_a_bad_table_is_a_plain_error(text, columns, message, tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    arguments = ["--data", str(path), "--task", columns[0], "--sensitive", columns[1]]
    assert main([*arguments, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("n_rows", "sex", "message"),
    [
        (12, "fm", "12 rows have a task label; give at least 200"),
        (240, ["f", "m", "", ""], "known for [78][0-9] rows; an audit needs at least 100"),
        (240, [f"p{i}" for i in range(45)], "known for [0-9]+ rows; an audit needs at least 100"),
    ],
)
def test_too_few_rows_are_said_before_any_work(n_rows, sex, message, tmp_path, capsys):
    path = tmp_path / "few.csv"
    lines = [f"{i % 9}.5,{'yn'[i % 7 < 3]},{sex[i % len(sex)]}" for i in range(n_rows)]
    path.write_text("\n".join(["a,y,s", *lines]))
    assert main(["--data", str(path), "--task", "y", "--sensitive", "s", "--quiet"]) == 2
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none.csv", "--task", "a", "--sensitive", "b"], "none.csv"),
        (["--data", "x.csv"], "--data needs --task"),
        (["--task", "y"], "go with --data"),
        (["--plot", "a.docx"], "kind of picture"),
        (["--plot", "none/a.png"], "no folder"),
    ],
)
def test_bad_options(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_multiplier_below_0_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["demo", "--multipliers", "-1"])
    assert stop.value.code == 2
