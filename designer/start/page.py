"""The page a new window shows: templates with pictures, recent projects, New and Open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer import theme

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap, QResizeEvent

    from designer.settings import Settings
    from engine.catalog.spec import TemplateSpec

_PICTURE = (252, 118)
_GAP = 16
_SIDE = 40
_RECENT = 280


class Card(QFrame):
    """One template: its picture, its title and what it shows. Click or Enter begins with it."""

    chosen = Signal(str)

    def __init__(self, spec: TemplateSpec) -> None:
        super().__init__()
        self.spec = spec
        self.setObjectName(f"start.template.{spec.id}")
        self.setAccessibleName(spec.title)
        self.setAccessibleDescription(spec.summary)
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedWidth(_PICTURE[0] + 2)
        self.picture = QLabel()
        self.picture.setFixedSize(QSize(*_PICTURE))
        title = QLabel(spec.title)
        title.setProperty("role", "strong")
        words = QLabel(spec.summary)
        words.setWordWrap(True)
        words.setProperty("role", "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.setMinimumHeight(54)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 10)
        layout.setSpacing(4)
        layout.addWidget(self.picture)
        for label in (title, words):
            label.setContentsMargins(12, 0, 12, 0)
            layout.addWidget(label)

    def show_picture(self, picture: QPixmap) -> None:
        """Show the painted network."""
        self.picture.setPixmap(picture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Begin with this template."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside:
            self.chosen.emit(self.spec.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin with this template on Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self.spec.id)
            return
        super().keyPressEvent(event)


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
        self.cards: list[Card] = []
        self._columns = 0
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
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        self._body.addLayout(self._templates(), 1)
        self._body.addLayout(self._recent())
        self._outer.addLayout(self._body)
        self._outer.addStretch(1)
        self.setWidget(holder)
        self._todo: list[Card] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_next)
        settings.recentChanged.connect(self.refresh_recent)
        theme.signals.themeChanged.connect(self.refresh_pictures)
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

    def _templates(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        heading = QLabel("Begin with a template")
        heading.setProperty("role", "heading")
        column.addWidget(heading)
        column.addLayout(self._grid)
        column.addStretch(1)
        return column

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

    def fill(self) -> None:
        """Make the cards, once; their pictures follow one by one."""
        if self.cards:
            return
        from engine.catalog import registry
        from engine.catalog.spec import TemplateSpec

        templates: Mapping[str, TemplateSpec] = registry.of_kind(TemplateSpec)
        for spec in templates.values():
            card = Card(spec)
            card.chosen.connect(self.templateChosen)
            self.cards.append(card)
        self._arrange()
        self.refresh_pictures()

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

    def refresh_pictures(self, *_: object) -> None:
        """Paint all pictures anew, a few milliseconds each, between other events."""
        self._todo = list(self.cards)
        if self._todo:
            self._timer.start()

    def _paint_next(self) -> None:
        if not self._todo:
            self._timer.stop()
            return
        from designer.start.thumbnail import thumbnail
        from engine import files

        card = self._todo.pop(0)
        try:
            card.show_picture(thumbnail(files.template(card.spec.id), *_PICTURE))
        except ValueError as error:
            card.picture.setText(str(error))
            card.picture.setWordWrap(True)

    def _open_recent(self, item: QListWidgetItem) -> None:
        self.fileChosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit as many cards in a row as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        room = self.viewport().width() - _RECENT - 3 * _SIDE
        columns = max(1, min(4, (room + _GAP) // (_PICTURE[0] + 2 + _GAP)))
        self._content.setFixedWidth(columns * (_PICTURE[0] + 2 + _GAP) - _GAP + _SIDE + _RECENT)
        if columns == self._columns and self._grid.count() == len(self.cards):
            return
        self._columns = columns
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // columns, number % columns)
        for column in range(5):
            self._grid.setColumnStretch(column, 1 if column == columns else 0)


def _short(folder: Path) -> str:
    """Return a folder with the home folder as `~`."""
    from pathlib import Path as Paths

    try:
        return f"~/{folder.relative_to(Paths.home())}"
    except ValueError:
        return str(folder)
