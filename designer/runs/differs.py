"""What differs between two runs, or between a run and the project as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.runs.model import figure_words, value_words
from designer.theme import signals, theme
from designer.words import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.changes import Change
    from engine.runs.compare import Comparison, Delta, NodeChange

_NODE = Qt.ItemDataRole.UserRole
_KINDS = {
    "added": ("+", "success"),
    "removed": ("–", "error"),
    "changed": ("~", "warning"),
}
_HINT = "Select two runs to see what differs; one alone is compared with the project as it is now."
_SAME = "Nothing differs but where layers stand."


class DiffersView(QWidget):
    """A tree: settings, layers, wires, figures.

    Signals
    -------
    nodePicked(network, id)
        The user chose a layer.
    """

    nodePicked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.differs")
        self.words = QLabel(_HINT)
        self.words.setObjectName("runs.differs.words")
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        self.words.setContentsMargins(8, 4, 8, 0)
        self.tree = QTreeWidget()
        self.tree.setObjectName("runs.differs.tree")
        self.tree.setAccessibleName("What differs")
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setColumnCount(3)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.tree.itemClicked.connect(self._pick)
        self.tree.itemActivated.connect(self._pick)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.words)
        layout.addWidget(self.tree, 1)
        self._shown: Comparison | None = None
        self._where = ""
        signals.themeChanged.connect(self._restyle)
        self.forget()

    def forget(self, sentence: str = "") -> None:
        """Show nothing, and say why."""
        self._shown = None
        self.tree.clear()
        self.tree.setHeaderLabels(["", "", ""])
        self.tree.hide()
        self.words.setText(sentence or _HINT)

    def show_comparison(self, found: Comparison, where: str = "") -> None:
        """Show a comparison; `where` completes “3 differences ...”."""
        self._shown, self._where = found, where
        self.tree.clear()
        self.tree.show()
        self.tree.setHeaderLabels(["", found.before, found.after])
        differ = len(found.settings) + len(found.nodes) + len(found.wires)
        told = f"{count(differ, 'difference')} {where}".strip() if differ else _SAME
        self.words.setText(told)
        for place, changes in _by_place(found.settings):
            self._group(
                place, [_row(change.what, change.before, change.after) for change in changes]
            )
        self._group("Layers", [_node(node) for node in found.nodes])
        self._group("Wires", [_row(c.what, c.before, c.after) for c in found.wires])
        self._group("Figures", [_figure(figure) for figure in found.figures])

    def _group(self, title: str, rows: list[QTreeWidgetItem]) -> None:
        if not rows:
            return
        heading = QTreeWidgetItem([title])
        heading.setForeground(0, theme().color("text_muted"))
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.tree.addTopLevelItem(heading)
        heading.addChildren(rows)
        heading.setExpanded(True)
        heading.setFirstColumnSpanned(True)

    def _pick(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        found = item.data(0, _NODE)
        if found is not None:
            self.nodePicked.emit(*found)

    def _restyle(self, *_: object) -> None:
        if self._shown is not None:
            self.show_comparison(self._shown, self._where)


def _by_place(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.place, []).append(change)
    return list(found.items())


def _row(what: str, before: str, after: str) -> QTreeWidgetItem:
    row = QTreeWidgetItem([what, before or "—", after or "—"])
    for column in range(3):
        row.setToolTip(column, row.text(column))
    return row


def _node(change: NodeChange) -> QTreeWidgetItem:
    sign, colour = _KINDS[change.kind]
    where = f"{change.network} › " if change.network != "main" else ""
    name = f"{sign} {where}{change.name}"
    before, after = _ends(change)
    row = _row(name, before, after)
    row.setForeground(0, theme().color(colour))
    row.setData(0, _NODE, (change.network, change.node))
    return row


def _ends(change: NodeChange) -> tuple[str, str]:
    """Return a node as it was and as it is."""
    if change.kind == "changed":
        heads = [f"{what} " if what else "" for what, _, _ in change.changes]
        befores = [
            head + before for head, (_, before, _) in zip(heads, change.changes, strict=True)
        ]
        afters = [head + after for head, (*_, after) in zip(heads, change.changes, strict=True)]
        return ", ".join(befores), ", ".join(afters)
    return ("", change.title) if change.kind == "added" else (change.title, "")


def _figure(delta: Delta) -> QTreeWidgetItem:
    after = value_words(delta.name, delta.after)
    if delta.change:
        points = "accuracy" in delta.name
        grown = f"{100 * delta.change:+.1f} points" if points else _grown(delta.name, delta.change)
        after = f"{after}  ({grown})"
    return _row(figure_words(delta.name), value_words(delta.name, delta.before), after)


def _grown(name: str, change: float) -> str:
    words = value_words(name, abs(change))
    return f"{'+' if change > 0 else '−'}{words}"
