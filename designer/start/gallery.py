"""The templates of the start page: cards with pictures, group by group, and a field to find one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from designer import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPixmap

    from engine.catalog.spec import TemplateSpec

_PICTURE = (252, 118)
_GAP = 16
MOST = 4
"""Cards in a row at most."""


def gallery_width(columns: int) -> int:
    """Return the width of so many cards in a row."""
    return columns * (_PICTURE[0] + 2 + _GAP) - _GAP


class Card(QFrame):
    """One template: its picture, its title and what it shows. Click or Enter begins with it."""

    chosen = Signal(str)

    def __init__(self, spec: TemplateSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def matches(self, words: list[str]) -> bool:
        """Return whether the template is described by all the words."""
        spec = self.spec
        text = " ".join((spec.id, spec.title, spec.group, spec.summary, *spec.keywords)).lower()
        return all(word in text for word in words)

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


class Gallery(QWidget):
    """All templates under the headings of their groups; those that the words do not name hide."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("start.gallery")
        self.cards: list[Card] = []
        self._columns = 1
        self._headings: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        heading = QLabel("Begin with a template")
        heading.setProperty("role", "heading")
        self.search = QLineEdit()
        self.search.setObjectName("start.search")
        self.search.setAccessibleName("Search templates")
        self.search.setPlaceholderText("Search templates: images, text, GAN…")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._arrange)
        self.nothing = QLabel("No template is described by these words.")
        self.nothing.setProperty("role", "muted")
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (heading, self.search, self.nothing):
            column.addWidget(widget)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._todo: list[Card] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_next)
        theme.signals.themeChanged.connect(self.refresh_pictures)

    def fill(self) -> None:
        """Make the cards, once; their pictures follow one by one."""
        if self.cards:
            return
        from engine.catalog import registry

        for spec in registry.templates():
            card = Card(spec, self)
            card.chosen.connect(self.chosen)
            self.cards.append(card)
            if spec.group not in self._headings:
                heading = QLabel(spec.group, self)
                heading.setProperty("role", "strong")
                self._headings[spec.group] = heading
        self._arrange()
        self.refresh_pictures()

    def fit(self, room: int) -> int:
        """Put as many cards in a row as there is room for; return how many that is."""
        columns = max(1, min(MOST, (room + _GAP) // (_PICTURE[0] + 2 + _GAP)))
        if columns != self._columns:
            self._columns = columns
            self._arrange()
        return columns

    def _arrange(self, *_: object) -> None:
        words = self.search.text().lower().split()
        while self._grid.takeAt(0) is not None:
            pass
        row = 0
        for group, heading in self._headings.items():
            cards = [c for c in self.cards if c.spec.group == group]
            shown = [c for c in cards if c.matches(words)]
            heading.setVisible(bool(shown))
            for card in cards:
                card.setVisible(card in shown)
            if not shown:
                continue
            self._grid.addWidget(heading, row, 0, 1, self._columns)
            for number, card in enumerate(shown):
                down, across = divmod(number, self._columns)
                self._grid.addWidget(card, row + 1 + down, across)
            row += 1 + -(-len(shown) // self._columns)
        self.nothing.setVisible(bool(self.cards) and row == 0)
        for column in range(MOST + 1):
            self._grid.setColumnStretch(column, int(column == self._columns))

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
