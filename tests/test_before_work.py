"""What cannot work is refused before the work: budgets, devices."""

import numpy as np
import pytest

from sklearn_infoshape import InfoShapeTransformerCV, certify_leakage
from sklearn_infoshape.audit.certificate import certify_counts
from sklearn_infoshape.audit.table_limits import least_limits
from sklearn_infoshape.exceptions import InfeasibleBudgetError
from tests.conftest import cheap, small_problem


@pytest.mark.parametrize(
    ("unit", "limit", "told"),
    [
        ("bits", 0.05, "Fit on about 1[0-9]{3} rows"),
        ("advantage", 0.05, r"\(advantage\).* Fit on about [0-9]{4} rows"),
        ("maximal_leakage_bits", 0.1, "Fit on about [0-9]{4} rows"),
        ("parity_gap", 0.05, "Fit on about [0-9]{4} rows"),
        ("posterior_shift", 0.05, "Fit on about [0-9]{4} rows"),
        ("bits", 0.0, "even if they tell nothing. Allow more leakage"),
    ],
)
def test_a_budget_that_no_certificate_of_these_rows_keeps_is_refused_at_once(
    unit, limit, told, monkeypatch
):
    monkeypatch.setattr("sklearn_infoshape.search.by_certificate.fit_path", None)
    X, y, s = small_problem(340)
    search = InfoShapeTransformerCV(
        cheap(posterior="linear"),
        max_leakage=limit,
        leakage_unit=unit,
        verify="certificate",
        calibration_fraction=0.6,
    )
    with pytest.raises(InfeasibleBudgetError, match=told) as caught:
        search.fit(X, y, s)
    least = caught.value.smallest_leakage[0]
    halves = np.arange(204) % 2
    nothing = certify_leakage(np.arange(204) // 2 % 2, halves)
    assert limit < least <= getattr(nothing, unit) + 0.01


def test_no_certificate_of_two_codes_is_below_what_is_refused():
    rng = np.random.default_rng(0)
    for _ in range(200):
        n_codes, n_classes = rng.integers(2, 6), rng.integers(2, 7)
        law = rng.dirichlet(np.full(n_codes * n_classes, rng.choice([0.2, 1.0, 5.0])))
        counts = rng.multinomial(rng.integers(100, 2000), law).reshape(n_codes, n_classes) * 1.0
        counts = counts[:, counts.any(axis=0)]
        if counts.shape[1] < 2 or counts.any(axis=1).sum() < 2:
            continue
        certificate = certify_counts(counts, 0.95, n_codes)
        for figure, least in least_limits(counts.sum(axis=0), 0.05).items():
            assert getattr(certificate, figure) >= least - 1e-9


def test_a_device_that_is_not_there_is_refused_before_stage_one(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("sklearn_infoshape.transformer.learn_posteriors", None)
    X, y, s = small_problem()
    with pytest.raises(ValueError, match="device='cuda' is none that torch has here"):
        cheap(posterior=["linear", "network"], device="cuda").fit(X, y, s)
