"""Write README's tables anew: the main job's, and frontier areas, from the files in results/.

From main_job.txt, frontier.txt, peers.txt and peers_erasure.txt.

Run: python -m benchmarks.readme_table
"""

import argparse
from pathlib import Path

from benchmarks.main_job import RESULT as MAIN_JOB
from benchmarks.main_job import printed

RESULTS = [
    Path(__file__).parent / "results" / f"{name}.txt"
    for name in ("frontier", "peers", "peers_erasure")
]
README = Path(__file__).parents[1] / "README.md"
NAMES = {
    "two stages (default)": "**two stages (our default)**",
    "label score (boosting)": "label score: boosting's p(y given x)",
    "one stage: categorical": "one stage, finite code",
    "one stage: gauss., ReMINE": "one stage, gaussian noise, ReMINE",
    "one stage: gauss., c.-entr.": "one stage, gaussian noise, cross-entropy",
    "paper: no channel, ReMINE": "the paper's design, by our training: no channel, ReMINE",
    "fairlearn adv., score": "fairlearn's adversarial network, its score",
    "fairlearn adv., hidden": "fairlearn's adversarial network, its hidden layer",
    "FARE-style tree, ours": "FARE-style tree code (our short form)",
    "CVIB-style, ours": "CVIB-style variational code (our short form)",
    "LAFTR-style, ours": "LAFTR-style adversarial code (our short form)",
    "LFR (aif360) *": "AIF360's LFR *",
    "Obliviator-style, ours": "Obliviator-style kernel erasure (our short form)",
    "SPLINCE, ours": "SPLINCE (linear erasure that keeps cov(X, y); our short form)",
    "fairlearn prototypes": "fairlearn's PrototypeRepresentationLearner (10 components)",
    "LEACE": "LEACE (linear erasure)",
    "CorrelationRemover *": "fairlearn's CorrelationRemover *",
}


def areas(results):
    """The mean areas that a results file holds.

    Parameters
    ----------
    results : str
        What ``benchmarks.frontier`` or ``benchmarks.peers`` printed.

    Returns
    -------
    dict of str to dict of str to str
        For each method its area on each set.
    """
    block = results.split("frontier area: mean")[1].split("(mean:")[0].splitlines()[1:]
    sets = block[0].split()
    found = {}
    for line in block[1:]:
        cells = [line[start : start + 12] for start in range(28, len(line), 12)]
        found[line[:28].strip()] = {
            name: cell.split("±")[0].strip() for name, cell in zip(sets, cells, strict=True)
        }
    return found


def table(*results):
    """The areas of several results files as one Markdown table.

    Parameters
    ----------
    *results : str
        Texts of the files; the first has all sets, and the last our newest default.

    Returns
    -------
    str
    """
    found = {}
    for text in reversed(results):
        found.update(areas(text))
    default = next(iter(NAMES))
    found[default] = areas(results[-1])[default]
    sets = list(next(iter(areas(results[0]).values())))
    lines = ["| release | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|"]
    for name, shown in NAMES.items():
        lines.append(f"| {shown} | " + " | ".join(found[name].get(s, "–") for s in sets) + " |")
    return "\n".join(lines) + "\n"


def main_job_block(result):
    """The main job's output as a block of Markdown.

    Parameters
    ----------
    result : str
        Text of ``results/main_job.txt``.

    Returns
    -------
    str
    """
    return f"```\n{printed(result)}```\n"


def blocks():
    """README's generated blocks, each by the name in its marks.

    Returns
    -------
    dict of str to str
    """
    return {
        "main job": main_job_block(MAIN_JOB.read_text("utf-8")),
        "frontier": table(*(file.read_text("utf-8") for file in RESULTS)),
    }


def between_marks(text, name):
    """What precedes a block, the block, and what follows it.

    Parameters
    ----------
    text : str
        Of README.
    name : str
        In the block's marks.

    Returns
    -------
    tuple of three str
    """
    before, rest = text.split(f"<!-- {name}: begin -->\n")
    block, after = rest.split(f"<!-- {name}: end -->")
    return before, block, after


def main():
    """Replace each table between its two marks."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    text = README.read_text("utf-8")
    for name, block in blocks().items():
        before, _, after = between_marks(text, name)
        text = f"{before}<!-- {name}: begin -->\n{block}<!-- {name}: end -->{after}"
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
