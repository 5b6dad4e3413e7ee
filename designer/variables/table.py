"""The named numbers of a project or of a network: add, rename, change, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.edits import Turns
from designer.forms import text_label
from designer.variables.row import NewRow, NumberRow
from engine import variables
from engine.variables import VariableError

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from designer.document import Document
    from engine.project import Project


class NumberTable(QWidget):
    """A row for each number and one for a new one. Every change is one step of undo.

    Signals
    -------
    useWanted(use)
        A setting that uses one of the numbers is to be shown.
    """

    useWanted = Signal(object)

    def __init__(self, document: Document, stem: str, words: str) -> None:
        super().__init__()
        self.setObjectName(stem)
        self._document = document
        self._stem = stem
        self._words = words
        self._network = ""
        self._turns = Turns(self)
        self.rows: list[NumberRow] = []
        self.new = NewRow(stem, words)
        self.new.added.connect(self._add)
        self.sentence = text_label("", "error")
        self.sentence.setObjectName(f"error.{stem}")
        self.sentence.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.new)
        self._column.addWidget(self.sentence)
        # Who uses what is looked up once for a burst of edits, and only while it can be seen.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self._show_uses)
        document.projectChanged.connect(self._project_changed)
        self.refresh()

    def show_network(self, key: str) -> None:
        """Show the settings of this network; nothing means the project's variables."""
        if key != self._network:
            self._network = key
            self._turns.end()
            self.say("")
        self.refresh()

    def names(self) -> list[str]:
        """Return the names on show."""
        return [row.name for row in self.rows]

    def row(self, name: str) -> NumberRow:
        """Return the row of a number."""
        return next(row for row in self.rows if row.name == name)

    def say(self, sentence: str) -> None:
        """Show what is wrong, or nothing."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def refresh(self) -> None:
        """Show the numbers as they are."""
        project = self._document.project
        if self._network and self._network not in project.networks:
            return
        known = variables.named(project, self._network)
        while len(self.rows) > len(known):
            row = self.rows.pop()
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(known):
            self._column.insertWidget(len(self.rows), self._row())
        for row, (name, value) in zip(self.rows, known.items(), strict=True):
            row.show_number(name, value)
        if self.isVisible():
            self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Find out who uses what."""
        super().showEvent(event)
        self._show_uses()

    def _row(self) -> NumberRow:
        row = NumberRow(self._stem)
        row.renamed.connect(self._rename)
        row.revalued.connect(self._revalue)
        row.removed.connect(self._remove)
        row.left.connect(self._left)
        row.useWanted.connect(self.useWanted)
        self.rows.append(row)
        return row

    def _show_uses(self) -> None:
        project = self._document.project
        if self._network and self._network not in project.networks:
            return
        found = variables.uses(project, self._network)
        for row in self.rows:
            row.show_uses(found.get(row.name, ()))

    def _project_changed(self, before: Project, after: Project) -> None:
        others = ("variables", "networks", "data", "training")
        if any(getattr(before, name) is not getattr(after, name) for name in others):
            self.refresh()

    # -- changes

    def _push(self, text: str, project: Project, merge: str = "") -> None:
        self.say("")
        self._document.push(text, project, merge)

    def _add(self, name: str, value: object) -> None:
        self._turns.end()
        try:
            name = variables.check_name(self._document.project, name, self._network)
            project = self._put(name, value)
        except VariableError as error:
            self.say(str(error))
            return
        self._push(f"Add {name}", project)
        self.new.clear()

    def _put(self, name: str, value: object) -> Project:
        if not isinstance(value, int | float):
            received = "" if value is None else f"; received “{value}”"
            raise VariableError(f"“{name}” must be a number{received}.")
        return variables.put(self._document.project, name, value, self._network)

    def _revalue(self, name: str, value: object) -> None:
        try:
            project = self._put(name, value)
        except VariableError as error:
            self.say(str(error))
            return
        self._push(f"Change {name}", project, self._turns.key(self._stem, self._network, name))

    def _left(self) -> None:
        self._turns.end()
        if self.sentence.isVisible():
            self.say("")
        self.refresh()

    def _rename(self, old: str, new: str) -> None:
        self._turns.end()
        try:
            project = variables.rename(self._document.project, old, new, self._network)
        except VariableError as error:
            self.row(old).take_back()
            self.say(str(error))
            return
        self._push(f"Rename {old}", project)

    def _remove(self, name: str) -> None:
        self._turns.end()
        try:
            project = variables.remove(self._document.project, name, self._network)
        except VariableError as error:
            self.say(str(error))
            return
        self._push(f"Remove {name}", project)
