"""The commands: from a file to model, release and report; whole files, plain errors, exit codes."""

import io
import json
import os
import signal
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest

from sklearn_infoshape import InfoShapeTransformer, audit_leakage, certify_leakage
from sklearn_infoshape._optional import needed
from sklearn_infoshape.cli import fit as fit_command
from sklearn_infoshape.cli import labelled_table
from sklearn_infoshape.cli.commands import main
from sklearn_infoshape.cli.labelled_table import split_off, take_apart
from sklearn_infoshape.cli.output import Output
from sklearn_infoshape.cli.table_files import read_table_file
from sklearn_infoshape.datasets import make_hospital_table
from sklearn_infoshape.exceptions import LostWorkerError
from sklearn_infoshape.posterior import members
from tests.conftest import cheap
from tests.test_verdict import attacked, limit, made


@pytest.fixture(autouse=True)
def quick_fits(monkeypatch):
    monkeypatch.setattr(members, "MEMBERS", {"linear": members.linear})


def write_hospital(path, n=700, seed=0):
    X, y, s = make_hospital_table(n, random_state=seed)
    X.assign(readmitted=y, **s).to_csv(path, index=False)
    return path


@pytest.fixture
def hospital(tmp_path):
    return write_hospital(tmp_path / "hospital.csv")


LABELS = ["--task", "readmitted", "--sensitive", "sex"]


def fitted(hospital, *options):
    model = hospital.parent / "model.joblib"
    arguments = ["fit", str(hospital), *LABELS, "--id", "patient", "--model", str(model)]
    assert main([*arguments, *options]) == 0
    return model


def test_one_command_from_the_table_to_model_release_and_report(hospital, capsys):
    release, report = hospital.parent / "release.csv", hospital.parent / "report.html"
    kept = ["--keep", "patient", "readmitted"]
    model = fitted(hospital, "--release", str(release), "--report", str(report), *kept)
    out, err = capsys.readouterr()
    assert out.startswith("sex: attackers recover at least")
    assert "p(sex=f)" in out
    table = out.splitlines()[out.splitlines().index("") : -3]  # below the verdict
    assert len(table) > 5
    assert all(len(line) <= 80 for line in table)
    assert err == "" or all(line.startswith("infoshape fit: ") for line in err.splitlines())
    table, codes = pd.read_csv(hospital), pd.read_csv(release)
    assert list(codes)[:3] == ["patient", "readmitted", "code_0"]
    assert (codes["patient"] == table["patient"]).all()
    assert (codes.filter(like="code_").sum(axis=1) == 1).all()
    assert "hospital.csv" in report.read_text("utf-8")
    for path in (model, release, report):
        assert path.stat().st_mode & 0o77 == 0
    shaper = joblib.load(model)
    assert isinstance(shaper, InfoShapeTransformer)
    assert shaper.release_.key_is_secret


def test_no_file_of_a_fit_holds_what_fewer_than_ten_persons_have(tmp_path, capsys):
    X, y, s = make_hospital_table(700)
    X["diagnosis"] = "diagnosis " + X["diagnosis"]  # too long to be in bytes by chance
    X["creatinine"] += 0.000123456  # so are these, of which each is a few people's own
    table = tmp_path / "table.csv"
    X.assign(readmitted=y, **s).to_csv(table, index=False)
    names = ["model.joblib", "release.csv", "report.html", "codes.csv"]
    model, release, report, codes = (tmp_path / name for name in names)
    arguments = ["fit", str(table), *LABELS, "--id", "patient", "--drop", "origin"]
    files = ["--model", str(model), "--release", str(release), "--report", str(report)]
    assert main([*arguments, *files]) == 0
    assert main(["codebook", str(model), "--output", str(codes)]) == 0
    content = b"".join(path.read_bytes() for path in (model, release, report, codes))
    content += capsys.readouterr().out.encode()
    planted = [*X["patient"].unique(), *X["creatinine"].dropna().astype(str).unique()]
    levels = X.groupby("diagnosis")["patient"].nunique()
    planted += list(levels.index[levels < 10])
    assert len(planted) > 500
    assert not [value for value in planted if value.encode() in content]
    numbers = X["creatinine"].dropna().unique()
    assert not [value for value in numbers if np.float64(value).tobytes() in content]


