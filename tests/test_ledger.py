"""Releases of the same persons: each may say nothing, and all together everything."""

import json
import stat

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import KBinsDiscretizer

from sklearn_infoshape import InfoShapeTransformer, LeakageLedger, certify_leakage
from sklearn_infoshape.audit.composition import joint_bound
from sklearn_infoshape.exceptions import LeakageExceededError


def bits_problem(n, seed):
    """Two independent bits in X, and s, their parity."""
    bits = np.random.default_rng(seed).integers(2, size=(n, 2))
    return bits.astype(float), bits, bits[:, 0] ^ bits[:, 1]


@pytest.fixture(scope="module")
def shapers():
    """Two releases that keep a bit each, under keys of their own."""
    X, bits, s = bits_problem(600, 0)
    own = {"posterior": "linear", "n_components": 2, "random_state": 0}
    return {
        name: InfoShapeTransformer(release_key=name.encode() * 8, **own).fit(X, bits[:, j], s)
        for j, name in enumerate(["first", "second"])
    }


@pytest.fixture
def ledger(shapers):
    """Both releases, certified one by one on fresh rows."""
    X, _, s = bits_problem(2000, 1)
    made = LeakageLedger("sex")
    for name, shaper in shapers.items():
        made.add(name, shaper.transform(X), release=shaper, sensitive_features=s)
    return made


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.LabelOverlapWarning")
def test_two_releases_whose_parity_is_s_give_it_away_together(ledger, shapers):
    for release in ledger.releases:
        assert release["certificate"]["bits"] < 0.02
    assert ledger.bound(unit="bits") == 1  # what each says alone is no bound of both
    assert repr(ledger).endswith("at most 1.000 bits of sex, not audited jointly>")
    X, _, s = bits_problem(2000, 2)
    joint = ledger.audit(X, s, shapers)
    assert joint.bits == joint.maximal_leakage_bits == 1
    assert joint.n_codes == 4
    assert ledger.audits[0]["at_least_bits"] > 0.9
    assert repr(ledger) == (
        f"<LeakageLedger of 2 releases: at least {ledger.at_least_bits:.3f}, at most 1.000 bits "
        "of sex, audited jointly>"
    )
    with pytest.raises(LeakageExceededError, match=r"may give away 1\.0000 bits of sex"):
        ledger.assert_below(0.5)
    ledger.assert_below(1.0)
    assert ledger.confidence == pytest.approx(0.85)
    frame = ledger.to_frame()
    assert frame["so_far_maximal_leakage_bits"].iloc[0] < 0.1
    assert frame["so_far_maximal_leakage_bits"].iloc[1] == 1
    assert frame["key"].nunique() == 2


def test_releases_that_say_nothing_together_are_bounded_so():
    rng = np.random.default_rng(0)
    first, second, s = rng.integers(2, size=(3, 4000))
    X = np.column_stack([first, second])
    made = LeakageLedger()
    releases = {f"code {j}": lambda rows, j=j: np.eye(2)[rows[:, j]] for j in range(2)}
    for name, release in releases.items():
        made.add(name, release(X))
    with pytest.raises(LeakageExceededError, match=r"No joint audit has seen code 0, code 1"):
        made.assert_below(0.1)
    assert made.bound() == 2  # nobody told how many classes s has
    made.audit(X, s, releases)
    made.assert_below(0.1)
    made.add("later", rng.integers(2, size=50))
    assert made.bound() == 1
    assert made.bound(["code 0"]) < 0.1
    assert "1 not audited jointly" in repr(made)


