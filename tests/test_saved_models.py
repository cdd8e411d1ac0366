"""Models that skops wrote are read back with the types that the user guide names, and no others."""

import re
from pathlib import Path

import numpy as np
import pytest

from sklearn_infoshape import InfoShapeTransformer, PosteriorFeatures
from sklearn_infoshape.codes.atoms import NearestAtom
from sklearn_infoshape.codes.tables import NearestCell
from sklearn_infoshape.datasets import make_hospital_table
from tests.conftest import budget_search, cheap, small_problem

sio = pytest.importorskip("skops.io")
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning",
    "ignore::sklearn_infoshape.exceptions.CalibrationWarning",
)

GUIDE = (Path(__file__).parents[1] / "docs" / "guide" / "keys.rst").read_text("utf-8")
OURS = re.search(r'ours = """(.*?)"""', GUIDE, flags=re.DOTALL).group(1).split()
TRUSTED = [
    *(f"sklearn_infoshape.{name}" for name in OURS),
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]
X, Y, S = small_problem()


def of_table():
    table, returns, who = make_hospital_table(200)
    shaper = InfoShapeTransformer(
        posterior=PosteriorFeatures(folds=2), fold_columns="patient", random_state=0
    )
    return shaper.fit(table, returns, sensitive_features=who), table


def of_rows(**settings):
    return cheap(**settings).fit(X, Y, sensitive_features=S), X


def of_search():
    search = budget_search([0.5, 2.0], posterior="linear", max_leakage=0.9, cv=2, random_state=0)
    return search.fit(X, Y, sensitive_features=S), X


def of_cells():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2200, 3))
    label = (rows[:, 0] + 0.5 * rng.normal(size=len(rows)) > 0).astype(int)
    shaper = InfoShapeTransformer(2.0, posterior="linear", random_state=0)
    shaper.fit(rows, label, sensitive_features=rng.integers(3, size=len(rows)))
    assert isinstance(shaper.release_.trunk, NearestCell)
    return shaper, rows


def of_values():
    rows, *labels = (part[:30].repeat(20, axis=0) for part in (X, Y, S))
    shaper = InfoShapeTransformer(posterior="linear", random_state=0).fit(rows, *labels)
    assert isinstance(shaper.release_.trunk, NearestAtom)
    return shaper, rows


KINDS = {
    "cells": of_cells,
    "few values": of_values,
    "all members on a table": of_table,
    "noise": lambda: of_rows(posterior=PosteriorFeatures("linear"), channel="gaussian"),
    "one stage": of_rows,
    "one stage without channel": lambda: of_rows(channel="deterministic"),
    "search": of_search,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_read_back_with_the_types_of_the_guide(kind, tmp_path):
    model, rows = KINDS[kind]()
    sio.dump(model, tmp_path / "model.skops")
    assert set(sio.get_untrusted_types(file=tmp_path / "model.skops")) <= set(TRUSTED)
    read = sio.load(tmp_path / "model.skops", trusted=TRUSTED)
    np.testing.assert_array_equal(read.transform(rows), model.transform(rows))


def test_without_them_nothing_is_read():
    with pytest.raises(sio.exceptions.UntrustedTypesFoundException, match="ReleaseKey"):
        sio.loads(sio.dumps(of_rows()[0]), trusted=[])


def test_the_types_of_the_guide_exist():
    for name in TRUSTED:
        module, _, attribute = name.rpartition(".")
        assert hasattr(__import__(module, fromlist=[attribute]), attribute), name
