"""Tables from files: whatever is in them becomes a data frame, or a plain error in one line."""

import bz2
import codecs
import gzip
import lzma
import os
import re
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from sklearn_infoshape import InfoShapeTransformer
from sklearn_infoshape.cli.table_files import kinds_of_frame, read_table_file
from sklearn_infoshape.cli.written_tables import table_suffix, write_table
from sklearn_infoshape.runtime.whole_files import check_writable, write_all, write_whole

N = 60


def lines(*columns, between=",", end="\n"):
    """Text of columns: a name, and a function of the row or a value."""
    rows = [[name for name, _ in columns]]
    for i in range(N):
        rows.append([str(of(i) if callable(of) else of) for _, of in columns])
    return end.join(between.join(row) for row in rows) + end


def column(of, name="v"):
    """A file of one column beside a column of row numbers, delimited by tabs."""
    return lines(("row", lambda i: i), (name, of), between="\t")


def read(tmp_path, content, name="t.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    notes: list = []
    frame = read_table_file(path, report=notes.append, **options)
    assert all("\n" not in note for note in notes)
    return frame, " | ".join(notes)


def known(values):
    """Entries, None where missing."""
    return [None if pd.isna(value) else value for value in values]


PEOPLE = [("age", lambda i: 20 + i), ("town", lambda i: ["Bonn", "Köln"][i % 2])]
AGES, TOWNS = [20 + i for i in range(N)], ["Bonn", "Köln"] * (N // 2)
PLAIN = lines(*PEOPLE)
SEMICOLON = lines(*PEOPLE, ("pay", lambda i: f"{i},25"), between=";")
LONG = "x" * 200_000

FILES = {
    "comma": ("t.csv", PLAIN),
    "semicolon": ("t.csv", lines(*PEOPLE, between=";")),
    "semicolon, decimal commas": ("t.csv", SEMICOLON),
    "tab": ("t.tsv", lines(*PEOPLE, between="\t")),
    "tab as txt": ("t.txt", lines(*PEOPLE, between="\t")),
    "bar": ("t.data", lines(*PEOPLE, between="|")),
    "blanks after commas": ("t.csv", lines(*PEOPLE, between=", ")),
    "Excel's first line": ("t.csv", "sep=;\n" + lines(*PEOPLE, between=";")),
    "Windows line ends": ("t.csv", lines(*PEOPLE, end="\r\n")),
    "old Mac line ends": ("t.csv", lines(*PEOPLE, end="\r")),
    "blank lines": ("t.csv", "\n\n" + PLAIN.replace("\n", "\n\n  \n") + "\n\n"),
    "no line end": ("t.csv", PLAIN.rstrip("\n")),
    "blanks in the header": ("t.csv", PLAIN.replace("age,town", " age , town ")),
    "quoted": ("t.csv", lines(("age", lambda i: f'"{20 + i}"'), PEOPLE[1])),
    "commas within quotes": (
        "t.csv",
        lines(*PEOPLE, ("note", '"a, b; c"')),
    ),
    "quoted newlines": ("t.csv", lines(*PEOPLE, ("note", lambda i: '"a,\n\n;b"'))),
    "marks within quotes": ("t.csv", lines(*PEOPLE, ("note", '"5"" pipe"'))),
    "marks within fields": ("t.csv", lines(*PEOPLE, ("note", '5" pipe'))),
    "blanks behind quotes": ("t.csv", lines(*PEOPLE, ("note", '"a" '), ("more", "b"))),
    "long fields": ("t.csv", lines(*PEOPLE, ("note", lambda i: LONG if i == 3 else "x"))),
    "mark of UTF-8": ("t.csv", codecs.BOM_UTF8 + PLAIN.encode()),
    "UTF-16": ("t.csv", PLAIN.encode("utf-16")),
    "UTF-16, big end first": ("t.csv", codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be")),
    "Latin-1": ("t.csv", PLAIN.encode("latin-1")),
    "gzip": ("t.csv.gz", gzip.compress(PLAIN.encode())),
    "bzip2": ("t.csv.bz2", bz2.compress(PLAIN.encode())),
    "xz": ("t.tsv.xz", lzma.compress(lines(*PEOPLE, between="\t").encode())),
    "packed against its name": ("t.csv", gzip.compress(PLAIN.encode())),
    "upper case": ("T.CSV", PLAIN),
    "row numbers of pandas": ("t.csv", lines(("", lambda i: i), *PEOPLE)),
    "delimiter at each end": ("t.csv", lines(*PEOPLE, ("", ""))),
}


@pytest.mark.parametrize("kind", FILES)
def test_text_in_any_dialect_gives_the_same_columns(kind, tmp_path):
    name, content = FILES[kind]
    frame, notes = read(tmp_path, content, name)
    assert frame["age"].tolist() == AGES
    assert frame["age"].dtype == np.int64
    assert frame["town"].tolist() == TOWNS
    assert frame["town"].dtype == object
    extra = [name for name in frame if name not in ("age", "town")]
    assert extra == [name for name in ("pay", "note", "more") if name in str(content[:30])]
    if "pay" in extra:
        assert frame["pay"].tolist() == [i + 0.25 for i in range(N)]
    assert ("Windows-1252" in notes) == (kind == "Latin-1")
    assert ("left out" in notes) == (kind in ("row numbers of pandas", "delimiter at each end"))


def test_zip_and_named_dialects(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("people.csv", PLAIN)
    assert read_table_file(path)["age"].tolist() == AGES
    content = lines(*PEOPLE, between="^").encode("cp437")
    frame, _ = read(tmp_path, content, delimiter="^", encoding="cp437")
    assert frame["town"].tolist() == TOWNS
    content = codecs.BOM_UTF8 + PLAIN.encode()
    assert list(read(tmp_path, content, encoding="utf-8")[0]) == ["age", "town"]
    content = codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le")
    assert list(read(tmp_path, content, encoding="utf-16-le")[0]) == ["age", "town"]
    assert list(read(tmp_path, lines(*PEOPLE, between="\t"), delimiter="tab")[0]) == ["age", "town"]
    frame, notes = read(tmp_path, "v\n" + "1\n" * 30)
    assert frame["v"].tolist() == [1] * 30
    assert "one column" in notes


nan = float("nan")
COLUMNS = {
    # entries of a row, what is expected of the first rows, kind, words of the notes
    "whole numbers": (lambda i: i % 7 - 3, [-3, -2, -1], "number", ""),
    "numbers with gaps": (lambda i: "" if i == 1 else i, [0, None, 2], "number", ""),
    "decimal points": (lambda i: f"{i}.5", [0.5, 1.5, 2.5], "number; .", ""),
    "decimal commas": (lambda i: f"{i},5", [0.5, 1.5, 2.5], "number; ,", "decimal commas"),
    "thousands by comma": (
        *(lambda i: f"{50_000 + i:,}", [50_000, 50_001, 50_002], "number; ."),
        "thousands separated by ','",
    ),
    "one cell with thousands": (
        *(lambda i: "50,000" if i == 2 else i + 900, [900, 901, 50_000], "number; ."),
        "thousands",
    ),
    "thousands by point": (
        *(lambda i: f"1.{100 + i},5", [1100.5, 1101.5, 1102.5], "number; ,"),
        "thousands separated by '.'",
    ),
    "thousands by blank": (lambda i: f"1 {100 + i}", [1100, 1101, 1102], "number", "' '"),
    "thousands by thin blank": (lambda i: f"1\u202f{100 + i}", [1100, 1101, 1102], "number", "' '"),
    "thousands by apostrophe": (lambda i: f"1'{100 + i}", [1100, 1101, 1102], "number", "thousand"),
    "percent": (lambda i: f"{i} %", [0, 1, 2], "number", "in %"),
    "currency": (lambda i: f"${i}.50", [0.5, 1.5, 2.5], "number; .", "in $"),
    "exponents": (lambda i: f"{i}e-2", [0, 0.01, 0.02], "number", ""),
    "another minus": (lambda i: f"\u2212{i}.5", [-0.5, -1.5, -2.5], "number; .", ""),
    "well known gaps": (
        *(lambda i: {0: "n/a", 1: "-", 3: "?"}.get(i, i), [None, None, 2, None], "number"),
        "gaps: 'n/a' (1), '-' (1), '?' (1)",
    ),
    "1 % of n/a": (lambda i: "n/a" if i == 1 else i / 2, [0, None, 1], "number; .", "'n/a' (1)"),
    "none among numbers": (lambda i: "None" if i == 1 else i, [0, None, 2], "number", "'None'"),
    "a code for many": (
        *(lambda i: "refused" if i % 4 == 0 else i, [None, 1, 2, 3, None], "number"),
        "'refused' (15)",
    ),
    "one stray": (
        *(lambda i: "12 or so" if i == 1 else i, [0, None, 2], "number"),
        "1 entry that is none was taken as missing",
    ),
    "a stray word": (
        *(lambda i: "Smith" if i == 1 else i, [0, None, 2], "number"),
        "1 entry that is none was taken as missing",
    ),
    "few levels and a code": (lambda i: "x" if i % 4 == 0 else i % 4, ["x", "1", "2"], "text", ""),
    "contradictions": (
        *(lambda i: "45%" if i == 1 else f"0.{i + 10}", ["0.10", "45%"], "category"),
        "contradict",
    ),
    "mostly thousands, one decimal comma": (
        *(lambda i: ["3,5", "abc12"][i] if i < 2 else f"{i},125", ["3,5", "abc12"], "category"),
        "contradict",
    ),
    "a tenth are no numbers": (
        *(lambda i: f"{i}-{i}" if i % 10 == 0 else i, ["0-0", "1", "2"], "category"),
        "kept as categories",
    ),
    "zeros before digits": (lambda i: f"{i:03d}", ["000", "001"], "category", "zeros before"),
    "long ids": (lambda i: 10**17 + i, [str(10**17), str(10**17 + 1)], "category", "15 digits"),
    "ids": (lambda i: f"P-{i}", ["P-0", "P-1"], "text", ""),
    "one class": (lambda i: "only", ["only", "only"], "text", ""),
    "rare classes": (lambda i: "rare" if i == 0 else "ab"[i % 2], ["rare", "b", "a"], "text", ""),
    "blanks around": (lambda i: [" a", "a ", "a"][i % 3], ["a", "a", "a"], "text", ""),
    "gaps in text": (
        *(lambda i: ["x", "", "NA", "null", "?", "-"][i % 6], ["x", *[None] * 4, "-"], "text"),
        "gaps: 'NA' (10), 'null' (10), '?' (10)",
    ),
    "a class None": (
        *(lambda i: ["None", "some"][i % 2], ["None", "some"], "text"),
        "'None' is a class (30 rows)",
    ),
    "all missing": (lambda i: "", [None, None], None, ""),
    "all n/a": (lambda i: "n/a", [None, None], None, "without any entry"),
    "truth": (lambda i: ["True", "false"][i % 2], [True, False], "boolean", ""),
    "truth with gaps": (lambda i: ["TRUE", ""][i % 2], [True, None], "boolean", ""),
    "ISO days": (lambda i: f"2024-01-{i % 28 + 1:02d}", ["2024-01-01", "2024-01-02"], "date", ""),
    "ISO times": (
        *(lambda i: f"2024-01-{i % 28 + 1:02d}T06:30:00Z", ["2024-01-01T06:30"], "date"),
        "",
    ),
    "times with zones": (
        *(lambda i: f"2024-01-{i % 28 + 1:02d} 06:30:15.25+02:00", ["2024-01-01T04:30:15.250"]),
        *("date", ""),
    ),
    "days by points": (
        *(lambda i: f"{i % 28 + 1:02d}.02.2023", ["2023-02-01", "2023-02-02"], "date; day first"),
        "",
    ),
    "months first": (
        *(lambda i: f"2/{i % 28 + 1}/2023", ["2023-02-01", "2023-02-02"], "date; month first"),
        "",
    ),
    "days first": (
        *(lambda i: f"{i % 28 + 1}/2/2023", ["2023-02-01", "2023-02-02"], "date; day first"),
        "",
    ),
    "either first": (
        *(lambda i: f"{i % 12 + 1}/2/2023", ["2023-01-02", "2023-02-02"], "date; month first"),
        "month first (both orders are possible)",
    ),
    "times of two halves": (
        *(lambda i: f"2/{i % 28 + 1}/2023 12:05 AM", ["2023-02-01T00:05"], "date; month first"),
        "",
    ),
    "short years": (
        *(lambda i: f"{i % 28 + 1}.2.{60 + i % 20}", ["2060-02-01", "2061-02-02"]),
        *("date; day first", "1969 to 2068"),
    ),
    "months by name": (
        *(lambda i: f"{i % 28 + 1} May 2023", ["2023-05-01", "2023-05-02"], "date"),
        "",
    ),
    "days with gaps": (
        *(lambda i: "-" if i == 1 else f"2024-01-{i % 28 + 1}", ["2024-01-01", None], "date"),
        "'-' (1)",
    ),
    "beyond nanoseconds": (
        lambda i: ["9999-12-31", "0001-01-01"][i % 2],
        ["9999-12-31"],
        "date",
        "",
    ),
    "one stray among days": (
        *(lambda i: "soon" if i == 1 else f"20{i + 10}-01-01", ["2010-01-01", None], "date"),
        "1 entry that is none was taken as missing",
    ),
    "few days and a stray": (
        lambda i: "soon" if i == 1 else "2024-01-01",
        ["2024-01-01"],
        "text",
        "",
    ),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_are_what_their_entries_are(kind, tmp_path):
    of, expected, found, words = COLUMNS[kind]
    frame, notes = read(tmp_path, column(of))
    values = frame["v"]
    assert kinds_of_frame(frame).get("v") == found
    assert len(values) == N
    if found and found.startswith("date"):
        assert values.dtype == "datetime64[us]"
        expected = [None if day is None else pd.Timestamp(day) for day in expected]
    elif found and found.startswith("number"):
        assert values.dtype in (np.int64, np.float64)
    assert known(values[: len(expected)]) == expected
    assert words in notes
    assert bool(words) == bool(notes)
    for entry in ("12 or so", "Smith", "soon", "45%", "abc12"):
        assert entry not in notes


@pytest.mark.parametrize("kind", [k for k, v in COLUMNS.items() if v[2]])
def test_the_next_file_is_read_as_the_first_and_one_row_of_it_too(kind, tmp_path):
    content = column(COLUMNS[kind][0])
    frame, _ = read(tmp_path, content)
    kinds = kinds_of_frame(frame)
    assert all(isinstance(part, str) for item in kinds.items() for part in item)
    again, _ = read(tmp_path, content, kinds=kinds)
    pd.testing.assert_frame_equal(again, frame)
    assert kinds_of_frame(again) == kinds
    header, *rows = content.splitlines()
    for i in (0, 1, 2):
        alone, _ = read(tmp_path, f"{header}\n{rows[i]}\n", kinds=kinds)
        assert known(alone["v"]) == known(frame["v"][i : i + 1])
    # And the same from a file with types of its own.
    frame.to_parquet(tmp_path / "t.parquet")
    typed = read_table_file(tmp_path / "t.parquet", kinds=kinds)
    pd.testing.assert_frame_equal(typed, frame)


@pytest.mark.parametrize("kind", COLUMNS)
def test_long_columns_are_read_as_short_ones(kind, tmp_path, monkeypatch):
    of = COLUMNS[kind][0]
    numbered = [column(of), column(lambda i: i if i < 30 else of(i))]
    numbered.append(column(lambda i: f"{i}.25" if i < 30 else of(i - 30)))
    for content in numbered:
        short, notes = read(tmp_path, content)
        with monkeypatch.context() as patch:
            patch.setattr("sklearn_infoshape.cli.text_tables._SLICE", 10)
            long, said = read(tmp_path, content)
        pd.testing.assert_frame_equal(long, short)
        assert said == notes
        assert kinds_of_frame(long) == kinds_of_frame(short)


def test_points_are_thousands_where_other_columns_have_decimal_commas(tmp_path):
    content = lines(("a", lambda i: f"{i},5"), ("b", lambda i: f"1.{i + 100}"), between=";")
    assert read(tmp_path, content)[0]["b"][0] == 1100
    assert read(tmp_path, content, decimal=".", columns=["b"])[0]["b"][0] == 1.1
    assert read(tmp_path, content, columns=["b"], kinds={"b": "number; ,"})[0]["b"][0] == 1100
    assert read(tmp_path, content, columns=["b"], thousands=".")[0]["b"][0] == 1100
    assert read(tmp_path, content, as_text=["b"])[0]["b"][0] == "1.100"


def test_kinds_decide_what_a_file_by_itself_leaves_open(tmp_path):
    first, _ = read(tmp_path, column(lambda i: f"{i},5"))
    kinds = kinds_of_frame(first)
    assert read(tmp_path, "row\tv\n1\t1,250\n", kinds=kinds)[0]["v"].tolist() == [1.25]
    assert read(tmp_path, "row\tv\n1\t1,250\n")[0]["v"].tolist() == [1250]
    first, _ = read(tmp_path, column(lambda i: f"{i % 28 + 1}/2/2023"))
    (day,) = read(tmp_path, "row\tv\n1\t3/2/2023\n", kinds=kinds_of_frame(first))[0]["v"]
    assert day == pd.Timestamp("2023-02-03")
    # Levels that pandas wrote as floats beside gaps, and as integers without.
    for entries in (["1.0", "2.0", ""], ["1", "2", "1"]):
        content = column(lambda i, entries=entries: entries[i % 3])
        frame, _ = read(tmp_path, content, kinds={"v": "category"})
        assert frame["v"].dtype == "category"
        assert list(frame["v"].cat.categories) == ["1", "2"]
    # More strays than numbers, of few rows, are missing; a column of something else is an error.
    frame, notes = read(tmp_path, "row\tv\n1\tno\n2\tmore\n", kinds={"v": "number"})
    assert frame["v"].isna().all()
    assert "2 entries that are none were taken as missing" in notes
    with pytest.raises(ValueError, match=r"'v' held numbers before, and 60 of its 60 entries"):
        read(tmp_path, column(lambda i: f"P{i}"), kinds={"v": "number"})
    with pytest.raises(ValueError, match=r"'v' held dates before"):
        read(tmp_path, column(lambda i: i), kinds={"v": "date"})
    frame, _ = read(tmp_path, column(lambda i: i % 2), kinds={"v": "boolean"})
    assert frame["v"].dtype == bool


def test_a_file_with_decimal_commas_has_them_in_all_columns(tmp_path):
    content = lines(
        ("a", lambda i: f"{i},5"), ("b", lambda i: f"1.{i + 100}"), ("c", "1,125"), between=";"
    )
    frame, notes = read(tmp_path, content)
    assert frame["b"][0] == 1100
    assert frame["c"][0] == 1.125
    assert "b: read with decimal commas, as other columns have" in notes
    content = lines(("a", lambda i: f"{i},5"), ("b", lambda i: f"{i}.5"), between=";")
    frame, _ = read(tmp_path, content)
    assert (frame["a"] == frame["b"]).all()  # both for sure
    frame, _ = read(tmp_path, content.replace("a;b", "a;c"), decimal=",", columns=["a"])
    assert list(frame) == ["a"]


def test_numbers_over_two_lines_are_text(tmp_path):
    frame, _ = read(tmp_path, "a,v\n" + 'x,"1\n2"\ny,3\n' * 10)
    assert frame["v"].tolist() == ["1\n2", "3"] * 10


def test_options_have_their_effect(tmp_path):
    content = lines(("id", lambda i: f"{i:03d}"), ("v", lambda i: [-999, 7][i % 2]), ("w", "1,234"))
    frame, _ = read(
        *(tmp_path, content.replace("1,234", '"1,234"')),
        **{"as_text": ["id"], "missing_values": ["-999", "none"], "decimal": ","},
    )
    assert frame["id"].tolist()[:2] == ["000", "001"]
    assert frame["id"].dtype == object
    assert known(frame["v"][:2]) == [None, 7]
    assert frame["w"][0] == 1.234
    frame, _ = read(tmp_path, content.replace("1,234", '"1,234"'), thousands=",")
    assert frame["w"][0] == 1234
    frame, notes = read(
        tmp_path,
        column(lambda i: ["None", "a"][i % 2]),
        missing_values=["None"],
        columns=["v", "x"],
    )
    assert list(frame) == ["v"]
    assert known(frame["v"][:2]) == [None, "a"]
    assert "class" not in notes


def test_names_of_columns_are_kept_and_shown_on_one_line(tmp_path):
    frame, notes = read(tmp_path, lines(('"per\nweek"', "n/a"), ("b  c", lambda i: f"{i}%")))
    assert list(frame) == ["per\nweek", "b  c"]
    assert "per week: without any entry; gaps: 'n/a' (60)" in notes
    assert "b c: numbers; in %" in notes
    frame, _ = read(tmp_path, SEMICOLON)
    part = frame[["pay", "town"]].drop(columns="town")
    assert kinds_of_frame(part) == {"pay": "number; ,"}


def broken_gzip(content):
    return gzip.compress(content.encode())[:-20]


BAD = {
    "empty": ("t.csv", b"", "is empty"),
    "blank": ("t.csv", b"\n \n\n", "no header line"),
    "header only": ("t.csv", b"a,b\n", "no rows below"),
    "no header": ("t.csv", b"39,State-gov,2174\n50,Self-emp,0\n38,Private,0\n", "names of the col"),
    "no header, numbers": ("t.csv", b"5.1,3.5,1.4\n4.9,3.0,1.4\n", "names of the columns"),
    "no header, equal numbers": ("t.csv", b"0,0,1\n1,2,3\n", "names of the columns"),
    "two names": ("t.csv", b"a,b, a\n1,2,3\n", "2 columns 'a'; give each"),
    "more entries": (
        "t.csv",
        b"a,b\n1,2\n\n1,secret,3\n",
        "Line 4 of .* 3 entries, more than the 2",
    ),
    "fewer entries": ("t.csv", b'a,b\n1,"x\ny"\nsecret\n', "Line 4 of .* 1 entries, fewer"),
    "open quote": ("t.csv", b'a,b\n1,2\n1,"secret\n3,4\n', "quotation mark"),
    "NUL": ("t.csv", b"a,b\n1,\x00secret\n", "NUL bytes"),
    "UTF-16 without a mark": ("t.csv", PLAIN.encode("utf-16-le"), "NUL bytes"),
    "no known encoding": ("t.csv", b"a,b\n1,secret\x81\xff\n", "name its encoding"),
    "half a letter": ("t.csv", codecs.BOM_UTF16_LE + b"a\x00,\x00b", "utf-16"),
    "cut gzip": ("t.csv.gz", broken_gzip(PLAIN), "damaged or cut off"),
    "cut bzip2": ("t.csv.bz2", bz2.compress(PLAIN.encode())[:-20], "damaged or cut off"),
    "cut xz": ("t.csv.xz", lzma.compress(PLAIN.encode())[:-20], "damaged or cut off"),
    "cut zip": ("t.zip", b"PK\x03\x04 secret", "damaged or cut off"),
    "a workbook": ("t.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
    "no suffix": ("t", b"a,b\n1,2\n", "suffix"),
    "no Parquet": ("t.parquet", b"secret" * 9, "no Parquet file"),
    "no Feather": ("t.feather", b"secret" * 9, "no Feather file"),
}


def refused(path, error=ValueError, **options):
    with pytest.raises(error) as stop:
        read_table_file(path, **options)
    message = str(stop.value)
    assert "\n" not in message
    assert len(message) < 300
    assert "secret" not in message
    assert stop.value.__suppress_context__ or stop.value.__context__ is None
    return message


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_table_is_one_line(kind, tmp_path):
    name, content, words = BAD[kind]
    (tmp_path / name).write_bytes(content)
    assert re.search(words, refused(tmp_path / name))


def test_places_without_a_file_are_one_line(tmp_path, monkeypatch):
    assert "no file" in refused(tmp_path / "none.csv", FileNotFoundError)
    assert "is a folder" in refused(tmp_path, IsADirectoryError)
    assert "no file" in refused(tmp_path / ("x" * 100) / "t.csv", FileNotFoundError)
    path = tmp_path / "t.csv"
    path.write_text(PLAIN)
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        assert "cannot be read" in refused(path, PermissionError)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    assert "holds 2 files" in refused(tmp_path / "t.zip")


def test_missing_packages_are_named_with_the_remedy(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(PLAIN)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        message = refused(tmp_path / "t.parquet", ImportError)
        assert "pip install 'sklearn_infoshape[table]'" in message
        with pytest.raises(ImportError, match="pip install"):
            write_table(pd.DataFrame({"a": [1]}), None, ".parquet")
    monkeypatch.setitem(sys.modules, "pandas", None)
    message = refused(tmp_path / "t.csv", ImportError)
    assert "pip install 'sklearn_infoshape[table]'" in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delimiter": ",,"}, "single character"),
        ({"encoding": "klingon"}, "not known"),
        ({"encoding": "hex"}, "not known"),
        ({"encoding": "ascii"}, "no text in ascii"),
        ({"decimal": ";"}, "decimal"),
        ({"thousands": "x"}, "thousands"),
        ({"thousands": ",", "decimal": ","}, "both"),
        ({"missing_values": "NA"}, "list of strings"),
        ({"columns": "age"}, "list of strings"),
        ({"kinds": {"age": "colour"}}, "boolean"),
    ],
)
def test_wrong_options_are_one_line(options, words, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(PLAIN)
    assert words in refused(path, **options)


def typed_table():
    pa = pytest.importorskip("pyarrow")
    import datetime
    from decimal import Decimal

    day = datetime.datetime(2024, 5, 1, 6, 30)
    summer = pa.timestamp("ns", "Europe/Berlin")
    return pa.table(
        {
            "whole": pa.array([1, None, 3], pa.int64()),
            "small": pa.array([1, 2, 3], pa.int8()),
            "large": pa.array([2**60 + 1, None, 3], pa.int64()),
            "real": pa.array([0.5, None, float("nan")], pa.float32()),
            "exact": pa.array([Decimal("1.25"), None, Decimal("-3.00")], pa.decimal128(9, 2)),
            "truth": pa.array([True, False, True]),
            "maybe": pa.array([True, None, False]),
            "text": pa.array(["a", None, ""]),
            "digits": pa.array(["01", "2", None], pa.large_string()),
            "level": pa.array(["x", None, "y"]).dictionary_encode(),
            "code": pa.array([7, None, 8]).dictionary_encode(),
            "day": pa.array([day.date(), None, day.date()], pa.date32()),
            "moment": pa.array([day, None, day], pa.timestamp("ms")),
            "zoned": pa.array([day, None, day], summer),
            "time": pa.array([day.time(), None, day.time()], pa.time64("us")),
            "span": pa.array([datetime.timedelta(hours=12), None, None], pa.duration("ms")),
            "nothing": pa.nulls(3),
        }
    )


TYPED = {
    "whole": ([1, None, 3], "float64", "number"),
    "small": ([1, 2, 3], "int8", "number"),
    "large": ([2**60 + 1, None, 3], "Int64", "number"),
    "real": ([0.5, None, None], "float64", "number"),
    "exact": ([1.25, None, -3], "float64", "number"),
    "truth": ([True, False, True], "bool", "boolean"),
    "maybe": ([True, None, False], "boolean", "boolean"),
    "text": (["a", None, None], "object", "text"),
    "digits": (["01", "2", None], "object", "text"),
    "level": (["x", None, "y"], "category", "category"),
    "code": (["7", None, "8"], "category", "category"),
    "day": (["2024-05-01", None, "2024-05-01"], "datetime64[us]", "date"),
    "moment": (["2024-05-01T06:30", None, "2024-05-01T06:30"], "datetime64[us]", "date"),
    "zoned": (["2024-05-01T06:30", None, "2024-05-01T06:30"], "datetime64[us]", "date"),
    "time": ([6.5 / 24, None, 6.5 / 24], "float64", "number"),
    "span": ([0.5, None, None], "float64", "number"),
    "nothing": ([None] * 3, "object", None),
}


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
def test_types_of_arrow_are_kept(suffix, tmp_path):
    table = typed_table()
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet

    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        pa.parquet.write_table(table, path)
    elif suffix == ".feather":
        pa.feather.write_feather(table, path)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
    frame = read_table_file(path)
    kinds = kinds_of_frame(frame)
    for name, (values, dtype, kind) in TYPED.items():
        if kind == "date":
            values = [None if v is None else pd.Timestamp(v) for v in values]
        if name == "code" and suffix == ".parquet":  # which keeps no categories of numbers
            values, dtype, kind = [7, None, 8], "float64", "number"
        assert known(frame[name]) == values, name
        assert str(frame[name].dtype) == dtype, name
        assert kinds.get(name) == kind, name
    pd.testing.assert_frame_equal(read_table_file(path, kinds=kinds), frame)
    part = read_table_file(path, columns=["whole", "nowhere"], missing_values=["3"])
    assert list(part) == ["whole"]
    assert known(part["whole"]) == [1, None, None]
    ids = read_table_file(path, as_text=["whole", "large", "day", "truth", "real"])
    assert known(ids["large"]) == [str(2**60 + 1), None, "3"]
    assert known(ids["whole"]) == ["1", None, "3"]
    assert known(ids["day"]) == ["2024-05-01", None, "2024-05-01"]
    assert known(ids["truth"]) == ["True", "False", "True"]
    assert known(ids["real"]) == ["0.5", None, None]
    numbers = read_table_file(path, kinds={"digits": "number", "maybe": "number"})
    assert known(numbers["digits"]) == [1, 2, None]
    assert known(numbers["maybe"]) == [1, None, 0]


def test_bad_files_with_types_are_one_line(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1, 2], "b": [[1], [2, 3]]}), path)
    assert "'b' holds entries of type list" in refused(path)
    assert list(read_table_file(path, columns=["a"])) == ["a"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut off" in refused(path)
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), path)
    assert "2 columns 'a'" in refused(path)
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    assert "no rows" in refused(path)
    pq.write_table(pa.table({"a": [1]}), path)
    assert "'a' held dates before, and holds numbers" in refused(path, kinds={"a": "date"})
    assert "leave delimiter" in refused(path, delimiter=";")
    pd.DataFrame({"a": [1, 2]}, index=[5, 6]).to_parquet(path)
    assert list(read_table_file(path)) == ["a"]


def test_categories_of_pandas_stay_categories(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [3, None, 4], "b": ["x", "y", None], "c": [1.5, 2, 2]})
    path = tmp_path / "t.parquet"
    frame.astype("category").to_parquet(path)
    again = read_table_file(path)
    assert (again.dtypes == "category").all()
    assert known(again["a"]) == ["3", None, "4"]
    assert known(again["b"]) == ["x", "y", None]
    assert known(again["c"]) == ["1.5", "2", "2"]


def test_text_in_typed_files_that_looks_like_numbers_is_categories(tmp_path):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"zip": [str(10_000 + i) for i in range(N)]}).to_parquet(tmp_path / "t.parquet")
    notes: list = []
    frame = read_table_file(tmp_path / "t.parquet", report=notes.append)
    assert frame["zip"].dtype == "category"
    assert "the file says that they are text" in notes[0]


