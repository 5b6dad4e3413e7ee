"""Help beside the selected node: what it does at once, the whole page on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.forms import text_label
from designer.help.near import ask
from designer.help.page import HelpPage
from designer.nodefacts import about
from engine.help.page import key_of

if TYPE_CHECKING:
    from engine.catalog.spec import LayerSpec


class HelpFold(QWidget):
    """The sentence, the formula and the use of an entry; below a button, all the rest.

    Signals
    -------
    opened(on)
        It was unfolded or folded.
    """

    opened = Signal(bool)

    def __init__(self, spec: LayerSpec, *, unfolded: bool = False) -> None:
        super().__init__()
        self.setObjectName("inspector.help")
        self._key = key_of(spec)
        self.page: HelpPage | None = None
        words = text_label(about(spec))
        words.setOpenExternalLinks(True)
        self.more = QToolButton()
        self.more.setText("Pictures, pitfalls, settings")
        self.more.setObjectName("inspector.help.more")
        self.more.setAccessibleName("Pictures, pitfalls and settings")
        self.more.setToolTip("Show the whole help page here.")
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.open = QToolButton()
        self.open.setText("Catalogue")
        self.open.setObjectName("inspector.help.open")
        self.open.setAccessibleName("Open in the catalogue")
        self.open.setToolTip("Open this page in the catalogue (F1).")
        self.open.setAutoRaise(True)
        self.open.clicked.connect(self._open)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.open)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(words)
        self._column.addLayout(row)
        self._unfolded = unfolded
        self.more.toggled.connect(self._fold)

    def start(self) -> None:
        """Unfold if it was so before; call it once it stands in its window."""
        if self._unfolded:
            self.more.setChecked(True)

    def _open(self) -> None:
        ask(self, self._key)

    def _fold(self, on: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        if on and self.page is None:
            self.page = HelpPage(whole=False)
            self._column.addWidget(self.page)
            self.page.show_key(self._key)
        if self.page is not None:
            self.page.setVisible(on)
        self.opened.emit(on)
