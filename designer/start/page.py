"""The page a new window shows: templates with pictures, recent projects, New and Open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.start.gallery import Card, Gallery, gallery_width

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QResizeEvent

    from designer.settings import Settings

_SIDE = 40
_RECENT = 280


class StartPage(QScrollArea):
    """Templates, recent projects, New and Open. It paints before any picture is there."""

    newWanted = Signal()
    openWanted = Signal()
    backWanted = Signal()
    fileChosen = Signal(object)
    templateChosen = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setAccessibleName("Start page")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._settings = settings
        self.gallery = Gallery()
        self.gallery.chosen.connect(self.templateChosen)
        holder = QWidget()
        self._content = QWidget()
        sides = QHBoxLayout(holder)
        sides.setContentsMargins(_SIDE, 0, _SIDE, 0)
        sides.addWidget(self._content)
        self._outer = QVBoxLayout(self._content)
        self._outer.setContentsMargins(0, 40, 0, 32)
        self._outer.setSpacing(24)
        self._outer.addLayout(self._head())
        self._body = QHBoxLayout()
        self._body.setSpacing(_SIDE)
        self._body.addWidget(self.gallery, 1)
        self._body.addLayout(self._recent())
        self._outer.addLayout(self._body)
        self._outer.addStretch(1)
        self.setWidget(holder)
        settings.recentChanged.connect(self.refresh_recent)
        self.refresh_recent()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        title = QLabel("Layerloom")
        title.setProperty("role", "title")
        line = QLabel(
            "Draw a neural network, press Train, watch it learn, take it away as PyTorch."
        )
        line.setProperty("role", "muted")
        words.addWidget(title)
        words.addWidget(line)
        row.addLayout(words, 1)
        self.back = QPushButton("Back to the network")
        self.new = QPushButton("New network")
        self.open = QPushButton("Open…")
        self.new.setProperty("primary", True)
        for button, name, help_, signal in (
            (self.back, "start.back", "Return to the open project.", self.backWanted),
            (self.open, "start.open", "Open a .loom file.", self.openWanted),
            (self.new, "start.new", "Start with an empty canvas.", self.newWanted),
        ):
            button.setObjectName(name)
            button.setAccessibleName(button.text().rstrip("…"))
            button.setToolTip(help_)
            button.clicked.connect(signal)
            row.addWidget(button)
        self.back.hide()
        return row

    def _recent(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        heading = QLabel("Recent projects")
        heading.setProperty("role", "heading")
        self.recent = QListWidget()
        self.recent.setObjectName("start.recent")
        self.recent.setAccessibleName("Recent projects")
        self.recent.setFixedWidth(_RECENT)
        self.recent.setMinimumHeight(300)
        self.recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.recent.itemActivated.connect(self._open_recent)
        self.recent.itemClicked.connect(self._open_recent)
        self.none = QLabel(
            "Projects you open or save are listed here. "
            "A .loom file can also be dragged into the window."
        )
        self.none.setWordWrap(True)
        self.none.setFixedWidth(_RECENT)
        self.none.setProperty("role", "muted")
        column.addWidget(heading)
        column.addWidget(self.recent)
        column.addWidget(self.none)
        column.addStretch(1)
        return column

    @property
    def cards(self) -> list[Card]:
        """Return a card for each template."""
        return self.gallery.cards

    def fill(self) -> None:
        """Make the cards, once; their pictures follow one by one."""
        self.gallery.fill()
        self._arrange()

    def show_back(self, on: bool) -> None:
        """Show or hide the way back to the open project."""
        self.back.setVisible(on)

    def refresh_recent(self) -> None:
        """List the recent files anew."""
        self.recent.clear()
        for path in self._settings.recent():
            item = QListWidgetItem(f"{path.stem}\n{_short(path.parent)}")
            item.setToolTip(str(path))
            item.setData(Qt.ItemDataRole.UserRole, path)
            item.setSizeHint(QSize(100, 50))
            self.recent.addItem(item)
        some = self.recent.count() > 0
        self.recent.setVisible(some)
        self.none.setVisible(not some)

    def _open_recent(self, item: QListWidgetItem) -> None:
        self.fileChosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit as many cards in a row as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = self.gallery.fit(self.viewport().width() - _RECENT - 3 * _SIDE)
        self._content.setFixedWidth(gallery_width(columns) + _SIDE + _RECENT)


def _short(folder: Path) -> str:
    """Return a folder with the home folder as `~`."""
    from pathlib import Path as Paths

    try:
        return f"~/{folder.relative_to(Paths.home())}"
    except ValueError:
        return str(folder)