def test_a_fit_reads_the_frame_and_releases_the_next_file_alike(tmp_path):
    rng = np.random.default_rng(0)
    n = 120
    rows = ["age;pay;town;since;code;zip;ill;odd;s;y"]
    for i in range(n):
        y, s = rng.integers(2, size=2)
        pay = "n/a" if i % 9 == 0 else f"{2 + s + i % 7 / 8:.2f}".replace(".", ",")
        since = f"{1 + i % 28:02d}.{1 + i % 12:02d}.2023"
        entries = [30 + 20 * y + i % 9, pay, "ABC"[(s + i) % 3], since, ["None", "x"][i % 2]]
        entries += [f"0{1000 + i % 5}", ["true", "false"][i % 2], "", "fm"[s], y]
        rows.append(";".join(map(str, entries)))
    first, _ = read(tmp_path, "\n".join(rows))
    features = first.drop(columns=["s", "y"])
    shaper = InfoShapeTransformer(posterior="linear", random_state=0)
    with pytest.warns(UserWarning, match="'odd'"):
        shaper.fit(features, first["y"], sensitive_features=first["s"])
    assert shaper.classes_.tolist() == [0, 1]
    released = shaper.transform(features)
    kinds = kinds_of_frame(first)
    for i in (0, 1, 9):
        alone, _ = read(tmp_path, f"{rows[0]}\n{rows[i + 1]}\n", kinds=kinds)
        code = shaper.transform(alone.drop(columns=["s", "y"]))
        np.testing.assert_array_equal(code, released[i : i + 1])


