"""What several finite codes of the same persons say of s at most, from what each may say alone.

Codes of the same row are no independent looks at s: each of two can be silent, and both together
give s away (a parity). So leakages of single codes do not add up to a bound. The number of codes
does: with K codes, of whatever kind,

    max leakage(s -> (Z, Z')) <= max leakage(s -> Z) + log2 K',
    I(s; Z, Z') <= I(s; Z) + log2 K',

since ``sum over z, z' of max over s of p(z, z' | s) <= K' sum over z of max over s of p(z | s)``.
"""

import numpy as np

__all__ = ["UNITS", "joint_bound"]

UNITS = ("maximal_leakage_bits", "bits")


def joint_bound(n_codes, certified, n_classes=None, *, independent_given_s=False):
    """Bits of s in several codes together, at most.

    Parameters
    ----------
    n_codes : dict of str to int
        Of each code that is looked at.
    certified : list of (set of str, float)
        Sets of codes that were certified jointly (single ones, too), and their limits in bits.
    n_classes : int, optional
        Of s, where it is known.
    independent_given_s : bool, default=False
        Whether the codes are independent of each other given s (as of different persons, or
        of measurements that have nothing but s in common): limits of single codes then add up.

    Returns
    -------
    float

    Examples
    --------
    Two codes that are certified to say nothing of a binary s, each by itself:

    >>> from sklearn_infoshape.audit.composition import joint_bound
    >>> alone = [({"a"}, 0.0), ({"b"}, 0.0)]
    >>> joint_bound({"a": 2, "b": 2}, alone)
    1.0
    >>> joint_bound({"a": 2, "b": 2}, [*alone, ({"a", "b"}, 0.25)])
    0.25
    >>> joint_bound({"a": 2, "b": 2}, alone, independent_given_s=True)
    0.0
    """
    own = {name: float(np.log2(number)) for name, number in n_codes.items()}
    if independent_given_s:
        for names, bits in certified:
            if len(names) == 1 and names <= set(own):
                (name,) = names
                own[name] = min(own[name], bits)
    found = [sum(own.values())]
    for names, bits in certified:
        if names & set(own):
            found.append(bits + sum(size for name, size in own.items() if name not in names))
    if n_classes is not None:
        found.append(float(np.log2(n_classes)))
    return float(min(found))