def test_the_file_holds_no_row_label_or_key_and_is_for_its_owner(ledger, shapers, tmp_path):
    path = tmp_path / "ledger.json"
    ledger.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    for shaper in shapers.values():
        assert bytes(shaper.release_.key).hex() not in text
    again = LeakageLedger.load(path)
    assert repr(again) == repr(ledger)
    assert again.releases == json.loads(text)["releases"] == ledger.releases
    X, _, s = bits_problem(1000, 3)
    again.audit(X, s, shapers)
    again.save(path)  # goes on from what is there
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError, match="entries that this one lacks"):
        ledger.save(path)
    other = tmp_path / "other.json"
    other.write_text("{}")
    with pytest.raises(FileExistsError, match="is no ledger"):
        ledger.save(other)
    with pytest.raises(ValueError, match="is no ledger"):
        LeakageLedger.load(other)
    state = json.loads(text)
    for damage, message in (({"format_version": 9}, "another version"), ({"salt": 1}, "damaged")):
        other.write_text(json.dumps({**state, **damage}))
        with pytest.raises(ValueError, match=message):
            LeakageLedger.load(other)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.json", "other.json"]


def test_what_is_refused_is_not_recorded(ledger, shapers):
    X, _, s = bits_problem(300, 4)
    before = json.dumps(ledger.releases)
    with pytest.raises(ValueError, match="name='first' is in the ledger already"):
        ledger.add("first", [0, 1])
    with pytest.raises(ValueError, match="soft or no codes"):
        ledger.add("third", np.full((10, 2), 0.5))
    with pytest.raises(ValueError, match="at least 100 fresh ones"):
        ledger.add("third", s[:50], sensitive_features=s[:50])
    with pytest.raises(ValueError, match="not both"):
        ledger.add("third", s, sensitive_features=s, certificate=certify_leakage(s, s))
    with pytest.raises(ValueError, match="persons counts with sensitive_features"):
        ledger.add("third", s, persons=s)
    with pytest.raises(ValueError, match="not in the ledger; add it"):
        ledger.audit(X, s, {"third": shapers["first"]})
    with pytest.raises(ValueError, match="is not what released 'first'"):
        ledger.audit(X, s, {"first": shapers["second"]})
    with pytest.raises(ValueError, match="unit='nats' is none of"):
        ledger.bound(unit="nats")
    with pytest.raises(ValueError, match="names has 'third'"):
        ledger.bound(["third"])
    with pytest.raises(ValueError, match="bits=nan"):
        ledger.assert_below(float("nan"))
    assert json.dumps(ledger.releases) == before
    assert not ledger.audits


@pytest.mark.parametrize("independent", [False, True])
def test_bounds_hold_of_random_laws(independent):
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = rng.integers(2, 4, size=3)
        if independent:
            p = rng.dirichlet(np.ones(sizes[0]))
            first, second = (rng.dirichlet(np.full(k, 0.3), size=sizes[0]) for k in sizes[1:])
            law = p[:, None, None] * first[:, :, None] * second[:, None, :]
        else:
            law = rng.dirichlet(np.full(sizes.prod(), 0.2)).reshape(sizes)

        def leakage(table):
            rows = table.reshape(len(table), -1)
            given = rows / rows.sum(axis=1, keepdims=True)
            apart = rows.sum(axis=1, keepdims=True) * rows.sum(axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):
                bits = np.nansum(rows * np.log2(rows / apart))
            return np.log2(given.max(axis=0).sum()), bits

        n_codes = {"a": int(sizes[1]), "b": int(sizes[2])}
        for both, a, b in zip(
            leakage(law), leakage(law.sum(axis=2)), leakage(law.sum(axis=1)), strict=True
        ):
            certified = [({"a"}, a), ({"b"}, b)]
            found = joint_bound(n_codes, certified, int(sizes[0]), independent_given_s=independent)
            assert both <= found + 1e-9


def test_codes_that_an_audit_sees_count_though_none_was_recorded():
    X, _, s = bits_problem(400, 2)
    classes = s + 2 * X[:, 0].astype(int)
    ledger = LeakageLedger("both")
    ledger.add("first", [0, 1] * 100)
    ledger.add("second", [0, 1] * 100)
    ledger.audit(X, classes, {"first": lambda rows: (2 * rows[:, 0] + rows[:, 1]).astype(int)})
    assert ledger.bound() == ledger.bound(["first"]) == 2.0
    assert ledger.to_frame()["n_codes"].tolist() == [4, 2]
    ledger.add("third", np.arange(400) % 3, certificate=certify_leakage(np.arange(400) % 5, s))
    assert ledger.releases[-1]["n_codes"] == 5


