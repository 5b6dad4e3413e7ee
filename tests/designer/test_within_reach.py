"""Commands act when they can be chosen, panels come to the front, and what was chosen is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from designer.outline.panel import OutlinePanel

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def enabled(window: MainWindow, name: str) -> bool:
    return window.commands.actions[name].isEnabled()


def test_delete_waits_for_something_to_delete(small: MainWindow) -> None:
    canvas = small.canvas
    canvas.select([])
    assert not enabled(small, "edit.delete")
    canvas.canvas.select([], [next(iter(canvas.canvas.wires))])
    assert enabled(small, "edit.delete")
    canvas.canvas.select([])
    canvas.add_comment()
    canvas.setFocus()
    canvas.choose_notes(set(canvas.notes))
    assert enabled(small, "edit.delete") == bool(canvas.notes)
    canvas.select(list(small.document.graph.nodes)[:1])
    assert enabled(small, "edit.delete")


def test_only_one_layer_can_be_opened(small: MainWindow) -> None:
    small.canvas.select_all()
    assert not enabled(small, "network.open")
    small.canvas.select(small.selected()[:1])
    assert enabled(small, "network.open")


def test_tabs_are_stepped_through_when_there_are_several(small: MainWindow) -> None:
    small.parts.networks.new()
    assert enabled(small, "network.next")
    small.parts.tabs.close_current()
    small.refresh_actions()
    assert len(small.document.project.networks) == 2
    assert not enabled(small, "network.next")
    assert not enabled(small, "network.previous")


def test_finding_a_layer_brings_the_palette_before_the_outline(small: MainWindow) -> None:
    small.show_work()
    assert small.docks is not None
    small.docks.bring("outline")
    QApplication.processEvents()
    small.commands.actions["network.find_layer"].trigger()
    QApplication.processEvents()
    search = small.parts.palette.search
    assert search.hasFocus()
    assert not search.visibleRegion().isEmpty()


def test_a_panel_behind_another_comes_before_it(small: MainWindow) -> None:
    small.show_work()
    outline = small.parts.panels["outline"]
    for seen in (True, False, True):
        small.commands.actions["view.panel_outline"].trigger()
        QApplication.processEvents()
        assert outline.visibleRegion().isEmpty() != seen


def test_motion_can_be_reduced_from_the_start_page(small: MainWindow) -> None:
    small.show_work()
    small.show_start()
    before = small.canvas.motion
    small.commands.actions["view.reduced_motion"].trigger()
    assert small.canvas.motion != before


def test_a_search_unfolds_groups_for_once(small: MainWindow, qtbot: QtBot) -> None:
    palette = small.parts.palette
    group = next(g for g in palette.cards.groups() if g.text(0) == "Activation")
    group.setExpanded(False)
    qtbot.keyClicks(palette.search, "relu")
    assert all(g.isExpanded() for g in palette.cards.groups())
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    folded = [g.text(0) for g in palette.cards.groups() if not g.isExpanded()]
    assert folded == ["Activation"]


def test_the_outline_knows_what_was_selected_while_it_was_away(
    small: MainWindow, qtbot: QtBot
) -> None:
    small.show_work()
    assert small.docks is not None
    small.docks.bring("outline")
    panel = small.parts.panels["outline"]
    assert isinstance(panel, OutlinePanel)
    qtbot.waitUntil(lambda: panel.isVisible() and not panel._stale)
    first, second, _ = small.document.graph.nodes
    small.canvas.select([first])
    panel.hide()
    small.canvas.select([second])
    panel.show()
    rows = [panel.model.row(i) for i in panel.tree.selectionModel().selectedRows()]
    assert [row.node_id for row in rows if row is not None] == [second]


def test_the_menu_key_is_about_the_tab_on_show(
    small: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.show_work()
    small.parts.networks.new()
    bar = small.parts.tabs.bar
    asked: list[str] = []
    monkeypatch.setattr(small.parts.tabs, "open_menu", lambda key, _at: asked.append(key))
    at = bar.tabRect(0).center()
    for reason in (QContextMenuEvent.Reason.Keyboard, QContextMenuEvent.Reason.Mouse):
        QApplication.sendEvent(bar, QContextMenuEvent(reason, at, bar.mapToGlobal(at)))
    assert asked == [small.document.network, "main"]


def test_a_wire_is_deleted_from_its_menu(small: MainWindow) -> None:
    small.show_work()
    canvas = small.canvas
    canvas.zoom_to(1.0)
    wire = next(iter(canvas.canvas.wires.values()))
    canvas.centerOn(wire.middle)
    canvas.select(list(small.document.graph.nodes)[2:])
    at, port = canvas.mapFromScene(wire.middle), canvas.viewport()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(port, QContextMenuEvent(reason, at, port.mapToGlobal(at)))
    menu = small.findChild(QMenu, "menu.context")
    delete = next(a for a in menu.actions() if a.objectName() == "edit.delete")
    menu.close()
    delete.trigger()
    assert len(small.document.graph.nodes) == 3
    assert len(small.document.graph.edges) == 1
