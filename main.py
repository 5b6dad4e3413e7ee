"""Layerloom starts here: the window, or with a sub-command the command line."""

from __future__ import annotations

import sys
from pathlib import Path

COMMANDS = frozenset(
    {
        "new",
        "templates",
        "check",
        "profile",
        "train",
        "evaluate",
        "predict",
        "runs",
        "export",
        "catalog",
        "docs",
        "trust",
    }
)


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for and return the exit status."""
    first = arguments[0] if arguments else ""
    if first == "demo":
        from designer import demo

        return demo.main(arguments[1:])
    a_file = len(arguments) == 1 and (first.endswith(".loom") or Path(first).is_file())
    if arguments and (first in COMMANDS or not a_file):
        from engine import cli

        return cli.main(arguments)
    from designer import app

    return app.main(first or None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
