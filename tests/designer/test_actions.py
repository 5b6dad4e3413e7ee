"""Commands as data: complete, unambiguous, reachable by menu and command palette."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QMenu

from designer.actions import ACTIONS
from designer.command import MENUS
from designer.icons import ICONS
from engine.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


@pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))
def test_every_action_is_complete(action: object) -> None:
    assert action.text
    assert action.help.endswith(".")
    assert action.menu in MENUS
    assert (ICONS / "actions" / f"{action.icon}.svg").is_file()
    if action.shortcut:
        assert QKeySequence(action.shortcut).toString()


def test_shortcuts_are_unique() -> None:
    keys = Counter(QKeySequence(a.shortcut).toString() for a in ACTIONS.values() if a.shortcut)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_action_stands_in_its_menu(window: MainWindow) -> None:
    found = {
        action.objectName()
        for menu in window.menuBar().findChildren(QMenu)
        for action in menu.actions()
    }
    assert set(ACTIONS) <= found


def test_every_action_is_in_the_command_palette(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(
        window,
        Qt.Key.Key_P,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert window.chooser.isVisible()
    texts = [entry.text for entry in window.chooser.shown]
    for action in ACTIONS.values():
        menu = MENUS[action.menu].replace("&", "")
        assert f"{menu}: {action.text}" in texts


def test_the_command_palette_filters_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.actions["help.commands"].trigger()
    qtbot.keyClicks(window.chooser.search, "dark theme")
    assert window.chooser.shown[0].text == "View: Dark theme"
    assert len(window.chooser.shown) < 4
    qtbot.keyClick(window.chooser.search, Qt.Key.Key_Return)
    assert not window.chooser.isVisible()
    assert window.settings.theme == "dark"


def test_the_command_palette_leaves_on_escape(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.actions["help.commands"].trigger()
    qtbot.keyClick(window.chooser.search, Qt.Key.Key_Down)
    assert window.chooser.list.currentRow() == 1
    qtbot.keyClick(window.chooser.search, Qt.Key.Key_Escape)
    assert not window.chooser.isVisible()


def test_only_early_commands_work_before_the_window_is_built(
    make_window: Callable[[], MainWindow],
) -> None:
    window = make_window()
    assert not window.working
    names = [n for n, a in window.commands.actions.items() if a.isEnabled()]
    assert "file.new" in names
    assert "run.train" not in names
    assert "edit.paste" not in names


def test_a_letter_typed_in_a_field_is_no_command(small: MainWindow, qtbot: QtBot) -> None:
    search = small.workspace.palette.search
    search.setFocus()
    qtbot.keyClicks(search, "lf")
    assert search.text() == "lf"


def test_interactive_widgets_have_names(small: MainWindow) -> None:
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox)
    small.canvas.select(["n2"])
    for kind in kinds:
        for widget in small.findChildren(kind):
            if widget.objectName().startswith("qt_") or type(widget.parent()) in kinds:
                continue
            if isinstance(widget.parent(), kinds) or not widget.isVisible():
                continue
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()


def test_toggling_a_panel(window: MainWindow) -> None:
    action = window.commands.actions["view.panel_findings"]
    assert action.isChecked()
    action.trigger()
    assert not window.panel_shown("findings")
    assert not action.isChecked()
    action.trigger()
    assert window.panel_shown("findings")


def test_a_layer_is_found_by_its_settings(window: MainWindow, qtbot: QtBot) -> None:
    graph, node = Graph().add("dense", out_features=77)
    window.document.push("Add", window.document.project.with_graph(graph))
    window.commands.actions["network.find_node"].trigger()
    qtbot.keyClicks(window.chooser.search, "77")
    (entry,) = window.chooser.shown
    assert "Dense" in entry.detail
    qtbot.keyClick(window.chooser.search, Qt.Key.Key_Return)
    assert window.canvas.selected() == [node]
