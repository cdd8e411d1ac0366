"""Code in README and in docs, as the tests read it: blocks by language, section and page."""

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCS", "README", "Block", "blocks", "commands", "pages"]

DOCS = Path(__file__).parents[1] / "docs"
README = DOCS.parent / "README.md"
# What builds write, and what sphinx-gallery runs by itself.
_MADE = {"_build", "_templates", "generated", "gallery", "examples"}

_FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?P<language>\w+)\n"
    r"(?P<options>(?: +:[\w-]+:[^\n]*\n)*)"
    r"(?P<code>(?:\n|(?P=indent)   [^\n]*\n)+)",
    re.MULTILINE,
)
_HEADING = re.compile(r"^(?P<title>[^\n]+)\n(?:-{3,}|={3,})$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes
    ----------
    page : Path
        Where it stands.
    line : int
        The line of its first line of code.
    section : str
        The heading above it; "" above the second one.
    language : str
        "python", "sh" and so on.
    code : str
        Without indentation.
    needs : str or None
        What it needs that tests of pages have not, from ``:class: needs-cluster``.
    """

    page: Path
    line: int
    section: str
    language: str
    code: str
    needs: str | None = None

    def compiled(self):
        """The code, with the page's own lines in tracebacks."""
        return compile("\n" * (self.line - 1) + self.code, str(self.page), "exec")


def blocks(page, language="python"):
    """The blocks of a page in one language, or in all.

    Parameters
    ----------
    page : Path
        Of Markdown or reStructuredText.
    language : str or None, default="python"

    Returns
    -------
    list of Block
    """
    text = page.read_text("utf-8")
    headings = [(found.start(), found["title"]) for found in _HEADING.finditer(text)][1:]
    pattern = _FENCED if page.suffix == ".md" else _DIRECTIVE
    found = []
    for match in pattern.finditer(text):
        if language not in (None, match["language"]):
            continue
        start = match.start("code") + len(match["code"]) - len(match["code"].lstrip("\n"))
        above = [title for place, title in headings if place < match.start()]
        needs = re.search(r":class: needs-(\w+)", match.groupdict().get("options") or "")
        found.append(
            Block(
                page=page,
                line=text.count("\n", 0, start) + 1,
                section=above[-1] if above else "",
                language=match["language"],
                code=textwrap.dedent(match["code"]).strip("\n") + "\n",
                needs=needs[1] if needs else None,
            )
        )
    return found


def pages():
    """README and the pages of docs that somebody wrote.

    Returns
    -------
    list of Path
    """
    found = sorted(DOCS.rglob("*.rst"))
    written = [page for page in found if not _MADE & set(page.relative_to(DOCS).parts)]
    return [README, *written]


def commands(block):
    """The commands of a block of a shell, each as its arguments.

    Parameters
    ----------
    block : Block

    Returns
    -------
    list of list of str
    """
    lines = block.code.replace("\\\n", " ").splitlines()
    return [
        shlex.split(command) for line in lines for command in line.split("&&") if command.strip()
    ]
