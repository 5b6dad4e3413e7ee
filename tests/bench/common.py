"""How a ratio is measured here: adjacent pairs, order flipped each round, median and quartiles.

A ratio is time of the base over time of ours: more than 1 is faster than the base.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Run = Callable[[int], object]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: the median of its samples and their lower and upper quartile."""

    case: str
    metric: str
    value: float
    low: float
    high: float


def row(case: str, metric: str, samples: Sequence[float]) -> Row:
    """Return the median and the quartiles of some samples."""
    ordered = sorted(samples)
    low, high = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    return Row(case, metric, round(statistics.median(ordered), 4), round(low, 4), round(high, 4))


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which this share of the samples lies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def pairs(
    base: Run,
    ours: Run,
    *,
    rounds: int,
    seconds: float,
    least: int = 2,
    clock: Callable[[], float] = time.thread_time,
) -> list[float]:
    """Return one ratio a round; both run the same number of steps, about `seconds` of the base.

    The clock is this thread's CPU time: what else runs on the machine does not count. It holds
    for work on this thread alone, so torch must have one thread.
    """
    base(3)
    ours(3)
    start = time.perf_counter()
    base(3)
    steps = max(least, int(seconds * 3 / (time.perf_counter() - start)))

    def timed(run: Run) -> float:
        begin = clock()
        run(steps)
        return clock() - begin

    ratios: list[float] = []
    for number in range(rounds):
        if number % 2:
            first = timed(base)
            ratios.append(first / timed(ours))
        else:
            first = timed(ours)
            ratios.append(timed(base) / first)
    return ratios


@dataclass(slots=True)
class Worker:
    """A process of its own that runs steps on request and says what they cost."""

    process: subprocess.Popen[str]

    def ask(self, line: str) -> Any:
        """Send a line and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()

    def run(self, steps: int) -> tuple[float, float]:
        """Return the CPU and the wall seconds that so many steps took."""
        cpu, wall = self.ask(str(steps))
        return cpu, wall

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def answer(self) -> Any:
        """Return the next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The worker ended with {self.process.wait()}.")
        return json.loads(line)


def _spawn(kind: str, case: str, module: str) -> Worker:
    command = [sys.executable, "-m", module, kind, case]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Worker(process)


@contextmanager
def worker(kind: str, case: str, module: str = "tests.bench.worker") -> Iterator[Worker]:
    """Start `python -m tests.bench.worker KIND CASE`, ready to run; it ends with the block.

    What a product changes for its whole process (allocator, denormals) stays out of the base.
    """
    made = _spawn(kind, case, module)
    try:
        made.answer()
        yield made
    finally:
        made.close()


@contextmanager
def base(kind: str, case: str, *, of: int = 5) -> Iterator[Worker]:
    """Start several workers and keep the fastest.

    glibc's malloc leaves some processes with a thousand page faults in every step of the same
    loop and others with none, by luck. The lucky one is the harder to beat, and gives the same
    figure every time.
    """
    made = [_spawn(kind, case, "tests.bench.worker") for _ in range(of)]
    try:
        for each in made:
            each.answer()
        costs = [min(each.run(10)[0] for _ in range(3)) for each in made]
        best = made[costs.index(min(costs))]
        for each in made:
            if each is not best:
                each.close()
        yield best
    finally:
        for each in made:
            each.close()


def worker_pairs(
    plain: Worker, ours: Sequence[Worker], *, rounds: int, seconds: float
) -> list[list[float]]:
    """Return, for each of ours, one ratio of CPU time a round."""
    for each in (plain, *ours):
        each.run(5)
    _, wall = plain.run(5)
    steps = max(2, int(seconds * 5 / wall))
    ratios: list[list[float]] = [[] for _ in ours]
    for number in range(rounds):
        for each, found in zip(ours, ratios, strict=True):
            if number % 2:
                first = plain.run(steps)[0]
                found.append(first / each.run(steps)[0])
            else:
                first = each.run(steps)[0]
                found.append(plain.run(steps)[0] / first)
    return ratios


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a measured process: one torch thread, no screen."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen", **more}


def one_thread() -> None:
    """Give torch one thread, so that CPU time of the calling thread is all of the work."""
    import torch

    torch.set_num_threads(1)


def report(bench: str, rows: Sequence[Row], *, as_json: bool) -> str:
    """Return the rows as one JSON object or as a table."""
    if as_json:
        return json.dumps({"bench": bench, "rows": [asdict(r) for r in rows]})
    widths = [max(len(getattr(r, name)) for r in rows) for name in ("case", "metric")]
    return "\n".join(
        f"{r.case:{widths[0]}}  {r.metric:{widths[1]}}  {r.value:9.3f}  [{r.low:.3f}, {r.high:.3f}]"
        for r in rows
    )
