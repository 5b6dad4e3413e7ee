"""What the weights of a layer start from, and whether training leaves them alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from designer.editor import Combo
from designer.forms import Section, SpecForm, form_layout
from designer.nodefacts import can_pass_on
from designer.training.params import BIAS, LAYER
from engine.catalog import registry
from engine.catalog.spec import InitializerSpec

if TYPE_CHECKING:
    from engine.catalog.spec import LayerSpec
    from engine.graph import Node
    from engine.shapes import NodeInfo

_IDENTITY = "identity"


class NodeWeights(Section):
    """The part of the inspector for layers that have weights.

    Signals
    -------
    changed(words, changes, what)
        The user wants other values of the node's fields. `words` begin the sentence for undo, and
        changes of one thing (`what`) in a row are one step; nothing is a step of its own.
    committed
        The change is complete.
    """

    changed = Signal(str, object, str)
    committed = Signal()

    def __init__(self, spec: LayerSpec) -> None:
        holder = QWidget()
        super().__init__("Weights", holder)
        self._table = form_layout(holder)
        self.initializer: Combo | None = None
        self.pass_on: QPushButton | None = None
        self.start: SpecForm | None = None
        self._chosen_id = ""
        self._given: dict[str, object] = {}
        if spec.initialize:
            self._build_initializer()
        self.frozen = QCheckBox("Keep while training")
        self.frozen.setObjectName("inspector.frozen")
        self.frozen.setAccessibleName("Frozen")
        self.frozen.toggled.connect(self._freeze)
        self._table.addRow("Frozen", self.frozen)
        bias = BIAS if spec.initialize else ()
        self.form = SpecForm([replace(p, advanced=p not in LAYER[:1]) for p in (*LAYER, *bias)], {})
        self.form.setObjectName("inspector.learning")
        self.form.valueChanged.connect(self._set)
        self.form.committed.connect(self.committed)
        self.add(self.form)

    def _build_initializer(self) -> None:
        self.initializer = Combo()
        self.initializer.setObjectName("inspector.initializer")
        self.initializer.setAccessibleName("Initializer of this layer")
        self.initializer.addItem("as the network", "")
        for entry in registry.of_kind(InitializerSpec).values():
            self.initializer.addItem(entry.title, entry.id)
        self.initializer.activated.connect(self._chosen)
        self._table.addRow("Start from", self.initializer)
        self.pass_on = QPushButton("Change nothing at first")
        self.pass_on.setObjectName("inspector.identity")
        self.pass_on.setAccessibleName("Start from the identity")
        self.pass_on.setToolTip(
            "Start from the identity: the layer passes on what it receives until it is trained."
        )
        self.pass_on.clicked.connect(self._pass_on)
        self._table.addRow("", self.pass_on)

    def show_node(self, node: Node) -> None:
        """Show what was chosen."""
        if self.initializer is not None:
            self.initializer.setCurrentIndex(self.initializer.findData(node.initializer))
            self._show_start(node)
        self.form.set_values(node.model_dump())
        with QSignalBlocker(self.frozen):
            self.frozen.setChecked(node.frozen)

    def _show_start(self, node: Node) -> None:
        """Show the settings of the layer's own initializer, if it has some."""
        self._given = node.initializer_params
        if self.start is not None and node.initializer == self._chosen_id:
            self.start.set_values(node.initializer_params)
            return
        self._chosen_id = node.initializer
        entry = registry.of_kind(InitializerSpec).get(node.initializer)
        form = SpecForm(entry.params if entry else (), node.initializer_params)
        form.setObjectName("inspector.initializer.form")
        form.valueChanged.connect(self._set_start)
        form.committed.connect(self.committed)
        if self.start is not None:
            self._table.removeRow(self.start)
        self._table.insertRow(1, form)
        self.start = form
        form.setVisible(bool(entry and entry.params))

    def show_info(self, node: Node, info: NodeInfo | None) -> None:
        """Show what makes sense for a layer of these shapes."""
        self.setVisible(info is None or info.parameters > 0)
        if self.pass_on is not None:
            offered = can_pass_on(info) and node.initializer != _IDENTITY
            self._table.setRowVisible(self.pass_on, offered)

    def _chosen(self, index: int) -> None:
        if self.initializer is not None:
            self._choose(str(self.initializer.itemData(index)))

    def _pass_on(self) -> None:
        self._choose(_IDENTITY)

    def _choose(self, initializer: str) -> None:
        changes = {"initializer": initializer, "initializer_params": dict[str, object]()}
        self.changed.emit("Change the initializer of", changes, "")

    def _set_start(self, name: str, value: object) -> None:
        self._given = {**self._given, name: value}
        changes = {"initializer_params": self._given}
        self.changed.emit("Change the initializer of", changes, f"initializer.{name}")

    def _set(self, name: str, value: object) -> None:
        words = name.replace("lr_", "rate ").replace("_", " ")
        self.changed.emit(f"Change {words} of", {name: value}, name)

    def _freeze(self, on: bool) -> None:
        self.changed.emit("Freeze" if on else "Unfreeze", {"frozen": on}, "")
