"""The tab Variables: the project's named numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from designer.forms import Panel, Section, text_label
from designer.variables.table import NumberTable

if TYPE_CHECKING:
    from designer.document import Document

_ABOUT = (
    "Named numbers that settings can use: write “=width * 2” where a number is asked for. "
    "A change here changes every setting that uses it."
)


class VariablesPanel(Panel):
    """The variables of the project, and what they are for.

    Signals
    -------
    useWanted(use)
        A setting that uses one of them is to be shown.
    """

    useWanted = Signal(object)

    def __init__(self, document: Document) -> None:
        super().__init__("inspector.variables", "Variables of the project")
        self.table = NumberTable(document, "variable", "variable")
        self.table.useWanted.connect(self.useWanted)
        self.column.addWidget(Section("Variables", text_label(_ABOUT, "muted"), self.table))
        self.column.addStretch(1)

    def focus_new(self) -> None:
        """Give the keyboard to the name of a new variable."""
        self.table.new.title.setFocus(Qt.FocusReason.ShortcutFocusReason)
