"""What the settings of a placed network are at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from designer.forms import SpecForm
from designer.numbereditors import NumberEditor
from engine.catalog.spec import Param

if TYPE_CHECKING:
    from collections.abc import Mapping

    from designer.editor import Names
    from engine.graph import Graph, Node


class ArgumentsForm(QWidget):
    """A row for each setting of the placed network. What is not set here follows the network.

    Signals
    -------
    valueChanged(name, value)
        A number or an expression for this place.
    cleared
        Nothing is to be set here any more.
    committed
        The user left an editor: the next change is another edit.
    """

    valueChanged = Signal(str, object)
    cleared = Signal()
    committed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._settings: dict[str, int | float] = {}
        self.form = SpecForm((), {})
        self.reset = QPushButton("Use the network’s own")
        self.reset.setObjectName("inspector.arguments.reset")
        self.reset.setAccessibleName("Set nothing at this place")
        self.reset.setToolTip("Let every setting follow the network again.")
        self.reset.clicked.connect(self.cleared)
        self._column.addWidget(self.form)
        self._column.addWidget(self.reset)

    def show_place(self, node: Node, graph: Graph | None, names: Names) -> None:
        """Show what a place sets; the form stays where the network has the same settings."""
        settings = dict(graph.settings) if graph is not None else {}
        if settings != self._settings or list(settings) != list(self._settings):
            self._rebuild(settings)
        self.form.set_names(names)
        self.form.set_values({k: v for k, v in node.arguments.items() if k in settings})
        self.reset.setVisible(any(name in settings for name in node.arguments))
        self.setVisible(bool(settings))

    def _rebuild(self, settings: Mapping[str, int | float]) -> None:
        self._settings = dict(settings)
        form = SpecForm([_param(name, value) for name, value in settings.items()], {})
        form.setObjectName("inspector.arguments")
        for name, value in settings.items():
            editor = form.editor(name)
            if isinstance(value, int) and isinstance(editor, NumberEditor):
                editor.box.whole = None
        form.valueChanged.connect(self._told)
        form.committed.connect(self.committed)
        self._column.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form

    def _told(self, name: str, value: object) -> None:
        """Keep a whole number whole where the network's own is."""
        if (
            isinstance(value, float)
            and value.is_integer()
            and isinstance(self._settings[name], int)
        ):
            value = int(value)
        self.valueChanged.emit(name, value)


def _param(name: str, value: float) -> Param:
    """Return a setting of a network as a setting of a place."""
    return Param(
        name=name,
        title=name,
        default=value,
        kind="float",
        doc=f"What “{name}” is at this place; the network’s own value is {value:g}.",
    )
