"""Keys and gestures: what a hand can do on the canvas; the shortcut of every command, to set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.canvas.conventions import CONVENTIONS
from designer.command import MENUS
from designer.forms import text_label

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QShowEvent

    from designer.canvas.conventions import Convention
    from designer.menus import CommandAction, Commands
    from designer.window import MainWindow

_SIZE = (720, 620)
_ID = Qt.ItemDataRole.UserRole
_CANVAS = "On the canvas"
_HINT = "Select a command to give it other keys."
NAME = "keys.window"


class KeysWindow(QWidget):
    """Stands beside the window and blocks nothing."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName(NAME)
        self.setAccessibleName("Keys and gestures")
        self.setWindowTitle("Keys and gestures — Layerloom")
        self.resize(*_SIZE)
        self._commands = commands
        self._make()
        self._arrange()

    def _make(self) -> None:
        self.search = QLineEdit()
        self.search.setObjectName("keys.search")
        self.search.setAccessibleName("Search keys and gestures")
        self.search.setPlaceholderText("Search: a word, or keys such as Ctrl+G")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setObjectName("keys.list")
        self.list.setAccessibleName("Keys and gestures")
        self.list.setHeaderLabels(["What", "How"])
        self.list.setUniformRowHeights(True)
        self.list.setIndentation(12)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.list.currentItemChanged.connect(self._picked)
        self.keys = QKeySequenceEdit()
        self.keys.setObjectName("keys.keys")
        self.keys.setAccessibleName("New keys")
        self.keys.setMaximumSequenceLength(1)
        self.set = self._button("Set", "set", self._set)
        self.default = self._button("Default", "default", self._reset)
        self.none = self._button("No keys", "none", self._clear)
        self.state = text_label(_HINT, "muted")
        self.state.setObjectName("keys.state")

    def _button(self, text: str, name: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"keys.{name}")
        button.setAccessibleName(text)
        button.clicked.connect(slot)
        return button

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.keys, 1)
        for button in (self.set, self.default, self.none):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.state)
        column.addLayout(row)

    # -- showing

    def showEvent(self, event: QShowEvent) -> None:
        """List everything with the keys it has now."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """List everything anew; what was selected stays so."""
        chosen = self._chosen()
        self.list.clear()
        canvas = self._group(_CANVAS)
        for convention in CONVENTIONS:
            QTreeWidgetItem(canvas, [convention.does, self._how(convention)])
        groups = {menu: self._group(title.replace("&", "")) for menu, title in MENUS.items()}
        for name, action in self._commands.actions.items():
            row = QTreeWidgetItem(groups[action.command.menu], [action.command.text, _keys(action)])
            row.setData(0, _ID, name)
            row.setToolTip(0, action.command.help)
            if name == chosen:
                self.list.setCurrentItem(row)
        self.list.expandAll()
        self._filter(self.search.text())
        self._picked()

    def _group(self, title: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self.list, [title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setForeground(0, theme.theme().color("text_muted"))
        return group

    def _how(self, convention: Convention) -> str:
        """Return how a thing is done: by hand, and by the shortcuts as they are set."""
        actions = (self._commands.actions[name] for name in convention.actions)
        told = dict.fromkeys([convention.keys, *map(_keys, actions)])
        return ", ".join(part for part in told if part)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for group in self._groups():
            found = (group.child(i) for i in range(group.childCount()))
            rows = [row for row in found if row is not None]
            for row in rows:
                told = f"{row.text(0)} {row.text(1)} {row.toolTip(0)}".lower()
                row.setHidden(not all(word in told for word in words))
            group.setHidden(all(row.isHidden() for row in rows))

    def _groups(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return [group for group in found if group is not None]

    # -- setting

    def _chosen(self) -> str:
        row = self.list.currentItem()
        return str(row.data(0, _ID) or "") if row is not None else ""  # pyright: ignore[reportUnnecessaryComparison]

    def _picked(self, *_: object) -> None:
        name = self._chosen()
        for widget in (self.keys, self.set, self.default, self.none):
            widget.setEnabled(bool(name))
        keys = self._commands.actions[name].shortcut() if name else QKeySequence()
        self.keys.setKeySequence(keys)
        self.state.setText(self._commands.actions[name].command.help if name else _HINT)

    def _set(self) -> None:
        self._give(self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText))

    def _reset(self) -> None:
        self._give(self._commands.actions[self._chosen()].command.shortcut)

    def _clear(self) -> None:
        self._give("")

    def _give(self, keys: str) -> None:
        refusal = self._commands.rebind(self._chosen(), keys)
        self.refresh()
        if refusal:
            self.state.setText(refusal)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape leave."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def show(window: MainWindow) -> None:
    """Show keys and gestures beside a window."""
    found = window.findChild(KeysWindow, NAME)
    keys = found if isinstance(found, KeysWindow) else KeysWindow(window.commands, window)
    keys.show()
    keys.raise_()
    keys.activateWindow()


def _keys(action: CommandAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
