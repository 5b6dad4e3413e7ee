"""A live panel without a window, fed by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal

from designer.monitor.panel import MonitorPanel
from engine.project import Project


class Source(QObject):
    """Stands for the bridge and the document."""

    received = Signal(list)
    dataChanged = Signal(object)
    stateChanged = Signal(str)
    state = "idle"
    session = None
    info = None
    project = Project()


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def panel(qtbot, source):
    panel = MonitorPanel(source, source)
    qtbot.addWidget(panel)
    panel.resize(1300, 340)
    panel.show()
    qtbot.waitExposed(panel)
    return panel
