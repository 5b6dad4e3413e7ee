"""The dock Runs, by what a user does with it."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QFileDialog, QToolButton

from designer.runs.model import FIND, SORT, RunsModel
from designer.runs.panel import RunsPanel, named
from engine import files
from engine.runs import project_of
from engine.runs.notes import Notes, read_notes
from engine.runs.summary import runs
from engine.session import run_headless
from tests.designer.conftest import settle
from tests.engine.train.projects import MLP, project

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

WAIT = 60_000


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two runs: `one` of the project as it is, `two` with more units."""
    file = tmp_path_factory.mktemp("runs") / "digits.loom"
    made = project(MLP, epochs=2)
    files.save(made, file)
    run_headless(made, run_dir=file.with_suffix(".runs") / "one")
    time.sleep(0.01)
    wider = made.with_graph(made.graph.set_params("n2", {"out_features": 32}))
    run_headless(wider.with_training(epochs=3), run_dir=file.with_suffix(".runs") / "two")
    return file


@pytest.fixture
def file(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained.parent, tmp_path / "copy")
    return tmp_path / "copy" / trained.name


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot, file: Path) -> RunsPanel:
    """The dock of a window with the file, on show."""
    made = window.parts.panels["runs"]
    assert isinstance(made, RunsPanel)
    assert "No run yet" in made.empty.text()
    window.files.open(file)
    window.docks.bring("runs")
    settle(window, qtbot)
    qtbot.waitUntil(lambda: len(made.model.runs) == 2, timeout=WAIT)
    return made


def click(panel: RunsPanel, qtbot: QtBot, run: str, *, more: bool = False) -> None:
    """Click the row of a run."""
    ids = [each.id for each in panel.model.runs]
    index = panel.proxy.mapFromSource(panel.model.index(ids.index(run), 0))
    panel.table.scrollTo(index)
    place = panel.table.visualRect(index).center()
    keys = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, keys, place)


def press(panel: RunsPanel, qtbot: QtBot, name: str) -> None:
    button = panel.findChild(QToolButton, name)
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_curves_and_what_differs(window: MainWindow, panel: RunsPanel, qtbot: QtBot) -> None:
    assert panel.curves.plot.series() == []
    click(panel, qtbot, "one")
    click(panel, qtbot, "two", more=True)
    assert [run.id for run in panel.selected()] == ["one", "two"]
    plot = panel.curves.plot
    assert panel.curves.figure.currentText() == "Validation accuracy"
    assert [len(series) for series in plot.series()] == [2, 3]
    assert plot.legend.names == ["one", "two"]
    step = panel.curves.figure.findData("loss")
    panel.curves.figure.setCurrentIndex(step)
    panel.curves.figure.activated.emit(step)
    steps = [run.epochs * 40 for run in panel.selected()]
    assert [len(series) for series in plot.series()] == steps
    panel.side.setCurrentWidget(panel.differs)
    tree = panel.differs.tree
    found = {
        (row.text(0), row.text(1), row.text(2))
        for top in range(tree.topLevelItemCount())
        for row in (
            tree.topLevelItem(top).child(n) for n in range(tree.topLevelItem(top).childCount())
        )
    }
    assert ("Epochs", "2", "3") in found
    assert ("~ dense", "Units 16", "Units 32") in found
    # A click on the layer shows it on the canvas.
    layers = tree.findItems("~ dense", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    tree.scrollToItem(layers[0])
    place = tree.visualItemRect(layers[0]).center()
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.selected() == ["n2"]
    # One run alone is held against the project as it is now.
    click(panel, qtbot, "one")
    assert "Nothing differs" in panel.differs.words.text()
    click(panel, qtbot, "two")
    assert panel.differs.words.text() == "2 differences"


def test_restore_is_a_step_of_undo(window: MainWindow, panel: RunsPanel, qtbot: QtBot) -> None:
    before = window.document.project
    click(panel, qtbot, "two")
    press(panel, qtbot, "button.run.kept_restore")
    assert window.document.graph.nodes["n2"].params["out_features"] == 32
    assert window.document.project.training.epochs == 3
    assert window.document.undo_stack.undoText() == "Restore the project of two"
    window.commands.actions["edit.undo"].trigger()
    assert window.document.project == before


def test_name_tags_and_note(window: MainWindow, panel: RunsPanel, qtbot: QtBot, file: Path) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    click(panel, qtbot, "one")
    window.commands.actions["run.kept_rename"].trigger()
    assert panel.side.currentWidget() is panel.about
    about = panel.about
    qtbot.keyClicks(about.name, "baseline")
    qtbot.keyClick(about.name, Qt.Key.Key_Tab)
    qtbot.keyClicks(about.tags, "good, old,")
    about.note.setFocus()
    qtbot.keyClicks(about.note, "Keep it.")
    about.tags.setFocus()
    folder = file.with_suffix(".runs") / "one"
    qtbot.waitUntil(
        lambda: read_notes(folder) == Notes("baseline", "Keep it.", ("good", "old")), timeout=WAIT
    )
    qtbot.waitUntil(lambda: panel.model.runs[0].title == "baseline", timeout=WAIT)
    assert [run.id for run in panel.selected()] == ["one"]
    qtbot.keyClicks(panel.filter, "OLD")
    assert panel.proxy.rowCount() == 1
    qtbot.keyClicks(panel.filter, "x")
    assert panel.proxy.rowCount() == 0


def test_a_kept_run_is_shown_in_the_plots(
    window: MainWindow, panel: RunsPanel, qtbot: QtBot
) -> None:
    click(panel, qtbot, "two")
    press(panel, qtbot, "button.run.kept_plots")
    history = window.parts.monitor.history
    qtbot.waitUntil(lambda: history.state == "finished", timeout=WAIT)
    assert len(history.loss) == 120
    assert len(history.metrics["accuracy"]) == 3
    assert "two" in window.statusBar().currentMessage()


def test_delete_and_undo(panel: RunsPanel, qtbot: QtBot, file: Path) -> None:
    click(panel, qtbot, "one")
    click(panel, qtbot, "two", more=True)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: panel.model.runs == [], timeout=WAIT)
    assert runs(file) == []
    assert panel.work.notice.text.text().startswith("Deleted 2 runs")
    press(panel, qtbot, "runs.undo")
    qtbot.waitUntil(lambda: len(panel.model.runs) == 2, timeout=WAIT)
    assert panel.work.notice.isHidden()
    click(panel, qtbot, "one")
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    panel.close_down()
    assert [p.name for p in file.with_suffix(".runs").iterdir()] == ["two"]


