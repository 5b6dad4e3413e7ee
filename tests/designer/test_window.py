"""The window as a user meets it: start, add, edit, undo, save, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from designer import theme
from engine import files
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from designer.settings import Settings
    from designer.window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


def answer(button: QMessageBox.StandardButton | str) -> list[str]:
    """Press a button of the next question; return the list its texts will be added to."""
    seen: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return
        seen.append(f"{box.text()} {box.informativeText()}".strip())
        if isinstance(button, str):
            next(b for b in box.buttons() if b.text() == button).click()
        else:
            box.button(button).click()

    QTimer.singleShot(50, press)
    return seen


def card_place(window: MainWindow, spec_id: str) -> QPoint:
    palette = window.workspace.palette
    item = palette.item(spec_id)
    palette.cards.scrollToItem(item)
    return palette.cards.visualItemRect(item).center()


def add_by_hand(window: MainWindow, qtbot: QtBot, spec_id: str) -> None:
    port = window.workspace.palette.cards.viewport()
    place = card_place(window, spec_id)
    qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=place)


def test_a_double_click_in_the_palette_adds_a_layer(window: MainWindow, qtbot: QtBot) -> None:
    add_by_hand(window, qtbot, "dense")
    assert [n.spec for n in window.document.graph.nodes.values()] == ["dense"]
    assert window.selected() == list(window.document.graph.nodes)


def test_enter_in_the_search_adds_the_first_match(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.actions["network.find_layer"].trigger()
    search = window.workspace.palette.search
    qtbot.keyClicks(search, "conv 2")
    assert window.workspace.palette.titles()[0] == "Conv 2D"
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert [n.spec for n in window.document.graph.nodes.values()] == ["conv2d"]


def test_a_search_without_matches_says_so(window: MainWindow, qtbot: QtBot) -> None:
    palette = window.workspace.palette
    qtbot.keyClicks(palette.search, "zzz")
    assert palette.titles() == []
    assert palette.empty.isVisible()


def test_a_drag_carries_the_id(window: MainWindow) -> None:
    cards = window.workspace.palette.cards
    data = cards.mimeData([window.workspace.palette.item("relu")])
    assert bytes(data.data("application/x-layerloom-spec").data()) == b"relu"


def test_editing_a_setting_is_one_step_of_undo(small: MainWindow, qtbot: QtBot) -> None:
    small.canvas.select(["n2"])
    editor = small.workspace.node.form.editor("out_features")
    line = editor.box.lineEdit()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "128")
    assert small.document.graph.nodes["n2"].params["out_features"] == 128
    assert small.document.undo_stack.count() == 1
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert small.document.graph.nodes["n2"].params["out_features"] == 129
    assert small.document.undo_stack.count() == 2
    small.commands.actions["edit.undo"].trigger()
    small.commands.actions["edit.undo"].trigger()
    assert small.document.graph.nodes["n2"].params["out_features"] == 10
    assert line.text() == "10"
    small.commands.actions["edit.redo"].trigger()
    assert line.text() == "128"


def test_a_bad_value_is_told_beside_the_setting(small: MainWindow, qtbot: QtBot) -> None:
    small.canvas.select(["n2"])
    row = small.workspace.node.form.rows["out_features"]
    line = row.editor.box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "0")
    assert "at least 1" in row.sentence.text()
    qtbot.waitUntil(row.sentence.isVisible)
    assert small.document.graph.nodes["n2"].params["out_features"] == 10
    line.selectAll()
    qtbot.keyClicks(line, "12")
    assert not row.sentence.isVisible()
    assert small.document.graph.nodes["n2"].params["out_features"] == 12


def test_the_inspector_shows_shapes_and_renames(small: MainWindow, qtbot: QtBot) -> None:
    small.canvas.select(["n2"])
    panel = small.workspace.node
    facts = panel.facts.text()
    assert "N × 64" in facts
    assert "N × 10" in facts
    assert "650" in facts
    panel.name.selectAll()
    qtbot.keyClicks(panel.name, "digits out")
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    assert small.document.graph.nodes["n2"].name == "digits out"


def test_title_and_guard_follow_changes(
    small: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.loom"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    small.commands.actions["file.save"].trigger()
    assert path.is_file()
    assert small.windowTitle() == "mine[*] — Layerloom"
    assert not small.isWindowModified()
    add_by_hand(small, qtbot, "relu")
    assert small.isWindowModified()
    seen = answer(QMessageBox.StandardButton.Cancel)
    assert not small.close()
    assert seen == ["Save the changes to mine? Otherwise they are lost."]
    seen = answer(QMessageBox.StandardButton.Save)
    small.commands.actions["file.new"].trigger()
    assert len(seen) == 1
    assert len(files.load(path).graph.nodes) == 4
    assert not small.document.graph.nodes


def test_discard_leaves_the_file_as_it_was(small: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.loom"
    small.document.save(path)
    add_by_hand(small, qtbot, "relu")
    seen = answer(QMessageBox.StandardButton.Discard)
    assert small.close()
    assert len(seen) == 1
    assert len(files.load(path).graph.nodes) == 3


def test_a_save_that_fails_loses_nothing(
    small: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.loom"
    small.document.save(path)
    before = path.read_bytes()
    add_by_hand(small, qtbot, "relu")

    def full(*_: object) -> None:
        raise files.FileError("mine.loom could not be saved: the disk is full.")

    monkeypatch.setattr(files, "save", full)
    small.commands.actions["file.save"].trigger()
    assert "disk is full" in small.notice.text.text()
    assert small.notice.isVisible()
    assert small.document.dirty
    assert path.read_bytes() == before


def test_recent_files_are_offered(
    make_window: Callable[[], MainWindow], settings: Settings, tmp_path: Path, qtbot: QtBot
) -> None:
    paths = [tmp_path / f"p{i}.loom" for i in range(3)]
    for path in paths:
        files.save(files.template("iris"), path)
        settings.remember(path)
    assert settings.recent() == paths[::-1]
    paths[2].unlink()
    assert settings.recent() == [paths[1], paths[0]]
    window = make_window()
    assert window.start.recent.count() == 2
    item = window.start.recent.item(1)
    place = window.start.recent.visualItemRect(item).center()
    qtbot.mouseClick(window.start.recent.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.document.path == paths[0]
    assert window.working
    assert settings.recent()[0] == paths[0]
    settle(window, qtbot)


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file in over the canvas; return whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier
    enter = QDragEnterEvent(QPoint(400, 300), actions, data, button, keys.NoModifier)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(400, 300), actions, data, button, keys.NoModifier)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def test_a_project_can_be_dragged_in(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "iris.loom"
    files.save(files.template("iris"), path)
    assert drop(window, path)
    assert window.document.path == path
    assert not drop(window, tmp_path / "picture.png")
    settle(window, qtbot)


def test_a_broken_file_is_told_and_changes_nothing(small: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "broken.loom"
    path.write_text('{"format": 1, "networks"')
    before = small.document.project
    small.open(path)
    assert small.document.project is before
    assert "broken.loom" in small.notice.text.text()


def test_a_template_opens_from_its_card(
    make_window: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = make_window()
    card = next(c for c in window.start.cards if c.spec.id == "iris")
    qtbot.waitUntil(lambda: not card.picture.pixmap().isNull())
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.working
    assert window.document.project.data.source.id == "iris"
    assert not window.document.dirty
    settle(window, qtbot)
    window.commands.actions["view.start"].trigger()
    assert not window.working
    qtbot.mouseClick(window.start.back, Qt.MouseButton.LeftButton)
    assert window.working


def test_templates_are_found_by_their_words(
    make_window: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    start = make_window().start
    cards = {c.spec.id: c for c in start.cards}
    assert all(c.isVisibleTo(start) for c in cards.values())
    qtbot.keyClicks(start.gallery.search, "generative adversarial")
    shown = {i for i, c in cards.items() if c.isVisibleTo(start)}
    assert {"gan", "dcgan"} >= shown
    assert shown
    start.gallery.search.clear()
    qtbot.keyClicks(start.gallery.search, "xyzzy")
    assert not [c for c in cards.values() if c.isVisibleTo(start)]
    assert start.gallery.nothing.isVisibleTo(start)
    start.gallery.search.clear()
    assert all(c.isVisibleTo(start) for c in cards.values())


def test_the_theme_changes_at_once_and_is_kept(window: MainWindow) -> None:
    window.commands.actions["view.theme_dark"].trigger()
    assert theme.theme().name == "dark"
    assert window.palette().window().color().name() == theme.DARK.window
    window.commands.actions["view.theme_light"].trigger()
    assert theme.theme().name == "light"
    assert window.palette().window().color().name() == theme.LIGHT.window
    assert window.settings.theme == "light"


def test_the_layout_is_kept(make_window: Callable[[], MainWindow], qtbot: QtBot) -> None:
    first = make_window()
    first.commands.actions["file.new"].trigger()
    first.commands.actions["view.panel_palette"].trigger()
    settle(first, qtbot)
    first.close()
    second = make_window()
    second.commands.actions["file.new"].trigger()
    settle(second, qtbot)
    assert second.settings.bytes("geometry") is not None
    assert not second.panel_shown("palette")
    assert second.panel_shown("inspector")


def test_export_writes_a_script(
    small: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    small.commands.actions["file.export_python"].trigger()
    compile(path.read_text("utf-8"), "net.py", "exec")
    assert "import torch" in path.read_text("utf-8")
