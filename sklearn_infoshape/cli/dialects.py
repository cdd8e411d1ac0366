"""How a file of text is packed, encoded and delimited."""

import bz2
import codecs
import contextlib
import csv
import gzip
import io
import lzma
import os
import sys
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["check_file", "file_name", "open_text", "readers", "text_delimiter", "text_encoding"]

_PACKED: dict[bytes, Callable] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
_MARKS = [  # of the four bytes first, which begin as those of two do
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_DELIMITERS = (",", ";", "\t", "|")
_NAMED = {"tab": "\t", "\\t": "\t"}
_SLICE = 1 << 20  # bytes that are read at once
_SAMPLE = 1 << 18  # characters that the delimiter is found from
_LONGEST_NAME = 80
_limit_lock = threading.Lock()


def file_name(path):
    """A path for messages: on one line, and short.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
    """
    text = " ".join(str(path).split())
    return text if len(text) <= _LONGEST_NAME else "…" + text[-_LONGEST_NAME:]


def check_file(path):
    """Refuse what is no file that can be read.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    OSError, ValueError
    """
    name = file_name(path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"{name} is a folder; name a file in it.")
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {name}; check its name and folder.")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"{name} cannot be read; ask for the permission, or copy it.")
    if not os.path.isfile(path):
        raise ValueError(f"{name} is no plain file, and is read more than once; copy it to one.")
    if os.path.getsize(path) == 0:
        raise ValueError(f"{name} is empty; give a table with a header line and rows.")


@contextlib.contextmanager
def _open_bytes(path):
    """The bytes of a file, unpacked if it is packed, whatever its suffix says."""
    name = file_name(path)
    with open(path, "rb") as opened:
        start = opened.read(6)
    file: Any
    with contextlib.ExitStack() as stack:
        try:
            if start.startswith(b"PK\x03\x04"):
                archive = stack.enter_context(zipfile.ZipFile(path))
                members = [m for m in archive.infolist() if not m.is_dir()]
                if len(members) != 1:
                    raise ValueError(
                        f"{name} holds {len(members)} files; pack one table, or unpack it first."
                    )
                file = stack.enter_context(archive.open(members[0]))
            else:
                opener = next((o for m, o in _PACKED.items() if start.startswith(m)), open)
                file = stack.enter_context(opener(path, "rb"))
            yield file
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile):
            raise ValueError(
                f"{name} is packed, and damaged or cut off; copy or pack it again."
            ) from None
        except (RuntimeError, NotImplementedError):
            raise ValueError(f"{name} is locked or packed in an unknown way; unpack it.") from None


def text_encoding(path, encoding=None, report=None):
    """The encoding of a file of text, which is read once for it.

    Parameters
    ----------
    path : str or Path
    encoding : str, default=None
        Python's name; None: by its mark, UTF-8 where all of it is, else Windows-1252.
    report : callable, default=None
        Gets a line where the encoding is a guess.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the file is no text, or not of this encoding.
    """
    name = file_name(path)
    if encoding is not None:
        try:
            with contextlib.suppress(UnicodeError):
                b" ".decode(encoding)
        except LookupError:
            raise ValueError(
                f"encoding={encoding!r} is not known; give a name such as utf-8, cp1252 or utf-16."
            ) from None
        if not _decodes(path, encoding):
            raise ValueError(f"{name} is no text in {encoding}; name another encoding.")
        with _open_bytes(path) as file:
            marked = file.read(3) == codecs.BOM_UTF8
        return "utf-8-sig" if marked and codecs.lookup(encoding).name == "utf-8" else encoding
    with _open_bytes(path) as file:
        start = file.read(4)
    marked = next((e for mark, e in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        if not _decodes(path, marked):
            raise ValueError(f"{name} begins as text in {marked}, but is none; save it anew.")
        return marked
    if _decodes(path, "utf-8"):
        return "utf-8"
    if not _decodes(path, "cp1252"):
        raise ValueError(f"{name} is no text in UTF-8 or Windows-1252; name its encoding.")
    if report:
        report("the file is not in UTF-8; it was read as Windows-1252 (cp1252)")
    return "cp1252"


def _decodes(path, encoding):
    """Whether all of a file is text in an encoding; NUL in it is an error."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with _open_bytes(path) as file:
        while True:
            data = file.read(_SLICE)
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeError:
                return False
            if "\0" in text:
                raise ValueError(
                    f"{file_name(path)} holds NUL bytes, so it is no text, or text in UTF-16 "
                    "without a mark; save it as CSV in UTF-8, or name its encoding."
                )
            if not data:
                return True


@contextlib.contextmanager
def open_text(path, encoding):
    """A file of text, unpacked, with its line ends as they are.

    Parameters
    ----------
    path : str or Path
    encoding : str

    Yields
    ------
    file of text
    """
    with _open_bytes(path) as file, io.TextIOWrapper(file, encoding, newline="") as text:
        yield text


@contextlib.contextmanager
def readers():
    """A block in which :mod:`csv` reads fields of any length.

    Yields
    ------
    callable
        Makes a reader of lines, a delimiter and ``strict``.
    """
    with _limit_lock:  # the limit is of the whole process
        before = csv.field_size_limit(sys.maxsize)
        try:
            yield lambda lines, delimiter, strict=False: csv.reader(
                lines, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict
            )
        finally:
            csv.field_size_limit(before)


def text_delimiter(path, encoding, delimiter=None):
    """What stands between the fields of a file.

    Parameters
    ----------
    path : str or Path
    encoding : str
    delimiter : str, default=None
        One character, or ``"tab"``; None: the one of comma, semicolon, tab and bar that most
        lines have as often as the header line has it.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a delimiter is no single character.
    """
    if delimiter is not None:
        found = _NAMED.get(delimiter, delimiter)
        if len(found) != 1 or found in '"\r\n':
            raise ValueError(f"delimiter={delimiter!r} is no single character; give one, or 'tab'.")
        return found
    with open_text(path, encoding) as file:
        sample = file.read(_SAMPLE)
        whole = not file.read(1)
    first = sample.split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    scores = {}
    with readers() as reader:
        for place, sign in enumerate(_DELIMITERS):
            lines = io.StringIO(sample, newline="")
            counts = [len(record) for record in reader(lines, sign) if any(record)]
            counts = counts if whole or len(counts) < 2 else counts[:-1]
            if counts and counts[0] > 1:
                alike = Counter(counts)[counts[0]] / len(counts)
                scores[sign] = (round(alike, 2), counts[0], -place)
    if Path(path).name.lower().split(".")[-1] in ("tsv", "tab") and "\t" in scores:
        return "\t"
    return max(scores, key=lambda sign: scores[sign]) if scores else ","
