"""Write the README's table of frontier areas anew from results/frontier.txt.

Run: python -m benchmarks.readme_table
"""

import re
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "frontier.txt"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- frontier: begin -->\n", "<!-- frontier: end -->"
NAMES = {
    "two stages (default)": "**two stages (our default)**",
    "label score (boosting)": "label score: boosting's p(y given x)",
    "one stage: categorical": "one stage, finite code",
    "one stage: gauss., ReMINE": "one stage, gaussian noise, ReMINE",
    "one stage: gauss., c.-entr.": "one stage, gaussian noise, cross-entropy",
    "paper: no channel, ReMINE": "the paper's design: no channel, ReMINE",
    "LEACE": "LEACE (linear erasure)",
}


def table(results):
    """The areas of a results file as a Markdown table.

    Parameters
    ----------
    results : str
        What ``benchmarks.frontier`` printed.

    Returns
    -------
    str
    """
    block = results.split("frontier area: mean")[1].split("(mean:")[0].splitlines()[1:]
    sets = block[0].split()
    lines = ["| release | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|"]
    rows = {line[:28].strip(): re.findall(r"([01]?\.\d+) ±", line[28:]) for line in block[1:]}
    for name, shown in NAMES.items():
        lines.append(f"| {shown} | " + " | ".join(rows[name]) + " |")
    return "\n".join(lines) + "\n"


def main():
    """Replace the table between its two marks."""
    text = README.read_text("utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(before + BEGIN + table(RESULTS.read_text("utf-8")) + END + after, "utf-8")


if __name__ == "__main__":
    main()
