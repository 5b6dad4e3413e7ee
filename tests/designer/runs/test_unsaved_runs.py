"""Runs of a project that was never saved: kept, moved by a save, deleted or brought back."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox

from designer.runs.panel import RunsPanel
from engine import files
from engine.runs import run_folders, runs_folder
from engine.runs.shelf import Shelf
from engine.runs.weights import project_of
from engine.session import run_headless
from tests.designer.conftest import settle
from tests.designer.test_window import answer
from tests.engine.train.projects import dense, project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.settings import Settings
    from designer.window import MainWindow

WAIT = 60_000
TWICE = (dense(16), ("relu", {}), dense(10), ("softmax", {}))


def train(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.parts.bridge.finished, timeout=WAIT):
        assert window.run.train()
    qtbot.waitUntil(lambda: not window.parts.bridge.alive, timeout=WAIT)


def listed(panel: RunsPanel, qtbot: QtBot, count: int, folder: Path | None = None) -> None:
    def there() -> bool:
        found = panel.model.runs
        return len(found) == count and all(folder in (None, r.folder.parent) for r in found)

    qtbot.waitUntil(there, timeout=WAIT)


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> RunsPanel:
    """The dock of a window with a project that was never saved and has one run."""
    made = window.parts.panels["runs"]
    assert isinstance(made, RunsPanel)
    window.docks.bring("runs")
    window.document.new(project(TWICE, epochs=1, isolation="thread"))
    settle(window, qtbot)
    train(window, qtbot)
    listed(made, qtbot, 1)
    qtbot.waitUntil(lambda: made.model.runs[0].state == "finished", timeout=WAIT)
    return made


def test_listed_at_once_then_moved_by_saving(
    window: MainWindow, panel: RunsPanel, qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    (run,) = panel.model.runs
    assert run.state == "finished"
    assert run.folder.is_relative_to(settings.shelves)
    assert "until the project is saved" in panel.words.text()
    assert project_of(run.folder).networks == window.document.project.networks
    assert window.parts.evaluate.can_evaluate()
    panel.select({run.id})
    panel.about.name.setText("first")
    file = tmp_path / "kept" / "digits.loom"
    file.parent.mkdir()
    assert window.files._write(file)
    listed(panel, qtbot, 1, runs_folder(file))
    # What was being written of it goes with it, and so does the selection.
    assert [r.id for r in panel.selected()] == [run.id]
    panel.about.commit()
    qtbot.waitUntil(lambda: panel.model.runs[0].title == "first", timeout=WAIT)
    assert "until the project is saved" not in panel.words.text()
    assert list(settings.shelves.iterdir()) == []
    train(window, qtbot)
    listed(panel, qtbot, 2, runs_folder(file))
    # Another file begins without runs, as ever.
    other = tmp_path / "other.loom"
    assert window.files._write(other)
    listed(panel, qtbot, 0)
    assert len(run_folders(file)) == 2


def test_what_rules_found_is_shown_with_the_run(
    window: MainWindow, panel: RunsPanel, qtbot: QtBot
) -> None:
    (run,) = panel.model.runs
    panel.side.setCurrentWidget(panel.found)
    assert "Select one run" in panel.found.words.text()
    panel.select({run.id})
    tree = panel.found.tree
    rows = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    (row,) = [r for r in rows if "applies a softmax itself" in r.text(2)]
    assert row.text(0) == "▲ Warning"
    assert row.text(1) == "cross_entropy"
    tree.itemActivated.emit(row, 0)
    assert window.selected() == [window.document.graph.nodes["n6"].id]
    (run.folder / "findings.json").write_text("{")
    panel.select({run.id})
    assert "is damaged" in panel.found.words.text()
    (run.folder / "findings.json").unlink()
    panel.select({run.id})
    assert "not written down" in panel.found.words.text()


def test_dont_save_deletes_and_save_takes_a_run_under_way_along(
    window: MainWindow, panel: RunsPanel, qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    button = QMessageBox.StandardButton
    answer(button.Cancel)
    assert not window.files.new()
    assert len(panel.model.runs) == 1
    answer(button.Discard)
    assert window.files.new()
    assert list(settings.shelves.iterdir()) == []
    listed(panel, qtbot, 0)
    window.document.new(project(TWICE, epochs=100_000, isolation="thread"))
    settle(window, qtbot)
    window.run.train()
    qtbot.waitUntil(lambda: window.run.state == "running", timeout=WAIT)
    file = tmp_path / "long.loom"
    assert window.files._write(file)
    assert not run_folders(file)
    listed(panel, qtbot, 1)
    assert panel.model.runs[0].state == "running"
    window.run.stop()
    qtbot.waitUntil(lambda: not window.parts.bridge.alive, timeout=WAIT)
    listed(panel, qtbot, 1, runs_folder(file))
    assert list(settings.shelves.iterdir()) == []


def test_a_move_that_fails_is_told_and_the_runs_stay_listed(
    window: MainWindow,
    panel: RunsPanel,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = panel.model.runs[0].folder
    file = tmp_path / "digits.loom"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("engine.runs.shelf.move_run", full)
        assert window.files._write(file)
    assert "No space left on device" in window.notice.text.text()
    panel.reload()
    listed(panel, qtbot, 1, before.parent)
    assert window.files.save()
    listed(panel, qtbot, 1, runs_folder(file))


def test_a_window_that_was_cut_off_leaves_them_to_the_next(
    make_window: Callable[[], MainWindow], qtbot: QtBot, settings: Settings
) -> None:
    left = Shelf(settings.shelves)
    folder = left.new_run()
    assert folder is not None
    made = project(TWICE, epochs=1)
    run_headless(made, run_dir=folder)
    left.close()  # As the system does with the lock of a process that is gone.
    window = make_window()
    action = window.commands.actions["file.recover"]
    assert not action.isEnabled()
    window.parts.files.offer_left()
    assert "A project with 1 run was never saved" in window.notice.text.text()
    window.notice.act.click()
    settle(window, qtbot)
    assert files.dumps(window.document.project) == files.dumps(made)
    assert window.document.path is None
    assert window.document.runs.folders() == [folder]
    assert not window.files.can_recover()
    window.docks.bring("runs")
    panel = window.parts.panels["runs"]
    assert isinstance(panel, RunsPanel)
    listed(panel, qtbot, 1)
