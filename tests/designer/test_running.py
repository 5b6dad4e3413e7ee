"""Train, pause, step and stop from the window, and leaving while a run is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QToolButton

from designer.running import result_words
from engine.train.events import StateChanged, Steps
from tests.designer.test_window import answer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

WAIT = 60_000


def press(window: MainWindow, name: str) -> None:
    action = window.commands.actions[name]
    assert action.isEnabled(), name
    action.trigger()


def long_run(window: MainWindow, qtbot: QtBot) -> None:
    document = window.document
    document.new(document.project.with_training(epochs=100_000, isolation="thread"))
    qtbot.waitUntil(lambda: not document.busy, timeout=WAIT)
    press(window, "run.train")
    qtbot.waitUntil(lambda: window.run.state == "running", timeout=WAIT)


def test_a_run_from_the_button_to_the_end(small: MainWindow, qtbot: QtBot) -> None:
    button = small.runbar.findChild(QToolButton, "button.run.train")
    with qtbot.waitSignal(small.workspace.bridge.finished, timeout=WAIT) as done:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done.args[0]["epochs"] == 2
    assert small.runbar.state.text() == "Finished"
    assert small.runbar.progress.value() == 1000
    assert "2 of 2" in small.runbar.epoch.text()
    assert small.runbar.left.text().startswith("test ")
    assert small.commands.actions["run.train"].isEnabled()
    assert not small.commands.actions["run.stop"].isEnabled()
    assert small.workspace.monitor.history.steps is not None
    seen = answer(QMessageBox.StandardButton.Discard)
    press(small, "file.new")
    assert seen == ["Save this project with its runs? Otherwise 1 run will be deleted."]
    assert small.workspace.monitor.history.steps is None
    assert small.runbar.state.text() == "Ready"
    assert small.runbar.left.text() == ""


def test_pause_step_resume_stop(small: MainWindow, qtbot: QtBot) -> None:
    long_run(small, qtbot)
    assert not small.commands.actions["run.train"].isEnabled()
    press(small, "run.pause")
    qtbot.waitUntil(lambda: small.run.state == "paused", timeout=WAIT)
    assert small.runbar.state.text() == "Paused"
    press(small, "run.step")
    qtbot.waitUntil(lambda: small.run.state == "paused", timeout=WAIT)
    press(small, "run.train")
    qtbot.waitUntil(lambda: small.run.state == "running", timeout=WAIT)
    press(small, "run.stop")
    qtbot.waitUntil(lambda: not small.workspace.bridge.alive, timeout=WAIT)
    assert small.runbar.state.text() == "Stopped"


def test_the_learning_rate_changes_while_running(small: MainWindow, qtbot: QtBot) -> None:
    long_run(small, qtbot)
    line = small.workspace.training.optimizer.form.editor("lr").box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    assert small.document.project.phase.optimizer.params["lr"] == 0.5
    assert small.run.state == "running"
    assert "goes on" in small.statusBar().currentMessage()
    small.document.undo_stack.setClean()
    press(small, "run.stop")
    qtbot.waitUntil(lambda: not small.workspace.bridge.alive, timeout=WAIT)


def test_closing_while_training_asks_once_and_ends(
    small: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    small.document.save(tmp_path / "digits.loom")
    long_run(small, qtbot)
    small.document.save(tmp_path / "digits.loom")
    seen = answer(QMessageBox.StandardButton.Cancel)
    assert not small.close()
    assert seen == ["Stop training and close the window? A run is under way; it will be stopped."]
    assert small.workspace.bridge.alive
    seen = answer("Stop training")
    assert small.close()
    assert len(seen) == 1
    assert not small.workspace.bridge.alive


def test_a_network_with_a_problem_is_refused_with_its_sentence(
    small: MainWindow, qtbot: QtBot
) -> None:
    graph = small.document.graph
    small.document.push_graph("cut", graph.disconnect(graph.edges[:1]))
    qtbot.waitUntil(lambda: not small.document.busy, timeout=WAIT)
    press(small, "run.train")
    assert small.notice.isVisible()
    assert small.notice.text.text() == small.document.analysis.problems[0].message
    assert not small.workspace.bridge.alive
    small.document.undo_stack.setClean()


def test_an_empty_network_is_refused(window: MainWindow) -> None:
    press(window, "run.train")
    assert "nothing to train" in window.notice.text.text()


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"loss": 0.5, "accuracy": 0.983}, "test accuracy 98.3%"),
        ({"loss": 0.5, "loss.kl": 0.1, "generator.loss": 2.0}, "test loss 0.5"),
        ({"loss": 0.5, "generator.loss": 1.0, "generator.rmse": 2.0}, "test generator rmse 2"),
        ({}, ""),
    ],
)
def test_a_run_is_judged_by_a_metric_before_a_loss(figures: dict[str, float], words: str) -> None:
    assert result_words({"test": figures}) == words


def test_the_bar_leaves_out_figures_before_it_cuts_words(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1280, 800)
    bar = window.runbar
    bar.show_state("finished")
    bar.epoch.setText("Epoch 20 of 20")
    bar.loss.setText("Loss 0.5")
    bar.left.setText("test binary accuracy 50.0 %")
    qtbot.waitUntil(lambda: bar.left.width() >= bar.left.minimumSizeHint().width())
    shown = (bar.epoch, bar.loss, bar.left)
    assert all(w.isHidden() or w.width() >= w.minimumSizeHint().width() for w in shown)
    bar.left.setText("test accuracy 50.0 %" * 6)
    qtbot.waitUntil(bar.epoch.isHidden)


def steps(first: int, loss: float, phase: int = 0) -> Steps:
    return Steps(first, np.array([loss], np.float32), 0.1, 640.0, 9.0, 0.01, phase=phase)


def test_figures_stand_long_enough_to_be_read(small: MainWindow, qtbot: QtBot) -> None:
    bar, told = small.runbar, small.workspace.bridge.received
    told.emit([steps(0, 0.5)])
    assert bar.loss.text() == "Loss 0.5"
    told.emit([steps(1, 0.4), steps(2, 0.3), steps(3, 7.0, phase=1)])
    assert bar.loss.text() == "Loss 0.5", "what came last was told a moment ago"
    assert bar.epoch.toolTip().startswith("Step 1 ")
    qtbot.waitUntil(lambda: bar.loss.text() == "Loss 0.3", timeout=2000)
    assert bar.epoch.toolTip().startswith("Step 4 ")


def test_the_last_figures_are_told_before_the_run_ends(small: MainWindow) -> None:
    bar, told = small.runbar, small.workspace.bridge.received
    told.emit([steps(0, 0.5)])
    told.emit([steps(1, 0.4), StateChanged("paused")])
    assert bar.loss.text() == "Loss 0.4"
    assert bar.state.text() == "Paused"


def test_figures_of_a_project_that_is_gone_are_not_told(small: MainWindow, qtbot: QtBot) -> None:
    told = small.workspace.bridge.received
    told.emit([steps(0, 0.5)])
    told.emit([steps(1, 0.4)])
    small.document.undo_stack.setClean()
    small.document.new()
    qtbot.wait(200)
    assert small.runbar.loss.text() != "Loss 0.4"


def test_a_window_that_closes_tells_no_figures_any_more(small: MainWindow, qtbot: QtBot) -> None:
    told = small.workspace.bridge.received
    told.emit([steps(0, 0.5)])
    told.emit([steps(1, 0.4)])
    small.document.undo_stack.setClean()
    small.close()
    qtbot.wait(200)
    assert small.runbar.loss.text() == "Loss 0.5"
