"""The palette: every layer and loss as a card in its group, to search, drag or add with Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import icons, theme
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

    from engine.catalog.spec import LayerSpec

MIME = "application/x-layerloom-spec"
_SPEC = Qt.ItemDataRole.UserRole


class Cards(QTreeWidget):
    """The cards themselves. A drag carries the entry's id."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette.cards")
        self.setAccessibleName("Layers")
        self.setHeaderHidden(True)
        self.setIndentation(10)
        self.setRootIsDecorated(True)
        self.setIconSize(QSize(24, 24))
        self.setUniformRowHeights(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.itemDoubleClicked.connect(self._pick)
        self.itemClicked.connect(self._fold)

    def fill(self, specs: Sequence[LayerSpec]) -> None:
        """Show these entries, in their groups, in the order they come."""
        self.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for spec in specs:
            group = groups.get(spec.group) or self._group(spec.group)
            groups[spec.group] = group
            item = QTreeWidgetItem(group, [spec.title])
            item.setData(0, _SPEC, spec.id)
            item.setToolTip(0, f"<b>{spec.title}</b><br>{spec.summary}")
            item.setIcon(0, self._icon(spec))
            item.setSizeHint(0, QSize(60, 32))
        self.expandAll()

    def _group(self, name: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self, [name])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setSizeHint(0, QSize(60, 30))
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        return group

    def _icon(self, spec: LayerSpec) -> QIcon:
        colour = theme.family_colour(spec.group).name()
        return QIcon(icons.tile(spec.id, spec.title, colour, 24))

    def mimeTypes(self) -> list[str]:
        """Name what a drag carries."""
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        """Return the id of the dragged entry."""
        data = QMimeData()
        for item in items:
            data.setData(MIME, str(item.data(0, _SPEC) or "").encode())
        return data

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Drag the card with its icon under the cursor."""
        item = self.currentItem()
        if not item or not item.data(0, _SPEC):
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        picture: QPixmap = item.icon(0).pixmap(QSize(32, 32))
        drag.setPixmap(picture)
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Add the current entry on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.currentItem())
            return
        super().keyPressEvent(event)

    def _fold(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _SPEC) is None:
            item.setExpanded(not item.isExpanded())

    def _pick(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _SPEC):
            self.picked.emit(str(item.data(0, _SPEC)))


class Palette(QWidget):
    """Search field over the cards. `picked` tells the id of the entry to add."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.search = QLineEdit()
        self.search.setObjectName("palette.search")
        self.search.setAccessibleName("Search layers")
        self.search.setPlaceholderText("Search layers")
        self.search.setClearButtonEnabled(True)
        self.cards = Cards()
        self.empty = QLabel("No layer matches. Try a shorter word.")
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "muted")
        self.empty.hide()
        self.hint = QLabel("Drag a layer onto the canvas, or press Enter to add it.")
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.empty)
        layout.addWidget(self.cards, 1)
        layout.addWidget(self.hint)
        self.search.textChanged.connect(self.refresh)
        self.search.returnPressed.connect(self._pick_first)
        self.cards.picked.connect(self.picked)
        self.refresh()

    def refresh(self) -> None:
        """Show what matches the search, in the colours of the theme."""
        text = self.search.text().strip()
        specs = registry.search(text) if text else list(registry.nodes().values())
        self.cards.fill(specs)
        self.empty.setVisible(not specs)
        if text and specs:
            self.cards.setCurrentItem(self.item(specs[0].id))

    def titles(self) -> list[str]:
        """Return the titles of the shown cards."""
        return [item.text(0) for item in self._items()]

    def item(self, spec_id: str) -> QTreeWidgetItem:
        """Return the card of an entry; KeyError if it is not shown."""
        for item in self._items():
            if item.data(0, _SPEC) == spec_id:
                return item
        raise KeyError(spec_id)

    def _items(self) -> list[QTreeWidgetItem]:
        """Return the shown cards, without their groups."""
        top = (self.cards.topLevelItem(g) for g in range(self.cards.topLevelItemCount()))
        groups = [group for group in top if group is not None]
        found = [group.child(i) for group in groups for i in range(group.childCount())]
        return [item for item in found if item is not None]

    def _pick_first(self) -> None:
        item = self.cards.currentItem()
        if item is not None and item.data(0, _SPEC):
            self.picked.emit(str(item.data(0, _SPEC)))