@pytest.mark.filterwarnings("ignore:Bins whose width are too small")
def test_a_release_that_is_none_of_ours_is_audited():
    X, _, s = bits_problem(400, 2)
    binned = KBinsDiscretizer(2, encode="onehot-dense").fit(X[:, :1])
    ledger = LeakageLedger()
    ledger.add("bins", binned.transform(X[:, :1]), release=binned)
    assert ledger.releases[0]["map_digest"] is None
    ledger.audit(X[:, :1], s, {"bins": binned})
    with pytest.raises(NotFittedError):
        ledger.add("unfitted", [0, 1], release=KBinsDiscretizer())
    with pytest.raises(TypeError, match="A list is no release"):
        ledger.audit(X[:, :1], s, {"bins": [binned, binned]})


def test_what_an_attacker_recovered_is_never_below_a_limit(ledger, shapers):
    X, _, s = bits_problem(2000, 3)
    ledger.audit(X, s, shapers)
    ledger.audits[0]["certificate"]["maximal_leakage_bits"] = 0.1
    with pytest.raises(LeakageExceededError, match="An attacker recovered at least"):
        ledger.assert_below(0.2)


@pytest.mark.parametrize(
    ("release", "error", "message"),
    [
        ([InfoShapeTransformer()], TypeError, "A list is no release"),
        (InfoShapeTransformer(), NotFittedError, "not fitted"),
    ],
)
def test_what_is_no_release_is_refused_before_anything_is_computed(
    ledger, monkeypatch, release, error, message
):
    monkeypatch.setattr("sklearn_infoshape.audit.ledger.certify_leakage", None)
    monkeypatch.setattr("sklearn_infoshape.audit.ledger_entries.hashlib", None)
    s = np.arange(200) % 2
    with pytest.raises(error, match=message):
        ledger.add("third", s, release=release, sensitive_features=s)
    with pytest.raises(ValueError, match="soft or no codes"):
        ledger.add("third", np.full((200, 2), 0.5), sensitive_features=s)
    assert len(ledger) == 2


def test_options_without_effect_and_other_certificates_are_refused(ledger):
    with pytest.raises(ValueError, match="confidence counts with sensitive_features"):
        ledger.add("third", [0, 1], confidence=0.9)
    with pytest.raises(TypeError, match="certificate is of type list"):
        ledger.add("third", [0, 1], certificate=[])
    with pytest.raises(TypeError, match="names='first' is one name"):
        ledger.bound("first")
    assert len(ledger) == 2


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("releases", {"n_codes": 0}),
        ("releases", {"counts": []}),
        ("releases", {"name": ["first"]}),
        ("releases", {"certificate": {}}),
        ("audits", {"releases": ["unheard of"]}),
        ("audits", {"at_least_bits": "none"}),
        ("audits", {"certificate": {"bits": -1.0, "maximal_leakage_bits": -1.0}}),
    ],
)
def test_a_ledger_that_is_no_more_what_it_was_is_not_read(ledger, shapers, tmp_path, part, changed):
    X, _, s = bits_problem(300, 3)
    ledger.audit(X, s, shapers)
    ledger.save(tmp_path / "ledger.json")
    values = json.loads((tmp_path / "ledger.json").read_text())
    values[part][0].update(changed)
    (tmp_path / "ledger.json").write_text(json.dumps(values))
    with pytest.raises(ValueError, match="is a damaged ledger"):
        LeakageLedger.load(tmp_path / "ledger.json")


def test_a_ledger_does_not_replace_that_of_another_attribute(ledger, tmp_path):
    ledger.save(tmp_path / "ledger.json")
    ledger.attribute = "origin"
    with pytest.raises(FileExistsError, match="of another attribute"):
        ledger.save(tmp_path / "ledger.json")
    ledger.attribute = 5
    with pytest.raises(ValueError, match="changed by hand"):
        ledger.save(tmp_path / "other.json")
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.json"]
