"""The whole path: one project gives the same bits in the window, without it, and as a script.

And the window can be used all day: projects opened and closed, runs started and stopped, with
nothing left behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine import files
from engine.export.python import export
from engine.project import EarlyStopping
from engine.session import run_headless

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow
    from engine.project import Project

WAIT = 120_000


def short(template: str) -> Project:
    return files.template(template).with_training(epochs=3, device="cpu")


def train_in_window(window: MainWindow, qtbot: QtBot, path: Path) -> str:
    window.open(path)
    qtbot.waitUntil(lambda: not window.document.busy, timeout=WAIT)
    with qtbot.waitSignal(window.workspace.bridge.finished, timeout=WAIT) as done:
        window.commands.actions["run.train"].trigger()
    return done.args[0]["parameters_sha256"]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_window_command_line_and_script_give_the_same_bits(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, isolation: str
) -> None:
    project = short("digits-mlp").with_training(isolation=isolation)
    path = tmp_path / "digits.loom"
    files.save(project, path)
    in_window = train_in_window(window, qtbot, path)
    assert in_window == run_headless(files.load(path))["parameters_sha256"]
    unwatched = run_headless(project.with_training(watch=False))
    assert in_window == unwatched["parameters_sha256"]
    script = tmp_path / "digits.py"
    script.write_text(export(project), encoding="utf-8")
    shown = subprocess.run(
        [sys.executable, "-I", str(script), "--json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    exported = json.loads(shown.stdout.splitlines()[-1])
    assert in_window == exported["parameters_sha256"]
    another = run_headless(project.with_training(seed=1))
    assert in_window != another["parameters_sha256"]


def resident() -> float:
    """Return the process's memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_a_day_of_opening_and_training_leaves_nothing(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = []
    for name in ("moons-mlp", "iris"):
        paths.append(tmp_path / f"{name}.loom")
        endless = short(name).with_training(
            epochs=100_000, isolation="thread", early_stopping=EarlyStopping()
        )
        files.save(endless, paths[-1])
    threads = threading.active_count()
    for cycle in range(200):
        window.open(paths[cycle % 2])
        qtbot.waitUntil(lambda: not window.document.busy, timeout=WAIT)
        if cycle == 40:
            begun = resident()
    assert resident() - begun < 20
    for cycle in range(50):
        window.commands.actions["run.train"].trigger()
        qtbot.waitUntil(lambda: window.run.state == "running", timeout=WAIT)
        window.commands.actions["run.stop"].trigger()
        qtbot.waitUntil(lambda: not window.workspace.bridge.alive, timeout=WAIT)
        if cycle == 15:
            begun = resident()
    assert resident() - begun < 20
    assert threading.active_count() <= threads + 1
