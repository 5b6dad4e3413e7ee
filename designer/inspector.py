"""The right-hand panel: what the selected layer is, its settings, its shapes and its help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer import icons, theme
from designer.editors import Combo
from designer.edits import Turns
from designer.forms import Panel, Section, SpecForm, form_layout, text_label
from designer.placing import network_choices
from designer.words import count, escape
from engine import networks
from engine.analysis import placed
from engine.catalog import registry
from engine.catalog.spec import InitializerSpec
from engine.graph import NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.document import Document
    from engine.catalog.spec import Field, LayerSpec
    from engine.graph import Node
    from engine.shapes import NodeInfo, Problem


class NodePanel(Panel):
    """Everything about the selected node; about the network where none is."""

    fixWanted = Signal(object)
    refused = Signal(str)
    """Why something that was asked for is not possible."""

    def __init__(self, document: Document) -> None:
        super().__init__("inspector.node", "Settings of the selected layer")
        self._document = document
        self._selected: tuple[str, ...] = ()
        self._shown: tuple[str, str] | None = None
        self._turns = Turns(self)
        self._body = QWidget()
        self.column.addWidget(self._body)
        self.column.addStretch(1)
        self.form: SpecForm | None = None
        self.name: QLineEdit | None = None
        document.projectChanged.connect(self._project_changed)
        document.analysed.connect(self._analysed)
        document.dataChanged.connect(self._data_changed)
        self.refresh()

    def show_selection(self, ids: Sequence[str]) -> None:
        """Show these nodes."""
        self._selected = tuple(ids)
        self._turns.end()
        self.refresh()

    def _project_changed(self, *_: object) -> None:
        self.refresh()

    def _analysed(self, *_: object) -> None:
        self._show_facts()

    def _data_changed(self, *_: object) -> None:
        if self.form is not None:
            self.form.set_fields(self._fields())

    def _fields(self) -> dict[str, Field]:
        info = self._document.info
        return dict(info.fields) if info else {}

    def node(self) -> Node | None:
        """Return the one node that is selected."""
        nodes = self._document.graph.nodes
        known = [i for i in self._selected if i in nodes]
        return nodes[known[0]] if len(known) == 1 else None

    def help_url(self) -> str:
        """Return PyTorch's page about the selected layer, or nothing."""
        node = self.node()
        spec = registry.node(node.spec) if node else None
        return spec.help_url if spec else ""

    def focus_first(self) -> None:
        """Give the keyboard to the first setting, or to the name."""
        rows = list(self.form.rows.values()) if self.form is not None else []
        target = rows[0].editor.findChild(QWidget) if rows else self.name
        if isinstance(target, QWidget):
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def restyle(self) -> None:
        """Draw everything anew, in the colours of the theme."""
        self._shown = ("", "")
        self.refresh()

    def refresh(self) -> None:
        """Bring the panel up to date; widgets stay where the same node is still shown."""
        node = self.node()
        key = (node.id, node.spec) if node else None
        if node is None or key != self._shown:
            self._rebuild(node)
            self._shown = key
        else:
            self._update(node)
        self._show_facts()

    def _rebuild(self, node: Node | None) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.form = self.name = None
        self._initializer: Combo | None = None
        self._frozen: QCheckBox | None = None
        self.facts = text_label()
        self.facts.setObjectName("inspector.facts")
        self._problems: QWidget | None = None
        spec = registry.node(node.spec) if node else None
        if node is None:
            layout.addWidget(Section("Network", self.facts))
            layout.addWidget(text_label(self._hint(), "muted"))
        elif spec is None:
            layout.addWidget(text_label(f"<b>{escape(node.name)}</b>"))
            layout.addWidget(
                text_label(
                    f"This version knows no layer called “{escape(node.spec)}”. "
                    "Its content is kept and saved with the project; remove it to train."
                )
            )
            layout.addWidget(self.facts)
        else:
            self._build_node(layout, node, spec)
        self.column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body

    def _hint(self) -> str:
        if not self._document.graph.nodes:
            return "Drag layers from the palette onto the canvas and wire them."
        return "Select a layer to see its settings."

    def _build_node(self, layout: QVBoxLayout, node: Node, spec: LayerSpec) -> None:
        layout.addWidget(self._header(node, spec))
        self._problems = QWidget()
        self._problems.setLayout(QVBoxLayout())
        layout.addWidget(self._problems)
        layout.addWidget(self.facts)
        if spec.params:
            self.form = SpecForm(spec.params, {**node.params}, self._fields())  # type: ignore[arg-type]
            self._list_networks(node)
            self.form.valueChanged.connect(self._set_param)
            self.form.committed.connect(self._turns.end)
            layout.addWidget(Section("Settings", self.form))
        if spec.initialize or spec.target.startswith("torch.nn") or spec.id == NETWORK:
            layout.addWidget(self._weights(node, spec))
        layout.addWidget(Section("About", text_label(about(spec))))

    def _header(self, node: Node, spec: LayerSpec) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        picture = QLabel()
        colour = theme.family_colour(spec.group).name()
        picture.setPixmap(icons.tile(spec.id, spec.title, colour, 36))
        self.name = QLineEdit(node.name)
        self.name.setObjectName("inspector.name")
        self.name.setAccessibleName("Name of the layer")
        self.name.setToolTip("The layer's name: its weights are saved under it.")
        self.name.setMaxLength(64)
        self.name.editingFinished.connect(self._rename)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(text_label(f"{spec.title} · {spec.group}", "muted"))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return header

    def _weights(self, node: Node, spec: LayerSpec) -> QWidget:
        holder = QWidget()
        table = form_layout(holder)
        if spec.initialize:
            self._initializer = Combo()
            self._initializer.setObjectName("inspector.initializer")
            self._initializer.setAccessibleName("Initializer of this layer")
            self._initializer.addItem("as the network", "")
            for entry in registry.of_kind(InitializerSpec).values():
                self._initializer.addItem(entry.title, entry.id)
            self._initializer.activated.connect(self._set_initializer)
            table.addRow("Start from", self._initializer)
        self._frozen = QCheckBox("Keep while training")
        self._frozen.setObjectName("inspector.frozen")
        self._frozen.setAccessibleName("Frozen")
        self._frozen.toggled.connect(self._set_frozen)
        table.addRow("Frozen", self._frozen)
        self._weights_section = Section("Weights", holder)
        self._update_weights(node)
        return self._weights_section

    def _update(self, node: Node) -> None:
        if self.name is not None and not self.name.hasFocus():
            self.name.setText(node.name)
        if self.form is not None:
            self._list_networks(node)
            self.form.set_values(node.params)
        self._update_weights(node)

    def _list_networks(self, node: Node) -> None:
        """Offer the networks that can stand here."""
        if self.form is not None and node.spec == NETWORK:
            document = self._document
            self.form.set_networks(network_choices(document.project, document.network))

    def _update_weights(self, node: Node) -> None:
        if self._initializer is not None:
            self._initializer.setCurrentIndex(self._initializer.findData(node.initializer))
        if self._frozen is not None:
            self._frozen.blockSignals(True)
            self._frozen.setChecked(node.frozen)
            self._frozen.blockSignals(False)

    def _show_facts(self) -> None:
        node, analysis = self.node(), self._document.analysis
        if node is None:
            self.facts.setText(self._network_facts())
            return
        info = analysis.nodes.get(node.id) if analysis else None
        self.facts.setText(facts(info))
        weights = getattr(self, "_weights_section", None)
        if self._frozen is not None and isinstance(weights, QWidget):
            weights.setVisible(info is None or info.parameters > 0)
        problems = [p for p in analysis.problems if p.here == node.id] if analysis else []
        self._show_problems(problems)

    def _network_facts(self) -> str:
        graph, analysis = self._document.graph, self._document.analysis
        known = [i for i in self._selected if i in graph.nodes]
        if len(known) > 1 and analysis:
            total = sum(n.parameters for i in known if (n := analysis.nodes.get(i)))
            return f"{len(known)} layers selected<br>{total:,} parameters"
        lines = [count(len(graph.nodes), "layer"), count(len(graph.edges), "wire")]
        if analysis:
            lines.append(f"{analysis.parameters:,} parameters")
        return "<br>".join(lines)

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        layout = self._problems.layout() if self._problems is not None else None
        if self._problems is None or layout is None:
            return
        layout.setContentsMargins(0, 0, 0, 0)
        while (item := layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for number, problem in enumerate(problems):
            layout.addWidget(text_label(escape(problem.message), problem.severity))
            if problem.fix is not None:
                button = FixButton(problem, number)
                button.fixWanted.connect(self.fixWanted)
                layout.addWidget(button)
        self._problems.setVisible(bool(problems))

    def _set_param(self, name: str, value: object) -> None:
        node = self.node()
        if node is None:
            return
        if node.spec == NETWORK and name == "network" and placed(node):
            self._exchange(node, str(value))
            return
        graph = self._document.graph.set_params(node.id, {name: value})
        label = name.replace("_", " ")
        self._push(f"Change {label} of {node.name}", graph, self._turns.key(node.id, name))

    def _exchange(self, node: Node, key: str) -> None:
        """Let a place show another network; its wires stay as far as there are ports for them."""
        document = self._document
        try:
            edited = networks.exchange(document.project, document.network, node.id, key)
        except networks.NetworkError as error:
            self.refused.emit(str(error))
            self.refresh()
            return
        document.push_edited(f"Change network of {node.name}", edited)

    def _rename(self) -> None:
        node = self.node()
        if node is None or self.name is None:
            return
        text = self.name.text().strip()
        if not text:
            self.name.setText(node.name)
        elif text != node.name:
            self._push(f"Rename {node.name}", self._document.graph.change(node.id, name=text))
            renamed = self.node()
            self.name.setText(renamed.name if renamed else text)

    def _set_initializer(self, index: int) -> None:
        node = self.node()
        if node is not None and self._initializer is not None:
            choice = str(self._initializer.itemData(index))
            graph = self._document.graph.change(node.id, initializer=choice)
            self._push(f"Change the initializer of {node.name}", graph)

    def _set_frozen(self, on: bool) -> None:
        node = self.node()
        if node is not None:
            word = "Freeze" if on else "Unfreeze"
            self._push(f"{word} {node.name}", self._document.graph.change(node.id, frozen=on))

    def _push(self, text: str, graph: object, merge: str = "") -> None:
        document = self._document
        document.push(text, document.project.with_graph(graph, document.network), merge)  # type: ignore[arg-type]


class FixButton(QPushButton):
    """Applies the change that mends a problem."""

    fixWanted = Signal(object)

    def __init__(self, problem: Problem, number: int) -> None:
        assert problem.fix is not None
        super().__init__(problem.fix.text)
        self._problem = problem
        self.setObjectName(f"inspector.fix.{number}")
        self.setAccessibleName(f"Fix: {problem.fix.text}")
        self.setToolTip("Make this change; it can be undone.")
        self.clicked.connect(self._ask)

    def _ask(self) -> None:
        self.fixWanted.emit(self._problem)


class Inspector(QTabWidget):
    """The tabs of the right-hand panel."""

    def __init__(self, node: NodePanel, training: QWidget, data: QWidget) -> None:
        super().__init__()
        self.setObjectName("inspector")
        self.setAccessibleName("Inspector")
        self.setDocumentMode(True)
        self.node = node
        self.addTab(node, "Node")
        self.addTab(training, "Training")
        self.addTab(data, "Data")


def facts(info: NodeInfo | None) -> str:
    """Return the shapes in and out of a node and its parameters, as rich text."""
    if info is None:
        return "<i>No shapes yet: something before this layer is missing.</i>"
    rows: list[tuple[str, str]] = []
    if info.inputs:
        rows.append(("In", "<br>".join(escape(str(s)) for s in info.inputs)))
    many = len(info.outputs) > 1
    outputs = [f"{s}" + (f"  ({name})" if many else "") for name, s in info.outputs.items()]
    if outputs:
        rows.append(("Out", "<br>".join(escape(o) for o in outputs)))
    rows.append(("Parameters", f"{info.parameters:,}"))
    if info.flops:
        rows.append(("FLOPs", f"{info.flops:,} a sample"))
    muted = theme.theme().text_muted
    cells = "".join(
        f'<tr><td style="color:{muted}; padding-right:14px">{k}</td><td>{v}</td></tr>'
        for k, v in rows
    )
    return f"<table cellspacing='0' cellpadding='1'>{cells}</table>"


def about(spec: LayerSpec) -> str:
    """Return the help of an entry as rich text."""
    muted = theme.theme().text_muted
    parts = [f"<p style='margin:0 0 6px 0'>{escape(spec.summary)}</p>"]
    if spec.formula:
        parts.append(f"<p style='margin:0 0 6px 0'><code>{escape(spec.formula)}</code></p>")
    if spec.notes:
        parts.append(f"<p style='margin:0 0 6px 0; color:{muted}'>{escape(spec.notes)}</p>")
    if spec.help_url:
        parts.append(f"<a href='{spec.help_url}'>PyTorch’s page on {escape(spec.target)}</a>")
    return "".join(parts)
