"""Editors of numbers. Where names are known, each takes expressions such as `=width * 2` too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QLabel

from designer.editor import Combo, Editor, TextEditor, join
from designer.numberbox import NumberBox, show_number, to_number
from engine.variables import has_expression, is_expression, resolve_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.editor import Fields, Names
    from engine.catalog.spec import Param

_COMMAS = re.compile(r",(?![^(]*\))")


class NumericEditor(Editor):
    """Base of editors of numbers: takes expressions once it is told names, and shows the result.

    An expression that cannot be worked out is refused like a number out of range; one that has
    become impossible since says so.
    """

    def __init__(self, param: Param, fields: Fields) -> None:
        self._names: Names | None = None
        self.result = QLabel()
        super().__init__(param, fields)
        self.result.setObjectName(f"result.{param.name}")
        self.result.setProperty("role", "muted")
        self.result.setToolTip("What the expression comes to.")
        self.result.hide()
        self._row.addWidget(self.result)

    def set_names(self, names: Names) -> None:
        """Take expressions, which may use these named numbers."""
        if self._names is None or dict(names) != dict(self._names):
            self._names = dict(names)
            if has_expression(self.value):
                self.display(self.value)
            self._review()

    def show_value(self, value: object) -> None:
        """Show a value that came from elsewhere; nothing is reported."""
        super().show_value(value)
        self._review()

    def offer(self, raw: object) -> None:
        """Check a value or an expression the user gave; report it, or say what is wrong."""
        if self._names is None or not has_expression(raw):
            super().offer(raw)
            self._show_result(None)
            return
        raw = _tidy(raw)
        try:
            result = self.param.check(resolve_value(self.param, raw, self._names))
        except ValueError as error:
            self.said.emit(str(error))
            self._show_result(None)
            return
        self.said.emit("")
        self._show_result(result)
        if raw != self.value:
            self.value = raw
            self.changed.emit(raw)

    def _review(self) -> None:
        """Work out the value anew."""
        if self._names is None or not has_expression(self.value):
            self._show_result(None)
            return
        try:
            result = self.param.check(resolve_value(self.param, self.value, self._names))
        except ValueError as error:
            self.said.emit(str(error))
            self._show_result(None)
        else:
            self.said.emit("")
            self._show_result(result)

    def _show_result(self, result: object) -> None:
        many = isinstance(result, tuple)
        numbers = cast("tuple[float, ...]", result if many else (result,))
        self.result.setVisible(result is not None)
        if result is not None:
            self.result.setText(f"= {' × '.join(map(show_number, numbers))}")


class NumberEditor(NumericEditor):
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
        """Write the number or the expression."""
        if isinstance(value, int | float) or is_expression(value):
            self.box.show_number(value)
        else:
            self.box.show_number(None)


class NumbersEditor(NumericEditor):
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
        """Write the numbers or expressions, or select the word."""
        word = value if isinstance(value, str) and not is_expression(value) else None
        if self.words is not None:
            self.words.setCurrentIndex(max(self.words.findData(word), 0))
        many = isinstance(value, tuple | list)
        numbers = list(cast("Sequence[object]", value)) if many else [value] * len(self.boxes)
        for box, number in zip(self.boxes, numbers, strict=False):
            box.setEnabled(word is None)
            if isinstance(number, int | float) or is_expression(number):
                box.show_number(number)


class NumberListEditor(NumericEditor, TextEditor):
    """Any number of numbers, parted by commas."""

    def read(self, text: str) -> object:
        """Part the text at commas, and without expressions at spaces and crosses too."""
        if "=" not in text:
            text = re.sub(r"[×x\s]", ",", text)
        return tuple(to_number(part) for part in _COMMAS.split(text) if part.strip())

    def write(self, value: object) -> str:
        """Join the numbers."""
        return join(cast("object", value)) if isinstance(value, tuple | list) else str(value)


def _tidy(raw: object) -> object:
    """Return a value as it is kept: nothing between `=` and what is to be worked out."""
    if isinstance(raw, tuple):
        return tuple(_tidy(item) for item in cast("tuple[object, ...]", raw))
    return f"={raw[1:].strip()}" if is_expression(raw) else raw
