"""The panels around the canvas: where they stand, which are shown, and how that is remembered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow

from designer.panels import PANELS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from designer.workspace import Workspace

_AREAS = {
    "palette": ("Palette", Qt.DockWidgetArea.LeftDockWidgetArea),
    "inspector": ("Inspector", Qt.DockWidgetArea.RightDockWidgetArea),
    "findings": ("Findings", Qt.DockWidgetArea.RightDockWidgetArea),
    "plots": ("Live plots", Qt.DockWidgetArea.BottomDockWidgetArea),
    "evaluate": ("Evaluate", Qt.DockWidgetArea.BottomDockWidgetArea),
}
_SIDES = {
    "left": ("palette", Qt.DockWidgetArea.LeftDockWidgetArea),
    "right": ("findings", Qt.DockWidgetArea.RightDockWidgetArea),
    "bottom": ("plots", Qt.DockWidgetArea.BottomDockWidgetArea),
}
"""The panel that others stand beside as tabs, and its area."""
_VERSION = 4


class Docks(QObject):
    """The docks of a window. They go while the start page is shown."""

    changed = Signal()

    def __init__(self, window: QMainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        parts = {
            "palette": workspace.palette,
            "inspector": workspace.inspector,
            "findings": workspace.findings,
            "plots": workspace.monitor,
            "evaluate": workspace.evaluate,
        }
        workspace.inspector.setMinimumWidth(340)
        for name, widget in parts.items():
            self._add(name, *_AREAS[name], widget)
        # Side by side, even for a moment, they would make the window wider.
        window.tabifyDockWidget(self._docks["plots"], self._docks["evaluate"])
        for panel in PANELS:
            beside, area = _SIDES[panel.area]
            widget = workspace.panels[panel.id]
            dock = self._add(panel.id, panel.title, area, widget)
            window.tabifyDockWidget(self._docks[beside], dock)
            if hasattr(widget, "come_forward"):
                dock.visibilityChanged.connect(partial(_tell, widget))
        self._state: QByteArray | None = None

    def _add(self, name: str, title: str, area: Qt.DockWidgetArea, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        dock.setWidget(widget)
        dock.visibilityChanged.connect(self._changed)
        dock.hide()
        self._window.addDockWidget(area, dock)
        self._docks[name] = dock
        return dock

    def _default_layout(self) -> None:
        docks, way, window = self._docks, Qt.Orientation, self._window
        inspector, findings = docks["inspector"], docks["findings"]
        window.splitDockWidget(inspector, findings, way.Vertical)
        window.resizeDocks([docks["palette"], inspector], [256, 336], way.Horizontal)
        window.resizeDocks([inspector, findings], [500, 220], way.Vertical)
        for name in ("palette", "findings", "plots"):
            docks[name].raise_()
        window.resizeDocks([docks["plots"]], [248], way.Vertical)

    def _changed(self) -> None:
        self.changed.emit()

    def restore(self, saved: QByteArray | None) -> None:
        """Take over a saved layout, if there is one."""
        self._state = saved

    def state(self, *, working: bool) -> QByteArray | None:
        """Return the layout to save: as it is, or as it was before the start page, if ever."""
        return self._window.saveState(_VERSION) if working else self._state

    def enter(self) -> None:
        """Show the panels as they were left."""
        for dock in self._docks.values():
            dock.show()
        if self._state is None or not self._window.restoreState(self._state, _VERSION):
            self._default_layout()

    def leave(self) -> None:
        """Hide all panels, remembering how they were."""
        if any(not d.isHidden() for d in self._docks.values()):
            self._state = self._window.saveState(_VERSION)
        for dock in self._docks.values():
            dock.hide()

    def toggle(self, name: str) -> None:
        """Show or hide one panel; one that stands behind another comes before it."""
        dock = self._docks[name]
        if dock.isHidden() or self._behind(dock):
            self.bring(name)
        else:
            dock.hide()
        self.changed.emit()

    def _behind(self, dock: QDockWidget) -> bool:
        """Return whether another panel in the same place hides it."""
        rivals = self._window.tabifiedDockWidgets(dock)
        return any(not r.isHidden() for r in rivals) and dock.visibleRegion().isEmpty()

    def bring(self, name: str) -> None:
        """Show one panel, before others in the same place."""
        self._docks[name].show()
        self._docks[name].raise_()

    def shown(self, name: str) -> bool:
        """Return whether a panel is shown."""
        return not self._docks[name].isHidden()


def _tell(panel: Any, seen: bool) -> None:
    if seen:
        panel.come_forward()
