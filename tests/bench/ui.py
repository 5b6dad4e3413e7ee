"""Training with the real window live at 30 Hz, over a plain loop with no window; and tick lateness.

Every round has another page of live plots on show, so that all of them are in the figure.

The plain loop runs in a process of its own while the window waits with its run paused, the two in
turn. Both are wall time: sharing the interpreter and the machine with the window is the point.
"""

from __future__ import annotations

from tests.bench.common import Row, Worker, base, percentile, row, worker

CASES = ("W1", "W2", "W3", "W4", "W5")
PROCESS = ("W1",)
"""Cases that are measured in the child process too."""


def speed(plain: Worker, steps: int) -> float:
    """Return the plain loop's steps a second."""
    return steps / plain.run(steps)[1]


def measured(case: str, isolation: str, rounds: int, seconds: float) -> list[Row]:
    """Return the ratio and the lateness of one case."""
    ratios: list[float] = []
    late: list[float] = []
    ends: list[float] = []
    with (
        base("plain", case, of=1 if rounds < 5 else 5) as plain,
        worker(case, isolation, module="tests.bench.window") as window,
    ):
        steps = max(5, int(speed(plain, 20) * seconds))
        for number in range(rounds):
            first = speed(plain, steps) if number % 2 else 0.0
            rate, ticks = window.ask(f"{seconds} {number}")
            ratios.append(rate / (first or speed(plain, steps)))
            late += ticks
            ends.append(percentile(ticks, 0.99))
    name = "tick_late_p99_ms" + (".process" if isolation == "process" else "")
    spread = row(case, name, ends)
    whole = round(percentile(late, 0.99), 4)
    return [
        row(case, f"ratio_to_plain.{isolation}", ratios),
        Row(case, spread.metric, whole, spread.low, spread.high),
    ]


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return ratio and lateness for each workload, on the thread and (W1) in the child process."""
    rounds, seconds = (2, 0.5) if quick else (12, 2.0)
    found: list[Row] = []
    for case in cases:
        found += measured(case, "thread", rounds, seconds)
        if case in PROCESS:
            found += measured(case, "process", rounds, seconds)
    return found
