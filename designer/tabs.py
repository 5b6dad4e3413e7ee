"""A tab for each open network above the canvas, and a button for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabBar, QToolButton, QWidget

from designer import navigation
from designer.analyses import trained_roots
from designer.canvas.marks import badge_pixmap
from designer.icons import action_icon
from designer.namefield import NameField
from designer.theme import signals, theme

if TYPE_CHECKING:
    from designer.document import Document
    from designer.navigation import Spot
    from designer.networkcommands import NetworkCommands
    from engine.project import Project


class NetworkTabs(QWidget):
    """Which networks are open, which is on show, and in which something is wrong.

    Parameters
    ----------
    document
        Whose networks they are.
    commands
        What the menu of a tab does to its network.
    """

    def __init__(self, document: Document, commands: NetworkCommands) -> None:
        super().__init__()
        self.setObjectName("networks")
        self._document = document
        self._commands = commands
        self._spots: dict[str, Spot] = {}
        """Where each open network was last looked at."""
        self.bar = Bar(self)
        self.add = QToolButton()
        self.add.setObjectName("networks.new")
        self.add.setAccessibleName("New network")
        self.add.setToolTip("New network")
        self.add.clicked.connect(commands.new)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(2)
        row.addWidget(self.bar, 0)
        row.addWidget(self.add, 0)
        row.addStretch(1)
        self.bar.currentChanged.connect(self._chosen)
        document.trailChanged.connect(self._follow)
        document.projectChanged.connect(self._on_project)
        document.replaced.connect(self._on_replaced)
        document.analysed.connect(self._show_badges)
        signals.themeChanged.connect(self._restyle)
        self._restyle()
        self._on_replaced()

    # -- what is open

    def keys(self) -> list[str]:
        """Return the open networks in the order of their tabs."""
        return [str(self.bar.tabData(i)) for i in range(self.bar.count())]

    def key_at(self, index: int) -> str:
        """Return the network of a tab."""
        return str(self.bar.tabData(index))

    def close_network(self, key: str) -> None:
        """Take a network's tab away; the last one stays."""
        keys = self.keys()
        if key in keys and len(keys) > 1:
            self._spots.pop(key, None)
            self.bar.removeTab(keys.index(key))

    def step(self, by: int) -> None:
        """Show the next network, or with -1 the one before."""
        self.bar.setCurrentIndex((self.bar.currentIndex() + by) % self.bar.count())

    # -- following

    def _on_replaced(self) -> None:
        """Open what is trained, and the main network."""
        project = self._document.project
        self._spots.clear()
        wanted = list(dict.fromkeys((project.main, *trained_roots(project))))
        self._set_tabs([k for k in wanted if k in project.networks])
        self._follow()

    def _on_project(self, before: Project, after: Project) -> None:
        if before.networks is after.networks and self.bar.count():
            return
        keys = [k for k in self.keys() if k in after.networks]
        # A phase's network that comes back by undo, or comes at all, opens too.
        new = [k for k in trained_roots(after) if k not in keys and k not in before.networks]
        self._set_tabs([*keys, *new])
        self._follow()

    def _set_tabs(self, keys: list[str]) -> None:
        bar = self.bar
        bar.blockSignals(True)
        if keys != self.keys():
            while bar.count():
                bar.removeTab(0)
            for key in keys:
                bar.setTabData(bar.addTab(""), key)
        for index, key in enumerate(keys):
            title = self._document.project.title_of(key)
            if bar.tabText(index) != _shown(title):
                bar.setTabText(index, _shown(title))
                bar.setTabToolTip(index, f"The network “{title}”. Double-click to rename it.")
        bar.blockSignals(False)

    def _follow(self) -> None:
        """Bring the tab of the network on show to the front, opening it if it has none."""
        key = self._document.network
        self._spots[key] = self._document.spot
        keys = self.keys()
        if key not in keys:
            self._set_tabs([*keys, key])
        self.bar.blockSignals(True)
        self.bar.setCurrentIndex(self.keys().index(key))
        self.bar.blockSignals(False)
        self._show_badges()

    def _chosen(self, index: int) -> None:
        if index >= 0:
            key = self.key_at(index)
            known = self._spots.get(key)
            project = self._document.project
            spot = navigation.mend(known, project) if known else navigation.find(project, key)
            self._document.go(spot)

    def _show_badges(self, *_: object) -> None:
        worst: dict[str, str] = {}
        for found in self._document.problems:
            if worst.get(found.network) != "error":
                worst[found.network] = found.problem.severity
        for index, key in enumerate(self.keys()):
            kind = worst.get(key, "")
            icon = QIcon(badge_pixmap(theme(), kind, 14)) if kind else QIcon()
            self.bar.setTabIcon(index, icon)

    # -- changing

    def rename_current(self) -> None:
        """Let the user write over the name of the network on show."""
        self.rename(self.bar.currentIndex())

    def close_current(self) -> None:
        """Take the tab of the network on show away, and show its neighbour."""
        self.close_network(self._document.network)

    def rename(self, index: int) -> None:
        """Let the user write over a tab's name."""
        key = self.key_at(index)
        room = self.bar.tabRect(index).adjusted(2, 2, -2, -2)
        room.setWidth(max(room.width(), 120))
        room.translate(self.bar.pos())
        title = self._document.project.title_of(key)
        NameField(self, QRect(room), title, lambda text: self._commands.rename(key, text))

    def menu(self, index: int) -> QMenu:
        """Return the menu of a tab."""
        key = self.key_at(index)
        menu = QMenu(self)
        menu.setObjectName("networks.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename").triggered.connect(lambda: self.rename(index))
        menu.addAction("Duplicate").triggered.connect(lambda: self._commands.duplicate(key))
        menu.addAction("Delete").triggered.connect(lambda: self._commands.delete(key))
        menu.addSeparator()
        close = menu.addAction("Close tab")
        close.setEnabled(self.bar.count() > 1)
        close.triggered.connect(lambda: self.close_network(key))
        return menu

    def open_menu(self, key: str, place: QPoint) -> None:
        """Open the menu of an open network at a place of the screen."""
        keys = self.keys()
        if key in keys:
            self.menu(keys.index(key)).popup(place)

    def _restyle(self, *_: object) -> None:
        look = theme()
        self.add.setIcon(action_icon("plus", look.color("text_muted"), look.color("border")))
        self._show_badges()


class Bar(QTabBar):
    """The tabs: a double click renames, a middle click closes, a right click opens the menu."""

    def __init__(self, tabs: NetworkTabs) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self.setObjectName("networks.tabs")
        self.setAccessibleName("Open networks")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setMovable(True)
        self.setIconSize(QSize(14, 14))
        self.setUsesScrollButtons(True)

    def minimumSizeHint(self) -> QSize:
        """Return no more than the tabs need, so that the button for a new one stays beside them."""
        return super().minimumSizeHint().boundedTo(self.sizeHint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the network."""
        index = self.tabAt(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._tabs.rename(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Close on a middle click."""
        super().mouseReleaseEvent(event)
        index = self.tabAt(event.position().toPoint())
        if index >= 0 and event.button() == Qt.MouseButton.MiddleButton:
            self._tabs.close_network(self._tabs.key_at(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Rename with F2."""
        if event.key() == Qt.Key.Key_F2:
            self._tabs.rename(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of a tab."""
        index, place = self.tabAt(event.pos()), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.mapToGlobal(self.tabRect(index).center())
        if index >= 0:
            self._tabs.open_menu(self._tabs.key_at(index), place)


def _shown(title: str) -> str:
    """Return a title as a tab shows it; an ampersand stands for itself."""
    return title.replace("&", "&&")
