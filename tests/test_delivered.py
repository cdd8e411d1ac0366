"""What is certified is what is delivered: nothing that recipients can tell apart is one code."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklearn_infoshape import audit_leakage, certify_leakage
from sklearn_infoshape.audit.codes import find_codes
from sklearn_infoshape.audit.delivered import read_delivered

RNG = np.random.default_rng(0)
N = 1200
S = RNG.integers(2, size=N)
CODE = RNG.integers(2, size=N)  # says nothing


def explicit_zeros():
    """One-hot rows of one code; where s is 1 a zero is stored."""
    stored = np.where(S, 2, 1)
    indptr = np.r_[0, np.cumsum(stored)]
    indices = np.concatenate([[0, 1][:k] for k in stored])
    data = np.concatenate([[1.0, 0.0][:k] for k in stored])
    return sparse.csr_matrix((data, indices, indptr), shape=(N, 2))


def twice_stored():
    """Entries whose parts add up to the same number."""
    stored = np.where(S, 2, 1)
    data = np.concatenate([[0.5, 0.5] if k == 2 else [1.0] for k in stored])
    return sparse.csr_matrix((data, np.zeros(len(data), int), np.r_[0, np.cumsum(stored)]), (N, 2))


def objects(values):
    array = np.empty(N, dtype=object)
    array[:] = values
    return array


# Each tells s completely to whoever gets it, and nothing to whoever reads numbers carelessly.
def with_attributes():
    frame = pd.DataFrame({"a": CODE})
    frame.attrs["told"] = S.tolist()
    return frame


ENCODINGS = {
    "sign of zero": np.where(S, -0.0, 0.0),
    "sign of zero in one-hot rows": np.copysign(
        np.eye(2)[CODE], (1 - 2 * np.eye(2)[CODE][:, ::-1] * S[:, None])
    ),
    "text of one number": np.where(S, "1.0", "1.00"),
    "objects of text": objects(["1.0" if s else "1.00" for s in S]),
    "integer or float": objects([1 if s else 1.0 for s in S]),
    "boolean or integer": objects([True if s else 1 for s in S]),
    "a list of two types": [1 if s else 1.0 for s in S],
    "numpy types": objects([np.int32(1) if s else np.int64(1) for s in S]),
    "a list of rows of two precisions": [np.ones(1, "f4" if s else "f8") for s in S],
    "a list of rows in two containers": [[1] if s else (1,) for s in S],
    "denormal": np.where(S, 5e-324, 0.0),
    "low bits of long integers": 2**60 + S,
    "low bits of unsigned integers": (np.uint64(2**63) + S.astype(np.uint64)),
    "imaginary part": CODE + 1j * S,
    "sign of an imaginary zero": np.where(S, complex(0, -0.0), complex(0, 0.0)),
    "long double": np.longdouble(1) + S * np.longdouble(2) ** -60,
    "index of a series": pd.Series(CODE, index=np.where(S, 1, -1) * np.arange(1, N + 1)),
    "index of a frame": pd.DataFrame({"a": CODE}, index=np.where(S, "x", "y")),
    "attributes of a frame": with_attributes(),
    "stored zeros": explicit_zeros(),
    "entries stored twice": twice_stored(),
    "order of entries": sparse.coo_matrix(np.eye(2)[CODE]),
    "missing or NaN": objects([None if s else np.nan for s in S]),
    "patterns of NaN": np.where(S, np.array([0x7FF8000000000001]).view(float), np.nan),
    "masked": np.ma.masked_array(CODE, mask=S == 1),
    "a nullable column": pd.array(np.where(S, None, 1), dtype="Int64"),
    "column of two types": pd.DataFrame({"a": objects([1 if s else 1.0 for s in S])}),
    "a column of long integers beside floats": pd.DataFrame({"a": 2**60 + S, "b": 0.5}),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_no_certificate_is_violated_by_an_encoding(name):
    delivered = ENCODINGS[name]
    if hasattr(delivered, "tocsr"):
        delivered = delivered.copy()
    try:
        certificate = certify_leakage(delivered, S)
    except (TypeError, ValueError):
        certificate = None
    assert certificate is None or certificate.bits > 0.99


@pytest.mark.parametrize("name", ENCODINGS)
def test_no_audit_is_blind_to_an_encoding(name):
    delivered = ENCODINGS[name]

    def release(rows):
        number = np.asarray(rows)[:, 0].astype(int)
        if isinstance(delivered, list):
            return [delivered[i] for i in number]
        if isinstance(delivered, pd.Series | pd.DataFrame):
            return delivered.iloc[number]
        if sparse.issparse(delivered) and delivered.format == "coo":
            return delivered
        return delivered[number]

    try:
        report = audit_leakage(
            release,
            np.column_stack([np.arange(N), np.zeros(N)]),
            S,
            attackers="default" if "long" not in name else ["linear", "boosting"],
            context=False,
            n_permutations=0,
            random_state=0,
        )
    except (TypeError, ValueError):
        return
    assert report.at_most.bits is None or report.at_most.bits > 0.99
    assert report.estimate_bits > 0.9


def test_plain_codes_of_any_container_are_one_code():
    one_hot = np.eye(4)[RNG.integers(4, size=N)]
    plain = find_codes(read_delivered(one_hot, "Z"))
    for table in (
        pd.DataFrame(one_hot),
        sparse.csr_matrix(one_hot),
        one_hot.astype(int),
        one_hot.tolist(),
        pd.DataFrame(one_hot.astype(bool)).astype("category"),
        pd.DataFrame(np.column_stack([one_hot, one_hot]), columns=[0, 1, 2, 3, 0, 1, 2, 3]),
    ):
        found = find_codes(read_delivered(table, "Z"))
        assert (found == plain).all()
    certified = certify_leakage(one_hot, S)
    assert certify_leakage(sparse.csr_matrix(one_hot), S) == certified
    assert certify_leakage(pd.DataFrame(one_hot), S) == certified


def test_sixteen_one_hot_codes_of_few_rows_are_a_code():
    few = np.eye(16)[np.arange(120) % 16]
    assert find_codes(read_delivered(few, "Z")) is not None
    assert find_codes(read_delivered(RNG.normal(size=(120, 2)), "Z")) is None
    report = audit_leakage(lambda rows: rows, few, np.arange(120) // 7 % 2, random_state=0)
    assert report.n_codes == 16
    assert report.at_most.bits is not None


def test_the_index_of_x_is_no_part_of_a_certificate():
    X = pd.DataFrame(np.eye(2)[CODE], index=np.where(S, 1, -1) * np.arange(1, N + 1))
    options = {"attackers": "code", "context": False, "n_permutations": 0, "random_state": 0}
    carried = audit_leakage(lambda rows: rows, X, S, **options)
    assert carried.at_most.bits is None
    assert "index" in carried.at_most.text
    dropped = audit_leakage(lambda rows: rows.to_numpy(), X, S, **options)
    counted = audit_leakage(lambda rows: rows, X.reset_index(drop=True), S, **options)
    assert dropped.at_most.bits == counted.at_most.bits < 0.1
    later = pd.DataFrame(np.eye(2)[CODE], index=np.arange(900, 900 + N))  # a slice of more rows
    assert (
        audit_leakage(lambda rows: rows, later, S, **options).at_most.bits == counted.at_most.bits
    )
    assert any("order of rows" in caveat for caveat in dropped.caveats)
    with pytest.raises(ValueError, match="index"):
        audit_leakage(lambda rows: rows.set_index(rows[0] + 5), X, S, **options)


def test_a_sparse_table_is_audited():
    X = sparse.random(300, 5, density=0.5, format="csr", random_state=0)
    s = (X.toarray()[:, 0] > 0).astype(int)
    report = audit_leakage(
        lambda rows: rows, X, s, attackers="boosting", n_permutations=0, random_state=0
    )
    assert report.leakage_bits > 0.5
