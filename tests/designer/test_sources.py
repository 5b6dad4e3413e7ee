"""The tab Data for folders: a path counts when it is whole, a source's own parts are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.designer.conftest import settle
from tests.designer.test_panels import pick
from tests.engine.data.samples import as_zip, class_files, class_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_a_folder_typed_by_hand(small: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    pets = class_folder(tmp_path / "pets", "image")
    panel = small.workspace.data
    pick(panel.source.combo, "image_folder")
    settle(small, qtbot)
    assert "Choose a file" in panel.holds.text()
    line = panel.source.form.editor("path").line
    qtbot.keyClicks(line, str(pets))
    assert "path" not in small.document.project.data.source.params
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(small, qtbot)
    assert "20 samples: about 14 for training" in panel.holds.text()
    assert "2 classes" in panel.holds.text()
    assert not panel.split.rows["train"].isHidden()
    small.document.undo_stack.setClean()


def test_an_archive_or_a_folder_from_the_dialogs(
    small: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = as_zip(tmp_path / "pets.zip", class_files("text", parts=("train/", "test/")))
    folder = class_folder(tmp_path / "texts", "text")
    panel = small.workspace.data
    pick(panel.source.combo, "text_folder")
    editor = panel.source.form.editor("path")
    choices = {action.text(): action for action in editor.browse.menu().actions()}
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(archive), ""))
    choices["Choose an archive…"].trigger()
    settle(small, qtbot)
    assert "40 samples. The source brings its own test part" in panel.holds.text()
    assert panel.split.rows["train"].isHidden()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    choices["Choose a folder…"].trigger()
    settle(small, qtbot)
    assert "20 samples: about" in panel.holds.text()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    choices["Choose a folder…"].trigger()
    assert small.document.project.data.source.params == {"path": str(folder)}
    small.document.undo_stack.setClean()
