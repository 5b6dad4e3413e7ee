"""The window with several networks: tabs, breadcrumb, palette, commands, findings, live figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSpinBox, QToolButton, QWidget

from engine.project import Project
from engine.train import events as ev
from tests.designer.conftest import settle
from tests.designer.nested import project

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.breadcrumb import Breadcrumb
    from designer.tabs import NetworkTabs
    from designer.window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def nest(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with towers and blocks."""
    window.document.new(project())
    settle(window, qtbot)
    window.canvas.setFocus()
    return window


def tabs(window: MainWindow) -> NetworkTabs:
    return window.parts.tabs


def crumbs(window: MainWindow) -> Breadcrumb:
    return window.parts.breadcrumb


def labels(window: MainWindow) -> list[str]:
    return [tabs(window).bar.tabText(i) for i in range(tabs(window).bar.count())]


def press(window: MainWindow, action: str) -> None:
    command = window.commands.actions[action]
    window.refresh_actions()
    assert command.isEnabled(), action
    command.trigger()


def field(window: MainWindow) -> QLineEdit:
    (found,) = (f for f in window.findChildren(QLineEdit, "name.field") if f.isVisible())
    assert isinstance(found, QLineEdit)
    return found


# -- tabs


def test_opening_a_place_opens_a_tab(nest: MainWindow) -> None:
    assert labels(nest) == ["main"]
    nest.document.enter("t1")
    assert labels(nest) == ["main", "Tower"]
    assert tabs(nest).bar.currentIndex() == 1
    tabs(nest).bar.setCurrentIndex(0)
    assert nest.document.network == "main"


def test_a_tab_leads_back_to_where_its_network_was_seen(nest: MainWindow) -> None:
    nest.document.enter("t2")
    nest.document.enter("p", 2)
    spot = nest.document.spot
    tabs(nest).bar.setCurrentIndex(0)
    tabs(nest).bar.setCurrentIndex(2)
    assert nest.document.spot == spot


