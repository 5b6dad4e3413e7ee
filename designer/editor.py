"""What all editors of a setting are: the value, its check, and the sentence for a bad one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QWheelEvent

    from engine.catalog.spec import Field, Param

Fields = Mapping[str, "Field"]
Networks = Mapping[str, str]
"""What networks are called, by key."""
Names = Mapping[str, int | float]
"""Named numbers that an expression may use."""


class Editor(QWidget):
    """Base of all: holds the setting, the value it has, and the sentence for a bad one."""

    changed = Signal(object)
    said = Signal(str)
    committed = Signal()

    def __init__(self, param: Param, fields: Fields) -> None:
        super().__init__()
        self.param = param
        self.value: object = None
        self._fields = fields
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.build()

    def build(self) -> None:
        """Make the widgets."""
        raise NotImplementedError

    def display(self, value: object) -> None:
        """Write a value into the widgets."""
        raise NotImplementedError

    def show_value(self, value: object) -> None:
        """Show a value that came from elsewhere; nothing is reported."""
        self.value = value
        self.said.emit("")
        self.display(value)

    def set_fields(self, fields: Fields) -> None:
        """Take other data fields to choose from."""
        self._fields = fields

    def set_networks(self, networks: Networks) -> None:
        """Take other networks to choose from."""

    def set_names(self, names: Names) -> None:
        """Take expressions, which may use these named numbers."""

    def offer(self, raw: object) -> None:
        """Check a value the user gave; report it, or say what is wrong with it."""
        try:
            value = self.param.check(raw)
        except ValueError as error:
            self.said.emit(str(error))
            return
        self.said.emit("")
        if value != self.value or type(value) is not type(self.value):
            self.value = value
            self.changed.emit(value)

    def adopt(self, widget: QWidget, part: str = "", stretch: int = 1) -> None:
        """Put a widget in the row and give it its names."""
        name = f"param.{self.param.name}"
        widget.setObjectName(f"{name}.{part}" if part else name)
        widget.setAccessibleName(f"{self.param.label} {part}".strip())
        widget.setToolTip(self.param.doc)
        self._row.addWidget(widget, stretch)

    def set_unit(self) -> None:
        """Write the unit behind the widgets."""
        if self.param.unit:
            label = QLabel(self.param.unit)
            label.setProperty("role", "muted")
            self._row.addWidget(label)


class Combo(QComboBox):
    """A combo box that does not change while the panel around it is scrolled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


def join(values: object) -> str:
    """Return the items of a sequence, parted by commas."""
    return ", ".join(str(item) for item in cast("Sequence[object]", values))


class TextEditor(Editor):
    """A line of text."""

    def build(self) -> None:
        """Make the line."""
        self.line = QLineEdit()
        self.adopt(self.line)
        self.line.textEdited.connect(self._edited)
        self.line.editingFinished.connect(self.committed)

    def _edited(self, text: str) -> None:
        self.offer(self.read(text))

    def read(self, text: str) -> object:
        """Return the value a text stands for."""
        return text

    def write(self, value: object) -> str:
        """Return a value as text."""
        return str(value or "")

    def display(self, value: object) -> None:
        """Write the text unless it already says the same."""
        if self.read(self.line.text()) != value:
            self.line.setText(self.write(value))
