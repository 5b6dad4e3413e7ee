"""The catalogue: every entry of every kind in a list with a search, and its page beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import icons, theme
from designer.forms import Panel
from designer.help.page import HelpPage
from engine.catalog.spec import LayerSpec
from engine.help.page import page
from engine.help.search import find

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = (940, 680)
_KEY = Qt.ItemDataRole.UserRole


class CatalogueWindow(QWidget):
    """A window beside the main one; it can stay open while one works."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("help.window")
        self.setAccessibleName("Catalogue")
        self.setWindowTitle("Catalogue — Layerloom")
        self.resize(*_SIZE)
        self.search = QLineEdit()
        self.search.setObjectName("help.search")
        self.search.setAccessibleName("Search the catalogue")
        self.search.setPlaceholderText("Search the catalogue")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._list)
        self.search.installEventFilter(self)
        self.tree = QTreeWidget()
        self.tree.setObjectName("help.list")
        self.tree.setAccessibleName("Entries")
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.currentItemChanged.connect(self._chosen)
        self.count = QLabel()
        self.count.setObjectName("help.count")
        self.count.setProperty("role", "muted")
        self.page = HelpPage()
        self._arrange()
        theme.signals.themeChanged.connect(self._restyle)
        self._list("")

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 10, 4, 10)
        for widget in (self.search, self.tree, self.count):
            column.addWidget(widget)
        self.panel = Panel("help.panel", "Help page")
        self.panel.column.setContentsMargins(16, 14, 16, 16)
        self.panel.column.addWidget(self.page)
        self.panel.column.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.panel)
        split.setSizes([300, _SIZE[0] - 300])
        split.setChildrenCollapsible(False)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    def show_entry(self, key: str = "") -> None:
        """Show the page of an entry; without one, what was shown last, or the first."""
        if not key:
            self.search.setFocus()
            if not self.page.key:
                self._go_first()
            return
        with QSignalBlocker(self.search):
            self.search.clear()
        self._list("")
        for item in self._leaves():
            if item.data(0, _KEY) == key:
                self.tree.setCurrentItem(item)
                self.tree.scrollToItem(item, QTreeWidget.ScrollHint.PositionAtCenter)
                return

    def shown(self) -> list[str]:
        """Return the keys of the listed entries, in their order."""
        return [item.data(0, _KEY) for item in self._leaves()]

    def _leaves(self) -> Iterator[QTreeWidgetItem]:
        waiting = [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]
        while waiting:
            item = waiting.pop(0)
            if item is None:
                continue
            if item.data(0, _KEY):
                yield item
            waiting = [item.child(i) for i in range(item.childCount())] + waiting

    def _list(self, words: str) -> None:
        found = find(words)
        with QSignalBlocker(self.tree):
            self.tree.clear()
            if words.strip():
                self.tree.addTopLevelItems([_leaf(key, with_kind=True) for key in found])
            else:
                self._fill(found)
        self.count.setText(f"{len(found)} entries" if found else "Nothing matches.")
        if words.strip():
            self._go_first()

    def _fill(self, found: list[str]) -> None:
        """List all entries below their kinds and groups."""
        kinds: dict[str, QTreeWidgetItem] = {}
        groups: dict[tuple[str, str], QTreeWidgetItem] = {}
        several = {page(key).kind for key in found if page(key).spec.kind in _GROUPED}
        for key in found:
            shown = page(key)
            kind = shown.kind
            if kind not in kinds:
                kinds[kind] = _heading(kind)
                self.tree.addTopLevelItem(kinds[kind])
            above = kinds[kind]
            if kind in several:
                place = (kind, shown.spec.group)
                if place not in groups:
                    groups[place] = _heading(shown.spec.group)
                    above.addChild(groups[place])
                above = groups[place]
            above.addChild(_leaf(key))

    def _go_first(self) -> None:
        first = next(self._leaves(), None)
        if first is not None:
            self.tree.setCurrentItem(first)

    def _chosen(self, item: QTreeWidgetItem | None, _before: object = None) -> None:
        key = item.data(0, _KEY) if item is not None else None
        if isinstance(key, str) and key != self.page.key:
            self.page.show_key(key)
            self.panel.verticalScrollBar().setValue(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows walk the list while one types; Escape leaves."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._walk(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() == Qt.Key.Key_Escape and not self.search.text():
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _walk(self, step: int) -> None:
        leaves = list(self._leaves())
        current = self.tree.currentItem()
        place = leaves.index(current) if current in leaves else -1
        if leaves:
            self.tree.setCurrentItem(leaves[min(max(place + step, 0), len(leaves) - 1)])

    def _restyle(self, *_: object) -> None:
        current = self.page.key
        self._list(self.search.text())
        self.page.refresh()
        if current:
            for item in self._leaves():
                if item.data(0, _KEY) == current:
                    self.tree.setCurrentItem(item)


_GROUPED = frozenset({"layer", "source", "template"})
"""The kinds with so many groups that they are listed by them."""


def _heading(words: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([words])
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _leaf(key: str, *, with_kind: bool = False) -> QTreeWidgetItem:
    shown = page(key)
    spec = shown.spec
    item = QTreeWidgetItem([f"{spec.title}  ({spec.kind})" if with_kind else spec.title])
    item.setData(0, _KEY, key)
    item.setToolTip(0, spec.summary)
    if isinstance(spec, LayerSpec):
        colour = theme.family_colour(spec.group).name()
        item.setIcon(0, QIcon(icons.tile(spec.id, spec.title, colour, 18)))
    return item
