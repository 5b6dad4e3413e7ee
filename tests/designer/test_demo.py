"""The whole path in the real window, driven by events; the command line gives the same weights."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "main.py", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_window_learns_the_digits_and_the_command_line_gets_the_same_weights(
    tmp_path: Path,
) -> None:
    demo = run("demo", "--out", str(tmp_path))
    assert demo["accuracy"] >= 0.95
    assert all(Path(name).stat().st_size for name in demo["files"])
    assert sum(name.endswith(".png") for name in demo["files"]) >= 5
    (loom,) = [name for name in demo["files"] if name.endswith(".loom")]
    assert list(Path(loom).with_suffix(".runs").iterdir())

    again = run("train", loom, "--run-dir", str(tmp_path / "again"))
    assert again["parameters_sha256"] == demo["result"]["parameters_sha256"]
    assert again["test"] == demo["result"]["test"]
