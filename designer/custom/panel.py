"""What the inspector says of a custom layer: its ports, its numbers, and whether it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.codefield import CodeField
from designer.custom.draft import Draft
from designer.forms import text_label
from engine.custom import trust

if TYPE_CHECKING:
    from designer.forms import SpecForm
    from engine.graph import Node

HIDDEN = ("class_name", "inputs", "outputs", "settings")
"""Settings that are changed in the editor, all at once, since wires hang on them."""


class OwnPanel(QWidget):
    """A few lines about the text of a layer; what they tell is changed in the editor alone.

    Signals
    -------
    codeWanted(node)
        The text of this node is to be shown.
    """

    codeWanted = Signal(str)

    def __init__(self, node: Node, form: SpecForm) -> None:
        super().__init__()
        self._node = node.id
        for name in HIDDEN:
            form.set_shown(name, False)
        field = form.editor("code")
        if isinstance(field, CodeField):
            field.editWanted.connect(self._ask)
        self.state = text_label()
        self.state.setObjectName("inspector.trust")
        self.ports = text_label("", "muted")
        self.ports.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        heading = QLabel("Text of your own")
        heading.setProperty("role", "heading")
        layout.addWidget(heading)
        layout.addWidget(self.state)
        layout.addWidget(self.ports)
        self.show_node(node)

    def _ask(self) -> None:
        self.codeWanted.emit(self._node)

    def show_node(self, node: Node) -> None:
        """Show what is known of a node's text."""
        given = Draft.of(node)
        trusted = trust.trusted(given.code)
        words = "Trusted on this machine." if trusted else "Not trusted yet: the text does not run."
        self.state.setText(words)
        self.state.setProperty("role", "success" if trusted else "warning")
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)
        rows = (("Inputs", given.inputs), ("Outputs", given.outputs), ("Numbers", given.settings))
        self.ports.setText(
            "\n".join(f"{word}: {'; '.join(texts)}" for word, texts in rows if texts)
        )
