"""A column of text as dates: by ISO, or day, month and year in the one order that all allow."""

import datetime
import re
from dataclasses import dataclass

__all__ = ["DateReading", "read_dates"]

_MOST_STRAYS = 0.05
_FEWEST_LEVELS = 20  # of a column in which entries may be no dates
_TIME = (
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2}))?)?"
)
_ISO = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + _TIME, re.ASCII)
_OPEN = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.]) ?(?P<next>\d{1,2})(?P=mark) ?(?P<year>\d{4}|\d{2})" + _TIME,
    re.ASCII,
)
_NAMED = re.compile(
    r"(?:(?P<day>\d{1,2})[. -]+(?P<name>[A-Za-z]{3,9})\.?"
    r"|(?P<name_first>[A-Za-z]{3,9})\.? (?P<day_next>\d{1,2})),?[ -]+(?P<year>\d{4})" + _TIME,
    re.ASCII,
)
_PATTERNS = (_ISO, _OPEN, _NAMED)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_NOTHING = {"0000-00-00", "00.00.0000", "00/00/0000", "0000-00-00 00:00:00"}


@dataclass(frozen=True)
class DateReading:
    """Entries as dates, and how they were read.

    Attributes
    ----------
    values : dict of str to datetime
        Without time zone (of entries that have one, in UTC).
    order : {"", "day first", "month first"}
        Empty where no entry leaves the order open.
    n_strays : int
        Rows whose entry is no date.
    is_guess : bool
        Whether both orders were possible.
    has_short_years : bool
    """

    values: dict
    order: str
    n_strays: int
    is_guess: bool
    has_short_years: bool


def read_dates(counts, order="", known=False):
    """Read entries as dates, if they are.

    Parameters
    ----------
    counts : dict of str to int
        Rows of each entry, without those that are gaps.
    order : {"", "day first", "month first"}
        What an earlier file had.
    known : bool, default=False
        Whether the column is known to hold dates, so that other entries are strays, however many.

    Returns
    -------
    DateReading or None

    Examples
    --------
    >>> from sklearn_infoshape.cli.text_dates import read_dates
    >>> read_dates({"31.01.2024": 1, "01.02.2024": 1}).order
    'day first'
    """
    matches: dict = {}
    n_rows, n_strays = sum(counts.values()), 0
    for text, count in counts.items():
        match = next((m for m in (p.fullmatch(text) for p in _PATTERNS) if m), None)
        if match:
            matches[text] = match
        elif text not in _NOTHING:
            n_strays += count
            if not known and n_strays > _MOST_STRAYS * n_rows:
                return None
    found, is_guess = _order({t: m for t, m in matches.items() if m.re is _OPEN}, counts, order)
    moments = {text: _moment(match, found) for text, match in matches.items()}
    values = {text: moment for text, moment in moments.items() if moment is not None}
    n_strays += sum(counts[text] for text in matches if text not in values)
    most = _MOST_STRAYS * n_rows if len(values) > _FEWEST_LEVELS else 0
    if not known and (not values or n_strays > most):
        return None
    short = any(len(match["year"]) == 2 for match in matches.values())
    return DateReading(values, found, n_strays, is_guess, short)


def _order(matches, counts, order):
    """In which order days and months are, and whether this is a guess."""
    if not matches or order:
        return order, False
    day_first = sum(counts[text] for text, m in matches.items() if int(m["first"]) > 12)
    month_first = sum(counts[text] for text, m in matches.items() if int(m["next"]) > 12)
    if day_first or month_first:  # entries of the lesser order are no dates
        return ("day first" if day_first >= month_first else "month first"), False
    points = any(match["mark"] == "." for match in matches.values())
    return ("day first" if points else "month first"), not points


def _moment(match, order):
    """The date of a match; None where there is no such day or time."""
    found = match.groupdict()
    try:
        if match.re is _OPEN:
            day, month = int(found["first"]), int(found["next"])
            if order == "month first":
                day, month = month, day
        elif match.re is _NAMED:
            day = int(found["day"] or found["day_next"])
            name = (found["name"] or found["name_first"]).lower()
            month = next(i for i, m in enumerate(_MONTHS, 1) if name in (m, m[:3], m[:4]))
        else:
            day, month = int(found["day"]), int(found["month"])
        year = int(found["year"])
        if len(found["year"]) == 2:
            year += 1900 if year >= 69 else 2000
        hour = int(found["hour"] or 0)
        if found["half"]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + 12 * (found["half"] in "pP")
        micro = int((found["part"] or "").ljust(6, "0")[:6])
        moment = datetime.datetime(
            year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0), micro
        )
        zone = (found["zone"] or "").replace(":", "")
        if zone[:1] in ("+", "-"):
            shift = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
            moment += -shift if zone[0] == "+" else shift
    except (ValueError, OverflowError, StopIteration):
        return None
    return moment
