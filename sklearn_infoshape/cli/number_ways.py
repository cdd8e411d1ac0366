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
    return any(parse_numbers({number}, *way) is not None for way in WAYS)


def agreed_numbers(numbers, ways, guess):
    """Values in the first way of writing that all entries agree with, its name, its decimals."""
    bare, unit = _without_units(numbers)
    for thousands, decimal in ways if bare is not None else ():
        parsed = parse_numbers(set(bare.values()), thousands, decimal)
        unlikely = guess and decimal == "," and mostly_thousands(bare.values())
        if parsed is not None and not unlikely:
            values = {text: parsed[number] for text, number in bare.items()}
            way = describe_way(bare.values(), thousands, decimal, unit)
            return values, way, decimal_mark(bare.values(), thousands, decimal)
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
    bare, units = {}, set()
    for text in numbers:
        bare[text], unit = without_unit(text)
        if unit is None:
            return None, ""
        units.add(unit)
    percent = {unit for unit in units if "%" in unit}
    if len(units - {""}) > 1 or (percent and len(units) > 1):
        return None, ""
    return bare, "".join(units)


def without_unit(text):
    """An entry without its currency or percent sign, and this sign; None of several lines."""
    match = re.fullmatch(r"([+-]?) ?([$€£¥]?) ?(.*?) ?([$€£¥%]?)", text)
    if match is None:
        return text, None
    sign, before, number, after = match.groups()
    return sign + number, before + after


def parse_numbers(numbers, thousands, decimal):
    """Values of all entries, or None if one is not written in this way."""
    pattern = _pattern(thousands, decimal)
    if any(pattern.fullmatch(text) is None for text in numbers):
        return None
    return {
        text: float((text.replace(thousands, "") if thousands else text).replace(decimal, "."))
        for text in numbers
    }


@functools.cache
def _pattern(thousands, decimal):
    grouped = rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else r"\d+"
    mark = re.escape(decimal)
    return re.compile(
        rf"[+-]?(?:(?:\d+|{grouped})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?", re.ASCII
    )
