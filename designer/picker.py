"""Picks one entry of the catalogue, with its settings below: optimizer, schedule, data source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from designer.editor import Combo
from designer.forms import Section, SpecForm, text_label
from designer.help.near import ask
from engine.help.page import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.editor import Names
    from engine.catalog.spec import Spec
    from engine.project import Choice


class Picker(Section):
    """A combo box over the entries of one kind, the summary of the picked one, and its form.

    Signals
    -------
    picked(id)
        Another entry was chosen.
    valueChanged(name, value)
        A setting of the chosen entry changed.
    committed
        The change is complete.
    """

    picked = Signal(str)
    valueChanged = Signal(str, object)
    committed = Signal()

    def __init__(self, title: str, name: str, entries: Mapping[str, Spec]) -> None:
        super().__init__(title)
        self._entries = entries
        self._name = name
        self._shown: str | None = None
        self._names: Names | None = None
        self.combo = Combo()
        self.combo.setObjectName(name)
        self.combo.setAccessibleName(title)
        self.help = QToolButton()
        self.help.setObjectName(f"{name}.help")
        self.help.setAccessibleName(f"Help: {title}")
        self.help.setToolTip("Formula, picture, use and pitfalls (F1).")
        self.help.setText("?")
        self.help.setAutoRaise(True)
        self.help.clicked.connect(self._help)
        self._list()
        self.combo.activated.connect(self._activated)
        self.summary = text_label("", "muted")
        self.form = SpecForm((), {})
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.combo, 1)
        line.addWidget(self.help)
        for widget in (row, self.summary, self.form):
            self.add(widget)

    def help_key(self) -> str:
        """Return the help page of the entry on show, or nothing."""
        spec = self._entries.get(self._shown or "")
        return key_of(spec) if spec else ""

    def _help(self) -> None:
        ask(self, self.help_key())

    def _list(self) -> None:
        groups = {e.group for e in self._entries.values()}
        group = ""
        for entry in self._entries.values():
            if len(groups) > 1 and entry.group != group:
                if group:
                    self.combo.insertSeparator(self.combo.count())
                group = entry.group
            self.combo.addItem(entry.title, entry.id)
            row = self.combo.count() - 1
            self.combo.setItemData(row, entry.summary, Qt.ItemDataRole.ToolTipRole)

    def _activated(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if isinstance(chosen, str) and chosen != self._shown:
            self.picked.emit(chosen)

    def set_names(self, names: Names) -> None:
        """Take expressions where a number is asked for; they may use these named numbers."""
        self._names = names
        self.form.set_names(names)

    def show_choice(self, choice: Choice) -> None:
        """Show an entry and its settings; the form stays where the same entry is still shown."""
        if choice.id == self._shown:
            self.form.set_values(choice.params)
            return
        self._shown = choice.id
        spec = self._entries.get(choice.id)
        with QSignalBlocker(self.combo):
            if spec is None and self.combo.findData(choice.id) < 0:
                self.combo.addItem(f"{choice.id} (unknown)", choice.id)
            self.combo.setCurrentIndex(self.combo.findData(choice.id))
        form = SpecForm(spec.params if spec else (), choice.params)
        form.setObjectName(f"{self._name}.form")
        if self._names is not None:
            form.set_names(self._names)
        form.valueChanged.connect(self.valueChanged)
        form.committed.connect(self.committed)
        self.swap(self.form, form)
        self.form = form
        form.setVisible(bool(spec and spec.params))
        self.summary.setText(spec.summary if spec else "This version does not know it.")
        self.summary.setToolTip(spec.notes if spec else "")
