"""One editor per kind of setting. An editor offers what was typed to the setting's own check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from designer.numberbox import NumberBox, to_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QWheelEvent

    from engine.catalog.spec import Field, Kind, Param

Fields = Mapping[str, "Field"]


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


class BoolEditor(Editor):
    """A tick box."""

    def build(self) -> None:
        """Make the box."""
        self.box = QCheckBox()
        self.adopt(self.box)
        self.box.toggled.connect(self.offer)

    def display(self, value: object) -> None:
        """Tick or untick."""
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)


class NumberEditor(Editor):
    """One number with its unit."""

    def build(self) -> None:
        """Make the box."""
        self.box = NumberBox(self.param.type == "int")
        if self.param.optional or self.param.default is None:
            self.box.lineEdit().setPlaceholderText("none")
        self.adopt(self.box)
        self.set_unit()
        self.box.edited.connect(self._edited)
        self.box.editingFinished.connect(self.committed)

    def _edited(self) -> None:
        self.offer(self.box.number())

    def display(self, value: object) -> None:
        """Write the number."""
        self.box.show_number(value if isinstance(value, int | float) else None)


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


class NamesEditor(TextEditor):
    """Names parted by commas."""

    def build(self) -> None:
        """Make the line."""
        super().build()
        self.line.setPlaceholderText("all, or names parted by commas")

    def read(self, text: str) -> object:
        """Part the text at its commas."""
        return tuple(name.strip() for name in text.split(",") if name.strip())

    def write(self, value: object) -> str:
        """Join the names."""
        return join(cast("object", value)) if isinstance(value, tuple | list) else ""


class PathEditor(TextEditor):
    """A path with a button that opens the file dialog."""

    def build(self) -> None:
        """Make line and button."""
        super().build()
        self.browse = QToolButton()
        self.browse.setText("…")
        self.adopt(self.browse, "browse", 0)
        self.browse.setToolTip("Choose a file")
        self.browse.clicked.connect(self._browse)

    def _browse(self) -> None:
        start = str(Path(str(self.value or "")).parent)
        path, _ = QFileDialog.getOpenFileName(self, self.param.label, start)
        if path:
            self.line.setText(path)
            self.offer(path)
            self.committed.emit()


class ChoiceEditor(Editor):
    """One of several words."""

    def build(self) -> None:
        """Make the combo box."""
        self.combo = Combo()
        self.adopt(self.combo)
        self.fill()
        self.combo.activated.connect(self._picked)

    def fill(self) -> None:
        """List the choices."""
        if self.param.optional:
            self.combo.addItem("none", None)
        for choice in self.param.choices:
            self.combo.addItem(choice.replace("_", " "), choice)

    def _picked(self, index: int) -> None:
        self.offer(self.combo.itemData(index))
        self.committed.emit()

    def display(self, value: object) -> None:
        """Select the choice."""
        self.combo.setCurrentIndex(self.combo.findData(value))


class FieldEditor(ChoiceEditor):
    """One of the fields of the data; the first one chooses by itself."""

    def fill(self) -> None:
        """List the fields with their shapes."""
        self.combo.addItem("automatic", "")
        for field in self._fields.values():
            shape = " × ".join(str(n) for n in field.shape) or "one number"
            self.combo.addItem(f"{field.name}  ({shape})", field.name)

    def set_fields(self, fields: Fields) -> None:
        """List other fields, keeping the choice."""
        super().set_fields(fields)
        self.combo.clear()
        self.fill()
        self.display(self.value)

    def display(self, value: object) -> None:
        """Select the field, listing one that the data lacks as missing."""
        name = str(value or "")
        if self.combo.findData(name) < 0:
            self.combo.addItem(f"{name}  (missing)", name)
        super().display(name)


class NumbersEditor(Editor):
    """Some numbers side by side, or a word where the setting knows words."""

    def build(self) -> None:
        """Make the boxes and, for words, a combo box before them."""
        self.words: Combo | None = None
        whole = self.param.type == "ints"
        self.boxes = [NumberBox(whole) for _ in range(self.param.length or 1)]
        if self.param.choices:
            self.words = Combo()
            self.words.addItem("numbers", None)
            for choice in self.param.choices:
                self.words.addItem(choice, choice)
            self.adopt(self.words, "mode", 0)
            self.words.activated.connect(self._edited)
        for number, box in enumerate(self.boxes, 1):
            self.adopt(box, str(number) if len(self.boxes) > 1 else "")
            box.edited.connect(self._edited)
            box.editingFinished.connect(self.committed)
        self.set_unit()

    def _edited(self) -> None:
        word = self.words.currentData() if self.words is not None else None
        for box in self.boxes:
            box.setEnabled(word is None)
        if word is not None:
            self.offer(word)
            return
        self.offer(tuple(0 if (n := box.number()) is None else n for box in self.boxes))

    def display(self, value: object) -> None:
        """Write the numbers, or select the word."""
        word = value if isinstance(value, str) else None
        if self.words is not None:
            self.words.setCurrentIndex(max(self.words.findData(word), 0))
        many = isinstance(value, tuple | list)
        numbers = list(cast("Sequence[object]", value)) if many else [value] * len(self.boxes)
        for box, number in zip(self.boxes, numbers, strict=False):
            box.setEnabled(word is None)
            if isinstance(number, int | float):
                box.show_number(number)


class NumberListEditor(TextEditor):
    """Any number of numbers, parted by commas."""

    def read(self, text: str) -> object:
        """Part the text at commas, spaces and crosses."""
        parts = text.replace("×", ",").replace("x", ",").replace(" ", ",").split(",")
        return tuple(to_number(part) for part in parts if part)

    def write(self, value: object) -> str:
        """Join the numbers."""
        return join(cast("object", value)) if isinstance(value, tuple | list) else str(value)


def join(values: object) -> str:
    """Return the items of a sequence, parted by commas."""
    return ", ".join(str(item) for item in cast("Sequence[object]", values))


class Combo(QComboBox):
    """A combo box that does not change while the panel around it is scrolled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()


def _numbers(param: Param, fields: Fields) -> Editor:
    return NumbersEditor(param, fields) if param.length else NumberListEditor(param, fields)


EDITORS: dict[Kind, Callable[[Param, Fields], Editor]] = {
    "bool": BoolEditor,
    "int": NumberEditor,
    "float": NumberEditor,
    "choice": ChoiceEditor,
    "ints": _numbers,
    "floats": _numbers,
    "text": TextEditor,
    "field": FieldEditor,
    "path": PathEditor,
    "names": NamesEditor,
}
"""The view of every kind of setting."""
