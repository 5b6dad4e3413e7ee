"""The list of phases: order them, add, duplicate, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from designer import theme
from designer.forms import Section, text_label
from designer.icons import action_icon
from engine.catalog import registry

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent

    from engine.project import Project

HEADINGS = ("Phase", "Network", "Optimizer", "Steps")
_STEPS_COLUMN = 3
"""Told only where some phase has several."""
_ROW = 30
_MOST_ROWS = 6
_HINT = "They take turns, from the first to the last, over and over."


class PhaseTree(QTreeWidget):
    """The rows. Dragging one tells where it is to go; nothing moves here by itself."""

    moved = Signal(int, int)
    removed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("training.phases")
        self.setAccessibleName("Phases")
        self.setHeaderLabels(HEADINGS)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setObjectName("training.phases.header")
        header.setAccessibleName("Columns of the phases")
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(36)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (0, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)

    def row(self) -> int:
        """Return the place of the chosen phase."""
        item = self.currentItem()
        return self.indexOfTopLevelItem(item) if item is not None else 0

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell where the dragged phase was dropped."""
        place, target = self.row(), self.itemAt(event.position().toPoint())
        to = self.topLevelItemCount() if target is None else self.indexOfTopLevelItem(target)
        below = QAbstractItemView.DropIndicatorPosition.BelowItem
        if target is not None and self.dropIndicatorPosition() == below:
            to += 1
        to -= to > place
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if to != place:
            self.moved.emit(place, to)

    def event(self, event: QEvent) -> bool:
        """Keep the Delete key, which belongs to the canvas elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
            if event.key() == Qt.Key.Key_Delete or (alt and event.key() in _STEPS):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the phase, Delete removes it."""
        key = Qt.Key(event.key())
        if key in _STEPS and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            to = self.row() + _STEPS[key]
            if 0 <= to < self.topLevelItemCount():
                self.moved.emit(self.row(), to)
        elif key == Qt.Key.Key_Delete:
            self.removed.emit(self.row())
        else:
            super().keyPressEvent(event)


_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PhaseList(Section):
    """The rows with their buttons.

    Signals
    -------
    picked(place)
        Another phase is chosen.
    opened(place)
        Its network is to be shown.
    added, duplicated(place), removed(place), moved(place, to)
        What the user wants done.
    """

    picked = Signal(int)
    opened = Signal(int)
    added = Signal()
    duplicated = Signal(int)
    removed = Signal(int)
    moved = Signal(int, int)

    def __init__(self) -> None:
        super().__init__("Phases")
        self.tree = PhaseTree()
        self.add(text_label(_HINT, "muted"))
        self.add(self.tree)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for name, words, tip in _BUTTONS:
            row.addWidget(self._button(name, words, tip))
        row.addStretch(1)
        self.add(holder)
        self.buttons["add"].clicked.connect(self.added)
        self.buttons["up"].clicked.connect(self._up)
        self.buttons["down"].clicked.connect(self._down)
        self.buttons["duplicate"].clicked.connect(self._duplicate)
        self.buttons["delete"].clicked.connect(self._remove)
        self.tree.currentItemChanged.connect(self._picked)
        self.tree.itemActivated.connect(self._opened)
        self.tree.moved.connect(self.moved)
        self.tree.removed.connect(self.removed)
        theme.signals.themeChanged.connect(self._restyle)
        self._restyle()

    def _button(self, name: str, words: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"training.phases.{name}")
        button.setAccessibleName(words)
        button.setToolTip(tip)
        button.setIconSize(QSize(18, 18))
        button.setAutoRaise(True)
        self.buttons[name] = button
        return button

    def _restyle(self, *_: object) -> None:
        look = theme.theme()
        for name, button in self.buttons.items():
            button.setIcon(action_icon(name, look.color("text"), look.color("border_strong")))

    def show_phases(self, project: Project, chosen: int) -> None:
        """List the phases and choose one; nothing is told."""
        phases = project.training.phases
        with QSignalBlocker(self.tree):
            while self.tree.topLevelItemCount() > len(phases):
                self.tree.takeTopLevelItem(self.tree.topLevelItemCount() - 1)
            for place, phase in enumerate(phases):
                item = self.tree.topLevelItem(place) or self._item()
                spec = registry.entries().get(f"optimizer/{phase.optimizer.id}")
                optimizer = spec.title if spec else phase.optimizer.id
                words = (phase.name, project.title_of(phase.network), optimizer, f"× {phase.steps}")
                for column, word in enumerate(words):
                    item.setText(column, word)
                    item.setToolTip(column, f"{HEADINGS[column]}: {word}")
                spoken = (
                    f"{words[0]}, trains {words[1]} with {words[2]}, {phase.steps} steps a turn"
                )
                item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)
            item = self.tree.topLevelItem(chosen)
            if item is not None:
                self.tree.setCurrentItem(item)
        self.tree.setColumnHidden(_STEPS_COLUMN, all(phase.steps == 1 for phase in phases))
        rows = min(len(phases), _MOST_ROWS)
        self.tree.setFixedHeight(self.tree.header().sizeHint().height() + rows * _ROW + 4)
        self.buttons["up"].setEnabled(chosen > 0)
        self.buttons["down"].setEnabled(chosen < len(phases) - 1)
        self.buttons["delete"].setEnabled(len(phases) > 1)

    def _item(self) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree)
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
        item.setSizeHint(0, QSize(0, _ROW))
        return item

    def _picked(self, *_: object) -> None:
        self.picked.emit(self.tree.row())

    def _opened(self, item: QTreeWidgetItem) -> None:
        self.opened.emit(self.tree.indexOfTopLevelItem(item))

    def _up(self) -> None:
        self.moved.emit(self.tree.row(), self.tree.row() - 1)

    def _down(self) -> None:
        self.moved.emit(self.tree.row(), self.tree.row() + 1)

    def _duplicate(self) -> None:
        self.duplicated.emit(self.tree.row())

    def _remove(self) -> None:
        self.removed.emit(self.tree.row())


_BUTTONS = (
    ("add", "Add a phase", "Add a phase"),
    ("duplicate", "Duplicate the phase", "Duplicate the phase"),
    ("up", "Move the phase up", "Move up (Alt+Up)"),
    ("down", "Move the phase down", "Move down (Alt+Down)"),
    ("delete", "Remove the phase", "Remove (Delete)"),
)
