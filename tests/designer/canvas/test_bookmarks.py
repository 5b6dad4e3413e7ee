"""Views that have a name, and views that are as they were left; through a real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine import files
from tests.designer.conftest import settle
from tests.designer.nested import project as nested

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def look(window: MainWindow) -> tuple[float, float, float]:
    middle = window.canvas.seen().center()
    return window.canvas.zoom, middle.x(), middle.y()


def test_a_view_is_kept_named_found_and_removed(small: MainWindow, qtbot: QtBot) -> None:
    small.show_work()
    canvas, stack = small.canvas, small.document.undo_stack
    small.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    canvas.zoom_to(0.5)
    canvas.centerOn(QPointF(300, 40))
    kept = look(small)
    steps = stack.count()
    QTest.keyClick(canvas, Qt.Key.Key_B)
    field = canvas.findChild(QLineEdit, "name.field")
    qtbot.keyClicks(field, "Head")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    (mark,) = small.document.project.layout.bookmarks
    assert (mark.name, mark.network) == ("Head", "main")
    assert stack.count() == steps + 1
    canvas.zoom_to(2.0)
    canvas.centerOn(QPointF(4000, 3000))
    QTest.keyClick(small, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert look(small) == pytest.approx(kept, abs=2.0)
    # It is written into the file, and a file without any has no word of it.
    text = files.dumps(small.document.project)
    assert files.loads(text).layout.bookmarks == (mark,)
    small.commands.actions["view.bookmark_remove"].trigger()
    assert [e.text for e in small.chooser.shown] == ["Head"]
    qtbot.keyClick(small.chooser.search, Qt.Key.Key_Return)
    assert small.document.project.layout.bookmarks == ()
    assert "bookmarks" not in files.dumps(small.document.project)
    stack.undo()
    assert small.document.project.layout.bookmarks == (mark,)


def test_a_bookmark_leads_to_its_network(window: MainWindow, qtbot: QtBot) -> None:
    made = nested()
    window.document.new(made)
    settle(window, qtbot)
    window.show_work()
    inner = next(key for key in made.networks if key != made.main)
    window.document.show_network(inner)
    window.canvas.zoom_to(0.7)
    window.canvas.add_bookmark()
    window.document.show_network(made.main)
    window.canvas.go_to_bookmark(0)
    assert window.document.network == inner
    assert window.canvas.zoom == pytest.approx(0.7, abs=0.01)
    gone = window.document.project
    marks = tuple(m.but(network="gone") for m in gone.layout.bookmarks)
    window.document.push("Lose", gone.but(layout=gone.layout.but(bookmarks=marks)))
    before = look(window)
    window.canvas.go_to_bookmark(0)
    assert look(window) == before


def test_a_file_is_looked_at_as_it_was_left(
    small: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    small.show_work()
    path = tmp_path / "kept.loom"
    small.document.save(path)
    text = path.read_bytes()
    viewport = small.canvas.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(300, 200))
    QTest.mouseMove(viewport, QPoint(140, 90))
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(140, 90))
    small.canvas.zoom_to(1.5)
    left = look(small)
    assert not small.document.dirty
    small.commands.actions["file.new"].trigger()
    settle(small, qtbot)
    small.open(path)
    settle(small, qtbot)
    qtbot.waitUntil(lambda: look(small) == pytest.approx(left, abs=3.0))
    assert not small.document.dirty
    assert path.read_bytes() == text
    # A file that was never moved about in is shown whole.
    other = tmp_path / "other.loom"
    other.write_bytes(text)
    small.open(other)
    settle(small, qtbot)
    assert small.canvas.seen().contains(small.canvas.canvas.bounds())
