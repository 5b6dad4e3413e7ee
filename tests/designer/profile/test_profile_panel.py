"""The dock Before run: real clicks on real buttons, on a small project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from designer.profile.tables import ADDRESS
from engine.train.events import Started, Steps
from tests.designer.conftest import settle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.profile.panel import ProfilePanel
    from designer.profile.tables import CostTable
    from designer.window import MainWindow


@pytest.fixture
def panel(small: MainWindow, qtbot: QtBot) -> ProfilePanel:
    document = small.document
    document.push("threads", document.project.with_training(threads=1))
    settle(small, qtbot)
    small.docks.bring("profile")
    return small.workspace.panels["profile"]


def press(panel: ProfilePanel, job: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.buttons[job], Qt.MouseButton.LeftButton)
    assert panel.desk.kind == job
    qtbot.waitUntil(lambda: not panel.desk.kind, timeout=60_000)


def words(table: CostTable, column: int) -> list[str]:
    return [table.topLevelItem(n).text(column) for n in range(table.topLevelItemCount())]


def click(table: CostTable, row: int, qtbot: QtBot) -> None:
    place = table.visualItemRect(table.topLevelItem(row)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_it_says_what_it_is_for_before_anything_was_done(panel: ProfilePanel) -> None:
    assert panel.tabs.count() == 5
    for page in panel.pages.values():
        assert page.empty.text().endswith(".")
        assert not page.filled
    assert panel.cancel.isHidden()
    assert panel.can_start()


def test_checks_are_listed_in_words_and_a_fault_has_a_fix(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    press(panel, "check", qtbot)
    assert "All is well" in panel.checks.said.text()
    assert "Loss at the start" in words(panel.checks.table, 1)
    assert set(words(panel.checks.table, 0)) <= {"Passed", "Left out"}
    assert panel.fit.filled
    document = small.document
    graph, norm = document.graph.add("batch_norm1d")
    dense = next(n.id for n in graph.nodes.values() if n.spec == "dense")
    loss = next(n.id for n in graph.nodes.values() if n.spec == "cross_entropy")
    graph = graph.disconnect(graph.incoming(loss)).connect(dense, norm)
    document.push_graph("norm", graph.connect(norm, loss, target_port="prediction"))
    document.push("batch", document.project.with_training(batch_size=157))
    settle(small, qtbot)
    assert panel.checks.stale
    assert panel.checks.old.isVisible()
    press(panel, "check", qtbot)
    assert not panel.checks.stale
    assert words(panel.checks.table, 0)[0] == "Failed"
    assert words(panel.checks.table, 2)[0].startswith("The last batch of an epoch holds 1:")
    click(panel.checks.table, 0, qtbot)
    assert list(small.selected()) == [norm]
    assert panel.checks.fix.text() == "Choose batches of 156"
    qtbot.mouseClick(panel.checks.fix, Qt.MouseButton.LeftButton)
    assert document.project.training.batch_size == 156
    document.undo_stack.undo()
    assert document.project.training.batch_size == 157
    document.undo_stack.setClean()


def test_one_batch_is_drawn_while_it_is_learned(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    small.commands.actions["run.overfit"].trigger()
    assert panel.tabs.currentWidget() is panel.fit
    qtbot.waitUntil(lambda: not panel.desk.kind, timeout=60_000)
    assert panel.fit.said.text().startswith("Passed. 16 samples")
    assert panel.fit.plot.has_data()
    assert not panel.fit.plot.grab().isNull()


def test_gradients_are_listed_and_a_row_leads_to_its_layer(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    press(panel, "gradients", qtbot)
    table = panel.gradients.table
    assert set(words(table, 0)) == {"Right"}
    assert "weight" in words(table, 2)
    click(table, words(table, 2).index("weight"), qtbot)
    (picked,) = small.selected()
    assert small.document.graph.nodes[picked].spec == "dense"
    panel.gradients.only.click()
    press(panel, "gradients", qtbot)
    rows = [table.topLevelItem(n).data(0, ADDRESS) for n in range(table.topLevelItemCount())]
    assert set(rows) == {picked}


def test_costs_go_to_the_table_and_the_canvas_and_grow_old(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    measures = small.workspace.monitor.measures
    press(panel, "profile", qtbot)
    table = panel.costs.table
    times = [table.topLevelItem(n).data(2, Qt.ItemDataRole.UserRole) for n in range(3)]
    assert times == sorted(times, reverse=True)
    assert "update" in words(table, 0)
    assert "add up to" in panel.costs.said.text()
    dense = next(n.id for n in small.document.graph.nodes.values() if n.spec == "dense")
    assert measures.values("time")[dense] > 0
    assert measures.values("flops")[dense] == 2 * 64 * 10
    qtbot.mouseClick(panel.costs.show_there, Qt.MouseButton.LeftButton)
    assert measures.chosen == "time"
    table.header().setSortIndicator(7, Qt.SortOrder.AscendingOrder)
    held = [table.topLevelItem(n).data(7, Qt.ItemDataRole.UserRole) for n in range(2)]
    assert held == sorted(held)
    document = small.document
    document.push("seed", document.project.with_training(epochs=3))
    assert panel.costs.stale
    document.push_graph("more", document.graph.set_params(dense, {"out_features": 12}))
    assert not measures.known("time")
    document.undo_stack.setClean()


def test_a_forecast_is_held_against_the_first_steps_of_a_run(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    press(panel, "forecast", qtbot)
    assert "Memory at batch 32" in panel.forecast.said.text()
    assert "measured" not in panel.forecast.said.text()
    found = panel.forecast.found
    assert found is not None
    loss = np.zeros(64, np.float32)
    small.workspace.bridge.received.emit(
        [Started((), (), 40, 2, 650, "cpu"), Steps(0, loss, 0.1, 32_000.0, None, 0.0, memory=5)]
    )
    assert "measured 1.000 ms" in panel.forecast.said.text()
    assert panel.forecast.found.epoch == pytest.approx(40 * 1e-3)
    assert panel.forecast.found.held == 5


def test_work_can_be_cancelled_and_waits_for_no_run(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.buttons["profile"], Qt.MouseButton.LeftButton)
    assert panel.cancel.isVisible()
    assert not panel.buttons["check"].isEnabled()
    small.commands.refresh()
    assert not small.commands.actions["run.check"].isEnabled()
    qtbot.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.desk.kind, timeout=30_000)
    assert panel.state.text() == "Cancelled."
    assert not panel.costs.filled
    assert panel.buttons["check"].isEnabled()


def test_the_strip_tells_the_memory_of_the_step_itself(
    panel: ProfilePanel, small: MainWindow, qtbot: QtBot
) -> None:
    from engine.profile.rehearsal import rehearse

    strip, document = small.workspace.strip, small.document
    strip.forecast._timer.setInterval(0)
    document.push("batch", document.project.with_training(batch_size=64))
    assert document.info is not None
    settle(small, qtbot)
    qtbot.waitUntil(lambda: strip.forecast.found is not None, timeout=30_000)
    told = rehearse(document.project, document.info.fields)
    assert strip.forecast.found.total == told.total
    assert "at batch 64" in strip.memory.text()
    assert "≈" not in strip.memory.text()
    assert "optimizer" in strip.memory.toolTip()
    document.undo_stack.setClean()


def test_the_finder_is_a_button_away(panel: ProfilePanel, qtbot: QtBot, small: MainWindow) -> None:
    opened: list[object] = []
    small.workspace.training.trials._open = opened.append
    qtbot.mouseClick(panel.rate, Qt.MouseButton.LeftButton)
    assert opened
    small.workspace.training.end()
