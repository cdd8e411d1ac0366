"""At most: the certificate of an audited release, or the reason why there is none."""

from dataclasses import dataclass

import numpy as np

from sklearn_infoshape.audit.certificate import FEWEST_ROWS, LeakageCertificate
from sklearn_infoshape.audit.certify import certify_rows

__all__ = ["AtMost", "bound_from_above"]


@dataclass(frozen=True)
class AtMost:
    """An upper limit of what a release tells of one attribute.

    Attributes
    ----------
    name : str
        Of the attribute.
    certificate : LeakageCertificate or None
    capacity_bits : float or None
        Of a gaussian channel that satisfies the conditions in ``text``.
    text : str
        What the limit promises; or "none", and why.
    """

    name: str
    certificate: LeakageCertificate | None
    capacity_bits: float | None
    text: str

    @property
    def bits(self):
        """At most so many bits; None where nothing is known."""
        return self.capacity_bits if self.certificate is None else self.certificate.bits

    @property
    def advantage(self):
        """At most so much; None where nothing is known."""
        return None if self.certificate is None else self.certificate.advantage

    def to_dict(self):
        """Plain Python values.

        Returns
        -------
        dict
        """
        own = {} if self.certificate is None else self.certificate.to_dict()
        own.pop("promise", None)
        return {**own, "bits": self.bits, "advantage": self.advantage, "text": self.text}


def bound_from_above(inputs, target, settings, rng):
    """Certify one attribute.

    Parameters
    ----------
    inputs : AuditInputs
    target : Target
    settings : AuditSettings
    rng : numpy.random.Generator
        Chooses the row of a group.

    Returns
    -------
    AtMost
    """
    if not settings.certificate:
        return AtMost(target.name, None, None, "none: certificate=False.")
    if inputs.carries_index:
        return AtMost(
            target.name,
            None,
            None,
            "none: the release has the index of X, which tells more than the code does. Audit and "
            "deliver rows after reset_index(drop=True).",
        )
    if inputs.is_code:
        return _certify(inputs, target, settings.confidence, rng)
    if inputs.facts.capacity_bits is not None:
        return _capacity(inputs, target)
    return AtMost(
        target.name,
        None,
        None,
        "none: the release is no finite code, and no other channel is known. A deterministic "
        "encoder has no upper limit; that attackers find little shows only what they find.",
    )


def _certify(inputs, target, confidence, rng):
    parts = inputs.parts
    # The attackers' training rows may have placed borders of bins, or merged rare combinations.
    rows = np.sort(np.r_[() if target.is_placed else parts.train, parts.calibration, parts.test])
    rows = rows.astype(int)
    groups = None if inputs.groups is None else inputs.groups[rows]
    classes = target.classes[rows]
    known = classes >= 0
    n_known = known.sum() if groups is None else len(np.unique(groups[known]))
    if n_known < FEWEST_ROWS:
        return AtMost(
            target.name, None, None, "none: too few rows (of different groups) for a certificate."
        )
    certificate = certify_rows(
        inputs.codes[rows], classes, target.n_classes, confidence, groups, rng, inputs.most_codes
    )
    return AtMost(target.name, certificate, None, certificate.promise)


def _capacity(inputs, target):
    capacity, most = inputs.facts.capacity_bits, float(np.log2(target.n_classes))
    if inputs.repeats:
        text = "none: rows repeat, and the capacity of a gaussian channel is that of one release."
    elif capacity >= most:
        text = (
            f"none: the gaussian channel's capacity, {capacity:.1f} bits, is no less than the "
            f"{most:.1f} bits that {target.name} can have; the noise is too weak for a limit."
        )
    else:
        text = (
            "Capacity of the gaussian channel (Shannon 1948): holds for one release of rows that "
            "do not repeat, under a secret key."
        )
        return AtMost(target.name, None, capacity, text)
    return AtMost(target.name, None, None, text)