def test_export(
    panel: RunsPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "all")
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", staticmethod(lambda *_a: (out, "CSV table (*.csv)"))
    )
    click(panel, qtbot, "one")
    click(panel, qtbot, "two", more=True)
    panel.do("run.kept_export")
    path = tmp_path / "all.csv"
    qtbot.waitUntil(path.exists, timeout=WAIT)
    text = path.read_text()
    assert "\none,loss," in text
    assert "\ntwo,loss," in text


def test_a_run_appears_at_once_and_is_gone_on_with(
    window: MainWindow, panel: RunsPanel, qtbot: QtBot, file: Path
) -> None:
    document = window.document
    document.push("Train long", document.project.with_training(epochs=10**6, isolation="thread"))
    settle(window, qtbot)
    click(panel, qtbot, "one")
    press(panel, qtbot, "button.run.kept_weights")
    qtbot.waitUntil(
        lambda: any(run.state == "running" and run.epochs for run in panel.model.runs),
        timeout=WAIT,
    )
    live = next(run for run in panel.model.runs if run.state == "running")
    # With the weights of a trained network the first loss is that of a trained network.
    history = window.parts.monitor.history
    fresh = 2.3
    assert float(history.loss.view(1, 20, 20).mean.mean()) < 0.9 * fresh
    click(panel, qtbot, live.id)
    assert not panel.findChild(QToolButton, "button.run.kept_plots").isEnabled()
    panel.do("run.kept_delete")
    assert "under way" in window.notice.text.text()
    assert live.folder.exists()
    window.commands.actions["run.stop"].trigger()
    qtbot.waitUntil(
        lambda: any(r.id == live.id and r.state == "stopped" for r in panel.model.runs),
        timeout=WAIT,
    )
    assert project_of(live.folder).training.epochs == 10**6
    # The menu of the row offers to resume it.
    click(panel, qtbot, live.id)
    panel.table.customContextMenuRequested.emit(QPoint(5, 5))
    menu = panel.buttons.menu()
    offered = {action.objectName(): action.isEnabled() for action in menu.actions()}
    menu.close()
    assert offered["menu.run.kept_resume"]
    assert offered["menu.run.kept_delete"]


def test_many_runs_are_listed_fast(trained: Path, qapp: object) -> None:
    one = runs(trained)[0]
    from dataclasses import replace

    many = [
        replace(one, folder=one.folder.with_name(f"r{n}"), seconds=float(n), epochs=-n)
        for n in range(500)
    ]
    begin = time.perf_counter()
    model = RunsModel()
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(model)
    proxy.setSortRole(SORT)
    proxy.setFilterRole(FIND)
    proxy.setFilterKeyColumn(0)
    model.show(many)
    proxy.sort(model.column("Epochs"))
    assert time.perf_counter() - begin < 2.0
    assert proxy.index(0, 0).data() == "r499"
    proxy.setFilterFixedString("r49")
    assert proxy.rowCount() == 11
    twice = [replace(one, notes=Notes("same")), replace(many[0], notes=Notes("same"))]
    assert [name for name, _ in named(twice)] == ["same · one", "same · r0"]
