"""Layerloom starts here: the window, or with a sub-command the command line."""

from __future__ import annotations

import sys

COMMANDS = ("new", "templates", "check", "train", "evaluate", "export", "catalog")


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for and return the exit status."""
    first = arguments[0] if arguments else ""
    if first in COMMANDS or first.startswith("-") or len(arguments) > 1 and first != "demo":
        from engine import cli

        return cli.main(arguments)
    if first == "demo":
        from designer import demo

        return demo.main(arguments[1:])
    from designer import app

    return app.main(first or None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
