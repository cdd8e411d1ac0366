"""From a hospital's table to release, model and report, and on to the next month's table."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupShuffleSplit

from sklearn_infoshape import InfoShapeTransformer, audit_leakage
from sklearn_infoshape.datasets import make_hospital_table
from sklearn_infoshape.exceptions import MissingColumnWarning

MEMBERS = ["linear", "boosting"]


@pytest.mark.slow
def test_six_lines_from_the_table_to_release_model_and_report(tmp_path):
    model, split = tmp_path / "model.joblib", GroupShuffleSplit(1, test_size=0.4, random_state=0)
    X, y, s = make_hospital_table(1500)
    X["diagnosis"] = "diagnosis " + X["diagnosis"]  # too long to be in a number's bytes by chance
    own, new = next(split.split(X, groups=X["patient"]))
    shaper = InfoShapeTransformer(posterior=MEMBERS, fold_columns="patient", random_state=0)
    Z = shaper.set_output(transform="pandas").fit(X.iloc[own], y[own], s.iloc[own]).transform(X)
    report = audit_leakage(shaper, X.iloc[new], s.iloc[new], y[new], groups=X["patient"][new])
    joblib.dump(shaper, model)
    assert isinstance(Z, pd.DataFrame)
    assert shaper.utility_estimate_bits_ > 0.1
    assert report.by_role("raw")[0].bits.value > report.by_role("sensitive")[0].bits.value + 0.1
    assert "sex" in report._repr_html_()
    content = model.read_bytes() + pickle.dumps(report) + report._repr_html_().encode()
    content += shaper.codebook_frame().to_csv().encode()
    for column in ("patient", "diagnosis"):
        levels = X.iloc[own].groupby(column)["patient"].nunique()
        rare = levels.index[levels < 10]
        assert len(rare) >= 15
        assert not any(level.encode() in content for level in rare)
    later, _, _ = make_hospital_table(300, random_state=1)
    later["ward"] = np.where(np.arange(300) < 50, "day clinic", later["ward"].astype(str))
    loaded = joblib.load(model)
    with pytest.warns(MissingColumnWarning, match="not there: 'smoker'"):
        codes = loaded.transform(later.drop(columns="smoker"))
    assert (codes.sum(axis=1) == 1).all()
    typical = loaded.inverse_transform(codes)
    assert set(typical["ward"].dropna()) <= set(X["ward"])
    assert len(shaper.codebook_frame()) == Z.shape[1]


def test_the_hospital_table_is_what_its_description_says():
    X, y, s = make_hospital_table(3000)
    assert X.shape == (3000, 13)
    assert 1.2 < 3000 / X["patient"].nunique() < 1.8
    gaps = X.isna().mean()
    assert (gaps[["patient", "admitted", "ward"]] == 0).all()
    assert (gaps.drop(["patient", "admitted", "ward"]) > 0.01).all()
    assert 0.3 < (y == "yes").mean() < 0.6
    assert s["sex"].notna().all()
    assert s["origin"].isna().mean() > 0.05
    sexes = s["sex"].groupby(X["patient"]).nunique()
    assert (sexes == 1).all()  # a person has one sex, and one origin
    again = make_hospital_table(3000)[0]
    pd.testing.assert_frame_equal(again, X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(make_hospital_table(7, random_state=3)[1]) == 7
