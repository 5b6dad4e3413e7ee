"""A hand for the window: mouse and key events as a user makes them, for the demo and for tests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
MOVES = 8
"""Mouse moves of a drag."""


class HandError(RuntimeError):
    """What the hand reached for is not there, or nothing came of it."""


class Hand:
    """Presses, drags and types in real windows, through Qt's own event path.

    Parameters
    ----------
    pause
        Milliseconds the event loop runs between two movements.
    """

    def __init__(self, pause: int = 10) -> None:
        self._pause = pause

    def rest(self, milliseconds: int = 0) -> None:
        """Let the event loop run."""
        QTest.qWait(milliseconds or self._pause)

    def wait(self, what: str, done: Callable[[], object], seconds: float) -> None:
        """Let the event loop run until `done()`; HandError names `what` if that takes too long."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise HandError(f"Waited {seconds:g} s for {what}.")
            self.rest(20)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Press and release the left button on a widget; scroll to it first."""
        self.bring(widget)
        place = self._on_window(widget, at or widget.rect().center())
        handle = self._handle(widget)
        QTest.mouseMove(handle, place)
        self.rest()
        QTest.mouseClick(handle, LEFT, PLAIN, place)
        self.rest()

    def bring(self, widget: QWidget) -> None:
        """Scroll what lies around a widget until it is in view."""
        around = widget.parentWidget()
        while around is not None:
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(widget)
            around = around.parentWidget()

    def double_click(self, widget: QWidget, at: QPoint) -> None:
        """Press and release the left button twice on a widget."""
        QTest.mouseDClick(self._handle(widget), LEFT, PLAIN, self._on_window(widget, at))
        self.rest()

    def press(self, widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press and release a key on a widget."""
        QTest.keyClick(widget, key, modifiers)
        self.rest()

    def type(self, field: QWidget, text: str) -> None:
        """Write at the cursor of a field and press Enter."""
        QTest.keyClicks(field, text)
        self.press(field, Qt.Key.Key_Return)

    def fill(self, field: QWidget, text: str) -> None:
        """Replace what stands in a field and press Enter."""
        self.click(field)
        self.press(field, Qt.Key.Key_A, CONTROL)
        self.type(field, text)

    def choose(self, combo: QComboBox, data: object) -> None:
        """Walk a combo box by arrow keys to the entry that holds `data`."""
        wanted = combo.findData(data)
        if wanted < 0:
            raise HandError(f"{combo.objectName()} has no entry {data!r}.")
        combo.setFocus(Qt.FocusReason.TabFocusReason)
        for _ in range(combo.count()):
            if combo.currentIndex() == wanted:
                return
            down = combo.currentIndex() < wanted
            self.press(combo, Qt.Key.Key_Down if down else Qt.Key.Key_Up)
        raise HandError(f"{combo.objectName()} did not reach {data!r}.")

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        """Press at one place of a widget, move, and release at another."""
        handle = self._handle(widget)
        first, last = self._on_window(widget, start), self._on_window(widget, end)
        QTest.mouseMove(handle, first)
        QTest.mousePress(handle, LEFT, PLAIN, first)
        for step in range(1, MOVES + 1):
            QTest.mouseMove(handle, first + (last - first) * step / MOVES)
            self.rest()
        QTest.mouseRelease(handle, LEFT, PLAIN, last)
        self.rest()

    def carry(
        self,
        cards: QTreeWidget,
        card: QTreeWidgetItem,
        onto: QWidget,
        place: QPoint,
        modifiers: Qt.KeyboardModifier = PLAIN,
    ) -> None:
        """Drag a card onto another widget and drop it there.

        The mouse takes the card up. Off screen there is no system to carry it, so the widget gets
        the enter, move and drop events the system would send, with what the card itself offers.
        """
        cards.scrollToItem(card)
        self.rest()
        viewport = cards.viewport()
        at = cards.visualItemRect(card).center()
        handle = self._handle(viewport)
        start = self._on_window(viewport, at)
        QTest.mousePress(handle, LEFT, PLAIN, start)
        for step in (4, 12, 24):
            QTest.mouseMove(handle, start + QPoint(step, step // 2))
        data: QMimeData = cards.mimeData([card])
        self._drop(onto, place, data, modifiers)
        QTest.mouseRelease(handle, LEFT, PLAIN, self._on_window(onto, place))
        self.rest()

    def _drop(
        self, onto: QWidget, place: QPoint, data: QMimeData, modifiers: Qt.KeyboardModifier
    ) -> None:
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(place, copy, data, LEFT, modifiers)
        QApplication.sendEvent(onto, enter)
        if not enter.isAccepted():
            raise HandError(f"{onto.objectName() or type(onto).__name__} takes no such card.")
        for step in range(MOVES + 1):
            near = place + QPoint(MOVES - step, MOVES - step) * 4
            QApplication.sendEvent(onto, QDragMoveEvent(near, copy, data, LEFT, modifiers))
            self.rest()
        QApplication.sendEvent(onto, QDropEvent(QPointF(place), copy, data, LEFT, modifiers))
        self.rest()

    def _handle(self, widget: QWidget) -> QWindow:
        handle = widget.window().windowHandle()
        if not widget.isVisible():
            raise HandError(f"{widget.objectName() or type(widget).__name__} is not on show.")
        return handle

    def _on_window(self, widget: QWidget, at: QPoint) -> QPoint:
        return widget.mapTo(widget.window(), at)
