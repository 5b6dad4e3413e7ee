"""One card of the list of findings: where, what in a sentence, the figures, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
)

from designer.theme import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from designer.board import Row


PAD = 14
"""Room beside the words of a button."""


class FixButton(QPushButton):
    """A button that shows the beginning of its words where there is no room for all."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self._words = words

    def say(self, words: str) -> None:
        """Bear other words."""
        self._words = words
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write as many of the words as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * PAD
        if room > 4 * PAD:
            mode = Qt.TextElideMode.ElideRight
            self.setText(self.fontMetrics().elidedText(self._words, mode, room))
        else:
            self.setText(self._words)


class Card(QFrame):
    """One finding. What is written on it can change; which finding it is cannot.

    Signals
    -------
    activated(address)
        The user wants to see the node.
    fixWanted(place), dismissed(place)
        The user takes or declines it; `place` counts the cards.
    helpWanted(key)
        The user wants to know more.
    """

    activated = Signal(str)
    fixWanted = Signal(int)
    dismissed = Signal(int)
    helpWanted = Signal(str)

    def __init__(self, row: Row, index: int, icon: QPixmap) -> None:
        super().__init__()
        self._node, self._index, self._help = row.node, index, row.help
        self.setProperty("role", "card")
        if row.node:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Show this node on the canvas")
        self.badge = QLabel()
        self.badge.setPixmap(icon)
        self.where = _line("strong")
        self.since = _line("muted")
        self.sentence = _line("")
        self.evidence = _line("muted")
        table = QGridLayout(self)
        table.setContentsMargins(10, 8, 10, 8)
        table.setColumnStretch(1, 1)
        table.addWidget(self.badge, 0, 0)
        table.addWidget(self.where, 0, 1)
        table.addWidget(self.since, 0, 2, Qt.AlignmentFlag.AlignRight)
        table.addWidget(self.sentence, 1, 0, 1, 3)
        table.addWidget(self.evidence, 2, 0, 1, 3)
        self.fix: FixButton | None = None
        self.why: QPushButton | None = None
        self.dismiss: QPushButton | None = None
        self._buttons(table, row)
        self.show_row(row, index)

    def _buttons(self, table: QGridLayout, row: Row) -> None:
        strip = QHBoxLayout()
        strip.setSpacing(6)
        if row.fix or row.help:
            self.fix = FixButton(row.fix)
            self.fix.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.fix.clicked.connect(self._on_fix)
            table.addWidget(self.fix, 3, 0, 1, 3)
        if row.help:
            self.why = QPushButton("Why?")
            self.why.setToolTip(f"Open the page “{row.title}”.")
            self.why.clicked.connect(self._on_why)
            strip.addWidget(self.why)
        if row.help and row.key is not None:
            self.dismiss = QPushButton("Dismiss")
            self.dismiss.setToolTip("Do not show this again until another project is opened.")
            self.dismiss.clicked.connect(self._on_dismiss)
            strip.addWidget(self.dismiss)
        strip.addStretch(1)
        if strip.count() > 1:
            table.addLayout(strip, 4, 0, 1, 3)

    def show_row(self, row: Row, index: int) -> None:
        """Write what a row says now; its buttons are the same as before."""
        self._index = index
        self.setObjectName(f"finding{index}")
        self.where.setText(f"{row.name} · {row.title}" if row.title else row.name)
        self.since.setText(row.since)
        self.since.setVisible(bool(self.since.text()))
        self.sentence.setText(row.message)
        self.evidence.setText(row.evidence)
        self.evidence.setVisible(bool(row.evidence))
        self.evidence.setToolTip(row.cause)
        self.setEnabled(not row.gone)
        state = "no longer so" if row.gone else row.severity
        self.setAccessibleName(f"{state}: {row.name}: {row.message}")
        self.setAccessibleDescription(f"{row.evidence} {row.cause}".strip())
        for button, name, word in (
            (self.fix, "fix", f"Fix: {row.fix}"),
            (self.why, "why", f"Why: {row.title}"),
            (self.dismiss, "dismiss", f"Dismiss: {row.title}"),
        ):
            if button is not None:
                button.setObjectName(f"{name}{index}")
                button.setAccessibleName(word)
        if self.fix is not None:
            self.fix.say(row.fix)
            self.fix.setToolTip(f"{row.fix}. It can be undone.")
            self.fix.setVisible(bool(row.fix))

    def _on_fix(self) -> None:
        self.fixWanted.emit(self._index)

    def _on_why(self) -> None:
        self.helpWanted.emit(self._help)

    def _on_dismiss(self) -> None:
        self.dismissed.emit(self._index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the node to be shown."""
        super().mouseReleaseEvent(event)
        self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the node with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        if self._node:
            self.activated.emit(self._node)


def _line(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    return label


def badge(colour: QColor) -> QPixmap:
    """Return a disc with an exclamation mark."""
    size, ratio = 16, 2
    image = QPixmap(size * ratio, size * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(1, 1, size - 2, size - 2)
    painter.setPen(QPen(theme().color("surface"), 2))
    painter.drawLine(8, 4, 8, 9)
    painter.drawPoint(8, 12)
    painter.end()
    return image
