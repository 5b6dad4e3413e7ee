"""The palette: layers, losses, blocks and networks as cards, to search, drag or add with Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import icons, offers, theme
from designer.offers import OWN, PROJECT, SHARED
from engine.catalog import registry
from engine.help.page import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent, QKeyEvent

    from designer.document import Document
    from designer.offers import Offer
    from engine.project import Project

MIME = "application/x-layerloom-spec"
_SPEC = Qt.ItemDataRole.UserRole


class Cards(QTreeWidget):
    """The cards themselves. A drag carries the payload of the offer."""

    picked = Signal(str)
    menuWanted = Signal(str, object)
    """A network's key, and where on the screen its menu is wanted."""

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
        self._folded: set[str] = set()
        """The groups that the user has folded."""
        self._unfolded = False
        self.itemDoubleClicked.connect(self.pick)
        self.itemClicked.connect(self._fold)

    def fill(self, found: Sequence[Offer], *, unfolded: bool = False) -> None:
        """Show these offers in their groups, in the order they come.

        With `unfolded` all of them are seen for once; what the user has folded is not forgotten.
        """
        self._note_folded()
        self._unfolded = unfolded
        self.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for offer in found:
            group = groups.get(offer.group) or self._group(offer.group)
            groups[offer.group] = group
            item = QTreeWidgetItem(group, [offer.title])
            item.setData(0, _SPEC, offer.payload)
            item.setToolTip(0, f"<b>{offer.title}</b><br>{offer.summary}")
            item.setIcon(0, self._icon(offer))
            item.setSizeHint(0, QSize(60, 32))
        self.expandAll()
        for name in self._folded & groups.keys() if not unfolded else ():
            groups[name].setExpanded(False)

    def _note_folded(self) -> None:
        if not self._unfolded:
            shown = {g.text(0): g.isExpanded() for g in self.groups()}
            self._folded -= shown.keys()
            self._folded |= {name for name, expanded in shown.items() if not expanded}

    def groups(self) -> list[QTreeWidgetItem]:
        """Return the groups that are shown."""
        top = (self.topLevelItem(i) for i in range(self.topLevelItemCount()))
        return [group for group in top if group is not None]

    def _group(self, name: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self, [name])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setSizeHint(0, QSize(60, 30))
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        return group

    def _icon(self, offer: Offer) -> QIcon:
        colour = theme.family_colour(offer.group).name()
        return QIcon(icons.tile(offer.icon, offer.title, colour, 24))

    def mimeTypes(self) -> list[str]:
        """Name what a drag carries."""
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        """Return the payload of the dragged card."""
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
            self.pick(self.currentItem())
            return
        super().keyPressEvent(event)

    def _fold(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _SPEC) is None:
            item.setExpanded(not item.isExpanded())

    def pick(self, item: QTreeWidgetItem | None) -> None:
        """Tell what was picked; with Shift held a network shares its weights."""
        payload = str(item.data(0, _SPEC) or "") if item is not None else ""
        kind, _, key = payload.partition(":")
        shift = Qt.KeyboardModifier.ShiftModifier
        if kind == OWN and QApplication.keyboardModifiers() & shift:
            payload = f"{SHARED}:{key}"
        if payload:
            self.picked.emit(payload)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of a network."""
        item = self.itemAt(event.pos())
        payload = str(item.data(0, _SPEC) or "") if item is not None else ""  # pyright: ignore[reportUnnecessaryComparison]
        kind, _, key = payload.partition(":")
        if kind == OWN:
            self.menuWanted.emit(key, event.globalPos())


class Search(QLineEdit):
    """The search field; Escape empties it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show all cards again on Escape."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


class Palette(QWidget):
    """Search field over the cards. `picked` tells the payload of the offer to add.

    Parameters
    ----------
    document
        Whose networks are offered beside the catalogue.
    """

    picked = Signal(str)

    def __init__(self, document: Document | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._own: list[Offer] = []
        self.setObjectName("palette")
        self.search = Search()
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
        if document is not None:
            document.projectChanged.connect(self._on_project)
        self.refresh()

    def refresh(self) -> None:
        """Show what matches the search, in the colours of the theme."""
        text = self.search.text().strip()
        project = self._document.project if self._document is not None else None
        self._own = offers.network_offers("", project)
        found = offers.find(text, project)
        if not text:
            found.sort(key=lambda offer: offer.group != PROJECT)
        self.cards.fill(found, unfolded=bool(text))
        self.empty.setVisible(not found)
        if text and found:
            self.cards.setCurrentItem(self.item(found[0].payload))

    def _on_project(self, before: Project, after: Project) -> None:
        """List the project's networks anew if there are others, or they are called otherwise."""
        if before.networks is not after.networks:
            mine = offers.network_offers("", after)
            if [(o.payload, o.title) for o in mine] != [(o.payload, o.title) for o in self._own]:
                self.refresh()

    def titles(self) -> list[str]:
        """Return the titles of the shown cards."""
        return [item.text(0) for item in self._items()]

    def item(self, spec_id: str) -> QTreeWidgetItem:
        """Return the card of a payload; KeyError if it is not shown."""
        for item in self._items():
            if item.data(0, _SPEC) == spec_id:
                return item
        raise KeyError(spec_id)

    def help_key(self) -> str:
        """Return the help page of the chosen card, or nothing."""
        item = self.cards.currentItem()
        payload = str(item.data(0, _SPEC) or "") if item is not None else ""  # pyright: ignore[reportUnnecessaryComparison]
        kind, _, key = payload.partition(":")
        if key:
            return f"block/{key}" if kind == "block" else "layer/network"
        spec = registry.node(payload)
        return key_of(spec) if spec is not None else ""

    def _items(self) -> list[QTreeWidgetItem]:
        """Return the shown cards, without their groups."""
        groups = self.cards.groups()
        found = [group.child(i) for group in groups for i in range(group.childCount())]
        return [item for item in found if item is not None]

    def _pick_first(self) -> None:
        self.cards.pick(self.cards.currentItem())