def nothing_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.csv"

    def crash(error):
        def write(file):
            file.write(b"half")
            assert len(nothing_in(tmp_path)) >= 1
            raise error

        return write

    for error in (RuntimeError("in the middle"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_whole(path, crash(error))
        assert nothing_in(tmp_path) == []
    write_whole(path, lambda file: file.write(b"first"), private=True)
    assert path.read_bytes() == b"first"
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError, match="--force"):
        write_whole(path, lambda file: pytest.fail("was called"))
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, crash(KeyboardInterrupt()), overwrite=True)
    assert path.read_bytes() == b"first"
    write_whole(path, lambda file: file.write(b"second"), overwrite=True)
    assert path.read_bytes() == b"second"
    assert nothing_in(tmp_path) == ["out.csv"]


def test_a_file_that_comes_meanwhile_is_not_replaced_unasked(tmp_path):
    path = tmp_path / "out.csv"

    def write(file):
        path.write_text("another's")

    with pytest.raises(FileExistsError):
        write_all([(tmp_path / "a", lambda file: None), (path, write)])
    assert path.read_text() == "another's"
    assert nothing_in(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("force", [True, False])
def test_several_files_are_all_there_or_none(force, links, tmp_path, monkeypatch):
    a, b = tmp_path / "a", tmp_path / "b"
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links")))

    def crash(file):
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_all([(a, lambda file: file.write(b"1")), (b, crash)], overwrite=force)
    assert nothing_in(tmp_path) == []
    write_all([(a, lambda file: file.write(b"1")), (b, lambda file: None)], overwrite=force)
    assert a.read_bytes() == b"1"
    # Renaming the second of two fails.
    replace = os.replace

    def fails_once(source, target):
        if str(target).endswith("b") and str(source).endswith(".part"):
            raise OSError("no more")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_once)
    with pytest.raises(OSError, match="no more"):
        write_all([(a, lambda file: file.write(b"2")), (b, lambda file: None)], overwrite=True)
    assert a.read_bytes() == b"1"
    assert nothing_in(tmp_path) == ["a", "b"]
    with pytest.raises(ValueError, match="two files"):
        write_all([(a, crash), (tmp_path / "." / "a", crash)], overwrite=True)