def test_the_button_makes_a_network_and_shows_it(nest: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(tabs(nest).add, LEFT)
    assert labels(nest) == ["main", "Network 1"]
    assert nest.document.graph.nodes == {}
    nest.document.undo_stack.undo()
    assert labels(nest) == ["main"]
    assert nest.document.network == "main"


def test_a_double_click_on_a_tab_renames_its_network(nest: MainWindow, qtbot: QtBot) -> None:
    nest.document.enter("t1")
    bar = tabs(nest).bar
    QTest.mouseDClick(bar, LEFT, Qt.KeyboardModifier.NoModifier, bar.tabRect(1).center())
    qtbot.keyClicks(field(nest), "Encoder")
    qtbot.keyClick(field(nest), Qt.Key.Key_Return)
    assert labels(nest) == ["main", "Encoder"]


def test_a_name_that_is_taken_is_refused(nest: MainWindow) -> None:
    nest.parts.networks.rename("tower", "Block")
    assert "Block" in nest.notice.text.text()
    assert nest.document.project.title_of("tower") == "Tower"


def test_the_menu_of_a_tab_duplicates_deletes_and_closes(nest: MainWindow) -> None:
    nest.document.enter("t1")
    menu = {a.text(): a for a in tabs(nest).menu(1).actions()}
    menu["Duplicate"].trigger()
    assert labels(nest)[-1] == "Tower 2"
    menu["Delete"].trigger()
    assert "Tower" in nest.notice.text.text()
    again = {a.text(): a for a in tabs(nest).menu(2).actions()}
    again["Delete"].trigger()
    assert "Tower 2" not in labels(nest)
    press(nest, "network.close_tab")
    assert len(labels(nest)) == 1


def test_tabs_are_walked_by_keys(nest: MainWindow, qtbot: QtBot) -> None:
    nest.document.enter("t1")
    qtbot.keyClick(nest.canvas, Qt.Key.Key_PageUp, CONTROL)
    assert nest.document.network == "main"
    qtbot.keyClick(nest.canvas, Qt.Key.Key_PageDown, CONTROL)
    assert nest.document.network == "tower"


def test_a_tab_bears_the_badge_of_its_networks_problems(nest: MainWindow, qtbot: QtBot) -> None:
    nest.document.enter("t1")
    nest.document.leave()
    assert tabs(nest).bar.tabIcon(1).isNull()
    made = nest.document.project
    broken = made.networks["tower"].set_params("d", {"out_features": 3})
    broken = broken.add("add", node_id="z")[0].connect("d", "z").connect("p", "z", "o")
    broken = broken.disconnect([e for e in broken.edges if e.target == "o"]).connect("z", "o")
    nest.document.push("x", made.with_graph(broken, "tower"))
    settle(nest, qtbot)
    assert not tabs(nest).bar.tabIcon(1).isNull()
    assert tabs(nest).bar.tabIcon(0).isNull()


# -- breadcrumb


def test_the_breadcrumb_tells_the_way_and_leads_out(nest: MainWindow, qtbot: QtBot) -> None:
    assert crumbs(nest).isHidden()
    nest.document.enter("t1")
    nest.document.enter("p", 1)
    settle(nest, qtbot)
    assert crumbs(nest).texts() == ["main", "Tower", "Block"]
    qtbot.wait(20)
    found = crumbs(nest).findChildren(QToolButton, "breadcrumb.0")
    (root,) = (b for b in found if b.isVisible())
    qtbot.mouseClick(root, LEFT)
    assert nest.document.network == "main"
    assert nest.selected() == ["t1"]
    assert crumbs(nest).isHidden()


def test_another_copy_is_chosen_in_the_breadcrumb(nest: MainWindow, qtbot: QtBot) -> None:
    nest.document.enter("b")
    settle(nest, qtbot)
    qtbot.wait(20)
    spin = crumbs(nest).findChild(QSpinBox, "breadcrumb.copy.0")
    assert isinstance(spin, QSpinBox)
    assert spin.text() == "Copy 1 of 6"
    spin.setFocus()
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert nest.document.spot.copies == (2,)
    assert nest.document.address("d") == "b#2/d"
    assert spin.isVisible()
    assert spin.text() == "Copy 3 of 6"


def test_a_network_shown_by_itself_is_seen_as_it_is_trained(nest: MainWindow) -> None:
    nest.document.show_network("block")
    assert nest.document.spot.inferred
    assert crumbs(nest).texts() == ["main", "Tower", "Block"]
    made = nest.document.project
    nest.document.push("x", made.with_graph(made.graph.remove(["t1", "t2", "b"])))
    assert nest.document.trail == ()
    assert crumbs(nest).texts() == []
    assert not crumbs(nest).isHidden()


# -- palette


def test_the_palette_lists_the_projects_networks(nest: MainWindow) -> None:
    titles = nest.parts.palette.titles()
    assert titles[:3] == ["main", "Tower", "Block"]
    nest.parts.networks.rename("tower", "Encoder")
    assert "Encoder" in nest.parts.palette.titles()
    nest.document.new(Project())
    assert "main" not in nest.parts.palette.titles()


def test_a_card_places_its_network_and_with_shift_shares_it(nest: MainWindow, qtbot: QtBot) -> None:
    palette = nest.parts.palette
    palette.cards.setCurrentItem(palette.item("network:block"))
    qtbot.keyClick(palette.cards, Qt.Key.Key_Return)
    (own,) = nest.selected()
    assert nest.document.graph.nodes[own].params == {"network": "block"}
    nest.canvas.add_node("shared:block")
    (shared,) = nest.selected()
    assert nest.document.graph.nodes[shared].params["weights"] == "shared"


def test_a_place_that_would_hold_itself_is_refused_in_the_notice(nest: MainWindow) -> None:
    nest.document.show_network("block")
    nest.parts.palette.picked.emit("network:tower")
    assert nest.notice.isVisible()
    assert "Tower" in nest.notice.text.text()


# -- commands


def test_keys_make_open_leave_and_ungroup_a_sub_network(nest: MainWindow, qtbot: QtBot) -> None:
    nest.canvas.select(["b", "h"])
    qtbot.keyClick(nest.canvas, Qt.Key.Key_G, CONTROL | SHIFT)
    (place,) = nest.selected()
    qtbot.keyClick(nest.canvas, Qt.Key.Key_Return)
    assert nest.document.project.title_of(nest.document.network) == "Block 1"
    qtbot.keyClick(nest.canvas, Qt.Key.Key_Backspace)
    assert nest.selected() == [place]
    qtbot.keyClick(nest.canvas, Qt.Key.Key_G, CONTROL | ALT)
    assert {"b", "h"} == set(nest.selected())
    assert labels(nest) == ["main"]


def test_commands_are_possible_only_where_they_make_sense(nest: MainWindow) -> None:
    actions = nest.commands.actions

    def possible() -> set[str]:
        nest.refresh_actions()
        return {n for n in actions if n.startswith("network.") and actions[n].isEnabled()}

    nest.canvas.select(["h"])
    layer = possible()
    nest.canvas.select(["t1"])
    place = possible()
    nest.canvas.select(["b"])
    repeat = possible()
    assert place - layer == {"network.dissolve", "network.share", "network.detach"}
    assert repeat - place == {"network.unfold", "network.unroll"}
    assert "network.leave" not in layer
    assert actions["network.share"].isChecked() is False
    nest.canvas.select(["t1"])
    nest.refresh_actions()
    assert actions["network.share"].isChecked()


def test_commands_on_places_do_what_they_say(nest: MainWindow) -> None:
    nest.canvas.select(["b"])
    press(nest, "network.unfold")
    assert nest.canvas.canvas.nodes["b"].unfolded
    press(nest, "network.share")
    assert nest.document.graph.nodes["b"].params["weights"] == "shared"
    press(nest, "edit.freeze")
    assert nest.document.graph.nodes["b"].frozen
    press(nest, "network.unroll")
    assert len(nest.selected()) >= 5
    nest.canvas.select(["t2"])
    press(nest, "network.detach")
    assert len(nest.document.project.networks) == 4


def test_a_network_is_chosen_from_a_list(nest: MainWindow, qtbot: QtBot) -> None:
    press(nest, "network.place")
    assert nest.chooser.isVisible()
    qtbot.keyClicks(nest.chooser.search, "tower")
    qtbot.keyClick(nest.chooser.search, Qt.Key.Key_Return)
    (made,) = nest.selected()
    assert nest.document.graph.nodes[made].params["network"] == "tower"


def test_the_canvas_has_a_menu_of_what_is_possible(nest: MainWindow) -> None:
    nest.canvas.select(["t1"])
    texts = [a.text() for a in nest.commands.context_menu().actions()]
    assert "Open sub-network" in texts
    assert "Detach a copy" in texts
    assert "Unroll repeat" not in texts
    heard: list[QPoint] = []
    nest.canvas.menuWanted.disconnect()
    nest.canvas.menuWanted.connect(heard.append)
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    place = nest.canvas.mapFromScene(nest.canvas.canvas.nodes["h"].pos() + QPoint(60, 16))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, QPoint(5, 5))
    QApplication.sendEvent(nest.canvas.viewport(), event)
    assert heard == [QPoint(5, 5)]
    assert nest.selected() == ["h"]


