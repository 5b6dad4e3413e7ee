"""The share of time that watching is said to take, beside the share it takes.

One process takes the same steps by turns with and without watching. What is stated is what the
sampler accounts for; what is measured is the median, over pairs, of the CPU time that the watched
half took more, as a share of it. Their difference is in percentage points.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from tests.bench.common import ROOT, Row, environment, row

CASES = ("W1", "W2", "W3", "W4", "W5")


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return the stated and the measured share of each workload, in percent."""
    rounds, seconds = (3, 0.1) if quick else (41, 0.7)
    found: list[Row] = []
    for case in cases:
        command = [sys.executable, "-m", "tests.bench.share", case, str(rounds), str(seconds)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        stated, measured = json.loads(done.stdout.strip().splitlines()[-1])
        found += [row(case, "stated_percent", stated), row(case, "measured_percent", measured)]
        apart = abs(found[-1].value - found[-2].value)
        found.append(Row(case, "difference_points", *[round(apart, 4)] * 3))
    return found


def main(case: str, rounds: str, seconds: str) -> None:
    """Measure and print both shares of each pair."""
    import torch

    from engine.train.threads import prepared
    from tests.bench.worker import watched

    torch.set_num_threads(1)
    with prepared(1):
        run, sampler = watched(case)
        run(50)
        begin = time.perf_counter()
        run(50)
        steps = max(10, int(50 * float(seconds) / (time.perf_counter() - begin)))
        stated: list[float] = []
        measured: list[float] = []

        def half(on: bool) -> float:
            sampler.on = on
            spent, wall, cpu = sampler.spent, time.perf_counter(), time.process_time()
            run(steps)
            if on:
                stated.append(100 * (sampler.spent - spent) / (time.perf_counter() - wall))
            return time.process_time() - cpu

        half(on=True)
        stated.clear()
        for number in range(int(rounds)):
            first = half(on=bool(number % 2))
            second = half(on=not number % 2)
            plain, seen = (second, first) if number % 2 else (first, second)
            measured.append(100 * (seen - plain) / seen)
    print(json.dumps([stated, measured]))


if __name__ == "__main__":
    main(*sys.argv[1:])
