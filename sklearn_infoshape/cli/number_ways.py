"""Ways in which numbers are written: thousands, decimals, units."""

import functools
import re

__all__ = [
    "WAYS",
    "agreed_numbers",
    "decimal_mark",
    "describe_way",
    "looks_like_a_number",
    "mostly_thousands",
    "parse_numbers",
    "plain_text",
    "without_unit",
]

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | {"\u2212": "-"})
# How thousands are separated, and what precedes decimals. The first that all entries agree with is
# taken: "1.5" is a plain number, and "50,000" fifty thousand, as where all entries have three
# digits after the comma, and none begins with 0, both readings differ by a factor only.
WAYS = [
    ("", "."),
    *((",", "."), (" ", "."), ("'", "."), ("’", "."), ("_", ".")),
    *(("", ","), (".", ","), (" ", ","), ("'", ","), ("’", ",")),
]
"""How thousands are separated, and what precedes decimals."""

_WITH_UNIT = re.compile(r"([+-]?) ?([$€£¥]?) ?(.*?) ?([$€£¥%]?)")
_WITH_UNITS = re.compile(r"[$€£¥%]|[+-] ")  # what it takes off is in none of the entries


def plain_text(text):
    """An entry with plain blanks, minus signs, and none around it.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text.translate(_SPACES).strip()


def looks_like_a_number(text):
    """Whether an entry is a number by itself, however it is written.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    number = without_unit(plain_text(text))[0]
    return any(parse_numbers([number], *way) is not None for way in WAYS)


def agreed_numbers(numbers, ways, guess):
    """Values in the first way of writing that all entries agree with, its name, its decimals."""
    texts = list(numbers)
    bare, unit = _without_units(texts)
    for thousands, decimal in ways if bare is not None else ():
        parsed = parse_numbers(bare, thousands, decimal)
        unlikely = guess and decimal == "," and mostly_thousands(bare)
        if parsed is not None and not unlikely:
            way = describe_way(bare, thousands, decimal, unit)
            values = dict(zip(texts, parsed, strict=True))
            return values, way, decimal_mark(bare, thousands, decimal)
    return None


def describe_way(numbers, thousands, decimal, unit):
    """What is unusual of a way of writing."""
    ways = [
        f"thousands separated by {thousands!r}" if thousands else "",
        "decimal commas" if decimal == "," and "," in "".join(numbers) else "",
        f"in {unit}" if unit else "",
    ]
    return ", ".join(way for way in ways if way)


def decimal_mark(numbers, thousands, decimal):
    """What precedes decimals, where some entry has it, or has the other sign between thousands."""
    signs = "".join(numbers)
    other = {",": ".", ".": ","}[decimal]
    return decimal if decimal in signs or (thousands == other and other in signs) else ""


def mostly_thousands(numbers):
    """Whether most commas stand before three digits, though some entry says they are decimal.

    Not where all have three decimals: then they are written alike, and some begin with 0.
    """
    commas = [text for text in numbers if "," in text]
    shaped = [text for text in commas if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text)]
    alike = all(re.fullmatch(r".*,\d{3}", text) for text in commas)
    return len(shaped) > len(commas) / 2 and not alike


def _without_units(numbers):
    """Entries without a currency sign, or all without a percent sign; None where they are mixed."""
    joined = "\n".join(numbers)
    if numbers and joined.count("\n") != len(numbers) - 1:
        return None, ""
    if not _WITH_UNITS.search(joined):
        return numbers, ""
    bare, all_units = zip(*map(without_unit, numbers), strict=True)
    units = set(all_units)
    percent = {unit for unit in units if "%" in unit}
    if len(units - {""}) > 1 or (percent and len(units) > 1):
        return None, ""
    return list(bare), "".join(units)


def without_unit(text):
    """An entry without its currency or percent sign, and this sign; None of several lines."""
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        return text, None
    sign, before, number, after = match.groups()
    return sign + number, before + after


def parse_numbers(numbers, thousands, decimal):
    """Values of a list of entries, or None if one is not written in this way."""
    joined = "".join([f"{text}\n" for text in numbers])
    if joined.count("\n") != len(numbers) or not _pattern(thousands, decimal).fullmatch(joined):
        return None
    if thousands:
        joined = joined.replace(thousands, "")
    return [*map(float, joined.replace(decimal, ".").split("\n")[:-1])]


@functools.cache
def _pattern(thousands, decimal):
    """All entries at once, each with a line end: one by one takes many times as long."""
    grouped = rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else r"\d+"
    mark = re.escape(decimal)
    return re.compile(
        rf"(?:[+-]?(?:(?:\d+|{grouped})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?\n)*+", re.ASCII
    )
