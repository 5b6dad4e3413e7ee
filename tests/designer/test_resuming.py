"""A run that was cut off is offered when its project is opened, and goes on from the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from engine import files
from engine.project import Checkpoints
from engine.runs import new_run
from engine.session import run_headless
from engine.train import series
from tests.engine.train.projects import NOISY, project

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

WAIT = 60_000
CUT = 70


@pytest.fixture
def cut(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A file with a run that ended after 70 steps, and what it would have come to."""
    rule = Checkpoints(every=CUT, counts="steps", keep=1)
    made = project(NOISY, epochs=2, batch_size=32, isolation="thread", checkpoints=rule)
    path = tmp_path / "digits.loom"
    files.save(made, path)
    folder = new_run(path)
    result = run_headless(made, run_dir=folder)
    (folder / "result.json").unlink()
    (folder / "moments" / "last.safetensors").unlink()
    series.cut(folder, CUT + 5)
    assert [p.stem for p in (folder / "moments").iterdir()] == [f"step-{CUT:09}"]
    return path, result


def opened(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    window.open(path)
    qtbot.waitUntil(lambda: not window.document.busy, timeout=WAIT)


def test_a_run_that_was_cut_off_is_offered_and_goes_on(
    window: MainWindow, qtbot: QtBot, cut: tuple[Path, dict[str, Any]]
) -> None:
    path, whole = cut
    opened(window, qtbot, path)
    notice = window.notice
    assert notice.isVisible()
    assert "epoch 2 of 2" in notice.text.text()
    assert f"step {CUT}" in notice.text.text()
    with qtbot.waitSignal(window.parts.bridge.finished, timeout=WAIT) as done:
        qtbot.mouseClick(notice.act, Qt.MouseButton.LeftButton)
    assert not notice.isVisible()
    assert done.args[0]["parameters_sha256"] == whole["parameters_sha256"]
    history = window.parts.monitor.history
    assert len(history.metrics["loss"]) == 2
    first, last = history.loss.span
    assert first < 2
    assert last == whole["steps"]
    assert len(history.loss) == whole["steps"]
    notice.hide()
    opened(window, qtbot, path)
    assert not notice.isVisible()


def test_a_finished_run_goes_on_where_more_epochs_are_asked_for(
    window: MainWindow, qtbot: QtBot, cut: tuple[Path, dict[str, Any]]
) -> None:
    path, _ = cut
    opened(window, qtbot, path)
    action = window.commands.actions["run.resume"]
    assert action.isEnabled()
    with qtbot.waitSignal(window.parts.bridge.finished, timeout=WAIT):
        action.trigger()
    qtbot.waitUntil(action.isEnabled, timeout=WAIT)
    action.trigger()
    assert "is finished after 2 epochs" in window.notice.text.text()
    assert not window.parts.bridge.alive
    document = window.document
    document.push("More epochs", document.project.with_training(epochs=3))
    with qtbot.waitSignal(window.parts.bridge.finished, timeout=WAIT) as done:
        action.trigger()
    fresh = run_headless(document.project)
    assert done.args[0]["parameters_sha256"] == fresh["parameters_sha256"]


def test_the_rules_are_set_in_the_training_panel(small: MainWindow, qtbot: QtBot) -> None:
    panel = small.parts.training
    row = panel.checkpoints.rows
    assert not row["keep"].isVisibleTo(panel)
    every = panel.checkpoints.editor("every").box
    qtbot.keyClick(every, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(every, "5")
    counts = panel.checkpoints.editor("counts").combo
    counts.setFocus()
    qtbot.keyClick(counts, Qt.Key.Key_Down)
    assert small.document.project.training.checkpoints == Checkpoints(every=5, counts="steps")
    assert row["keep"].isVisibleTo(panel)
    small.document.undo_stack.undo()
    assert small.document.project.training.checkpoints == Checkpoints(every=5)
