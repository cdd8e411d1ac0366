"""``python -m sklearn_infoshape``: see :mod:`sklearn_infoshape.cli.commands`."""

from sklearn_infoshape.cli.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
