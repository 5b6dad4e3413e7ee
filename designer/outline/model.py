"""The outline's rows for Qt. Branches are filled when they are opened; texts are asked for late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon, QStandardItem, QStandardItemModel

from designer import icons, navigation
from designer.analyses import trained_roots
from designer.canvas import notes, words
from designer.canvas.marks import badge_pixmap
from designer.outline import tree
from designer.theme import theme
from engine.catalog import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from designer.document import Document
    from designer.outline.tree import Row
    from engine.analysis import Analysis

COLUMNS = ("Name", "Output", "Layer")
_KEY = Qt.ItemDataRole.UserRole + 1
_ROLE = Qt.ItemDataRole
_SIZE = 18
Index = QModelIndex | QPersistentModelIndex


class OutlineModel(QStandardItemModel):
    """A row for each network, group and node that was ever unfolded."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._rows: dict[str, Row] = {}
        self._items: dict[str, QStandardItem] = {}
        self._below: dict[str, list[str]] = {}
        """Branch that was filled -> its rows in order."""
        self._problems: dict[tuple[str, str], tuple[str, str]] = {}
        """(network, node) -> severity, sentences."""
        self.places: Mapping[str, tuple[float, float]] = {}
        """Where the nodes of the network on show are seen."""
        self.wanted = ""
        """Only what bears these words is shown."""
        self.setHorizontalHeaderLabels(list(COLUMNS))

    # -- rows

    def row(self, index: Index) -> Row | None:
        """Return what an index stands for."""
        return self._rows.get(self._key(index))

    def _key(self, index: Index) -> str:
        first = index.sibling(index.row(), 0)
        return str(super().data(first, _KEY) or "")

    def index_of(self, row: Row) -> QModelIndex | None:
        """Return the index of a row, if its branch was ever filled."""
        item = self._items.get(row.key)
        return item.index() if item is not None else None

    def search(self, text: str) -> None:
        """Show only what bears some words, or with none of them everything."""
        self.wanted = text.strip()
        self._forget("")
        self.removeRows(0, self.rowCount())
        self.follow()

    def follow(self) -> None:
        """Bring all that was filled up to date with the project; the rest stays untouched."""
        project = self._document.project
        if self.wanted:
            found = list(tree.found(project, self.wanted))
            self._fill("", [top for top, _ in found], folded=False)
            for top, hits in found:
                self._fill(top.key, hits, folded=False)
            return
        self._fill("", tree.roots(project), folded=True)
        for key in list(self._below):
            if key and key in self._rows:
                self.fill(self._rows[key])

    def fill(self, row: Row) -> None:
        """Put the rows below a network or a group where they belong."""
        if not self.wanted:
            places = self.places if row.network == self._document.network else None
            below = tree.children(row, self._document.project, places)
            self._fill(row.key, below, folded=True)
            for group in below:
                if group.group:
                    self.fill(group)

    def filled(self, row: Row) -> bool:
        """Return whether the rows below were ever wanted."""
        return row.key in self._below

    def _fill(self, key: str, below: Sequence[Row], *, folded: bool) -> None:
        """Change only the stretch of rows that differs."""
        parent = self._items[key] if key else self.invisibleRootItem()
        if key and key not in self._below:
            parent.removeRows(0, parent.rowCount())
        before, after = self._below.get(key, []), [row.key for row in below]
        if before == after:
            self._rows.update({row.key: row for row in below})
            self._below[key] = after
            return
        first = 0
        while first < min(len(before), len(after)) and before[first] == after[first]:
            first += 1
        last = 0
        while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
            last += 1
        for gone in before[first : len(before) - last]:
            self._forget(gone)
        parent.removeRows(first, len(before) - last - first)
        fresh = below[first : len(below) - last]
        made = [self._item(row, folded=folded) for row in fresh]
        if made:
            parent.setColumnCount(len(COLUMNS))
            parent.insertRows(first, made)
        self._rows.update({row.key: row for row in below})
        self._items.update({row.key: item for row, item in zip(fresh, made, strict=True)})
        self._below[key] = after

    def _item(self, row: Row, *, folded: bool) -> QStandardItem:
        item = QStandardItem()
        item.setData(row.key, _KEY)
        item.setEditable(False)
        if folded and (row.group or row.inside(self._document.project)):
            # A child to be had, so that the branch can be opened.
            item.appendRow(QStandardItem())
        return item

    def _forget(self, key: str) -> None:
        """Let go of a row and of all below, before their items are deleted."""
        for below in self._below.pop(key, ()):
            self._forget(below)
        self._rows.pop(key, None)
        self._items.pop(key, None)

    # -- what rows say

    def take_problems(self) -> None:
        """Take over what is wrong now."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for located in self._document.problems:
            problem = located.problem
            place = (located.network, problem.node)
            worst, said = found.get(place, ("", ""))
            severity = "error" if "error" in (worst, problem.severity) else problem.severity
            found[place] = (severity, f"{said}\n{problem.message}".strip())
        self._problems = found
        self.retell()

    def retell(self) -> None:
        """Say that every text may be another one; only those in sight are asked for."""
        for key in self._below:
            parent = self._items[key].index() if key else QModelIndex()
            count = self.rowCount(parent)
            if count:
                first = self.index(0, 0, parent)
                self.dataChanged.emit(first, self.index(count - 1, len(COLUMNS) - 1, parent))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a row."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = int(_ROLE.DisplayRole)) -> Any:
        """Return a text, an icon or a tooltip, worked out now."""
        teller = _TELLERS.get(role)
        if teller is None:
            return super().data(index, role)
        row = self._rows.get(self._key(index))
        return teller(self, row, index.column()) if row is not None else None

    def _text(self, row: Row, column: int) -> str:
        project = self._document.project
        if row.group:
            note = notes.of(project, row.network).get(row.group)
            return ((note.text if note else "") or "Group", "", "Group")[column]
        if not row.ids:
            return (project.title_of(row.network), "", "Network")[column]
        node = row.node(project)
        if node is None:
            return ""
        if column == 1:
            return self._shape(row)
        return (tree.name if column == 0 else tree.title)(node, project)

    def _shape(self, row: Row) -> str:
        analysis = self._analysis(row)
        info = analysis.nodes.get(row.node_id) if analysis is not None else None
        found = next(iter(info.outputs.values()), None) if info is not None else None
        return words.shape(found) if found is not None else ""

    def _analysis(self, row: Row) -> Analysis | None:
        """Return what is known of the network that a row lies in, at the place it stands for."""
        document = self._document
        if row.network == document.network and (not document.trail or len(row.ids) == 1):
            return document.analysis
        if row.root != document.spot.root and row.root not in trained_roots(document.project):
            return None
        analysis = document.known(row.root)
        for node_id in row.ids[:-1]:
            info = analysis.nodes.get(node_id) if analysis is not None else None
            analysis = info.copies[0] if info is not None and info.copies else None
        return analysis

    def _icon(self, row: Row, column: int) -> QIcon | None:
        if column:
            return None
        severity = self._problems.get((row.network, row.node_id), ("", ""))[0]
        if severity and not row.group:
            return QIcon(badge_pixmap(theme(), severity, _SIZE))
        node = row.node(self._document.project)
        spec = registry.node(node.spec) if node is not None else None
        if node is None or spec is None:
            name = "actions/group" if row.group else "actions/panel"
            return QIcon(icons.pixmap(name, theme().color("text_muted"), _SIZE))
        return QIcon(icons.tile(spec.id, spec.title, theme().family(spec.group).name(), _SIZE))

    def _tip(self, row: Row, column: int) -> str:
        said = self._problems.get((row.network, row.node_id), ("", ""))[1]
        return (said if not row.group else "") or self._text(row, column)

    def _spoken(self, row: Row, column: int) -> str:
        """Return all of a row for a screen reader, in its first column."""
        if column:
            return self._text(row, column)
        name, shape, layer = (self._text(row, k) for k in range(3))
        severity, said = self._problems.get((row.network, row.node_id), ("", ""))
        wrong = f"{severity}: {said}" if severity and not row.group else ""
        told = [name, layer if layer != name else "", f"output {shape}" if shape else "", wrong]
        return ", ".join(part for part in told if part)


def address_of(row: Row, document: Document) -> str:
    """Return the address of a node in the outline."""
    return navigation.address(document.project, row.root, "/".join(row.ids))


_TELLERS = {
    int(_ROLE.DisplayRole): OutlineModel._text,  # pyright: ignore[reportPrivateUsage]
    int(_ROLE.DecorationRole): OutlineModel._icon,  # pyright: ignore[reportPrivateUsage]
    int(_ROLE.ToolTipRole): OutlineModel._tip,  # pyright: ignore[reportPrivateUsage]
    int(_ROLE.AccessibleTextRole): OutlineModel._spoken,  # pyright: ignore[reportPrivateUsage]
}
