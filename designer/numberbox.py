"""A box for a number that accepts any text, steps sensibly, and never clips what was typed."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QWidget


class NumberBox(QAbstractSpinBox):
    """A number as text with arrows. It accepts any text: what is allowed, the setting says.

    Parameters
    ----------
    whole
        Whether the arrows go by whole numbers; None: as the number that stands there is.
    """

    edited = Signal(str)

    def __init__(self, whole: bool | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = whole
        self.setMinimumSize(46, 32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.lineEdit().textEdited.connect(self.edited)

    def number(self) -> int | float | str | None:
        """Return what stands in the box: a number, the text that is none, or None if empty."""
        return to_number(self.text())

    def show_number(self, value: float | str | None) -> None:
        """Write a number or an expression into the box, unless it already says the same."""
        if self.number() != value or not self.text():
            self.lineEdit().setText(show_number(value))

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:  # type: ignore[override]
        """Let every text pass; the setting's own check has the words for what is wrong."""
        return QValidator.State.Acceptable, text, pos

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Allow both directions: the ends of the range belong to the setting."""
        flag = QAbstractSpinBox.StepEnabledFlag
        return flag.StepUpEnabled | flag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        """Move by whole numbers, or by one in the first digit."""
        value = self.number()
        if isinstance(value, str):
            return
        whole = isinstance(value, int) if self.whole is None else self.whole
        moved = step(value or 0, steps, whole=whole)
        self.lineEdit().setText(show_number(moved))
        self.edited.emit(self.text())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel, not the number, unless the box has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def step(value: float, steps: int, *, whole: bool) -> float:
    """Return a number some steps on: by one, or for fractions by one in the first digit."""
    if whole:
        return int(value) + steps
    for _ in range(abs(steps)):
        sign = 1 if steps > 0 else -1
        if value == 0:
            value = sign * 0.1
            continue
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        towards_zero = (value > 0) != (sign > 0)
        if towards_zero and math.isclose(abs(value), 10.0**exponent):
            exponent -= 1
        value = float(f"{value + sign * 10.0**exponent:.12g}")
    return value


def to_number(text: str) -> int | float | str | None:
    """Return the number a text says, the text itself if it says none, None for nothing."""
    text = text.strip().replace("\u2212", "-")
    if not text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def show_number(value: float | str | None) -> str:
    """Return a number as short as it can be read back, an expression as it is, None as nothing."""
    return f"{value:.12g}" if isinstance(value, float) else str("" if value is None else value)
