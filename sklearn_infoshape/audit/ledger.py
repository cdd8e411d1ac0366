"""LeakageLedger: several releases of the same persons, and what they say of s together."""

import secrets

from sklearn_infoshape._optional import needed
from sklearn_infoshape.audit.certify import certify_leakage
from sklearn_infoshape.audit.composition import UNITS, joint_bound
from sklearn_infoshape.audit.ledger_entries import (
    audit_entry,
    certified,
    check_transformers,
    given_certificate,
    product_codes,
    recovered_bits,
    release_entry,
)
from sklearn_infoshape.audit.ledger_files import read_ledger, write_ledger
from sklearn_infoshape.exceptions import LeakageExceededError
from sklearn_infoshape.reports.limits import checked_limit

__all__ = ["LeakageLedger"]


class LeakageLedger:
    """Releases of the same persons, and how much of s they give away together.

    Each release may say little, and several together all of s: refits under other keys, codes
    for other tasks, next year's rows. A ledger records what was released, certifies releases
    jointly where fresh rows are at hand, and bounds the rest. (What privacy odometers do for
    differential privacy, it does for limits that were measured.)

    It holds no row, label, s or key: of a key there is a slow salted digest, which tells equal
    keys from others.

    Parameters
    ----------
    attribute : str, default="s"
        What s is; a ledger is of one attribute, or of one combination of attributes.

    Attributes
    ----------
    releases : list of dict
        Of each release its name, date, number of codes, rows of each code, digests of key and
        fitted map, and the figures of its certificate; what is unknown is None.
    audits : list of dict
        Of each joint audit the names of the releases, its date, their numbers of codes there, the
        certificate's figures, and the bits that an attacker recovered at least.

    Notes
    -----
    Limits of single releases do not add up to a limit of all: codes of the same rows are not
    independent given s, and the composition theorem for maximal leakage [1]_ asks for that.
    Two codes whose parity is s say nothing each and everything together. So a release
    of K codes that no joint audit has seen counts log2 K bits; :meth:`audit` is what
    brings the bound down.

    References
    ----------
    .. [1] I. Issa, A. Wagner and S. Kamath, "An operational approach to information leakage",
       IEEE Transactions on Information Theory 66, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape import LeakageLedger
    >>> rng = np.random.default_rng(0)
    >>> first, second = rng.integers(2, size=(2, 2000))
    >>> ledger = LeakageLedger("sex")
    >>> ledger.add("2025", first, sensitive_features=first ^ second)
    >>> ledger.add("2026", second, sensitive_features=first ^ second)
    >>> ledger
    <LeakageLedger of 2 releases: at most 1.000 bits of sex, not audited jointly>
    """

    def __init__(self, attribute="s"):
        if not isinstance(attribute, str):
            raise TypeError(f"attribute is of type {type(attribute).__name__}; give a name.")
        self.attribute = attribute
        self.releases: list[dict] = []
        self.audits: list[dict] = []
        self._salt = secrets.token_hex(16)

    def add(
        self,
        name,
        codes,
        *,
        release=None,
        sensitive_features=None,
        persons=None,
        confidence=0.95,
        certificate=None,
    ):
        """Record a release.

        Parameters
        ----------
        name : str
            Of the release.
        codes : array-like of shape (n,) or (n, K)
            What was released, integers or one-hot; with ``sensitive_features``, of the fresh
            rows that it is to be certified on. They are counted, and not kept. Of integers those
            count that occur (there, and in audits); where others may, give ``release``, or
            one-hot codes.
        release : fitted InfoShapeTransformer, search or Pipeline, default=None
            What released them: for digests of key and map. It is not kept.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            s of these rows; certifies the release by itself (:func:`certify_leakage`).
        persons : array-like of shape (n,), default=None
            Who each row is of; one row of each is certified.
        confidence : float, default=0.95
            Of the limits.
        certificate : LeakageCertificate, default=None
            In place of ``sensitive_features``, where the release was certified before.

        Raises
        ------
        TypeError, ValueError
            If the name is taken, or these are no codes; nothing is recorded then.
        """
        if not isinstance(name, str) or not name:
            raise TypeError(f"name is of type {type(name).__name__}; give a text, not empty.")
        if any(name == own["name"] for own in self.releases):
            raise ValueError(f"name={name!r} is in the ledger already; give each release its own.")
        if sensitive_features is None:
            certificate = given_certificate(certificate, persons, confidence)
        elif certificate is not None:
            raise ValueError("Give sensitive_features or a certificate, not both.")
        # Refuses what is no release, or no codes, before a certificate is computed.
        entry = release_entry(name, codes, release, self._salt)
        if sensitive_features is not None:
            certificate = certify_leakage(codes, sensitive_features, confidence, groups=persons)
        self.releases.append(certified(entry, certificate))

    def audit(self, X, sensitive_features, transformers, *, persons=None, confidence=0.95):
        """Certify releases jointly, by the codes that they give the same fresh rows.

        Parameters
        ----------
        X : array-like of n rows
            That entered no fit and no choice of these releases.
        sensitive_features : array-like of shape (n,) or (n, d)
            Sensitive attributes.
        transformers : dict of str to fitted transformer, Pipeline or callable
            By the names of releases of the ledger; all that should be certified together.
        persons : array-like of shape (n,), default=None
            Whose each row is.
        confidence : float, default=0.95
            Of the limits.

        Returns
        -------
        LeakageCertificate
            Of the product of the codes; its figures are recorded.

        Raises
        ------
        ValueError
            If a name is not in the ledger, or its transformer is not the one that was recorded.
        """
        check_transformers(transformers, self.releases, self._salt)
        joint, n_codes = product_codes(X, transformers)
        certificate = certify_leakage(joint, sensitive_features, confidence, groups=persons)
        recovered = recovered_bits(joint, sensitive_features, persons, confidence)
        self.audits.append(audit_entry(n_codes, recovered, certificate))
        return certificate

    def bound(self, names=None, *, unit="maximal_leakage_bits", independent_given_s=False):
        """At most so many bits of s in several releases together.

        Parameters
        ----------
        names : sequence of str, default=None
            Of releases; None means all.
        unit : {"maximal_leakage_bits", "bits"}, default="maximal_leakage_bits"
            Maximal leakage, or mutual information, which is no greater.
        independent_given_s : bool, default=False
            Whether the releases have nothing in common but s: then limits of single releases
            add up (Issa et al. 2020). Of releases of the same persons that is hardly ever so.

        Returns
        -------
        float
            The least that follows from joint audits, certificates of single releases, numbers of
            codes, and of classes. Holds with :attr:`confidence`.
        """
        if unit not in UNITS:
            raise ValueError(f"unit={unit!r} is none of {', '.join(map(repr, UNITS))}.")
        own = {release["name"]: release for release in self.releases}
        if isinstance(names, str):
            raise TypeError(f"names={names!r} is one name; give a list of names.")
        names = list(own) if names is None else list(names)
        for name in names:
            if name not in own:
                raise ValueError(f"names has {name!r}, which is not in the ledger.")
        found = self._certified()
        # Audits may show different classes; the most that was seen or declared is on the safe side.
        classes = [certificate["n_classes"] for _, certificate in found]
        return joint_bound(
            {name: self._most_codes(own[name]) for name in names},
            [(known, certificate[unit]) for known, certificate in found],
            max(classes, default=None),
            independent_given_s=independent_given_s,
        )

    @property
    def confidence(self):
        """With which bounds hold: 1 less the error probabilities of all certificates."""
        return max(0.0, 1 - sum(1 - own["confidence"] for _, own in self._certified()))

    @property
    def at_least_bits(self):
        """Bits of s that an attacker recovered from releases together, at least; None: no audit."""
        found = [own["at_least_bits"] for own in self.audits if own["at_least_bits"] is not None]
        return max(found, default=None)

    def assert_below(self, bits, *, unit="maximal_leakage_bits"):
        """Raise unless all releases together are bounded by so many bits.

        Parameters
        ----------
        bits : float
            The limit.
        unit : {"maximal_leakage_bits", "bits"}, default="maximal_leakage_bits"

        Raises
        ------
        LeakageExceededError
            An AssertionError.
        ValueError
            If bits is no finite number of at least 0.
        """
        bits = checked_limit("bits", bits)
        found, recovered = self.bound(unit=unit), self.at_least_bits or 0.0
        if max(found, recovered) <= bits:
            return
        if found <= bits:
            raise LeakageExceededError(
                f"An attacker recovered at least {recovered:.4f} bits of {self.attribute} from "
                f"releases that were audited together, more than {bits:g}, though they are "
                f"certified to give away {found:.4f} ({unit}) at most: one of the two has failed."
            )
        missing = self._missing_names()
        how = "" if unit == "bits" else f" ({unit})"
        why = f" No joint audit has seen {', '.join(missing)}: audit(...) all together."
        raise LeakageExceededError(
            f"{len(self.releases)} releases together may give away {found:.4f} bits of "
            f"{self.attribute}{how}, more than {bits:g}.{why if missing else ''}"
        )

    def to_frame(self):
        """A row a release, with the bound of all releases up to it.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pd = needed("pandas", "to_frame")
        rows = []
        for number, own in enumerate(self.releases, 1):
            names = [release["name"] for release in self.releases[:number]]
            certificate = own["certificate"] or {}
            rows.append(
                {
                    "release": own["name"],
                    "date": own["date"],
                    "n_codes": self._most_codes(own),
                    "rarest_code": min(own["counts"]),
                    "key": None if own["key_digest"] is None else own["key_digest"][:8],
                    "alone_at_most_bits": certificate.get("bits"),
                    "alone_maximal_leakage_bits": certificate.get("maximal_leakage_bits"),
                    "so_far_at_most_bits": self.bound(names, unit="bits"),
                    "so_far_maximal_leakage_bits": self.bound(names),
                }
            )
        return pd.DataFrame(rows)

    def save(self, path, *, overwrite=False):
        """Write the ledger as JSON that only its owner can read, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Of the file.
        overwrite : bool, default=False
            Whether another file may be replaced. An earlier state of this ledger always is.

        Raises
        ------
        FileExistsError
            If there is another file, or a ledger with entries that this one lacks.
        """
        own = {"releases": self.releases, "audits": self.audits}
        write_ledger(path, {"attribute": self.attribute, "salt": self._salt, **own}, overwrite)

    @classmethod
    def load(cls, path):
        """Read a ledger that :meth:`save` wrote.

        Parameters
        ----------
        path : str or path-like
            Of the file.

        Returns
        -------
        LeakageLedger

        Raises
        ------
        ValueError
            If the file is none, or of a later version.
        """
        state = read_ledger(path)
        ledger = cls(state["attribute"])
        ledger._salt = state["salt"]
        ledger.releases, ledger.audits = state["releases"], state["audits"]
        return ledger

    def __len__(self):
        return len(self.releases)

    def __repr__(self):
        number = f"{len(self)} release{'' if len(self) == 1 else 's'}"
        if not self.releases:
            return f"<LeakageLedger of {number} of {self.attribute}>"
        low, n_missing = self.at_least_bits, len(self._missing_names())
        least = "" if low is None else f"at least {low:.3f}, "
        how = "" if len(self) == 1 else ", audited jointly"
        if n_missing:
            some = "" if n_missing == len(self) else f"{n_missing} "
            how = f", {some}not audited jointly"
        return (
            f"<LeakageLedger of {number}: {least}at most {self.bound():.3f} bits of "
            f"{self.attribute}{how}>"
        )

    def _most_codes(self, release):
        """The number of its codes, as recorded or as audits have seen since."""
        audited = [own["n_codes"].get(release["name"], 0) for own in self.audits]
        return max(release["n_codes"], *audited, 0)

    def _certified(self):
        """Sets of releases that were certified together, and the figures."""
        alone = (({own["name"]}, own["certificate"]) for own in self.releases)
        found = [(names, figures) for names, figures in alone if figures is not None]
        return [*found, *((set(own["releases"]), own["certificate"]) for own in self.audits)]

    def _missing_names(self):
        """Releases that the largest joint audit has not seen."""
        sets = [names for names, _ in self._certified() if len(names) > 1 or len(self) == 1]
        best: set = max(sets, key=len, default=set())
        return [own["name"] for own in self.releases if own["name"] not in best]
