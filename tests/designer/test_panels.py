"""The tabs Training and Data, and how the window starts."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from designer.app import install_hook, process_age
from designer.loading import Loader
from designer.preview import rates
from engine.catalog import registry
from engine.catalog.spec import ScheduleSpec
from engine.project import Choice, Phase
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def pick(combo: object, value: str) -> None:
    index = combo.findData(value)
    assert index >= 0
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_picking_an_optimizer_shows_its_settings(small: MainWindow, qtbot: QtBot) -> None:
    panel = small.workspace.training
    pick(panel.optimizer.combo, "sgd")
    assert small.document.project.phase.optimizer.id == "sgd"
    assert "momentum" in panel.optimizer.form.rows
    line = panel.optimizer.form.editor("momentum").box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.9")
    assert small.document.project.phase.optimizer.params == {"momentum": 0.9}
    small.commands.actions["edit.undo"].trigger()
    small.commands.actions["edit.undo"].trigger()
    assert small.document.project.phase.optimizer.id == "adam"
    assert panel.optimizer.combo.currentData() == "adam"


def test_settings_of_the_run(small: MainWindow, qtbot: QtBot) -> None:
    panel = small.workspace.training
    line = panel.run.editor("epochs").box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "25")
    assert small.document.project.training.epochs == 25
    assert small.document.undo_stack.count() == 1
    pick(panel.run.editor("batch").combo, "all")
    assert small.document.project.training.batch == "all"
    assert panel.run.rows["batch_size"].isHidden()
    panel.stopping.editor("enabled").box.click()
    assert small.document.project.training.early_stopping.enabled
    panel.metrics.boxes["f1_macro"].click()
    assert small.document.project.training.metrics == ("f1_macro",)
    small.document.undo_stack.setClean()


def test_the_schedule_is_drawn_from_torch(small: MainWindow) -> None:
    panel = small.workspace.training
    panel.set_ready()
    pick(panel.schedule.combo, "cosine")
    found = panel.preview.rates
    assert found[0] > found[-1]
    pick(panel.schedule.combo, "plateau")
    assert panel.preview.note
    assert not panel.preview.rates


@pytest.mark.parametrize("schedule", registry.of_kind(ScheduleSpec))
def test_every_schedule_has_rates(schedule: str) -> None:
    found = rates(Phase(schedule=Choice(id=schedule)), 12)
    assert len(found) >= 2
    assert all(rate >= 0 for rate in found)


def test_the_data_panel_tells_fields_and_counts(small: MainWindow, qtbot: QtBot) -> None:
    panel = small.workspace.data
    assert "1,797 samples" in panel.holds.text()
    assert "10 classes" in panel.holds.text()
    pick(panel.source.combo, "iris")
    settle(small, qtbot)
    assert "150 samples" in panel.holds.text()
    line = panel.split.editor("train").box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0.9")
    assert "add up to 1.2" in panel.split_error.text()
    assert small.document.project.data.split.train == 0.7
    small.document.undo_stack.setClean()


def test_a_csv_by_hand(small: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("rooms,size,price\n" + "".join(f"{i},{i * 2},{i * 3}\n" for i in range(20)))
    panel = small.workspace.data
    pick(panel.source.combo, "csv")
    settle(small, qtbot)
    assert "Choose a file" in panel.holds.text()
    qtbot.keyClicks(panel.source.form.editor("path").line, str(path))
    settle(small, qtbot)
    assert "20 samples" in panel.holds.text()
    target = panel.source.form.editor("target").line
    assert target.placeholderText() == "price"
    assert target.completer().model().rowCount() == 3
    small.document.undo_stack.setClean()


def test_a_missing_file_is_told_as_a_sentence(small: MainWindow, qtbot: QtBot) -> None:
    panel = small.workspace.data
    pick(panel.source.combo, "csv")
    qtbot.keyClicks(panel.source.form.editor("path").line, "gone.csv")
    settle(small, qtbot)
    assert "gone.csv does not exist" in panel.error.text()
    small.document.undo_stack.setClean()


def test_the_strip_tells_figures(small: MainWindow) -> None:
    strip = small.workspace.strip
    assert strip.parameters.text() == "650 parameters"
    assert strip.problems.text() == "No problems"
    assert "auto (" in strip.device.text()


def test_an_uncaught_error_is_told_and_the_window_lives(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_hook(window, tmp_path / "log.txt")
    error = RuntimeError("broken on purpose")
    sys.excepthook(RuntimeError, error, None)
    assert "broken on purpose" in window.notice.text.text()
    assert window.isVisible()


def test_the_loader_reports_stages_and_failures(qtbot: QtBot) -> None:
    loader = Loader(stages=(("json",), ("no_such_module",)))
    stages: list[int] = []
    loader.staged.connect(stages.append)
    loader.go_on()
    with qtbot.waitSignal(loader.ready, timeout=5000):
        loader.start()
    assert stages == [1, 2]
    assert "no_such_module" in loader.error
    loader.close()


def test_closing_does_not_wait_for_later_stages(qtbot: QtBot) -> None:
    loader = Loader(stages=(("json",), ("email",)))
    loader.start()
    loader.close()
    assert not loader.done


def test_it_starts_paints_loads_and_ends(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys, designer.app; heavy = {'torch', 'sklearn', 'pandas', 'numpy'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "sys.exit(designer.app.main(None))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "LAYERLOOM_STARTUP": "1", "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    words = dict(line.split() for line in done.stdout.splitlines())
    assert float(words["first_paint"]) > 0
    assert float(words["worst_tick_ms"]) > 0
    assert process_age() > 0


def test_escape_dismisses_nothing_but_the_chooser(small: MainWindow, qtbot: QtBot) -> None:
    small.warn("Something to read.")
    small.commands.actions["file.open_recent"].trigger()
    qtbot.keyClick(small.chooser.search, Qt.Key.Key_Escape)
    assert small.notice.isVisible()
    small.notice.dismiss.click()
    assert not small.notice.isVisible()
