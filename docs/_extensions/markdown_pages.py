"""Pages of the checkout that are Markdown, as pages of these docs.

A page that has the line ``.. markdown: ../CHANGELOG.md`` is read as if the file stood there. What
is known of Markdown is what our files use: headings, lists, code, links and tables.
"""

import re
from pathlib import Path

_LINE = re.compile(r"^\.\. markdown: (\S+)$", re.MULTILINE)
_UNDERLINES = {2: "-", 3: "~", 4: "^"}


def as_rst(text):
    """Markdown as reStructuredText, without its title.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    lines, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if rows:
            lines += [*_table(rows), ""]
            rows = []
        heading = re.match(r"(#+) (.+)", line)
        if heading and len(heading[1]) > 1:
            title = _inline(heading[2])
            lines += [title, _UNDERLINES[len(heading[1])] * len(title)]
        elif not heading:
            lines.append(_inline(line))
    return "\n".join(lines)


def _table(rows):
    head, _, *body = rows
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *body]:
        for number, cell in enumerate(row):
            lines.append(f"   {'-' if number else '*'} - {_inline(cell)}".replace("- -", "  -"))
    return lines


def _inline(line):
    """Code and links; a star or a bar of a text stays one."""
    parts = re.split(r"(`[^`]+`)", line)
    for number in range(0, len(parts), 2):
        escaped = re.sub(r"(?<!\*)\*(?!\*)|\||(?<=\w)_(?=\W|$)", r"\\\g<0>", parts[number])
        parts[number] = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", escaped)
    return "".join(f"`{part}`" if number % 2 else part for number, part in enumerate(parts))


def _read(app, name, source):
    def text_of(match):
        path = Path(app.srcdir) / match[1]
        app.env.note_dependency(str(path))
        return as_rst(path.read_text("utf-8"))

    source[0] = _LINE.sub(text_of, source[0])


def setup(app):
    """Read such lines."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}
