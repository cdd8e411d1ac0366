"""The verdict of a report: one line that says "kept" where an assertion passes, and only there."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sklearn_infoshape.audit import AtMost, AttackResult, Figure, LeakageReport
from sklearn_infoshape.audit.certificate import certify_counts
from sklearn_infoshape.exceptions import LeakageExceededError
from sklearn_infoshape.reports.verdict import verdict
from sklearn_infoshape.reports.wording import decimals


def certificate(bits, advantage=0.02):
    own = certify_counts(np.full((4, 2), 125.0))
    return replace(own, accuracy=0.69, balanced_accuracy=0.5, advantage=advantage, bits=bits)


def limit(name, bits=None, capacity=None, advantage=0.02):
    own = None if bits is None else certificate(bits, advantage)
    text = "none: the release is no finite code." if own is None else "Promise."
    return AtMost(name, own, capacity, text if capacity is None else "Capacity.")


def attacked(name, low, high, role="sensitive", advantage=(0.0, 0.01)):
    figures = {
        "bits": Figure((low + high) / 2, low, high),
        "accuracy": Figure(0.671, 0.65, 0.69),
        "advantage": Figure(0.002, *advantage),
    }
    best = dict.fromkeys(figures, "code")
    return AttackResult(role, name, {"code": figures}, best, None, 0.914, high, 2, 700, 700)


def made(results, limits, unattacked=()):
    return LeakageReport(
        results=results,
        at_most_by_name={own.name: own for own in limits},
        floors={},
        caveats=[],
        skipped={},
        unattacked=dict.fromkeys(unattacked, "too few rows"),
        confidence=0.95,
        n_rows=2000,
        n_codes=4,
        settings={"random_state": 0},
        versions={"numpy": "2"},
    )


def one(low=0.0, high=0.01, bits=0.012, **more):
    return made([attacked("sex", low, high)], [limit("sex", bits, **more)])


def test_the_verdict_of_one_attribute():
    assert one().verdict(max_leakage=0.05) == (
        "sex: attackers recover at least 0.000 bits, and nobody more than 0.012 bits (95 % "
        "confidence) of 0.91; asked: at most 0.05 bits, certified: kept. Always guessing the most "
        "frequent class is right in 66.9 %; the best attacker 67.1 %."
    )
    assert "asked" not in one().verdict()
    assert str(one()).startswith("sex: attackers recover at least 0.000 bits")
    assert one().to_dict()["verdict"] == one().verdict()
    assert one().to_dict()["attributes"][0]["base_rate"] == pytest.approx(0.669)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (one(0.0, 0.01, None), "kept as far as these attackers find, not certified."),
        (one(0.0, 0.01, None), "what others recover has no known limit"),
        (one(0.0, 0.01, None, capacity=0.04), "nobody more than the channel's 0.040 bits"),
        (one(0.0, 0.08, None), "neither shown kept nor exceeded."),
        (one(0.0, 0.01, 0.08), "neither shown kept nor exceeded."),
        (one(0.06, 0.09, None), "asked: at most 0.05 bits, exceeded."),
        (one(0.06, 0.09, 0.1), "asked: at most 0.05 bits, exceeded."),
        (one(0.02, 0.03, 0.01), "contradicts itself, and passes nothing"),
        (made([], [limit("sex", 0.04)], ["sex"]), "sex: not attacked, as rows are too few"),
        (made([], [limit("sex", 0.04)], ["sex"]), "certified: kept."),
    ],
)
def test_cases(report, words):
    assert words in report.verdict(max_leakage=0.05)
    assert "\n" not in report.verdict(max_leakage=0.05)


def test_several_attributes_are_told_apart():
    results = [
        attacked("sex", 0.0, 0.01),
        attacked("race", 0.06, 0.1),
        attacked("sex & race", 0.06, 0.1, "joint"),
    ]
    limits = [limit("sex", 0.02), limit("race", 0.2), limit("sex & race", 0.3), limit("age", 0.1)]
    text = made(results, limits, ["age"]).verdict(max_leakage=0.05)
    assert text.startswith("sex: at least 0.000 and at most 0.020 bits of 0.91; race: at least")
    assert "jointly: at least 0.060 and at most 0.300 bits" in text
    assert "age: not attacked, at most 0.100 bits" in text
    assert "exceeded (race, jointly)." in text
    assert "Of race, always guessing" in text
    many = [attacked(f"a{i}", 0.0, 0.01 * i) for i in range(9)]
    text = made(many, [limit(own.name, 0.1) for own in many]).verdict(max_leakage=0.2)
    assert "8 more in the table" in text
    assert "certified: kept" in text


def test_it_says_kept_where_an_assertion_passes_and_only_there():
    ends = ((0.0, 0.01), (0.04, 0.06), (0.06, 0.07), (-0.02, 0.05))
    certified = (None, 0.05, 0.055, 0.2)
    seen = set()
    for own, joint, bits, both, most, capacity in product(
        ends, ends, certified, certified, (None, 0.01), (None, 0.05)
    ):
        report = made(
            [attacked("s", *own, advantage=own), attacked("s & t", *joint, "joint")],
            [
                limit("s", bits, None if bits else capacity, advantage=0.009),
                limit("s & t", both),
                limit("t", 0.03),
            ],
            ["t"],
        )
        found = verdict(report, max_leakage=0.05, max_advantage=most)
        try:
            report.assert_below(bits=0.05, advantage=most)
            passed = True
        except LeakageExceededError:
            passed = False
        assert found.is_kept is passed
        seen.add(found.status)
        tail = found.text.replace("neither shown kept nor exceeded", "")
        assert ("kept" in tail) is passed
    assert seen == {"certified", "found", "open", "exceeded"}


def test_a_number_is_shown_on_its_own_side_of_the_limit():
    report = one(0.0, 0.01, 0.05002)
    text = report.verdict(max_leakage=0.05)
    assert "nobody more than 0.05002 bits" in text
    assert "neither" in text
    assert "nobody more than 0.050 bits" in report.verdict(max_leakage=0.06)
    assert decimals(0.05, 0.05, 3) == "0.050"
    with pytest.raises(LeakageExceededError, match=r"allows up to 0\.05002 bits"):
        report.assert_below(bits=0.05)


def test_of_a_channel_an_advantage_has_no_certificate():
    report = one(0.0, 0.01, None, capacity=0.04)
    assert "certified: kept" in report.verdict(max_leakage=0.05)
    assert "not certified" in report.verdict(max_leakage=0.05, max_advantage=0.05)
    with pytest.raises(LeakageExceededError, match="limits bits alone"):
        report.assert_below(advantage=0.05, require_certificate=True)


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf, "0.1", True])
@pytest.mark.parametrize("name", ["max_leakage", "max_advantage"])
def test_what_is_no_limit_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}=.* is no finite number of at least 0"):
        one().verdict(**{name: value})
    figure = {"max_leakage": "bits", "max_advantage": "advantage"}[name]
    with pytest.raises(ValueError, match=f"{figure}=.* is no finite number of at least 0"):
        one().assert_below(**{figure: value})
