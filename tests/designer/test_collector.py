"""While a run goes on the garbage collector leaves what was there before alone; then no longer."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from engine import files
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_old_objects_are_spared_as_long_as_a_run_goes_on(window: MainWindow, qtbot: QtBot) -> None:
    project = files.template("iris").with_training(epochs=100_000, isolation="thread", threads=1)
    window.document.new(project)
    settle(window, qtbot)
    gc.unfreeze()
    assert window.run.train()
    qtbot.waitUntil(lambda: window.run.state == "running", timeout=30_000)
    assert gc.get_freeze_count() > 1000
    window.parts.bridge.stop()
    qtbot.waitUntil(lambda: not window.parts.bridge.alive, timeout=30_000)
    assert gc.get_freeze_count() == 0
    assert window.run.train()
    qtbot.waitUntil(lambda: window.run.state == "running", timeout=30_000)
    window.parts.bridge.close()
    assert gc.get_freeze_count() == 0


def test_without_a_run_the_libraries_stay_set_aside(window: MainWindow) -> None:
    gc.freeze()
    window.parts.bridge.close()
    assert gc.get_freeze_count() > 1000