def test_places_that_cannot_be_written_are_refused_before_work(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        check_writable(tmp_path / "none" / "out.csv")
    with pytest.raises(IsADirectoryError):
        check_writable(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        check_writable(tmp_path / "file" / "out.csv")
    if os.path.exists("/dev/null"):
        with pytest.raises(OSError, match="no plain file"):
            check_writable("/dev/null", overwrite=True)
    monkeypatch.chdir(tmp_path)
    check_writable("out.csv")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        check_writable(tmp_path / "out.csv")
    assert nothing_in(tmp_path) == ["file"]


def test_tables_are_written_as_they_are_read(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"code": [0, 1, 1], "town": ["Köln, Mitte", None, "x"]}, index=[7, 8, 9])
    for name in ("t.csv", "t.csv.gz", "t.parquet", "T.CSV"):
        path = tmp_path / name
        write_whole(path, lambda file, path=path: write_table(frame, file, table_suffix(path)))
        again = read_table_file(path)
        assert again["code"].tolist() == [0, 1, 1]
        assert known(again["town"]) == ["Köln, Mitte", None, "x"]
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()
    first = (tmp_path / "t.csv.gz").read_bytes()
    write_whole(
        tmp_path / "t.csv.gz", lambda file: write_table(frame, file, ".csv.gz"), overwrite=True
    )
    assert (tmp_path / "t.csv.gz").read_bytes() == first
    with pytest.raises(ValueError, match=r"name it \.csv"):
        table_suffix("t.xlsx")
