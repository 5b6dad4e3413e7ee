"""Every bench runs and keeps the form of its answer. No figure is judged here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.common import pairs, percentile, row

ROOT = Path(__file__).resolve().parents[2]
METRICS = {
    ("compile", "chain10"): {"ratio_to_hand", "us_per_layer"},
    ("data", "W1"): {"ratio_to_dataloader"},
    ("monitor", "W1"): {"ratio_to_plain", "ratio_to_script"},
    ("monitor", "W4"): {"ratio_to_plain", "ratio_to_script"},
    ("canvas", "100"): {
        "build_ms",
        "fit_p95_ms",
        "pan_p95_ms",
        "drag_p95_ms",
        "badges_p95_ms",
        "tidy_ms",
        "drawn_ms",
    },
    ("canvas", "training"): {"pan_p95_ms", "steps_ratio_to_rest"},
    ("startup", "warm"): {
        "first_paint_over_import_torch",
        "first_paint_s",
        "import_torch_s",
        "latest_tick_ms",
    },
    ("soak", "W1"): {
        "minutes",
        "steps",
        "memory_mib_per_minute",
        "memory_mib",
        "gap_p99_ms",
        "gap_worst_ms",
    },
    ("ui", "W2"): {"ratio_to_plain.thread", "tick_late_p99_ms"},
}


@pytest.mark.parametrize(("bench", "case"), METRICS, ids=lambda value: value)
def test_a_bench_runs_and_answers_as_agreed(bench: str, case: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", bench, "--quick", "--json", "--case", case],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert answer["bench"] == bench
    assert {r["metric"] for r in answer["rows"]} == METRICS[bench, case]
    for found in answer["rows"]:
        assert set(found) == {"case", "metric", "value", "low", "high"}
        assert found["case"] == case
        assert found["value"] >= 0 or found["metric"] == "memory_mib_per_minute"


def test_a_row_is_the_median_and_the_quartiles() -> None:
    made = row("case", "metric", [5.0, 1.0, 2.0, 4.0, 3.0])
    assert (made.value, made.low, made.high) == (3.0, 2.0, 4.0)
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_pairs_measure_the_ratio_of_work() -> None:
    def work(amount: int):
        def run(steps: int) -> None:
            for _ in range(steps):
                sum(range(amount))

        return run

    ratios = pairs(work(40_000), work(10_000), rounds=5, seconds=0.02)
    assert 2 < row("", "", ratios).value < 8
