"""One node's tensors: values with heat, pictures, and how they are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.debug.models import ValuesModel
from designer.debug.pictures import ROLES, is_picture, pictures, told
from designer.debug.spread import SpreadPlot
from designer.monitor.gallery import GalleryView
from engine.train.events import Pictures

if TYPE_CHECKING:
    from engine.train.inspection import NodeView, Role, TensorView


class NodeDetail(QWidget):
    """What one node put out, got back and holds."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("debug.detail")
        self.setAccessibleName("Tensors of the chosen node")
        self._node: NodeView | None = None
        self._names: tuple[str, ...] = ()
        self._row = 0
        self._make()
        self.tabs.currentChanged.connect(self._fill_names)
        self.tensor.currentIndexChanged.connect(self._show)
        self.picture.toggled.connect(self._show)

    def _make(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setObjectName("debug.roles")
        self.tabs.setAccessibleName("Output, gradient, weights")
        self.tabs.setExpanding(False)
        self.tensor = QComboBox()
        self.tensor.setObjectName("debug.tensor")
        self.tensor.setAccessibleName("Which tensor")
        self.picture = QToolButton()
        self.picture.setObjectName("debug.picture")
        self.picture.setText("Pictures")
        self.picture.setAccessibleName("Show as pictures")
        self.picture.setToolTip("Show the values as pictures, dark is the least")
        self.picture.setCheckable(True)
        self.picture.setChecked(True)
        self.words = QLabel()
        self.words.setObjectName("debug.figures")
        self.words.setAccessibleName("Figures of the tensor")
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.model = ValuesModel()
        self.values = QTableView()
        self.values.setObjectName("debug.values")
        self.values.setAccessibleName("Values of the tensor")
        self.values.setModel(self.model)
        self.values.setShowGrid(False)
        self.values.setWordWrap(False)
        self.values.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.values.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.values.horizontalHeader().setDefaultSectionSize(74)
        self.values.verticalHeader().setDefaultSectionSize(22)
        self.gallery = GalleryView("debug.gallery", "The tensor as pictures")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.values)
        self.stack.addWidget(self.gallery)
        self.spread = SpreadPlot()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.stack)
        split.addWidget(self.spread)
        split.setChildrenCollapsible(False)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.tabs)
        row.addWidget(self.tensor)
        row.addWidget(self.picture)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 4)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(split, 1)

    @property
    def shown(self) -> TensorView | None:
        """Return the tensor on show."""
        place = self.tensor.currentIndex()
        views = self._views()
        return views[place] if 0 <= place < len(views) else None

    def show_node(self, node: NodeView | None, names: tuple[str, ...], row: int) -> None:
        """Show a node; `names` are those of the told rows of the batch, `row` the chosen one."""
        kept, self._node = self._role(), node
        self._names, self._row = names, row
        roles = dict.fromkeys(view.role for view in node.tensors) if node is not None else {}
        with QSignalBlocker(self.tabs):
            while self.tabs.count():
                self.tabs.removeTab(0)
            for place, role in enumerate(roles):
                self.tabs.addTab(ROLES[role])
                self.tabs.setTabData(place, role)
                if role == kept:
                    self.tabs.setCurrentIndex(place)
        self._fill_names()

    def show_row(self, row: int) -> None:
        """Go to another row of the batch."""
        self._row = row
        self._show()

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        self.model.restyle()
        self.gallery.restyle()
        self.spread.restyle()

    def _role(self) -> Role:
        return self.tabs.tabData(self.tabs.currentIndex()) or "output"

    def _views(self) -> tuple[TensorView, ...]:
        return self._node.of(self._role()) if self._node is not None else ()

    def _fill_names(self, *_: object) -> None:
        with QSignalBlocker(self.tensor):
            self.tensor.clear()
            self.tensor.addItems([view.name for view in self._views()])
        self.tensor.setVisible(self.tensor.count() > 1)
        self._show()

    def _show(self, *_: object) -> None:
        view = self.shown
        self.words.setText(told(view) if view is not None else "")
        self.words.setToolTip(self.words.text())
        by_row = view is not None and view.role in ("output", "gradient")
        told_rows = len(view.values) if view is not None else 0
        fits = by_row and told_rows == len(self._names)
        marked = [f"▸ {n}" if k == self._row else n for k, n in enumerate(self._names)]
        self.model.show(view, tuple(marked) if fits else ())
        if fits:
            self.values.scrollTo(self.model.index(self._row, 0))
        self.spread.show_tensor(view)
        drawn = view is not None and is_picture(view)
        self.picture.setVisible(drawn)
        if drawn and self.picture.isChecked():
            assert view is not None
            self.gallery.show_page(Pictures(0, "", pictures(view, self._row)))
        self.stack.setCurrentIndex(1 if drawn and self.picture.isChecked() else 0)
