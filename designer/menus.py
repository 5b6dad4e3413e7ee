"""Turns the commands of `designer.actions` into a window's menus, toolbar and shortcuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeySequence, QPalette
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton, QWidget

from designer import theme
from designer.actions import ACTIONS, TOOLBAR
from designer.command import MENUS, Action
from designer.icons import action_icon
from designer.networkactions import CONTEXT

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QPoint

    from designer.canvas.view import CanvasView
    from designer.window import MainWindow

_RESERVED = frozenset(("Tab", "Esc", "Space", "Return", "Enter", "Left", "Right", "Up", "Down"))


class CommandAction(QAction):
    """One command, tied to one window."""

    def __init__(self, command: Action, window: MainWindow) -> None:
        super().__init__(command.text, window)
        self.command = command
        self._window = window
        self.setObjectName(command.id)
        self.set_keys(window.settings.shortcut(command.id, command.shortcut))
        self.setStatusTip(command.help)
        self.setCheckable(command.checked is not None)
        if command.scope == "canvas":
            self.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.triggered.connect(self._fire)

    def set_keys(self, keys: str) -> None:
        """Take a shortcut, and tell it in the tooltip."""
        text = self.command.text
        self.setShortcut(QKeySequence(keys))
        shown = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(f"{text.rstrip('…')} ({shown})" if shown else text)

    def _fire(self) -> None:
        self._window.perform(self.command)

    def refresh(self) -> None:
        """Bring enabled and checked up to date with the window."""
        command = self.command
        enabled = command.enabled is None or command.enabled(self._window)
        self.setEnabled(enabled)
        self.setVisible(enabled or not command.shy)
        if command.checked is not None:
            self.setChecked(command.checked(self._window))


class RecentMenu(QMenu):
    """The projects opened last, filled when it is shown."""

    def __init__(self, window: MainWindow, parent: QWidget | None = None) -> None:
        super().__init__("Open recent", parent)
        self.setObjectName("menu.recent")
        self._window = window
        self._paths: dict[QAction, Path] = {}
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._open)

    def fill(self) -> None:
        """List the recent files anew."""
        self.clear()
        self._paths.clear()
        for path in self._window.settings.recent():
            action = self.addAction(path.stem)
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            self._paths[action] = path
        if not self._paths:
            self.addAction("No recent projects").setEnabled(False)

    def _open(self, action: QAction) -> None:
        if action in self._paths:
            self._window.open(self._paths[action])


class Commands:
    """The commands of one window as Qt actions."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.actions = {name: CommandAction(a, window) for name, a in ACTIONS.items()}
        for action in self.actions.values():
            if action.command.scope == "window":
                window.addAction(action)

    def attach_canvas(self, canvas: CanvasView) -> None:
        """Give the canvas its menu, and the commands whose shortcut works only there."""
        canvas.addActions([a for a in self.actions.values() if a.command.scope == "canvas"])
        canvas.keys_by_actions = True
        canvas.menuWanted.connect(self._open_context)
        canvas.commandWanted.connect(self._carry_out)

    def rebind(self, name: str, keys: str) -> str:
        """Give a command other keys, and keep them; return why not, or nothing."""
        action = self.actions[name]
        wanted = QKeySequence(keys)
        shown = wanted.toString(QKeySequence.SequenceFormat.NativeText)
        portable = wanted.toString(QKeySequence.SequenceFormat.PortableText)
        if portable in _RESERVED:
            return f"{shown} walks and edits on the canvas and can stand for nothing else."
        for other in self.actions.values():
            if other is not action and keys and other.shortcut() == wanted:
                text = other.command.text.rstrip("…")
                return f"{shown} stands for “{text}”. Give that other keys first, or press others."
        own = QKeySequence(action.command.shortcut) == wanted
        self._window.settings.set_shortcut(name, None if own else portable)
        action.set_keys(portable)
        return ""

    def context_menu(self) -> QMenu:
        """Return the canvas's own menu: what can be done here and now."""
        self.refresh()
        menu = QMenu(self._window)
        menu.setObjectName("menu.context")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in CONTEXT:
            if not name:
                menu.addSeparator()
            elif self.actions[name].isEnabled():
                menu.addAction(self.actions[name])
        return menu

    def _carry_out(self, name: str) -> None:
        self.actions[name].trigger()

    def _open_context(self, place: QPoint) -> None:
        self.context_menu().popup(place)

    def build_menus(self) -> None:
        """Fill the window's menu bar."""
        bar = self._window.menuBar()
        bar.setObjectName("menu_bar")
        bar.setAccessibleName("Menu bar")
        for name, title in MENUS.items():
            menu = bar.addMenu(title)
            menu.setObjectName(f"menu.{name}")
            menu.setToolTipsVisible(True)
            self._fill(menu, [a for a in self.actions.values() if a.command.menu == name])

    def _fill(self, menu: QMenu, actions: list[CommandAction]) -> None:
        section = 0
        for action in actions:
            if action.command.section != section:
                menu.addSeparator()
                section = action.command.section
            menu.addAction(action)
            if action.command.id == "file.open_recent":
                menu.addMenu(RecentMenu(self._window, menu))

    def build_toolbar(self, bar: QToolBar) -> None:
        """Put the buttons of the most used commands on a toolbar."""
        for name in TOOLBAR:
            if not name:
                bar.addSeparator()
                continue
            bar.addAction(self.actions[name])
            self.name_button(bar.widgetForAction(self.actions[name]), name)

    def name_button(self, button: QWidget | None, name: str) -> None:
        """Give a button that stands for a command its names."""
        assert isinstance(button, QToolButton)
        button.setObjectName(f"button.{name}")
        button.setAccessibleName(self.actions[name].command.text.rstrip("…"))
        button.setIconSize(QSize(18, 18))

    def refresh(self) -> None:
        """Bring every action up to date with the window."""
        for action in self.actions.values():
            action.refresh()

    def refresh_icons(self) -> None:
        """Draw the icons anew, in the colours of the theme."""
        palette = theme.palette(theme.theme())
        group = QPalette.ColorGroup.Active
        text = palette.color(group, QPalette.ColorRole.WindowText)
        faint = QColor(palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText))
        for action in self.actions.values():
            action.setIcon(action_icon(action.command.icon, text, faint))
