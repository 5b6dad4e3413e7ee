"""What lies over the canvas stays out of the way: welcome, search, fields for names, minimap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from designer.canvas import clipboard, notes
from designer.canvas.dropping import MIME
from engine import networks
from engine.graph import Graph
from engine.project import Note, Project

if TYPE_CHECKING:
    from conftest import Bench

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def welcome(bench: Bench) -> QWidget:
    """Show an empty network; return what lies over it."""
    bench.show(Graph())
    found = bench.view.findChild(QWidget, "canvas.welcome")
    assert isinstance(found, QWidget)
    assert found.isVisible()
    return found


def test_a_card_can_be_dropped_on_the_words_of_an_empty_canvas(bench: Bench) -> None:
    words = welcome(bench)
    at = words.geometry().topLeft() + QPoint(20, 20)
    target = bench.view.childAt(at)
    while target is not None and not target.acceptDrops():
        target = target.parentWidget()
    assert target is not None
    mime, copy = QMimeData(), Qt.DropAction.CopyAction
    mime.setData(MIME, b"dense")
    enter = QDragEnterEvent(at, copy, mime, LEFT, PLAIN)
    enter.ignore()
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(at), copy, mime, LEFT, PLAIN))
    (item,) = bench.view.canvas.nodes.values()
    assert item.sceneBoundingRect().contains(bench.view.at(at))


def test_a_double_click_on_those_words_opens_the_search(bench: Bench) -> None:
    words = welcome(bench)
    QTest.mouseDClick(words, LEFT, PLAIN, QPoint(20, 20))
    assert bench.view.findChild(QLineEdit, "canvas.search.field").isVisible()


@pytest.mark.parametrize("reason", ["Mouse", "Keyboard"])
def test_the_menu_opens_once_over_those_words(bench: Bench, reason: str) -> None:
    at = welcome(bench).geometry().center()
    asked: list[QPoint] = []
    bench.view.menuWanted.connect(asked.append)
    why = QContextMenuEvent.Reason[reason]
    QApplication.sendEvent(bench.view, QContextMenuEvent(why, at, bench.view.mapToGlobal(at)))
    assert len(asked) == 1


def test_the_search_lets_go_of_the_keyboard(bench: Bench) -> None:
    bench.chain("dense")
    other = QLineEdit(bench.view)
    other.show()
    bench.view.open_search(QPoint(300, 300))
    other.setFocus(Qt.FocusReason.MouseFocusReason)
    assert other.hasFocus()
    assert bench.view._popup is None


def test_the_menu_of_the_search_field_leaves_the_search_open(bench: Bench) -> None:
    bench.chain("dense")
    popup = bench.view.open_search(QPoint(300, 300))
    field = popup.findChild(QLineEdit, "canvas.search.field")
    reason = Qt.FocusReason.PopupFocusReason
    QApplication.sendEvent(field, QFocusEvent(QEvent.Type.FocusOut, reason))
    assert bench.view._popup is popup


def test_a_name_is_written_where_it_can_be_seen(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    bench.view.select([a])
    bench.view.pan(QPointF(-3000, 0))
    bench.view.rename_chosen()
    field = bench.view.findChild(QLineEdit, "name.field")
    assert bench.view.rect().contains(field.geometry())


def test_a_second_field_takes_the_place_of_the_first(bench: Bench) -> None:
    a, _ = bench.chain("dense", "relu")
    bench.view.select([a])
    bench.view.rename_chosen()
    QTest.keyClicks(bench.view.findChild(QLineEdit, "name.field"), "stem")
    bench.view.rename_chosen()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(bench.view.findChildren(QLineEdit, "name.field")) == 1
    assert bench.graph.nodes[a].name == "stem"


def test_a_note_changes_what_the_minimap_shows(bench: Bench) -> None:
    bench.chain("dense", "relu")
    minimap = bench.view.minimap
    minimap._later.stop()
    whole = bench.view.canvas.bounds()
    note = Note(x=-60, y=2000, width=300, height=240)
    bench.document.push("Note", notes.add(bench.document.project, "main", note)[0])
    assert bench.view.canvas.bounds() != whole
    assert minimap._later.isActive()


@pytest.mark.parametrize("how", ["zoom", "frame", "minimap", "reveal"])
def test_what_the_user_looks_at_stays_when_the_size_changes(bench: Bench, how: str) -> None:
    ids = bench.chain(*["dense"] * 12)
    bench.view.frame_all()
    zoom = bench.view.zoom
    if how == "zoom":
        bench.view.zoom_by(1.5)
    elif how == "frame":
        bench.view.select(ids[:1])
        bench.view.frame_selection()
    else:
        super(type(bench.view), bench.view).zoom_to(1.0)
        if how == "minimap":
            QTest.mouseClick(bench.view.minimap, LEFT, PLAIN, QPoint(12, 60))
        else:
            bench.view.reveal(ids[0])
    seen = bench.view.zoom
    assert seen > zoom
    bench.view.resize(1000, 650)
    QApplication.sendPostedEvents()
    assert bench.view.zoom == seen


def test_from_afar_a_repeat_is_moved_and_not_unfolded(nest: Bench) -> None:
    item = next(i for i in nest.view.canvas.nodes.values() if i.copies > 1)
    nest.view.zoom_to(0.35)
    nest.view.centerOn(item.sceneBoundingRect().center())
    nest.click(nest.view.mapFromScene(item.pos() + QPointF(180, 16)))
    assert not item.unfolded
    nest.view.zoom_to(1.0)
    nest.view.centerOn(item.sceneBoundingRect().center())
    nest.click(nest.view.mapFromScene(item.pos() + QPointF(180, 16)))
    assert item.unfolded
    nest.document.new(nest.document.project)
    assert not nest.view.canvas.nodes[item.node.id].unfolded


def said(bench: Bench, text: str) -> str:
    """Return what is told when a text is pasted."""
    told: list[str] = []
    bench.view.message.connect(told.append)
    QGuiApplication.clipboard().setText(text)
    bench.view.paste()
    bench.view.message.disconnect(told.append)
    assert not bench.graph.nodes
    (sentence,) = told
    return sentence


def test_foreign_text_is_no_damage(bench: Bench) -> None:
    assert said(bench, "hello").startswith("The clipboard holds no layers")
    assert said(bench, "") == said(bench, '{"version": "3"}') == said(bench, "hello")


def test_places_that_are_none_are_told_of_as_damage(bench: Bench) -> None:
    text = '{"layerloom": 1, "nodes": [], "edges": [], "positions": {"a": [1]}}'
    assert "damaged" in said(bench, text)


def test_layers_of_another_format_are_not_taken(bench: Bench) -> None:
    text = '{"layerloom": 2, "nodes": [], "edges": [], "positions": {}}'
    assert "format 2, not 1" in said(bench, text)


def test_a_network_may_be_called_as_the_clipboard_is() -> None:
    made, key = networks.new(Project(), "Clipboard")
    project = networks.place(made, "main", key, 0.0, 0.0).project
    assert key == "clipboard"
    part = clipboard.from_text(clipboard.to_text(project.graph, {}, project))
    _, graph = clipboard.settle(Project(), "main", part, known=False)
    assert len(graph.nodes) == 1


def test_a_block_that_is_not_there_is_refused(bench: Bench) -> None:
    refused: list[str] = []
    bench.view.refused.connect(refused.append)
    assert bench.view.add_node("block:none") is None
    assert len(refused) == 1


def test_named_numbers_go_along_to_another_project(bench: Bench) -> None:
    graph, a = Graph().add("dense", out_features="=width")
    bench.document.new(Project(networks={"main": graph}, variables={"width": 7, "other": 3}))
    bench.view.select([a])
    bench.view.copy()
    bench.document.new(Project(variables={"depth": 2}))
    bench.view.paste()
    assert bench.document.project.variables == {"depth": 2, "width": 7}
    bench.document.undo_stack.undo()
    assert bench.document.project.variables == {"depth": 2}
