"""A project that is left takes its run along: nothing of it can be asked for in the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox

from designer.debug.panel import DebugPanel
from designer.profile.panel import ProfilePanel
from engine import files
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


@pytest.fixture
def iris(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A window with a small project, which may be left without an answer."""
    answer = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(window.files, "_ask", lambda *_given, **_named: answer)
    project = files.template("iris").with_training(epochs=2, isolation="thread", threads=1)
    window.document.new(project)
    settle(window, qtbot)
    return window


def test_weights_of_a_run_that_is_over_are_not_offered_in_the_next_project(
    iris: MainWindow, qtbot: QtBot
) -> None:
    parts = iris.parts
    assert iris.run.train()
    qtbot.waitUntil(lambda: parts.bridge.state == "finished", timeout=30_000)
    assert parts.evaluate.can_evaluate()
    assert parts.files.template("xor-mlp")
    settle(iris, qtbot)
    assert parts.bridge.session is None
    assert not parts.evaluate.can_evaluate()
    assert not parts.monitor.views.landscape.button.isEnabled()


def test_leaving_a_run_gives_the_buttons_back(iris: MainWindow, qtbot: QtBot) -> None:
    parts, told = iris.parts, list[str]()
    profile, debug = parts.panels["profile"], parts.panels["debug"]
    assert isinstance(profile, ProfilePanel)
    assert isinstance(debug, DebugPanel)
    iris.document.show(iris.document.project.with_training(epochs=100_000))
    settle(iris, qtbot)
    assert iris.run.train()
    qtbot.waitUntil(lambda: parts.bridge.state == "running", timeout=30_000)
    assert not profile.buttons["check"].isEnabled()
    parts.bridge.stateChanged.connect(told.append)
    assert parts.files.template("xor-mlp")
    assert told == ["idle"]
    assert profile.buttons["check"].isEnabled()
    assert not debug.bar.pause.isEnabled()


def test_train_that_waits_for_the_shapes_does_not_begin_in_another_project(
    iris: MainWindow, qtbot: QtBot
) -> None:
    iris.document.new(files.template("iris"))
    assert iris.document.busy
    assert not iris.run.train()
    iris.document.new(files.template("xor-mlp"))
    settle(iris, qtbot)
    qtbot.wait(50)
    assert iris.parts.bridge.state == "idle"


def test_names_of_phases_go_with_the_run(iris: MainWindow) -> None:
    debug = iris.parts.panels["debug"]
    assert isinstance(debug, DebugPanel)
    debug._name_phases(("discriminator", "generator"))
    assert not debug.phase.isHidden()
    debug.forget()
    assert debug.phase.isHidden()
    assert debug.phase.count() == 0


def test_the_learning_rate_finder_closes_with_its_project(iris: MainWindow, qtbot: QtBot) -> None:
    trials = iris.parts.training.trials
    trials.show_finder()
    finder = trials.finder
    assert finder is not None
    assert finder.isVisible()
    iris.document.new(files.template("xor-mlp"))
    assert not finder.isVisible()
    qtbot.waitUntil(lambda: not finder.busy, timeout=30_000)
    assert not finder.take.isEnabled()


def test_what_is_asked_takes_no_copy_of_the_weights(
    iris: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = iris.parts.evaluate
    assert iris.run.train()
    qtbot.waitUntil(lambda: iris.parts.bridge.state == "finished", timeout=30_000)
    evaluate.choose("try_it")
    view = evaluate.trying
    qtbot.waitUntil(lambda: bool(view.bars.rows), timeout=30_000)
    monkeypatch.setattr(evaluate, "_source", lambda: pytest.fail("the weights were copied"))
    view.bars.clear()
    view.take_sample()
    qtbot.waitUntil(lambda: bool(view.bars.rows), timeout=30_000)
