"""What a recipe would change, shown before it does: settings from and to, layers swapped or new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.editor import Combo
from designer.forms import SpecForm, text_label
from designer.help.near import ask
from designer.proposing import Answer, change_list
from designer.words import count
from engine.catalog import registry
from engine.catalog.spec import RecipeSpec

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QShowEvent

    from designer.document import Document
    from engine.recipes import Change, Proposal

_SIZE = (780, 560)
_WAITING = "The data is still being looked at; the recipe needs its shapes."


class RecipeWindow(QWidget):
    """Stands beside the window, blocks nothing, and follows what is edited meanwhile."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("recipe.window")
        self.setAccessibleName("Recipe")
        self.setWindowTitle("Recipe — Layerloom")
        self.resize(*_SIZE)
        self._document = document
        self._entries = registry.of_kind(RecipeSpec)
        self._id = next(iter(self._entries))
        self._given: dict[str, object] = {}
        self.proposal: Proposal | None = None
        self._make()
        document.projectChanged.connect(self._follow)
        document.dataChanged.connect(self._follow)
        theme.signals.themeChanged.connect(self._follow)

    def _make(self) -> None:
        self.combo = Combo()
        self.combo.setObjectName("recipe.choice")
        self.combo.setAccessibleName("Recipe")
        for entry in self._entries.values():
            self.combo.addItem(entry.title, entry.id)
        self.combo.activated.connect(self._picked)
        self.help = QToolButton()
        self.help.setText("?")
        self.help.setObjectName("recipe.help")
        self.help.setAccessibleName("Help on the recipe")
        self.help.setToolTip("When to use it, and what goes wrong.")
        self.help.setAutoRaise(True)
        self.help.clicked.connect(self._help)
        self.summary = text_label("", "muted")
        self.form = SpecForm((), {})
        self.state = text_label()
        self.state.setObjectName("recipe.state")
        headings = ["What will change", "Now", "Then"]
        self.list = change_list("recipe.changes", "What will change", headings)
        self.remarks = text_label("", "warning")
        self.remarks.setObjectName("recipe.remarks")
        self._answer = Answer("recipe", "Apply the recipe", self.accept, self.close)
        self.apply, self.cancel = self._answer.apply, self._answer.cancel
        self._arrange()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.combo, 1)
        top.addWidget(self.help)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 14, 14, 14)
        self._column.setSpacing(8)
        self._column.addLayout(top)
        self._column.addWidget(self.summary)
        self._column.addWidget(self.form)
        self._column.addWidget(self.state)
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self.remarks)
        self._column.addLayout(self._answer)

    # -- choosing

    def show_recipe(self, recipe: str) -> None:
        """Show what a recipe would change, with its own defaults."""
        self._id = recipe
        self._given = {}
        entry = self._entries[recipe]
        self.combo.setCurrentIndex(self.combo.findData(recipe))
        self.summary.setText(entry.summary)
        form = SpecForm(entry.params, {})
        form.setObjectName("recipe.form")
        form.valueChanged.connect(self._set)
        self._column.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form
        form.setVisible(bool(entry.params))
        self.refresh()

    def _picked(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if isinstance(chosen, str) and chosen != self._id:
            self.show_recipe(chosen)

    def _set(self, name: str, value: object) -> None:
        self._given[name] = value
        self.refresh()

    def _help(self) -> None:
        ask(self, f"recipe/{self._id}")

    # -- showing

    def _follow(self, *_: object) -> None:
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Take account of what was edited while it was closed."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Work out anew what the recipe would change."""
        from engine.recipes import RecipeError, propose

        info = self._document.info
        self.proposal = None
        sentence = _WAITING
        if info is not None:
            try:
                project = self._document.project
                self.proposal = propose(self._id, project, info.fields, self._given)
            except (RecipeError, ValueError) as error:
                sentence = str(error)
        self._show(sentence)

    def _show(self, sentence: str) -> None:
        found = self.proposal
        changes = found.changes if found else ()
        if found:
            sentence = "Nothing to change: the project is like that already."
        if changes:
            sentence = f"{count(len(changes), 'change')}, one step of undo."
        self.state.setText(sentence)
        self.list.clear()
        self._fill(changes)
        self.list.setVisible(bool(changes))
        self.remarks.setText("\n".join(found.remarks) if found else "")
        self.remarks.setVisible(bool(found and found.remarks and changes))
        self.apply.setEnabled(bool(changes))

    def _fill(self, changes: tuple[Change, ...]) -> None:
        look = theme.theme()
        places: dict[str, QTreeWidgetItem] = {}
        for change in changes:
            if change.place not in places:
                heading = QTreeWidgetItem([change.place])
                heading.setForeground(0, look.color("text_muted"))
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.list.addTopLevelItem(heading)
                heading.setExpanded(True)
                heading.setFirstColumnSpanned(True)
                places[change.place] = heading
            row = QTreeWidgetItem([change.what, change.before or "—", change.after or "removed"])
            for column in range(3):
                row.setToolTip(column, str(change))
            if not change.before:
                row.setForeground(2, look.color("success"))
            if not change.after:
                row.setForeground(2, look.color("warning"))
            places[change.place].addChild(row)

    # -- ending

    def accept(self) -> None:
        """Apply the recipe as one step of undo, and close."""
        if self.proposal is not None and self.proposal.changes:
            title = self._entries[self._id].title
            self._document.push(f"Apply the recipe {title}", self.proposal.project)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape leave."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