def test_the_audit_of_a_fit_is_that_of_python(hospital, capsys):
    model = fitted(hospital, "--json")
    found = json.loads(capsys.readouterr().out)
    frame = read_table_file(hospital, as_text=["patient"])
    table = take_apart(frame, "readmitted", ["sex"], ["patient"], name="hospital.csv")
    fresh = table.take(split_off(table, 0.3, 0)[1])
    shaper = joblib.load(model)
    report = audit_leakage(
        shaper,
        fresh.X,
        fresh.s,
        fresh.y,
        groups=fresh.persons,
        random_state=0,
    )
    expected = json.loads(json.dumps(report.to_dict()))
    assert found["audit"]["at_least"] == expected["at_least"]
    assert found["audit"]["at_most"] == expected["at_most"]
    assert found["about"]["rows set aside for the audit"] == len(fresh)


def test_no_row_of_the_audit_trains(hospital, monkeypatch):
    seen = {}

    def spy(release, table, **options):
        seen["fresh"] = set(table.X["patient"])
        return audit_of(release, table, **options)

    def fit(training, options):
        seen["training"] = set(training.X["patient"])
        return fit_training(training, options)

    audit_of, fit_training = fit_command.audit_of, fit_command._fitted
    monkeypatch.setattr(fit_command, "audit_of", spy)
    monkeypatch.setattr(fit_command, "_fitted", fit)
    fitted(hospital)
    assert len(seen["fresh"]) > 100
    assert not seen["fresh"] & seen["training"]


def test_next_months_table_with_an_unseen_level_and_without_a_column(hospital, capsys):
    model = fitted(hospital)
    later = pd.read_csv(write_hospital(hospital.parent / "later.csv", 150, seed=1), dtype=str)
    later.loc[:30, "ward"] = "day clinic"
    later = later.drop(columns=["smoker", "readmitted", "sex", "origin"])
    path, codes = hospital.parent / "later.parquet", hospital.parent / "codes.parquet"
    later.to_parquet(path)
    arguments = ["transform", str(model), str(path), "--output", str(codes), "--integer"]
    assert main([*arguments, "--keep", "patient"]) == 0
    assert "smoker" in capsys.readouterr().err
    found = pd.read_parquet(codes)
    assert list(found) == ["patient", "code"]
    assert len(found) == 150
    assert main(arguments) == 2
    assert "is there already; pass overwrite=True (--force)" in capsys.readouterr().err
    assert main([*arguments, "--force", "--shuffle"]) == 0
    again = pd.read_parquet(codes)
    assert sorted(again["code"]) == sorted(found["code"])


