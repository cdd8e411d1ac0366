"""What a ledger records: figures, digests, and the product of several codes."""

import datetime
import hashlib

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_infoshape.audit.certificate import LeakageCertificate
from sklearn_infoshape.audit.codes import as_codes
from sklearn_infoshape.audit.leakage import audit_leakage
from sklearn_infoshape.audit.release import delivered_rows, fitted_parts, is_plain
from sklearn_infoshape.reports.values import strict

__all__ = [
    "audit_entry",
    "certified",
    "check_transformers",
    "given_certificate",
    "product_codes",
    "recovered_bits",
    "release_entry",
]

_FIGURES = (
    "bits",
    "maximal_leakage_bits",
    "min_entropy_leakage_bits",
    "parity_gap",
    "posterior_shift",
    "advantage",
    "likelihood_ratio",
    "confidence",
    "n_rows",
    "n_codes",
    "n_classes",
)
_MOST_ATTACKED, _ROWS_A_CODE = 256, 10  # joint codes that the audit's attacker can be taught


def check_transformers(transformers, releases, salt):
    """Refuse transformers that are not those of a ledger.

    Parameters
    ----------
    transformers : dict of str to fitted transformer, Pipeline or callable
    releases : list of dict
        Entries of the ledger.
    salt : str

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(transformers, dict) or not transformers:
        raise TypeError("transformers must be a dict of names of releases to transformers.")
    recorded = {own["name"]: own["map_digest"] for own in releases}
    for name, release in transformers.items():
        if name not in recorded:
            raise ValueError(f"transformers has {name!r}, which is not in the ledger; add it.")
        found = _digests(release, salt)[1]
        if None not in (recorded[name], found) and recorded[name] != found:
            raise ValueError(
                f"transformers[{name!r}] is not what released {name!r}: it was fitted anew, or "
                "has another key. Give the transformer that was recorded."
            )


def product_codes(X, transformers):
    """The codes that several releases give the same rows, as one code.

    Parameters
    ----------
    X : array-like of n rows
    transformers : dict of str to fitted transformer, Pipeline or callable

    Returns
    -------
    joint : ndarray of shape (n,), dtype int
        From 0 up; those that occur.
    n_codes : dict of str to int
        How many each release gives these rows.

    Raises
    ------
    ValueError
        If one of them releases no codes, or an index.
    """
    n_codes: dict = {}
    joint = np.zeros(1, dtype=np.int64)
    for name, release in transformers.items():
        delivered = delivered_rows(release, X)
        if not is_plain(delivered.index):
            raise ValueError(
                f"transformers[{name!r}] releases the index of X, which tells more than the "
                "code does; call reset_index(drop=True) before."
            )
        numbers, most = as_codes(delivered.numbers, f"codes of {name!r}")
        n_codes[name] = int(max(numbers.max() + 1, most or 0))
        joint = np.unique(joint * (numbers.max() + 1) + numbers, return_inverse=True)[1].ravel()
    return joint, n_codes


def given_certificate(certificate, persons, confidence):
    """The certificate of a release, checked, where nobody gave labels to certify it on.

    Parameters
    ----------
    certificate : LeakageCertificate or None
    persons : array-like or None
    confidence : float
        Which count with labels only.

    Returns
    -------
    LeakageCertificate or None

    Raises
    ------
    TypeError, ValueError
    """
    for option, is_set in (("persons", persons is not None), ("confidence", confidence != 0.95)):
        if is_set:
            raise ValueError(
                f"{option} counts with sensitive_features; give these, or leave it out."
            )
    if certificate is not None and not isinstance(certificate, LeakageCertificate):
        raise TypeError(
            f"certificate is of type {type(certificate).__name__}; give what certify_leakage "
            "returned of this release (one of them, of a list)."
        )
    return certificate


def release_entry(name, codes, release, salt):
    """What a ledger keeps of a release; :func:`certified` adds its certificate.

    Parameters
    ----------
    name : str
    codes : array-like of shape (n,) or (n, K)
    release : object
        For digests; may be None.
    salt : str
        In hexadecimal digits.

    Returns
    -------
    dict

    Raises
    ------
    TypeError
        If ``release`` is a list: each release has a name of its own.
    ValueError
        If these are no codes.
    sklearn.exceptions.NotFittedError
    """
    numbers, most = as_codes(codes)
    key, fit, declared = _digests(release, salt)
    counts = np.bincount(numbers)
    return {
        "name": name,
        "date": _today(),
        "n_codes": int(max(len(counts), most or 0, declared or 0)),
        "counts": counts.tolist(),
        "key_digest": key,
        "map_digest": fit,
        "certificate": None,
    }


def certified(entry, certificate):
    """The entry of a release with the figures of its certificate.

    Parameters
    ----------
    entry : dict
    certificate : LeakageCertificate or None

    Returns
    -------
    dict
    """
    if certificate is None:
        return entry
    n_codes = int(max(entry["n_codes"], certificate.n_codes))
    return {**entry, "n_codes": n_codes, "certificate": _figures(certificate)}


def audit_entry(n_codes, recovered, certificate):
    """What a ledger keeps of a joint audit.

    Parameters
    ----------
    n_codes : dict of str to int
        Of each release.
    recovered : float or None
        Bits, at least.
    certificate : LeakageCertificate

    Returns
    -------
    dict
    """
    return {
        "releases": list(n_codes),
        "date": _today(),
        "n_codes": n_codes,
        "at_least_bits": recovered,
        "certificate": _figures(certificate),
    }


def recovered_bits(codes, sensitive_features, persons, confidence):
    """Bits that an attacker on codes recovers, at least; None where he cannot be judged."""
    n_codes = int(codes.max()) + 1
    if n_codes > _MOST_ATTACKED or len(codes) < _ROWS_A_CODE * n_codes:
        return None
    try:
        report = audit_leakage(
            lambda rows: rows,
            codes[:, None].astype(float),
            sensitive_features,
            groups=persons,
            confidence=confidence,
            certificate=False,
            context=False,
            n_permutations=0,
            rare_regions=False,
            random_state=0,
        )
    except ValueError:  # classes too rare for attackers; the certificate stands without them
        return None
    return report.leakage_bits


def _digests(release, salt):
    """Of a release's key, and of its key and map together; and how many codes it may give.

    All are None where it is no release of this package.
    """
    if isinstance(release, list | tuple):
        raise TypeError(
            "A list is no release: add each of them under a name of its own, and audit them "
            "together."
        )
    if release is None or callable(release):
        return None, None, None
    parts = fitted_parts(release)
    for part in parts:
        if hasattr(part, "fit"):
            check_is_fitted(part)
    found = [part.release_ for part in parts if hasattr(part, "release_")]
    if not found:
        return None, None, None
    fitted = found[-1]

    def digest(*parts):  # slow, so that short keys are not found by trying
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        own = hashlib.scrypt(text, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=16)
        return own.hex()

    key = bytes(fitted.key)
    n_codes = fitted.n_outputs if fitted.channel.is_code else None
    return digest(b"key", key), digest(b"map", key, fitted.fingerprint()), n_codes


def _figures(certificate):
    """The figures of a certificate that are recorded, as plain values."""
    return strict({name: getattr(certificate, name) for name in _FIGURES})


def _today():
    return datetime.date.today().isoformat()
