"""`python -m tests.bench NAME [--json] [--quick] [--case CASE]`: measure, print the rows."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.bench.common import report

NAMES = ("monitor", "ui", "data", "compile", "startup", "canvas")


def main(arguments: list[str] | None = None) -> int:
    """Run the named bench, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="all, unless named")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="few rounds: does it run at all?")
    parser.add_argument("--case", action="append", help="only this case; may be given again")
    given = parser.parse_args(arguments)
    for name in [given.name] if given.name else NAMES:
        bench = importlib.import_module(f"tests.bench.{name}")
        unknown = set(given.case or ()) - set(bench.CASES)
        if unknown:
            parser.error(f"{name} has the cases {', '.join(bench.CASES)}; received {unknown}.")
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows = bench.rows(tuple(given.case or bench.CASES), quick=given.quick)
        print(report(name, rows, as_json=given.json), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
