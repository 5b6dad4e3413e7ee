"""A long run with the window live: does memory stay, does the window ever stall?

The window trains without end while its plots' pages, the selected layer and the canvas change as
they would under a person's hands. Memory is the resident set of the process, read twice a second;
its slope is taken after the first fifth. A gap is the time between two ticks of a 16 ms timer.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from array import array
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.common import ROOT, Row, environment, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from designer.window import MainWindow

CASES = ("W1", "W2")
MINUTES = 60.0
WARM = 0.2
"""Share of the time that is left out."""
PERIOD = 0.5
PAGE = os.sysconf("SC_PAGE_SIZE")


def memory() -> float:
    """Return the resident set in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE / 2**20


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return MiB a minute by Theil and Sen: the median of the slopes of pairs half a run apart."""
    half = len(points) // 2
    apart = zip(points[:half], points[-half:], strict=True)
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) * 60 for a, b in apart)


def rows(cases: tuple[str, ...], *, quick: bool = False, minutes: float = MINUTES) -> list[Row]:
    """Return the slope of memory and the worst gap of each case."""
    found: list[Row] = []
    for case in cases:
        length = 0.08 if quick else minutes
        command = [sys.executable, "-m", "tests.bench.soak", case, str(length * 60)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        for name, value in answer.items():
            found.append(Row(case, name, round(value, 4), round(value, 4), round(value, 4)))
    return found


def _uses(window: MainWindow) -> Iterator[Callable[[], None]]:
    """Yield, without end, things a person does while the network trains."""
    parts = window.parts
    tabs, canvas = parts.monitor.tabs, parts.canvas
    page = 0
    while True:
        page = (page + 1) % tabs.count()
        if tabs.isTabVisible(page):
            yield partial(tabs.setCurrentIndex, page)
        for node in list(parts.document.graph.nodes):
            yield partial(canvas.select, [node])
        yield canvas.frame_all


def main(case: str, seconds: str) -> None:
    """Train for so long and print what was seen."""
    from tests.bench.window import TICK, opened, rest, wait

    with opened(case, "thread") as (window, watch):
        watch.bridge.resume()
        wait(lambda: watch.bridge.state == "running", 60)
        rest(2)
        seen: list[tuple[float, float]] = []
        gaps = array("d")  # Smaller than a list, for what is measured is memory.
        uses, first, begin = _uses(window), watch.steps, time.perf_counter()
        watch.late.clear()
        watch._last = begin
        watch.timer.start()
        due = begin
        while (now := time.perf_counter()) - begin < float(seconds):
            rest(PERIOD)
            if now >= due:
                next(uses)()
                due = now + 2
            seen.append((time.perf_counter() - begin, memory()))
            gaps.extend(watch.late)
            watch.late.clear()
        watch.timer.stop()
        steps = watch.steps - first
    kept = seen[int(len(seen) * WARM) :]
    print(
        json.dumps(
            {
                "minutes": seen[-1][0] / 60,
                "steps": float(steps),
                "memory_mib_per_minute": slope(kept),
                "memory_mib": kept[-1][1],
                "gap_p99_ms": percentile(gaps, 0.99) + TICK,
                "gap_worst_ms": max(gaps) + TICK,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
