"""List the benchmarks, or run one: `python -m benchmarks [name] [options]`."""

import ast
import runpy
import sys
from pathlib import Path

ROOM = Path(__file__).parent


def scripts():
    """Names of the modules that can be run, with the first line of what they say they do.

    Returns
    -------
    dict of str to str
    """
    found = {}
    for path in sorted(ROOM.glob("*.py")):
        text = path.read_text("utf-8")
        if path.name != "__main__.py" and 'if __name__ == "__main__":' in text:
            found[path.stem] = ast.get_docstring(ast.parse(text)).splitlines()[0]
    return found


def main():
    """Print the list, or hand over to the benchmark that is named."""
    names = scripts()
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(
            "python -m benchmarks NAME [options] runs one of these; --help after it tells more.\n"
        )
        for name, says in names.items():
            print(f"{name:22}{says}")
        return
    name = sys.argv.pop(1)
    if name not in names:
        sys.exit(f"There is no benchmark {name!r}; there are {', '.join(names)}.")
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
