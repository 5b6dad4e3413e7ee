"""What a phase trains: everything, or the nodes that are chosen in a list or on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.editors import Combo
from designer.forms import form_layout, text_label
from designer.icons import action_icon

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from engine.graph import Graph

EVERYTHING, CHOSEN = "everything", "chosen"
_ROW = 26
_MOST_ROWS = 7
_NOTHING = "A phase trains at least one layer."
_ID = Qt.ItemDataRole.UserRole


class TrainsEditor(QWidget):
    """The choice between all and some, the list to tick, and the button to pick on the canvas.

    Signals
    -------
    chosen(ids)
        These nodes are to be trained; none means everything that is not frozen.
    pickWanted(on)
        Picking on the canvas is to begin or to end.
    """

    chosen = Signal(object)
    pickWanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._learning: Sequence[str] = ()
        self.mode = Combo()
        self.mode.setObjectName("training.trains")
        self.mode.setAccessibleName("What the phase trains")
        self.mode.setToolTip("Which layers this phase changes; frozen ones never.")
        self.mode.addItem("everything not frozen", EVERYTHING)
        self.mode.addItem("chosen layers", CHOSEN)
        self.mode.activated.connect(self._mode)
        self.list = QListWidget()
        self.list.setObjectName("training.trains.list")
        self.list.setAccessibleName("Layers the phase trains")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemChanged.connect(self._ticked)
        self.pick = QPushButton("Pick on canvas")
        self.pick.setObjectName("training.trains.pick")
        self.pick.setAccessibleName("Pick on canvas what the phase trains")
        self.pick.setToolTip("Click layers on the canvas to train them or leave them alone.")
        self.pick.setCheckable(True)
        self.pick.toggled.connect(self._pick)
        self.sentence = text_label("", "error")
        self.sentence.setObjectName("error.trains")
        self.sentence.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        holder = QWidget()
        self.label = QLabel("Trains")
        form_layout(holder).addRow(self.label, self.mode)
        for widget in (holder, self.list, self.sentence, self.pick):
            layout.addWidget(widget)
        theme.signals.themeChanged.connect(self._restyle)
        self._restyle()

    def _restyle(self, *_: object) -> None:
        look = theme.theme()
        icon = action_icon("pick", look.color("text"), look.color("border_strong"))
        self.pick.setIcon(icon)

    def show_nodes(
        self, graph: Graph, learning: Sequence[str], trained: Collection[str], *, some: bool
    ) -> None:
        """Show which nodes are trained.

        Parameters
        ----------
        learning
            The nodes that hold weights; they are listed.
        trained
            Those of them that the phase trains.
        some
            Whether it trains only chosen ones.
        """
        self.say("")
        self._learning = [i for i in learning if i in graph.nodes]
        self.mode.setCurrentIndex(int(some))
        self.list.setVisible(some)
        with QSignalBlocker(self.list):
            while self.list.count() > len(self._learning):
                self.list.takeItem(self.list.count() - 1)
            for row, node_id in enumerate(self._learning):
                node = graph.nodes[node_id]
                item = self.list.item(row) or self._item()
                item.setText(f"{node.name}  (frozen)" if node.frozen else node.name)
                item.setData(_ID, node_id)
                flags = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
                item.setFlags(flags if node.frozen else flags | Qt.ItemFlag.ItemIsEnabled)
                on = node_id in trained and not node.frozen
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        rows = min(max(self.list.count(), 1), _MOST_ROWS)
        self.list.setFixedHeight(rows * _ROW + 6)

    def show_picking(self, on: bool) -> None:
        """Show whether clicks on the canvas choose nodes now."""
        with QSignalBlocker(self.pick):
            self.pick.setChecked(on)
        self.pick.setText("Done picking" if on else "Pick on canvas")

    def say(self, sentence: str) -> None:
        """Show what is wrong, or nothing."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def offer(self, nodes: Collection[str]) -> bool:
        """Pass on a choice of nodes, or say that there must be one; return whether it is good."""
        good = [i for i in self._learning if i in nodes]
        if not good:
            self.say(_NOTHING)
            return False
        self.say("")
        self.chosen.emit(tuple(good))
        return True

    def _item(self) -> QListWidgetItem:
        item = QListWidgetItem(self.list)
        item.setSizeHint(QSize(0, _ROW))
        return item

    def _mode(self, index: int) -> None:
        if self.mode.itemData(index) == EVERYTHING:
            self.chosen.emit(())
        elif not self.offer(self._all()):
            self.mode.setCurrentIndex(0)

    def _all(self) -> list[str]:
        """Return the nodes that can be trained."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [str(i.data(_ID)) for i in items if i.flags() & Qt.ItemFlag.ItemIsEnabled]

    def _ticked(self, item: QListWidgetItem) -> None:
        items = [self.list.item(row) for row in range(self.list.count())]
        on = [str(i.data(_ID)) for i in items if i.checkState() == Qt.CheckState.Checked]
        if not self.offer(on):
            with QSignalBlocker(self.list):
                item.setCheckState(Qt.CheckState.Checked)

    def _pick(self, on: bool) -> None:
        self.pickWanted.emit(on)
