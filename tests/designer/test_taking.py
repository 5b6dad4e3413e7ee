"""Files dropped on the window."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from designer.taking import source_for, with_data
from engine.catalog import registry
from engine.catalog.spec import SourceSpec
from engine.project import Choice, Project

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow

COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def mime(path: Path) -> QMimeData:
    found = QMimeData()
    found.setUrls([QUrl.fromLocalFile(str(path))])
    return found


def entered(widget: QWidget, path: Path) -> bool:
    carried = mime(path)
    event = QDragEnterEvent(QPoint(9, 9), COPY, carried, LEFT, PLAIN)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, path: Path) -> None:
    """Drag a file to a widget and let it go: whoever has taken the drag gets it."""
    assert entered(widget, path)
    carried = mime(path)
    event = QDropEvent(QPointF(9, 9), COPY, carried, LEFT, PLAIN)
    QApplication.sendEvent(widget, event)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "Houses.CSV"
    rows = "\n".join(f"{i},{i % 7},{3 * i}" for i in range(40))
    path.write_text(f"size,rooms,price\n{rows}\n")
    return path


def test_a_table_becomes_the_data_and_undo_brings_back_the_old(
    window: MainWindow, qtbot: QtBot, table: Path
) -> None:
    before = window.document.project.data
    drop(window.canvas.viewport(), table)
    assert window.document.project.data.source == Choice(id="csv", params={"path": str(table)})
    assert window.parts.inspector.currentWidget() is window.parts.data
    qtbot.waitUntil(lambda: "40 samples" in window.parts.data.holds.text(), timeout=10_000)
    assert window.document.undo_stack.undoText() == "Learn from Houses.CSV"
    window.document.undo_stack.undo()
    assert window.document.project.data == before
    window.document.undo_stack.setClean()


def test_on_the_start_page_it_begins_a_project(window: MainWindow, table: Path) -> None:
    window.begin("iris")
    window.show_start()
    drop(window, table)
    assert window.working
    assert not window.document.graph.nodes
    assert window.document.project.data.source.id == "csv"
    window.document.undo_stack.setClean()


def test_what_nothing_reads_is_not_taken(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"la")
    assert not entered(window, path)
    with pytest.raises(ValueError, match=r"No source reads song\.mp3"):
        with_data(Project(), path)


def test_a_source_that_reads_it_already_stays_with_its_settings(table: Path) -> None:
    source = Choice(id="series_csv", params={"path": "old.csv", "column": "price"})
    made = with_data(Project().with_data(source=source), table).data.source
    assert made == Choice(id="series_csv", params={"path": str(table), "column": "price"})


def test_each_kind_of_file_has_one_usual_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    with zipfile.ZipFile(tmp_path / "b.zip", "w"):
        pass
    for path, wanted in (
        (tmp_path, "image_folder"),
        (tmp_path / "a.txt", "text_characters"),
        (tmp_path / "b.zip", "image_folder"),
        (tmp_path / "pictures.tar.gz", "image_folder"),
    ):
        found = source_for(path)
        assert found is not None
        assert found.id == wanted
    folder = source_for(tmp_path, "text_folder")
    assert folder is not None
    assert folder.id == "text_folder"


@pytest.mark.parametrize("spec", registry.of_kind(SourceSpec).values(), ids=lambda s: s.id)
def test_a_source_takes_files_just_if_it_has_a_path(spec: SourceSpec) -> None:
    paths = [p for p in spec.params if p.name == "path" and p.kind == "path"]
    assert bool(paths) == bool(spec.endings)
    assert not paths or paths[0].folder == ("/" in spec.endings)
    rivals = [
        s for s in registry.of_kind(SourceSpec).values() if set(s.endings) & set(spec.endings)
    ]
    assert not spec.endings or sum(s.usual for s in rivals) == 1