# -- what is wrong, and where


def test_a_finding_inside_leads_there_and_its_fix_mends_it(nest: MainWindow, qtbot: QtBot) -> None:
    made = nest.document.project
    tower = made.networks["tower"]
    graph, soft = tower.add("softmax", node_id="soft")
    graph, _ = graph.add("cross_entropy", node_id="extra")
    graph = graph.set_params("d", {"out_features": 7}).disconnect(
        [e for e in graph.edges if e.target == "o"]
    )
    graph = graph.connect("p", "o", "o").connect("d", "extra", target_port="prediction")
    nest.document.push("x", made.with_graph(graph.remove([soft]), "tower"))
    settle(nest, qtbot)
    (row,) = (r for r in nest.parts.findings.rows if r.fix)
    assert row.node == "t1/extra"
    nest.parts.findings.nodeActivated.emit(row.node)
    assert nest.document.network == "tower"
    assert nest.selected() == ["extra"]
    nest.parts.findings.fix(nest.parts.findings.rows.index(row))
    settle(nest, qtbot)
    assert nest.document.graph.nodes["d"].params["out_features"] == 10
    assert not any(r.severity == "error" for r in nest.parts.findings.rows)


def test_training_is_refused_for_a_problem_in_a_network_that_is_not_shown(
    nest: MainWindow, qtbot: QtBot
) -> None:
    made = nest.document.project
    block = made.networks["block"].set_params("d", {"out_features": 3})
    nest.document.push("x", made.with_graph(block, "block"))
    nest.parts.networks.new()
    settle(nest, qtbot)
    nest.run.train()
    assert nest.notice.isVisible()
    assert not nest.parts.bridge.alive


# -- live figures


def norms(**values: float) -> ev.Norms:
    grad = np.asarray(list(values.values()), np.float32)
    names = tuple(name.replace("_", "/").replace("N", "#") for name in values)
    return ev.Norms(4, names, grad, grad * 0 + 1, grad * 0 + 0.1, 1.0)


def test_figures_reach_inside_and_are_gathered_outside(nest: MainWindow, qtbot: QtBot) -> None:
    view = nest.canvas.canvas
    nest.parts.monitor.feed([norms(bN0_d=3.0, bN1_d=4.0, h=1.0, t1_d=2.0)])
    nest.parts.monitor.measures.refresh()
    assert view.nodes["b"].live is not None
    assert view.nodes["b"].live[0] == "∇ 5"
    assert view.nodes["t2"].live is not None
    nest.document.enter("b", 1)
    settle(nest, qtbot)
    assert view.nodes["d"].live is not None
    assert view.nodes["d"].live[0] == "∇ 4"
    nest.document.look_at_copy(0, 0)
    assert view.nodes["d"].live[0] == "∇ 3"


def test_widgets_of_networks_have_names(nest: MainWindow, qtbot: QtBot) -> None:
    nest.document.enter("b")
    settle(nest, qtbot)
    for part in (tabs(nest), crumbs(nest)):
        for widget in part.findChildren(QWidget):
            if isinstance(widget, QToolButton | QSpinBox | QLineEdit) and widget.isVisible():
                if widget.objectName().startswith("qt_") or isinstance(widget.parent(), QSpinBox):
                    continue
                assert widget.objectName() or isinstance(widget.parent(), type(tabs(nest).bar))
                assert widget.accessibleName() or isinstance(widget.parent(), type(tabs(nest).bar))
