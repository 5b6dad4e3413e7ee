"""What there is nothing to choose from is not shown, and tables leave room for figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QTabBar

from designer.monitor.history import History
from designer.monitor.table import ActivationTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from designer.window import MainWindow


def test_an_empty_list_is_not_offered_and_no_line_stands_over_tabs(window: MainWindow) -> None:
    for name in ("debug.row", "debug.phase", "runs.figure", "nodeView.choice"):
        box = window.findChild(QComboBox, name)
        assert box is not None
        assert (box.count(), box.isHidden()) == (0, True), name
    window.set_theme("light")
    bars = [bar for bar in window.findChildren(QTabBar) if bar.count()]
    assert len(bars) > 3
    assert not [bar.parent() for bar in bars if bar.drawBase()]


def test_a_narrow_table_shows_figures_beside_the_names(qtbot: QtBot) -> None:
    table = ActivationTable(History())
    qtbot.addWidget(table)
    table.resize(900, 200)
    table.show()
    wide = table.columnWidth(0)
    table.resize(260, 200)
    assert table.columnWidth(0) < 100 < wide
