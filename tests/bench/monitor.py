"""Training with everything watched and no window, over a plain loop and over the usual script.

The plain loop has its batches ready and Adam as it comes; the script draws them from a DataLoader.
Each runs in a process of its own; the figure is CPU time of the whole process.
"""

from __future__ import annotations

from tests.bench.common import Row, base, row, worker, worker_pairs

CASES = ("W1", "W2", "W3", "W4", "W5")


def rows(cases: tuple[str, ...], *, quick: bool = False) -> list[Row]:
    """Return both ratios of each workload."""
    rounds, seconds = (2, 0.05) if quick else (15, 0.7)
    found: list[Row] = []
    for case in cases:
        with worker("ours", case) as ours:
            for kind, metric in (("plain", "ratio_to_plain"), ("script", "ratio_to_script")):
                with base(kind, case, of=1 if quick else 5) as plain:
                    (ratios,) = worker_pairs(plain, [ours], rounds=rounds, seconds=seconds)
                found.append(row(case, metric, ratios))
    return found
