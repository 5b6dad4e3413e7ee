"""`python -m tests.bench NAME [--json] [--quick] [--case CASE]`: measure, print the rows."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.bench.common import report

NAMES = ("monitor", "share", "ui", "data", "compile", "startup", "canvas", "findings", "soak")


def main(arguments: list[str] | None = None) -> int:
    """Run the named bench, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="all but the soak, unless named")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="few rounds: does it run at all?")
    parser.add_argument("--case", action="append", help="only this case; may be given again")
    parser.add_argument("--minutes", type=float, help="how long the soak lasts; 60 unless given")
    given = parser.parse_args(arguments)
    for name in [given.name] if given.name else [n for n in NAMES if n != "soak"]:
        bench = importlib.import_module(f"tests.bench.{name}")
        unknown = set(given.case or ()) - set(bench.CASES)
        if unknown:
            parser.error(f"{name} has the cases {', '.join(bench.CASES)}; received {unknown}.")
        print(f"{name} ...", file=sys.stderr, flush=True)
        more = {"minutes": given.minutes} if name == "soak" and given.minutes else {}
        rows = bench.rows(tuple(given.case or bench.CASES), quick=given.quick, **more)
        print(report(name, rows, as_json=given.json), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
