"""One editor per kind of setting. An editor offers what was typed to the setting's own check."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QCheckBox, QFileDialog, QMenu, QToolButton

from designer.codefield import CodeField
from designer.editor import Combo, Editor, Fields, Networks, TextEditor, join
from designer.numbereditors import NumberEditor, NumberListEditor, NumbersEditor

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.catalog.spec import Kind, Param

__all__ = ["EDITORS", "Combo", "Editor", "Fields", "Networks", "PathEditor", "TextEditor"]


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
    """A path with a button that opens the file dialog, or offers folders too where they serve."""

    def build(self) -> None:
        """Make line and button."""
        super().build()
        self.browse = QToolButton()
        self.browse.setText("…")
        self.adopt(self.browse, "browse", 0)
        if not self.param.folder:
            self.browse.setToolTip("Choose a file")
            self.browse.clicked.connect(self._browse)
            return
        self.line.textEdited.disconnect(self._edited)
        self.line.editingFinished.disconnect(self.committed)
        self.line.editingFinished.connect(self._typed)
        menu = QMenu(self)
        menu.addAction("Choose a folder…").triggered.connect(self._browse_folder)
        menu.addAction("Choose an archive…").triggered.connect(self._browse)
        self.browse.setMenu(menu)
        self.browse.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.browse.setToolTip("Choose a folder or an archive of one")

    def _typed(self) -> None:
        """Take a folder's path when it is whole: a part of it may name a whole disk."""
        self.offer(self.line.text())
        self.committed.emit()

    def _start(self) -> str:
        return str(Path(str(self.value or "")).parent)

    def _browse(self) -> None:
        kinds = "Archives (*.zip *.tar *.tar.* *.tgz);;All files (*)" if self.param.folder else ""
        path, _ = QFileDialog.getOpenFileName(self, self.param.label, self._start(), kinds)
        self._take(path)

    def _browse_folder(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, self.param.label, self._start()))

    def _take(self, path: str) -> None:
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


class NetworkEditor(ChoiceEditor):
    """One of the project's networks."""

    _networks: Networks = MappingProxyType({})

    def fill(self) -> None:
        """List the networks by their titles."""
        for key, title in self._networks.items():
            self.combo.addItem(title, key)

    def set_networks(self, networks: Networks) -> None:
        """List other networks, keeping the choice."""
        if dict(networks) != dict(self._networks):
            self._networks = networks
            self.combo.clear()
            self.fill()
            self.display(self.value)

    def display(self, value: object) -> None:
        """Select the network, listing one that cannot be chosen as missing."""
        key = str(value or "")
        if self.combo.findData(key) < 0:
            self.combo.addItem(f"{key}  (missing)" if key else "none", key)
        super().display(key)


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
    "network": NetworkEditor,
    "code": CodeField,
}
"""The view of every kind of setting."""