def test_audits_of_a_model_and_of_its_release_and_the_limit(hospital, capsys):
    release = hospital.parent / "release.csv"
    model = fitted(hospital, "--release", str(release), "--keep", "patient", "readmitted")
    fresh = write_hospital(hospital.parent / "fresh.csv", 500, seed=2)
    capsys.readouterr()
    arguments = ["audit", str(model), str(fresh), *LABELS, "--id", "patient", "--json"]
    assert main([*arguments, "--assert-below", "0.9"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["raw"][0]["attribute"] == "sex"
    assert main([*arguments, "--assert-below", "0.0001"]) == 1
    assert "more than 0.0001" in capsys.readouterr().err
    assert main(["audit", str(release), str(hospital), *LABELS, "--id", "patient", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_codes"] is not None
    arguments = ["certify", str(release), str(hospital), "--sensitive", "sex", "--id", "patient"]
    assert main([*arguments, "--assert-below", "0.9"]) == 0
    assert "at most 0." in capsys.readouterr().out
    assert main([*arguments, "--assert-below", "0"]) == 1
    short = hospital.parent / "short.csv"
    short.write_text("code\n1\n2\n")
    assert main(["audit", str(short), str(hospital), *LABELS]) == 2
    assert "the same rows in the same order" in capsys.readouterr().err


def test_the_codebook_is_printed_and_written(hospital, capsys):
    model = fitted(hospital)
    path = hospital.parent / "codes.csv"
    capsys.readouterr()
    assert main(["codebook", str(model), "--output", str(path)]) == 0
    out = capsys.readouterr().out
    assert "typical ward" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "p(sex=f)" in pd.read_csv(path)
    assert main(["codebook", str(model), "--json"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert len({len(values) for values in columns.values()}) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "none"], "has no column 'none'"),
        (["--sensitive", "readmitted"], "give it one role"),
        (["--id", "sex"], "give it one role"),
        (["--keep", "ward"], "give its file"),
        (["--keep", "ward", "--release", "r.csv"], "only columns of --id and --task"),
        (["--release", "hospital.csv", "--force"], "would be replaced"),
        (["--keep", "code_0", "--release", "r.csv"], "columns of codes have such names"),
        (["--keep", "readmitted", "readmitted", "--release", "r.csv"], "twice"),
        (["--model", "none/m.joblib"], "There is no folder"),
        (["--release", "m.joblib"], "two files"),
        (["--release", "r.docx"], ".csv, .csv.gz or .parquet"),
        (["--report", "r.pdf"], ".html, .json, .txt"),
        (["--verify", "certificate"], "needs --max-leakage"),
        (["--calibration-fraction", "0.2"], "give both"),
        (["--key", "none.key"], "key file"),
        (["--audit-fraction", "0.01"], "larger --audit-fraction"),
        (["--encoding", "none"], "encoding"),
    ],
)
def test_wrong_arguments_are_one_line_before_any_work(
    options, message, hospital, capsys, monkeypatch
):
    def work(*_, **__):
        raise AssertionError("work began")

    monkeypatch.chdir(hospital.parent)
    monkeypatch.setattr("sklearn_infoshape.transformer.learn_posteriors", work)
    arguments = ["fit", "hospital.csv", *LABELS, "--model", "m.joblib", "--quiet", *options]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1
    assert err.startswith("infoshape fit: ")
    assert sorted(os.listdir()) == ["hospital.csv"]


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_a_missing_package_is_said_before_any_work(missing, hospital, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    arguments = ["fit", str(hospital), *LABELS, "--model", str(hospital.parent / "m.joblib")]
    assert main([*arguments, "--report", str(hospital.parent / "r.html")]) == 2
    assert "pip install 'sklearn_infoshape[report]'" in capsys.readouterr().err


def test_a_package_that_is_broken_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("raise ImportError('libarrow.so.14: undefined symbol')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="undefined symbol"):
        needed("broken", "A file", extra="table")
    with pytest.raises(ImportError, match=r"A file needs absent_one: pip install 's.*\[table\]'"):
        needed("absent_one", "A file", extra="table")


def test_a_budget_that_nothing_keeps_is_exit_status_1_and_leaves_no_file(hospital, capsys):
    model = hospital.parent / "m.joblib"
    arguments = ["fit", str(hospital), *LABELS, "--id", "patient", "--model", str(model)]
    assert main([*arguments, "--max-leakage", "0.00001", "--verify", "certificate"]) in (1, 2)
    assert "--max-leakage" in capsys.readouterr().err
    assert not model.exists()


def test_a_certificate_of_too_few_rows_is_refused_in_terms_of_arguments(hospital, capsys):
    arguments = ["fit", str(hospital), *LABELS, "--max-leakage", "0.02", "--verify", "certificate"]
    assert main([*arguments, "--model", str(hospital.parent / "model.joblib")]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "--max-leakage 0.02 (bits) cannot be certified" in said
    assert "Or use --verify attackers." in said
    assert "--calibration-fraction" in said
    for parameter in ("max_leakage", "calibration_fraction", "fold_columns", "verify="):
        assert parameter not in said


def test_what_cannot_be_written_leaves_no_file(hospital, capsys, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(fit_command, "save_model", fail)
    arguments = ["fit", str(hospital), *LABELS, "--model", str(hospital.parent / "m.joblib")]
    assert main([*arguments, "--release", str(hospital.parent / "r.csv")]) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert os.listdir(hospital.parent) == ["hospital.csv"]


def test_a_model_that_is_none_is_said(tmp_path, hospital, capsys):
    path = tmp_path / "m.joblib"
    for content in (b"", b"no pickle", None):
        if content is None:
            joblib.dump({"a": 1}, path)
        else:
            path.write_bytes(content)
        assert main(["codebook", str(path)]) == 2
        err = capsys.readouterr().err
        assert "infoshape fit --model" in err
        assert len(err.splitlines()) == 1
    assert main(["codebook", str(tmp_path / "none.joblib")]) == 2
    assert "No such file" in capsys.readouterr().err
    joblib.dump(InfoShapeTransformer(), path)
    assert main(["codebook", str(path)]) == 2


def test_signs_that_an_encoding_lacks_are_written_in_others(monkeypatch, hospital):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["demo", "--multipliers", "1", "--quiet"]) == 0
    stream.seek(0)
    assert "shaped, lambda = 1" in stream.read()


@pytest.mark.slow
def test_an_interrupted_command_leaves_nothing(hospital):
    command = [sys.executable, "-m", "sklearn_infoshape", "fit", str(hospital), *LABELS]
    model = hospital.parent / "m.joblib"
    process = subprocess.Popen(
        [*command, "--model", str(model)],
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background inherits that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    process.stderr.readline()  # a note on what was read
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; nothing was written" in err
    assert "Traceback" not in err
    assert os.listdir(hospital.parent) == ["hospital.csv"]


def test_a_table_without_features_or_rows_is_said(tmp_path, capsys):
    path = tmp_path / "few.csv"
    path.write_text("y,s\n" + "1,0\n0,1\n" * 200)
    arguments = ["fit", str(path), "--task", "y", "--sensitive", "s"]
    assert main([*arguments, "--model", str(tmp_path / "m.joblib")]) == 2
    assert "no column besides" in capsys.readouterr().err
    path.write_text("x,y,s\n" + "3,1,0\n2,0,1\n" * 15)
    assert main([*arguments, "--model", str(tmp_path / "m.joblib")]) == 2
    assert "give 334 rows" in capsys.readouterr().err


def test_persons_without_a_name_are_each_of_their_own():
    frame = pd.DataFrame({"x": range(6), "s": 0, "p": ["a", None, "a", None, "b", np.nan]})
    table = take_apart(frame, None, ["s"], ["p"], name="t")
    assert len(set(table.persons)) == 5
    assert table.persons[0] == table.persons[2]


def python_model(folder, columns=("height", "ward"), **options):
    X, y, s = make_hospital_table(700, random_state=0)
    shaper = cheap(**{"posterior": "linear", "privacy_multiplier": 0.1, **options})
    table = X.assign(**s)[list(columns)]
    shaper.fit(table, pd.Series(y, name="readmitted"), sensitive_features=s[["sex"]])
    joblib.dump(shaper, folder / "python.joblib")
    return shaper, table, folder / "python.joblib"


def test_columns_of_numbers_are_written_as_they_are(hospital, capsys):
    shaper, table, model = python_model(hospital.parent, channel="gaussian", posterior=None)
    codes = hospital.parent / "codes.csv"
    arguments = ["transform", str(model), str(hospital), "--output", str(codes)]
    assert main([*arguments, "--integer"]) == 2
    assert "columns of numbers" in capsys.readouterr().err
    assert main(arguments) == 0
    np.testing.assert_allclose(pd.read_csv(codes), shaper.transform(table))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_model_that_reads_s_is_judged_with_s(hospital, capsys):
    shaper, table, model = python_model(hospital.parent, ("height", "sex"), n_components=2)
    assert main(["certify", str(model), str(hospital), "--sensitive", "sex", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "missing" not in err
    codes = shaper.transform(table).argmax(axis=1)
    assert json.loads(out)["bits"] == certify_leakage(codes, table["sex"]).bits


@pytest.mark.parametrize("column", ["ward", "sex"])
def test_only_ids_and_the_task_are_released_as_they_are(column, hospital, capsys):
    model = fitted(hospital)
    codes = hospital.parent / "codes.csv"
    arguments = ["transform", str(model), str(hospital), "--output", str(codes), "--keep"]
    assert main([*arguments, column]) == 2
    assert "only ids and the task" in capsys.readouterr().err
    assert not codes.exists()
    assert main([*arguments, "patient", "readmitted"]) == 0


def test_ids_that_the_model_does_not_know_stay_as_they_are(hospital):
    _, _, model = python_model(hospital.parent)
    table, codes = hospital.parent / "table.csv", hospital.parent / "codes.csv"
    names = [f"2023-01-{1 + i % 28:02}" for i in range(700)]
    pd.read_csv(hospital, dtype=str).assign(name=names).to_csv(table, index=False)
    arguments = ["transform", str(model), str(table), "--output", str(codes), "--keep", "name"]
    assert main(arguments) == 0
    assert pd.read_csv(codes, dtype=str)["name"].tolist() == names


def test_ids_that_are_called_codes(hospital, capsys):
    table, codes = hospital.parent / "table.csv", hospital.parent / "codes.csv"
    pd.read_csv(hospital, dtype=str).rename(columns={"patient": "code"}).to_csv(table, index=False)
    rows = pd.read_csv(table, dtype=str)
    number = np.arange(len(rows)) % 3
    rows[["code"]].assign(**{f"code_{k}": number == k for k in range(3)}).astype(
        {f"code_{k}": int for k in range(3)}
    ).to_csv(codes, index=False)
    arguments = ["certify", str(codes), str(table), "--sensitive", "sex", "--id", "code"]
    assert main(arguments) == 0
    assert "3 codes" in capsys.readouterr().out
    assert main([*arguments[:3], "--sensitive", "none"]) == 2
    assert "has no column 'none'; --sensitive needs it" in capsys.readouterr().err


def test_columns_that_are_said_to_be_text_are_categories(hospital, capsys):
    model = fitted(hospital, "--text", "pulse", "patient")
    reader = joblib.load(model).table_reader_
    assert dict(zip(reader.labels, reader.encodings, strict=True))["pulse"].kind == "category"
    codes = [hospital.parent / name for name in ("a.csv", "b.csv")]
    for path, options in zip(codes, ([], ["--text", "pulse"]), strict=True):
        arguments = ["transform", str(model), str(hospital), "--output", str(path)]
        assert main([*arguments, *options]) == 0
    assert codes[0].read_bytes() == codes[1].read_bytes()


def test_what_names_rows_is_found_out_on_rows_that_train(hospital, monkeypatch):
    read = []

    def spy(X, **options):
        read.append(set(X.index))
        return fit(X, **options)

    fit = labelled_table.TableReader.fit
    monkeypatch.setattr(labelled_table.TableReader, "fit", spy)
    fitted(hospital)
    frame = read_table_file(hospital, as_text=["patient"])
    table = take_apart(frame, "readmitted", ["sex"], ["patient"], name="hospital.csv")
    aside = set(split_off(table, 0.3, 0)[1])
    assert len(read) > 1
    assert not any(rows & aside for rows in read[:2])  # the command's and the fit's


def few_codes(path, n):
    pd.DataFrame({"code": np.arange(n) % 3}).to_csv(path, index=False)
    return path


def test_json_has_no_infinity(hospital, capsys):
    X = pd.read_csv(hospital, dtype=str)
    X.assign(sex=["f"] + ["m"] * (len(X) - 1)).to_csv(hospital, index=False)
    codes = few_codes(hospital.parent / "codes.csv", len(X))
    assert main(["certify", str(codes), str(hospital), "--sensitive", "sex", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["likelihood_ratio"] is None


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_is_closed_is_not_written_to(closed, hospital, capsys, monkeypatch):
    codes = few_codes(hospital.parent / "codes.csv", 700)
    arguments = ["certify", str(codes), str(hospital), "--sensitive", "sex", "readmitted"]
    monkeypatch.setattr(sys, closed, None)
    assert main([*arguments, "--json"]) == 0
    assert main([*arguments, "--encoding", "none"]) == 2
    out, err = capsys.readouterr()
    if closed == "stderr":
        assert json.loads(out)
    else:
        assert all(line.startswith("infoshape certify: ") for line in err.splitlines())


def test_a_fit_fails_where_its_verdict_says_exceeded():
    report = made(
        [attacked("sex", 0.0, 0.01), attacked("sex & ward", 0.2, 0.3, "joint")],
        [limit("sex"), limit("sex & ward")],
    )
    report.results[0] = replace(report.results[0], calibration_bits=1.0)
    assert report.headline.name == "sex"
    assert "exceeded (jointly)" in report.verdict(max_leakage=0.1)
    options = Namespace(max_leakage=0.1, model="m", release=None, report=None)
    shaper = SimpleNamespace(codebook_frame=lambda: pd.DataFrame({"share": [1.0]}))
    for limit_, status in ((0.1, 1), (0.25, 0)):
        options.max_leakage = limit_
        assert fit_command._say(options, Output("infoshape fit"), shaper, report, {}) == status


def test_a_shuffled_release_is_not_taken_for_codes_of_other_rows(hospital, capsys):
    table = pd.read_csv(hospital, dtype=str).drop_duplicates("patient")
    table.to_csv(hospital, index=False)
    codes = table[["patient", "readmitted"]].assign(code=(table["sex"] == "f").astype(int))
    path = hospital.parent / "codes.csv"
    arguments = ["certify", str(path), str(hospital), *LABELS, "--json"]
    codes.to_csv(path, index=False)
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "in the order of both files" in err
    assert json.loads(out)["accuracy"] == 1
    codes[:-5].sample(frac=1, random_state=0).to_csv(path, index=False)
    assert main([*arguments, "--id", "patient"]) == 0
    out, err = capsys.readouterr()
    assert "5 rows of" in err
    assert json.loads(out)["accuracy"] == 1
    codes.sample(frac=1, random_state=0).to_csv(path, index=False)
    assert main(arguments) == 2
    assert "differ in column 'readmitted'" in capsys.readouterr().err


def test_what_is_read_is_not_replaced(hospital, capsys):
    model = fitted(hospital)
    for arguments in (
        ["transform", str(model), str(hospital), "--output", str(hospital)],
        ["audit", str(model), f"{hospital}", "--sensitive", "sex", "--report", str(hospital)],
        ["codebook", str(model), "--output", str(model)],
    ):
        before = hospital.read_bytes(), model.read_bytes()
        assert main([*arguments, "--force"]) == 2
        assert "would be replaced" in capsys.readouterr().err
        assert (hospital.read_bytes(), model.read_bytes()) == before


@pytest.mark.parametrize(
    "wrong",
    [
        ["--max-leakage", "nan"],
        ["--seed", "-1"],
        ["--seed", str(2**32)],
        ["--jobs", "0"],
        ["--verify", "x"],
        ["--none"],
    ],
)
def test_arguments_that_cannot_be_read_are_one_line(wrong, capsys):
    with pytest.raises(SystemExit) as end:
        main(["fit", "none.csv", *LABELS, "--model", "m.joblib", *wrong])
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("infoshape")
    assert wrong[0] in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("error", [MemoryError("a"), LostWorkerError("not enough memory")])
def test_a_lack_of_memory_is_one_line(error, hospital, capsys, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(fit_command, "_fitted", fail)
    arguments = ["fit", str(hospital), *LABELS, "--model", str(hospital.parent / "m.joblib")]
    assert main([*arguments, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert "not enough memory" in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_file_whose_name_is_no_text_is_audited(hospital, capsys):
    data = hospital.rename(hospital.parent / os.fsdecode(b"stays\xff.csv"))
    codes, report = few_codes(hospital.parent / "codes.csv", 700), hospital.parent / "r.html"
    arguments = ["audit", str(codes), str(data), "--sensitive", "sex", "--report", str(report)]
    assert main(arguments) == 0
    assert "stays\N{REPLACEMENT CHARACTER}.csv" in report.read_text("utf-8")


WITHOUT_EXTRAS = """
import sys
from argparse import Namespace

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "pyarrow", "polars", "matplotlib", "jinja2"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from sklearn_infoshape.cli.commands import main
from sklearn_infoshape.posterior import members

members.MEMBERS = {"linear": members.linear}
sys.exit(main(["--multipliers", "1", "--quiet"]))
"""


def test_the_bare_command_needs_no_extras():
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True)
    assert "shaped" in done.stdout, done.stderr
    assert done.returncode == 0
