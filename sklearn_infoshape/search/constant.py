"""Candidates that are one code for all rows: delivered within a budget of 0, and what is said."""

import contextlib
import copy

import numpy as np

from sklearn_infoshape.exceptions import CollapsedEncoderWarning
from sklearn_infoshape.runtime.own_warnings import unsaid, warn

__all__ = ["collapse_unsaid", "constant_member", "warn_of_one_code"]


def constant_member(path):
    """The most private candidate with all its codes made one, and its place."""
    index = int(path.leakage_bits.sum(axis=1).argmin())
    member = copy.deepcopy(path[index])
    member.set_params(privacy_multiplier=np.inf)
    channel, book = member.release_.channel, member.codebook_
    channel.live = channel.live[[int(book["share"].argmax())]]
    channel.draw = None
    constant = {
        role: {name: (book["share"] @ table)[None] for name, table in book[role].items()}
        for role in ("target", "sensitive")
    }
    constant["posterior_shift"] = {name: np.zeros(1) for name in book["sensitive"]}
    member.codebook_ = {**book, "share": np.ones(1), **constant}
    member.utility_estimate_bits_ = member.utility_estimate_bits_ * 0.0
    member.leakage_estimate_bits_ = member.leakage_estimate_bits_ * 0.0
    member.release_.bits = tuple((name, 0.0, verb) for name, _, verb in member.release_.bits)
    warn(
        "No candidate is within a budget of 0: the same code is released for every row, which "
        "tells nothing of s and nothing of y. Allow some leakage for a release that is of use.",
        CollapsedEncoderWarning,
    )
    return member, index


def collapse_unsaid(settings):
    """A block whose candidates may be one code for all rows: the most private ones often are.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    context manager
    """
    return unsaid(CollapsedEncoderWarning) if settings.channel.is_code else contextlib.nullcontext()


def warn_of_one_code(member):
    """Say where the release that is delivered is one code for all rows.

    Parameters
    ----------
    member : InfoShapeTransformer
    """
    if member.release_.channel.is_code and member.release_.n_outputs < 2:
        warn(
            "The delivered release is the same code for every row: it hides everything and tells "
            "nothing. Allow more leakage, or give smaller privacy_multipliers.",
            CollapsedEncoderWarning,
        )
